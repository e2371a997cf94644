#include "cli/plan.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/memory_files.hpp"

namespace cli {
namespace {

using base::Address;
using base::State;
using namespace std::chrono_literals;

config::Model model(const std::string& settings, const std::string& addresses = "10.0.0.1") {
  const config::Parsed parsed =
      config::parse_text("vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 50\n" +
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
