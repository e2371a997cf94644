#include "engine/core/claim.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace core {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

const Address kB = Address::v4(192, 0, 2, 2);

TEST(Claim, ReadsTheFixedPartOfEitherVersion) {
  const auto v2 = peek_claim(Bytes{0x21, 50, 100, 1, 1, 3, 0, 0, 192, 0, 2, 9}, kB);
  ASSERT_TRUE(v2);
  EXPECT_EQ(*v2, (Claim{kB, 2, Vrid{50}, Priority{100}, 3s, 1, 1}));
  // 0x0123 = 291 hundredths; the reserved nibble is not part of it.
  const auto v3 = peek_claim(Bytes{0x31, 50, 0, 2, 0xf1, 0x23, 0, 0}, kB);
  ASSERT_TRUE(v3);
  EXPECT_EQ(*v3, (Claim{kB, 3, Vrid{50}, Priority{0}, 2910ms, 0, 2}));
  EXPECT_TRUE(v3->is_release());
  EXPECT_FALSE(v2->is_release());
}

TEST(Claim, KnowsNoIntervalOfAVersionThatDoesNotExist) {
  const auto claim = peek_claim(Bytes{0x71, 50, 100, 1, 1, 3, 0, 0}, kB);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->version, 7);
  EXPECT_EQ(claim->interval, 0ms);
}

TEST(Claim, IsNoneWhenItIsTooShortOrNoAdvertisement) {
  const Bytes whole{0x31, 50, 100, 1, 0, 100, 0, 0};
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(peek_claim(std::span(whole).first(length), kB)) << length;
  EXPECT_TRUE(peek_claim(whole, kB));
  EXPECT_FALSE(peek_claim(Bytes{0x32, 50, 100, 1, 0, 100, 0, 0}, kB));
}

TEST(Claim, TheAddressesAreThoseCountedThatAreThere) {
  const Bytes two{0x31, 50, 100, 2, 0, 100, 0, 0, 192, 0, 2, 9, 192, 0, 2, 10};
  EXPECT_EQ(peek_addresses(two, Family::kIpv4).size(), 8U);
  Bytes fewer = two;
  fewer[3] = 1;
  EXPECT_EQ(peek_addresses(fewer, Family::kIpv4).size(), 4U);  // what follows is a trailer
  Bytes more = two;
  more[3] = 200;
  EXPECT_EQ(peek_addresses(more, Family::kIpv4).size(), 8U);
  EXPECT_EQ(peek_addresses(two, Family::kIpv6).size(), 0U);  // not one whole
  EXPECT_TRUE(peek_addresses(std::span(two).first(7), Family::kIpv4).empty());
}

}  // namespace
}  // namespace core
