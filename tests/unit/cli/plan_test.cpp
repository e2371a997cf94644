#include "cli/plan.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/memory_files.hpp"

namespace cli {
namespace {

using base::Address;
using base::State;
using namespace std::chrono_literals;

config::Model model(const std::string& settings, const std::string& addresses = "10.0.0.1",
                    const std::string& before = {}) {
  const config::Parsed parsed =
      config::parse_text(before + "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 50\n" +
                         settings + " virtual_ipaddress {\n" + addresses + "\n }\n}\n");
  EXPECT_TRUE(parsed.usable()) << render(parsed.findings, parsed.files);
  return parsed.model;
}

// As make_plan() would, with VI_1 in this state and 10.0.0.2 (100) known.
Plan plan_of(const config::Model& before, const config::Model& now, State state) {
  Plan plan{.from = "the running configuration", .to = "b.conf", .difference = {}};
  plan.difference = config::difference_of(before, now);
  plan.states = {state};
  Situation situation = situation_of_file(now);
  situation.is_running = true;
  for (InstanceSituation& one : situation.instances) {
    one.state = state;
    one.effective = before.instances.front().priority;
    one.source = Address::v4(10, 0, 0, 9);
    one.peers = {
        {.address = Address::v4(10, 0, 0, 2), .priority = 100, .interval = 1s, .heard = 1s}};
    if (state == State::kBackup) one.master = one.peers.front().address;
  }
  plan.forecast = foretell_reload(now, situation);
  return plan;
}

TEST(Plan, OfNoChangeIsOneLine) {
  const config::Model same = model(" priority 150\n");
  EXPECT_EQ(render_plan(plan_of(same, same, State::kMaster)),
            "from the running configuration to b.conf: nothing changes\n");
}

TEST(Plan, SaysWhoBecomesMaster) {
  const Plan plan = plan_of(model(" priority 150\n"), model(" priority 90\n"), State::kMaster);
  EXPECT_TRUE(moves_now(plan, plan.difference.instances[0]));
  EXPECT_EQ(render_plan(plan),
            "from the running configuration to b.conf: 1 instance changes\n"
            "\n"
            "VI_1: changes in place\n"
            "    priority 150 -> 90: who is master may change\n"
            "\n"
            "on this router, now: addresses of 1 instance move\n"
            "    VI_1: 10.0.0.2 (100) becomes master\n"
            "    VI_1: its priority is 150 - 60 = 90\n"
            "    VI_1: if it preempts, which its adverts do not say; else nothing moves\n");
}

TEST(Plan, SaysThatALowerPriorityMovesNothing) {
  const Plan plan = plan_of(model(" priority 150\n"), model(" priority 120\n"), State::kMaster);
  EXPECT_FALSE(moves_now(plan, plan.difference.instances[0]));
  EXPECT_TRUE(render_plan(plan).ends_with(
      "on this router, now: no address moves\n"
      "    VI_1: nothing moves\n"
      "    VI_1: 150 - 30 = 120 is still above 10.0.0.2 (100): this never moves the addresses\n"))
      << render_plan(plan);
}

TEST(Plan, AHigherPriorityTakesOverFromTheMaster) {
  const Plan plan = plan_of(model(" priority 90\n"), model(" priority 150\n"), State::kBackup);
  EXPECT_TRUE(
      render_plan(plan).ends_with("on this router, now: addresses of 1 instance move\n"
                                  "    VI_1: this router (150) becomes master\n"
                                  "    VI_1: its priority is 90 + 60 = 150\n"))
      << render_plan(plan);
}

TEST(Plan, AnAddressOfABackupMovesNothingHere) {
  const Plan plan = plan_of(model(" priority 90\n"), model(" priority 90\n", "10.0.0.1\n10.0.0.7"),
                            State::kBackup);
  EXPECT_FALSE(moves_now(plan, plan.difference.instances[0]));
  EXPECT_TRUE(render_plan(plan).ends_with(
      "    10.0.0.7/32 on eth0 comes\n"
      "\n"
      "on this router, now: no address moves\n"
      "    VI_1: it is BACKUP now: no address of it is here, so none moves\n"))
      << render_plan(plan);
}

TEST(Plan, AnAddressOfAMasterMovesAtOnce) {
  const Plan plan = plan_of(model(" priority 150\n"),
                            model(" priority 150\n", "10.0.0.1\n10.0.0.7"), State::kMaster);
  EXPECT_TRUE(moves_now(plan, plan.difference.instances[0]));
}

constexpr const char* kNotYet = ": does not take effect in this version of vigie\n";
constexpr const char* kMovesNothing = "\non this router, now: no address moves\n";

// What stands between the first line and what it means on this router, and that this is nothing.
std::string changes_that_move_nothing(const config::Model& before, const config::Model& now) {
  const Plan plan = plan_of(before, now, State::kMaster);
  for (const auto& instance : plan.difference.instances) EXPECT_FALSE(moves_now(plan, instance));
  EXPECT_EQ(to_json(plan)["moves_now"], false);
  const std::string text = render_plan(plan);
  const std::size_t begin = text.find("\n\n") + 2;
  const std::size_t end = text.find(kMovesNothing);
  EXPECT_NE(end, std::string::npos) << text;
  return text.substr(begin, end - begin);
}

TEST(Plan, NamesEveryStaticItem) {
  EXPECT_EQ(
      changes_that_move_nothing(
          model({}, "10.0.0.1",
                "static_ipaddress {\n 203.0.113.1/24 dev lo\n}\n"
                "static_routes {\n 10.3.0.0/16 via 10.0.0.9\n 10.4.0.0/16 via 10.0.0.9\n}\n"),
          model({}, "10.0.0.1",
                "static_ipaddress {\n 203.0.113.1/24 dev lo\n 203.0.113.2/24 dev lo\n}\n"
                "static_routes {\n 10.3.0.0/16 via 10.0.0.8\n}\n"
                "static_rules {\n from 10.3.0.0/16 table 9\n}\n")),
      std::string("statics changes\n") +
          "    static_ipaddress 203.0.113.2/24 dev lo scope 0 excluded added" + kNotYet +
          "    static_routes unicast 10.3.0.0/16 table 254 proto 18 nexthop via 10.0.0.9 -> "
          "unicast 10.3.0.0/16 table 254 proto 18 nexthop via 10.0.0.8" +
          kNotYet +
          "    static_routes unicast 10.4.0.0/16 table 254 proto 18 nexthop via 10.0.0.9 left out" +
          kNotYet + "    static_rules inet preference 0 from 10.3.0.0/16 proto 18 table 9 added" +
          kNotYet + "not touched: VI_1\n");
}

TEST(Plan, NamesRoutesRulesAndInterfacesOfAnInstance) {
  EXPECT_EQ(
      changes_that_move_nothing(model(" virtual_routes {\n 10.1.0.0/16 via 10.0.0.9\n }\n"),
                                model(" virtual_routes {\n 10.2.0.0/16 via 10.0.0.9\n }\n"
                                      " virtual_rules {\n from 10.0.0.0/24 table 9\n }\n"
                                      " use_vmac vip50\n vrf red\n no_accept\n")),
      std::string("VI_1: changes in place\n    accept yes -> no") + kNotYet +
          "    virtual_routes unicast 10.1.0.0/16 table 254 proto 18 nexthop via 10.0.0.9 left "
          "out" +
          kNotYet +
          "    virtual_routes unicast 10.2.0.0/16 table 254 proto 18 nexthop via 10.0.0.9 added" +
          kNotYet + "    use_vmac or use_ipvlan none -> macvlan vip50" + kNotYet +
          "    vrf none -> red" + kNotYet +
          "    virtual_rules inet preference 0 from 10.0.0.0/24 proto 18 table 9 added" + kNotYet);
}

TEST(Plan, NamesScriptsThatAreTold) {
  EXPECT_EQ(changes_that_move_nothing(
                model(" notify_master \"/bin/echo a\"\n notify_fault /bin/false\n", "10.0.0.1",
                      "global_defs {\n notify_fifo /run/told\n}\n"),
                model(" notify_master \"/bin/echo b\"\n notify_stop /bin/true\n", "10.0.0.1",
                      "global_defs {\n notify_fifo /run/heard\n startup_script /bin/true\n}\n")),
            "VI_1: changes in place\n"
            "    notify_master \"/bin/echo\" \"a\" as default -> \"/bin/echo\" \"b\" as default\n"
            "    notify_fault \"/bin/false\" as default -> none\n"
            "    notify_stop none -> \"/bin/true\" as default\n"
            "notifying changes\n"
            "    notify_fifo \"/run/told\" of default read by none -> \"/run/heard\" of default "
            "read by none\n"
            "    startup_script none -> \"/bin/true\" as default\n");
}

TEST(Plan, NamesTheFirewallAndOtherSettingsOfTheKernel) {
  EXPECT_EQ(
      changes_that_move_nothing(
          model({}, "10.0.0.1", "global_defs {\n vmac_prefix vip\n}\n"),
          model({}, "10.0.0.1",
                "global_defs {\n nftables guard\n nftables_counters\n vrrp_ipsets a b\n "
                "disable_local_igmp\n vrrp_rt_priority 40\n}\n")),
      std::string("kernel changes\n    nftables or vrrp_iptables chosen when needed -> nftables") +
          kNotYet + "    nftables \"keepalived\" priority -1 -> \"guard\" priority -1 counters" +
          kNotYet + "    vrrp_ipsets none -> \"a\" \"b\"" + kNotYet +
          "    vmac_prefix \"vip\" -> \"vrrp\"" + kNotYet +
          "    reports for link-local groups yes -> no\n"
          "    vrrp_rt_priority 0 -> 40: needs a restart of vigied to take effect\n"
          "not touched: VI_1\n");
}

// The scripts of a router change, and an address in the same breath: what moves is told apart from what does not.
TEST(Plan, AnAddressMovesWhateverElseChanges) {
  const Plan plan = plan_of(model(" notify_master /bin/true\n"),
                            model(" notify_master /bin/false\n virtual_routes {\n 10.1.0.0/16 via "
                                  "10.0.0.9\n }\n",
                                  "10.0.0.7"),
                            State::kMaster);
  EXPECT_TRUE(moves_now(plan, plan.difference.instances[0]));
  EXPECT_EQ(to_json(plan)["moves_now"], true);
}

TEST(Plan, WithoutADaemonSaysSo) {
  Plan plan{.from = "a.conf", .to = "b.conf", .difference = {}};
  plan.difference = config::difference_of(model(" priority 150\n"), model(" priority 90\n"));
  EXPECT_TRUE(render_plan(plan).ends_with(
      "\nwhat that means for a router is not known: no running vigied was asked\n"));
}

TEST(Plan, JsonCarriesTheSameFacts) {
  const auto json = to_json(plan_of(model(" priority 150\n"),
                                    model(" priority 90\n", "10.0.0.1\n10.0.0.7"), State::kMaster));
  EXPECT_EQ(json["changes"], true);
  EXPECT_EQ(json["moves_now"], true);
  const auto& one = json["instances"][0];
  EXPECT_EQ(one["fate"], "changed");
  EXPECT_EQ(one["state"], "MASTER");
  EXPECT_EQ(one["changes"][0]["what"], "priority");
  EXPECT_EQ(one["changes"][0]["before"], "150");
  EXPECT_EQ(one["addresses"][0]["change"], "comes");
  EXPECT_EQ(one["addresses"][0]["address"], "10.0.0.7/32");
}

}  // namespace
}  // namespace cli
