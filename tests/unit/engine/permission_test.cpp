// Checks and permits: what keeps an instance from being master.
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

class EngineWithACheck : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    config::Model model = one_instance();
    model.scripts.push_back({.name = "check_router", .command = {}, .at = {}});
    model.instances[0].track_scripts.push_back({.at = {}});
    house_ = std::make_unique<House>(model);
  }
  void verdict(bool well, int status = 0) {
    ipc::ScriptResult result;
    result.well = well ? 1 : 0;
    result.status = status;
    result.duration_ns = 5'000'000;
    feed::put_text(result.output, "no route");
    house_->from_runner(result);
  }
};

TEST_F(EngineWithACheck, WaitsForTheFirstVerdict) {
  house_->start_engine();
  house_->send_everything();
  house_->run_for(60ms);
  EXPECT_EQ(house_->state(), State::kInitialize);
  verdict(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kChecked);
}

TEST_F(EngineWithACheck, NamesTheCheckThatMadeItLeave) {
  house_->start_engine();
  house_->send_everything();
  verdict(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  verdict(false, 3);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  const feed::Record record = last_transition();
  EXPECT_EQ(record.cause, Cause::kScriptFailed);
  EXPECT_EQ(feed::get_text(record.subject), "check_router");
  EXPECT_EQ(record.status, 3);
  EXPECT_EQ(record.duration_ns, 5'000'000);
  EXPECT_EQ(feed::get_text(record.text), "no route");
  const auto checks = house_->records(Kind::kScript);
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[1].from, State::kBackup);
  EXPECT_EQ(checks[1].to, State::kFault);
}

TEST_F(EngineWithACheck, RecordsAVerdictOnceHoweverOftenEnginesAreToldIt) {
  house_->start_engine();
  house_->send_everything();
  verdict(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  verdict(true);
  house_->run_for(60ms);
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  verdict(true);
  house_->run_for(60ms);
  EXPECT_EQ(house_->records(Kind::kScript).size(), 1U);
}

class EngineWithAPermit : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    config::Model model = one_instance();
    model.flags.push_back(
        {.instances = {}, .permit_file = "/run/permit", .active_file = {}, .at = {}});
    house_ = std::make_unique<House>(model);
    house_->start_engine();
    house_->send_everything();
    ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  }
  void permit(bool present) {
    house_->from_runner(
        ipc::Permit{.present = present ? std::uint8_t{1} : std::uint8_t{0}, .uid = 42});
  }
};

TEST_F(EngineWithAPermit, DoesNotRiseUntilItWasSeen) {
  house_->run_for(300ms);
  EXPECT_EQ(house_->state(), State::kBackup);
  EXPECT_EQ(house_->row().holds, static_cast<std::uint8_t>(base::Hold::kPermit));
  permit(true);
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
}

TEST_F(EngineWithAPermit, DepartsWhenItIsTakenAwayAndSaysWhich) {
  permit(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  (void)peer_->hear();
  permit(false);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kPermitRemoved);
  EXPECT_EQ(feed::get_text(last_transition().subject), "/run/permit");
  EXPECT_EQ(last_transition().uid, 42U);
  const auto adverts = peer_->hear().adverts;
  EXPECT_NE(std::find(adverts.begin(), adverts.end(), 0), adverts.end());
  EXPECT_EQ(house_->records(Kind::kPermit).size(), 2U);
}

TEST_F(EngineWithAPermit, SaysWhichFlagWasTakenAwayAlsoWhenItIsBackBeforeTheDepartureEnds) {
  permit(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  permit(false);
  permit(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kPermitRemoved);
  EXPECT_EQ(feed::get_text(last_transition().subject), "/run/permit");
}

}  // namespace
