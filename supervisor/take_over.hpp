// The two ends of one vigied executing another in its own process, which keeps its number, its children and everything it
// has open.
//
// The one that is executed learns of it from its environment. Until it has everything it owns nothing, and can go back: it
// executes the one before, which finds all it left as it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/os/fd.hpp"
#include "supervisor/supervisor.hpp"

namespace supervisor {

// vigied's argument for the trial (supervisor/upgrade.hpp), and what is open then.
inline constexpr const char* kTrialArgument = "--try-to-take-over";
namespace trial {
inline constexpr int kHandoverFd = 3;
inline constexpr int kConfigFd = 4;
inline constexpr int kBoardFd = 5;
inline constexpr int kLedgerFd = 6;
inline constexpr int kMemoryFd = 7;
}  // namespace trial

// Says the version and, on the next line, Trial::kItCan or what stands in the way; Trial::kCan or another exit status.
int try_to_take_over(const std::string& version);

// Does not return when it worked. `executable` is run under the name it was started with; `former`: a descriptor of the
// executable to go back to, or -1.
base::Status execute_in_place(const std::string& executable, const Handover& handover, int former);

struct Invitation {
  int handover = -1;
  int former = -1;
  std::string failure;  // this is the one before, and the other could not take over
};
// Takes it out of the environment.
std::optional<Invitation> take_invitation();

// `signals`: of handled_signals(), which are blocked.
base::Result<Parts> take_over(const Invitation& invitation, const std::string& version,
                              base::os::UniqueFd signals);

// Executes the one before. Returns only when that is not possible.
base::Error go_back(const Invitation& invitation, const base::Error& why, char** argv);

// Executes it as if it was started now, in this process. Returns only when that is not possible.
base::Error start_anew(const std::string& vigied, const std::vector<std::string>& command_line);

}  // namespace supervisor
