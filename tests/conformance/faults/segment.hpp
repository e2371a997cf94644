// Some routers of one virtual router on one wire, in virtual time: the real core, adverts that arrive a moment later or not
// at all, clocks that run fast, slow or stand still. Every event is seen by the test through `observe`.
//
// The simulator (tests/sim) asks whether anything goes wrong in anything that can happen; here one thing happens, at every
// phase, and how long it took is measured.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "engine/core/debounce.hpp"
#include "engine/core/instance.hpp"

namespace faults {

using namespace std::chrono_literals;
using base::Duration;
using base::Instant;
using base::State;

// Printed for people and for docs/fault-matrix.md.
void figure(const std::string& what);

// VRRPv3, VRID 51.
core::Router router(int priority, Duration interval = 1s);

class Segment {
 public:
  static constexpr Instant kBegin = Instant::from_ns(1'000'000'000'000);

  explicit Segment(const std::vector<core::Router>& routers);

  // --- the wire ---
  Duration delay = 200us;
  // Whether a packet gets through; asked once for each receiver.
  std::function<bool(std::size_t from, std::size_t to)> carries = [](std::size_t, std::size_t) {
    return true;
  };
  // What each packet takes on top of that; and a second copy of it, where there is one.
  std::function<Duration()> late = [] { return Duration{0}; };
  std::function<std::optional<Duration>()> copied = []() -> std::optional<Duration> { return {}; };

  // --- the routers ---
  void start(std::size_t who);
  void power_off(std::size_t who) { at(who).is_on = false; }
  void link(std::size_t who, bool up);
  // Nobody looks at a flap that is shorter than this; before start().
  void debounce(std::size_t who, Duration up, Duration down);
  // Its clock runs so much fast; before start().
  void drift(std::size_t who, std::int64_t ppm) { at(who).drift_ppm = ppm; }
  // Its clock stands still and nothing reaches it.
  void suspend(std::size_t who);
  void resume(std::size_t who);

  void pass(Duration time);

  // --- what is seen ---
  Instant now() const { return now_; }
  const core::Instance& operator[](std::size_t who) const { return stations_[who].instance; }
  bool is_master(std::size_t who) const;
  std::size_t masters() const;
  struct Change {
    Instant at;
    std::size_t who;
    State from, to;
    base::Cause cause;
  };
  std::vector<Change> changes;
  // How often somebody became master since `since`.
  std::size_t rises(Instant since) const;
  // After every event.
  std::function<void()> observe = [] {};

 private:
  struct Station {
    explicit Station(const core::Router& router) : instance(router) {}
    core::Instance instance;
    bool is_on = false;
    bool is_asleep = false;
    bool link = true;
    core::Debounce level;
    std::int64_t drift_ppm = 0;
    Duration slept{0};
    Instant fell_asleep{};
  };
  struct Flight {
    Instant lands;
    std::uint64_t order = 0;
    std::size_t to = 0;
    core::Advert advert;
    friend bool operator<(const Flight& a,
                          const Flight& b) {  // the top of the queue is the greatest
      return a.lands != b.lands ? a.lands > b.lands : a.order > b.order;
    }
  };

  Station& at(std::size_t who) { return stations_[who]; }
  Instant local(const Station& it, Instant time) const;
  Instant global(const Station& it, Instant time) const;
  Instant due(const Station& it) const;
  void tell(std::size_t who, const core::Event& event);
  void advance(std::size_t who);
  void act(std::size_t who, const core::Actions& todo);
  void look_at_link(std::size_t who);

  std::vector<Station> stations_;
  std::vector<bool> told_link_;
  std::priority_queue<Flight> flights_;
  std::uint64_t order_ = 0;
  Instant now_ = kBegin;
};

}  // namespace faults
