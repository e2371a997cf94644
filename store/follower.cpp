#include "store/follower.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/os/clock.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/ipc/role.hpp"
#include "engine/role/role.hpp"

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

base::Result<Follower> Follower::open(UniqueFd signals) {
  auto model = role::read_configuration();
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
    if (one.token == kSignal && role::take_signal(signals_)) finish = true;
    if (one.token == kKick)
      if (auto kicked = role::take_kick(ipc::kKickFd); !kicked) return kicked.error();
  }
  return finish;
}

}  // namespace store
