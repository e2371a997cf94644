// vigie-runner: runs what operators wrote (check and notify scripts) and keeps the flag files.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "base/os/clock.hpp"
#include "base/os/confine.hpp"
#include "base/os/log.hpp"
#include "base/os/mapping.hpp"
#include "engine/config/compiled.hpp"
#include "engine/ipc/role.hpp"
#include "runner/become.hpp"
#include "runner/runner.hpp"

namespace {

struct Arguments {
  std::string run_dir;
  std::string state_dir;  // of every role; nothing of ours lives there
  bool journal = false;
};

bool parse(const std::vector<std::string>& list, Arguments& arguments) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == "--journal") {
      arguments.journal = true;
    } else if (list[i] == "--run-dir" && i + 1 < list.size()) {
      arguments.run_dir = list[++i];
    } else if (list[i] == "--state-dir" && i + 1 < list.size()) {
      arguments.state_dir = list[++i];
    } else {
      return false;
    }
  }
  return !arguments.run_dir.empty();
}

// The scripts of an operator may be written for root and do what root does (start a service, load a firewall), so the
// runner stays uid 0 and leaves the bounding set whole: what it starts as root is root. For itself it keeps only
//   cap_kill          to end scripts that run as other users
//   cap_dac_override  to keep flag files in directories that belong to other users
// Changing users takes cap_setuid and cap_setgid, which the step between us and the script (become.hpp) has as root
// after its exec. New privileges stay possible because that step, and set-user-id programs a root script uses, need
// them; a script of another user is denied them there.
base::Result<std::vector<std::string>> give_up_the_rest() {
  base::os::Confinement wanted;
  if (::geteuid() == 0) wanted.capabilities = {"cap_kill", "cap_dac_override"};
  wanted.keep_bounding_set = true;
  wanted.no_new_privileges = false;
  // An orphan would run every script a second time beside the runner of the next supervisor. Notify scripts it has
  // started go on, and the next runner finds them.
  wanted.die_with_parent = true;
  wanted.process_name = "vigie-runner";
  return base::os::confine(wanted);
}

base::Result<config::Model> read_configuration() {
  const auto mapping = base::os::Mapping::read_only(ipc::kConfigFd);
  if (!mapping) return mapping.error();
  return config::decompile(mapping->bytes());
}

int serve(const Arguments& arguments) {
  const auto fail = [](const base::Error& error) {
    base::os::log_error(to_string(error));
    return 1;
  };
  // They came through exec, so they are not close-on-exec; scripts must not get them.
  for (const int fd : {ipc::kConfigFd, ipc::kBoardFd, ipc::kLedgerFd, ipc::kEngineFd, ipc::kKickFd})
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
      return fail(base::Error::last("use descriptor", std::to_string(fd)));
  // Both ends of their pipes and channels may close at any time.
  (void)::signal(SIGPIPE, SIG_IGN);
  sigset_t asked;
  sigemptyset(&asked);
  sigaddset(&asked, SIGTERM);
  sigaddset(&asked, SIGINT);
  (void)::sigprocmask(SIG_BLOCK, &asked, nullptr);  // read from a descriptor instead

  auto notes = give_up_the_rest();
  if (!notes) return fail(notes.error());
  for (const std::string& note : *notes) base::os::log_notice(note);

  auto model = read_configuration();
  if (!model) return fail(model.error());
  auto runner = runner::Runner::open(*std::move(model), arguments.run_dir, base::os::boot_id(),
                                     {.board = ipc::kBoardFd,
                                      .ledger = ipc::kLedgerFd,
                                      .engine = ipc::kEngineFd,
                                      .kick = ipc::kKickFd});
  if (!runner) return fail(runner.error());
  const auto ended = (*runner)->run();
  return ended ? *ended : fail(ended.error());
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
  Arguments arguments;
  if (!parse(list, arguments)) {
    std::cerr << "usage: vigie-runner --run-dir DIR --state-dir DIR [--journal]\n"
                 "Started by vigied; not meant to be run by hand.\n";
    return 2;
  }
  base::os::open_log("runner", arguments.journal);
  return serve(arguments);
}
