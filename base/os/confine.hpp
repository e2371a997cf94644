// Giving up what a role does not need: one visible block at the top of its main.
//
// What cannot be given up here (a user namespace with a single user, say) is told to the caller, who logs it once;
// nothing is skipped in silence.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace base::os {

// Environment variable in which a parent says its pid, so that a child that starts to follow it notices when it came too
// late and would be an orphan for ever.
inline constexpr const char* kParentVariable = "VIGIE_PARENT_PID";

struct Confinement {
  std::string user{};                 // run as this user and its group; empty: stay
  std::vector<std::string> groups{};  // supplementary
  std::vector<std::string_view>
      capabilities{};  // kept, by name ("cap_net_admin"); all others are dropped everywhere
  bool keep_bounding_set =
      false;  // its children may become root again (scripts an operator wrote for root)
  bool no_new_privileges = true;
  bool may_dump_core = false;
  int round_robin_priority = 0;             // SCHED_RR; 0: leave the scheduler alone
  std::vector<std::uint16_t> processors{};  // runs on these alone; empty: on any
  bool lock_memory = false;
  std::uint64_t open_files = 0;  // RLIMIT_NOFILE; 0: leave
  bool die_with_parent = false;  // PR_SET_PDEATHSIG SIGKILL; see kParentVariable
  std::string process_name{};    // comm, at most 15 characters
};

// Applies all of it, in an order that works. Answers the notes of what was not possible; an error only when going on
// would be unsafe (a capability that should be gone is still there).
Result<std::vector<std::string>> confine(const Confinement& wanted);

// Only these system calls from now on, by name; any other kills the process. Call last.
Status allow_only(std::span<const std::string_view> syscalls);

}  // namespace base::os
