#include "store/follower.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "base/os/clock.hpp"
#include "engine/config/compiled.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/ipc/role.hpp"

namespace store {
namespace {

using base::Error;
using base::os::UniqueFd;

enum Token : std::uint64_t { kKick, kSignal };

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Plain files with one name only: nothing a link could point elsewhere is given away.
void hand_over(int directory, const char* name, const passwd& user) {
  const UniqueFd file{::openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  struct stat found {};
  if (!file || ::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_nlink != 1)
    return;
  // Refused where the user is not mapped; then we stay who we are and own the files ourselves.
  if (found.st_uid == 0 && ::fchownat(file.get(), "", user.pw_uid, user.pw_gid, AT_EMPTY_PATH) != 0)
    return;
}

}  // namespace

base::Status hold_signals() {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  sigaddset(&held, SIGINT);
  if (::sigprocmask(SIG_BLOCK, &held, nullptr) != 0) return Error::last("hold signals");
  return base::ok();
}

base::Result<RoleArguments> read_arguments(int argc, char** argv) {
  RoleArguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--journal") {
      arguments.to_journal = true;
      continue;
    }
    if (name != "--run-dir" && name != "--state-dir")
      return Error::because("read arguments", "unknown argument", name);
    if (++i == argc) return Error::because("read arguments", "a directory is missing", name);
    (name == "--run-dir" ? arguments.run_dir : arguments.state_dir) = argv[i];
  }
  if (arguments.state_dir.empty())
    return Error::because("read arguments", "it is missing", "--state-dir");
  return arguments;
}

base::Status prepare_state_dir(const std::string& path, const std::string& user) {
  if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST)
    return Error::last("make the state directory", path);
  const passwd* account = ::geteuid() == 0 ? ::getpwnam(user.c_str()) : nullptr;
  if (account == nullptr) return base::ok();
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) return Error::last("open the state directory", path);
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return Error::last("look at the state directory", path);
  if (found.st_uid == 0 && ::fchown(fd.get(), account->pw_uid, account->pw_gid) != 0)
    return base::ok();  // not mapped here: see hand_over
  const std::unique_ptr<DIR, CloseDirectory> directory{::fdopendir(fd.get())};
  if (!directory) return Error::last("list the state directory", path);
  const int number = fd.release();  // the directory stream closes it
  while (const dirent* entry = ::readdir(directory.get()))
    hand_over(number, entry->d_name, *account);
  return base::ok();
}

base::Result<Follower> Follower::open() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  UniqueFd signals{::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals) return Error::last("wait for signals");

  auto compiled = base::os::Mapping::read_only(ipc::kConfigFd);
  if (!compiled) return compiled.error();
  auto model = config::decompile(compiled->bytes());
  if (!model) return model.error();
  auto ledger = base::os::Mapping::read_only(ipc::kLedgerFd);
  if (!ledger) return ledger.error();
  if (!feed::is_ledger(ledger->bytes(), base::os::boot_id()))
    return Error::because("open the ledger", "it is not a ledger of this version and this boot");

  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  if (auto added = poller->add(ipc::kKickFd, kKick); !added) return added.error();
  if (auto added = poller->add(signals.get(), kSignal); !added) return added.error();
  return Follower{std::move(*model), std::move(*ledger), std::move(signals), std::move(*poller)};
}

base::Result<bool> Follower::wait(base::Instant deadline) {
  const auto ready = poller_.wait(deadline);
  if (!ready) return ready.error();
  bool finish = false;
  for (const base::os::Ready& one : *ready) {
    signalfd_siginfo signal{};
    if (one.token == kSignal &&
        ::read(signals_.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal))
      finish = true;
    std::uint64_t kicks = 0;
    // Readable was just said, and nobody else reads it: this takes the count and does not wait.
    if (one.token == kKick && ::read(ipc::kKickFd, &kicks, sizeof kicks) < 0 && errno != EAGAIN &&
        errno != EINTR)
      return Error::last("read the kick");
  }
  return finish;
}

}  // namespace store
