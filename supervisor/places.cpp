#include "supervisor/places.hpp"

#include <limits.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace supervisor {

using base::Error;
using base::Result;

Result<std::string> programs_directory() {
  std::array<char, PATH_MAX> buffer;
  const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length < 0) return Error::last("find own executable");
  std::string path(buffer.data(), static_cast<std::size_t>(length));
  for (int up = 0; up < 2; ++up) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return Error::of(ENOENT, "find own programs", path);
    path.resize(slash);
  }
  return path + "/libexec/vigie";
}

}  // namespace supervisor
