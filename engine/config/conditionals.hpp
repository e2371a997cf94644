// Lines for some hosts only: `@id text` is read where the configuration's id is `id`, `@^id text` everywhere else.
//
// The id is the host's name up to its first dot, or what -i says. It ends at the first blank; a line without anything
// behind the id says nothing. Whatever a line may hold can follow: a definition, another condition, a whole block's start.
#pragma once

#include <optional>
#include <string_view>

#include "engine/config/text.hpp"

namespace config {

inline bool is_conditional(const Text& line) { return !line.empty() && line[0] == '@'; }

// What is left of the line where it counts; nothing where it does not. Requires: is_conditional(line).
std::optional<Text> where_it_counts(const Text& line, std::string_view id);

}  // namespace config
