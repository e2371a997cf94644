#include "base/os/place_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/os/fd.hpp"

namespace base::os {
namespace {

struct Stored {
  std::uint64_t identity = 0;
  std::uint64_t sequence = 0;
};

}  // namespace

std::uint64_t PlaceFile::read() const {
  const UniqueFd file{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  Stored stored;
  if (!file || ::read(file.get(), &stored, sizeof stored) != sizeof stored) return 0;
  return stored.identity == identity_ ? stored.sequence : 0;
}

Status PlaceFile::write(std::uint64_t sequence) const {
  const std::string fresh = path_ + ".new";
  const UniqueFd file{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!file) return Error::last("remember the place in the ledger in", fresh);
  const Stored stored{identity_, sequence};
  if (::write(file.get(), &stored, sizeof stored) != sizeof stored)
    return Error::last("remember the place in the ledger in", fresh);
  if (std::rename(fresh.c_str(), path_.c_str()) != 0)
    return Error::last("remember the place in the ledger in", path_);
  return ok();
}

}  // namespace base::os
