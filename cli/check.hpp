// `vigie check FILE`: everything that is odd about a configuration, with its place.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/config/parser.hpp"

namespace cli {

std::string render_check(const std::string& file, const config::Parsed& parsed);
nlohmann::ordered_json check_json(const std::string& file, const config::Parsed& parsed);

}  // namespace cli
