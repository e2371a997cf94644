#include "supervisor/maintenance.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "base/os/fd.hpp"

namespace control {

using base::Error;
using base::Result;
using base::Status;
using base::os::UniqueFd;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// "maintenance 1 uid 1000 since 17 until 0": a number behind each word.
std::optional<Maintenance> understood(const std::string& text) {
  Maintenance found;
  unsigned version = 0;
  int length = 0;
  const int fields = std::sscanf(
      text.c_str(), "maintenance %u uid %" SCNu32 " since %" SCNd64 " until %" SCNd64 " %n",
      &version, &found.uid, &found.since_wall_ns, &found.until_wall_ns, &length);
  const bool is_whole = fields == 4 && static_cast<std::size_t>(length) == text.size();
  if (!is_whole || version != 1 || found.until_wall_ns < 0) return std::nullopt;
  return found;
}

}  // namespace

std::string maintenance_file(std::string_view state_dir) {
  return std::string(state_dir) + "/maintenance";
}

Result<std::optional<Maintenance>> read_maintenance(const std::string& file) {
  const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT) return std::optional<Maintenance>{};
  if (!fd) return Error::last("read", file);
  std::array<char, 256> room{};
  const ssize_t length = ::read(fd.get(), room.data(), room.size());
  if (length < 0) return Error::last("read", file);
  const std::string text(room.data(), static_cast<std::size_t>(length));
  return std::optional(understood(text).value_or(Maintenance{.is_legible = false}));
}

Status write_maintenance(const std::string& file, const Maintenance& wanted) {
  std::array<char, 256> room{};
  const int length =
      std::snprintf(room.data(), room.size(),
                    "maintenance 1 uid %" PRIu32 " since %" PRId64 " until %" PRId64 "\n",
                    wanted.uid, wanted.since_wall_ns, wanted.until_wall_ns);
  const std::string fresh = file + ".new";
  UniqueFd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (!fd) return Error::last("write", fresh);
  const ssize_t written = ::write(fd.get(), room.data(), static_cast<std::size_t>(length));
  if (written != length) return Error::last("write", fresh);
  if (::rename(fresh.c_str(), file.c_str()) != 0) return Error::last("put in place", file);
  return base::ok();
}

Result<bool> remove_maintenance(const std::string& file) {
  if (::unlink(file.c_str()) != 0) {
    if (errno == ENOENT) return false;
    return Error::last("remove", file);
  }
  return true;
}

Status sync_maintenance(const std::string& file) {
  const UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno != ENOENT) return Error::last("open", file);
  if (fd && ::fsync(fd.get()) != 0) return Error::last("sync", file);
  const std::string directory = file.substr(0, file.rfind('/') + 1);
  const UniqueFd around{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  // A filesystem that cannot sync a directory keeps none after a reboot either.
  if (!around || (::fsync(around.get()) != 0 && errno != EINVAL))
    return Error::last("sync", directory);
  return base::ok();
}

std::string end_text(const Maintenance& maintenance) {
  if (!maintenance.is_legible) return "until it is taken off (its file cannot be understood)";
  if (maintenance.until_wall_ns == 0) return "until it is taken off";
  const auto seconds = static_cast<time_t>(maintenance.until_wall_ns / kSecond);
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> room{};
  (void)std::strftime(room.data(), room.size(), "until %Y-%m-%d %H:%M:%S UTC", &parts);
  return room.data();
}

}  // namespace control
