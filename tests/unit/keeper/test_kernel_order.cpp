// vigie-keeper where IPv4 addresses share a network, of which the kernel takes the secondary ones away with the primary.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>

#include "base/os/clock.hpp"
#include "tests/unit/keeper/fixture.hpp"

namespace keeper_test {
namespace {

struct KeeperInNetworks : KeeperInKernel {};

// With all that can be said of one.
constexpr const char* kOwnAddress =
    "ip addr add 198.51.100.1/24 brd 198.51.100.255 dev crans label crans:own "
    "valid_lft 3600 preferred_lft 1800";

nlohmann::json address_in_kernel(const std::string& local) {
  for (const auto& address : addresses_of("crans"))
    if (address.value("local", "") == local) return address;
  return nlohmann::json::object();
}

bool is_first() {
  const auto own = address_in_kernel("198.51.100.1");
  return !own.empty() && !own.value("secondary", false);
}

bool is_the_own_address_as_it_was(const nlohmann::json& own) {
  const unsigned left = own.value("valid_life_time", 0U);
  return own.value("broadcast", "") == "198.51.100.255" && own.value("label", "") == "crans:own" &&
         own.value("prefixlen", 0) == 24 && left <= 3600 && left >= 3590;
}

TEST_F(KeeperInNetworks, PutsBackWhatTheKernelTookWithARemovedPrimary) {
  KeeperProcess keeper{small_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 2));
  // Ours are secondary to the router's own address, and the kernel removes secondaries with their primary.
  ASSERT_EQ(0, run("echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries; "
                   "ip addr del 198.51.100.1/24 dev crans"));
  ASSERT_TRUE(keeper.listen_until([&] { return keeper.restored.size() == 2; }));
  EXPECT_TRUE(has_address("crans", "198.51.100.254"));
  EXPECT_TRUE(has_address("crans", "198.51.100.253"));
}

TEST_F(KeeperInNetworks, KeepsTheAddressesOfOneInstanceWhenTheirPrimaryIsReleasedByAnother) {
  ASSERT_EQ(0, run("ip addr flush dev crans"));
  config::Model model;
  model.instances.push_back(instance("VI_1", "crans", 50));
  model.instances.push_back(instance("VI_2", "crans", 51));
  model.instances[0].addresses = {virtual_address("198.51.100.254", 24, "crans")};
  model.instances[1].addresses = {virtual_address("198.51.100.253", 24, "crans")};
  KeeperProcess keeper{model};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 1));
  keeper.want(1, true);
  ASSERT_TRUE(keeper.waits_for_held(1, 1));
  keeper.want(0, false);
  ASSERT_TRUE(keeper.waits_for_held(0, 0));
  keeper.listen_for(std::chrono::milliseconds{100});
  EXPECT_FALSE(has_address("crans", "198.51.100.254"));
  EXPECT_TRUE(has_address("crans", "198.51.100.253"));
  EXPECT_TRUE(keeper.waits_for_held(1, 1));
}

TEST_F(KeeperInNetworks, GivesBackTheHostsOwnAddressThatTheKernelTookWithAVirtualOne) {
  ASSERT_EQ(0, run("ip addr flush dev crans; "
                   "echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries"));
  KeeperProcess keeper{small_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 2));
  // The host is configured after us, so its own address is secondary to a virtual one, and we have no time to change that.
  keeper.signal(SIGSTOP);
  ASSERT_EQ(0, run(kOwnAddress));
  ASSERT_TRUE(address_in_kernel("198.51.100.1").value("secondary", false));
  keeper.want(0, false);
  keeper.signal(SIGCONT);
  ASSERT_TRUE(keeper.waits_for_held(0, 0));
  EXPECT_TRUE(is_the_own_address_as_it_was(address_in_kernel("198.51.100.1")));
  EXPECT_TRUE(is_first());
  EXPECT_FALSE(has_address("crans", "198.51.100.254"));
  EXPECT_FALSE(has_address("crans", "198.51.100.253"));
}

TEST_F(KeeperInNetworks, PutsTheHostsOwnAddressFirstAsSoonAsItComes) {
  ASSERT_EQ(0, run("ip addr flush dev crans"));
  KeeperProcess keeper{small_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 2));
  ASSERT_EQ(0, run(kOwnAddress));
  const base::Instant before = base::os::now();
  ASSERT_TRUE(keeper.listen_until(is_first));
  std::printf("first %.1f ms after it came\n",
              static_cast<double>((base::os::now() - before).count()) / 1e6);
  keeper.listen_for(std::chrono::milliseconds{100});
  EXPECT_TRUE(has_address("crans", "198.51.100.254"));
  EXPECT_TRUE(has_address("crans", "198.51.100.253"));
  EXPECT_TRUE(is_the_own_address_as_it_was(address_in_kernel("198.51.100.1")));
  EXPECT_TRUE(keeper.restored.empty());
}

// FAULT-32
TEST_F(KeeperInNetworks, GivesBackTheHostsOwnAddressThatWentWithAVirtualOneThatSomebodyRemoved) {
  ASSERT_EQ(0, run("ip addr flush dev crans; "
                   "echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries"));
  KeeperProcess keeper{small_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 2));
  keeper.signal(SIGSTOP);
  ASSERT_EQ(0, run(kOwnAddress));
  ASSERT_EQ(0, run("ip addr del 198.51.100.254/24 dev crans"));
  ASSERT_FALSE(has_address("crans", "198.51.100.1"));
  keeper.signal(SIGCONT);
  ASSERT_TRUE(keeper.listen_until([] {
    return has_address("crans", "198.51.100.254") && has_address("crans", "198.51.100.253") &&
           is_first();
  }));
  EXPECT_TRUE(is_the_own_address_as_it_was(address_in_kernel("198.51.100.1")));
}

TEST_F(KeeperInNetworks, GivesBackWhatIsTheHostsOwnBeforeItEnds) {
  ASSERT_EQ(0, run("ip addr flush dev crans; "
                   "echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries"));
  KeeperProcess keeper{small_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 2));
  keeper.signal(SIGSTOP);
  ASSERT_EQ(0, run(kOwnAddress));
  ASSERT_EQ(0, run("ip addr del 198.51.100.254/24 dev crans"));
  keeper.signal(SIGTERM);
  keeper.signal(SIGCONT);
  EXPECT_EQ(0, keeper.exit_status());
  EXPECT_TRUE(is_the_own_address_as_it_was(address_in_kernel("198.51.100.1")));
  EXPECT_FALSE(has_address("crans", "198.51.100.254"));
  EXPECT_FALSE(has_address("crans", "198.51.100.253"));
}

TEST_F(KeeperInNetworks, LeavesTheHostsOwnAddressesToWhoeverFlushesThem) {
  ASSERT_EQ(0, run("ip addr flush dev crans; "
                   "echo 0 > /proc/sys/net/ipv4/conf/crans/promote_secondaries"));
  KeeperProcess keeper{small_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 2));
  keeper.signal(SIGSTOP);
  ASSERT_EQ(0, run(kOwnAddress));
  ASSERT_EQ(0, run("ip addr add 203.0.113.9/24 dev crans; ip -4 addr flush dev crans"));
  keeper.signal(SIGCONT);
  ASSERT_TRUE(keeper.listen_until([&] { return keeper.restored.size() == 2; }));
  keeper.listen_for(std::chrono::milliseconds{300});
  EXPECT_FALSE(has_address("crans", "198.51.100.1"));
  EXPECT_FALSE(has_address("crans", "203.0.113.9"));
}

}  // namespace
}  // namespace keeper_test
