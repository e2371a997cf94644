// `vigie check`: every finding of a configuration at once, for people or for programs, and what the routers would do.
// Rendering is pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/config/parser.hpp"

namespace cli {

// Reads FILE as config::disk() does; "-" is standard input, read whole, and at most as much as a file may hold.
config::FileReader check_reader();

// The findings, then one line that counts them and says what the daemon would run.
std::string render_check(const std::string& file, const config::Parsed& parsed);
// The same text with colours for a terminal: findings by how bad they are.
std::string coloured(const std::string& rendered);
// Whether standard output is a terminal that wants colours (no NO_COLOR in the environment, TERM not dumb).
bool wants_colour();

// docs/commands.md has the schema.
nlohmann::ordered_json check_json(const std::string& file, const config::Parsed& parsed);

}  // namespace cli
