// What an instance is in, and what it waits for there. Each state owns its deadlines: leaving a state forgets them, so
// no timer of the past can fire. Instance alone uses these.
#pragma once

#include <iterator>
#include <variant>

#include "engine/core/event.hpp"

namespace core::states {

// Not started, or started and not told yet what the first transition depends on: the link, or a check.
struct Initialize {
  bool started = false;
  bool waited = false;  // an unweighted tracker had not answered when everything else was known
};

// Who is obeyed, and what his newest advert said.
struct Obeyed {
  Address address;
  Priority priority;
  Instant heard = Instant::never();  // never: nobody is obeyed
  Duration interval{0};              // as it is believed
};

// Before a router pushes a living master aside it has the kernel take the addresses, and says nothing until it has.
struct Preparation {
  enum class Kernel : std::uint8_t { kUnasked, kAsked, kHolds };
  Kernel kernel = Kernel::kUnasked;
  Instant until = Instant::never();  // given up then; never: not under way
  Duration lateness{0};              // how late it began
  bool is_needless = false;          // of a group's member: nobody is left to be pushed aside
  bool leads = false;                // of a group's member: it was the last whose timer ran out
};

struct Backup {
  // What the newest advert was to us; decides the cause of a takeover.
  enum class Newest : std::uint8_t { kNone, kObeyed, kLower, kRelease };

  Instant down_deadline;                          // Master_Down_Timer. Sleeps while a hold is on
  Instant withdraw_at = Instant::never();         // a master just past goes on answering until then
  Instant preempt_delay_ends = Instant::never();  // never: no lower priority was heard yet
  Instant wanted_since = Instant::never();        // since then its group alone keeps it from rising
  base::Cause owner_cause = base::Cause::kNone;   // an owner that never listened rises for this
  Newest newest = Newest::kNone;
  Obeyed master;                // the best of those obeyed; whose priority 0 is believed
  bool listened_again = false;  // the second chance of a late wake-up was used
  bool only_listened = false;   // since it rose: obeyed nobody, and never was master
  Preparation preparation;
  bool takes = false;  // by the operator's word, whatever `preempt` says
  std::uint32_t taker = 0;

  bool is_preparing() const { return !preparation.until.is_never(); }
};

struct Master {
  Instant advert_deadline;  // Adver_Timer
  Instant last_sent;        // an advert, in phase or not
  // When the last two adverts were answered out of turn; never: not yet.
  Instant older_reply = Instant::never();
  Instant newer_reply = Instant::never();
  Instant announced = Instant::never();  // when last; never: the kernel does not hold the addresses
  Instant rival_heard = Instant::never();  // whom it does not yield to, last
};

// A master that said priority 0 and holds on until its successor speaks. Master to everyone who looks.
struct Departing {
  Instant bound;  // let go then at the latest
  Obeyed successor;
  bool may_stay = false;    // is master again when nobody took over; nor from another of its group
  bool to_stopped = false;  // otherwise to Fault while something is wrong, else to Backup
  base::Cause cause = base::Cause::kNone;
  Evidence evidence;
};

struct Fault {
  Instant retry_at = Instant::never();  // a refused address is tried again then
  bool by_group = false;  // its group alone, so far: nothing of its own was wrong here
};

struct Stopped {};

using Any = std::variant<Initialize, Backup, Master, Departing, Fault, Stopped>;

// What each alternative is to everyone who looks, in their order.
inline constexpr base::State kStates[] = {base::State::kInitialize, base::State::kBackup,
                                          base::State::kMaster,     base::State::kMaster,
                                          base::State::kFault,      base::State::kStopped};
static_assert(std::size(kStates) == std::variant_size_v<Any>);

inline base::State state_of(const Any& state) { return kStates[state.index()]; }

}  // namespace core::states
