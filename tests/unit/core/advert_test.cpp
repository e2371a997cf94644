// The codec against bytes written by hand, and every rung of the ladder from both sides.
#include "engine/core/advert.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "subject.hpp"

namespace core::testing {
namespace {

using base::Drop;
using Bytes = std::vector<std::uint8_t>;

// Who sends: 192.0.2.3 for VRID 51, priority 100, 192.0.2.100.
//
// v2, one second, no authentication. Sum without the checksum:
//   2133 + 6401 + 0001 + c000 + 0264 = 1 4799 -> 479a; complement b865.
const Bytes kV2 = {0x21, 0x33, 0x64, 0x01, 0x00, 0x01, 0xb8, 0x65, 0xc0, 0x00,
                   0x02, 0x64, 0,    0,    0,    0,    0,    0,    0,    0};
// v2 with the password "secret".
const Bytes kV2Password = {0x21, 0x33, 0x64, 0x01, 0x01, 0x01, 0x7b, 0x19, 0xc0, 0x00,
                           0x02, 0x64, 's',  'e',  'c',  'r',  'e',  't',  0,    0};
// v3 over IPv4, 100 cs, the message alone summed:
//   3133 + 6401 + 0064 + c000 + 0264 = 1 57fc -> 57fd; complement a802.
const Bytes kV3 = {0x31, 0x33, 0x64, 0x01, 0x00, 0x64, 0xa8, 0x02, 0xc0, 0x00, 0x02, 0x64};
// The same with the pseudo-header 192.0.2.3, 224.0.0.18, 0, 112, 12:
//   c000 + 0203 + e000 + 0012 + 0070 + 000c + the 1 57fc above = 2 fa8d -> fa8f; complement 0570.
const Bytes kV3Pseudo = {0x31, 0x33, 0x64, 0x01, 0x00, 0x64, 0x05, 0x70, 0xc0, 0x00, 0x02, 0x64};
// v3 over IPv6 from fe80::3 to ff02::12, priority 200, fe80::abcd and 2001:db8::1.
const Bytes kV3Six = {
    0x31, 0x33, 0xc8, 0x02, 0x00, 0x64, 0x30, 0x2c, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0,    0,    0xab, 0xcd, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01};

Router password_router() {
  Router router = v2_router();
  router.auth_type = AuthType::kPassword;
  router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  return router;
}

Router six_router() {
  Router router = v3_router();
  router.family = Family::kIpv6;
  router.addresses = {*Address::parse("fe80::abcd"), *Address::parse("2001:db8::1")};
  return router;
}

const Address kSixPeer = *Address::parse("fe80::3");

Packet packet(const Bytes& message) { return {message, kPeer, Address::v4(224, 0, 0, 18), 255}; }
Packet six_packet(const Bytes& message) {
  return {message, kSixPeer, *Address::parse("ff02::12"), 255};
}

// What `router` says to a packet.
Drop verdict(const Packet& packet, const Router& router) {
  Advert advert;
  return parse(packet, router, advert);
}

// Puts the right checksum (of the message alone) into altered bytes.
Bytes summed(Bytes message) {
  message[6] = message[7] = 0;
  const std::uint16_t checksum = internet_checksum({}, message);
  message[6] = static_cast<std::uint8_t>(checksum >> 8);
  message[7] = static_cast<std::uint8_t>(checksum & 0xff);
  return message;
}
Bytes with(Bytes message, std::size_t at, int value) {
  message[at] = static_cast<std::uint8_t>(value);
  return message;
}

TEST(InternetChecksum, IsTheComplementOfTheOnesComplementSum) {
  // The example of RFC 1071: 0001 + f203 + f4f5 + f6f7 = 2 ddf0 -> ddf2.
  const Bytes example = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(internet_checksum({}, example), 0x220d);
  EXPECT_EQ(internet_checksum(std::span(example).first(4), std::span(example).subspan(4)), 0x220d);
  EXPECT_EQ(internet_checksum({}, Bytes{0xff}), 0x00ff);  // an odd byte is the high one
  EXPECT_EQ(internet_checksum({}, {}), 0xffff);
}

TEST(MulticastGroup, IsThatOfTheFamily) {
  EXPECT_EQ(multicast_group(Family::kIpv4), Address::v4(224, 0, 0, 18));
  EXPECT_EQ(multicast_group(Family::kIpv6), *Address::parse("ff02::12"));
}

TEST(PeekVrid, ReadsTheSecondByteAndNothingMore) {
  Vrid vrid;
  EXPECT_TRUE(peek_vrid(kV2, vrid));
  EXPECT_EQ(vrid, Vrid{51});
  EXPECT_FALSE(peek_vrid(std::span(kV2).first(1), vrid));
  EXPECT_FALSE(peek_vrid({}, vrid));
}

// --- accepted ---

TEST(ParseV2, TakesAnAdvertApart) {
  Advert advert;
  ASSERT_EQ(parse(packet(kV2), v2_router(), advert), Drop::kNone);
  EXPECT_EQ(advert.version, Version::kV2);
  EXPECT_EQ(advert.vrid, Vrid{51});
  EXPECT_EQ(advert.priority, Priority{100});
  EXPECT_EQ(advert.interval, 1s);
  EXPECT_EQ(advert.source, kPeer);
  EXPECT_EQ(advert.checksum, ChecksumForm::kMessageOnly);
  EXPECT_EQ(advert.address_count, 1);
  EXPECT_TRUE(advert.addresses_match);
  EXPECT_TRUE(advert.interval_matches);
}

// RFC9568-5.2.8-2 differs
TEST(ParseV3, AcceptsBothFormsOfTheIpv4ChecksumAndSaysWhich) {
  Advert advert;
  ASSERT_EQ(parse(packet(kV3), v3_router(), advert), Drop::kNone);
  EXPECT_EQ(advert.version, Version::kV3);
  EXPECT_EQ(advert.interval, 1s);
  EXPECT_EQ(advert.checksum, ChecksumForm::kMessageOnly);
  ASSERT_EQ(parse(packet(kV3Pseudo), v3_router(), advert), Drop::kNone);
  EXPECT_EQ(advert.checksum, ChecksumForm::kPseudoHeader);
}

TEST(ParseV3, TakesAnIpv6AdvertApart) {
  Advert advert;
  ASSERT_EQ(parse(six_packet(kV3Six), six_router(), advert), Drop::kNone);
  EXPECT_EQ(advert.priority, Priority{200});
  EXPECT_EQ(advert.source, kSixPeer);
  EXPECT_EQ(advert.checksum, ChecksumForm::kPseudoHeader);
  EXPECT_EQ(advert.address_count, 2);
  EXPECT_TRUE(advert.addresses_match);
}

// --- the ladder, rung by rung; the positive side is the three tests above ---

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

// --- build ---

Bytes built(const Router& router, int priority, ChecksumForm form, const Address& source) {
  Bytes room(kMaxMessage, 0xee);
  room.resize(build(router, Priority{static_cast<std::uint8_t>(priority)}, form, source,
                    multicast_group(router.family), room));
  return room;
}

// RFC9568-5.2.6-1a negative: the longest interval fills its twelve bits and no more.
TEST(Build, LeavesTheReservedBitsZeroHoweverLongTheInterval) {
  const Bytes message = built(v3_router(100, 40950ms), 100, ChecksumForm::kMessageOnly, kPeer);
  EXPECT_EQ(message[4], 0x0f);
  EXPECT_EQ(message[5], 0xff);
}

// RFC9568-5.2.9-2 negative
TEST(Build, ListsNothingRatherThanAddressesOfTheOtherFamily) {
  Router router = v3_router();
  router.addresses = {*Address::parse("2001:db8::1")};
  const Bytes message = built(router, 100, ChecksumForm::kMessageOnly, kPeer);
  EXPECT_EQ(message[3], 0);
  EXPECT_EQ(message.size(), 8U);
}

// RFC3768-5.3.10-1a negative: a password that is not in force does not leak into it.
TEST(Build, WritesAPasswordOnlyWhenPasswordsAreSpoken) {
  Router router = password_router();
  router.auth_type = AuthType::kNone;
  EXPECT_EQ(built(router, 100, ChecksumForm::kMessageOnly, kPeer), kV2);
}

// RFC9568-5.2.6-1a positive, RFC9568-7.2-1 positive, RFC9568-7.2-5 positive, RFC3768-7.2-1 positive, RFC3768-5.3.10-1a positive
TEST(Build, WritesTheBytesOfTheStandards) {
  EXPECT_EQ(built(v2_router(), 100, ChecksumForm::kMessageOnly, kPeer), kV2);
  EXPECT_EQ(built(v2_router(), 100, ChecksumForm::kPseudoHeader, kPeer), kV2);  // no question in v2
  EXPECT_EQ(built(password_router(), 100, ChecksumForm::kMessageOnly, kPeer), kV2Password);
  EXPECT_EQ(built(v3_router(), 100, ChecksumForm::kMessageOnly, kPeer), kV3);
  EXPECT_EQ(built(v3_router(), 100, ChecksumForm::kPseudoHeader, kPeer), kV3Pseudo);
  EXPECT_EQ(built(six_router(), 200, ChecksumForm::kMessageOnly, kSixPeer), kV3Six);  // nor in IPv6
}

TEST(Build, FitsTheLongestAdvertInKMaxMessage) {
  Router router = six_router();
  router.addresses.clear();
  for (int i = 0; i < 255; ++i) {
    std::array<std::uint8_t, 16> bytes{0x20, 0x01};
    bytes[15] = static_cast<std::uint8_t>(i);
    router.addresses.push_back(Address::from_bytes(Family::kIpv6, bytes));
  }
  const Bytes message = built(router, 1, ChecksumForm::kPseudoHeader, kSixPeer);
  EXPECT_EQ(message.size(), 8U + 255 * 16);
  Advert advert;
  EXPECT_EQ(parse(six_packet(message), router, advert), Drop::kNone);
  EXPECT_TRUE(advert.addresses_match);
  EXPECT_EQ(advert.address_count, 255);
}

// --- properties ---

Router random_router(std::mt19937_64& random) {
  Router router;
  router.vrid = Vrid{static_cast<std::uint8_t>(1 + random() % 255)};
  router.version = random() % 3 == 0 ? Version::kV2 : Version::kV3;
  router.family =
      router.version == Version::kV3 && random() % 2 == 0 ? Family::kIpv6 : Family::kIpv4;
  router.advert_interval = router.version == Version::kV2
                               ? Duration{std::chrono::seconds{1 + random() % 255}}
                               : Duration{std::chrono::milliseconds{10 * (1 + random() % 4095)}};
  if (router.version == Version::kV2 && random() % 2 == 0) router.auth_type = AuthType::kPassword;
  for (std::uint8_t& byte : router.auth_data) byte = static_cast<std::uint8_t>(random());
  const std::size_t count = 1 + random() % (random() % 4 == 0 ? 255 : 6);
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    router.addresses.push_back(Address::from_bytes(
        router.family, std::span(bytes).first(router.family == Family::kIpv6 ? 16 : 4)));
  }
  return router;
}

// RFC9568-7.2-1 negative, RFC9568-7.2-5 negative, RFC3768-7.2-1 negative: a field or a sum gone wrong is not read back
TEST(Property, ParseReadsBackWhatBuildWrote) {
  std::mt19937_64 random{2};
  for (int round = 0; round < 3000; ++round) {
    const Router router = random_router(random);
    const Priority priority{static_cast<std::uint8_t>(random())};
    const auto form = random() % 2 == 0 ? ChecksumForm::kMessageOnly : ChecksumForm::kPseudoHeader;
    const Address source = router.family == Family::kIpv6 ? kSixPeer : kPeer;
    const Bytes message = built(router, priority.value, form, source);
    Advert advert;
    ASSERT_EQ(parse({message, source, multicast_group(router.family), 255}, router, advert),
              Drop::kNone);
    EXPECT_EQ(advert.version, router.version);
    EXPECT_EQ(advert.vrid, router.vrid);
    EXPECT_EQ(advert.priority, priority);
    EXPECT_EQ(advert.interval, router.advert_interval);
    EXPECT_EQ(advert.source, source);
    EXPECT_EQ(advert.address_count, router.addresses.size());
    EXPECT_TRUE(advert.addresses_match);
    EXPECT_TRUE(advert.interval_matches);
    if (router.version == Version::kV3 && router.family == Family::kIpv4) {
      EXPECT_EQ(advert.checksum, form);
    }
  }
}

// Each message lives in a heap block of exactly its size, so that a sanitizer sees a read past it.
TEST(Property, ArbitraryBytesAreNeverAcceptedByAccidentAndNeverReadPast) {
  std::mt19937_64 random{3};
  int accepted = 0;
  for (int round = 0; round < 200000; ++round) {
    const Router router = round % 2 == 0 ? v2_router() : v3_router();
    const std::size_t size = random() % 64;
    const auto bytes = std::make_unique<std::uint8_t[]>(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(random());
    if (size > 3 && random() % 2 == 0) {  // far up the ladder
      bytes[0] = round % 2 == 0 ? 0x21 : 0x31;
      bytes[1] = 51;
      bytes[3] = static_cast<std::uint8_t>(random() % 16);
    }
    Advert advert;
    Vrid vrid;
    const std::span<const std::uint8_t> message{bytes.get(), size};
    (void)peek_vrid(message, vrid);
    if (parse({message, kPeer, multicast_group(Family::kIpv4), 255}, router, advert) == Drop::kNone)
      ++accepted;
  }
  // One in 65,536 of the few with a possible length has a right checksum, one in 256 of those our interval.
  EXPECT_LE(accepted, 2);
}

TEST(Property, AMutatedAdvertIsNeverReadPast) {
  std::mt19937_64 random{4};
  for (int round = 0; round < 50000; ++round) {
    const Router router = random_router(random);
    const Address source = router.family == Family::kIpv6 ? kSixPeer : kPeer;
    Bytes message = built(router, 100, ChecksumForm::kPseudoHeader, source);
    for (std::size_t i = 1 + random() % 3; i > 0; --i)
      message[random() % message.size()] = static_cast<std::uint8_t>(random());
    message.resize(random() % 3 == 0 ? random() % (message.size() + 8) : message.size());
    const auto exact = std::make_unique<std::uint8_t[]>(message.size());
    std::copy(message.begin(), message.end(), exact.get());
    Advert advert;
    const Drop reason =
        parse({{exact.get(), message.size()}, source, multicast_group(router.family), 255}, router,
              advert);
    EXPECT_LE(static_cast<int>(reason), static_cast<int>(Drop::kMulticast));
  }
}

}  // namespace
}  // namespace core::testing
