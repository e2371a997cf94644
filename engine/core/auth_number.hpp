// The number a signed advert carries: when it was signed, and a counter, so that it always grows.
//
//    63                             32 31             16 15              0
//   +---------------------------------+-----------------+-----------------+
//   |   seconds of UTC, modulo 2^32   |  1/65536 second |     counter     |
//   +---------------------------------+-----------------+-----------------+
//
// Compared by RFC 1982, so that nothing happens in 2106 when the seconds wrap.
#pragma once

#include <cstdint>

#include "base/instant.hpp"

namespace core {

constexpr std::uint64_t number_of(std::int64_t wall_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t seconds = wall_ns / kSecond;
  std::int64_t rest = wall_ns % kSecond;
  if (rest < 0) {  // a clock before 1970
    rest += kSecond;
    --seconds;
  }
  const auto fraction = (static_cast<std::uint64_t>(rest) << 16) / kSecond;
  return static_cast<std::uint64_t>(seconds) << 32 | fraction << 16;
}

constexpr bool is_after(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(a - b) > 0;
}

// From `b` to `a`, at most 68 years either way.
constexpr base::Duration between(std::uint64_t a, std::uint64_t b) {
  const auto difference = static_cast<std::int64_t>(a - b);  // in 2^-32 s
  const std::int64_t seconds = difference >> 32;
  const std::uint64_t rest = static_cast<std::uint64_t>(difference) & 0xffff'ffffU;
  return std::chrono::seconds{seconds} +
         base::Duration{static_cast<std::int64_t>(rest * 1'000'000'000U >> 32)};
}

}  // namespace core
