// What the configuration that ran before in a run directory may have left in the kernel and the one about to run does
// not name.
//
// A daemon that is killed leaves its addresses for its successor to adopt. An address that an operator took out of the
// configuration in between would stay for ever: the new configuration does not speak of it. Only the run directory can
// tell, for others may use the machine too.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/config/model.hpp"

namespace supervisor {

// In the order in which they are met, those handed down from earlier configurations first: at most kMostFormer of these, the
// newest. The keeper lets go of what it finds a moment after each change, so what has been handed down for long is gone.
inline constexpr std::size_t kMostFormer = 1000;
std::vector<config::FormerAddress> former_addresses(const config::Model& before,
                                                    const config::Model& now);

}  // namespace supervisor
