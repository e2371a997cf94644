// Same numbers on every machine and with every library: no std::*_distribution.
#pragma once

#include <cstdint>
#include <random>

#include "base/instant.hpp"

namespace sim {

using base::Duration;
using base::Instant;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool chance(double probability) {
    // Nothing is drawn for what cannot happen: most of a run is fine weather.
    return probability > 0 && static_cast<double>(engine_() >> 11) * 0x1p-53 < probability;
  }
  Duration between(Duration low, Duration high) {
    if (high <= low) return low;
    return low + Duration{static_cast<std::int64_t>(
                     below(static_cast<std::uint64_t>((high - low).count())))};
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sim
