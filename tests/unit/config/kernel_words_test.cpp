// What is for the kernel: read to the last word, kept, and said to wait.
#include <gmock/gmock.h>

#include "engine/config/dump.hpp"
#include "memory_files.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string whole(const std::string& lines) {
  return "vrrp_instance V {\n interface e\n virtual_router_id 51\n"
         " virtual_ipaddress { 192.0.2.1/24 }\n" +
         lines + "\n}\n";
}

// The routes of `lines`, each on a line of its own, and their findings beside the one that says they wait.
struct Routes {
  std::vector<Route> routes;
  std::string said;
};
Routes routes_of(const std::string& lines, const MemoryFiles& more = {}) {
  MemoryFiles files = more;
  files["/etc/vigie.conf"] = whole("virtual_routes {\n" + lines + "\n}");
  const Parsed parsed = parse("/etc/vigie.conf", reader_of(files));
  std::string said;
  for (const Diagnostic& finding : parsed.findings)
    if (finding.code != "C0300")
      said += (said.empty() ? "" : " ") + finding.code + " " + finding.label;
  return {parsed.model.instances.at(0).routes, said};
}
struct Rules {
  std::vector<Rule> rules;
  std::string said;
};
Rules rules_of(const std::string& lines) {
  const Parsed parsed = parse_text(whole("virtual_rules {\n" + lines + "\n}"));
  std::string said;
  for (const Diagnostic& finding : parsed.findings)
    if (finding.code != "C0301")
      said += (said.empty() ? "" : " ") + finding.code + " " + finding.label;
  return {parsed.model.instances.at(0).rules, said};
}

TEST(Route, IsReadInAnyOrderWithItsDefaults) {
  const auto [routes, said] = routes_of(
      "src 192.0.2.1 198.51.100.0/24 via 192.0.2.254 dev eth1\n"
      "default gw 192.0.2.254 table 100\n"
      "blackhole 203.0.113.1/32\n"
      "inet6 default via fe80::1 dev e metric 5 pref high expires 600");
  EXPECT_EQ(said, "");
  ASSERT_EQ(routes.size(), 4U);
  EXPECT_EQ(base::to_string(routes[0].to), "198.51.100.0/24");
  EXPECT_EQ(base::to_string(*routes[0].source), "192.0.2.1");
  ASSERT_EQ(routes[0].hops.size(), 1U);
  EXPECT_EQ(base::to_string(*routes[0].hops[0].via), "192.0.2.254");
  EXPECT_EQ(routes[0].hops[0].interface, "eth1");
  EXPECT_EQ(routes[0].table, kMainTable);
  EXPECT_EQ(routes[0].protocol, kKeepalivedProtocol);
  EXPECT_EQ(base::to_string(routes[1].to), "0.0.0.0/0");
  EXPECT_EQ(routes[1].table, 100U);
  EXPECT_EQ(routes[2].kind, Route::Kind::kBlackhole);
  EXPECT_TRUE(routes[2].hops.empty());
  EXPECT_EQ(base::to_string(routes[3].to), "::/0");
  EXPECT_EQ(routes[3].metric, 5U);
  EXPECT_EQ(routes[3].preference, 1);
  EXPECT_EQ(routes[3].expires, 600s);
}

TEST(Route, HasSeveralWaysByNexthopOrByTheOldOr) {
  const auto [routes, said] = routes_of(
      "198.51.100.0/24 nexthop via 192.0.2.8 dev e weight 3 onlink nexthop dev eth2\n"
      "198.51.101.0/24 via 192.0.2.8 or 192.0.2.9");
  EXPECT_EQ(said, "");
  ASSERT_EQ(routes.at(0).hops.size(), 2U);
  EXPECT_EQ(routes[0].hops[0].weight, 3);
  EXPECT_TRUE(routes[0].hops[0].is_onlink);
  EXPECT_EQ(routes[0].hops[1].interface, "eth2");
  ASSERT_EQ(routes.at(1).hops.size(), 2U);
  EXPECT_EQ(base::to_string(*routes[1].hops[1].via), "192.0.2.9");
}

TEST(Route, HasMetricsLocksAndEncapsulations) {
  const auto [routes, said] = routes_of(
      "198.51.100.0/24 dev e mtu lock 1400 rtt 1s congctl lock cubic features ecn quickack 1\n"
      "198.51.101.0/24 encap mpls 100/200 via inet6 fe80::2 dev e ttl-propagate disabled\n"
      "198.51.102.0/24 encap ip id 7 dst 203.0.113.9 ttl 64 dev tun realms 1/2 add no_track");
  EXPECT_EQ(said, "");
  ASSERT_EQ(routes.size(), 3U);
  EXPECT_EQ(routes[0].metrics,
            (std::vector<RouteMetric>{
                {2, 1400, true}, {4, 1000, false}, {12, 1, false}, {15, 1, false}}));
  EXPECT_EQ(routes[0].congestion_control, "cubic");
  EXPECT_TRUE(routes[0].is_congestion_control_locked);
  EXPECT_EQ(routes[1].hops[0].encapsulation.labels, (std::vector<std::uint32_t>{100, 200}));
  EXPECT_EQ(routes[1].propagates_ttl, false);
  EXPECT_EQ(routes[2].hops[0].encapsulation.id, 7U);
  EXPECT_EQ(routes[2].hops[0].encapsulation.ttl, 64);
  EXPECT_EQ(routes[2].hops[0].realms, 1U << 16 | 2U);
  EXPECT_EQ(routes[2].place, Route::Place::kAlone);
  EXPECT_FALSE(routes[2].is_tracked);
}

TEST(Route, FindsNamesInTheFilesOfIproute2) {
  const MemoryFiles files{{"/etc/iproute2/rt_tables", "# reserved\n255\tlocal\n7 blue # ours\n"},
                          {"/usr/share/iproute2/rt_protos", "0x63 openr\n"}};
  const auto [routes, said] = routes_of("default dev e table blue protocol openr no_track", files);
  EXPECT_EQ(said, "");
  EXPECT_EQ(routes.at(0).table, 7U);
  EXPECT_EQ(routes.at(0).protocol, 0x63);
}

TEST(Route, ThatCannotBeIsRefusedWithItsReason) {
  EXPECT_EQ(routes_of("via 192.0.2.9").said, "C0316 a network or `default` is missing");
  EXPECT_EQ(routes_of("198.51.100.0/24").said, "C0316 via or dev is missing");
  EXPECT_EQ(routes_of("198.51.100.0/24 via fe80::1").said, "C0316 the line is IPv4");
  EXPECT_EQ(routes_of("blackhole 198.51.100.0/24 dev e").said, "C0316 without via and dev");
  EXPECT_EQ(routes_of("default dev e table").said, "C0116 nothing follows");
  EXPECT_EQ(routes_of("default dev e metrc 5").said, "C0316 did you mean `metric`?");
  EXPECT_EQ(routes_of("default dev e encap ip6 hoplimit 300").said, "C0316 must be 0 to 255");
  EXPECT_EQ(routes_of("default dev e table blue").said,
            "C0318 neither a number nor a name that iproute2 knows");
}

TEST(Route, WithBitsBehindItsLengthIsThatOfTheNetwork) {
  const auto [routes, said] = routes_of("198.51.100.7/24 dev e");
  EXPECT_EQ(said, "C0118 198.51.100.0/24 is used");
  EXPECT_EQ(base::to_string(routes.at(0).to), "198.51.100.0/24");
}

TEST(Route, ThatIsWatchedIsMarkedAsKeepaliveds) {
  const auto [routes, said] = routes_of("default dev e protocol static");
  EXPECT_EQ(said, "C0118 protocol keepalived is used");
  EXPECT_EQ(routes.at(0).protocol, kKeepalivedProtocol);
}

TEST(Rule, HasItsSelectorsAndItsAction) {
  const auto [rules, said] = rules_of(
      "not from 192.0.2.0/24 to 198.51.100.0/24 iif e fwmark 0x10/0xff table 5 preference 100\n"
      "inet6 uidrange 1000-1999 ipproto tcp sport 80-90 goto 300 order 200\n"
      "oif eth1 suppress_prefixlength 0 l3mdev priority 300 tunnel-id 9 tos 16 realms 3\n"
      "from all sup_group 4 type blackhole pref 400 no_track");
  EXPECT_EQ(said, "");
  ASSERT_EQ(rules.size(), 4U);
  EXPECT_TRUE(rules[0].is_inverted);
  EXPECT_EQ(base::to_string(*rules[0].to), "198.51.100.0/24");
  EXPECT_EQ(rules[0].incoming, "e");
  EXPECT_EQ(rules[0].mark, 0x10U);
  EXPECT_EQ(rules[0].mark_mask, 0xffU);
  EXPECT_EQ(rules[0].table, 5U);
  EXPECT_EQ(rules[0].preference, 100U);
  EXPECT_EQ(rules[1].family, Family::kIpv6);
  EXPECT_EQ(rules[1].users, (UserRange{1000, 1999}));
  EXPECT_EQ(rules[1].ip_protocol, 6);
  EXPECT_EQ(rules[1].source_ports, (PortRange{80, 90}));
  EXPECT_EQ(rules[1].action, Rule::Action::kGoto);
  EXPECT_EQ(rules[1].target, 300U);
  EXPECT_TRUE(rules[2].is_l3mdev);
  EXPECT_EQ(rules[2].suppress_length, 0);
  EXPECT_EQ(rules[2].tunnel_id, 9U);
  EXPECT_EQ(rules[3].action, Rule::Action::kBlackhole);
  EXPECT_EQ(rules[3].suppress_group, 4U);
  EXPECT_FALSE(rules[3].is_tracked);
}

TEST(Rule, ThatCannotBeIsRefusedWithItsReason) {
  EXPECT_EQ(rules_of("from 192.0.2.0/24 pref 1").said,
            "C0317 table, goto, nop, blackhole, unreachable or prohibit");
  EXPECT_EQ(rules_of("table 5 goto 7 pref 1").said, "C0317 the second one");
  EXPECT_EQ(rules_of("goto 7 pref 9").said, "C0317 7 is not behind 9");
  EXPECT_EQ(rules_of("from 192.0.2./24 table 2 pref 1").said, "C0317 ADDRESS[/LENGTH]");
  EXPECT_EQ(rules_of("from 192.0.2.0/24 to fe80::/64 table 2 pref 1").said,
            "C0317 the line is IPv4");
  EXPECT_EQ(rules_of("table 2 pref 1 dport 0-9").said, "C0317 1-65535");
}

TEST(Rule, TakesASinglePortWhichKeepalivedDoesNot) {
  const auto [rules, said] = rules_of("table 2 pref 1 dport 53");
  EXPECT_EQ(said, "C0235 read as it says");
  EXPECT_EQ(rules.at(0).destination_ports, (PortRange{53, 53}));
}

TEST(VirtualMac, HasANameAnAddressAndAGroup) {
  const auto own = [](const std::string& lines) {
    return parse_text(whole(lines)).model.instances.at(0).own_interface;
  };
  EXPECT_EQ(own("use_vmac").kind, OwnInterface::Kind::kMacvlan);
  const OwnInterface full = own("use_vmac vrrp.51 02:00:00:00:01 netlink_notify_msg group 7");
  EXPECT_EQ(full.name, "vrrp.51");
  EXPECT_EQ(full.mac, (base::Mac{2, 0, 0, 0, 1, 51}));  // the VRID last
  EXPECT_EQ(full.group, 7U);
  EXPECT_TRUE(full.is_told);
  const OwnInterface ipvlan = own("use_ipvlan ipv 192.0.2.9/24 vepa\nvmac_xmit_base");
  EXPECT_EQ(ipvlan.mode, OwnInterface::Mode::kVepa);
  EXPECT_EQ(base::to_string(*ipvlan.address), "192.0.2.9/24");
  EXPECT_TRUE(ipvlan.sends_from_parent);
  EXPECT_TRUE(own("use_vmac\nunicast_peer { 192.0.2.9 }").sends_from_parent);
  EXPECT_FALSE(own("vmac_xmit_base").sends_from_parent);
}

TEST(VirtualMac, ThatCannotBeIsRefused) {
  EXPECT_EQ(places(parse_text(whole("use_vmac 01:00:5e:00:00:01"))), "C0303@5:1 C0333@5:10");
  EXPECT_EQ(places(parse_text(whole("use_vmac 00:00:5e:00:01:33"))), "C0303@5:1 C0333@5:10");
  EXPECT_EQ(places(parse_text(whole("use_vmac\nuse_ipvlan"))), "C0303@5:1 C0333@6:1 C0304@6:1");
}

TEST(Statics, AreTiedToInstancesByTheirTrackGroup) {
  const Parsed parsed = parse_text(
      "track_group g {\n group { V }\n}\nstatic_ipaddress {\n 192.0.2.7/24 dev f track_group g\n}\n"
      "static_routes { default via 192.0.2.9 track_group g }\n"
      "static_rules { table 5 pref 9 track_group g }\n" +
      whole(""));
  ASSERT_EQ(parsed.model.track_groups.size(), 1U);
  EXPECT_EQ(parsed.model.track_groups[0].instances, (std::vector<std::uint16_t>{0}));
  EXPECT_EQ(parsed.model.statics.addresses.at(0).track_group, 0);
  EXPECT_EQ(parsed.model.statics.addresses.at(0).interface, "f");
  EXPECT_EQ(parsed.model.statics.routes.at(0).track_group, 0);
  EXPECT_EQ(parsed.model.statics.rules.at(0).track_group, 0);
}

TEST(GarpGroup, SetsThePaceOfItsInterfaces) {
  const Parsed parsed = parse_text(
      "garp_group {\n garp_interval 0.5\n interfaces { e f }\n}\n"
      "global_defs {\n vrrp_gna_interval 2\n}\n" +
      whole(""));
  EXPECT_EQ(places(parsed), "");
  EXPECT_EQ(parsed.model.instances.at(0).announcing.arp_interval, 500ms);
  EXPECT_EQ(parsed.model.instances.at(0).announcing.na_interval, 2s);
}

TEST(ExtraAnnouncements, AreOfTheInstanceOrOfGlobalDefs) {
  const auto announcing = [](const std::string& global, const std::string& here) {
    return parse_text("global_defs {\n" + global + "\n}\n" + whole(here))
        .model.instances.at(0)
        .announcing;
  };
  EXPECT_EQ(announcing("vrrp_garp_extra_if all 60", "").extra_interval, 60s);
  EXPECT_TRUE(announcing("vrrp_garp_extra_if all 60", "").extra_on_all);
  EXPECT_EQ(announcing("vrrp_garp_extra_if all 60", "garp_extra_if 0").extra_interval, 0s);
  EXPECT_EQ(announcing("", "vmac_garp_intvl 5").extra_interval, 5s);
}

TEST(NoAccept, IsKeptAndSaidToWait) {
  const Parsed parsed = parse_text(whole("no_accept"));
  EXPECT_EQ(places(parsed), "C0306@5:1");
  EXPECT_FALSE(parsed.model.instances.at(0).accept);
}

TEST(Weights, ThatChangeNothingAreSaidWithTheirNumbers) {
  const auto label = [](const std::string& lines) {
    for (const Diagnostic& finding : parse_text(whole(lines)).findings)
      if (finding.code == "C0320") return finding.label;
    return std::string("nothing");
  };
  // 250 + 10 + 20 = 280; without the 20 still 260, and both are kept to 254.
  EXPECT_EQ(label("priority 250\ntrack_interface {\n f weight 20\n g weight 10\n}"),
            "280 when well, 260 when failing: both count as 254");
  EXPECT_EQ(label("priority 1\ntrack_interface { f weight -10 }"),
            "1 when well, -9 when failing: both count as 1");
  EXPECT_EQ(label("priority 255\ntrack_interface { f weight -10 }"), "an owner's 255 never moves");
  EXPECT_EQ(label("priority 101\ntrack_interface { f weight 2 }"), "nothing");
}

TEST(Programs, AreLookedAtPartByPart) {
  const auto said = [](const std::string& lines) {
    std::string all;
    for (const Diagnostic& finding : parse_text(whole(lines)).findings)
      all += finding.code + " " + finding.label + ";";
    return all;
  };
  EXPECT_EQ(said("notify /none/a/b"), "C0323 /none does not exist;");
  EXPECT_EQ(said("notify /bin/plain"), "C0324 nobody may execute it (owner 0, mode 0644);");
  EXPECT_EQ(said("notify \"/bin/anybodys x\" root"),
            "C0325 /bin/anybodys is writable by everybody (owner 0, mode 0777);");
  EXPECT_EQ(said("notify \"/bin/anybodys x\" nobody"), "");
}

TEST(NotifyDeleted, MayStandAlone) {
  const auto instance = [](const std::string& line) {
    return parse_text(whole(line)).model.instances.at(0);
  };
  EXPECT_FALSE(instance("").tells_deletion);
  EXPECT_TRUE(instance("notify_deleted").tells_deletion);
  EXPECT_FALSE(instance("notify_deleted").notify_deleted.is_set());
  EXPECT_EQ(instance("notify_deleted \"/bin/x a\"").notify_deleted.arguments,
            (std::vector<std::string>{"/bin/x", "a"}));
}

}  // namespace
}  // namespace config
