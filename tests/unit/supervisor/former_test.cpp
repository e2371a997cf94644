#include "supervisor/former.hpp"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

using config::FormerAddress;

base::Prefix prefix(const char* address, std::uint8_t length) {
  return {*base::Address::parse(address), length};
}

config::Model model(const std::vector<base::Prefix>& prefixes,
                    const std::string& interface = "eth0") {
  config::Model made;
  config::Instance& instance = made.instances.emplace_back();
  for (const base::Prefix& one : prefixes) {
    config::VirtualAddress& address = instance.addresses.emplace_back();
    address.prefix = one;
    address.interface = interface;
  }
  return made;
}

TEST(FormerAddresses, AreNoneWhenTheConfigurationStayed) {
  const auto same = model({prefix("192.0.2.1", 24), prefix("2001:db8::1", 64)});
  EXPECT_TRUE(former_addresses(same, same).empty());
}

TEST(FormerAddresses, AreThoseTakenOutMovedOrGivenAnotherPrefix) {
  const auto before =
      model({prefix("192.0.2.1", 24), prefix("192.0.2.2", 24), prefix("192.0.2.3", 24)});
  const auto now = model({prefix("192.0.2.1", 24), prefix("192.0.2.2", 32)});
  EXPECT_EQ(former_addresses(before, now),
            (std::vector<FormerAddress>{{prefix("192.0.2.2", 24), "eth0", {}},
                                        {prefix("192.0.2.3", 24), "eth0", {}}}));
  EXPECT_EQ(former_addresses(model({prefix("192.0.2.1", 24)}, "eth1"), now),
            (std::vector<FormerAddress>{{prefix("192.0.2.1", 24), "eth1", {}}}));
}

TEST(FormerAddresses, DoNotIncludeAnIpv6AddressWhosePrefixAloneChanged) {
  EXPECT_TRUE(
      former_addresses(model({prefix("2001:db8::1", 64)}), model({prefix("2001:db8::1", 128)}))
          .empty());
}

TEST(FormerAddresses, AreHandedDownUntilTheyAreNamedAgain) {
  auto before = model({prefix("192.0.2.1", 24)});
  before.former = {{prefix("192.0.2.9", 24), "eth0", {}}};
  EXPECT_EQ(former_addresses(before, before), before.former);
  EXPECT_EQ(former_addresses(before, model({prefix("192.0.2.9", 24)})),
            (std::vector<FormerAddress>{{prefix("192.0.2.1", 24), "eth0", {}}}));
}

// Reload after reload, each with another address: what was handed down for longest is forgotten.
TEST(FormerAddresses, HandedDownAreNeverMoreThanAreKept) {
  const auto numbered = [](std::size_t i) {
    return base::Prefix{base::Address::v4(10, 0, static_cast<std::uint8_t>(i / 256),
                                          static_cast<std::uint8_t>(i % 256)),
                        24};
  };
  config::Model running = model({numbered(0)});
  for (std::size_t i = 0; i < kMostFormer; ++i)
    running.former.push_back({numbered(i + 1), "eth1", {}});
  for (std::size_t i = 1; i < 5; ++i) {
    config::Model next = model({numbered(i)});
    next.former = former_addresses(running, next);
    EXPECT_LE(next.former.size(), kMostFormer + 1);
    EXPECT_EQ(next.former.back().prefix, numbered(i - 1));
    EXPECT_EQ(next.former.back().interface, "eth0");
    running = std::move(next);
  }
  EXPECT_EQ(running.former.front().prefix, numbered(4));
}

}  // namespace
}  // namespace supervisor
