// Comparing what nobody may guess: passwords and digests.
#pragma once

#include <cstdint>
#include <span>

namespace core {

// Takes the same time whatever differs, so that a secret cannot be guessed byte by byte. Only the length shows.
inline bool is_same_secret(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace core
