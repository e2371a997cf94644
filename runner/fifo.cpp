#include "runner/fifo.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace runner {

using base::Error;
using base::Status;

Status Fifo::open(bool was_made_by_us) {
  is_made_by_us_ = was_made_by_us;
  if (::mkfifo(path_.c_str(), 0600) == 0) {
    is_made_by_us_ = true;
  } else if (errno != EEXIST) {
    return Error::last("make FIFO", path_);
  }
  // For reading too: without a reader it could not be opened for writing alone, and what is in it would be lost with the
  // last reader.
  base::os::UniqueFd fd{
      ::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY)};
  if (!fd) return Error::last("open FIFO", path_);
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return Error::last("look at FIFO", path_);
  if (!S_ISFIFO(facts.st_mode)) {
    is_made_by_us_ = false;
    return Error::because("open FIFO", "it is something else", path_);
  }
  fd_ = std::move(fd);
  if (!is_made_by_us_ || owner_.user.empty()) return base::ok();
  const auto owner = look_up(owner_);
  if (!owner) {
    if (owner_.is_default) return base::ok();
    return Error::because("give FIFO to user " + owner_.user, "there is no such user or group",
                          path_);
  }
  if (owner_.is_default && is_only_user_here()) return base::ok();
  if (::fchown(fd_.get(), owner->uid, owner->gid) != 0)
    return Error::last("give FIFO to user " + owner_.user, path_);
  return base::ok();
}

void Fifo::put(std::uint64_t sequence, std::string line) {
  if (waiting_.size() == kMostWaiting) {
    waiting_.pop_front();
    ++given_up_;
  }
  waiting_.push_back({sequence, std::move(line)});
}

bool Fifo::flush() {
  while (!waiting_.empty() && fd_) {
    const std::string& text = waiting_.front().text;
    const ssize_t written = ::write(fd_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;  // full: a line goes in whole or not at all
    waiting_.pop_front();
  }
  return !waiting_.empty();
}

std::uint64_t Fifo::told(std::uint64_t taken) const {
  return waiting_.empty() ? taken : waiting_.front().sequence - 1;
}

bool Fifo::has_unread() const {
  int bytes = 0;
  return fd_ && ::ioctl(fd_.get(), FIONREAD, &bytes) == 0 && bytes > 0;
}

bool Fifo::is_still_there() const {
  struct stat ours {};
  struct stat there {};
  return fd_ && ::fstat(fd_.get(), &ours) == 0 && ::lstat(path_.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void Fifo::remove() {
  // Somebody else may have put his own there.
  if (is_made_by_us_ && is_still_there()) (void)::unlink(path_.c_str());
  is_made_by_us_ = false;
}

}  // namespace runner
