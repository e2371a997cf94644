// A model as text, for people and for tests: every field of every part, one per line, always in the same order.
//
// Passwords are shown as their length.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/config/model.hpp"

namespace config {

std::string dump(const Model& model);

// The same before it is text: what a reload changes is told in these lines (engine/config/difference.hpp). Things of one
// vector of the model are the parts of one kind, in its order.
struct Part {
  std::string kind;  // "instance", "script"
  std::string name;  // as it stands in the dump; empty: there is only one
  Position at;
  std::vector<std::pair<std::string, std::string>> lines;  // a name may stand more than once
};
std::vector<Part> parts_of(const Model& model);

}  // namespace config
