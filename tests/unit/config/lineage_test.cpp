#include "engine/config/lineage.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/config/memory_files.hpp"
#include "tests/unit/config/random_model.hpp"

namespace config {
namespace {

using Places = Lineage::Places;
constexpr auto kNothing = std::nullopt;

Model read(const std::string& text) {
  const Parsed parsed = parse_text(text);
  EXPECT_TRUE(parsed.usable()) << render(parsed.findings, parsed.files);
  return parsed.model;
}

std::string instance(const std::string& name, int vrid, const std::string& more = {}) {
  return "vrrp_instance " + name + " {\n interface eth0\n virtual_router_id " +
         std::to_string(vrid) + "\n priority 150\n virtual_ipaddress { 10.0.0." +
         std::to_string(vrid) + " }\n " + more + "\n}\n";
}

std::string script(const std::string& name, const std::string& command) {
  return "vrrp_script " + name + " {\n script \"" + command + "\"\n interval 1\n}\n";
}

TEST(Lineage, FindsInstancesWhereverTheyStand) {
  const Model before = read(instance("A", 1) + instance("B", 2) + instance("C", 3));
  const Model now = read(instance("C", 3) + instance("NEW", 4) + instance("A", 1));
  EXPECT_EQ(lineage_of(before, now).instances, (Places{2, kNothing, 0}));
  EXPECT_EQ(reversed(lineage_of(before, now).instances, 3), (Places{2, kNothing, 0}));
}

TEST(Lineage, ARenamedInstanceIsTheSameVirtualRouter) {
  const Model before = read(instance("A", 1) + instance("B", 2));
  const Model now = read(instance("A", 1) + instance("B_LAN", 2));
  const Lineage lineage = lineage_of(before, now);
  EXPECT_EQ(lineage.instances, (Places{0, 1}));
  EXPECT_TRUE(is_same(before.instances[0], now.instances[0], lineage));
  EXPECT_FALSE(is_same(before.instances[1], now.instances[1], lineage));  // its name is said aloud
}

TEST(Lineage, TwoInstancesThatSwapNamesKeepTheirRouters) {
  const Model before = read(instance("A", 1) + instance("B", 2));
  const Model now = read(instance("B", 1) + instance("A", 2));
  EXPECT_EQ(lineage_of(before, now).instances, (Places{0, 1}));
}

TEST(Lineage, AnotherVridUnderTheSameNameIsAnotherRouter) {
  const Model before = read(instance("A", 1));
  const Model now = read(instance("A", 2));
  EXPECT_EQ(lineage_of(before, now).instances, (Places{kNothing}));
}

TEST(Lineage, UnicastRoutersOfOneVridAreToldApartByNameAndThenByPeer) {
  const auto unicast = [](const std::string& name, const std::string& peer) {
    return instance(name, 7, "unicast_peer { " + peer + " }");
  };
  const Model before = read(unicast("A", "10.9.0.1") + unicast("B", "10.9.0.2"));
  EXPECT_EQ(lineage_of(before, read(unicast("B", "10.9.0.2") + unicast("A", "10.9.0.1"))).instances,
            (Places{1, 0}));
  EXPECT_EQ(lineage_of(before, read(unicast("X", "10.9.0.2") + unicast("Y", "10.9.0.1"))).instances,
            (Places{1, 0}));
}

TEST(Lineage, AScriptIsItsNameAndOneThatSaysTheSameIsARename) {
  const std::string use = instance("A", 1, "track_script { ping }");
  const Model before = read(script("ping", "/bin/ping") + script("dns", "/bin/dns") + use);
  const Model moved = read(script("dns", "/bin/dns") + script("ping", "/bin/ping -c1") + use);
  Lineage lineage = lineage_of(before, moved);
  EXPECT_EQ(lineage.scripts, (Places{1, 0}));
  EXPECT_TRUE(is_same(before.scripts[1], moved.scripts[0]));
  EXPECT_FALSE(is_same(before.scripts[0], moved.scripts[1]));
  // The instance says what it said: it tracks ping, wherever that stands and whatever it does now.
  EXPECT_TRUE(is_same(before.instances[0], moved.instances[0], lineage));

  const Model renamed = read(script("reach", "/bin/ping") + script("other", "/bin/other") +
                             instance("A", 1, "track_script { reach }"));
  lineage = lineage_of(before, renamed);
  EXPECT_EQ(lineage.scripts, (Places{0, kNothing}));
  EXPECT_TRUE(is_same(before.instances[0], renamed.instances[0], lineage));
}

TEST(Lineage, AnotherScriptInThePlaceOfTheOldOneIsAChange) {
  const std::string both = script("ping", "/bin/ping") + script("dns", "/bin/dns");
  const Model before = read(both + instance("A", 1, "track_script { ping }"));
  const Model now = read(both + instance("A", 1, "track_script { dns }"));
  EXPECT_FALSE(is_same(before.instances[0], now.instances[0], lineage_of(before, now)));
}

TEST(Lineage, AGroupIsItsNameOrItsMembers) {
  const auto group = [](const std::string& name, const std::string& members) {
    return "vrrp_sync_group " + name + " {\n group { " + members + " }\n}\n";
  };
  const std::string all = instance("A", 1) + instance("B", 2) + instance("C", 3);
  const Model before = read(group("G", "A B") + all);
  const Model renamed = read(group("H", "B A") + all);
  EXPECT_EQ(lineage_of(before, renamed).groups, (Places{0}));
  const Model grown = read(group("G", "A B C") + all);
  Lineage lineage = lineage_of(before, grown);
  EXPECT_EQ(lineage.groups, (Places{0}));
  EXPECT_FALSE(is_same(before.groups[0], grown.groups[0], lineage));
  EXPECT_TRUE(is_same(before.instances[0], grown.instances[0], lineage));
  EXPECT_FALSE(is_same(before.instances[2], grown.instances[2], lineage));
  const Model turned = read(group("G", "B A") + all);
  EXPECT_TRUE(is_same(before.groups[0], turned.groups[0], lineage_of(before, turned)));
}

TEST(Lineage, FlagsAreTheirFiles) {
  const auto flags = [](const std::string& name, const std::string& permit,
                        const std::string& active) {
    return "flags {\n instances { " + name + " }\n permit_file " + permit + "\n active_file " +
           active + "\n}\n";
  };
  const std::string all = instance("A", 1) + instance("B", 2);
  const Model before =
      read(all + flags("A", "/run/p1", "/run/a1") + flags("B", "/run/p2", "/run/a2"));
  const Model now = read(all + flags("B", "/run/p2", "/run/a3") + flags("A", "/run/p1", "/run/a1"));
  const Lineage lineage = lineage_of(before, now);
  EXPECT_EQ(lineage.flags, (Places{1, 0}));
  EXPECT_FALSE(is_same(before.flags[1], now.flags[0], lineage));
  EXPECT_TRUE(is_same(before.flags[0], now.flags[1], lineage));
}

TEST(Lineage, CommentsAndOrderChangeNothing) {
  const Model before = read(script("ping", "/bin/ping") + script("dns", "/bin/dns") +
                            instance("A", 1, "track_script { ping }") + instance("B", 2));
  const Model now =
      read("# moved about\n\n" + instance("B", 2) + script("dns", "/bin/dns") +
           script("ping", "/bin/ping") + "\n\n" + instance("A", 1, "track_script {\n ping\n}"));
  EXPECT_TRUE(is_same(before, now));
  EXPECT_FALSE(is_same(before, read(instance("A", 1) + instance("B", 2))));
}

TEST(Lineage, ASettingOfNoInstanceIsAChangeOfTheWhole) {
  const Model before = read(instance("A", 1));
  Model now = before;
  now.safety.startup_delay = std::chrono::seconds{3};
  EXPECT_FALSE(is_same(before, now));
  now = before;
  now.files = {"/elsewhere/vigie.conf"};
  now.former.push_back({});
  EXPECT_TRUE(is_same(before, now));
}

// Every kind of thing that has a position, as far as there are files that say it.
TEST(Lineage, WhereAFileSaysItDoesNotMatter) {
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VIGIE_CONFIG_FIXTURES)) {
    if (entry.path().extension() != ".conf") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const Parsed before = parse_text(text.str());
    const Parsed now = parse_text("# two lines\n# more\n" + text.str());
    if (!before.usable() || before.model.instances.empty()) continue;
    EXPECT_NE(before.model, now.model) << entry.path();
    EXPECT_TRUE(is_same(before.model, now.model)) << entry.path();
    ++compared;
  }
  EXPECT_GE(compared, 4U);
}

// Whatever the two say: nothing is found twice, and everything finds itself.
TEST(Lineage, HoldsForModelsNobodyWouldWrite) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Model before = RandomModel(seed).make();
    Model now = RandomModel(seed + 1000).make();
    now.instances.insert(now.instances.end(), before.instances.begin(), before.instances.end());
    now.groups.clear();
    for (Instance& one : now.instances) one.group = kNoGroup;
    const Lineage lineage = lineage_of(before, now);
    std::set<std::uint16_t> found;
    for (const auto& place : lineage.instances)
      EXPECT_TRUE(!place || found.insert(*place).second) << seed;
    EXPECT_EQ(found.size(), before.instances.size()) << seed;
    EXPECT_TRUE(is_same(before, before)) << seed;
    const Lineage self = lineage_of(before, before);
    for (std::size_t i = 0; i < before.instances.size(); ++i) EXPECT_EQ(self.instances[i], i);
  }
}

}  // namespace
}  // namespace config
