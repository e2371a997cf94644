// The keyed digests of adverts: HMAC-SHA256 and HMAC-MD5, of libnettle. The only folder that knows of it.
//
// A key is digested once, at set_key(); each sum then costs its own bytes and one block. No allocation, no global state,
// no error: nettle's contexts are plain memory.
#pragma once

#include "engine/core/auth.hpp"

namespace digest {

inline constexpr std::size_t kSha256Bytes = 32;
inline constexpr std::size_t kMd5Bytes = 16;

core::Digests digests();

}  // namespace digest
