#include "base/os/fd.hpp"

#include <unistd.h>

namespace base::os {

void UniqueFd::reset(int fd) {
  // EINTR included: on Linux the descriptor is gone whatever close() answers.
  if (fd_ >= 0 && fd_ != fd) (void)::close(fd_);
  fd_ = fd;
}

}  // namespace base::os
