// vigie upgrade: asks vigied to replace every process by what is installed now, and waits until that is done or refused.
#pragma once

#include "cli/facts.hpp"

namespace cli {

// 0: every process is replaced; 1: it could not be done, and what ran goes on; 3: what is installed does not read what runs,
// and nothing was done (with `force` it departs and starts from the beginning, which is 0 as soon as it departs); 4: nobody was
// there to be asked, or it is of a version that knows no upgrade: a restart is the way.
int upgrade(const Directories& directories, bool force);

}  // namespace cli
