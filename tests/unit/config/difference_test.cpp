#include "engine/config/difference.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/memory_files.hpp"
#include "tests/unit/config/random_model.hpp"

namespace config {
namespace {

Model read(const std::string& text) {
  const Parsed parsed = parse_text(text);
  EXPECT_TRUE(parsed.usable()) << render(parsed.findings, parsed.files);
  return parsed.model;
}

struct Wish {
  std::string name = "VI_1";
  int vrid = 50;
  std::string addresses = "10.0.0.1/24";
  std::string more = {};
  std::string interface = "eth0";
};

std::string instance(const Wish& wish) {
  return "vrrp_instance " + wish.name + " {\n interface " + wish.interface +
         "\n virtual_router_id " + std::to_string(wish.vrid) + "\n " + wish.more +
         "\n virtual_ipaddress {\n" + wish.addresses + "\n}\n}\n";
}

std::string told(const std::string& before, const std::string& now) {
  return render(difference_of(read(before), read(now)));
}

TEST(Difference, OfTheSameIsNothing) {
  const std::string text =
      instance({}) + instance({.name = "VI_2", .vrid = 51, .addresses = "10.0.0.2"});
  const Difference difference = difference_of(read(text), read("# a comment\n" + text));
  EXPECT_TRUE(difference.is_empty());
  EXPECT_EQ(render(difference), "");
  EXPECT_EQ(summary_of(difference), "nothing changes");
  EXPECT_EQ(difference.count(Fate::kKept), 2U);
}

TEST(Difference, TellsASettingInTheWordsOfTheFile) {
  const std::string other = instance({.name = "VI_2", .vrid = 51, .addresses = "10.0.0.2"});
  EXPECT_EQ(told(instance({.more = "priority 150\n advert_int 1\n nopreempt"}) + other,
                 instance({.more = "priority 100\n advert_int 2"}) + other),
            "VI_1: changes in place\n"
            "    priority 150 -> 100: who is master may change\n"
            "    advert_int 1s -> 2s: the other routers need the same\n"
            "    preempt no -> yes: moves nothing now; decides the next contest\n"
            "not touched: VI_2\n");
}

TEST(Difference, TellsEveryAddressThatMoves) {
  const Difference difference =
      difference_of(read(instance({.addresses = "10.0.0.1/24\n10.0.0.2/24\n10.0.0.3/24"})),
                    read(instance({.addresses = "10.0.0.1/24\n10.0.0.2/32\n10.0.0.4/24"})));
  EXPECT_EQ(to_string(difference.instances[0]),
            "10.0.0.2/32 on eth0 is put on anew (/24 -> /32); 10.0.0.4/24 on eth0 comes; "
            "10.0.0.3/24 on eth0 leaves");
  EXPECT_TRUE(difference.instances[0].moves_an_address());
  EXPECT_FALSE(difference.instances[0].may_move_mastership());
}

TEST(Difference, AnAddressThatGoesToAnotherInstanceMoves) {
  EXPECT_EQ(told(instance({.addresses = "10.0.0.1\n10.0.0.9"}) +
                     instance({.name = "VI_2", .vrid = 51, .addresses = "10.0.0.2"}),
                 instance({.addresses = "10.0.0.1"}) +
                     instance({.name = "VI_2", .vrid = 51, .addresses = "10.0.0.2\n10.0.0.9"})),
            "VI_1: changes in place\n"
            "    10.0.0.9/32 on eth0 moves to VI_2\n"
            "VI_2: changes in place\n"
            "    10.0.0.9/32 on eth0 moves here from VI_1\n");
}

TEST(Difference, AnAddressLeftOutOfAdvertsStays) {
  EXPECT_EQ(told(instance({.addresses = "10.0.0.1\n10.0.0.2"}),
                 instance({.addresses = "10.0.0.1",
                           .more = "virtual_ipaddress_excluded {\n10.0.0.2\n}"})),
            "VI_1: changes in place\n"
            "    10.0.0.2/32 on eth0 stays, no longer listed in adverts\n");
}

TEST(Difference, TheOrderOfAddressesIsPartOfTheAdvert) {
  EXPECT_EQ(told(instance({.addresses = "10.0.0.1\n10.0.0.2"}),
                 instance({.addresses = "10.0.0.2\n10.0.0.1"})),
            "VI_1: changes in place\n"
            "    virtual_ipaddress in another order\n");
}

TEST(Difference, AnotherNameIsARename) {
  EXPECT_EQ(told(instance({}), instance({.name = "LAN"})), "LAN (was VI_1): changes in place\n");
}

TEST(Difference, AnotherVridIsAnotherVirtualRouterAndTheAddressMoves) {
  const Difference difference = difference_of(read(instance({})), read(instance({.vrid = 51})));
  EXPECT_EQ(render(difference),
            "VI_1: is added, for it is another virtual router (virtual_router_id 50 -> 51)\n"
            "    10.0.0.1/24 on eth0 moves here from VI_1\n"
            "VI_1: is removed, for it is another virtual router (virtual_router_id 50 -> 51)\n"
            "    10.0.0.1/24 on eth0 moves to VI_1\n");
  EXPECT_EQ(summary_of(difference), "1 instance is added, 1 is removed");
}

TEST(Difference, TheMoveToAnotherInterfaceIsOneToo) {
  EXPECT_EQ(told(instance({}), instance({.interface = "eth1"})),
            "VI_1: is added, for it is another virtual router (interface eth0 -> eth1)\n"
            "    10.0.0.1/24 on eth1 comes\n"
            "VI_1: is removed, for it is another virtual router (interface eth0 -> eth1)\n"
            "    10.0.0.1/24 on eth0 leaves\n");
}

TEST(Difference, ComesAndGoes) {
  EXPECT_EQ(told(instance({}), instance({.name = "VI_2", .vrid = 51, .addresses = "10.0.0.2"})),
            "VI_2: is added\n"
            "    10.0.0.2/32 on eth0 comes\n"
            "VI_1: is removed\n"
            "    10.0.0.1/24 on eth0 leaves\n");
}

TEST(Difference, TellsOfScriptsByThemselvesAndOfWhoTracksThem) {
  const auto script = [](const std::string& name, const std::string& command, int weight) {
    return "vrrp_script " + name + " {\n script \"" + command + "\"\n weight " +
           std::to_string(weight) + "\n}\n";
  };
  const auto with = [](const std::string& tracked) {
    return instance({.more = "track_script {\n" + tracked + "\n}"});
  };
  EXPECT_EQ(told(script("check", "/bin/a", -20) + with("check"),
                 script("check", "/bin/b -x", -20) + with("check")),
            "vrrp_script check changes\n"
            "    command \"/bin/a\" as default -> \"/bin/b\" \"-x\" as default\n"
            "not touched: VI_1\n");
  // What a weight is worth is the instance's, once it is resolved.
  EXPECT_EQ(
      told(script("check", "/bin/a", -20) + with("check"),
           script("check", "/bin/a", -60) + with("check")),
      "VI_1: changes in place\n"
      "    track_script \"check\" weight -20 -> \"check\" weight -60: who is master may change\n"
      "vrrp_script check changes\n"
      "    weight -20 -> -60: who is master may change\n");
  // A rename is told once.
  EXPECT_EQ(told(script("check", "/bin/a", -20) + with("check"),
                 script("reach", "/bin/a", -20) + with("reach")),
            "vrrp_script reach (was check) changes\n"
            "not touched: VI_1\n");
}

TEST(Difference, SecretsAreToldAndNotShown) {
  const auto with = [](const std::string& password) {
    return instance({.more = "authentication {\n auth_type PASS\n auth_pass " + password + "\n}"});
  };
  const std::string text = told(with("hunter22"), with("tre4sure"));
  EXPECT_EQ(text,
            "VI_1: changes in place\n"
            "    auth_pass changes: the other routers need the same\n");
}

TEST(Difference, TellsOfGroupsFlagsAndWhatThereIsOneOf) {
  const std::string both =
      instance({}) + instance({.name = "VI_2", .vrid = 51, .addresses = "10.0.0.2"});
  EXPECT_EQ(told(both, both + "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n"),
            "VI_1: changes in place\n"
            "    member of vrrp_sync_group none -> \"G\": who is master may change\n"
            "VI_2: changes in place\n"
            "    member of vrrp_sync_group none -> \"G\": who is master may change\n"
            "vrrp_sync_group G is added\n");
  EXPECT_EQ(told(both, both + "flags {\n permit_file /etc/vigie/permit\n}\n"),
            "flags /etc/vigie/permit is added\n"
            "not touched: VI_1, VI_2\n");
  EXPECT_EQ(told(both, both + "history {\n keep 30d\n}\n"),
            "history changes\n"
            "    keep for ever -> 30d\n"
            "not touched: VI_1, VI_2\n");
}

TEST(Difference, SaysItAllInOneLine) {
  const Difference difference = difference_of(
      read(instance({}) + instance({.name = "VI_2", .vrid = 51, .addresses = "10.0.0.2"}) +
           instance({.name = "VI_3", .vrid = 52, .addresses = "10.0.0.3"})),
      read(instance({.more = "priority 90"}) +
           instance({.name = "VI_3", .vrid = 52, .addresses = "10.0.0.3"}) +
           "history {\n keep 30d\n}\n"));
  EXPECT_EQ(summary_of(difference), "1 instance changes, 1 is removed, 1 is kept; history changes");
}

// A difference is empty exactly when nothing that matters to the daemon differs; what changed is never without a word.
TEST(Difference, OfModelsNobodyWouldWriteForgetsNothing) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Model before = RandomModel(seed).make();
    EXPECT_TRUE(difference_of(before, before).is_empty()) << seed;
    const Model now = RandomModel(seed + 1000).make();
    const Difference difference = difference_of(before, now);
    EXPECT_EQ(difference.is_empty(), is_same(before, now)) << seed;
    EXPECT_EQ(difference.count(Fate::kAdded) + difference.count(Fate::kChanged) +
                  difference.count(Fate::kKept),
              now.instances.size())
        << seed;
    EXPECT_EQ(render(difference).empty(), difference.is_empty()) << seed;

    // One instance takes over everything the other model's says, but for who it is.
    if (before.instances.empty() || now.instances.empty()) continue;
    Model changed = before;
    Instance& one = changed.instances.front();
    const Instance identity = one;
    one = now.instances.front();
    one.interface = identity.interface;
    one.family = identity.family;
    one.vrid = identity.vrid;
    one.name = identity.name;
    one.group = identity.group;
    one.track_scripts = identity.track_scripts;
    one.track_files = identity.track_files;
    one.track_processes = identity.track_processes;
    const Difference told = difference_of(before, changed);
    const InstanceDifference& first = told.instances.front();
    EXPECT_EQ(first.fate == Fate::kChanged, !first.changes.empty() || !first.addresses.empty())
        << seed;
  }
}

}  // namespace
}  // namespace config
