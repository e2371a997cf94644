// The authentication header against packets of keepalived 2.2.7 (captured on a veth pair of test addresses), and every
// reason to refuse one.
#include "auth_party.hpp"

namespace core::testing {
namespace {

// Multicast: 192.0.2.1 for VRID 51, priority 100, one second, 192.0.2.100, auth_pass "secret", its first two.
constexpr std::string_view kFirst =
    "45c0004000010000ff3318b6c0000201e0000012"
    "70040000c000020100000001e9d33f4970c19608673871fc"
    "213364010201b665c00002640000000000000000";
constexpr std::string_view kSecond =
    "45c0004000020000ff3318b5c0000201e0000012"
    "70040000c000020100000002acd706ca30140c6a8d9f9415"
    "213364010201b665c00002640000000000000000";
// Unicast to 192.0.2.2 with TTL 64: VRID 52, priority 150, 192.0.2.101 and .102, auth_pass "longer-than-eight".
constexpr std::string_view kUnicast =
    "45c00044000100004033f5c2c0000201c0000202"
    "70040000c000020100000001b193581d50e629535848aa6a"
    "213496020201c1fbc0000265c00002660000000000000000";

Said captured(std::string_view hex) {
  Said said{bytes_of(hex), kOne, {}, 0};
  said.destination = Address::from_bytes(Family::kIpv4, std::span(said.bytes).subspan(16, 4));
  said.ttl = said.bytes[8];
  return said;
}

Makings unicast() {
  Makings makings = ah("longer-t");
  makings.router.vrid = Vrid{52};
  makings.router.addresses = {Address::v4(192, 0, 2, 101), Address::v4(192, 0, 2, 102)};
  return makings;
}

Party receiver() { return party(ah(), kTwo); }

TEST(AuthHeader, OfKeepalivedOverMulticastIsAccepted) {
  Party end = receiver();
  const Verdict verdict = end.hear(captured(kFirst));
  EXPECT_EQ(verdict.drop, Drop::kNone);
  EXPECT_TRUE(verdict.is_signed);
  EXPECT_FALSE(verdict.is_clock_bad);
  EXPECT_EQ(verdict.mark, (Mark{0, kOne, 1}));
  EXPECT_EQ(end.heard.priority, Priority{100});
  EXPECT_EQ(end.drop(captured(kSecond)), Drop::kNone);
}

TEST(AuthHeader, OfKeepalivedOverUnicastIsAcceptedWhateverItsTtlHasBecome) {
  Makings makings = unicast();
  makings.router.peers.push_back({kOne, 0, 255});
  Said said = captured(kUnicast);
  EXPECT_EQ(party(makings, kTwo).drop(said), Drop::kNone);
  said.ttl = said.bytes[8] = 63;
  EXPECT_EQ(party(makings, kTwo).drop(said), Drop::kNone);
}

TEST(AuthHeader, WeWriteWhatKeepalivedWrites) {
  Party multicast = party(ah(), kOne);
  Bytes expected = bytes_of(kFirst);
  expected[10] = expected[11] = 0;  // the kernel writes the header's checksum
  EXPECT_EQ(multicast.say(0, {}, 100).bytes, expected);

  Makings makings = unicast();
  makings.router.peers.push_back({kTwo, 0, 255});
  Party end = party(makings, kOne);
  Said said = end.say(0, kTwo, 150);
  said.bytes[8] = 64;  // the TTL is no part of it
  expected = bytes_of(kUnicast);
  expected[10] = expected[11] = 0;
  EXPECT_EQ(said.bytes, expected);
}

TEST(AuthHeader, NeverSendsThePassword) {
  Party end = party(ah(), kOne);
  const Bytes said = end.say().bytes;
  const std::string text(said.begin(), said.end());
  EXPECT_EQ(text.find("secret"), std::string::npos);
}

// The type of service, flags, fragment offset and checksum may change on the way; nothing else.
TEST(AuthHeader, CoversAllOfThePacketThatIsSteady) {
  const Said said = captured(kFirst);
  for (std::size_t bit = 0; bit < said.bytes.size() * 8; ++bit) {
    const std::size_t byte = bit / 8;
    const bool may_change = byte == 1 || byte == 6 || byte == 7 || byte == 10 || byte == 11;
    Said changed = said;
    changed.bytes[byte] ^= static_cast<std::uint8_t>(1U << bit % 8);
    Party end = receiver();
    EXPECT_EQ(end.drop(changed) == Drop::kNone, may_change) << "bit " << bit;
    EXPECT_EQ(end.auth().signers(), may_change ? 1U : 0U);
  }
}

TEST(AuthHeader, EachFlawHasItsReason) {
  const auto flawed = [](std::size_t byte) {
    Said said = captured(kFirst);
    said.bytes[byte] ^= 1;
    return receiver().drop(said);
  };
  EXPECT_EQ(flawed(20), Drop::kAuthMalformed) << "next header";
  EXPECT_EQ(flawed(21), Drop::kAuthMalformed) << "length";
  EXPECT_EQ(flawed(23), Drop::kAuthFailed) << "reserved, which is covered";
  EXPECT_EQ(flawed(27), Drop::kAuthMalformed) << "an SPI that is not the source";
  EXPECT_EQ(flawed(31), Drop::kAuthFailed) << "number";
  EXPECT_EQ(flawed(43), Drop::kAuthFailed) << "check value";
  EXPECT_EQ(flawed(5), Drop::kAuthFailed) << "identification of the IP header";
  EXPECT_EQ(flawed(50), Drop::kChecksum) << "of the message";
}

TEST(AuthHeader, CutShortIsMalformedOrTooShort) {
  for (std::size_t length = kIpHeaderBytes; length < bytes_of(kFirst).size(); ++length) {
    Said said = captured(kFirst);
    said.bytes.resize(length);
    const Drop drop = receiver().drop(said);
    if (length < kIpHeaderBytes + kAuthHeaderBytes)
      EXPECT_EQ(drop, Drop::kAuthMalformed) << length;
    else
      EXPECT_EQ(drop, Drop::kLength) << length;
  }
}

TEST(AuthHeader, OfAnotherPasswordFails) {
  EXPECT_EQ(party(ah("Secret"), kTwo).drop(captured(kFirst)), Drop::kAuthFailed);
}

TEST(AuthHeader, IsThereExactlyWhenItIsConfigured) {
  Makings plain = ah();
  plain.router.auth_type = AuthType::kNone;
  Party without = party(plain, kTwo);
  const Said with_header = captured(kFirst);
  Packet packet;
  packet.source = kOne;
  packet.destination = with_header.destination;
  packet.ttl = 255;
  packet.header = std::span(with_header.bytes).first(kIpHeaderBytes);
  packet.message = std::span(with_header.bytes).subspan(kIpHeaderBytes);
  Advert advert;
  EXPECT_EQ(without.auth()
                .open(packet, without.router(), without.now, {without.now, without.wall}, advert)
                .drop,
            Drop::kAuthMismatch);
  Party with = receiver();
  packet.header = {};
  EXPECT_EQ(with.auth().open(packet, with.router(), with.now, {with.now, with.wall}, advert).drop,
            Drop::kAuthMismatch);
}

TEST(AuthHeader, DoesNotHideTheVrid) {
  const Said said = captured(kFirst);
  Packet packet;
  packet.header = std::span(said.bytes).first(kIpHeaderBytes);
  packet.message = std::span(said.bytes).subspan(kIpHeaderBytes);
  Vrid vrid;
  ASSERT_TRUE(peek_vrid(packet, vrid));
  EXPECT_EQ(vrid, Vrid{51});
  packet.message = packet.message.first(kAuthHeaderBytes + 1);
  EXPECT_FALSE(peek_vrid(packet, vrid));
}

TEST(AuthNumber, IsNeverTakenTwice) {
  Party end = receiver();
  ASSERT_EQ(end.drop(captured(kSecond)), Drop::kNone);
  EXPECT_EQ(end.drop(captured(kSecond)), Drop::kReplay);
  EXPECT_EQ(end.drop(captured(kFirst)), Drop::kReplay);
  end.restart(end.marks({kOne}));
  EXPECT_EQ(end.drop(captured(kSecond)), Drop::kReplay);
}

// keepalived takes a packet only when its number is above all it heard and said: so are ours.
TEST(AuthNumber, IsOneAheadOfWhatWasHeard) {
  Party one = party(ah(), kOne);
  Party two = receiver();
  for (int i = 0; i < 41; ++i) EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  (void)two.say();
  EXPECT_EQ(*two.auth().own(), (Mark{0, Address{}, 42}));
  EXPECT_EQ(one.drop(two.say()), Drop::kNone);
  (void)one.say();
  EXPECT_EQ(one.auth().own()->number, 44U);
}

TEST(AuthNumber, GoesOnAfterARestartAboveWhatWasSaidAfterItWasKept) {
  Party one = party(ah(), kOne);
  Party two = receiver();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  const std::vector<Mark> kept = one.marks({});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  one.restart(kept);
  EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  EXPECT_EQ(one.auth().own()->number, 5 + kOwnSkipAh);
  EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  EXPECT_EQ(one.auth().own()->number, 6 + kOwnSkipAh);
}

// RFC 2402 3.3.2: it must not wrap. One advert a second takes 136 years.
TEST(AuthNumber, DoesNotWrap) {
  Party one = party(ah(), kOne);
  one.restart({{0, Address{}, 0xffff'fffe}});
  Party two = receiver();
  EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  EXPECT_EQ(two.drop(one.say()), Drop::kReplay);
}

}  // namespace
}  // namespace core::testing
