// Sync groups: two virtual routers on one interface, master together or not at all.
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

class EngineWithAGroup : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    config::Model model = one_instance();
    model.scripts.push_back({.name = "check_router", .command = {}, .at = {}});
    model.instances.push_back(model.instances[0]);
    model.instances[1].name = "VI_2";
    model.instances[1].vrid = kVrid + 1;
    model.instances[1].addresses[0].prefix.address = Address::v4(192, 0, 2, 253);
    model.instances[0].track_scripts.push_back({.at = {}});
    config::SyncGroup group;
    group.name = "VG_1";
    group.members = {0, 1};
    model.groups.push_back(group);
    for (config::Instance& instance : model.instances) instance.group = 0;
    house_ = std::make_unique<House>(model);
  }
  void verdict(bool well) {
    ipc::ScriptResult result;
    result.well = well ? 1 : 0;
    house_->from_runner(result);
  }
  bool are(State state) const {
    return house_->row(0).state == state && house_->row(1).state == state;
  }
  void start_as_masters() {
    house_->start_engine();
    house_->send_everything();
    verdict(true);
    ASSERT_TRUE(house_->run_until([&] { return are(State::kMaster); }));
  }
};

TEST_F(EngineWithAGroup, RisesInOneTurnWhenAllHaveHeardNobody) {
  start_as_masters();
  EXPECT_EQ(house_->row(0).in_state_since_ns, house_->row(1).in_state_since_ns);
  const feed::GroupRow group = house_->group();
  EXPECT_EQ(feed::get_text(group.name), "VG_1");
  EXPECT_EQ(group.state, State::kMaster);
  EXPECT_EQ(group.members, 2);
  const auto records = house_->records(Kind::kGroup);
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(feed::get_text(records.back().name), "VG_1");
  EXPECT_EQ(records.back().from, State::kBackup);
  EXPECT_EQ(records.back().to, State::kMaster);
  EXPECT_EQ(records.back().sequence, group.change_sequence);
}

// Its sentence says what the member's does.
TEST_F(EngineWithAGroup, ChangesForWhatItsMemberHeard) {
  start_as_masters();
  peer_->advertise(200);
  ASSERT_TRUE(house_->run_until([&] { return are(State::kBackup); }));
  const feed::Record group = house_->records(Kind::kGroup).back();
  EXPECT_EQ(group.to, State::kBackup);
  EXPECT_EQ(group.cause, base::Cause::kHigherPriorityHeard);
  EXPECT_EQ(group.peer_priority, 200);
  EXPECT_NE(group.priority, 0);
  EXPECT_EQ(group.peer, kPeer.padded());
}

TEST_F(EngineWithAGroup, StaysBackupWhileOneMemberObeysAMaster) {
  house_->start_engine();
  house_->send_everything();
  verdict(true);
  ASSERT_TRUE(house_->run_until([&] { return are(State::kBackup); }));
  for (int i = 0; i < 10; ++i) {  // three times the time both would wait
    peer_->advertise(200);
    house_->run_for(kInterval);
  }
  EXPECT_TRUE(are(State::kBackup));
  EXPECT_EQ(house_->group().state, State::kBackup);
}

TEST_F(EngineWithAGroup, LeavesWhenOneMemberFailsAndNamesIt) {
  start_as_masters();
  (void)peer_->hear();
  verdict(false);
  ASSERT_TRUE(house_->run_until([&] { return are(State::kFault); }));
  const auto records = house_->records(Kind::kTransition);
  for (const feed::Record& record : records) {
    if (record.to != State::kFault) continue;
    if (record.instance == 0) {
      EXPECT_EQ(record.cause, Cause::kScriptFailed);
    } else {
      EXPECT_EQ(record.cause, Cause::kSyncGroup);
      EXPECT_EQ(feed::get_text(record.subject), "VI_1");
    }
  }
  // Both said that they leave, before either let go.
  const auto heard = peer_->hear().adverts;
  EXPECT_EQ(std::count(heard.begin(), heard.end(), 0), 2);
  EXPECT_EQ(house_->group().state, State::kFault);
  verdict(true);
  EXPECT_TRUE(house_->run_until([&] { return are(State::kMaster); }));
}

TEST_F(EngineWithAGroup, OutlivesItsEngineWithoutATransition) {
  start_as_masters();
  const std::size_t before =
      house_->records(Kind::kTransition).size() + house_->records(Kind::kGroup).size();
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  verdict(true);
  house_->run_for(4 * kInterval);
  EXPECT_TRUE(are(State::kMaster));
  EXPECT_EQ(house_->records(Kind::kTransition).size() + house_->records(Kind::kGroup).size(),
            before);
}

}  // namespace
