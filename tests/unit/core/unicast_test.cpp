// Adverts sent to one router at a time, and to another group than the family's.
#include <gtest/gtest.h>

#include <vector>

#include "subject.hpp"

namespace core::testing {
namespace {

using base::Drop;
using Bytes = std::vector<std::uint8_t>;

const Address kStranger = Address::v4(192, 0, 2, 77);

Router unicast_router(Version version = Version::kV3) {
  Router router = version == Version::kV3 ? v3_router() : v2_router();
  router.peers.push_back({.address = kPeer});
  return router;
}

// What a peer with the same configuration sends us.
Bytes advert_of(const Router& router, const Address& source, const Address& destination) {
  Bytes message(kMaxMessage);
  message.resize(
      build(router, Priority{100}, ChecksumForm::kPseudoHeader, source, destination, message));
  return message;
}

Drop verdict(const Router& router, const Address& source, const Address& destination,
             int ttl = 255) {
  const Bytes message = advert_of(router, source, destination);
  Advert advert;
  return parse({.message = message,
                .source = source,
                .destination = destination,
                .ttl = static_cast<std::uint8_t>(ttl),
                .own = kOwn},
               router, advert);
}

TEST(Unicast, IsForOurOwnAddressAndNobodyElse) {
  for (const Version version : {Version::kV2, Version::kV3}) {
    EXPECT_EQ(verdict(unicast_router(version), kPeer, kOwn), Drop::kNone);
    EXPECT_EQ(verdict(unicast_router(version), kPeer, kStranger), Drop::kMulticast);
    EXPECT_EQ(verdict(unicast_router(version), kPeer, multicast_group(Family::kIpv4)),
              Drop::kMulticast);
  }
}

TEST(Unicast, ToAMulticastRouterIsNotForIt) {
  EXPECT_EQ(verdict(v3_router(), kPeer, kOwn), Drop::kMulticast);
}

TEST(Unicast, NamesWhoItIsFromWithThePseudoHeader) {
  const Bytes message = advert_of(unicast_router(), kPeer, kOwn);
  Advert advert;
  const Packet moved{
      .message = message, .source = kStranger, .destination = kOwn, .ttl = 255, .own = kOwn};
  EXPECT_EQ(parse(moved, unicast_router(), advert), Drop::kChecksum);
}

// On the link, 255 is proof; a unicast peer may be further away.
TEST(Unicast, ComesWithAnyTtlUnlessOneWasConfiguredForItsPeer) {
  Router router = unicast_router();
  for (const int ttl : {0, 1, 64, 255}) EXPECT_EQ(verdict(router, kPeer, kOwn, ttl), Drop::kNone);
  router.peers[0].min_ttl = 62;
  router.peers[0].max_ttl = 64;
  EXPECT_EQ(verdict(router, kPeer, kOwn, 61), Drop::kTtl);
  EXPECT_EQ(verdict(router, kPeer, kOwn, 62), Drop::kNone);
  EXPECT_EQ(verdict(router, kPeer, kOwn, 64), Drop::kNone);
  EXPECT_EQ(verdict(router, kPeer, kOwn, 65), Drop::kTtl);
  EXPECT_EQ(verdict(router, kStranger, kOwn, 65), Drop::kNone);  // nothing was said of that one
}

TEST(Unicast, ComesFromAnybodyUnlessItsSourceIsChecked) {
  Router router = unicast_router();
  EXPECT_EQ(verdict(router, kStranger, kOwn), Drop::kNone);
  router.checks_source = true;
  EXPECT_EQ(verdict(router, kStranger, kOwn), Drop::kNotAPeer);
  EXPECT_EQ(verdict(router, kPeer, kOwn), Drop::kNone);
  router.peers.push_back({.address = kStranger});
  EXPECT_EQ(verdict(router, kStranger, kOwn), Drop::kNone);
}

TEST(Unicast, ThatIsSignedComesFromPeersAlone) {
  for (const Version version : {Version::kV2, Version::kV3}) {
    Router router = unicast_router(version);
    router.auth_type = AuthType::kHmac;
    EXPECT_EQ(verdict(router, kStranger, kOwn), Drop::kNotAPeer);
    EXPECT_EQ(verdict(router, kPeer, kOwn), Drop::kNone);
  }
}

TEST(Multicast, GoesToAnotherGroupWhenToldSo) {
  Router router = v3_router();
  router.multicast_group = Address::v4(224, 0, 0, 99);
  EXPECT_EQ(group_of(router), Address::v4(224, 0, 0, 99));
  EXPECT_EQ(group_of(v3_router()), multicast_group(Family::kIpv4));
  EXPECT_EQ(verdict(router, kPeer, Address::v4(224, 0, 0, 99)), Drop::kNone);
  EXPECT_EQ(verdict(router, kPeer, Address::v4(224, 0, 0, 18)), Drop::kMulticast);
  EXPECT_EQ(verdict(router, kStranger, Address::v4(224, 0, 0, 99)), Drop::kNone);  // no peers here
  EXPECT_EQ(verdict(router, kPeer, Address::v4(224, 0, 0, 99), 254), Drop::kTtl);
}

TEST(FindPeer, FindsByAddress) {
  const Router router = unicast_router();
  ASSERT_NE(find_peer(router, kPeer), nullptr);
  EXPECT_EQ(find_peer(router, kPeer)->address, kPeer);
  EXPECT_EQ(find_peer(router, kStranger), nullptr);
}

// --- what version 2 says of its authentication; the header and the trailer themselves are not the codec's ---

TEST(AuthenticationType, IsTwoUnderAhAndItsEightBytesAreZeroAndIgnored) {
  Router router = v2_router();
  router.auth_type = AuthType::kAh;
  router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  Bytes message = advert_of(router, kPeer, multicast_group(Family::kIpv4));
  ASSERT_EQ(message.size(), 20U);
  EXPECT_EQ(message[4], 2);
  EXPECT_EQ(Bytes(message.begin() + 12, message.end()), Bytes(8));
  EXPECT_EQ(verdict(router, kPeer, multicast_group(Family::kIpv4)), Drop::kNone);
  // Somebody fills them: 0x0100 more in the sum.
  message[12] = 1;
  message[6] = static_cast<std::uint8_t>(message[6] - 1);
  Advert advert;
  const Packet packet{.message = message,
                      .source = kPeer,
                      .destination = multicast_group(Family::kIpv4),
                      .ttl = 255,
                      .own = kOwn};
  EXPECT_EQ(parse(packet, router, advert), Drop::kNone);
  EXPECT_EQ(parse(packet, v2_router(), advert), Drop::kAuthMismatch);
}

TEST(AuthenticationType, IsNoneUnderHmac) {
  Router router = v2_router();
  router.auth_type = AuthType::kHmac;
  router.auth_data = {1, 2, 3};
  const Bytes message = advert_of(router, kPeer, multicast_group(Family::kIpv4));
  EXPECT_EQ(message[4], 0);
  EXPECT_EQ(Bytes(message.begin() + 12, message.end()), Bytes(8));
  EXPECT_EQ(verdict(router, kPeer, multicast_group(Family::kIpv4)), Drop::kNone);
}

// The sum of IPv6 covers a trailer that was taken off before: whoever took it off has checked it.
TEST(Checksum, IsBelievedWhenItIsKnown) {
  Router router = v3_router();
  router.family = Family::kIpv6;
  router.addresses = {*Address::parse("fe80::abcd")};
  const Address source = *Address::parse("fe80::3");
  Bytes message(kMaxMessage);
  message.resize(build(router, Priority{100}, ChecksumForm::kPseudoHeader, source,
                       multicast_group(Family::kIpv6), message));
  message[6] = static_cast<std::uint8_t>(message[6] ^ 1);
  Packet packet{.message = message,
                .source = source,
                .destination = multicast_group(Family::kIpv6),
                .ttl = 255,
                .own = {}};
  Advert advert;
  EXPECT_EQ(parse(packet, router, advert), Drop::kChecksum);
  packet.is_checksum_known = true;
  EXPECT_EQ(parse(packet, router, advert), Drop::kNone);
  EXPECT_EQ(advert.checksum, ChecksumForm::kPseudoHeader);
}

}  // namespace
}  // namespace core::testing
