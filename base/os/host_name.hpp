// What this machine calls itself.
#pragma once

#include <string>

namespace base::os {

std::string host_name();  // "localhost" when it has no name

}  // namespace base::os
