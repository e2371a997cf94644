// One virtual router as RFC 9568 section 6.4 (RFC 3768 6.4 for v2) describes it.
//
// Knows no socket and no clock: it is told what happened and when, and answers with what must be done, in order.
// Not thread-safe; one owner. Allocates nothing.
//
// Contract: feed one event or let time pass, then do every action in `todo`, in order, before the next call. Feed every
// packet already received before letting time pass: silence is believed only once the queue is drained.
//
// Make before break: a planned departure (hold, stop, failed check) sends priority 0 and goes on holding the addresses,
// still Master to everyone who looks, until a successor's advert is heard plus kOverlap, or the departure's bound has
// passed (one master interval: the skew of the lowest priority). Only then it withdraws and changes state. A master that
// hears a better one changes at once but withdraws kOverlap later. A fault that makes answering impossible (link down,
// interface gone) lets go at once.
#pragma once

#include <optional>

#include "engine/core/action.hpp"
#include "engine/core/tracking.hpp"

namespace core {

// How long we go on answering after a successor was heard: it needs a moment to install and announce.
inline constexpr Duration kOverlap = std::chrono::milliseconds{10};

// What a new engine takes over from the one before, as the board had it.
struct Adopted {
  base::State state = base::State::kInitialize;
  Instant deadline;             // next advert when master, master-down when backup
  Duration master_interval{0};  // learned, as backup
  Address master;               // last heard
  Priority master_priority;
  Instant last_heard;
  std::uint8_t holds = 0;       // what was on when the board was written
  bool departing = false;       // was in a planned departure
};

class Instance {
 public:
  explicit Instance(const Router& router);

  void handle(const Event& event, Instant now, Actions& todo);
  // Lets time pass. Harmless when early: nothing happens before deadline().
  void advance(Instant now, Actions& todo);
  // When advance() must be called next; pulled, never pushed. Instant::never() while nothing is awaited.
  Instant deadline() const;

  // Takes over from a dead engine in place of Start. Asks for InstallAddresses (idempotent) when it held them, and for
  // Changed{state, state, kAdoption} never: an adoption is no transition.
  // Requires: nothing was handled yet.
  void adopt(const Adopted& adopted, Instant now, Actions& todo);

  // What the board publishes.
  base::State state() const;
  bool is_departing() const;
  bool holds_addresses() const;
  Priority effective_priority() const;
  std::uint8_t holds() const { return holds_; }
  unsigned fault_count() const;
  Duration master_interval() const;  // the interval in force
  Address master() const;            // ours when master, last heard when backup; not set when unknown
  Priority master_priority() const;
  Instant last_heard() const;        // when the last accepted advert came; boot when none did
  ChecksumForm checksum_form() const;  // the form our adverts take (V3Checksum)
  const Router& router() const { return router_; }

 private:
  // ... H1 fills this in
  Router router_;
  std::uint8_t holds_ = 0;
};

}  // namespace core
