#include "engine/wire/batch.hpp"

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"

namespace wire {

void send_batch(int fd, std::span<mmsghdr> messages, std::span<int> errors) {
  CHECK(errors.size() == messages.size(), "one answer for every message");
  std::size_t next = 0;
  while (next < messages.size()) {
    const auto rest = messages.subspan(next);
    const int sent = ::sendmmsg(fd, rest.data(), static_cast<unsigned>(rest.size()), MSG_DONTWAIT);
    if (sent > 0) {
      std::ranges::fill(errors.subspan(next, static_cast<std::size_t>(sent)), 0);
      next += static_cast<std::size_t>(sent);
    } else {
      // The first message of the call is the one that failed.
      errors[next++] = sent < 0 ? errno : EIO;
    }
  }
}

}  // namespace wire
