// Whether the addresses that instances are told to speak from are there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_addr.h>

#include "engine/keeper/interfaces.hpp"

namespace keeper {
namespace {

const Address kFour = Address::v4(198, 51, 100, 7);
const Address kSix = *Address::parse("2001:db8::7");

config::Instance instance(const std::string& interface, std::optional<Address> source) {
  config::Instance made;
  made.interface = interface;
  made.source = source;
  return made;
}

LinkFact link(const std::string& name, unsigned index) {
  LinkFact fact;
  fact.name = name;
  fact.index = IfIndex{index};
  return fact;
}

AddressFact address(unsigned index, const Address& local, std::uint32_t flags = 0) {
  AddressFact fact;
  fact.index = IfIndex{index};
  fact.local = {local, 24};
  fact.remote = local;
  fact.flags = flags;
  return fact;
}

template <typename T>
T gone(T fact) {
  fact.exists = false;
  return fact;
}

// Instance 0 speaks from whatever is there, 1 and 2 from configured addresses.
class SourcesTest : public testing::Test {
 protected:
  SourcesTest() : table(model()) {
    table.observe(link("crans", 3));
    table.observe(link("wifi", 4));
    (void)changes();
  }
  static config::Model model() {
    config::Model made;
    made.instances = {instance("crans", {}), instance("crans", kFour), instance("wifi", kSix)};
    return made;
  }
  // What was said, as pairs of instance and presence.
  std::vector<std::pair<int, bool>> changes() {
    std::vector<std::pair<int, bool>> said;
    for (const std::size_t place : table.take_changed_sources())
      said.emplace_back(table.sources()[place].instance, table.sources()[place].is_present);
    return said;
  }
  Interfaces table;
};

using Said = std::vector<std::pair<int, bool>>;

TEST_F(SourcesTest, AreThoseOfInstancesThatHaveOneAndAbsentAtFirst) {
  ASSERT_EQ(2U, table.sources().size());
  EXPECT_EQ(1, table.sources()[0].instance);
  EXPECT_EQ(2, table.sources()[1].instance);
  EXPECT_FALSE(table.sources()[0].is_present);
}

TEST_F(SourcesTest, ComeAndGoWithTheirAddress) {
  table.observe(address(3, kFour));
  EXPECT_EQ((Said{{1, true}}), changes());
  table.observe(address(3, kFour));
  EXPECT_TRUE(changes().empty());
  table.observe(gone(address(3, kFour)));
  EXPECT_EQ((Said{{1, false}}), changes());
}

TEST_F(SourcesTest, OnAnotherInterfaceDoNotCount) {
  table.observe(address(4, kFour));
  EXPECT_TRUE(changes().empty());
}

TEST_F(SourcesTest, GoWithTheirInterface) {
  table.observe(address(3, kFour));
  (void)changes();
  table.observe(gone(link("crans", 3)));
  EXPECT_EQ((Said{{1, false}}), changes());
}

TEST_F(SourcesTest, OfIpv6CountWhenDuplicateDetectionIsDone) {
  table.observe(address(4, kSix, IFA_F_TENTATIVE));
  EXPECT_TRUE(changes().empty());
  table.observe(address(4, kSix));
  EXPECT_EQ((Said{{2, true}}), changes());
  table.observe(address(4, kSix, IFA_F_DADFAILED));
  EXPECT_EQ((Said{{2, false}}), changes());
}

TEST_F(SourcesTest, AreSeenInAPictureToo) {
  table.observe_all({.links = {link("crans", 3)}, .addresses = {address(3, kFour)}});
  EXPECT_EQ((Said{{1, true}}), changes());
  table.observe_all({.links = {link("crans", 3)}, .addresses = {}});
  EXPECT_EQ((Said{{1, false}}), changes());
}

}  // namespace
}  // namespace keeper
