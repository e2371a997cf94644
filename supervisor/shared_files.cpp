#include "supervisor/shared_files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <vector>

#include "base/os/log.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/feed/memory.hpp"

namespace supervisor {

using base::Error;
using base::Result;
using base::Status;
using base::os::Mapping;
using base::os::UniqueFd;

namespace {

// The group that may read facts and send commands.
constexpr const char* kGroup = "vigie";

Result<SharedFile> open_both(const std::string& path) {
  SharedFile file;
  file.writable.reset(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.writable) return Error::last("open", path);
  file.readable.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.readable) return Error::last("open", path);
  return file;
}

// A zeroed file of `size` under `path`.new, its pages really there: a tmpfs that fills up later must not end a process
// that writes to the mapping.
Result<UniqueFd> make_file(const std::string& path, std::size_t size) {
  const std::string fresh = path + ".new";
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) return Error::last("replace", fresh);
  UniqueFd fd{::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!fd) return Error::last("make", fresh);
  if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); error != 0)
    return Error::of(error, "make room for", fresh);
  return fd;
}

Result<SharedFile> move_into_place(const std::string& path) {
  const std::string fresh = path + ".new";
  share_with_group(fresh, 0640);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return Error::last("put in place", path);
  return open_both(path);
}

// The file that is there, when `is_right` says of its bytes that it may stay.
template <typename IsRight>
std::optional<SharedFile> keep(const std::string& path, IsRight is_right) {
  auto file = open_both(path);
  if (!file) return std::nullopt;
  const auto mapping = Mapping::read_only(file->readable.get());
  if (!mapping || !is_right(mapping->bytes())) return std::nullopt;
  return std::move(*file);
}

Result<std::uint64_t> random_identity() {
  std::uint64_t identity = 0;
  while (identity == 0)  // zero means "no ledger" to a reader's place
    if (::getrandom(&identity, sizeof identity, 0) != sizeof identity)
      return Error::last("draw a random number");
  return identity;
}

}  // namespace

Status make_directory(const std::string& path, unsigned mode) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const bool is_last = slash == std::string::npos;
    const std::string part = path.substr(0, slash);
    // Parents as anybody would make them; only the last one is ours to restrict.
    if (::mkdir(part.c_str(), is_last ? mode : 0755) != 0 && errno != EEXIST)
      return Error::last("make directory", part);
    if (is_last) break;
  }
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return Error::last("look at directory", path);
  if (!S_ISDIR(facts.st_mode)) return Error::of(ENOTDIR, "use directory", path);
  return base::ok();
}

Result<UniqueFd> take_lock(const std::string& path) {
  // A holder that stops removes the file: what we locked must still be what is there.
  for (int attempt = 0; attempt < 10; ++attempt) {
    UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd) return Error::last("open", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return Error::last("lock", path);
      char pid[16] = {};
      const ssize_t length = ::pread(fd.get(), pid, sizeof pid - 1, 0);
      std::string holder(pid, length > 0 ? static_cast<std::size_t>(length) : 0);
      if (!holder.empty() && holder.back() == '\n') holder.pop_back();
      return Error::because(
          "use this run directory",
          "another vigied (pid " + holder + ") runs in it; stop it first or give --run-dir", path);
    }
    struct stat held {
    }, there{};
    if (::fstat(fd.get(), &held) != 0) return Error::last("look at", path);
    if (::stat(path.c_str(), &there) != 0 || held.st_ino != there.st_ino) continue;
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) != 0 ||
        ::pwrite(fd.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
      return Error::last("write", path);
    return fd;
  }
  return Error::because("lock", "it keeps being replaced", path);
}

void share_with_group(const std::string& path, unsigned mode) {
  const group* found = ::getgrnam(kGroup);
  if (found != nullptr && ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0)
    base::os::log_info(base::to_string(Error::last("let the group vigie read", path)));
  if (::chmod(path.c_str(), mode) != 0)
    base::os::log_info(base::to_string(Error::last("set the mode of", path)));
}

void give_to_user(const std::string& path, const char* user) {
  const passwd* found = ::getpwnam(user);
  if (found != nullptr && ::chown(path.c_str(), found->pw_uid, found->pw_gid) != 0)
    base::os::log_warning(base::to_string(Error::last("give to its user", path)));
}

Result<SharedFile> open_board(const std::string& path, const BoardShape& shape,
                              std::string_view boot_id) {
  auto kept = keep(path, [&](std::span<const std::byte> bytes) {
    if (!feed::is_board(bytes, boot_id)) return false;
    const feed::BoardHeader header = feed::BoardReader(bytes).header();
    return header.rows == shape.rows && header.groups == shape.groups &&
           header.configuration_hash == shape.configuration_hash;
  });
  if (kept) return std::move(*kept);
  const std::size_t size = feed::board_bytes(shape.rows, shape.groups);
  const auto made = make_file(path, size);
  if (!made) return made.error();
  auto mapping = Mapping::read_write(made->get());
  if (!mapping) return mapping.error();
  feed::format_board(mapping->writable(), shape.rows, shape.configuration_hash, boot_id,
                     shape.router_id, shape.groups);
  return move_into_place(path);
}

Result<SharedFile> open_ledger(const std::string& path, std::string_view boot_id) {
  auto kept =
      keep(path, [&](std::span<const std::byte> bytes) { return feed::is_ledger(bytes, boot_id); });
  if (kept) return std::move(*kept);
  const auto identity = random_identity();
  if (!identity) return identity.error();
  const auto made = make_file(path, feed::ledger_bytes());
  if (!made) return made.error();
  auto mapping = Mapping::read_write(made->get());
  if (!mapping) return mapping.error();
  feed::format_ledger(mapping->writable(), *identity, boot_id);
  return move_into_place(path);
}

namespace {

// A copy is at most a full memory.
constexpr std::size_t kMaxCopyBytes = feed::memory_bytes();

// The bytes of the copy; none when there is no copy.
Result<std::vector<std::byte>> read_copy(const std::string& path) {
  // The directory belongs to an unprivileged user: no link is followed and no pipe waited for.
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!fd) {
    if (errno == ENOENT) return std::vector<std::byte>{};
    return Error::last("open", path);
  }
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return Error::last("look at", path);
  if (!S_ISREG(facts.st_mode)) return Error::because("read", "it is no file", path);
  if (facts.st_size > static_cast<off_t>(kMaxCopyBytes))
    return Error::because("read", "it is longer than any copy of ours", path);
  std::vector<std::byte> bytes(static_cast<std::size_t>(facts.st_size));
  const ssize_t length = ::pread(fd.get(), bytes.data(), bytes.size(), 0);
  if (length < 0) return Error::last("read", path);
  bytes.resize(static_cast<std::size_t>(length));
  // A copy of no length at all is damaged too, not missing.
  if (bytes.empty()) return Error::because("read", "it is empty", path);
  return bytes;
}

std::string set_aside(const std::string& copy, const std::string& why) {
  const std::string aside = copy + ".damaged";
  const std::string sentence = "what this router remembered of its peers is lost: " + why;
  if (::rename(copy.c_str(), aside.c_str()) != 0)
    return sentence + "; " + base::to_string(Error::last("set aside", copy));
  return sentence + "; it was moved to " + aside;
}

}  // namespace

Result<OpenedMemory> open_memory(const std::string& path, const std::string& copy) {
  if (auto kept =
          keep(path, [](std::span<const std::byte> bytes) { return feed::is_memory(bytes); }))
    return OpenedMemory{.file = std::move(*kept), .note = {}};
  const auto made = make_file(path, feed::memory_bytes());
  if (!made) return made.error();
  auto mapping = Mapping::read_write(made->get());
  if (!mapping) return mapping.error();
  feed::format_memory(mapping->writable());
  std::string note;
  if (const auto bytes = read_copy(copy); !bytes) {
    note = set_aside(copy, base::to_string(bytes.error()));
  } else if (!bytes->empty() && !feed::fill(mapping->writable(), *bytes)) {
    note = set_aside(copy, copy + " is damaged, or of another version");
  }
  auto file = move_into_place(path);
  if (!file) return file.error();
  return OpenedMemory{.file = std::move(*file), .note = std::move(note)};
}

}  // namespace supervisor
