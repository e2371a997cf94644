#include <gtest/gtest.h>

#include "engine/keeper/membership.hpp"

namespace keeper {
namespace {

using base::IfIndex;
using Bytes = std::vector<std::uint8_t>;

const Address kGroup4 = Address::v4(224, 0, 0, 18);
const Address kOther4 = Address::v4(224, 0, 1, 99);
const Address kGroup6 = *Address::parse("ff02::12");

Instant at(std::int64_t seconds) { return Instant::from_ns(seconds * 1'000'000'000); }

TEST(Igmpv3Report, SaysOfEveryGroupThatNoSourceIsExcluded) {
  const Address groups[] = {kGroup4, kOther4};
  // Checksum by hand, in 16-bit words: 2200 + 0002 = 2202; + 0200 = 2402; + e000 = 10402; + 0012 = 10414;
  // + 0200 = 10614; + e000 = 1e614; + 0163 = 1e777; folded e778; complement 1887.
  EXPECT_EQ((Bytes{0x22, 0, 0x18, 0x87, 0,   0, 0, 2,   //
                   2,    0, 0,    0,    224, 0, 0, 18,  //
                   2,    0, 0,    0,    224, 0, 1, 99}),
            igmpv3_report(groups));
}

TEST(Igmpv2Report, NamesItsGroup) {
  // 1600 + e000 + 0012 = f612; complement 09ed.
  EXPECT_EQ((Bytes{0x16, 0, 0x09, 0xed, 224, 0, 0, 18}), igmpv2_report(kGroup4));
}

TEST(Mldv2Report, LeavesItsChecksumToTheKernel) {
  const Address groups[] = {kGroup6};
  EXPECT_EQ((Bytes{143,  0,    0, 0, 0, 0, 0, 1,  //
                   2,    0,    0, 0,              //
                   0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12}),
            mldv2_report(groups));
}

// As /proc/net/igmp prints it on a little-endian host.
constexpr std::string_view kIgmp =
    "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
    "1\tlo        :     1      V3\n"
    "\t\t\t\t010000E0     1 0:00000000\t\t0\n"
    "12\tcrans     :     2      V2\n"
    "\t\t\t\t120000E0     2 0:00000000\t\t0\n"
    "\t\t\t\t010000E0     1 0:00000000\t\t0\n"
    "2\twifi      :     1      V3\n"
    "\t\t\t\t010000E0     1 0:00000000\t\t0\n";
static_assert(std::endian::native == std::endian::little);

TEST(KernelGroups, AreFoundUnderTheirInterfaceAlone) {
  EXPECT_TRUE(lists_ipv4_group(kIgmp, IfIndex{12}, kGroup4));
  EXPECT_FALSE(lists_ipv4_group(kIgmp, IfIndex{12}, kOther4));
  EXPECT_FALSE(lists_ipv4_group(kIgmp, IfIndex{1}, kGroup4));
  EXPECT_FALSE(lists_ipv4_group(kIgmp, IfIndex{2}, kGroup4));
  EXPECT_FALSE(lists_ipv4_group(kIgmp, IfIndex{3}, kGroup4));
  EXPECT_FALSE(lists_ipv4_group("", IfIndex{12}, kGroup4));
}

TEST(KernelGroups, SayWhichVersionTheQuerierSpeaks) {
  EXPECT_EQ(2U, igmp_version(kIgmp, IfIndex{12}));
  EXPECT_EQ(3U, igmp_version(kIgmp, IfIndex{2}));
  EXPECT_EQ(3U, igmp_version(kIgmp, IfIndex{7}));
  EXPECT_EQ(3U, igmp_version("", IfIndex{2}));
}

TEST(KernelGroups, OfIpv6AreOnALineEach) {
  constexpr std::string_view kIgmp6 =
      "1    lo              ff020000000000000000000000000001     1 0000000C 0\n"
      "12   crans           ff020000000000000000000000000012     1 00000004 0\n";
  EXPECT_TRUE(lists_ipv6_group(kIgmp6, IfIndex{12}, kGroup6));
  EXPECT_FALSE(lists_ipv6_group(kIgmp6, IfIndex{1}, kGroup6));
  EXPECT_FALSE(lists_ipv6_group(kIgmp6, IfIndex{12}, *Address::parse("ff02::1")));
}

// FAULT-45: 1, 2, 4, 8, 16 and 32 s apart, then a minute
TEST(RefreshTimes, DoubleAfterALinkCameUpUntilTheyAreAMinuteApart) {
  RefreshTimes times;
  times.restart(at(100));
  std::vector<std::int64_t> taken;
  for (std::int64_t second = 100; second < 300; ++second)
    if (times.take(at(second))) taken.push_back(second - 100);
  // 1, 2, 4, 8, 16 and 32 seconds apart, then 60.
  EXPECT_EQ((std::vector<std::int64_t>{0, 1, 3, 7, 15, 31, 63, 123, 183}), taken);
}

TEST(RefreshTimes, DoNotCatchUpOnWhatWasSleptThrough) {
  RefreshTimes times;
  times.restart(at(0));
  EXPECT_TRUE(times.take(at(1000)));
  EXPECT_FALSE(times.take(at(1000)));
  EXPECT_TRUE(times.take(at(1001)));
}

}  // namespace
}  // namespace keeper
