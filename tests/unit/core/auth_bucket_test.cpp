// What a flood may cost, and whom it must not touch.
#include "engine/core/auth_bucket.hpp"

#include "auth_party.hpp"

namespace core::testing {
namespace {

constexpr Instant kStart = Instant::from_ns(1'000 * kSecondNs);

std::size_t take_all(Bucket& bucket, const Allowance& allowance, Instant now, std::size_t tries) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < tries; ++i) taken += bucket.take(allowance, now) ? 1U : 0U;
  return taken;
}

TEST(Bucket, HoldsABurstAndFillsAtItsRate) {
  Bucket bucket;
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart, 50), 10U);
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart + 9ms, 50), 0U);
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart + 30ms, 50), 3U);
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart + 1h, 50), 10U);
}

TEST(Bucket, GivesBackNoMoreThanItHad) {
  Bucket bucket;
  bucket.give_back();
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart, 50), 10U);
  bucket.give_back();
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart, 50), 1U);
}

TEST(Bucket, DoesNotFillWhenTimeGoesBack) {
  Bucket bucket;
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart, 50), 10U);
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart - 1s, 50), 0U);
  EXPECT_EQ(take_all(bucket, {100, 10}, kStart, 50), 0U);
}

TEST(Strangers, HaveABucketEachAndThenOneForTheCrowd) {
  Strangers strangers;
  const auto tries = [&](std::uint32_t source, std::size_t count) {
    const Address address =
        Address::v4(10, static_cast<std::uint8_t>(source >> 16),
                    static_cast<std::uint8_t>(source >> 8), static_cast<std::uint8_t>(source));
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count; ++i) taken += strangers.take(address, kStart) ? 1U : 0U;
    return taken;
  };
  for (std::uint32_t source = 0; source < kStrangers; ++source)
    EXPECT_EQ(tries(source, 1'000), kStrangerAllowance.burst);
  std::size_t crowd = 0;
  for (std::uint32_t source = 100; source < 10'000; ++source) crowd += tries(source, 1);
  EXPECT_EQ(crowd, kCrowdAllowance.burst);
  EXPECT_EQ(tries(3, 10), 0U) << "nobody was forgotten";
}

TEST(Strangers, ThatWereQuietMakeRoom) {
  Strangers strangers;
  for (std::uint8_t i = 0; i < kStrangers; ++i)
    EXPECT_TRUE(strangers.take(Address::v4(10, 0, 0, i), kStart));
  // Every bucket is full again 1/2000 s later: the newcomer gets one of its own.
  std::size_t taken = 0;
  for (int i = 0; i < 1'000; ++i)
    taken += strangers.take(Address::v4(10, 9, 9, 9), kStart + 1ms) ? 1U : 0U;
  EXPECT_EQ(taken, kStrangerAllowance.burst);
}

// --- In front of the digest ---

Said forged_by(Party& sender, const Address& source) {
  Said said = sender.say();
  said.source = source;
  said.bytes.back() ^= 1;
  return said;
}

// FAULT-59
TEST(Flood, FromOneSourceIsCutAtItsAllowance) {
  Party receiver = party(hmac_v3(), kTwo);
  Party sender = party(hmac_v3(), kOne);
  std::size_t digested = 0;
  for (int i = 0; i < 10'000; ++i)
    digested += receiver.drop(forged_by(sender, kThree)) == Drop::kAuthFailed ? 1U : 0U;
  EXPECT_EQ(digested, kStrangerAllowance.burst);
  EXPECT_EQ(receiver.drop(forged_by(sender, kThree)), Drop::kRateLimited);
}

// 100,000 a second from ever new sources, and a verified peer that speaks once a second.
// FAULT-59
TEST(Flood, FromEverywhereDoesNotTouchAVerifiedPeer) {
  Party receiver = party(hmac_v3(), kTwo);
  Party peer = party(hmac_v3(), kOne);
  Party attacker = party(hmac_v3(), kOne);
  ASSERT_EQ(receiver.drop(peer.say()), Drop::kNone);
  Said forged = forged_by(attacker, kThree);
  std::size_t digested = 0;
  for (int second = 0; second < 3; ++second) {
    for (std::uint32_t i = 0; i < 100'000; ++i) {
      receiver.pass(10us);
      peer.pass(10us);
      forged.source = Address::v4(10, static_cast<std::uint8_t>(i >> 16),
                                  static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i));
      digested += receiver.drop(forged) == Drop::kAuthFailed ? 1U : 0U;
    }
    EXPECT_EQ(receiver.drop(peer.say()), Drop::kNone) << second;
  }
  // 16 of their own at 2,000 a second, 20,000 together, and what was saved up: never all of it.
  EXPECT_LT(digested, 3U * (16U * 2'000U + 20'000U) + 16U * 200U + 2'000U + 1U);
}

// The same, all under the address of the peer: its bucket is as wide as that.
// FAULT-59
TEST(Flood, UnderThePeersOwnAddressDoesNotSilenceIt) {
  Party receiver = party(hmac_v3(), kTwo);
  Party peer = party(hmac_v3(), kOne);
  ASSERT_EQ(receiver.drop(peer.say()), Drop::kNone);
  for (int second = 0; second < 3; ++second) {
    Said forged;
    for (int i = 0; i < 100'000; ++i) {
      receiver.pass(10us);
      peer.pass(10us);
      if (i == 0) {
        Party attacker = party(hmac_v3(), kOne);
        attacker.wall =
            receiver.wall + kSecondNs;  // ahead of every mark, so that each one costs a digest
        forged = forged_by(attacker, kOne);
      }
      ASSERT_EQ(receiver.drop(forged), Drop::kAuthFailed);
    }
    EXPECT_EQ(receiver.drop(peer.say()), Drop::kNone) << second;
  }
}

TEST(Flood, OfRecordingsCostsNoDigest) {
  Party receiver = party(hmac_v3(), kTwo);
  Party peer = party(hmac_v3(), kOne);
  const Said said = peer.say();
  ASSERT_EQ(receiver.drop(said), Drop::kNone);
  // More than any bucket holds, in no time: all of them are told apart by their number alone.
  for (std::uint32_t i = 0; i < kPeerAllowance.burst + 1'000; ++i)
    ASSERT_EQ(receiver.drop(said), Drop::kReplay);
}

// FAULT-58
TEST(Flood, OfUnsignedAdvertsCostsNoDigest) {
  Party receiver = party(hmac_v3(), kTwo);
  Said bare = party(hmac_v3(), kOne).say();
  bare.bytes.resize(bare.bytes.size() - kTrailerBytes);
  for (std::uint32_t i = 0; i < kCrowdAllowance.burst + 1'000; ++i)
    ASSERT_EQ(receiver.drop(bare), Drop::kAuthMissing);
}

TEST(Peer, ThatVerifiesIsNeverLimited) {
  Party receiver = party(hmac_v3(), kTwo);
  Party peer = party(hmac_v3(), kOne);
  for (std::uint32_t i = 0; i < kPeerAllowance.burst + 1'000; ++i)
    ASSERT_EQ(receiver.drop(peer.say()), Drop::kNone);
}

}  // namespace
}  // namespace core::testing
