#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/keeper/ears.hpp"

namespace keeper {
namespace {

const Address kGroup4 = Address::v4(224, 0, 0, 18);
const Address kGroup6 = *Address::parse("ff02::12");

config::Instance instance(std::uint8_t vrid, const std::string& interface = "crans",
                          Family family = Family::kIpv4) {
  config::Instance made;
  made.vrid = vrid;
  made.interface = interface;
  made.family = family;
  return made;
}

config::Instance unicast(std::uint8_t vrid) {
  config::Instance made = instance(vrid);
  config::UnicastPeer peer;
  peer.address = Address::v4(198, 51, 100, 2);
  made.unicast_peers.push_back(peer);
  return made;
}

std::vector<Ear> ears(std::vector<config::Instance> instances) {
  config::Model model;
  model.instances = std::move(instances);
  return ears_of(model);
}

TEST(Ears, AreOnePerInterfaceAndFamily) {
  const auto made = ears(
      {instance(52), instance(50), instance(50, "wifi"), instance(50, "crans", Family::kIpv6)});
  ASSERT_EQ(3U, made.size());
  EXPECT_EQ((Ear{"crans", Family::kIpv4, 112, {{50, false}, {52, false}}, {kGroup4}, 0}), made[0]);
  EXPECT_EQ((Ear{"wifi", Family::kIpv4, 112, {{50, false}}, {kGroup4}, 0}), made[1]);
  EXPECT_EQ((Ear{"crans", Family::kIpv6, 112, {{50, false}}, {kGroup6}, 0}), made[2]);
}

TEST(Ears, JoinEveryGroupTheirInstancesUseOnce) {
  auto other = instance(51);
  other.multicast_group = Address::v4(224, 0, 1, 99);
  auto same = instance(52);
  same.multicast_group = other.multicast_group;
  const auto made = ears({instance(50), other, same});
  ASSERT_EQ(1U, made.size());
  EXPECT_THAT(made[0].groups, testing::ElementsAre(kGroup4, *other.multicast_group));
}

TEST(Ears, JoinNothingWhereEverybodyIsUnicast) {
  auto peerless = instance(51);
  peerless.unicast_fault_no_peer = true;
  const auto made = ears({unicast(50), peerless});
  ASSERT_EQ(1U, made.size());
  EXPECT_TRUE(made[0].groups.empty());
  EXPECT_THAT(made[0].vrids, testing::ElementsAre(HeardVrid{50, true}, HeardVrid{51, true}));
}

TEST(Ears, TakeAnyTtlOfAVridThatIsSpokenBothWays) {
  for (const auto& made : {ears({unicast(50), instance(50)}), ears({instance(50), unicast(50)})}) {
    ASSERT_EQ(1U, made.size());
    EXPECT_THAT(made[0].vrids, testing::ElementsAre(HeardVrid{50, true}));
    EXPECT_THAT(made[0].groups, testing::ElementsAre(kGroup4));
  }
}

TEST(Ears, AreTwoWhereOneUsesAuthenticationHeadersAndBothHearEveryone) {
  auto signing = instance(51);
  signing.auth_type = 2;
  const auto made = ears({instance(50), signing, instance(50, "wifi")});
  ASSERT_EQ(3U, made.size());
  EXPECT_EQ(112, made[0].protocol);
  EXPECT_EQ("crans", made[1].interface);
  EXPECT_EQ(51, made[1].protocol);
  EXPECT_EQ(made[0].vrids, made[1].vrids);
  EXPECT_EQ(made[0].groups, made[1].groups);
  EXPECT_EQ("wifi", made[2].interface);
  EXPECT_EQ(112, made[2].protocol);
}

TEST(Ears, HaveTheLargestBufferAnyOfTheirInstancesAsksFor) {
  auto small = instance(50);
  small.receive_buffer = 1000;
  auto large = instance(51);
  large.receive_buffer = 9'000'000;
  EXPECT_EQ(9'000'000U, ears({small, large, instance(52)}).at(0).receive_buffer);
}

}  // namespace
}  // namespace keeper
