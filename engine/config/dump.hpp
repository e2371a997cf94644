// A model as text, for people and for tests: every field of every part, one per line, always in the same order.
//
// Passwords are shown as their length.
#pragma once

#include <string>

#include "engine/config/model.hpp"

namespace config {

std::string dump(const Model& model);

}  // namespace config
