// vigie-keeper: the hands. Opens and joins the sockets, installs and removes addresses, watches the kernel. May wait
// for the lock all of the host's network configuration shares; nothing that speaks VRRP waits for it.
//
//   vigie-keeper --run-dir DIR --state-dir DIR [--journal]
//
// Descriptors and what they carry: engine/ipc/role.hpp.
//
// SIGTERM comes from the supervisor when the engine has stopped: what is still held is withdrawn then. A supervisor that
// is killed takes this process with it, and the addresses stay for the next one to adopt
// (docs/decisions/0004-supervisor-death.md). Should the channel be gone for good while this process lives, nobody is left
// to speak for the addresses and nobody will come: they are withdrawn, for an address without a speaker is a second
// holder for as long as nobody looks.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <string_view>

#include "base/os/clock.hpp"
#include "base/os/confine.hpp"
#include "base/os/log.hpp"
#include "base/os/mapping.hpp"
#include "base/os/poller.hpp"
#include "engine/config/compiled.hpp"
#include "engine/ipc/role.hpp"
#include "engine/keeper/keeper.hpp"

namespace {

using base::Error;
using base::Instant;
using base::Result;
using base::Status;
using base::os::UniqueFd;

// A withdrawal is a few requests; this long only when the host's network lock is held by somebody else.
constexpr base::Duration kTimeToFinish = std::chrono::seconds{3};

enum Token : std::uint64_t { kEngine, kMonitor, kSignals };

Result<bool> wants_journal(int argc, char** argv) {
  bool journal = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--journal") {
      journal = true;
    } else if ((argument == "--run-dir" || argument == "--state-dir") && i + 1 < argc) {
      ++i;  // every role is told; this one opens no file
    } else {
      return Error::because("read arguments", "unknown or incomplete argument", argument);
    }
  }
  return journal;
}

// SIGTERM as a descriptor. A terminal's Ctrl-C reaches every process of the foreground at once: the end is in the
// supervisor's order, so this process does not hear it.
Result<UniqueFd> open_signals() {
  (void)::signal(SIGINT, SIG_IGN);  // these two cannot fail
  (void)::signal(SIGHUP, SIG_IGN);
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  if (::sigprocmask(SIG_BLOCK, &term, nullptr) < 0) return Error::last("block SIGTERM");
  UniqueFd signals{::signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals) return Error::last("open signal descriptor");
  return signals;
}

Result<config::Model> read_configuration() {
  const UniqueFd file{ipc::kConfigFd};
  const auto mapping = base::os::Mapping::read_only(file.get());
  if (!mapping) return mapping.error();
  return config::decompile(mapping->bytes());
}

Status finish(keeper::Keeper& keeper) {
  const Instant until = base::os::now() + kTimeToFinish;
  while (!keeper.finish_turn(base::os::now()))
    if (base::os::now() >= until) break;
  if (const std::size_t left = keeper.installed(base::os::now()); left > 0)
    return Error::because("withdraw addresses", std::to_string(left) + " are still there");
  return base::ok();
}

Status run(int argc, char** argv) {
  const auto journal = wants_journal(argc, argv);
  if (!journal) return journal.error();
  base::os::open_log("keeper", *journal);

  base::os::Confinement confinement;
  confinement.user = "vigie-keeper";
  confinement.capabilities = {"cap_net_admin", "cap_net_raw"};
  confinement.die_with_parent = true;  // docs/decisions/0004-supervisor-death.md
  confinement.process_name = "vigie-keeper";
  const auto notes = base::os::confine(confinement);
  if (!notes) return notes.error();
  for (const std::string& note : *notes) base::os::log_info(note);

  const auto model = read_configuration();
  if (!model) return model.error();
  const auto signals = open_signals();
  if (!signals) return signals.error();
  auto netlink = keeper::Netlink::open();
  if (!netlink) return netlink.error();
  auto sockets = keeper::Sockets::open(*model);
  if (!sockets) return sockets.error();
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  keeper::Keeper keeper{*model, std::move(*netlink), std::move(*sockets),
                        base::os::Channel{UniqueFd{ipc::kEngineFd}}};

  if (auto added = poller->add(keeper.engine_fd(), kEngine); !added) return added;
  if (auto added = poller->add(keeper.monitor_fd(), kMonitor); !added) return added;
  if (auto added = poller->add(signals->get(), kSignals); !added) return added;
  if (auto started = keeper.start(base::os::now()); !started) return started;
  bool is_writing = false;
  for (;;) {
    if (auto turned = keeper.turn(base::os::now()); !turned) {
      base::os::log_error("nobody is left to speak for the addresses, withdrawing them: " +
                          to_string(turned.error()));
      return finish(keeper);
    }
    if (is_writing != keeper.wants_to_write()) {
      is_writing = keeper.wants_to_write();
      if (auto changed = poller->change(keeper.engine_fd(), kEngine, is_writing); !changed)
        return changed;
    }
    const auto ready = poller->wait(keeper.deadline());
    if (!ready) return ready.error();
    for (const base::os::Ready& one : *ready)
      if (one.token == kSignals) return finish(keeper);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto done = run(argc, argv); !done) {
    base::os::log_error(to_string(done.error()));
    return 1;
  }
  return 0;
}
