#include "supervisor/wiring.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace supervisor {

using base::Error;
using base::Result;
using base::os::UniqueFd;

namespace {

enum Kick : std::size_t { kRecorderKick, kAlerterKick, kSubagentKick, kRunnerKick };

}  // namespace

Result<Wiring> Wiring::make() {
  Wiring wiring;
  auto supervisor = base::os::channel_pair();
  auto keeper = base::os::channel_pair();
  auto runner = base::os::channel_pair();
  for (const auto* pair : {&supervisor, &keeper, &runner})
    if (!*pair) return pair->error();
  wiring.engine = base::os::Channel{std::move(supervisor->first)};
  wiring.engine_to_supervisor = base::os::Channel{std::move(supervisor->second)};
  wiring.engine_to_keeper = std::move(keeper->first);
  wiring.keeper_to_engine = std::move(keeper->second);
  wiring.engine_to_runner = std::move(runner->first);
  wiring.runner_to_engine = std::move(runner->second);
  const auto make_eventfd = [](UniqueFd& fd) {
    fd.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    return static_cast<bool>(fd);
  };
  if (!std::ranges::all_of(wiring.kicks, make_eventfd) || !make_eventfd(wiring.keeper_pulse) ||
      !make_eventfd(wiring.engine_deaths))
    return Error::last("make eventfd");
  return wiring;
}

void Wiring::say_engine_died() const {
  const std::uint64_t once = 1;
  // A counter that is full has told enough.
  (void)!::write(engine_deaths.get(), &once, sizeof once);
}

std::array<int, Wiring::kDescriptors> Wiring::descriptors() const {
  std::array<int, kDescriptors> list{engine.fd(),
                                     engine_to_supervisor.fd(),
                                     engine_to_keeper.get(),
                                     keeper_to_engine.get(),
                                     engine_to_runner.get(),
                                     runner_to_engine.get(),
                                     keeper_pulse.get(),
                                     engine_deaths.get()};
  for (std::size_t i = 0; i < kicks.size(); ++i) list[8 + i] = kicks[i].get();
  return list;
}

Wiring Wiring::of(const std::array<int, kDescriptors>& descriptors) {
  Wiring wiring;
  wiring.engine = base::os::Channel{UniqueFd{descriptors[0]}};
  wiring.engine_to_supervisor = base::os::Channel{UniqueFd{descriptors[1]}};
  wiring.engine_to_keeper.reset(descriptors[2]);
  wiring.keeper_to_engine.reset(descriptors[3]);
  wiring.engine_to_runner.reset(descriptors[4]);
  wiring.runner_to_engine.reset(descriptors[5]);
  wiring.keeper_pulse.reset(descriptors[6]);
  wiring.engine_deaths.reset(descriptors[7]);
  for (std::size_t i = 0; i < wiring.kicks.size(); ++i) wiring.kicks[i].reset(descriptors[8 + i]);
  return wiring;
}

std::vector<std::pair<int, int>> descriptors_for(Role role, const Wiring& wiring, int config_fd,
                                                 const SharedFile& board, const SharedFile& ledger,
                                                 const SharedFile& memory) {
  const bool writes = role == Role::kEngine;
  std::vector<std::pair<int, int>> list{
      {config_fd, ipc::kConfigFd},
      {(writes ? board.writable : board.readable).get(), ipc::kBoardFd},
      {(writes ? ledger.writable : ledger.readable).get(), ipc::kLedgerFd}};
  const auto kick = [&](Kick which) { list.emplace_back(wiring.kicks[which].get(), ipc::kKickFd); };
  switch (role) {
    case Role::kEngine:
      list.emplace_back(wiring.engine_to_keeper.get(), ipc::kKeeperFd);
      list.emplace_back(wiring.engine_to_runner.get(), ipc::kRunnerFd);
      list.emplace_back(wiring.engine_to_supervisor.fd(), ipc::kSupervisorFd);
      for (int i = 0; i < ipc::kKickCount; ++i)
        list.emplace_back(wiring.kicks[static_cast<std::size_t>(i)].get(), ipc::kFirstKickFd + i);
      list.emplace_back(memory.writable.get(), ipc::kMemoryFd);
      break;
    case Role::kKeeper:
      list.emplace_back(wiring.keeper_to_engine.get(), ipc::kEngineFd);
      list.emplace_back(wiring.keeper_pulse.get(), ipc::kPulseFd);
      list.emplace_back(wiring.engine_deaths.get(), ipc::kDeathsFd);
      list.emplace_back(memory.readable.get(), ipc::kMemoryFd);
      break;
    case Role::kRunner:
      list.emplace_back(wiring.runner_to_engine.get(), ipc::kEngineFd);
      kick(kRunnerKick);
      break;
    case Role::kRecorder:
      kick(kRecorderKick);
      list.emplace_back(memory.readable.get(), ipc::kMemoryFd);
      break;
    case Role::kAlerter: kick(kAlerterKick); break;
    case Role::kSubagent: kick(kSubagentKick); break;
  }
  return list;
}

}  // namespace supervisor
