#include "engine/core/peers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace core {
namespace {

using namespace std::chrono_literals;
using base::Drop;
using Bytes = std::vector<std::uint8_t>;

constexpr Instant kStart = Instant::from_ns(5'000'000'000);

Address numbered(std::uint32_t n) {
  return Address::v4(10, static_cast<std::uint8_t>(n >> 16), static_cast<std::uint8_t>(n >> 8),
                     static_cast<std::uint8_t>(n));
}

Address any_of(std::mt19937& random) {
  return numbered(static_cast<std::uint32_t>(1000 + random() % 1'000'000));
}

Advert advert(const Address& source, int priority = 100, Duration interval = 1s) {
  Advert made;
  made.version = Version::kV3;
  made.vrid = Vrid{50};
  made.priority = Priority{static_cast<std::uint8_t>(priority)};
  made.interval = interval;
  made.source = source;
  made.address_count = 1;
  return made;
}

Claim claim(const Address& source, int priority = 100) {
  Claim made;
  made.source = source;
  made.version = 2;
  made.priority = Priority{static_cast<std::uint8_t>(priority)};
  made.interval = 1s;
  made.auth_type = 1;
  return made;
}

const Peer* find(const Peers& peers, const Address& source) {
  const auto entries = peers.entries();
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Peer& peer) { return peer.address == source; });
  return found == entries.end() ? nullptr : &*found;
}

const Bytes kList{192, 0, 2, 9};

void accept(Peers& peers, std::uint32_t n, Instant at) {
  peers.accept(advert(numbered(n)), kList, false, at);
}

TEST(Peers, KeepsWhatAnAcceptedAdvertSays) {
  Peers peers;
  Advert said = advert(numbered(1), 120, 2s);
  said.checksum = ChecksumForm::kPseudoHeader;
  said.addresses_match = false;
  said.interval_matches = false;
  said.address_count = 2;
  const Bytes list{192, 0, 2, 9, 192, 0, 2, 10};
  peers.accept(said, list, true, kStart);
  const Peer* peer = find(peers, numbered(1));
  ASSERT_NE(peer, nullptr);
  EXPECT_EQ(peer->priority, Priority{120});
  EXPECT_EQ(peer->version, 3);
  EXPECT_EQ(peer->interval, 2s);
  EXPECT_EQ(peer->checksum, ChecksumForm::kPseudoHeader);
  EXPECT_TRUE(peer->is_clock_bad);
  EXPECT_FALSE(peer->addresses_match);
  EXPECT_FALSE(peer->interval_matches);
  EXPECT_EQ(peer->address_count, 2);
  EXPECT_EQ(peer->addresses[0], Address::v4(192, 0, 2, 9));
  EXPECT_EQ(peer->addresses[1], Address::v4(192, 0, 2, 10));
  EXPECT_FALSE(peer->addresses[2].is_set());
  EXPECT_EQ(peer->first_heard, kStart);
  EXPECT_EQ(peer->last_heard, kStart);
  EXPECT_EQ(peer->adverts, 1U);
  EXPECT_EQ(peers.forgotten(), 0U);
}

TEST(Peers, ANewAdvertReplacesWhatTheOldOneSaid) {
  Peers peers;
  const Bytes two{192, 0, 2, 9, 192, 0, 2, 10};
  peers.accept(advert(numbered(1), 120), two, true, kStart);
  peers.accept(advert(numbered(1), 90), kList, false, kStart + 1s);
  const Peer* peer = find(peers, numbered(1));
  EXPECT_EQ(peer->priority, Priority{90});
  EXPECT_FALSE(peer->is_clock_bad);
  EXPECT_FALSE(peer->addresses[1].is_set());
  EXPECT_EQ(peer->first_heard, kStart);
  EXPECT_EQ(peer->last_heard, kStart + 1s);
  EXPECT_EQ(peer->adverts, 2U);
}

TEST(Peers, ShowsTheFirstEightOfTheMostAddressesThereMayBe) {
  Peers peers;
  Bytes list;
  for (int i = 0; i < 255; ++i)
    for (const int byte : {192, 0, 2, i}) list.push_back(static_cast<std::uint8_t>(byte));
  peers.accept(advert(numbered(1)), list, false, kStart);
  const Peer* peer = find(peers, numbered(1));
  for (std::uint8_t i = 0; i < 8; ++i) EXPECT_EQ(peer->addresses[i], Address::v4(192, 0, 2, i));
}

TEST(Peers, TheFingerprintOfAListKnowsItsMembersAndNotTheirOrder) {
  const Bytes ab{192, 0, 2, 1, 192, 0, 2, 2}, ba{192, 0, 2, 2, 192, 0, 2, 1};
  const Bytes ac{192, 0, 2, 1, 192, 0, 2, 3}, a{192, 0, 2, 1};
  EXPECT_EQ(hash_of_set(ab, Family::kIpv4), hash_of_set(ba, Family::kIpv4));
  EXPECT_NE(hash_of_set(ab, Family::kIpv4), hash_of_set(ac, Family::kIpv4));
  EXPECT_NE(hash_of_set(ab, Family::kIpv4), hash_of_set(a, Family::kIpv4));
  Bytes six(32, 0), other(32, 0);
  six[15] = 1;
  other[7] = 1;
  EXPECT_NE(hash_of_set(six, Family::kIpv6), hash_of_set(other, Family::kIpv6));
}

// |1.016 - 1| / 16 = 1 ms; then (0.984: 16 ms again) 1 + (16 - 1) / 16 = 1.9375 ms.
TEST(Peers, JitterFollowsRfc3550) {
  EXPECT_EQ(next_jitter(0ms, 1016ms, 1s), 1ms);
  EXPECT_EQ(next_jitter(1ms, 984ms, 1s), 1937500ns);
  EXPECT_EQ(next_jitter(16ms, 1s, 1s), 15ms);
  EXPECT_EQ(next_jitter(1ms, 2s, 1s), 1ms);  // one was lost
  EXPECT_EQ(next_jitter(1ms, 1999ms, 1s), 1ms + 998'000us / 16);
  EXPECT_EQ(next_jitter(1ms, -5ms, 1s), 1ms);

  Peers peers;
  accept(peers, 1, kStart);
  EXPECT_EQ(find(peers, numbered(1))->jitter, 0ms);
  accept(peers, 1, kStart + 1016ms);
  EXPECT_EQ(find(peers, numbered(1))->jitter, 1ms);
  accept(peers, 1, kStart + 100s);  // silence is no jitter
  EXPECT_EQ(find(peers, numbered(1))->jitter, 1ms);
}

// Leaves at 0.5 s, is back at 1.2 s.
TEST(Peers, WhoLeavesAndComesBackWasAwayAndNotLate) {
  Peers peers;
  accept(peers, 1, kStart);
  peers.accept(advert(numbered(1), 0), kList, false, kStart + 1s);
  accept(peers, 1, kStart + 1200ms);
  EXPECT_EQ(find(peers, numbered(1))->jitter, 0ms);
  EXPECT_EQ(find(peers, numbered(1))->adverts, 3U);
}

// RFC9568-7.1-7 differs, RFC3768-7.1-9 differs
TEST(Peers, CountsWhatWasNotAcceptedBySourceAndReason) {
  Peers peers;
  peers.reject(claim(numbered(1), 77), Drop::kAuthFailed, kStart);
  peers.reject(claim(numbered(1), 77), Drop::kAuthFailed, kStart + 1s);
  peers.reject(numbered(1), Drop::kLength, kStart + 2s);
  const Peer* peer = find(peers, numbered(1));
  ASSERT_NE(peer, nullptr);
  EXPECT_FALSE(peer->was_accepted());
  EXPECT_EQ(peer->rejected, 3U);
  EXPECT_EQ(peer->drops[static_cast<std::size_t>(Drop::kAuthFailed)], 2U);
  EXPECT_EQ(peer->drops[static_cast<std::size_t>(Drop::kLength)], 1U);
  EXPECT_EQ(peer->last_drop, Drop::kLength);
  EXPECT_EQ(peer->priority, Priority{77});  // as the last readable one claimed
  EXPECT_EQ(peer->version, 2);
  EXPECT_EQ(peer->auth_type, 1);
  EXPECT_EQ(peer->first_heard, kStart);
  EXPECT_EQ(peer->last_heard, kStart + 2s);
}

TEST(Peers, AnythingUnderAnAcceptedPeersAddressChangesOnlyItsCounters) {
  Peers peers;
  accept(peers, 1, kStart);
  accept(peers, 1, kStart + 1s);
  const Peer before = *find(peers, numbered(1));
  peers.reject(claim(numbered(1), 255), Drop::kAuthFailed, kStart + 1500ms);
  const Peer& after = *find(peers, numbered(1));
  EXPECT_EQ(after.priority, before.priority);
  EXPECT_EQ(after.version, before.version);
  EXPECT_EQ(after.last_accepted, before.last_accepted);
  EXPECT_EQ(after.jitter, before.jitter);
  EXPECT_EQ(after.adverts, before.adverts);
  EXPECT_EQ(after.rejected, 1U);
  EXPECT_EQ(after.last_drop, Drop::kAuthFailed);
}

// It speaks version 3 to us until it is configured anew: then what it says now is what the operator must see.
TEST(Peers, APeerThatIsNotAcceptedAnyMoreIsShownWithWhatItSaysNow) {
  Peers peers;
  accept(peers, 1, kStart);
  for (int i = 1; i < 6; ++i)
    peers.reject(claim(numbered(1), 150), Drop::kVersion, kStart + i * 1s);
  const Peer* peer = find(peers, numbered(1));
  EXPECT_EQ(peer->version, 2);
  EXPECT_EQ(peer->priority, Priority{150});
}

TEST(Peers, ASourceThatIsNoneIsNotWrittenDown) {
  Peers peers;
  peers.reject(Address{}, Drop::kLength, kStart);
  for (const Peer& peer : peers.entries()) EXPECT_FALSE(peer.address.is_set());
}

TEST(Peers, AHundredThousandMadeUpSourcesPushOutNobodyWhoWasAccepted) {
  std::mt19937 random{1};
  Peers peers;
  for (std::uint32_t n = 1; n <= 3; ++n)
    for (int i = 0; i < 3; ++i) accept(peers, n, kStart + i * 1s);
  // Also not a peer that has been silent for hours: nobody knows better who he was.
  for (int i = 0; i < 100'000; ++i)
    peers.reject(claim(any_of(random)), Drop::kAuthFailed, kStart + 2h + i * 10us);
  for (std::uint32_t n = 1; n <= 3; ++n) EXPECT_NE(find(peers, numbered(n)), nullptr);
  EXPECT_GE(peers.forgotten(), 90'000U);
}

TEST(Peers, AnAcceptedPeerFindsRoomInATableFullOfRejectedOnes) {
  Peers peers;
  for (std::uint32_t n = 100; n < 116; ++n)
    for (int i = 0; i < 5; ++i) peers.reject(claim(numbered(n)), Drop::kTtl, kStart);
  accept(peers, 1, kStart + 1s);
  EXPECT_NE(find(peers, numbered(1)), nullptr);
}

// Source 100 + n was seen (n + 11) mod 16 ms after the start: 105 is the oldest, 106 the next.
TEST(Peers, TheOldestRejectedOneGoesFirst) {
  Peers peers;
  for (std::uint32_t n = 0; n < 16; ++n)
    peers.reject(claim(numbered(100 + n)), Drop::kTtl, kStart + (n + 11) % 16 * 1ms);
  peers.reject(claim(numbered(1)), Drop::kTtl, kStart + 20ms);
  EXPECT_EQ(find(peers, numbered(105)), nullptr);
  EXPECT_NE(find(peers, numbered(106)), nullptr);
  peers.reject(claim(numbered(2)), Drop::kTtl, kStart + 20ms);
  EXPECT_EQ(find(peers, numbered(106)), nullptr);
}

TEST(Peers, ARejectedSourceTakesNobodysPlaceWhoWasAcceptedNotEvenOnce) {
  Peers peers;
  for (std::uint32_t n = 1; n <= 16; ++n)
    for (std::uint32_t i = 0; i < 1 + n % 2; ++i) accept(peers, n, kStart);
  peers.reject(claim(numbered(100)), Drop::kTtl, kStart + 24h);
  EXPECT_EQ(find(peers, numbered(100)), nullptr);
  for (std::uint32_t n = 1; n <= 16; ++n) EXPECT_NE(find(peers, numbered(n)), nullptr);
}

// Sixteen made-up sources were accepted, once each; a router that begins to speak finds a place among them at once.
TEST(Peers, ANewRouterFindsRoomAmongThoseHeardOnce) {
  Peers peers;
  for (std::uint32_t n = 101; n <= 116; ++n) accept(peers, n, kStart);
  accept(peers, 1, kStart + 1ms);
  EXPECT_NE(find(peers, numbered(1)), nullptr);
}

// A rival with a wrong password speaks once a second; 10,000 made-up sources a second are each seen once.
TEST(Peers, ARejectedSourceThatComesAgainOutlastsThoseSeenOnce) {
  std::mt19937 random{2};
  Peers peers;
  for (int i = 0; i < 2; ++i) peers.reject(claim(numbered(7)), Drop::kAuthFailed, kStart);
  for (int i = 0; i < 100'000; ++i) {
    const Instant at = kStart + i * 100us;
    if (i % 10'000 == 0) peers.reject(claim(numbered(7)), Drop::kAuthFailed, at);
    peers.reject(claim(any_of(random)), Drop::kAuthFailed, at);
    ASSERT_NE(find(peers, numbered(7)), nullptr);
  }
}

// Without authentication anybody can be accepted.
TEST(Peers, SourcesMadeUpThatAreAcceptedDoNotPushOutOneThatGoesOnSpeaking) {
  std::mt19937 random{3};
  Peers peers;
  for (int i = 0; i < 2; ++i) accept(peers, 1, kStart);
  for (int i = 0; i < 100'000; ++i) {
    const Instant at = kStart + i * 100us;
    if (i % 10'000 == 0) accept(peers, 1, at);
    const std::uint32_t made_up = 1000 + static_cast<std::uint32_t>(random() % 100'000);
    accept(peers, made_up, at);
    if (random() % 2 == 0) accept(peers, made_up, at);
    ASSERT_NE(find(peers, numbered(1)), nullptr);
  }
  EXPECT_EQ(find(peers, numbered(1))->adverts, 12U);
}

TEST(Peers, SixteenRoutersThatSpeakKeepTheirPlacesAndTheSeventeenthIsCounted) {
  Peers peers;
  for (int i = 0; i < 3; ++i)
    for (std::uint32_t n = 1; n <= 16; ++n) accept(peers, n, kStart + i * 1s);
  accept(peers, 17, kStart + 2s);
  EXPECT_EQ(find(peers, numbered(17)), nullptr);
  EXPECT_EQ(peers.forgotten(), 1U);
  // All silent for more than three intervals: the one unheard the longest makes room.
  for (std::uint32_t n = 2; n <= 16; ++n) accept(peers, n, kStart + 3s);
  accept(peers, 17, kStart + 10s);
  EXPECT_NE(find(peers, numbered(17)), nullptr);
  EXPECT_EQ(find(peers, numbered(1)), nullptr);
}

TEST(Foreign, KeepsOneEntryForEachVridOfAnInterfaceAndFamily) {
  Foreign foreign;
  Claim said = claim(numbered(1), 100);
  said.vrid = Vrid{9};
  foreign.hear(0, Family::kIpv4, said, kStart);
  said.source = numbered(2);
  said.priority = Priority{150};
  foreign.hear(0, Family::kIpv4, said, kStart + 1s);
  foreign.hear(1, Family::kIpv4, said, kStart + 2s);
  foreign.hear(0, Family::kIpv6, said, kStart + 3s);
  const auto entries = foreign.entries();
  EXPECT_EQ(entries[0].claim, said);  // who said it last
  EXPECT_EQ(entries[0].adverts, 2U);
  EXPECT_EQ(entries[0].first_heard, kStart);
  EXPECT_EQ(entries[0].last_heard, kStart + 1s);
  EXPECT_EQ(entries[1].interface, 1);
  EXPECT_EQ(entries[2].family, Family::kIpv6);
  EXPECT_EQ(entries[3].family, Family::kNone);
}

// 255 VRIDs on each of two interfaces, again and again, against one router that is really there.
// FAULT-53
TEST(Foreign, AFloodOfVridsDoesNotPushOutOneThatGoesOnSpeaking) {
  std::mt19937 random{4};
  Foreign foreign;
  Claim real = claim(numbered(1));
  real.vrid = Vrid{200};
  for (int i = 0; i < 2; ++i) foreign.hear(9, Family::kIpv4, real, kStart);
  for (int i = 0; i < 100'000; ++i) {
    const Instant at = kStart + i * 100us;
    Claim said = claim(numbered(static_cast<std::uint32_t>(random() % 1000)));
    said.vrid = Vrid{static_cast<std::uint8_t>(1 + random() % 255)};
    foreign.hear(static_cast<std::uint16_t>(random() % 2), Family::kIpv4, said, at);
    if (i % 10'000 == 0) foreign.hear(9, Family::kIpv4, real, at);
  }
  const auto entries = foreign.entries();
  EXPECT_TRUE(std::any_of(entries.begin(), entries.end(), [&](const ForeignRouter& one) {
    return one.interface == 9 && one.claim == real && one.adverts == 12;
  }));
  EXPECT_GT(foreign.forgotten(), 0U);
}

}  // namespace
}  // namespace core
