// vigie-runner: runs what operators wrote (check and notify scripts), watches files and processes, and keeps the flag
// files.
#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/ipc/role.hpp"
#include "engine/role/role.hpp"
#include "runner/become.hpp"
#include "runner/runner.hpp"
#include "runner/tracked.hpp"

namespace {

// The scripts of an operator may be written for root and do what root does (start a service, load a firewall), so the
// runner stays uid 0 and leaves the bounding set whole: what it starts as root is root. For itself it keeps only
//   cap_kill          to end scripts that run as other users
//   cap_chown         to give FIFOs to those who read them
//   cap_dac_override  to keep flag files in directories that belong to other users
// Changing users takes cap_setuid and cap_setgid, which the step between us and the script (become.hpp) has as root
// after its exec. New privileges stay possible because that step, and set-user-id programs a root script uses, need
// them; a script of another user is denied them there.
base::Status give_up_the_rest() {
  base::os::Confinement wanted;
  if (::geteuid() == 0) wanted.capabilities = {"cap_kill", "cap_chown", "cap_dac_override"};
  wanted.keep_bounding_set = true;
  wanted.no_new_privileges = false;
  // An orphan would run every script a second time beside the runner of the next supervisor. Notify scripts it has
  // started go on, and the next runner finds them.
  wanted.die_with_parent = true;
  wanted.process_name = "vigie-runner";
  return role::confine(wanted);
}

base::Status serve(int argc, char** argv) {
  const auto arguments = role::begin("runner", argc, argv);
  if (!arguments) return arguments.error();
  // They came through exec, so they are not close-on-exec; scripts must not get them.
  for (const int fd : {ipc::kConfigFd, ipc::kBoardFd, ipc::kLedgerFd, ipc::kEngineFd, ipc::kKickFd})
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
      return base::Error::last("use descriptor", std::to_string(fd));
  auto signals = role::hold_signals();
  if (!signals) return signals.error();
  auto configuration = role::read_configuration(ipc::kConfigFd);
  if (!configuration) return configuration.error();
  // Opening it takes cap_net_admin; reading it does not, so nothing more is kept for it.
  std::optional<runner::ProcessEvents> process_events;
  if (runner::tracks_processes(configuration->model)) {
    auto opened = runner::ProcessEvents::open();
    if (opened) {
      process_events = *std::move(opened);
    } else {
      base::os::log_notice(to_string(opened.error()) +
                           ": processes are looked for every second instead");
    }
  }
  if (auto given_up = give_up_the_rest(); !given_up) return given_up;
  if (auto alone = role::stand_by(*arguments); !alone) return alone;

  auto runner =
      runner::Runner::open(*std::move(configuration), arguments->run_dir, base::os::boot_id(),
                           {.board = ipc::kBoardFd,
                            .ledger = ipc::kLedgerFd,
                            .engine = ipc::kEngineFd,
                            .kick = ipc::kKickFd,
                            .signals = *std::move(signals),
                            .process_events = std::move(process_events)});
  if (!runner) return runner.error();
  role::say_it_took_over(*arguments);
  return (*runner)->run();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> list(argv + 1, argv + argc);
  if (!list.empty() && list.front() == "--as") {
    const auto becoming = runner::from_arguments(list);
    if (becoming) return runner::become(*becoming);
    std::cerr << "vigie-runner: not understood: --as ...\n";
    return runner::kCannotExecute;
  }
  return role::exit_status(serve(argc, argv));
}
