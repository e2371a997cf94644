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

class EngineWithAWeightedCheck : public EngineWithACheck {
 protected:
  void make(bool tells) {
    config::Model model = one_instance();
    model.scripts.push_back({.name = "check_router", .command = {}, .at = {}});
    model.instances[0].track_scripts.push_back({.weight = -40, .at = {}});
    model.instances[0].notify_priority_changes = tells;
    house_ = std::make_unique<House>(model);
    house_->start_engine();
    house_->send_everything();
    verdict(true);
    ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
    verdict(false, 3);
    ASSERT_TRUE(house_->run_until([&] { return house_->records(Kind::kScript).size() == 2; }));
    house_->run_for(60ms);
  }
};

TEST_F(EngineWithAWeightedCheck, RecordsThatThePriorityMovedWhereThatIsAskedFor) {
  make(true);
  const auto moved = house_->records(Kind::kPriority);
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0].to, State::kMaster);
  EXPECT_EQ(moved[0].status - moved[0].priority, 40);
  EXPECT_EQ(feed::get_text(moved[0].name), "VI_1");
}

TEST_F(EngineWithAWeightedCheck, SaysNothingOfThePriorityElsewhere) {
  make(false);
  EXPECT_TRUE(house_->records(Kind::kPriority).empty());
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

class EngineThatTracks : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    config::Model model = one_instance();
    model.tracked_files.push_back({.name = "load", .path = "/load", .initial = {}, .at = {}});
    config::Process process;
    process.name = "bird";
    model.processes.push_back(process);
    model.instances[0].track_files.push_back({.weight = 2, .at = {}});
    model.instances[0].track_processes.push_back({.at = {}});
    house_ = std::make_unique<House>(model);
    house_->start_engine();
    house_->send_everything();
  }
  void file_says(std::int32_t value) { house_->from_runner(ipc::Tracked{.value = value}); }
  void processes_run(std::int32_t count) {
    ipc::Tracked tracked{.kind = ipc::TrackedKind::kProcess, .value = count};
    tracked.well = count > 0 ? 1 : 0;
    if (count == 0) feed::put_text(tracked.text, "none of it runs");
    house_->from_runner(tracked);
  }
};

TEST_F(EngineThatTracks, AddsTheNumberInAFileTimesItsWeight) {
  processes_run(1);
  file_says(10);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_EQ(house_->row().effective_priority, 120);
  file_says(-5);
  ASSERT_TRUE(house_->run_until([&] { return house_->row().effective_priority == 90; }));
  const auto records = house_->records(Kind::kTracked);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].cause, Cause::kTrackedFile);
  EXPECT_EQ(records[1].status, 10);
  EXPECT_EQ(records[2].status, -5);
  EXPECT_EQ(feed::get_text(records[2].subject), "load");
}

TEST_F(EngineThatTracks, IsInFaultWithoutItsProcessAndSaysWhich) {
  house_->run_for(60ms);
  EXPECT_EQ(house_->state(), State::kInitialize);  // nobody has looked yet
  processes_run(1);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  processes_run(0);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kTrackedProcess);
  EXPECT_EQ(feed::get_text(last_transition().subject), "bird");
  EXPECT_EQ(feed::get_text(last_transition().text), "none of it runs");
}

TEST_F(EngineThatTracks, RecordsWhatANewEngineIsToldAgainOnce) {
  processes_run(2);
  file_says(7);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  processes_run(2);
  file_says(7);
  house_->run_for(60ms);
  EXPECT_EQ(house_->records(Kind::kTracked).size(), 2U);
  EXPECT_TRUE(house_->is(State::kMaster));
}

TEST_F(EngineWithACheck, HasFailedFromTheStartWhereThatIsConfigured) {
  config::Model model = one_instance();
  model.scripts.push_back({.name = "check_router", .command = {}, .init_fail = true, .at = {}});
  model.instances[0].track_scripts.push_back({.at = {}});
  house_ = std::make_unique<House>(model);
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kScriptFailed);
  verdict(true);
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
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
  house_->run_for(kDownInterval + 100ms);
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
