// What a configuration makes the router do, in sentences: `vigie check --explain`. Pure.
//
// Read from the model, not from the text: what stands here is what the daemon would do, defaults included.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/config/model.hpp"

namespace cli {

std::vector<std::string> explain(const config::Model& model, const config::Instance& instance);
// What is said of the daemon as a whole: groups, flags, mail, traps, history.
std::vector<std::string> explain_rest(const config::Model& model);

std::string render_explanation(const config::Model& model);
// "3 instances with 12 addresses: VI_1 (VRID 50 on crans, priority 150), ..."
std::string outline(const config::Model& model);

}  // namespace cli
