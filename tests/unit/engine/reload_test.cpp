// Another configuration while everything runs.
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

const Address kSecond = Address::v4(192, 0, 2, 253);

config::VirtualAddress address(const Address& one) {
  config::VirtualAddress made;
  made.prefix = {one, 24};
  made.interface = "lan0";
  return made;
}

// A second virtual router beside the first, with an address of its own.
config::Instance second_instance() {
  config::Instance instance = one_instance().instances[0];
  instance.name = "VI_2";
  instance.vrid = kVrid + 1;
  instance.addresses = {address(kSecond)};
  return instance;
}

config::Model two_instances() {
  config::Model model = one_instance();
  model.instances.push_back(second_instance());
  return model;
}

class EngineReloaded : public Engine {
 protected:
  void use(config::Model model) { house_ = std::make_unique<House>(std::move(model)); }

  // Hands it over and waits until the engine has answered; the neighbours have not.
  void reload(config::Model model) {
    house_->reload(std::move(model));
    std::optional<ipc::Reconfigured> answer;
    ASSERT_TRUE(house_->run_until([&] { return (answer = house_->reconfigured()).has_value(); }));
    ASSERT_EQ(answer->done, 1) << feed::get_text(answer->text);
  }
  std::string refusal(config::Model model) {
    house_->reload(std::move(model));
    return refusal();
  }
  std::string refusal() {
    std::optional<ipc::Reconfigured> answer;
    if (!house_->run_until([&] { return (answer = house_->reconfigured()).has_value(); }))
      return "no answer";
    return answer->done != 0 ? "done" : std::string(feed::get_text(answer->text));
  }
  // The keeper goes on with it and says all it has.
  void keeper_catches_up() {
    const std::size_t hellos = house_->keeper_hellos.size();
    if (hellos == 0 || house_->keeper_hellos.back() == House::kHash) {
      ASSERT_TRUE(house_->run_until([&] { return house_->keeper_hellos.size() > hellos; }));
    }
    house_->send_everything();
    house_->run_for(5ms);
  }
  std::size_t transitions() const { return house_->records(Kind::kTransition).size(); }
  std::vector<ipc::Want> wishes_of(std::uint16_t instance) const {
    std::vector<ipc::Want> some;
    for (const ipc::Want& want : house_->wishes)
      if (want.instance == instance) some.push_back(want);
    return some;
  }
};

// --- Nothing that did not change is touched -----------------------------------------------------------------------------

TEST_F(EngineReloaded, KeepsAMasterItsPhaseItsCountersAndItsAddress) {
  start_as_master();
  const feed::Row before = house_->row();
  const feed::Global global = house_->global();
  const std::size_t told = transitions();
  house_->wishes.clear();
  config::Model model = one_instance();
  model.router_id = "another name";
  reload(model);
  const feed::Row row = house_->row();
  EXPECT_EQ(row.state, State::kMaster);
  EXPECT_EQ((row.deadline_ns - before.deadline_ns) % kInterval.count(), 0);
  EXPECT_GE(row.adverts_sent, before.adverts_sent);
  EXPECT_EQ(row.became_master, 1U);
  EXPECT_EQ(row.in_state_since_ns, before.in_state_since_ns);
  EXPECT_EQ(row.transition_sequence, before.transition_sequence);
  EXPECT_EQ(row.addresses_installed, 1);
  EXPECT_EQ(transitions(), told);
  EXPECT_EQ(house_->global().engine_starts, global.engine_starts);
  EXPECT_EQ(house_->global().engine_started_ns, global.engine_started_ns);
  EXPECT_EQ(house_->global().superseded, 0U);
  EXPECT_TRUE(house_->is_old_board_superseded());
  EXPECT_TRUE(house_->records(Kind::kReconfigured).empty());
  keeper_catches_up();
  for (const ipc::Want& want : house_->wishes) EXPECT_EQ(want.hold, 1);
  EXPECT_FALSE(house_->wishes.empty());
  EXPECT_EQ(transitions(), told);
}

TEST_F(EngineReloaded, SpeaksOnBeforeTheKeeperHasCaughtUp) {
  start_as_master();
  config::Model model = one_instance();
  model.router_id = "another name";
  reload(model);
  (void)peer_->hear();
  ASSERT_TRUE(house_->run_until([&] { return peer_->hear().adverts.size() > 0; }));
  // And hears: a better one is obeyed.
  peer_->advertise(200);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
}

TEST_F(EngineReloaded, KeepsABackupItsDeadlineItsPeersAndWhatItHasHeard) {
  start_as_backup();
  house_->run_for(60ms);
  const feed::Row before = house_->row();
  config::Model model = one_instance();
  model.router_id = "another name";
  reload(model);
  const feed::Row row = house_->row();
  EXPECT_EQ(row.state, State::kBackup);
  EXPECT_EQ(row.deadline_ns, before.deadline_ns);
  EXPECT_EQ(row.adverts_received, before.adverts_received);
  EXPECT_EQ(row.master, before.master);
  house_->turn();  // the tables of a new board are filled in the turns that follow
  EXPECT_EQ(house_->peer(kPeer).adverts, before.adverts_received);
}

// It moves from the first place to the second: whatever says "place 0" from here on is another.
TEST_F(EngineReloaded, FollowsAnInstanceToItsNewPlace) {
  start_as_master();
  const std::uint64_t sent = house_->row().adverts_sent;
  config::Model model = one_instance();
  model.instances.insert(model.instances.begin(), second_instance());
  model.instances[0].name = "VI_0";
  house_->wishes.clear();
  reload(model);
  EXPECT_EQ(feed::get_text(house_->row(1).name), "VI_1");
  EXPECT_EQ(house_->row(1).state, State::kMaster);
  EXPECT_GE(house_->row(1).adverts_sent, sent);
  EXPECT_EQ(house_->row(0).state, State::kInitialize);
  // An answer in the old terms is about nobody.
  house_->from_keeper(
      ipc::Held{.instance = 0, .installed = 0, .wanted = 1, .refused = 0, .error = 99});
  house_->run_for(10ms);
  EXPECT_EQ(house_->row(0).state, State::kInitialize);
  keeper_catches_up();
  ASSERT_TRUE(house_->run_until([&] { return house_->row(0).state == State::kBackup; }));
  EXPECT_EQ(last_transition().cause, Cause::kStartup);
  EXPECT_EQ(last_transition().instance, 0);
  ASSERT_FALSE(wishes_of(1).empty());
  EXPECT_EQ(wishes_of(1).back().hold, 1);
}

TEST_F(EngineReloaded, KeepsTheStateOfOneThatHasAnotherName) {
  start_as_master();
  config::Model model = one_instance();
  model.instances[0].name = "gateway";
  reload(model);
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(feed::get_text(house_->row().name), "gateway");
  const auto rows = house_->records(Kind::kReconfigured);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(feed::get_text(rows[0].text), "name VI_1 -> gateway");
}

// --- Changes in place -------------------------------------------------------------------------------------------------

TEST_F(EngineReloaded, SaysItsNewPriorityInTheSameTurn) {
  start_as_master();
  (void)peer_->hear();
  config::Model model = one_instance();
  model.instances[0].priority = 150;
  reload(model);
  EXPECT_EQ(house_->row().effective_priority, 150);
  EXPECT_EQ(house_->row().base_priority, 150);
  const auto adverts = peer_->hear().adverts;
  ASSERT_FALSE(adverts.empty());
  EXPECT_EQ(adverts.back(), 150);
  EXPECT_EQ(house_->state(), State::kMaster);
  const auto rows = house_->records(Kind::kReconfigured);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].instance, 0);
  EXPECT_EQ(feed::get_text(rows[0].text), "priority 100 -> 150");
}

TEST_F(EngineReloaded, InstallsAndAnnouncesAnAddressThatIsNew) {
  start_as_master();
  config::Model model = one_instance();
  model.instances[0].addresses.push_back(address(kSecond));
  house_->wishes.clear();
  reload(model);
  (void)peer_->hear();
  EXPECT_TRUE(house_->run_until([&] { return !house_->wishes.empty(); }));
  keeper_catches_up();
  house_->from_keeper(ipc::Held{.instance = 0, .installed = 2, .wanted = 2});
  bool is_announced = false;
  EXPECT_TRUE(house_->run_until([&] {
    for (const Address& one : peer_->hear().announced)
      is_announced = is_announced || one == kSecond;
    return is_announced;
  }));
  EXPECT_EQ(transitions(), 2U);
}

TEST_F(EngineReloaded, SpeaksAtItsNewPace) {
  start_as_master();
  config::Model model = one_instance();
  model.instances[0].advert_interval = 40ms;
  reload(model);
  EXPECT_LE(house_->row().deadline_ns, base::os::now().ns() + Duration{40ms}.count());
  EXPECT_EQ(house_->row().advert_interval_ns, Duration{40ms}.count());
}

// --- What comes and what goes -----------------------------------------------------------------------------------------

TEST_F(EngineReloaded, StartsOneThatIsNewWhenTheKeeperHasCaughtUp) {
  start_as_master();
  reload(two_instances());
  house_->run_for(30ms);
  EXPECT_EQ(house_->row(1).state, State::kInitialize);
  keeper_catches_up();
  ASSERT_TRUE(house_->run_until([&] { return house_->row(1).state == State::kBackup; }));
  EXPECT_EQ(house_->row(1).holds, 0);
  const Instant began = Instant::from_ns(house_->row(1).in_state_since_ns);
  ASSERT_TRUE(house_->run_until([&] { return house_->row(1).state == State::kMaster; }));
  EXPECT_GE(Instant::from_ns(house_->row(1).in_state_since_ns) - began, kDownInterval);
  EXPECT_EQ(house_->row(0).became_master, 1U);
}

TEST_F(EngineReloaded, LetsOneThatIsRemovedSayThatItLeavesAndAnswerUntilSomebodySpeaks) {
  use(two_instances());
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] {
    return house_->row(0).state == State::kMaster && house_->row(1).state == State::kMaster;
  }));
  house_->run_for(10ms);
  (void)peer_->hear();
  house_->wishes.clear();
  house_->reload(one_instance());
  std::vector<std::uint8_t> said;
  ASSERT_TRUE(house_->run_until([&] {
    for (const std::uint8_t priority : peer_->hear().adverts) said.push_back(priority);
    return !said.empty() && std::find(said.begin(), said.end(), 0) != said.end();
  }));
  EXPECT_FALSE(house_->reconfigured());  // it answers still
  EXPECT_TRUE(house_->wishes.empty());
  peer_->advertise({.vrid = kVrid + 1});
  EXPECT_EQ(refusal(), "done");
  EXPECT_TRUE(
      wishes_of(1).empty());  // in these terms it is nobody's: the keeper sees to its address
  const feed::Record last = last_transition();
  EXPECT_EQ(feed::get_text(last.name), "VI_2");
  EXPECT_EQ(last.to, State::kStopped);
  EXPECT_EQ(last.cause, Cause::kReload);
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(house_->row().became_master, 1U);
}

TEST_F(EngineReloaded, DoesNotLetTheOthersOfAGroupLeaveWithOneThatIsRemoved) {
  config::Model model = two_instances();
  config::SyncGroup group;
  group.name = "VG_1";
  group.members = {0, 1};
  model.groups.push_back(group);
  for (config::Instance& instance : model.instances) instance.group = 0;
  use(model);
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->group().state == State::kMaster; }));
  config::Model alone = one_instance();
  group.members = {0};
  alone.groups.push_back(group);
  alone.instances[0].group = 0;
  reload(alone);
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(house_->row().released_master, 0U);
  EXPECT_EQ(house_->group().state, State::kMaster);
  EXPECT_EQ(house_->group().members, 1);
}

// --- Trackers and permits ----------------------------------------------------------------------------------------------

TEST_F(EngineReloaded, KeepsTheVerdictOfAScriptThatHasAnotherPlace) {
  config::Model model = one_instance();
  model.scripts.push_back({.name = "check", .command = {}, .at = {}});
  model.instances[0].track_scripts.push_back({.weight = -20, .at = {}});
  use(model);
  house_->start_engine();
  house_->send_everything();
  house_->from_runner(ipc::ScriptResult{.well = 0, .status = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->row().effective_priority == 80; }));
  model.scripts.insert(model.scripts.begin(), {.name = "other", .command = {}, .at = {}});
  model.instances[0].track_scripts = {{.script = 1, .weight = -20, .at = {}}};
  reload(model);
  EXPECT_EQ(house_->row().effective_priority, 80);
  // In the new terms place 0 is the other one.
  house_->from_runner(ipc::ScriptResult{.well = 1});  // before it has begun: nobody's
  house_->from_runner(ipc::Begin{.configuration = house_->runner_hellos.back()});
  house_->from_runner(ipc::ScriptResult{.script = 0, .well = 1});
  house_->run_for(10ms);
  EXPECT_EQ(house_->row().effective_priority, 80);
  house_->from_runner(ipc::ScriptResult{.script = 1, .well = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->row().effective_priority == 100; }));
}

TEST_F(EngineReloaded, DoesNotLetAMasterGoForAFlagNobodyHasLookedAtYet) {
  start_as_master();
  config::Model model = one_instance();
  model.flags.push_back(
      {.instances = {}, .permit_file = "/run/permit", .active_file = {}, .at = {}});
  reload(model);
  house_->run_for(20ms);
  EXPECT_EQ(house_->row().holds, 0);
  house_->from_runner(ipc::Begin{.configuration = house_->runner_hellos.back()});
  house_->from_runner(ipc::Permit{.flag = 0, .present = 1});
  house_->run_for(20ms);
  EXPECT_EQ(house_->state(), State::kMaster);
  house_->from_runner(ipc::Permit{.flag = 0, .present = 0});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kPermitRemoved);
}

TEST_F(EngineReloaded, DoesNotTakeAnInterfaceForAbsentThatTheKeeperHasNotSpokenOf) {
  start_as_master();
  config::Model model = one_instance();
  model.instances[0].track_interfaces.push_back({.interface = "lan1", .weight = 0, .at = {}});
  reload(model);
  house_->run_for(20ms);
  EXPECT_EQ(house_->state(), State::kMaster);
  // Nor did it name it when it had said everything: it is not there.
  keeper_catches_up();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kTrackedInterfaceDown);
}

// --- Refusals ---------------------------------------------------------------------------------------------------------

TEST_F(EngineReloaded, RefusesWhatCannotBeAssembledAndChangesNothing) {
  start_as_master();
  const feed::Row before = house_->row();
  config::Model model = two_instances();
  model.instances[1].vrid = kVrid;
  EXPECT_NE(refusal(model).find("the VRID belongs to VI_1 already"), std::string::npos);
  EXPECT_EQ(house_->row().transition_sequence, before.transition_sequence);
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_FALSE(house_->is_old_board_superseded());
  const std::size_t hellos = house_->keeper_hellos.size();
  house_->run_for(20ms);
  EXPECT_EQ(house_->keeper_hellos.size(), hellos);
}

TEST_F(EngineReloaded, RefusesAConfigurationWithoutItsBoard) {
  start_as_master();
  house_->from_supervisor(ipc::Reconfigure{.configuration = 1});
  EXPECT_EQ(refusal(), "it came without its board");
}

TEST_F(EngineReloaded, RefusesASecondOneWhileTheFirstHasDepartures) {
  use(two_instances());
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row(1).state == State::kMaster; }));
  config::Model first = one_instance();
  house_->reload(first);
  (void)house_->engine().turn();
  house_->from_supervisor(ipc::Reconfigure{.configuration = 7});
  EXPECT_EQ(refusal(), "another change is under way");
}

TEST_F(EngineReloaded, RefusesWhenTheDaemonIsBeingStopped) {
  start_as_backup();
  house_->from_supervisor(ipc::Stop{});
  config::Model model = one_instance();
  model.router_id = "another name";
  EXPECT_EQ(refusal(model), "the daemon is being stopped");
}

// --- The next engine --------------------------------------------------------------------------------------------------

TEST_F(EngineReloaded, LeavesABoardThatTheNextEngineAdopts) {
  start_as_master();
  config::Model model = two_instances();
  model.instances[0].priority = 150;
  reload(model);
  const std::size_t told = transitions();
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row(1).state == State::kBackup; }));
  EXPECT_EQ(house_->row(0).state, State::kMaster);
  EXPECT_EQ(house_->row(0).effective_priority, 150);
  EXPECT_EQ(house_->row(0).became_master, 1U);
  EXPECT_EQ(transitions(), told + 1);  // the new one
}

TEST_F(EngineReloaded, CanBeDoneAgainAndAgain) {
  start_as_master();
  for (int i = 0; i < 20; ++i) {
    reload(i % 2 == 0 ? two_instances() : one_instance());
    if (i % 3 == 0) keeper_catches_up();
  }
  EXPECT_EQ(house_->row(0).state, State::kMaster);
  EXPECT_EQ(house_->row(0).became_master, 1U);
}

}  // namespace
