// The HMAC trailer against published images, and every reason to refuse one.
#include <algorithm>
#include <set>

#include "auth_party.hpp"

namespace core::testing {
namespace {

// The images of draft-cassen-vrrp-auth-hmac: key 00..1f, VRID 51, priority 200, number 0x6800000080000000.
// IPv4 from 198.51.100.10 with 192.0.2.100; IPv6 from fe80::10 to fe80::20 with fe80::100, whose checksum covers the trailer.
constexpr std::string_view kImage4 =
    "3133c80100644402c0000264"
    "010100006800000080000000"
    "1b84bc4e8e43892dc6d98448f8ee2265";
constexpr std::string_view kImage6 =
    "3133c8010064a2e9fe800000000000000000000000000100"
    "010100006800000080000000"
    "c8c56146ebfd66ee10ec4d8186461b78";
// 0x68000000 s and half a second.
constexpr std::int64_t kImageWall = 0x68000000LL * kSecondNs + kSecondNs / 2;

const Address kImageSource4 = Address::v4(198, 51, 100, 10);
const Address kImageSource6 = *Address::parse("fe80::10");
const Address kImageTarget6 = *Address::parse("fe80::20");

Said image4() { return {bytes_of(kImage4), kImageSource4, multicast_group(Family::kIpv4), 255}; }
Said image6() { return {bytes_of(kImage6), kImageSource6, kImageTarget6, 255}; }

// fe80::20, whose peer is fe80::10.
Party receiver6(Makings setup = hmac_v6()) {
  setup.router.peers.push_back({kImageSource6, 0, 255});
  Party end = party(setup, kImageTarget6);
  end.wall = kImageWall;
  return end;
}

Party receiver4(Makings setup = hmac_v3()) {
  Party end = party(setup, kTwo);
  end.wall = kImageWall;
  return end;
}

Makings permissive() {
  Makings setup = hmac_v3();
  setup.settings.mode = HmacMode::kPermissive;
  return setup;
}

Makings receive_only() {
  Makings setup = hmac_v3();
  setup.settings.mode = HmacMode::kReceiveOnly;
  return setup;
}

TEST(Trailer, PublishedImageOverIpv4IsAccepted) {
  Party end = receiver4();
  const Verdict verdict = end.hear(image4());
  EXPECT_EQ(verdict.drop, Drop::kNone);
  EXPECT_TRUE(verdict.is_signed);
  EXPECT_FALSE(verdict.is_clock_bad);
  EXPECT_EQ(verdict.clock_ahead, 0s);
  EXPECT_EQ(verdict.mark, (Mark{1, kImageSource4, 0x6800000080000000}));
  EXPECT_EQ(end.heard.priority, Priority{200});
}

TEST(Trailer, PublishedImageOverIpv6IsAcceptedWithAChecksumOverTheTrailer) {
  Party end = receiver6();
  EXPECT_EQ(end.drop(image6()), Drop::kNone);
}

TEST(Trailer, WeWriteThePublishedImages) {
  Party four = party(hmac_v3(), kImageSource4);
  four.wall = kImageWall;
  EXPECT_EQ(four.say().bytes, bytes_of(kImage4));
  Party six = party(hmac_v6(), kImageSource6);
  six.wall = kImageWall;
  EXPECT_EQ(six.say(0, kImageTarget6).bytes, bytes_of(kImage6));
}

TEST(Trailer, ChecksumOfIpv6OverTheMessageAloneIsTakenAsWell) {
  Party sender = party(hmac_v6(), kImageSource6);
  sender.wall = kImageWall;
  Said said = sender.say(0, kImageTarget6);
  std::array<std::uint8_t, kMaxMessage> room{};
  const std::size_t length = build(sender.router(), Priority{200}, ChecksumForm::kPseudoHeader,
                                   kImageSource6, kImageTarget6, room);
  ASSERT_EQ(length + kTrailerBytes, said.bytes.size());
  said.bytes[6] = room[6];
  said.bytes[7] = room[7];
  EXPECT_EQ(receiver6().drop(said), Drop::kNone);
}

TEST(Trailer, WrongChecksumOfIpv6IsDroppedThoughTheSignatureDoesNotCoverIt) {
  Said said = image6();
  said.bytes[7] ^= 1;
  EXPECT_EQ(receiver6().drop(said), Drop::kChecksum);
}

TEST(Trailer, StandsBehindThePasswordFieldOfVersion2) {
  Makings setup = hmac_v3();
  setup.router.version = Version::kV2;
  Party sender = party(setup, kOne);
  Party end = party(setup, kTwo);
  const Said said = sender.say();
  ASSERT_EQ(said.bytes.size(), 8U + 4 + 8 + 28);
  EXPECT_EQ(said.bytes[4], 0) << "to version 2 itself there is no authentication";
  EXPECT_EQ(end.drop(said), Drop::kNone);
}

TEST(Trailer, EveryBitItCoversIsCovered) {
  const Said said = image4();
  for (std::size_t bit = 0; bit < said.bytes.size() * 8; ++bit) {
    Said changed = said;
    changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    Party end = receiver4();
    EXPECT_NE(end.drop(changed), Drop::kNone) << "bit " << bit;
    EXPECT_EQ(end.auth().signers(), 0U);
  }
}

// The reasons, in the order they are looked for. Byte 12 begins the trailer.
TEST(Trailer, EachFlawHasItsReason) {
  struct Flaw {
    std::size_t byte;
    Drop reason;
  };
  for (const Flaw& flaw :
       {Flaw{12, Drop::kAuthMalformed}, Flaw{13, Drop::kAuthKey}, Flaw{14, Drop::kAuthMalformed},
        Flaw{15, Drop::kAuthMalformed}, Flaw{19, Drop::kAuthFailed}, Flaw{23, Drop::kAuthFailed},
        Flaw{24, Drop::kAuthFailed}, Flaw{39, Drop::kAuthFailed}, Flaw{0, Drop::kVersion},
        Flaw{7, Drop::kChecksum}}) {
    Said said = image4();
    said.bytes[flaw.byte] ^= flaw.byte == 0 ? 0x10 : 1;
    EXPECT_EQ(receiver4().drop(said), flaw.reason) << "byte " << flaw.byte;
  }
}

TEST(Trailer, ChangedPriorityWithARightChecksumFailsTheSignature) {
  Said said = image4();
  said.bytes[2] = 255;
  said.bytes[6] = said.bytes[7] = 0;
  const std::uint16_t sum = internet_checksum({}, std::span(said.bytes).first(12));
  said.bytes[6] = static_cast<std::uint8_t>(sum >> 8);
  said.bytes[7] = static_cast<std::uint8_t>(sum & 0xff);
  EXPECT_EQ(receiver4().drop(said), Drop::kAuthFailed);
}

TEST(Trailer, BindsTheSourceAndTheVirtualRouter) {
  Said said = image4();
  said.source = kOne;
  EXPECT_EQ(receiver4().drop(said), Drop::kAuthFailed);

  // VRID 52 with the same key: spliced, its checksum put right.
  Makings other = hmac_v3();
  other.router.vrid = Vrid{52};
  Said spliced = image4();
  spliced.bytes[1] = 52;
  spliced.bytes[7] -= 1;
  EXPECT_EQ(receiver4(other).drop(spliced), Drop::kAuthFailed);
}

TEST(Trailer, OfAnotherLengthIsNone) {
  for (const std::size_t more : {1U, 4U, 27U, 29U, 56U}) {
    Said said = image4();
    said.bytes.resize(12 + more);
    EXPECT_EQ(receiver4().drop(said), Drop::kLength) << more;
  }
}

TEST(Trailer, MissingIsRefusedOnlyWhenItIsEnforced) {
  Said bare = image4();
  bare.bytes.resize(12);
  EXPECT_EQ(receiver4().drop(bare), Drop::kAuthMissing);
  for (const Makings& setup : {permissive(), receive_only()}) {
    Party end = receiver4(setup);
    const Verdict verdict = end.hear(bare);
    EXPECT_EQ(verdict.drop, Drop::kNone);
    EXPECT_FALSE(verdict.is_signed);
    EXPECT_EQ(end.auth().signers(), 0U);
  }
}

TEST(Trailer, WrongIsRefusedInEveryMode) {
  Said wrong = image4();
  wrong.bytes.back() ^= 1;
  for (const Makings& setup : {hmac_v3(), permissive(), receive_only()})
    EXPECT_EQ(receiver4(setup).drop(wrong), Drop::kAuthFailed);
}

TEST(Trailer, IsWrittenButInReceiveOnlyMode) {
  EXPECT_EQ(party(hmac_v3(), kOne).say().bytes.size(), 40U);
  EXPECT_EQ(party(permissive(), kOne).say().bytes.size(), 40U);
  Party end = party(receive_only(), kOne);
  EXPECT_EQ(end.say().bytes.size(), 12U);
  EXPECT_EQ(end.auth().own(), std::nullopt);
}

// receive-only everywhere, permissive everywhere, enforce everywhere: no step shuts anybody out.
TEST(Trailer, RollOutInThreeStepsNeverDrops) {
  Makings none = hmac_v3();
  none.router.auth_type = AuthType::kNone;
  const std::vector<Makings> steps{none, receive_only(), permissive(), hmac_v3()};
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    Party before = party(steps[i], kOne);
    Party after = party(steps[i + 1], kTwo);
    EXPECT_EQ(after.drop(before.say()), Drop::kNone) << i;
    EXPECT_EQ(before.drop(after.say()), Drop::kNone) << i;
  }
}

// Both know both keys; one after the other signs with the new one; then the old one goes.
TEST(Keys, AreRolledOverWithoutADrop) {
  Makings setup = hmac_v3();
  setup.keys.emplace_back(std::uint8_t{2}, secret(100));
  Makings renewed = setup;
  renewed.settings.active_key = 2;
  Party one = party(setup, kOne);
  Party two = party(renewed, kTwo);
  EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  EXPECT_EQ(one.drop(two.say()), Drop::kNone);

  Makings old_only = hmac_v3();
  EXPECT_EQ(party(old_only, kThree).drop(two.say()), Drop::kAuthKey);
}

TEST(Keys, OfTheSameIdButAnotherSecretFail) {
  Makings other = hmac_v3();
  other.keys = {{std::uint8_t{1}, secret(9)}};
  EXPECT_EQ(receiver4(other).drop(image4()), Drop::kAuthFailed);
}

TEST(Unicast, SourceOfASignedAdvertIsAPeer) {
  Makings setup = hmac_v6();
  setup.router.peers.push_back({*Address::parse("fe80::99"), 0, 255});
  Party end = party(setup, kImageTarget6);
  end.wall = kImageWall;
  EXPECT_EQ(end.drop(image6()), Drop::kNotAPeer);
}

TEST(Unicast, EveryPeerGetsItsOwnCopy) {
  Makings setup = hmac_v6();
  const Address other = *Address::parse("fe80::21");
  setup.router.peers.push_back({kImageTarget6, 0, 255});
  setup.router.peers.push_back({other, 0, 255});
  Party sender = party(setup, kImageSource6);
  const Said to_first = sender.say(0, kImageTarget6);
  const Said to_second = sender.say(0, other);
  Makings peers = hmac_v6();
  peers.router.peers.push_back({kImageSource6, 0, 255});
  Party first = party(peers, kImageTarget6);
  Party second = party(peers, other);
  EXPECT_EQ(first.drop(to_first), Drop::kNone);
  EXPECT_EQ(second.drop(to_second), Drop::kNone);
}

TEST(Reflection, OfWhatWeSignedIsOurOwn) {
  Party end = party(hmac_v3(), kOne);
  EXPECT_EQ(end.drop(end.say()), Drop::kOwnPacket);
  EXPECT_EQ(end.auth().signers(), 0U);
}

TEST(WithoutSignatures, TheLadderIsAllThereIs) {
  Makings setup = hmac_v3();
  setup.router.auth_type = AuthType::kNone;
  Party one = party(setup, kOne);
  Party two = party(setup, kTwo);
  const Said said = one.say();
  EXPECT_EQ(said.bytes.size(), 12U);
  const Verdict verdict = two.hear(said);
  EXPECT_EQ(verdict.drop, Drop::kNone);
  EXPECT_FALSE(verdict.is_signed);
  EXPECT_EQ(one.auth().own(), std::nullopt);
  EXPECT_EQ(two.drop(image4()), Drop::kLength) << "as any router without the feature";
}

}  // namespace
}  // namespace core::testing
