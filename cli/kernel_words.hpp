// What a configuration asks of the kernel beyond its virtual addresses, in sentences: routes, rules, static items, an
// interface of the virtual router's own, a VRF, packets that are kept out. Each says what is asked, and that this version
// of vigie does not do it: whoever wrote the line counts on it. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/config/model.hpp"

namespace cli {

// Of one instance, in the order of a manual page.
std::vector<std::string> explain_kernel(const config::Instance& instance);
// Of the static blocks and of the firewall, for the daemon as a whole.
std::vector<std::string> explain_kernel(const config::Model& model);

}  // namespace cli
