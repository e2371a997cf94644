#include "runner/file_value.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/os/fd.hpp"
#include "monit/small_file.hpp"

namespace runner {

using base::Error;

FileValue value_of(std::string_view bytes) {
  const std::string text(bytes.substr(0, kFileBytesRead));
  if (text.empty()) return {0, "it is empty", true};
  char* end = nullptr;
  const long number = std::strtol(text.c_str(), &end, 0);  // beyond long: the limits of long
  if (end == text.c_str()) return {0, "no number is at its beginning", false};
  using Limits = std::numeric_limits<std::int32_t>;
  FileValue found;
  found.value =
      static_cast<std::int32_t>(std::clamp(number, long{Limits::min()}, long{Limits::max()}));
  return found;
}

FileValue read_value(const std::string& path) {
  const auto refused = [] { return FileValue{0, std::strerror(errno), false}; };
  // O_NONBLOCK: a FIFO without a writer must not keep us waiting.
  const base::os::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!fd) return refused();
  std::array<char, kFileBytesRead> bytes;
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = ::read(fd.get(), bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused();
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  return value_of({bytes.data(), length});
}

base::Result<bool> make_file(const std::string& path, std::int32_t value, bool overwrite) {
  struct stat facts {};
  const bool is_there = ::lstat(path.c_str(), &facts) == 0;
  if (!is_there && errno != ENOENT) return Error::last("make tracked file", path);
  if (is_there && !overwrite) return false;
  if (is_there && !S_ISREG(facts.st_mode))
    return Error::because("overwrite tracked file", "it is not a regular file", path);
  const std::string text = std::to_string(value) + "\n";
  if (overwrite) {
    // Renames over what stands there, so nobody ever reads a part and no link is followed.
    if (auto made = monit::replace_file(path, text); !made) return made.error();
    return true;
  }
  const std::string beside = path + ".vigie-init";
  if (auto written = monit::replace_file(beside, text); !written) return written.error();
  // A link of the finished file, which fails when somebody was quicker: theirs counts.
  const bool is_made = ::link(beside.c_str(), path.c_str()) == 0;
  const int error = errno;
  (void)::unlink(beside.c_str());  // its name is of no more use; at worst it is replaced next time
  if (is_made) return true;
  if (error == EEXIST) return false;
  return Error::of(error, "make tracked file", path);
}

}  // namespace runner
