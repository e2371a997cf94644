// A router that comes back, and what an operator asks for: as the engine does it, from a message to the wire.
#include <algorithm>

#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::Hold;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

class EngineOfAnOperator : public Engine {
 protected:
  void order(bool take, bool force = false) {
    house_->from_supervisor(ipc::Switchover{.instance = 0,
                                            .take = take ? std::uint8_t{1} : std::uint8_t{0},
                                            .force = force ? std::uint8_t{1} : std::uint8_t{0},
                                            .uid = 1000,
                                            .configuration = House::kHash});
  }
  void maintain(bool on) {
    house_->from_supervisor(
        ipc::Maintenance{.on = on ? std::uint8_t{1} : std::uint8_t{0}, .uid = 1000});
  }
  bool is_held() const {
    return (house_->row().holds & static_cast<std::uint8_t>(Hold::kMaintenance)) != 0;
  }
  // A backup that hears a lower master now and then, until it asks for its addresses.
  void prepare() {
    house_->answers_wishes = false;
    start_as_backup();
    ASSERT_TRUE(house_->run_until([&] {
      peer_->advertise(50);
      return house_->row().preparing == 1;
    }));
    (void)peer_->hear();
  }
  void held() {
    const auto all = static_cast<std::uint16_t>(house_->row().addresses);
    house_->from_keeper(ipc::Held{.instance = 0, .installed = all, .wanted = all});
  }
};

TEST_F(EngineOfAnOperator, ComesBackWithoutAWordBeforeTheKeeperHasItsAddresses) {
  prepare();
  ASSERT_FALSE(house_->wishes.empty());
  EXPECT_EQ(house_->wishes.back().hold, 1);
  for (int i = 0; i < 20; ++i) {
    peer_->advertise(50);
    house_->run_for(std::chrono::milliseconds{10});
  }
  EXPECT_TRUE(house_->is(State::kBackup));
  Peer::Frames silence = peer_->hear();
  EXPECT_TRUE(silence.adverts.empty());
  EXPECT_TRUE(silence.announced.empty());
  held();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_EQ(house_->row().preparing, 0);
  EXPECT_EQ(last_transition().cause, Cause::kPreemption);
  // Both in that moment, and clients are told first: the other one may let go the moment it hears the advert.
  const Peer::Frames first = peer_->hear();
  EXPECT_EQ(first.adverts.size(), 1U);
  EXPECT_EQ(first.announced.size(), house_->row().announcements_sent);
  EXPECT_GT(first.announced.size(), 0U);
  EXPECT_EQ(first.announced_before_adverts, first.announced.size());
}

TEST_F(EngineOfAnOperator, TakesItsWishBackWhenSomebodyBetterSpeaks) {
  prepare();
  say(200);
  EXPECT_EQ(house_->row().preparing, 0);
  house_->run_for(std::chrono::milliseconds{50});
  EXPECT_EQ(house_->wishes.back().hold, 0);
  held();
  house_->run_for(std::chrono::milliseconds{50});
  EXPECT_TRUE(house_->is(State::kBackup));
  EXPECT_TRUE(peer_->hear().adverts.empty());
}

TEST_F(EngineOfAnOperator, ThatDiedWhilePreparingHasItsAddressesTakenOut) {
  prepare();
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->wishes.back().hold == 0; }));
  EXPECT_TRUE(house_->is(State::kBackup));
  EXPECT_EQ(house_->row().preparing, 0);
}

TEST_F(EngineOfAnOperator, SwitchesOverAndObeysALowerMasterFromThenOn) {
  start_as_master();
  order(false);
  ASSERT_TRUE(house_->run_until([&] { return house_->row().departing == 1; }));
  peer_->advertise(50);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kOperator);
  EXPECT_EQ(last_transition().uid, 1000U);
  EXPECT_EQ(house_->row().gave_way, 1);
  for (int i = 0; i < 30; ++i) {
    peer_->advertise(50);
    house_->run_for(std::chrono::milliseconds{20});
    ASSERT_TRUE(house_->is(State::kBackup));
    ASSERT_EQ(house_->row().preparing, 0);
  }
  order(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_EQ(last_transition().cause, Cause::kOperator);
  EXPECT_EQ(house_->row().gave_way, 0);
}

TEST_F(EngineOfAnOperator, StaysWhenNobodyTakesOver) {
  start_as_master();
  const std::size_t before = house_->records(Kind::kTransition).size();
  house_->wishes.clear();
  order(false);
  ASSERT_TRUE(house_->run_until([&] { return house_->row().departing == 1; }));
  ASSERT_TRUE(house_->run_until([&] { return house_->row().departing == 0; }));
  EXPECT_TRUE(house_->is(State::kMaster));
  EXPECT_EQ(house_->records(Kind::kTransition).size(), before);
  EXPECT_TRUE(
      std::ranges::all_of(house_->wishes, [](const ipc::Want& want) { return want.hold == 1; }));
}

TEST_F(EngineOfAnOperator, HearsNoOrderInTermsThatAreNotInForce) {
  start_as_master();
  house_->from_supervisor(ipc::Switchover{.instance = 0, .configuration = House::kHash + 1});
  house_->run_for(std::chrono::milliseconds{50});
  EXPECT_TRUE(house_->is(State::kMaster));
  EXPECT_EQ(house_->row().departing, 0);
}

TEST_F(EngineOfAnOperator, IsHeldBackInMaintenanceAndNotInFault) {
  start_as_master();
  maintain(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_TRUE(is_held());
  EXPECT_EQ(house_->row().faults, 0);
  EXPECT_EQ(last_transition().cause, Cause::kOperator);
  EXPECT_EQ(last_transition().uid, 1000U);
  maintain(false);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_FALSE(is_held());
}

TEST_F(EngineOfAnOperator, StartsInTheMaintenanceThereIs) {
  house_->start_engine();
  maintain(true);
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_TRUE(is_held());
  house_->run_for(std::chrono::milliseconds{500});
  EXPECT_TRUE(house_->is(State::kBackup));
}

// It may be a while before the supervisor has the processor.
TEST_F(EngineOfAnOperator, KeepsTheMaintenanceItAdoptedUntilItIsTold) {
  start_as_master();
  maintain(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  house_->run_for(std::chrono::milliseconds{500});
  EXPECT_TRUE(house_->is(State::kBackup));
  EXPECT_TRUE(is_held());
}

TEST_F(EngineOfAnOperator, AdoptsIntoAMaintenanceThatEndedMeanwhile) {
  start_as_master();
  maintain(true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  house_->kill_engine();
  house_->start_engine();
  maintain(false);
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_FALSE(is_held());
}

}  // namespace
