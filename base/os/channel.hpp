// Fixed-size messages, and descriptors, over a SOCK_SEQPACKET pair.
//
// The supervisor makes every pair and keeps both ends, so a message sent to a process that just died waits for its
// successor. Never blocks: a full channel is an answer (EAGAIN), not a wait.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>

#include "base/os/fd.hpp"
#include "base/result.hpp"

namespace base::os {

inline constexpr std::size_t kMaxMessageBytes = 2048;

class Channel {
 public:
  Channel() = default;
  explicit Channel(UniqueFd fd) : fd_(std::move(fd)) {}

  // One message, whole, with at most one descriptor (duplicated by the kernel; the caller keeps its own).
  Status send(std::span<const std::byte> message, int descriptor = -1);
  template <typename T>
  requires std::is_trivially_copyable_v<T> Status send(const T& message, int descriptor = -1) {
    static_assert(sizeof(T) <= kMaxMessageBytes);
    return send(std::as_bytes(std::span(&message, 1)), descriptor);
  }

  struct Received {
    std::span<const std::byte> message;  // lives until the next receive()
    UniqueFd descriptor;                 // when one came along
  };
  // The next message; nothing when none waits. An error when the other end is gone for good.
  Result<std::optional<Received>> receive();

  int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }

 private:
  UniqueFd fd_;
  alignas(16) std::byte buffer_[kMaxMessageBytes]{};
};

// Two connected ends, close-on-exec.
Result<std::pair<UniqueFd, UniqueFd>> channel_pair();

}  // namespace base::os
