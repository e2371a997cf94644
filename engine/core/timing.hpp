// The intervals of RFC 3768 6.1 and RFC 9568 6.1, exact to the nanosecond.
#pragma once

#include "engine/core/router.hpp"

namespace core {

// v2: (256 - priority) / 256 seconds whatever the interval; v3: the same share of the master's interval.
Duration skew_time(Version version, Priority priority, Duration master_interval);

// Master_Down_Interval (Active_Down_Interval): `adverts` intervals of the master, and the skew.
Duration master_down_interval(Version version, Priority priority, Duration master_interval,
                              unsigned adverts);

}  // namespace core
