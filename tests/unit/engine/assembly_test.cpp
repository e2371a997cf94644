#include <gtest/gtest.h>

#include <algorithm>

#include "engine/assembly.hpp"

namespace {

using base::Address;
using engine::assemble;
using engine::kNobody;

config::Instance instance(std::string name, std::string interface, std::uint8_t vrid) {
  config::Instance made;
  made.name = std::move(name);
  made.interface = std::move(interface);
  made.vrid = vrid;
  return made;
}

config::VirtualAddress address(std::uint8_t last, std::string interface, bool is_advertised) {
  config::VirtualAddress made;
  made.prefix = {Address::v4(192, 0, 2, last), 24};
  made.interface = std::move(interface);
  made.is_advertised = is_advertised;
  return made;
}

TEST(Assembly, AdvertisesOnlyAdvertisedAddressesAndAnnouncesAll) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances[0].addresses = {address(1, "eth0", true), address(2, "eth1", false)};
  const auto assembly = assemble(model);
  ASSERT_TRUE(assembly);
  ASSERT_EQ(assembly->routers[0].addresses.size(), 1U);
  EXPECT_EQ(assembly->routers[0].addresses[0], Address::v4(192, 0, 2, 1));
  EXPECT_EQ(assembly->schedules[0].addresses, 2);
  EXPECT_EQ(assembly->interfaces, (std::vector<std::string>{"eth0", "eth1"}));
  EXPECT_EQ(assembly->address_interfaces[0], (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(assembly->address_names[0][1], "192.0.2.2/24");
}

TEST(Assembly, FindsAnInstanceByInterfaceFamilyAndVrid) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances.push_back(instance("B", "eth1", 1));
  model.instances.push_back(instance("C", "eth0", 2));
  model.instances.push_back(instance("D", "eth0", 1));
  model.instances[3].family = base::Family::kIpv6;
  const auto assembly = assemble(model);
  ASSERT_TRUE(assembly);
  ASSERT_EQ(assembly->ears.size(), 3U);
  EXPECT_EQ(assembly->ears[0].instance_of[1], 0);
  EXPECT_EQ(assembly->ears[0].instance_of[2], 2);
  EXPECT_EQ(assembly->ears[0].instance_of[3], kNobody);
  EXPECT_EQ(assembly->ears[1].instance_of[1], 1);
  EXPECT_EQ(assembly->ears[2].instance_of[1], 3);
  EXPECT_EQ(assembly->ear_of, (std::vector<std::uint16_t>{0, 1, 0, 2}));
  EXPECT_EQ(assembly->speakers[0], (std::vector<std::uint16_t>{0, 2, 3}));
}

TEST(Assembly, RefusesOneVridTwiceOnAnInterface) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances.push_back(instance("B", "eth0", 1));
  EXPECT_FALSE(assemble(model));
}

TEST(Assembly, RefusesMoreAddressesThanAnAdvertCanCount) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  for (int i = 0; i < 256; ++i)
    model.instances[0].addresses.push_back(address(static_cast<std::uint8_t>(i), "eth0", true));
  EXPECT_FALSE(assemble(model));
  model.instances[0].addresses.pop_back();
  EXPECT_TRUE(assemble(model));
}

TEST(Assembly, RefusesMoreTrackersThanAnInstanceCanHold) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances[0].track_interfaces.resize(core::kMaxTrackers + 1);
  EXPECT_FALSE(assemble(model));
  model.instances[0].track_interfaces.pop_back();
  EXPECT_TRUE(assemble(model));
}

TEST(Assembly, KnowsWhoTracksWhat) {
  config::Model model;
  model.scripts.resize(2);
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances.push_back(instance("B", "eth0", 2));
  config::TrackedScript tracked;
  tracked.script = 1;
  tracked.weight = -20;
  model.instances[1].track_scripts = {tracked};
  config::TrackedInterface wan;
  wan.interface = "wan0";
  model.instances[1].track_interfaces = {wan};
  const auto assembly = assemble(model);
  ASSERT_TRUE(assembly);
  EXPECT_TRUE(assembly->script_trackers[0].empty());
  ASSERT_EQ(assembly->script_trackers[1].size(), 1U);
  EXPECT_EQ(assembly->script_trackers[1][0].instance, 1);
  EXPECT_EQ(assembly->script_trackers[1][0].tracker, 0);
  EXPECT_EQ(assembly->routers[1].trackers[0].weight, -20);
  ASSERT_EQ(assembly->interfaces.size(), 2U);
  ASSERT_EQ(assembly->interface_trackers[1].size(), 1U);
  EXPECT_EQ(assembly->interface_trackers[1][0].tracker, 1);
}

TEST(Assembly, RefusesAScriptThatIsNone) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances[0].track_scripts.resize(1);
  EXPECT_FALSE(assemble(model));
}

TEST(Assembly, LetsAPermitGuardTheInstancesItNamesOrElseAll) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances.push_back(instance("B", "eth0", 2));
  config::Flags one;
  one.instances = {1};
  one.permit_file = "/run/one";
  config::Flags only_state;
  only_state.active_file = "/run/active";
  model.flags = {only_state, one};
  auto assembly = assemble(model);
  ASSERT_TRUE(assembly);
  EXPECT_FALSE(assembly->routers[0].needs_permit);
  EXPECT_TRUE(assembly->routers[1].needs_permit);
  EXPECT_EQ(assembly->permits_of[1], (std::vector<std::uint16_t>{1}));
  EXPECT_TRUE(assembly->guarded_by[0].empty());
  EXPECT_EQ(assembly->guarded_by[1], (std::vector<std::uint16_t>{1}));

  model.flags[1].instances.clear();
  assembly = assemble(model);
  ASSERT_TRUE(assembly);
  EXPECT_TRUE(assembly->routers[0].needs_permit);
  EXPECT_TRUE(assembly->routers[1].needs_permit);
}

TEST(Assembly, AnnouncesAsConfiguredArpAndNaOfAnInterfaceOnLanesOfTheirOwn) {
  config::Model model;
  model.instances.push_back(instance("A", "eth0", 1));
  model.instances.push_back(instance("B", "eth0", 2));
  model.instances[0].addresses = {address(1, "eth0", true), address(2, "eth1", true)};
  model.instances[1].addresses = {address(3, "eth0", true), address(4, "eth0", false)};
  model.instances[1].addresses[1].prefix.address = *Address::parse("2001:db8::4");
  config::Announcing& announcing = model.instances[0].announcing;
  announcing.repeat = 2;
  announcing.delay = std::chrono::seconds{7};
  announcing.refresh = std::chrono::seconds{60};
  announcing.refresh_repeat = 3;
  announcing.lower_prio_repeat = 4;
  announcing.lower_prio_delay = std::chrono::seconds{1};
  announcing.arp_interval = std::chrono::milliseconds{5};
  model.instances[1].announcing.arp_interval = std::chrono::milliseconds{9};
  model.instances[1].announcing.na_interval = std::chrono::milliseconds{2};
  const auto assembly = assemble(model);
  ASSERT_TRUE(assembly);
  const core::Announcer::Schedule& schedule = assembly->schedules[0];
  EXPECT_EQ(schedule.addresses, 2);
  EXPECT_EQ(schedule.repeat, 2U);
  EXPECT_EQ(schedule.delay, std::chrono::seconds{7});
  EXPECT_EQ(schedule.refresh, std::chrono::seconds{60});
  EXPECT_EQ(schedule.refresh_repeat, 3U);
  EXPECT_EQ(schedule.lower_repeat, 4U);
  EXPECT_EQ(schedule.lower_delay, std::chrono::seconds{1});
  // ARP on eth0, ARP on eth1, NA on eth0: the most patient instance decides how far apart.
  EXPECT_EQ(schedule.lanes, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(assembly->schedules[1].lanes, (std::vector<std::uint16_t>{0, 2}));
  const auto place = [&](const char* name) {
    return static_cast<std::uint16_t>(std::ranges::find(assembly->interfaces, name) -
                                      assembly->interfaces.begin());
  };
  using base::Family;
  EXPECT_EQ(assembly->lanes, (std::vector<engine::Lane>{
                                 {place("eth0"), Family::kIpv4, std::chrono::milliseconds{9}},
                                 {place("eth1"), Family::kIpv4, std::chrono::milliseconds{5}},
                                 {place("eth0"), Family::kIpv6, std::chrono::milliseconds{2}}}));
}

}  // namespace
