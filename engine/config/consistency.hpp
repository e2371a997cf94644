// What the readers of a model take for granted and its types do not say: every place leads somewhere, groups and members know
// each other, numbers that cannot be are not there. What the parser makes is so; what was in a file may be anything.
#pragma once

#include "engine/config/model.hpp"

namespace config {

// What is wrong, in words, or nullptr.
const char* contradiction(const Model& model);

}  // namespace config
