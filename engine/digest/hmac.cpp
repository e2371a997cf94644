#include "engine/digest/hmac.hpp"

#include <nettle/hmac.h>

#include <new>
#include <type_traits>

#include "base/check.hpp"

namespace digest {
namespace {

using Bytes = core::Digest::Bytes;

// A context of nettle's, in the room the core has for it.
template <typename Context>
Context& context_in(core::KeyState& state) {
  static_assert(sizeof(Context) <= core::KeyState::kBytes);
  static_assert(std::is_trivially_copyable_v<Context> && alignof(Context) <= 16);
  return *std::launder(reinterpret_cast<Context*>(state.words.data()));
}

void set_sha256_key(Bytes key, core::KeyState& state) {
  auto* context = new (state.words.data()) hmac_sha256_ctx;
  hmac_sha256_set_key(context, key.size(), key.data());
}

void sum_sha256(core::KeyState& state, std::span<const Bytes> parts, std::span<std::uint8_t> room) {
  CHECK(room.size() <= kSha256Bytes, "a digest has no more bytes");
  auto& context = context_in<hmac_sha256_ctx>(state);
  for (const Bytes part : parts) hmac_sha256_update(&context, part.size(), part.data());
  hmac_sha256_digest(&context, room.size(), room.data());  // and is ready for the next
}

void set_md5_key(Bytes key, core::KeyState& state) {
  auto* context = new (state.words.data()) hmac_md5_ctx;
  hmac_md5_set_key(context, key.size(), key.data());
}

void sum_md5(core::KeyState& state, std::span<const Bytes> parts, std::span<std::uint8_t> room) {
  CHECK(room.size() <= kMd5Bytes, "a digest has no more bytes");
  auto& context = context_in<hmac_md5_ctx>(state);
  for (const Bytes part : parts) hmac_md5_update(&context, part.size(), part.data());
  hmac_md5_digest(&context, room.size(), room.data());
}

}  // namespace

core::Digests digests() { return {{set_sha256_key, sum_sha256}, {set_md5_key, sum_md5}}; }

}  // namespace digest
