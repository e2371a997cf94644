// Another configuration: what is held stays until the new wishes are known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/keeper/addresses_subject.hpp"

namespace keeper {
namespace {

TEST_F(AddressesTest, HoldsWhatWasHeldUntilTheNewWishIsKnown) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  asked();
  table->reconfigure(model({{}, {virtual_address("198.51.100.254", 24)}}));
  settle();
  EXPECT_TRUE(asked().empty());
  somebody_removes("198.51.100.254", 24);
  settle();
  EXPECT_EQ(asked(), std::vector<std::string>{"+198.51.100.254/24"});
  table->want(0, false);  // the one that has it no more says so first
  settle();
  EXPECT_TRUE(asked().empty());
  table->want(1, true);
  settle();
  EXPECT_TRUE(asked().empty());
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(1));
}

TEST_F(AddressesTest, GivesUpAMovedAddressWhenItsNewOwnerDoesNotWantIt) {
  make({{virtual_address("198.51.100.254", 24)}, {}});
  table->want(0, true);
  table->want(1, false);
  settle();
  asked();
  table->reconfigure(model({{}, {virtual_address("198.51.100.254", 24)}}));
  table->want(0, true);
  settle();
  EXPECT_TRUE(asked().empty());
  table->want(1, false);
  settle();
  EXPECT_EQ(asked(), std::vector<std::string>{"-198.51.100.254/24"});
}

TEST_F(AddressesTest, RemovesWhatNobodyNamesAnyMoreWhenEveryInstanceWasSpokenFor) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24)}, {}});
  table->want(0, true);
  table->want(1, false);
  settle();
  asked();
  table->reconfigure(model({{virtual_address("198.51.100.254", 24)}, {}}));
  EXPECT_EQ(table->orphans(), 1U);
  table->want(0, true);
  settle();
  EXPECT_TRUE(asked().empty());
  table->want(1, false);
  settle();
  EXPECT_EQ(asked(), std::vector<std::string>{"-198.51.100.253/24"});
  EXPECT_EQ(table->orphans(), 0U);
  EXPECT_TRUE(table->deadline().is_never());
  // Whoever puts it there now has a reason of his own.
  somebody_adds("198.51.100.253", 24);
  settle();
  EXPECT_TRUE(asked().empty());
}

TEST_F(AddressesTest, AddsTheNewPrefixLengthBeforeTheOldOneLeaves) {
  make({{virtual_address("198.51.100.254", 32)}});
  table->want(0, true);
  settle();
  asked();
  table->reconfigure(model({{virtual_address("198.51.100.254", 24)}}));
  table->want(0, true);
  settle();
  EXPECT_EQ(asked(), (std::vector<std::string>{"+198.51.100.254/24", "-198.51.100.254/32"}));
}

TEST_F(AddressesTest, ReplacesInOneGoWhatTheKernelCannotHoldTwice) {
  make({{virtual_address("2001:db8::fe", 128)}});
  table->want(0, true);
  settle();
  asked();
  table->reconfigure(model({{virtual_address("2001:db8::fe", 64)}}));
  table->want(0, true);
  const auto tasks = table->take(20, now);
  ASSERT_EQ(tasks.size(), 2U);
  for (const auto& task : tasks) perform(task);
  EXPECT_EQ(asked(), (std::vector<std::string>{"-2001:db8::fe/128", "+2001:db8::fe/64"}));
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
  EXPECT_TRUE(table->take(20, now).empty());
}

// The kernel does not say of an IPv6 address who removed it, and says it when the address is there again.
TEST_F(AddressesTest, TakesItsOwnRemovalOfWhatItPutOnAnewForNobodysTheft) {
  make({{virtual_address("2001:db8::fe", 128)}});
  table->want(0, true);
  settle();
  table->reconfigure(model({{virtual_address("2001:db8::fe", 64)}}));
  table->want(0, true);
  settle();
  asked();
  table->observe(fact("2001:db8::fe", 128, false), now);
  table->observe(fact("2001:db8::fe", 64, true), now);
  settle();
  EXPECT_TRUE(asked().empty());
  EXPECT_TRUE(table->take_restored().empty());
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));

  somebody_removes("2001:db8::fe", 64);
  settle();
  EXPECT_EQ(asked(), std::vector<std::string>{"+2001:db8::fe/64"});
  EXPECT_EQ(table->take_restored().size(), 1U);
}

TEST_F(AddressesTest, LeavesWhatNobodyHasSpokenForAsItIs) {
  make({{virtual_address("198.51.100.254", 24)}});
  somebody_adds("198.51.100.254", 24);
  table->reconfigure(model({{virtual_address("198.51.100.253", 24)}}));
  table->want(0, false);
  settle();
  EXPECT_TRUE(asked().empty());  // former configurations are told apart by their mark, not here
  EXPECT_EQ(table->orphans(), 0U);
}

TEST_F(AddressesTest, EndsWithItsOrphansToo) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  asked();
  table->reconfigure(model({{}}));
  table->release_all();
  settle();
  EXPECT_EQ(asked(), std::vector<std::string>{"-198.51.100.254/24"});
}

// Random configurations one after the other, wishes in random order: what was held and is wanted again never leaves, and at
// the end the kernel is what a fresh start would give.
TEST_F(AddressesTest, AfterAnyReloadsTheKernelIsAsAfterAFreshStart) {
  std::mt19937 random{20261122};
  const auto draw = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  const auto draw_model = [&] {
    std::vector<std::vector<config::VirtualAddress>> instances(1 + draw(3));
    for (unsigned address = 0; address < 6; ++address)
      if (draw(2) == 0)
        instances[draw(static_cast<unsigned>(instances.size()))].push_back(
            virtual_address("198.51.100." + std::to_string(10 + address), draw(4) == 0 ? 32 : 24));
    return instances;
  };
  for (int round = 0; round < 300; ++round) {
    kernel = {};
    make(draw_model());
    std::set<Kernel::Key> wanted;
    for (int reload = 0; reload < 4; ++reload) {
      const auto instances = draw_model();
      const std::set<Kernel::Key> before = wanted;
      wanted.clear();
      table->reconfigure(model(instances));
      table->interface_is("crans", kCrans);  // which the configuration before may not have named
      std::vector<std::uint16_t> order;
      std::vector<bool> holds;
      for (std::size_t i = 0; i < instances.size(); ++i) {
        order.push_back(static_cast<std::uint16_t>(i));
        holds.push_back(draw(2) == 0);
        if (!holds[i]) continue;
        for (const auto& address : instances[i]) wanted.insert({kCrans, address.prefix});
      }
      std::shuffle(order.begin(), order.end(), random);
      asked();
      for (const std::uint16_t i : order) {
        if (draw(2) == 0) settle();
        table->want(i, holds[i]);
      }
      settle();
      EXPECT_EQ(kernel.present, wanted) << "round " << round << ", reload " << reload;
      const auto requests = asked();
      for (const Kernel::Key& key : wanted) {
        if (before.contains(key)) {
          EXPECT_THAT(requests, testing::Not(testing::Contains("-" + base::to_string(key.prefix))))
              << "round " << round << ", reload " << reload;
        }
      }
    }
  }
}

}  // namespace
}  // namespace keeper
