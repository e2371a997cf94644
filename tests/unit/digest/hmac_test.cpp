// The digests against the published vectors of RFC 4231 and RFC 2202.
#include "engine/digest/hmac.hpp"

#include <gtest/gtest.h>

#include <new>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string sum(const core::Digest& digest, core::KeyState& state, const std::vector<Bytes>& parts,
                std::size_t length) {
  std::vector<std::span<const std::uint8_t>> spans(parts.begin(), parts.end());
  Bytes room(length);
  digest.sum(state, spans, room);
  return hex(room);
}

std::string once(const core::Digest& digest, const Bytes& key, const std::string& data,
                 std::size_t length) {
  core::KeyState state;
  digest.set_key(key, state);
  return sum(digest, state, {bytes_of(data)}, length);
}

const core::Digest kSha256 = digest::digests().hmac_sha256;
const core::Digest kMd5 = digest::digests().hmac_md5;

TEST(HmacSha256, AgreesWithRfc4231) {
  EXPECT_EQ(once(kSha256, Bytes(20, 0x0b), "Hi There", 32),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(once(kSha256, bytes_of("Jefe"), "what do ya want for nothing?", 32),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(once(kSha256, Bytes(20, 0xaa), std::string(50, '\xdd'), 32),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  // Longer than a block: the key is digested first.
  EXPECT_EQ(
      once(kSha256, Bytes(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First", 32),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, GivesItsFirstBytesWhenFewerAreAsked) {
  EXPECT_EQ(once(kSha256, Bytes(20, 0x0c), "Test With Truncation", 16),
            "a3b6167473100ee06e0c796c2955552b");
}

TEST(HmacMd5, AgreesWithRfc2202) {
  EXPECT_EQ(once(kMd5, Bytes(16, 0x0b), "Hi There", 16), "9294727a3638bb1c13f48ef8158bfc9d");
  EXPECT_EQ(once(kMd5, bytes_of("Jefe"), "what do ya want for nothing?", 16),
            "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(
      once(kMd5, Bytes(80, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First", 16),
      "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
  EXPECT_EQ(once(kMd5, Bytes(16, 0x0c), "Test With Truncation", 12), "56461ef2342edc00f9bab995");
}

TEST(Hmac, OfPartsIsThatOfTheWhole) {
  core::KeyState state;
  kSha256.set_key(bytes_of("Jefe"), state);
  const std::string whole = sum(kSha256, state, {bytes_of("what do ya want for nothing?")}, 32);
  EXPECT_EQ(sum(kSha256, state, {bytes_of("what do ya "), {}, bytes_of("want for nothing?")}, 32),
            whole);
}

TEST(Hmac, AKeyOnceSetServesAgainAndAgain) {
  for (const core::Digest& digest : {kSha256, kMd5}) {
    core::KeyState state;
    digest.set_key(bytes_of("Jefe"), state);
    const std::string first = sum(digest, state, {bytes_of("one")}, 12);
    EXPECT_NE(sum(digest, state, {bytes_of("two")}, 12), first);
    EXPECT_EQ(sum(digest, state, {bytes_of("one")}, 12), first);
  }
}

TEST(KeyState, IsWipedWhenItGoes) {
  alignas(core::KeyState) std::array<std::byte, sizeof(core::KeyState)> room{};
  auto* state = new (room.data()) core::KeyState;
  kSha256.set_key(bytes_of("Jefe"), *state);
  const volatile std::byte* seen = room.data();
  bool any = false;
  for (std::size_t i = 0; i < room.size(); ++i) any = any || seen[i] != std::byte{0};
  EXPECT_TRUE(any) << "a key leaves traces while it lives";
  state->~KeyState();
  for (std::size_t i = 0; i < room.size(); ++i) ASSERT_TRUE(seen[i] == std::byte{0}) << i;
}

}  // namespace
