// Which IPv4 address of a network is the primary one.
#include <gmock/gmock.h>
#include <linux/if_addr.h>

#include "tests/unit/keeper/addresses_subject.hpp"

namespace keeper {
namespace {

struct AddressOrder : AddressesTest {
  AddressFact ours(const std::string& text, unsigned length, std::uint32_t flags = 0) const {
    AddressFact made = fact(text, length, true);
    made.origin = kOurOrigin;
    made.flags = flags;
    return made;
  }
  AddressFact hosts(const std::string& text, unsigned length, std::uint32_t flags = 0) const {
    AddressFact made = fact(text, length, true);
    made.flags = flags;
    return made;
  }
  void hold(unsigned priority = 100) {
    auto made = model({{virtual_address("198.51.100.254", 24)}});
    made.instances[0].priority = static_cast<std::uint8_t>(priority);
    table.emplace(made);
    table->interface_is("crans", kCrans);
    table->want(0, true);
    settle();
    (void)asked();
  }
  void see(std::vector<AddressFact> facts) { table->observe_all(facts, now); }
};

TEST_F(AddressOrder, OfTheHostsOwnBehindAVirtualOneIsPutRight) {
  hold();
  see({ours("198.51.100.254", 24), hosts("198.51.100.1", 24, IFA_F_SECONDARY)});
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("-198.51.100.254/24", "+198.51.100.254/24"));
  EXPECT_TRUE(table->take_restored().empty());
  see({hosts("198.51.100.1", 24), ours("198.51.100.254", 24, IFA_F_SECONDARY)});
  settle();
  EXPECT_TRUE(asked().empty());
}

TEST_F(AddressOrder, IsPutRightAsSoonAsTheKernelTells) {
  hold();
  table->observe(ours("198.51.100.254", 24), now);
  table->observe(hosts("198.51.100.1", 24, IFA_F_SECONDARY), now);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("-198.51.100.254/24", "+198.51.100.254/24"));
  table->observe(ours("198.51.100.254", 24, IFA_F_SECONDARY), now);
  table->observe(hosts("198.51.100.1", 24, IFA_F_SECONDARY), now);
  settle();
  EXPECT_TRUE(asked().empty());
}

TEST_F(AddressOrder, IsPutRightOfAllOfANetworkAtOnce) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24),
         virtual_address("203.0.113.254", 24)}});
  table->want(0, true);
  settle();
  (void)asked();
  see({ours("198.51.100.254", 24), ours("198.51.100.253", 24, IFA_F_SECONDARY),
       ours("203.0.113.254", 24), hosts("198.51.100.1", 24, IFA_F_SECONDARY)});
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("-198.51.100.254/24", "+198.51.100.254/24",
                                            "-198.51.100.253/24", "+198.51.100.253/24"));
}

TEST_F(AddressOrder, IsNobodysAffairInAnotherNetworkOrOnAnotherInterface) {
  hold();
  AddressFact elsewhere = hosts("198.51.100.1", 24, IFA_F_SECONDARY);
  elsewhere.index = IfIndex{9};
  see({ours("198.51.100.254", 24), hosts("198.51.100.1", 25, IFA_F_SECONDARY),
       hosts("203.0.113.2", 24, IFA_F_SECONDARY), elsewhere});
  settle();
  EXPECT_TRUE(asked().empty());
}

TEST_F(AddressOrder, OfWhatIsNotOursIsLeftAlone) {
  hold();
  see({});
  (void)asked();
  AddressFact somebodys = ours("198.51.100.254", 24);
  somebodys.origin = 0;
  see({somebodys, hosts("198.51.100.1", 24, IFA_F_SECONDARY)});
  settle();
  EXPECT_TRUE(asked().empty());
}

TEST_F(AddressOrder, IsNotAllThatIsPutRightALabelIsToo) {
  hold();
  AddressFact renumbered = ours("198.51.100.254", 24);
  renumbered.label = "crans:3";
  see({renumbered});
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("-198.51.100.254/24", "+198.51.100.254/24"));
  renumbered.label = "crans";
  see({renumbered});
  settle();
  EXPECT_TRUE(asked().empty());
}

TEST_F(AddressOrder, OfAnOwnerIsLeftAlone) {
  hold(255);
  see({ours("198.51.100.254", 24), hosts("198.51.100.1", 24, IFA_F_SECONDARY)});
  settle();
  EXPECT_TRUE(asked().empty());
}

}  // namespace
}  // namespace keeper
