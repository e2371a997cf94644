// vigie reload: asks vigied to read its configuration again, and waits until that is in force or refused.
#pragma once

#include "cli/facts.hpp"

namespace cli {

// Shows what was found in the file. 0: it is in force, or nothing had changed, warnings or not; 1: it could not be done, and
// what ran goes on; 2: the file has errors, and what ran goes on.
int reload(const Directories& directories);

}  // namespace cli
