// The codec against bytes written by hand and against itself. Who is not let in: advert_ladder_test.cpp.
#include "engine/core/advert.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "advert_bytes.hpp"

namespace core::testing {
namespace {

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
