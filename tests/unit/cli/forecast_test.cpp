#include "cli/forecast.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/memory_files.hpp"

namespace cli {
namespace {

using base::Address;
using base::State;
using namespace std::chrono_literals;

const Address kOdlyd = Address::v4(10, 0, 0, 2);
const Address kSam = Address::v4(10, 0, 0, 3);

// Priority 150, master, speaks from 10.0.0.9; knows 10.0.0.2 of priority 100, heard two hours ago.
class Foretold : public testing::Test {
 protected:
  void configure(const std::string& more, const std::string& others = {}) {
    const config::Parsed parsed = config::parse_text(
        "vrrp_script check {\n script \"/bin/check\"\n}\n"
        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 50\n priority 150\n" +
        more + " virtual_ipaddress {\n 10.0.0.1\n }\n}\n" + others);
    ASSERT_TRUE(parsed.usable()) << render(parsed.findings, parsed.files);
    model_ = parsed.model;
    situation_ = situation_of_file(model_);
    situation_.is_running = true;
    for (std::size_t i = 0; i < model_.instances.size(); ++i) {
      InstanceSituation& one = situation_.instances[i];
      one.effective = model_.instances[i].priority;
      one.source = Address::v4(10, 0, 0, 9);
      one.peers = {{.address = kOdlyd, .priority = 100, .interval = 1s, .heard = 2h}};
    }
  }
  void add_instance(const std::string& name, int vrid, const std::string& more) {
    others_ += "vrrp_instance " + name + " {\n interface eth1\n virtual_router_id " +
               std::to_string(vrid) + "\n priority 150\n" + more +
               " virtual_ipaddress {\n 10.1.0.1\n }\n}\n";
  }
  static std::string tracked(int weight) {
    return " track_script {\n check weight " + std::to_string(weight) + "\n }\n";
  }
  Forecast foretell_one(const std::string& text) {
    const auto failure = failure_of(text, model_, situation_);
    EXPECT_TRUE(failure) << to_string(failure.error());
    return foretell(model_, situation_, std::span(&*failure, 1));
  }
  std::string told(const std::string& text) { return render_forecast(foretell_one(text)); }

  config::Model model_;
  Situation situation_;
  std::string others_;
};

TEST_F(Foretold, AWeightThatNeverMovesTheAddressesIsCalledThat) {
  configure(tracked(-20));
  EXPECT_EQ(told("check"),
            "if script check fails:\n"
            "  VI_1: nothing moves\n"
            "      script check has weight -20\n"
            "      150 - 20 = 130 is still above 10.0.0.2 (100): this never moves the addresses\n");
}

TEST_F(Foretold, AnEqualPriorityDoesNotTakeOverEither) {
  configure(tracked(-50));
  EXPECT_EQ(
      told("check"),
      "if script check fails:\n"
      "  VI_1: nothing moves\n"
      "      script check has weight -50\n"
      "      150 - 50 = 100 is not below 10.0.0.2 (100), and an equal one does not take over: "
      "this never moves the addresses\n");
}

TEST_F(Foretold, AWeightThatIsEnoughMovesThemIfThePeerPreempts) {
  configure(tracked(-60));
  const Forecast forecast = foretell_one("check");
  EXPECT_TRUE(forecast.instances[0].moves);
  EXPECT_TRUE(forecast.instances[0].depends);
  EXPECT_EQ(
      render_forecast(forecast),
      "if script check fails:\n"
      "  VI_1: 10.0.0.2 (100) becomes master\n"
      "      script check has weight -60\n"
      "      its priority is 150 - 60 = 90\n"
      "      if it preempts, which its adverts do not say; else nothing moves\n"
      "      10.0.0.2 was last heard 2 h 0 min ago; a backup says nothing, so whether it is there "
      "is not known\n");
}

TEST_F(Foretold, APositiveWeightIsLostWhenTheThingFails) {
  configure(tracked(60));  // 150 + 60 = 210 while it is well
  const Forecast forecast = foretell_one("check");
  EXPECT_EQ(forecast.instances[0].before, 210);
  EXPECT_EQ(forecast.instances[0].after, 150);
  EXPECT_FALSE(forecast.instances[0].moves);
}

TEST_F(Foretold, AFaultMovesThemWhateverThePeerPrefers) {
  configure(tracked(0));
  const Forecast forecast = foretell_one("check");
  EXPECT_TRUE(forecast.instances[0].moves);
  EXPECT_FALSE(forecast.instances[0].depends);
  EXPECT_EQ(forecast.instances[0].verdict, "10.0.0.2 (100) becomes master");
  EXPECT_EQ(forecast.instances[0].says.front(), "script check is a fault (weight 0)");
}

TEST_F(Foretold, AFaultWithNobodyKnownLeavesNobody) {
  configure(tracked(0));
  situation_.instances[0].peers.clear();
  const Forecast forecast = foretell_one("check");
  EXPECT_EQ(forecast.instances[0].verdict, "nobody is master, as far as is known");
  EXPECT_TRUE(forecast.instances[0].is_unknown);
}

TEST_F(Foretold, WhoseOwnPriorityIsNotKnownMayTakeOver) {
  configure(tracked(0));
  situation_.instances[0].peers.front().priority = 0;
  const Forecast forecast = foretell_one("check");
  EXPECT_EQ(forecast.instances[0].verdict, "who takes over is not known");
  EXPECT_EQ(
      forecast.instances[0].says.back(),
      "10.0.0.2 was last heard 2 h 0 min ago and left with priority 0: what it says otherwise "
      "is not known");
}

TEST_F(Foretold, TheBestOfSeveralTakesOver) {
  configure(tracked(0));
  situation_.instances[0].peers.push_back({.address = kSam, .priority = 120, .interval = 1s});
  EXPECT_EQ(foretell_one("check").instances[0].verdict, "10.0.0.3 (120) becomes master");
}

TEST_F(Foretold, AsBackupALowerPriorityMovesNothing) {
  configure(tracked(-60));
  InstanceSituation& now = situation_.instances[0];
  now.state = State::kBackup;
  now.master = kOdlyd;
  now.peers.front() = {.address = kOdlyd, .priority = 200, .interval = 1s, .heard = 300ms};
  EXPECT_EQ(told("check"),
            "if script check fails:\n"
            "  VI_1: nothing moves\n"
            "      script check has weight -60\n"
            "      its priority is 150 - 60 = 90\n"
            "      10.0.0.2 (200) is master and stays\n");
}

TEST_F(Foretold, WhenTheMasterIsGoneTheBackupTakesOver) {
  configure("");
  InstanceSituation& now = situation_.instances[0];
  now.state = State::kBackup;
  now.master = kOdlyd;
  now.peers.front() = {.address = kOdlyd, .priority = 200, .interval = 1s, .heard = 300ms};
  EXPECT_EQ(told("10.0.0.2"),
            "if peer 10.0.0.2 fails:\n"
            "  VI_1: this router (150) becomes master\n"
            "      10.0.0.2 is gone\n");
}

TEST_F(Foretold, WhenABackupIsGoneNothingMoves) {
  configure("");
  EXPECT_EQ(told("10.0.0.2"),
            "if peer 10.0.0.2 fails:\n"
            "  VI_1: nothing moves\n"
            "      10.0.0.2 is gone\n");
}

TEST_F(Foretold, TheOwnInterfaceTakesThemAlong) {
  configure("");
  const Forecast forecast = foretell_one("eth0");
  EXPECT_EQ(forecast.instances[0].verdict, "10.0.0.2 (100) becomes master");
  EXPECT_FALSE(forecast.instances[0].depends);
}

TEST_F(Foretold, WithoutTrackingItsInterfaceThereAreTwoMasters) {
  configure(" dont_track_primary\n");
  EXPECT_EQ(foretell_one("eth0").instances[0].verdict,
            "two masters: this router (150) and 10.0.0.2 (100)");
}

TEST_F(Foretold, AMemberTakesItsGroupAlong) {
  add_instance("VI_2", 51, "");
  configure(tracked(0), others_ + "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n");
  const Forecast forecast = foretell_one("check");
  EXPECT_EQ(forecast.instances[1].verdict, "10.0.0.2 (100) becomes master");
  EXPECT_EQ(forecast.instances[1].says.front(), "goes together with VI_1 (group G)");
}

TEST_F(Foretold, AnInstanceThatIsNotInTheGroupStays) {
  add_instance("VI_2", 51, "");
  configure(tracked(0), others_);
  const Forecast forecast = foretell_one("check");
  EXPECT_FALSE(forecast.instances[1].is_concerned);
  EXPECT_TRUE(render_forecast(forecast).ends_with("  not concerned: VI_2\n"));
}

TEST_F(Foretold, AMissingPermitFileHandsOver) {
  configure("", "flags {\n permit_file /run/permit\n}\n");
  const Forecast forecast = foretell_one("/run/permit");
  EXPECT_EQ(forecast.instances[0].verdict, "10.0.0.2 (100) becomes master");
  EXPECT_EQ(forecast.instances[0].says.front(), "without /run/permit it may not be master");
}

TEST_F(Foretold, APeerThatCouldTakeOverAndDoesNotWillNotBeAssumedTo) {
  configure(tracked(-20));
  situation_.instances[0].peers.front().priority = 200;
  const Forecast forecast = foretell_one("check");
  EXPECT_FALSE(forecast.instances[0].moves);
  EXPECT_EQ(forecast.instances[0].says.back(),
            "150 - 20 = 130 is below 10.0.0.2 (200), which was above before and did not take over: "
            "it does not preempt, or it is not there");
}

TEST_F(Foretold, WhatFailsAlreadyFailsInTheForecastToo) {
  configure(" track_script {\n check weight -60\n }\n track_interface {\n uplink weight -30\n }\n");
  situation_.script_fails[0] = true;
  situation_.instances[0].effective = 90;
  const Forecast forecast = foretell_one("uplink");
  EXPECT_EQ(forecast.instances[0].before, 90);
  EXPECT_EQ(forecast.instances[0].after, 60);
}

TEST_F(Foretold, AFileNeedsANumber) {
  configure(" track_file {\n load weight -1\n }\n", "vrrp_track_file load {\n file /run/load\n}\n");
  EXPECT_FALSE(failure_of("load", model_, situation_));
  const Forecast forecast = foretell_one("load=70");
  EXPECT_EQ(forecast.instances[0].after, 80);
  EXPECT_EQ(forecast.instances[0].verdict, "10.0.0.2 (100) becomes master");
  EXPECT_EQ(forecast.instances[0].says.front(), "70 in file load times -1");
}

TEST_F(Foretold, WithoutADaemonItSaysWhatItDoesNotKnow) {
  configure(tracked(-20));
  situation_ = situation_of_file(model_);
  EXPECT_EQ(
      told("check"),
      "if script check fails:\n"
      "  VI_1: not known\n"
      "      script check has weight -20\n"
      "      150 - 20 = 130: whom that moves is not known, for nobody else was heard; a router "
      "of priority 131 to 150 would take over, one of 130 would not\n");
  EXPECT_FALSE(failure_of("10.0.0.2", model_, situation_));
}

TEST_F(Foretold, ANameOfTwoThingsMustBeSaidMoreExactly) {
  configure(" track_script {\n check\n }\n track_interface {\n check\n }\n");
  const auto failure = failure_of("check", model_, situation_);
  ASSERT_FALSE(failure);
  EXPECT_NE(to_string(failure.error()).find("write script:check or interface:check"),
            std::string::npos)
      << to_string(failure.error());
  EXPECT_EQ(failure_of("interface:check", model_, situation_)->kind, Failure::Kind::kInterface);
}

TEST_F(Foretold, AnUnknownNameIsAnsweredWithThoseThatAreKnown) {
  configure(tracked(-20));
  const auto failure = failure_of("chekc", model_, situation_);
  ASSERT_FALSE(failure);
  EXPECT_NE(to_string(failure.error()).find("it could be one of check, eth0, 10.0.0.2"),
            std::string::npos)
      << to_string(failure.error());
}

TEST_F(Foretold, EachThatCanFailIsAskedForOnce) {
  add_instance("VI_2", 51, " track_script {\n check\n }\n");
  configure(tracked(-20), others_);
  std::vector<std::string> names;
  for (const Failure& failure : every_failure(model_, situation_))
    names.push_back(to_string(failure));
  EXPECT_EQ(names, (std::vector<std::string>{"script check", "interface eth0", "interface eth1",
                                             "peer 10.0.0.2"}));
}

TEST_F(Foretold, SeveralFailTogether) {
  configure(" track_script {\n check weight -30\n }\n track_interface {\n uplink weight -30\n }\n");
  const std::vector<Failure> both{*failure_of("check", model_, situation_),
                                  *failure_of("uplink", model_, situation_)};
  EXPECT_FALSE(foretell_one("check").instances[0].moves);
  const Forecast forecast = foretell(model_, situation_, both);
  EXPECT_TRUE(forecast.instances[0].moves);
  EXPECT_EQ(forecast.instances[0].after, 90);
}

TEST_F(Foretold, DoubtIsSaidWhenRealityIsOtherwise) {
  configure("");
  situation_.instances[0].state = State::kFault;  // for a reason nobody wrote down
  situation_.instances[0].peers.clear();
  const Forecast forecast = foretell_one("eth0");
  EXPECT_NE(render_forecast(forecast).find("it is FAULT now, and by all that is known it would be "
                                           "MASTER: something here is not known"),
            std::string::npos)
      << render_forecast(forecast);
}

TEST_F(Foretold, JsonCarriesTheSameFacts) {
  configure(tracked(-60));
  const auto json = to_json(foretell_one("check"));
  EXPECT_EQ(json["failing"][0], "script check");
  EXPECT_EQ(json["running"], true);
  const auto& one = json["instances"][0];
  EXPECT_EQ(one["moves"], true);
  EXPECT_EQ(one["depends_on_preemption"], true);
  EXPECT_EQ(one["priority"], 150);
  EXPECT_EQ(one["priority_then"], 90);
  EXPECT_EQ(one["masters"][0]["this_router"], true);
  EXPECT_EQ(one["masters_then"][0]["address"], "10.0.0.2");
}

}  // namespace
}  // namespace cli
