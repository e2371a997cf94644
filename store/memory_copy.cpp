#include "store/memory_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/os/fd.hpp"
#include "base/os/log.hpp"
#include "engine/feed/memory.hpp"

namespace store {

using base::Error;
using base::os::UniqueFd;

MemoryCopy::MemoryCopy(std::string path, std::span<const std::byte> memory)
    : path_(std::move(path)), memory_(memory) {}

void MemoryCopy::turn(base::Instant now) {
  if (now < look_at_) return;
  look_at_ = now + (store() ? kEvery : kRetry);
}

void MemoryCopy::finish() { (void)store(); }  // it has said why not

bool MemoryCopy::store() {
  // Asked for first: what changes while the copy is made is in the next one.
  const std::uint64_t changes = feed::changes_of(memory_);
  if (written_ == changes) return true;
  if (const auto stored = write(feed::copy_of(memory_)); !stored) {
    if (!is_refused_)
      base::os::log_error("what this router remembers of its peers cannot be kept over a reboot: " +
                          to_string(stored.error()));
    is_refused_ = true;
    return false;
  }
  if (is_refused_) base::os::log_notice("what this router remembers of its peers is kept again");
  is_refused_ = false;
  written_ = changes;
  return true;
}

base::Status MemoryCopy::write(std::span<const std::byte> bytes) const {
  const std::string fresh = path_ + ".new";
  {
    const UniqueFd file{
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640)};
    if (!file) return Error::last("open", fresh);
    while (!bytes.empty()) {
      const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
      if (written < 0) return Error::last("write", fresh);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) return Error::last("bring to the disk", fresh);
  }
  if (std::rename(fresh.c_str(), path_.c_str()) != 0) return Error::last("put in place", path_);
  // The new name is only on the disk when the directory is.
  const std::string directory = std::filesystem::path(path_).parent_path();
  const UniqueFd where{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!where || ::fsync(where.get()) != 0) return Error::last("bring to the disk", directory);
  return base::ok();
}

}  // namespace store
