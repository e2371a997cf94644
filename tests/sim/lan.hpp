// The wire between the hosts: every packet delayed, some lost, doubled or bent on the way, some said by somebody who has
// no business here.
#pragma once

#include <array>
#include <vector>

#include "tests/sim/checker.hpp"
#include "tests/sim/stage.hpp"

namespace sim {

inline constexpr std::uint8_t kEverybody = 0xff;
inline constexpr std::uint8_t kAttacker = 0xff;

// A VRRP message with what the IP header said, and what nobody on the LAN knows of it.
struct Frame {
  std::array<std::uint8_t, 96> bytes{};
  std::uint8_t size = 0;
  std::uint8_t ttl = 255;
  std::uint8_t sender = kAttacker;
  std::uint8_t to = kEverybody;
  std::uint8_t router = 0;  // the virtual router it is about
  core::Address source;
  core::Address destination;
  std::uint64_t serial = 0;  // of the advert as it was said; 0: forged
  bool is_doomed = false;    // nobody may accept it
  bool is_replay = false;
  bool is_copy = false;  // the wire doubled it
  bool is_bent = false;
  Attack::Kind attack{};  // of a forged one
  Duration claimed{0};    // by a forged one: its interval

  bool is_forged() const { return sender == kAttacker && !is_replay; }
};

class Host;

class Lan {
 public:
  Lan(Stage& stage, std::vector<Checker>& checkers);
  void connect(std::vector<Host*> hosts) { hosts_ = std::move(hosts); }

  void set_weather(const Weather& weather) { weather_ = weather; }
  // Cuts are counted: overlapping ones end with the last.
  void cut(std::size_t from, std::size_t to);
  void mend(std::size_t from, std::size_t to);
  void send(const Frame& frame);

  // Somebody forges or replays until `end`.
  void attack(const Attack& attack, Instant end);
  void forget_recording() { recorded_.clear(); }
  // What an attacker builds his packets from: the configuration of the first host.
  void speak_for(std::size_t router, const core::Address& master) { masters_[router] = master; }

  const Frame& frame(std::uint64_t place) const { return pool_[place].frame; }
  void release(std::uint64_t place);

 private:
  void deliver(std::size_t to, const Frame& frame, bool is_copy);
  Duration claimed_twice(std::size_t to, const Frame& said, const Frame& bent);
  void arrive(std::uint64_t to, std::uint64_t place);
  void strike(std::uint64_t attack, std::uint64_t);
  void say_forged(const Attack& attack, std::uint8_t to);
  bool forge(const Attack& attack, Frame& frame);
  void record(const Frame& frame);
  std::uint64_t keep(const Frame& frame);

  struct Kept {
    Frame frame;
    std::uint64_t next_free = 0;
  };
  struct Attacking {
    Attack attack;
    Instant end;
  };

  Stage& stage_;
  std::vector<Checker>& checkers_;
  std::vector<Host*> hosts_;
  Weather weather_;
  std::array<std::array<int, kMaxHosts>, kMaxHosts> cuts_{};            // [from][to]
  std::array<std::array<Instant, kMaxHosts>, kMaxHosts + 1> newest_{};  // arrival, [from][to]
  std::array<std::array<std::array<int, kMaxVirtuals>, kMaxHosts>, kMaxHosts> lost_{};  // in a row
  std::array<core::Address, kMaxVirtuals> masters_{};
  std::vector<Kept> pool_;
  std::uint64_t free_ = kNoFrame;
  static constexpr std::uint64_t kNoFrame = ~std::uint64_t{0};
  struct Bent {
    Instant at;
    Duration interval{0};
  };
  // By receiver, virtual router and the last byte of the source: the last whose interval was made longer on the way.
  std::array<std::array<std::array<Bent, 256>, kMaxVirtuals>, kMaxHosts> bent_{};
  std::vector<Attacking> attacks_;
  std::vector<Frame> recorded_;
  std::size_t next_recorded_ = 0;
};

}  // namespace sim
