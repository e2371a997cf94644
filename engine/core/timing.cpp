#include "engine/core/timing.hpp"

namespace core {

Duration skew_time(Version version, Priority priority, Duration master_interval) {
  // RFC 3768 6.1: seconds, not intervals. 1 s / 256 is 3,906,250 ns exactly.
  const Duration whole = version == Version::kV2 ? std::chrono::seconds{1} : master_interval;
  return whole * (256 - int{priority.value}) / 256;
}

Duration master_down_interval(Version version, Priority priority, Duration master_interval,
                              unsigned adverts) {
  return master_interval * adverts + skew_time(version, priority, master_interval);
}

}  // namespace core
