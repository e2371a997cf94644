#include "base/ip.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>

namespace base {
namespace {

TEST(AddressParse, ReadsIpv4) {
  EXPECT_EQ(Address::parse("192.0.2.1"), Address::v4(192, 0, 2, 1));
  EXPECT_EQ(Address::parse("0.0.0.0"), Address::v4(0, 0, 0, 0));
  EXPECT_EQ(Address::parse("255.255.255.255"), Address::v4(255, 255, 255, 255));
}

TEST(AddressParse, RefusesWhatIsNoIpv4) {
  for (const char* text :
       {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3",
        "1.2.3.4 ", " 1.2.3.4", "1.2.3.a", "1.2.3.-4", "+1.2.3.4", "1.2.3.4/24", "1.2.3.1000"})
    EXPECT_FALSE(Address::parse(text)) << text;
}

TEST(AddressParse, ReadsIpv6InEveryForm) {
  const auto loopback = Address::parse("::1");
  ASSERT_TRUE(loopback);
  EXPECT_EQ(loopback->family(), Family::kIpv6);
  EXPECT_EQ(loopback->bytes()[15], 1);
  EXPECT_EQ(Address::parse("0:0:0:0:0:0:0:1"), loopback);
  EXPECT_EQ(Address::parse("0000:0000:0000:0000:0000:0000:0000:0001"), loopback);
  EXPECT_EQ(Address::parse("0::0:1"), loopback);
  EXPECT_EQ(Address::parse("FE80::ABCD"), Address::parse("fe80::abcd"));
  EXPECT_EQ(Address::parse("::ffff:192.0.2.1"), Address::parse("::ffff:c000:201"));
  EXPECT_TRUE(Address::parse("::"));
}

TEST(AddressParse, RefusesWhatIsNoIpv6) {
  for (const char* text : {":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1::", "1::2::3",
                           "12345::", "g::", "fe80::1%eth0", "::1/64", "1:2:3:4:5:6:7:",
                           ":1:2:3:4:5:6:7", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4"})
    EXPECT_FALSE(Address::parse(text)) << text;
}

// The kernel's library agrees on every random text made of the characters that matter.
TEST(AddressParse, AcceptsExactlyWhatInetPtonAccepts) {
  std::mt19937_64 random{5};
  const std::string_view alphabet = "0123456789abcdef::::....";
  int both = 0;
  for (int round = 0; round < 300000; ++round) {
    std::string text;
    if (round % 2 == 0) {
      for (std::size_t i = random() % 18; i > 0; --i) text += alphabet[random() % alphabet.size()];
    } else {  // groups of one to four digits, so that many are addresses
      for (std::size_t i = random() % 10; i > 0; --i) {
        for (std::size_t digits = random() % 5; digits > 0; --digits)
          text += alphabet[random() % 16];
        if (i > 1) text += ':';
      }
    }
    unsigned char raw[16];
    const bool theirs = ::inet_pton(AF_INET, text.c_str(), raw) == 1 ||
                        ::inet_pton(AF_INET6, text.c_str(), raw) == 1;
    const auto ours = Address::parse(text);
    ASSERT_EQ(ours.has_value(), theirs) << text;
    if (!ours) continue;
    ++both;
    ASSERT_TRUE(std::equal(ours->bytes().begin(), ours->bytes().end(), raw)) << text;
  }
  EXPECT_GT(both, 1000);
}

// RFC 5952
TEST(AddressText, IsTheCanonicalFormOfRfc5952) {
  const std::pair<const char*, const char*> cases[] = {
      {"2001:0db8::0001", "2001:db8::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equal runs
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one group is no run
      {"0:0:0:0:0:0:0:0", "::"},
      {"1::", "1::"},
      {"FF02::12", "ff02::12"},
  };
  for (const auto& [written, canonical] : cases)
    EXPECT_EQ(to_string(*Address::parse(written)), canonical);
  EXPECT_EQ(to_string(Address::v4(192, 0, 2, 1)), "192.0.2.1");
  EXPECT_EQ(to_string(Address{}), "-");
}

TEST(AddressText, ReadsBackAsTheSameAddress) {
  std::mt19937_64 random{6};
  for (int round = 0; round < 20000; ++round) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes)
      byte = random() % 2 == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
    const Address six = Address::from_bytes(Family::kIpv6, bytes);
    ASSERT_EQ(Address::parse(to_string(six)), six) << to_string(six);
    const Address four = Address::from_bytes(Family::kIpv4, std::span(bytes).first(4));
    ASSERT_EQ(Address::parse(to_string(four)), four);
  }
}

// RFC9568-6.4.3-11a positive: unsigned integers in network byte order.
TEST(AddressOrder, IsThatOfUnsignedNumbersInNetworkOrder) {
  EXPECT_LT(Address::v4(10, 255, 255, 255), Address::v4(192, 0, 2, 1));
  EXPECT_LT(Address::v4(192, 0, 2, 127), Address::v4(192, 0, 2, 128));
  EXPECT_LT(*Address::parse("fe80::7f"), *Address::parse("fe80::80"));
  EXPECT_LT(*Address::parse("fe80::1"), *Address::parse("fe80::1:0"));
}

TEST(AddressKinds, AreToldApart) {
  EXPECT_TRUE(Address::parse("fe80::1")->is_link_local());
  EXPECT_TRUE(Address::parse("febf::1")->is_link_local());
  EXPECT_FALSE(Address::parse("fec0::1")->is_link_local());
  EXPECT_TRUE(Address::v4(169, 254, 1, 1).is_link_local());
  EXPECT_FALSE(Address::v4(169, 253, 1, 1).is_link_local());
  EXPECT_TRUE(Address::v4(224, 0, 0, 18).is_multicast());
  EXPECT_FALSE(Address::v4(223, 0, 0, 18).is_multicast());
  EXPECT_FALSE(Address::v4(240, 0, 0, 1).is_multicast());
  EXPECT_TRUE(Address::parse("ff02::12")->is_multicast());
  EXPECT_FALSE(Address{}.is_set());
}

// RFC9568-7.3-p1 positive, RFC9568-7.3-p2 positive
TEST(VirtualMac, CarriesTheFamilyAndTheVrid) {
  EXPECT_EQ(to_string(virtual_mac(Family::kIpv4, 51)), "00:00:5e:00:01:33");
  EXPECT_EQ(to_string(virtual_mac(Family::kIpv6, 255)), "00:00:5e:00:02:ff");
}

TEST(PrefixText, IsAddressSlashLength) {
  EXPECT_EQ(to_string(Prefix{Address::v4(192, 0, 2, 0), 24}), "192.0.2.0/24");
}

}  // namespace
}  // namespace base
