#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_addr.h>

#include "engine/keeper/interfaces.hpp"

namespace keeper {
namespace {

using base::Address;
using V4 = std::array<std::uint8_t, 4>;

config::Model model() {
  config::Model made;
  config::Instance instance;
  instance.interface = "crans";
  config::VirtualAddress address;
  address.interface = "ens";
  address.prefix = {Address::v4(192, 0, 2, 47), 24};
  instance.addresses.push_back(address);
  address.interface = "crans";
  address.prefix = {Address::v4(198, 51, 100, 254), 24};
  instance.addresses.push_back(address);
  address.prefix = {*Address::parse("fe80::fe"), 64};
  instance.addresses.push_back(address);
  config::TrackedInterface tracked;
  tracked.interface = "uplink";
  instance.track_interfaces.push_back(tracked);
  made.instances.push_back(instance);
  return made;
}

LinkFact link(const std::string& name, unsigned index, bool running = true) {
  LinkFact fact;
  fact.name = name;
  fact.index = IfIndex{index};
  fact.up = true;
  fact.running = running;
  fact.mac = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(index)};
  fact.mtu = 1500;
  return fact;
}

AddressFact address(unsigned index, const std::string& text, std::uint32_t flags = 0,
                    unsigned length = 24) {
  AddressFact fact;
  fact.index = IfIndex{index};
  fact.local = {*Address::parse(text), static_cast<std::uint8_t>(length)};
  fact.remote = fact.local.address;
  fact.flags = flags;
  return fact;
}

template <typename T>
T gone(T fact) {
  fact.exists = false;
  return fact;
}

// By name: "crans" is the first in the alphabet here, then "ens", then "uplink".
constexpr std::size_t kCrans = 0;

class InterfacesTest : public testing::Test {
 protected:
  Interfaces table{model()};
  // What changed, as "crans moved risen".
  std::vector<std::string> changes() {
    std::vector<std::string> said;
    for (const auto& change : table.take_changes())
      said.push_back(table.name(change.interface) + (change.has_moved ? " moved" : "") +
                     (change.has_risen ? " risen" : ""));
    return said;
  }
};

TEST_F(InterfacesTest, KnowsEveryNameOfTheConfigurationOnce) {
  ASSERT_EQ(3U, table.size());
  EXPECT_EQ("crans", table.name(0));
  EXPECT_EQ("ens", table.name(1));
  EXPECT_EQ("uplink", table.name(2));
  EXPECT_EQ(0U, table.now(0).ifindex);
  EXPECT_STREQ("crans", table.now(0).name.data());
}

TEST_F(InterfacesTest, SaysOnlyWhatChanged) {
  table.observe(link("crans", 4));
  table.observe(link("foreign", 5));
  EXPECT_THAT(changes(), testing::ElementsAre("crans moved risen"));
  table.observe(link("crans", 4));
  EXPECT_THAT(changes(), testing::IsEmpty());
  table.observe(link("crans", 4, false));
  EXPECT_THAT(changes(), testing::ElementsAre("crans"));
  table.observe(link("crans", 4));
  EXPECT_THAT(changes(), testing::ElementsAre("crans risen"));
}

// FAULT-28
TEST_F(InterfacesTest, SaysAtOnceThatThereIsAnAddressToSpeakFromAgain) {
  table.observe(link("crans", 4));
  (void)changes();
  EXPECT_FALSE(table.is_urgent());
  table.observe(address(4, "198.51.100.1"));
  EXPECT_TRUE(table.is_urgent());
  EXPECT_THAT(changes(), testing::ElementsAre("crans"));
  EXPECT_FALSE(table.is_urgent()) << "was taken";
  table.observe(gone(address(4, "198.51.100.1")));
  EXPECT_FALSE(table.is_urgent()) << "one that went may be back in a moment";
  EXPECT_TRUE(table.has_changes());
  table.observe(link("crans", 4, false));
  EXPECT_TRUE(table.is_urgent())
      << "and a link that falls is heard of at once, whatever else there is";
}

TEST_F(InterfacesTest, TakesARecreatedInterfaceForAnotherOne) {
  table.observe(link("crans", 4));
  table.observe(address(4, "198.51.100.1"));
  (void)changes();
  table.observe(gone(link("crans", 4)));
  EXPECT_THAT(changes(), testing::ElementsAre("crans moved"));
  EXPECT_EQ(0U, table.now(kCrans).ifindex);
  EXPECT_EQ((V4{}), table.now(kCrans).ipv4);
  table.observe(link("crans", 9));
  EXPECT_THAT(changes(), testing::ElementsAre("crans moved risen"));
  EXPECT_EQ(9U, table.now(kCrans).ifindex);
  EXPECT_EQ((V4{}), table.now(kCrans).ipv4);  // its addresses went with the old one
}

// FAULT-29
TEST_F(InterfacesTest, TakesARenamedInterfaceForOneThatWentAndOneThatCame) {
  table.observe(link("crans", 4));
  (void)changes();
  table.observe(link("ens", 4));
  EXPECT_THAT(changes(), testing::ElementsAre("crans moved", "ens moved risen"));
  EXPECT_EQ(0U, table.now(kCrans).ifindex);
}

TEST_F(InterfacesTest, TakesTheFirstAddressThatIsNeitherSecondaryNorVirtualForThePrimary) {
  table.observe(link("crans", 4));
  table.observe(address(4, "198.51.100.254"));
  EXPECT_EQ((V4{}), table.now(kCrans).ipv4);
  table.observe(address(4, "198.51.100.3", IFA_F_SECONDARY));
  EXPECT_EQ((V4{198, 51, 100, 3}), table.now(kCrans).ipv4);  // better than none
  table.observe(address(4, "10.0.0.1"));
  table.observe(address(4, "10.1.0.1"));
  EXPECT_EQ((V4{10, 0, 0, 1}), table.now(kCrans).ipv4);
  table.observe(gone(address(4, "10.0.0.1")));
  EXPECT_EQ((V4{10, 1, 0, 1}), table.now(kCrans).ipv4);
}

TEST_F(InterfacesTest, ComingAndGoingVirtualAddressesChangeNothing) {
  table.observe(link("crans", 4));
  table.observe(address(4, "198.51.100.1"));
  (void)changes();
  table.observe(address(4, "198.51.100.254"));
  table.observe(gone(address(4, "198.51.100.254")));
  EXPECT_THAT(changes(), testing::IsEmpty());
}

TEST_F(InterfacesTest, AnotherInterfacesVirtualAddressIsAnOrdinaryOneHere) {
  table.observe(link("crans", 4));
  table.observe(address(4, "192.0.2.47"));
  EXPECT_EQ((V4{192, 0, 2, 47}), table.now(kCrans).ipv4);
}

TEST_F(InterfacesTest, AnOwnerSpeaksFromItsVirtualAddressWhenThereIsNoOther) {
  auto owner = model();
  owner.instances[0].priority = 255;
  Interfaces owned{owner};
  owned.observe(link("crans", 4));
  owned.observe(address(4, "198.51.100.254"));
  EXPECT_EQ((V4{198, 51, 100, 254}), owned.now(kCrans).ipv4);
  owned.observe(address(4, "198.51.100.1", IFA_F_SECONDARY));
  EXPECT_EQ((V4{198, 51, 100, 1}), owned.now(kCrans).ipv4);
}

TEST_F(InterfacesTest, SpeaksIpv6FromAUsableLinkLocalAddressOfTheRouter) {
  const auto ipv6 = [&] {
    return base::to_string(Address::from_bytes(Family::kIpv6, table.now(kCrans).ipv6));
  };
  table.observe(link("crans", 4));
  table.observe(address(4, "2001:db8::1", 0, 64));
  table.observe(address(4, "fe80::fe", 0, 64));  // virtual
  table.observe(address(4, "fe80::1", IFA_F_TENTATIVE, 64));
  EXPECT_EQ("::", ipv6());
  table.observe(address(4, "fe80::1", IFA_F_TENTATIVE | IFA_F_DADFAILED, 64));
  EXPECT_EQ("::", ipv6());
  table.observe(address(4, "fe80::1", IFA_F_PERMANENT, 64));
  EXPECT_EQ("fe80::1", ipv6());
}

TEST_F(InterfacesTest, APictureSaysWhatNotificationsWouldHave) {
  table.observe(link("crans", 4));
  table.observe(link("ens", 5));
  table.observe(address(4, "198.51.100.1"));
  (void)changes();
  Picture picture;
  picture.links = {link("crans", 7), link("uplink", 8)};
  picture.addresses = {address(7, "198.51.100.9"), address(5, "192.0.2.1")};
  table.observe_all(picture);
  EXPECT_THAT(changes(), testing::ElementsAre("crans moved", "ens moved", "uplink moved risen"));
  EXPECT_EQ((V4{198, 51, 100, 9}), table.now(kCrans).ipv4);
  table.observe_all(picture);
  EXPECT_THAT(changes(), testing::IsEmpty());
}

}  // namespace
}  // namespace keeper
