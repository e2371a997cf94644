// The copy of the engine's memory in the state directory: what a router still knows of its peers after a reboot.
//
// Looked at once a second and written when something changed, whole or not at all: a power cut leaves the copy before or
// the new one. What the memory says is feed's business (engine/feed/memory.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace store {

class MemoryCopy {
 public:
  static constexpr base::Duration kEvery = std::chrono::seconds{1};
  static constexpr base::Duration kRetry = std::chrono::seconds{10};

  // Requires: feed::is_memory(memory), and that it stays mapped.
  MemoryCopy(std::string path, std::span<const std::byte> memory);

  // Writes the copy when it is due; a failure is logged once and tried again.
  void turn(base::Instant now);
  base::Instant deadline() const { return look_at_; }
  // Whatever changed since, for the last time.
  void finish();

 private:
  base::Status write(std::span<const std::byte> bytes) const;
  bool store();

  std::string path_;
  std::span<const std::byte> memory_;
  std::optional<std::uint64_t> written_;  // the memory's changes when the copy was made
  base::Instant look_at_;
  bool is_refused_ = false;
};

}  // namespace store
