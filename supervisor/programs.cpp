#include "supervisor/programs.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

namespace supervisor {

using base::Error;
using base::Result;
using base::os::UniqueFd;

namespace {

// Above every number that a child gets something under: the file must still be there when it is executed.
constexpr int kAboveAll = 64;

UniqueFd hold(const std::string& path) {
  const UniqueFd found{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  return UniqueFd{found ? ::fcntl(found.get(), F_DUPFD_CLOEXEC, kAboveAll) : -1};
}

std::string path_to(const std::string& path, const UniqueFd& held) {
  struct stat there {
  }, ours{};
  if (!held || ::fstat(held.get(), &ours) != 0) return path;
  if (::stat(path.c_str(), &there) == 0 && there.st_dev == ours.st_dev &&
      there.st_ino == ours.st_ino)
    return path;
  return "/proc/self/fd/" + std::to_string(held.get());
}

std::size_t place_of(Role role) { return static_cast<std::size_t>(role); }

}  // namespace

Programs Programs::open(std::string directory, std::string vigied) {
  Programs programs;
  programs.directory_ = std::move(directory);
  programs.vigied_ = std::move(vigied);
  for (const Role role : kRoles) programs.held_[place_of(role)] = hold(programs.path_of(role));
  programs.held_.back() = hold(programs.vigied_);
  return programs;
}

Programs Programs::of(std::string directory, std::string vigied,
                      const std::array<int, kCount>& descriptors) {
  Programs programs;
  programs.directory_ = std::move(directory);
  programs.vigied_ = std::move(vigied);
  for (std::size_t i = 0; i < kCount; ++i) programs.held_[i].reset(descriptors[i]);
  return programs;
}

std::array<int, Programs::kCount> Programs::descriptors() const {
  std::array<int, kCount> list{};
  for (std::size_t i = 0; i < kCount; ++i) list[i] = held_[i].get();
  return list;
}

std::string Programs::to_execute(Role role) const {
  return path_to(path_of(role), held_[place_of(role)]);
}

std::string Programs::vigied_to_execute() const { return path_to(vigied_, held_.back()); }

Result<std::string> own_path() {
  std::array<char, PATH_MAX> buffer;
  const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length < 0) return Error::last("find own executable");
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

}  // namespace supervisor
