#include "monit/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/os/fd.hpp"

namespace monit {

using base::Error;
using base::Status;

namespace {

std::array<timespec, 2> both_at(std::int64_t ns) {
  const timespec at{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  return {at, at};
}

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error::last("write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return base::ok();
}

}  // namespace

Status replace_file(const std::string& path, std::string_view content,
                    std::optional<std::int64_t> modified_ns) {
  const std::string beside = path + ".vigie-new";
  // What stands there was left by a process that died in between. O_EXCL: a link put there by somebody else must not
  // lead us to another file.
  (void)::unlink(beside.c_str());
  const base::os::UniqueFd fd{
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!fd) return Error::last("write", beside);
  Status done = write_all(fd.get(), content, beside);
  if (done && ::fchmod(fd.get(), 0644) != 0) done = Error::last("make readable", beside);
  if (done && modified_ns && ::futimens(fd.get(), both_at(*modified_ns).data()) != 0)
    done = Error::last("set the time of", beside);
  if (done && ::rename(beside.c_str(), path.c_str()) != 0) done = Error::last("write", path);
  if (!done) (void)::unlink(beside.c_str());  // the error is already on its way to the caller
  return done;
}

Status set_modified(const std::string& path, std::int64_t modified_ns) {
  if (::utimensat(AT_FDCWD, path.c_str(), both_at(modified_ns).data(), AT_SYMLINK_NOFOLLOW) != 0)
    return Error::last("set the time of", path);
  return base::ok();
}

}  // namespace monit
