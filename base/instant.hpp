// A moment on the monotonic clock, and the distance between two.
//
// Cannot read a clock: base/os/clock.hpp can, and everything else is told. An Instant counts nanoseconds of
// CLOCK_MONOTONIC since boot, so it can be stored in the board and compared by another process of the same boot.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>

namespace base {

using Duration = std::chrono::nanoseconds;

class Instant {
 public:
  constexpr Instant() = default;  // the moment of boot
  static constexpr Instant from_ns(std::int64_t ns) { return Instant{ns}; }
  // Later than every other moment: "nothing is awaited".
  static constexpr Instant never() { return Instant{std::numeric_limits<std::int64_t>::max()}; }

  constexpr std::int64_t ns() const { return ns_; }
  constexpr bool is_never() const { return *this == never(); }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant at, Duration d) {
    return at.is_never() ? at : Instant{at.ns_ + d.count()};
  }
  friend constexpr Instant operator-(Instant at, Duration d) { return at + -d; }
  friend constexpr Duration operator-(Instant a, Instant b) { return Duration{a.ns_ - b.ns_}; }
  constexpr Instant& operator+=(Duration d) { return *this = *this + d; }

 private:
  constexpr explicit Instant(std::int64_t ns) : ns_(ns) {}
  std::int64_t ns_ = 0;
};

constexpr Instant earlier(Instant a, Instant b) { return a < b ? a : b; }

}  // namespace base
