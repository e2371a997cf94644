// The addresses the kernel holds on any interface of this network namespace. Asking takes a lock the whole host shares: not
// for who must not wait.
#pragma once

#include <set>

#include "base/ip.hpp"
#include "base/result.hpp"

namespace base::os {

Result<std::set<Address>> host_addresses();

}  // namespace base::os
