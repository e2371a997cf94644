// The only place that reads a clock.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.hpp"

namespace base::os {

Instant now();           // CLOCK_MONOTONIC: time spent suspended is not silence
std::int64_t wall_ns();  // CLOCK_REALTIME, for people and rows; nothing is decided by it
Duration since_boot();   // CLOCK_BOOTTIME: time spent suspended counts
std::string boot_id();   // /proc/sys/kernel/random/boot_id

}  // namespace base::os
