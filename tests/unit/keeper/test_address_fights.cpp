// Somebody who undoes what the keeper does.
#include <gmock/gmock.h>

#include "tests/unit/keeper/addresses_subject.hpp"

namespace keeper {
namespace {

// FAULT-32
TEST_F(AddressesTest, FightsTwentyTimesInTenSecondsThenOncePerSecond) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  for (int i = 0; i < 20; ++i) {
    now += 100ms;
    somebody_removes("198.51.100.254", 24);
    settle();
    EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
  }
  (void)table->take_restored();
  // The twenty-first within ten seconds.
  now += 100ms;
  somebody_removes("198.51.100.254", 24);
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 0, .total = 1, .is_fought = true, .is_settled = true}),
            holding(0));
  EXPECT_EQ(now + 1s, table->deadline());
  // A new wish does not restart the fight at full speed.
  table->want(0, false);
  table->want(0, true);
  settle();
  EXPECT_EQ(0, holding(0).installed);
  now += 1s;
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_fought = true, .is_settled = true}),
            holding(0));
  // Ten quiet seconds after the last removal it is well again.
  now += 9s;
  table->calm_down(now);
  EXPECT_TRUE(holding(0).is_fought);
  now += 1ms;
  (void)table->take_changed();
  table->calm_down(now);
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
  EXPECT_THAT(table->take_changed(), testing::ElementsAre(0));
}

// What somebody puts where it should not be is taken off as seldom, and nobody who holds nothing is to leave for it.
TEST_F(AddressesTest, IsNotFoughtForWhatSomebodyPutsOn) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, false);
  settle();
  for (int i = 0; i < 30; ++i) {
    now += 10ms;
    somebody_adds("198.51.100.254", 24);
    settle();
    EXPECT_FALSE(holding(0).is_fought) << i;
  }
  EXPECT_EQ(asked().size(), 20U);
  now += 1s;
  settle();
  EXPECT_EQ(asked(), std::vector<std::string>{"-198.51.100.254/24"});
}

// IPv6 of an interface was set off: what held the addresses refuses them, until it is set on again.
TEST_F(AddressesTest, IsPatientWithAKernelThatRefusesWhatItHeldAMomentAgo) {
  make({{virtual_address("2001:db8::fe", 64)}});
  table->want(0, true);
  settle();
  kernel.refused.insert(*Address::parse("2001:db8::fe"));
  somebody_removes("2001:db8::fe", 64);
  for (int tries = 0; tries < 10; ++tries) {
    settle();
    ASSERT_EQ((Addresses::Holding{.installed = 0, .total = 1, .is_settled = true}), holding(0));
    ASSERT_EQ(table->deadline(), now + 100ms);
    now += 100ms;
  }
  settle();
  EXPECT_EQ(holding(0).error, EINVAL);
  EXPECT_EQ(table->deadline(), now + 1s);
  kernel.refused.clear();
  now += 1s;
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
}

// Whoever sets it off and on again may do so when nothing is held.
TEST_F(AddressesTest, IsPatientWithAnInterfaceWhoseIpv6IsOff) {
  make({{virtual_address("2001:db8::fe", 64)}, {virtual_address("198.51.100.254", 24)}});
  kernel.refusal = EACCES;
  kernel.refused = {*Address::parse("2001:db8::fe"), *Address::parse("198.51.100.254")};
  table->want(0, true);
  table->want(1, true);
  for (int tries = 0; tries < 10; ++tries) {
    settle();
    ASSERT_EQ(holding(0).error, 0);
    ASSERT_EQ(holding(1).error, EACCES);  // of IPv4 it means something else
    now += 100ms;
  }
  settle();
  EXPECT_EQ(holding(0).error, EACCES);
  // A new wish is a new attempt.
  table->want(0, false);
  table->want(0, true);
  settle();
  EXPECT_EQ(holding(0).error, 0);
}

TEST_F(AddressesTest, NamesTheAddressThatIsFoughtBesideOneThatIsRefused) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24)}});
  kernel.refused.insert(*Address::parse("198.51.100.254"));
  table->want(0, true);
  settle();
  for (int i = 0; i < 21; ++i) {
    somebody_removes("198.51.100.253", 24);
    settle();
  }
  EXPECT_EQ((Addresses::Holding{.installed = 0,
                                .total = 2,
                                .refused = 0,
                                .error = EINVAL,
                                .is_fought = true,
                                .fought = 1,
                                .is_settled = true}),
            holding(0));
}

TEST_F(AddressesTest, TwentyRemovalsSpreadOverMoreThanTenSecondsAreNoStruggle) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  for (int i = 0; i < 100; ++i) {
    now += 510ms;  // 20 of them take 10.2 s
    somebody_removes("198.51.100.254", 24);
    settle();
    ASSERT_EQ(0, holding(0).error) << i;
  }
}

}  // namespace
}  // namespace keeper
