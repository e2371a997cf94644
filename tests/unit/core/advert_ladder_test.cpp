// Every rung of the ladder that a packet climbs before it is an advert, from the side where it falls; who is let up is
// in advert_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "advert_bytes.hpp"

namespace core::testing {
namespace {

// RFC9568-7.1-a negative, RFC9568-7.1-b negative, RFC3768-7.1-a negative
TEST(Ladder, OnlyATtlOf255IsFromThisLink) {
  for (const int ttl : {0, 1, 64, 254}) {
    Packet one = packet(kV2);
    one.ttl = static_cast<std::uint8_t>(ttl);
    EXPECT_EQ(verdict(one, v2_router()), Drop::kTtl);
  }
  Packet six = six_packet(kV3Six);
  six.ttl = 254;
  EXPECT_EQ(verdict(six, six_router()), Drop::kTtl);
}

// RFC9568-7.1-1 negative, RFC3768-7.1-1 negative
TEST(Ladder, AnotherVersionIsNotUnderstood) {
  EXPECT_EQ(verdict(packet(kV2), v3_router()), Drop::kVersion);
  EXPECT_EQ(verdict(packet(kV3), v2_router()), Drop::kVersion);
  EXPECT_EQ(verdict(packet(summed(with(kV2, 0, 0x01))), v2_router()), Drop::kVersion);
  EXPECT_EQ(verdict(packet(summed(with(kV3, 0, 0x41))), v3_router()), Drop::kVersion);
}

// RFC9568-7.1-2 negative, RFC9568-5.2.2-1 negative, RFC3768-5.3.2-1 negative
TEST(Ladder, OnlyAdvertisementsAreKnown) {
  for (int type = 0; type < 16; ++type)
    EXPECT_EQ(verdict(packet(summed(with(kV2, 0, 0x20 | type))), v2_router()),
              type == 1 ? Drop::kNone : Drop::kType);
}

// RFC9568-7.1-3 negative, RFC3768-7.1-2 negative
// FAULT-50: cut at each of 60 places or with bytes too many: 0 taken
TEST(Ladder, EveryTruncationAndEverySurplusByteIsALengthError) {
  for (std::size_t length = 0; length < kV2.size(); ++length)
    EXPECT_EQ(
        verdict(packet(Bytes(kV2.begin(), kV2.begin() + static_cast<long>(length))), v2_router()),
        Drop::kLength)
        << length;
  for (std::size_t length = 0; length < kV3Six.size(); ++length)
    EXPECT_EQ(verdict(six_packet(Bytes(kV3Six.begin(), kV3Six.begin() + static_cast<long>(length))),
                      six_router()),
              Drop::kLength)
        << length;
  Bytes longer = kV2;
  longer.push_back(0);
  EXPECT_EQ(verdict(packet(longer), v2_router()), Drop::kLength);
  longer = kV3;
  longer.insert(longer.end(), 8, 0);
  EXPECT_EQ(verdict(packet(longer), v3_router()), Drop::kLength);
}

TEST(Ladder, MoreAddressesSaidThanSentIsALengthError) {
  EXPECT_EQ(verdict(packet(summed(with(kV2, 3, 2))), v2_router()), Drop::kLength);
  EXPECT_EQ(verdict(packet(summed(with(kV3, 3, 255))), v3_router()), Drop::kLength);
}

// RFC9568-5.2.8-1 negative, RFC3768-7.1-3 negative
// FAULT-44
TEST(Ladder, EveryWrongBitFailsTheChecksumOrAnEarlierRung) {
  const auto flip_all = [](const Bytes& good, const Router& router, auto make) {
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      Bytes bad = good;
      bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1 << bit % 8);
      const Drop reason = verdict(make(bad), router);
      const Drop expected = bit / 8 == 0   ? (bit % 8 < 4 ? Drop::kType : Drop::kVersion)
                            : bit / 8 == 3 ? Drop::kLength
                                           : Drop::kChecksum;
      EXPECT_EQ(reason, expected) << "bit " << bit;
    }
  };
  flip_all(kV2, v2_router(), packet);
  flip_all(kV3, v3_router(), packet);
  flip_all(kV3Pseudo, v3_router(), packet);
  flip_all(kV3Six, six_router(), six_packet);
}

// RFC9568-5.2.8-3 negative: IPv6 always sums the pseudo-header.
TEST(Ladder, AnIpv6ChecksumOfTheMessageAloneIsWrong) {
  EXPECT_EQ(verdict(six_packet(summed(kV3Six)), six_router()), Drop::kChecksum);
}

// RFC3768-5.3.8-p1 negative: v2 never sums a pseudo-header.
TEST(Ladder, AVersionTwoChecksumWithAPseudoHeaderIsWrong) {
  Bytes message(kMaxMessage);
  Router router = v3_router();
  message.resize(build(router, Priority{100}, ChecksumForm::kPseudoHeader, kPeer,
                       multicast_group(Family::kIpv4), message));
  Bytes v2 = kV2;
  v2[6] = message[6];
  v2[7] = message[7];
  EXPECT_EQ(verdict(packet(v2), v2_router()), Drop::kChecksum);
}

// RFC9568-7.1-4 negative, RFC3768-7.1-4 negative
TEST(Ladder, AnotherVridIsNotOurs) {
  EXPECT_EQ(verdict(packet(summed(with(kV2, 1, 52))), v2_router()), Drop::kUnknownVrid);
}

// RFC3768-7.1-8 differs
TEST(Ladder, AVersionTwoIntervalOtherThanOursIsShownAndOnlyDroppedWhenStrict) {
  Router router = v2_router();
  Advert advert;
  ASSERT_EQ(parse(packet(summed(with(kV2, 5, 2))), router, advert), Drop::kNone);
  EXPECT_EQ(advert.interval, 2s);
  EXPECT_FALSE(advert.interval_matches);
  router.strict = true;
  EXPECT_EQ(verdict(packet(summed(with(kV2, 5, 2))), router), Drop::kInterval);
  EXPECT_EQ(verdict(packet(kV2), router), Drop::kNone);
}

TEST(Ladder, AVersionTwoIntervalOfZeroIsDropped) {
  EXPECT_EQ(verdict(packet(summed(with(kV2, 5, 0))), v2_router()), Drop::kInterval);
}

// RFC 3768 lets the interval of version 3 differ as little as RFC 9568 does.
TEST(Ladder, StrictAsksNothingMoreOfVersionThree) {
  Router router = v3_router();
  router.strict = true;
  router.addresses.push_back(Address::v4(192, 0, 2, 101));
  EXPECT_EQ(verdict(packet(summed(with(kV3, 5, 0x32))), router), Drop::kNone);
}

// Erratum 8301 negative and positive: zero is dropped, a difference only noted.
TEST(Ladder, AVersionThreeIntervalMayDifferButNotBeZero) {
  EXPECT_EQ(verdict(packet(summed(with(kV3, 5, 0))), v3_router()), Drop::kInterval);
  Advert advert;
  ASSERT_EQ(parse(packet(summed(with(with(kV3, 4, 0x0f), 5, 0xff))), v3_router(), advert),
            Drop::kNone);
  EXPECT_EQ(advert.interval, 40950ms);
  EXPECT_FALSE(advert.interval_matches);
}

// RFC9568-5.2.6-1b positive: the reserved bits are nobody's business.
TEST(Ladder, ReservedBitsAreIgnored) {
  Advert advert;
  ASSERT_EQ(parse(packet(summed(with(kV3, 4, 0xf0))), v3_router(), advert), Drop::kNone);
  EXPECT_EQ(advert.interval, 1s);
}

// RFC9568-5.2.6-1b negative: an interval of zero is not made more by them.
TEST(Ladder, ReservedBitsAreNoPartOfTheInterval) {
  EXPECT_EQ(verdict(packet(summed(with(with(kV3, 4, 0xf0), 5, 0))), v3_router()), Drop::kInterval);
  Advert advert;
  ASSERT_EQ(parse(packet(summed(with(with(kV3, 4, 0xff), 5, 0xff))), v3_router(), advert),
            Drop::kNone);
  EXPECT_EQ(advert.interval, 40950ms);
}

// RFC3768-5.3.6-1 negative
TEST(Ladder, AnAuthenticationTypeThatDoesNotExistIsNamedSo) {
  EXPECT_EQ(verdict(packet(summed(with(kV2, 4, 3))), v2_router()), Drop::kAuthType);
  EXPECT_EQ(verdict(packet(summed(with(kV2, 4, 255))), password_router()), Drop::kAuthType);
}

// RFC3768-7.1-5 negative
TEST(Ladder, AnotherAuthenticationTypeThanOursIsAMismatch) {
  EXPECT_EQ(verdict(packet(kV2Password), v2_router()), Drop::kAuthMismatch);
  EXPECT_EQ(verdict(packet(kV2), password_router()), Drop::kAuthMismatch);
  EXPECT_EQ(verdict(packet(summed(with(kV2, 4, 2))), v2_router()), Drop::kAuthMismatch);
}

// RFC3768-7.1-5 positive and negative, RFC3768-5.3.10-1b negative
TEST(Ladder, ThePasswordHasToMatchInEveryByte) {
  EXPECT_EQ(verdict(packet(kV2Password), password_router()), Drop::kNone);
  for (std::size_t byte = 12; byte < 20; ++byte)
    EXPECT_EQ(verdict(packet(summed(with(kV2Password, byte, 'x'))), password_router()),
              Drop::kAuthFailed)
        << byte;
}

// RFC3768-5.3.10-1b positive
TEST(Ladder, WithoutAuthenticationItsEightBytesAreIgnored) {
  EXPECT_EQ(verdict(packet(summed(with(kV2, 12, 'x'))), v2_router()), Drop::kNone);
}

// Erratum 8299 negative
TEST(Ladder, AVersionThreeAdvertWithoutAddressesIsDropped) {
  Bytes message(kV3.begin(), kV3.begin() + 8);
  message[3] = 0;
  EXPECT_EQ(verdict(packet(summed(message)), v3_router()), Drop::kNoAddresses);
}

TEST(Ladder, AVersionTwoAdvertWithoutAddressesIsAMismatch) {
  Bytes message(kV2.begin(), kV2.begin() + 8);
  message[3] = 0;
  message.insert(message.end(), 8, 0);
  Advert advert;
  ASSERT_EQ(parse(packet(summed(message)), v2_router(), advert), Drop::kNone);
  EXPECT_FALSE(advert.addresses_match);
}

TEST(Ladder, OnlyTheGroupIsListenedTo) {
  Packet one = packet(kV2);
  one.destination = kOwn;
  EXPECT_EQ(verdict(one, v2_router()), Drop::kMulticast);
  one.destination = Address::v4(224, 0, 0, 19);
  EXPECT_EQ(verdict(one, v2_router()), Drop::kMulticast);
}

// The first reason in the order of the ladder is the one that counts.
TEST(Ladder, ReportsTheFirstReasonOfSeveral) {
  Bytes bad = with(with(kV2, 1, 52), 4, 9);  // VRID and authentication type, checksum not mended
  Packet one = packet(bad);
  one.ttl = 1;
  one.destination = kOwn;
  EXPECT_EQ(verdict(one, v2_router()), Drop::kTtl);
  one.ttl = 255;
  EXPECT_EQ(verdict(one, v2_router()), Drop::kChecksum);
  bad = summed(bad);
  one.message = bad;
  EXPECT_EQ(verdict(one, v2_router()), Drop::kUnknownVrid);
  bad = summed(with(bad, 1, 51));
  one.message = bad;
  EXPECT_EQ(verdict(one, v2_router()), Drop::kAuthType);
  bad = summed(with(bad, 4, 0));
  one.message = bad;
  EXPECT_EQ(verdict(one, v2_router()), Drop::kMulticast);
}

TEST(Ladder, ADroppedPacketLeavesTheAdvertAlone) {
  Advert advert;
  advert.priority = Priority{77};
  EXPECT_EQ(parse(packet(with(kV2, 6, 0)), v2_router(), advert), Drop::kChecksum);
  EXPECT_EQ(advert.priority, Priority{77});
  EXPECT_FALSE(advert.source.is_set());
}

// --- the address list: compared as a set, and no reason to drop unless strict ---

TEST(AddressList, AnotherOrderIsTheSameSet) {
  Router router = six_router();
  std::swap(router.addresses[0], router.addresses[1]);
  Advert advert;
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_TRUE(advert.addresses_match);
}

TEST(AddressList, AMissingAnAdditionalOrAnotherAddressIsAMismatch) {
  Router router = six_router();
  Advert advert;
  router.addresses = {*Address::parse("fe80::abcd")};
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_FALSE(advert.addresses_match);
  router.addresses = {*Address::parse("fe80::abcd"), *Address::parse("2001:db8::1"),
                      *Address::parse("2001:db8::2")};
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_FALSE(advert.addresses_match);
  router.addresses = {*Address::parse("fe80::abcd"), *Address::parse("2001:db8::2")};
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_FALSE(advert.addresses_match);
}

// Who looks for the difference wants to see it: the first address of each side that the other lacks.
TEST(AddressList, AMismatchNamesWhatEitherSideLacks) {
  Router router = six_router();
  router.addresses = {*Address::parse("2001:db8::7"), *Address::parse("2001:db8::1"),
                      *Address::parse("2001:db8::2")};
  Advert advert;
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_EQ(advert.only_theirs, *Address::parse("fe80::abcd"));
  EXPECT_EQ(advert.only_ours, *Address::parse("2001:db8::7"));
  router.addresses = {*Address::parse("2001:db8::1")};
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_EQ(advert.only_theirs, *Address::parse("fe80::abcd"));
  EXPECT_FALSE(advert.only_ours.is_set());
  ASSERT_EQ(parse(six_packet(kV3Six), six_router(), advert), Drop::kNone);
  EXPECT_FALSE(advert.only_theirs.is_set());
}

TEST(AddressList, AnAddressListedTwiceIsListedOnce) {
  Router router = six_router();
  router.addresses.push_back(router.addresses[0]);
  Advert advert;
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_TRUE(advert.addresses_match);
}

TEST(AddressList, IsNotLookedAtWhenToldSo) {
  Router router = six_router();
  router.addresses = {*Address::parse("2001:db8::2")};
  router.skips_address_check = true;
  Advert advert;
  ASSERT_EQ(parse(six_packet(kV3Six), router, advert), Drop::kNone);
  EXPECT_TRUE(advert.addresses_match);
  EXPECT_FALSE(advert.only_ours.is_set());
  EXPECT_EQ(advert.address_count, 2);
}

// RFC3768-7.1-7 differs: only strict drops, and the owner's list never.
// FAULT-46
TEST(AddressList, OfVersionTwoDropsWhenStrictUnlessTheOwnerSentIt) {
  Router router = v2_router();
  router.addresses = {Address::v4(192, 0, 2, 101)};
  EXPECT_EQ(verdict(packet(kV2), router), Drop::kNone);
  router.strict = true;
  EXPECT_EQ(verdict(packet(kV2), router), Drop::kAddressList);
  EXPECT_EQ(verdict(packet(summed(with(kV2, 2, 255))), router), Drop::kNone);
  router.skips_address_check = true;
  EXPECT_EQ(verdict(packet(kV2), router), Drop::kNone);
}

// Erratum 8300: said of the advert, and no reason to drop it.
TEST(AddressList, AnIpv6ListThatDoesNotBeginLinkLocalIsAcceptedAndSaidToBe) {
  Advert advert;
  ASSERT_EQ(parse(six_packet(kV3Six), six_router(), advert), Drop::kNone);
  EXPECT_TRUE(advert.link_local_first);
  Router sender = six_router();
  std::swap(sender.addresses[0], sender.addresses[1]);
  Bytes message(kMaxMessage);
  message.resize(build(sender, Priority{200}, ChecksumForm::kPseudoHeader, kSixPeer,
                       multicast_group(Family::kIpv6), message));
  ASSERT_EQ(parse(six_packet(message), six_router(), advert), Drop::kNone);
  EXPECT_FALSE(advert.link_local_first);
  EXPECT_TRUE(advert.addresses_match);
  ASSERT_EQ(parse(packet(kV3), v3_router(), advert), Drop::kNone);
  EXPECT_TRUE(advert.link_local_first);  // nothing is asked of IPv4
}

// RFC9568-5.2.9-2 positive
TEST(AddressList, AddressesOfTheOtherFamilyAreNeitherSentNorExpected) {
  Router router = v3_router();
  router.addresses.push_back(*Address::parse("2001:db8::1"));
  Advert advert;
  ASSERT_EQ(parse(packet(kV3), router, advert), Drop::kNone);
  EXPECT_TRUE(advert.addresses_match);
  Bytes room(kMaxMessage);
  room.resize(build(router, Priority{100}, ChecksumForm::kMessageOnly, kPeer,
                    multicast_group(Family::kIpv4), room));
  EXPECT_EQ(room, kV3);
}

}  // namespace
}  // namespace core::testing
