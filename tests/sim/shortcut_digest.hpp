// A digest that is quick and no secret: what is simulated is who signs what with which key, not how hard it is to forge.
#pragma once

#include "engine/core/auth.hpp"

namespace sim {

inline core::Digests shortcut_digests() {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  core::Digest digest;
  digest.set_key = [](core::Digest::Bytes key, core::KeyState& state) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const std::uint8_t byte : key) hash = (hash ^ byte) * kPrime;
    state.words[0] = hash;
  };
  digest.sum = [](core::KeyState& state, std::span<const core::Digest::Bytes> parts,
                  std::span<std::uint8_t> room) {
    std::uint64_t hash = state.words[0];
    for (const auto part : parts)
      for (const std::uint8_t byte : part) hash = (hash ^ byte) * kPrime;
    for (std::uint8_t& byte : room) {
      hash = (hash ^ hash >> 29) * kPrime + 1;
      byte = static_cast<std::uint8_t>(hash >> 32);
    }
  };
  return {digest, digest};
}

}  // namespace sim
