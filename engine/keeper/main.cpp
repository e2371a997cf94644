// vigie-keeper: the hands. Opens and joins the sockets, installs and removes addresses, watches the kernel. May wait
// for the lock all of the host's network configuration shares; nothing that speaks VRRP waits for it.
//
//   vigie-keeper --run-dir DIR --state-dir DIR [--journal]
//
// Descriptors and what they carry: engine/ipc/role.hpp.
//
// SIGTERM comes from the supervisor when the engine has stopped: what is still held is withdrawn then. From anybody else it
// means nothing: an engine that goes on advertising would be left without its addresses. A supervisor that
// is killed takes this process with it, and the addresses stay for the next one to adopt
// (docs/decisions/0004-supervisor-death.md). Should the channel be gone for good while this process lives, nobody is left
// to speak for the addresses and nobody will come: they are withdrawn, for an address without a speaker is a second
// holder for as long as nobody looks.
#include <poll.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "base/os/poller.hpp"
#include "engine/ipc/role.hpp"
#include "engine/keeper/keeper.hpp"
#include "engine/role/role.hpp"

namespace {

using base::Error;
using base::Instant;
using base::Status;
using base::os::UniqueFd;

// A withdrawal is a few requests; this long only when the host's network lock is held by somebody else.
constexpr base::Duration kTimeToFinish = std::chrono::seconds{3};

// The supervisor's death closes the channel before it ends us; in between lies what the kernel still has to do for it.
constexpr std::chrono::milliseconds kOwnEnd{1000};

enum Token : std::uint64_t { kEngine, kMonitor, kSignals, kDeaths, kEar };

// Says that this process turns. It cannot fail: nobody reads only when nobody is left to, and then it is full at some time.
void beat() {
  const std::uint64_t once = 1;
  (void)!::write(ipc::kPulseFd, &once, sizeof once);
}

Status finish(keeper::Keeper& keeper) {
  const Instant until = base::os::now() + kTimeToFinish;
  while (!keeper.finish_turn(base::os::now())) {
    beat();
    if (base::os::now() >= until) break;
  }
  keeper.put_settings_back();
  if (const std::size_t left = keeper.installed(base::os::now()); left > 0)
    return Error::because("withdraw addresses", std::to_string(left) + " are still there");
  return base::ok();
}

Status run(int argc, char** argv) {
  const auto arguments = role::begin("keeper", argc, argv);
  if (!arguments) return arguments.error();

  base::os::Confinement confinement;
  confinement.user = "vigie-keeper";
  confinement.capabilities = {"cap_net_admin", "cap_net_raw"};
  confinement.groups = {"vigie"};      // reads the board
  confinement.die_with_parent = true;  // docs/decisions/0004-supervisor-death.md
  confinement.process_name = "vigie-keeper";
  if (auto confined = role::confine(confinement); !confined) return confined;

  const auto configuration = role::read_configuration(ipc::kConfigFd);
  if (!configuration) return configuration.error();
  const auto signals = role::hold_signals();
  if (!signals) return signals.error();
  auto netlink = keeper::Netlink::open();
  if (!netlink) return netlink.error();
  // Sockets hear from the moment they are opened: of two sets the engine would be told everything twice.
  if (auto alone = role::stand_by(*arguments); !alone) return alone;
  auto sockets = keeper::Sockets::open(configuration->model);
  if (!sockets) return sockets.error();
  auto memory = base::os::Mapping::read_only(ipc::kMemoryFd);
  if (!memory) return memory.error();
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  keeper::Keeper keeper{
      *configuration,
      std::move(*netlink),
      std::move(*sockets),
      base::os::Channel{UniqueFd{ipc::kEngineFd}},
      keeper::KernelSettings{"/proc/sys/net", arguments->run_dir + "/keeper/settings"},
      keeper::Speaker{arguments->run_dir + "/board", base::os::now()},
      keeper::StandIn{configuration->model, std::move(*memory)},
      UniqueFd{ipc::kDeathsFd}};

  if (auto added = poller->add(keeper.engine_fd(), kEngine); !added) return added;
  if (auto added = poller->add(keeper.monitor_fd(), kMonitor); !added) return added;
  if (auto added = poller->add(signals->get(), kSignals); !added) return added;
  if (auto added = poller->add(keeper.deaths_fd(), kDeaths); !added) return added;
  if (auto started = keeper.start(base::os::now()); !started) return started;
  role::say_it_took_over(*arguments);
  bool is_writing = false;
  for (;;) {
    beat();
    if (auto turned = keeper.turn(base::os::now()); !turned) {
      // The supervisor starts the next one with the configuration in force; the addresses stay for it.
      if (keeper.is_abandoned()) return turned;
      pollfd asked{.fd = signals->get(), .events = POLLIN, .revents = 0};
      (void)::poll(&asked, 1, kOwnEnd.count());
      base::os::log_error("nobody is left to speak for the addresses, withdrawing them: " +
                          to_string(turned.error()));
      return finish(keeper);
    }
    if (is_writing != keeper.wants_to_write()) {
      is_writing = keeper.wants_to_write();
      if (auto changed = poller->change(keeper.engine_fd(), kEngine, is_writing); !changed)
        return changed;
    }
    for (const int ear : keeper.take_new_ears())
      if (auto added = poller->add(ear, kEar); !added) return added;
    const auto ready =
        poller->wait(base::earlier(keeper.deadline(), base::os::now() + ipc::kPulsePeriod));
    if (!ready) return ready.error();
    for (const base::os::Ready& one : *ready) {
      if (one.token != kSignals) continue;
      if (role::take_signal_of_parent(*signals)) return finish(keeper);
      base::os::log_warning(
          "SIGTERM, and not from the supervisor: nothing is withdrawn for it; it is vigied that "
          "can "
          "be asked to stop");
    }
  }
}

}  // namespace

int main(int argc, char** argv) { return role::exit_status(run(argc, argv)); }
