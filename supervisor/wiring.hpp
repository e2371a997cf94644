// The descriptors that connect the processes, made once and kept for the supervisor's life: what was sent to a process
// that died waits for its successor.
//
//   supervisor ==== engine ==== keeper ---- pulse: supervisor; deaths of the engine: supervisor
//                     |  \\==== runner
//                     kick: recorder, alerter, subagent, runner
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/fd.hpp"
#include "base/result.hpp"
#include "engine/ipc/role.hpp"
#include "supervisor/roles.hpp"
#include "supervisor/shared_files.hpp"

namespace supervisor {

struct Wiring {
  base::os::Channel engine;  // our end
  base::os::Channel engine_to_supervisor;
  base::os::UniqueFd engine_to_keeper, keeper_to_engine;
  base::os::UniqueFd engine_to_runner, runner_to_engine;
  std::array<base::os::UniqueFd, ipc::kKickCount> kicks;  // in the order of ipc::kFirstKickFd
  base::os::UniqueFd keeper_pulse;
  base::os::UniqueFd engine_deaths;  // the keeper reads them

  static base::Result<Wiring> make();

  // One that should not have: the keeper counts them (engine/keeper/guardian.hpp).
  void say_engine_died() const;

  // For another supervisor, and from one: always in the same order.
  static constexpr std::size_t kDescriptors = 8 + ipc::kKickCount;
  std::array<int, kDescriptors> descriptors() const;
  // Takes them into possession.
  static Wiring of(const std::array<int, kDescriptors>& descriptors);
};

// Ours -> theirs, as engine/ipc/role.hpp numbers them.
std::vector<std::pair<int, int>> descriptors_for(Role role, const Wiring& wiring, int config_fd,
                                                 const SharedFile& board, const SharedFile& ledger,
                                                 const SharedFile& memory);

}  // namespace supervisor
