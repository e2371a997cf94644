#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_addr.h>

#include <random>

#include "tests/unit/keeper/addresses_subject.hpp"

namespace keeper {
namespace {

using namespace std::chrono_literals;
using base::Address;

TEST_F(AddressesTest, AsksForWhatIsWantedAsTheConfigurationWritesIt) {
  auto address = virtual_address("198.51.100.254", 24);
  address.broadcast = Address::v4(198, 51, 100, 255);
  address.scope = 253;
  address.label = "crans:vip";
  make({{address}});
  EXPECT_TRUE(table->take(20, now).empty());  // nobody has spoken
  EXPECT_TRUE(table->want(0, true));
  EXPECT_EQ(Instant{}, table->deadline());
  const auto tasks = table->take(20, now);
  ASSERT_EQ(1U, tasks.size());
  const Request& request = tasks[0].request;
  EXPECT_EQ(Request::Verb::kAdd, request.verb);
  EXPECT_EQ(kCrans, request.index);
  EXPECT_EQ(address.prefix, request.prefix);
  EXPECT_EQ(address.broadcast, request.broadcast);
  EXPECT_EQ(253, request.scope);
  EXPECT_EQ("crans:vip", request.label);
  EXPECT_FALSE(holding(0).is_settled);
  table->done(tasks[0], 0, now);
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
  EXPECT_TRUE(table->take(20, now).empty());
  EXPECT_TRUE(table->deadline().is_never());
}

TEST_F(AddressesTest, AsksForEachOptionOfAnAddressLineByItsFlag) {
  const auto asked_for = [this](const config::VirtualAddress& address) {
    make({{address}});
    table->want(0, true);
    const auto tasks = table->take(20, now);
    return tasks.size() == 1 ? tasks[0].request : Request{};
  };
  auto four = virtual_address("198.51.100.254", 24);
  EXPECT_EQ(0U, asked_for(four).flags);
  EXPECT_EQ(kForEver, asked_for(four).preferred_s);
  auto six = virtual_address("2001:db8::fe", 64);
  EXPECT_EQ(unsigned{IFA_F_NODAD}, asked_for(six).flags);
  EXPECT_EQ(kForEver, asked_for(six).preferred_s);

  four.has_prefix_route = false;
  four.joins = true;
  EXPECT_EQ(unsigned{IFA_F_NOPREFIXROUTE} | IFA_F_MCAUTOJOIN, asked_for(four).flags);
  six.is_home = true;
  six.makes_temporary = true;
  six.detects_duplicates = true;
  EXPECT_EQ(unsigned{IFA_F_HOMEADDRESS} | IFA_F_MANAGETEMPADDR, asked_for(six).flags);
  six.preferred = 90;
  EXPECT_EQ(90U, asked_for(six).preferred_s);
  EXPECT_EQ(kForEver, asked_for(six).valid_s);
}

// As keepalived: such an address is nobody's choice for a source unless the line says so.
TEST_F(AddressesTest, NeverPrefersAnIpv6AddressOf128BitsUnlessTheLineSaysSo) {
  const auto preferred = [this](std::optional<std::uint32_t> seconds) {
    auto address = virtual_address("2001:db8::fe", 128);
    address.preferred = seconds;
    make({{address}});
    table->want(0, true);
    const auto tasks = table->take(20, now);
    return tasks.size() == 1 ? tasks[0].request.preferred_s : 1;
  };
  EXPECT_EQ(0U, preferred({}));
  EXPECT_EQ(kForEver, preferred(kForEver));
  EXPECT_EQ(60U, preferred(60));
}

TEST_F(AddressesTest, LeavesAnAddressWithNoTrackToWhoeverRemovesItUntilItIsWantedAnew) {
  auto untracked = virtual_address("198.51.100.253", 24);
  untracked.is_tracked = false;
  make({{virtual_address("198.51.100.254", 24), untracked}});
  table->want(0, true);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("+198.51.100.254/24", "+198.51.100.253/24"));
  somebody_removes("198.51.100.253", 24);
  settle();
  EXPECT_THAT(asked(), testing::IsEmpty());
  // Nobody is to miss it: the instance holds all it has to.
  EXPECT_EQ((Addresses::Holding{.installed = 2, .total = 2, .is_settled = true}), holding(0));
  EXPECT_THAT(table->take_restored(), testing::IsEmpty());
  table->want(0, false);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("-198.51.100.254/24"));
  EXPECT_EQ(0, holding(0).installed);
  table->want(0, true);
  settle();
  EXPECT_THAT(asked(), testing::UnorderedElementsAre("+198.51.100.254/24", "+198.51.100.253/24"));
}

TEST_F(AddressesTest, KnowsNoInstanceBeyondTheConfiguration) {
  make({{virtual_address("198.51.100.254", 24)}});
  EXPECT_FALSE(table->want(1, true));
  EXPECT_TRUE(table->deadline() == Instant{} || table->take(20, now).empty());
}

TEST_F(AddressesTest, LeavesWhatItFoundAloneUntilTheEngineHasSpoken) {
  make({{virtual_address("198.51.100.254", 24)}});
  somebody_adds("198.51.100.254", 24);
  settle();
  EXPECT_THAT(asked(), testing::IsEmpty());
  EXPECT_EQ(1, holding(0).installed);
  table->want(0, true);  // adopted: nothing to do
  settle();
  EXPECT_THAT(asked(), testing::IsEmpty());
  table->want(0, false);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("-198.51.100.254/24"));
}

TEST_F(AddressesTest, TakesAnAddressThatIsThereAlreadyForInstalled) {
  make({{virtual_address("198.51.100.254", 24)}});
  kernel.present.insert({kCrans, {Address::v4(198, 51, 100, 254), 24}});  // not yet observed
  table->want(0, true);
  settle();
  EXPECT_EQ(1, holding(0).installed);
  EXPECT_EQ(0, holding(0).error);
}

TEST_F(AddressesTest, TakesAnAddressThatIsGoneAlreadyForRemoved) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  kernel.present.clear();
  table->want(0, false);
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 0, .total = 1, .is_settled = true}), holding(0));
}

TEST_F(AddressesTest, PutsBackWhatSomebodyRemovedAndSaysSoOnce) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24)}});
  table->want(0, true);
  settle();
  (void)asked();
  somebody_removes("198.51.100.253", 24);
  EXPECT_TRUE(table->take_restored().empty());  // not back yet
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("+198.51.100.253/24"));
  EXPECT_THAT(table->take_restored(), testing::ElementsAre(Addresses::Place{0, 1}));
  EXPECT_TRUE(table->take_restored().empty());
}

// FAULT-33
TEST_F(AddressesTest, FindsOutFromAPictureWhatNoNotificationSaid) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24)}});
  table->want(0, true);
  settle();
  (void)asked();
  kernel.present.erase({kCrans, {Address::v4(198, 51, 100, 254), 24}});
  table->observe_all(std::vector{fact("198.51.100.253", 24, true)}, now);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("+198.51.100.254/24"));
  EXPECT_THAT(table->take_restored(), testing::ElementsAre(Addresses::Place{0, 0}));
}

TEST_F(AddressesTest, PutsBackSilentlyWhatItsOwnRequestTookAway) {
  make({{virtual_address("198.51.100.254", 24)}, {virtual_address("198.51.100.253", 24)}});
  table->want(0, true);
  table->want(1, true);
  settle();
  table->want(0, false);
  settle();
  (void)asked();
  // The kernel removed the secondary together with its primary.
  auto taken = fact("198.51.100.253", 24, false);
  taken.asked_by_us = true;
  kernel.present.clear();
  table->observe(taken, now);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("+198.51.100.253/24"));
  EXPECT_TRUE(table->take_restored().empty());
}

// FAULT-35
TEST_F(AddressesTest, ReportsARefusalAndTriesAgainAfterASecond) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24)}});
  kernel.refused.insert(Address::v4(198, 51, 100, 253));
  table->want(0, true);
  settle();
  EXPECT_EQ((Addresses::Holding{
                .installed = 1, .total = 2, .refused = 1, .error = EINVAL, .is_settled = true}),
            holding(0));
  EXPECT_EQ(now + 1s, table->deadline());
  (void)asked();
  kernel.refused.clear();
  now += 999ms;
  settle();
  EXPECT_THAT(asked(), testing::IsEmpty());
  now += 1ms;
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 2, .total = 2, .is_settled = true}), holding(0));
}

TEST_F(AddressesTest, TriesARefusedAddressAtOnceWhenItsInterfaceChanges) {
  make({{virtual_address("198.51.100.254", 24)}});
  kernel.refused.insert(Address::v4(198, 51, 100, 254));
  table->want(0, true);
  settle();
  kernel.refused.clear();
  table->interface_changed("crans", true);
  settle();
  EXPECT_EQ(1, holding(0).installed);
}

TEST_F(AddressesTest, ForgetsTheErrorOfARequestThatIsNoLongerNeeded) {
  make({{virtual_address("198.51.100.254", 24)}});
  kernel.refused.insert(Address::v4(198, 51, 100, 254));
  table->want(0, true);
  settle();
  table->want(0, false);
  EXPECT_EQ((Addresses::Holding{.installed = 0, .total = 1, .is_settled = true}), holding(0));
}

TEST_F(AddressesTest, SaysThatAnInterfaceIsMissingWithoutAsking) {
  make({{virtual_address("203.0.113.254", 24, "wifi")}});
  table->want(0, true);
  settle();
  EXPECT_THAT(asked(), testing::IsEmpty());
  EXPECT_EQ((Addresses::Holding{.installed = 0, .total = 1, .error = ENODEV, .is_settled = true}),
            holding(0));
  kernel.indices.insert(IfIndex{9});
  table->interface_is("wifi", IfIndex{9});
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
}

TEST_F(AddressesTest, InstallsAgainOnARecreatedInterfaceWithoutBlamingAnybody) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  // The kernel says the address went before it says that the interface did.
  kernel.indices.clear();
  somebody_removes("198.51.100.254", 24);
  settle();
  EXPECT_EQ(ENODEV, holding(0).error);
  table->interface_is("crans", IfIndex{});
  EXPECT_EQ(ENODEV, holding(0).error);
  kernel.indices.insert(IfIndex{9});
  table->interface_is("crans", IfIndex{9});
  settle();
  EXPECT_EQ(1, holding(0).installed);
  EXPECT_TRUE(table->take_restored().empty());
}

TEST_F(AddressesTest, InstallsAgainOnAnInterfaceThatWasRecreatedUnseen) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  // A picture shows the name under another index; what was said in between was lost.
  kernel.present.clear();
  kernel.indices = {IfIndex{9}};
  table->interface_is("crans", IfIndex{9});
  table->observe_all({}, now);
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
  EXPECT_TRUE(table->take_restored().empty());
}

TEST_F(AddressesTest, HoldsAnIpv6AddressWhenTheKernelTellsOfItAndNotBefore) {
  kernel.is_slow = true;
  make({{virtual_address("2001:db8::fe", 64), virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 2}), holding(0));
  EXPECT_EQ(now + Addresses::kBeginsWithin, table->deadline());
  table->observe(fact("2001:db8::fe", 64, true), now);
  EXPECT_EQ((Addresses::Holding{.installed = 2, .total = 2, .is_settled = true}), holding(0));
  EXPECT_EQ(std::vector<std::uint16_t>{0}, table->take_changed());
}

TEST_F(AddressesTest, HoldsAnIpv6AddressThatTheKernelNeverTellsOf) {
  kernel.is_slow = true;
  make({{virtual_address("2001:db8::fe", 64)}});
  table->want(0, true);
  settle();
  now = table->deadline();
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 1, .is_settled = true}), holding(0));
}

TEST_F(AddressesTest, BlamesNobodyForWhatVanishesWhenAnInterfaceGoesDown) {
  make({{virtual_address("2001:db8::fe", 64)}});
  table->want(0, true);
  settle();
  table->interface_changed("crans", false);
  somebody_removes("2001:db8::fe", 64);
  settle();
  EXPECT_EQ(1, holding(0).installed);
  EXPECT_TRUE(table->take_restored().empty());
}

TEST_F(AddressesTest, RemovesWhatSomebodyAddsWhileItIsReleased) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("2001:db8::fe", 64)}});
  table->want(0, false);
  settle();
  somebody_adds("198.51.100.254", 24);
  somebody_adds("2001:db8::fe", 128);   // removed with the length it has, not the one written
  somebody_adds("198.51.100.254", 32);  // another address to the kernel, and nothing of ours
  settle();
  EXPECT_THAT(asked(), testing::UnorderedElementsAre("-198.51.100.254/24", "-2001:db8::fe/128"));
}

TEST_F(AddressesTest, HoldsAnAddressOfTwoInstancesWhileEitherWantsIt) {
  make({{virtual_address("198.51.100.254", 24)}, {virtual_address("198.51.100.254", 24)}});
  table->want(0, true);
  table->want(1, true);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("+198.51.100.254/24"));
  table->want(0, false);
  settle();
  EXPECT_THAT(asked(), testing::IsEmpty());
  table->want(1, false);
  settle();
  EXPECT_THAT(asked(), testing::ElementsAre("-198.51.100.254/24"));
}

TEST_F(AddressesTest, LetsInstancesTakeTurns) {
  std::vector<config::VirtualAddress> large;
  for (unsigned i = 1; i <= 100; ++i)
    large.push_back(virtual_address("10.9.0." + std::to_string(i), 16));
  make({large, {virtual_address("198.51.100.254", 24)}, {virtual_address("198.51.100.253", 24)}});
  for (std::uint16_t i = 0; i < 3; ++i) table->want(i, true);
  const auto tasks = table->take(4, now);
  ASSERT_EQ(4U, tasks.size());
  EXPECT_EQ("10.9.0.1/16", base::to_string(tasks[0].request.prefix));
  EXPECT_EQ("198.51.100.254/24", base::to_string(tasks[1].request.prefix));
  EXPECT_EQ("198.51.100.253/24", base::to_string(tasks[2].request.prefix));
  EXPECT_EQ("10.9.0.2/16", base::to_string(tasks[3].request.prefix));
}

TEST_F(AddressesTest, ReleasesEverythingAtTheEndAlsoWhatNobodySpokeFor) {
  make({{virtual_address("198.51.100.254", 24)}, {virtual_address("198.51.100.253", 24)}});
  table->want(0, true);
  settle();
  somebody_adds("198.51.100.253", 24);
  (void)asked();
  table->release_all();
  settle();
  EXPECT_THAT(asked(), testing::UnorderedElementsAre("-198.51.100.254/24", "-198.51.100.253/24"));
  EXPECT_TRUE(kernel.present.empty());
}

// Whatever was wanted, removed, added, refused, and however interfaces came and went: when it is calm, the kernel holds
// what is wanted. Notifications arrive late and in order; now and then all that wait are lost and a picture is taken.
TEST(AddressesProperty, WhenCalmTheKernelIsAsWanted) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    const std::vector<std::string> names{"crans", "ens"};
    std::map<std::string, IfIndex> index{{"crans", IfIndex{4}}, {"ens", IfIndex{5}}};
    unsigned next_index = 6;
    std::vector<std::vector<config::VirtualAddress>> written(3);
    for (auto& one : written)
      for (unsigned i = 0; i < 4; ++i) {
        const auto& interface = names[pick(2)];
        if (pick(2) == 0)
          one.push_back(virtual_address("10.0.0." + std::to_string(1 + pick(6)), 24, interface));
        else
          one.push_back(virtual_address("2001:db8::" + std::to_string(1 + pick(6)), 64, interface));
      }
    Addresses table{model(written)};
    Kernel kernel;
    kernel.indices = {IfIndex{4}, IfIndex{5}};
    for (const auto& [name, i] : index) table.interface_is(name, i);
    std::vector<Fact> waiting;  // notifications not read yet
    std::vector<int> wishes(3, -1);
    Instant now = Instant{} + 1h;

    const auto address_fact = [&](const Kernel::Key& key, bool exists, bool by_us) {
      AddressFact fact;
      fact.exists = exists;
      fact.index = key.index;
      fact.local = key.prefix;
      fact.remote = key.prefix.address;
      fact.asked_by_us = by_us;
      return fact;
    };
    const auto hear = [&] {
      for (const Fact& fact : std::exchange(waiting, {})) {
        if (const auto* link = std::get_if<LinkFact>(&fact))
          table.interface_is(link->name, link->exists ? link->index : IfIndex{});
        else
          table.observe(std::get<AddressFact>(fact), now);
      }
    };
    const auto look = [&] {
      waiting.clear();
      for (const auto& [name, i] : index) table.interface_is(name, i);
      std::vector<AddressFact> all;
      for (const auto& key : kernel.present) all.push_back(address_fact(key, true, false));
      table.observe_all(all, now);
      table.calm_down(now);
    };
    const auto work = [&] {
      const auto tasks = table.take(1 + pick(5), now);
      for (const auto& task : tasks) {
        const int error = kernel.perform(task.request);
        if (error == 0)
          waiting.push_back(address_fact({task.request.index, task.request.prefix},
                                         task.request.verb == Request::Verb::kAdd, true));
        table.done(task, error, now);
      }
      if (pick(3) != 0) hear();
      return !tasks.empty();
    };

    for (int step = 0; step < 200; ++step) {
      now += std::chrono::milliseconds{pick(300)};
      const auto& some = written[pick(3)][pick(4)];
      const std::string& name = names[pick(2)];
      switch (pick(8)) {
        case 0:
        case 1: {
          const auto instance = static_cast<std::uint16_t>(pick(3));
          wishes[instance] = static_cast<int>(pick(2));
          table.want(instance, wishes[instance] == 1);
          break;
        }
        case 2: {
          const Kernel::Key key{index[some.interface], some.prefix};
          if (kernel.present.erase(key) == 1) waiting.push_back(address_fact(key, false, false));
          break;
        }
        case 3: {
          const Kernel::Key key{index[some.interface], some.prefix};
          if (key.index.value != 0 && !kernel.has(key)) {
            kernel.present.insert(key);
            waiting.push_back(address_fact(key, true, false));
          }
          break;
        }
        case 4:
          if (!kernel.refused.erase(some.prefix.address))
            kernel.refused.insert(some.prefix.address);
          break;
        case 5: {
          LinkFact link;
          link.name = name;
          if (index[name].value != 0) {
            std::erase_if(kernel.present, [&](const Kernel::Key& key) {
              if (key.index != index[name]) return false;
              waiting.push_back(address_fact(key, false, false));
              return true;
            });
            kernel.indices.erase(index[name]);
            link.exists = false;
            link.index = std::exchange(index[name], IfIndex{});
          } else {
            link.index = index[name] = IfIndex{next_index++};
            kernel.indices.insert(link.index);
          }
          waiting.push_back(link);
          break;
        }
        case 6:
          if (pick(4) == 0) look();
          break;
        default: work(); break;
      }
      if (pick(2) == 0) hear();
    }

    // The storm is over: nobody touches anything any more, interfaces are there, the engine has spoken.
    kernel.refused.clear();
    for (const auto& name : names)
      if (index[name].value == 0) {
        index[name] = IfIndex{next_index++};
        kernel.indices.insert(index[name]);
      }
    for (std::uint16_t i = 0; i < 3; ++i) {
      if (wishes[i] < 0) wishes[i] = 0;
      table.want(i, wishes[i] == 1);
    }
    for (int second = 0; second < 25; ++second) {
      look();
      while (work()) {
      }
      hear();
      now += 1s;
    }

    std::set<Kernel::Key> wanted;
    for (std::size_t i = 0; i < 3; ++i)
      for (const auto& address : written[i])
        if (wishes[i] == 1) wanted.insert({index[address.interface], address.prefix});
    std::set<Kernel::Key> ours = kernel.present;
    ASSERT_EQ(wanted.size(), ours.size()) << "seed " << seed;
    ASSERT_TRUE(wanted == ours) << "seed " << seed;
    for (std::uint16_t i = 0; i < 3; ++i) {
      const auto holding = table.holding(i, now);
      EXPECT_TRUE(holding.is_settled) << "seed " << seed;
      EXPECT_EQ(0, holding.error) << "seed " << seed;
      if (wishes[i] == 1) {
        EXPECT_EQ(holding.total, holding.installed) << "seed " << seed;
      }
    }
    EXPECT_TRUE(table.take(20, now).empty()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace keeper
