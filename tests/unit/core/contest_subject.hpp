// The routers of the tests of Contest.
#pragma once

#include "engine/core/contest.hpp"

namespace core {

using namespace std::chrono_literals;

inline constexpr Instant kStart = Instant::from_ns(5'000'000'000);
inline constexpr Duration kSecond = 1s;
inline const Address kA = Address::v4(192, 0, 2, 1);
inline const Address kB = Address::v4(192, 0, 2, 2);
inline const Address kC = Address::v4(192, 0, 2, 3);

inline Claim claim(const Address& source, int priority, Duration interval = kSecond) {
  Claim made;
  made.source = source;
  made.version = 3;
  made.vrid = Vrid{50};
  made.priority = Priority{static_cast<std::uint8_t>(priority)};
  made.interval = interval;
  return made;
}

inline Contest master() {
  Contest contest;
  contest.stand(true, kSecond, kStart);
  contest.spoke(kStart);
  return contest;
}

inline Contest backup() {
  Contest contest;
  contest.stand(false, kSecond, kStart);
  return contest;
}

}  // namespace core
