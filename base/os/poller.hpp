// Waits for descriptors and a deadline at once (epoll_pwait2: nanoseconds, no timerfd). Allocates nothing after open().
//
// No callbacks: wait() answers which tokens are ready, and the caller's own code says, in its own order, what happens.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/instant.hpp"
#include "base/os/fd.hpp"
#include "base/result.hpp"

namespace base::os {

struct Ready {
  std::uint64_t token = 0;
  bool readable = false;
  bool writable = false;
  bool hung_up = false;  // the other end is gone, or the descriptor is in error
};

class Poller {
 public:
  static Result<Poller> open();

  // Watches `fd` for reading (and writing when asked). Level-triggered. The token comes back from wait().
  Status add(int fd, std::uint64_t token, bool for_writing = false);
  Status change(int fd, std::uint64_t token, bool for_writing);
  void remove(int fd);

  // Until something is ready or `deadline` has come; an interrupted wait answers nothing. The span lives until the
  // next call.
  Result<std::span<const Ready>> wait(Instant deadline);

 private:
  explicit Poller(UniqueFd epoll) : epoll_(std::move(epoll)) {}
  UniqueFd epoll_;
  std::array<Ready, 64> ready_{};
};

}  // namespace base::os
