// What the configuration that ran before in a run directory may have left in the kernel and the one about to run does
// not name.
//
// A daemon that is killed leaves its addresses for its successor to adopt. An address that an operator took out of the
// configuration in between would stay for ever: the new configuration does not speak of it. Only the run directory can
// tell, for others may use the machine too.
#pragma once

#include <vector>

#include "engine/config/model.hpp"

namespace supervisor {

// In the order in which they are met, those handed down from earlier configurations first.
std::vector<config::FormerAddress> former_addresses(const config::Model& before,
                                                    const config::Model& now);

}  // namespace supervisor
