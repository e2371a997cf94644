// Somebody removes addresses: from what the keeper says to rows, board and wire.
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

class EngineInAFight : public Engine {
 protected:
  void held(bool is_fought) {
    const auto all = static_cast<std::uint16_t>(house_->row().addresses);
    house_->from_keeper(ipc::Held{.installed = all,
                                  .wanted = all,
                                  .is_fought = is_fought ? std::uint8_t{1} : std::uint8_t{0}});
  }
  void fight_begins() {
    held(true);
    ASSERT_TRUE(house_->run_until([&] { return house_->row().departing == 1; }));
  }
};

// FAULT-32
TEST_F(EngineInAFight, LeavesItsAddressesToWhoTakesOverAndSaysWhy) {
  start_as_master();
  fight_begins();
  EXPECT_EQ(house_->row().fought, 1);
  peer_->advertise(50);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kAddressFought);
  EXPECT_EQ(feed::get_text(last_transition().subject), "192.0.2.254/24");
  EXPECT_EQ(house_->row().gave_way, 2);
  const auto rows = house_->records(Kind::kAddressFought);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].status, 1);
  EXPECT_EQ(feed::get_text(rows[0].subject), "192.0.2.254/24");
  // It obeys the lower one, and the keeper's calm is not enough before the quiet time is over.
  held(false);
  for (int i = 0; i < 20; ++i) {
    peer_->advertise(50);
    house_->run_for(std::chrono::milliseconds{20});
    ASSERT_TRUE(house_->is(State::kBackup));
    ASSERT_EQ(house_->row().preparing, 0);
  }
}

TEST_F(EngineInAFight, StaysWhereThereIsNobodyAndIsCalmWhenTheKeeperIs) {
  start_as_master();
  const std::size_t before = house_->records(Kind::kTransition).size();
  house_->answers_wishes = false;  // for that answer is that all is well
  fight_begins();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().departing == 0; }));
  // Who is late by a quarter of an interval leaves: somebody may have taken over unheard.
  if (!house_->is(State::kMaster) && house_->global().lateness_ns_max >= (kInterval / 4).count())
    GTEST_SKIP() << "the machine stood still for " << house_->global().lateness_ns_max / 1'000'000
                 << " ms";
  EXPECT_TRUE(house_->is(State::kMaster));
  house_->from_keeper(ipc::Restored{});
  held(false);
  ASSERT_TRUE(house_->run_until([&] { return house_->row().fought == 0; }));
  EXPECT_EQ(house_->records(Kind::kTransition).size(), before);
  const auto rows = house_->records(Kind::kAddressFought);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].status, 0);
  EXPECT_GT(rows[1].duration_ns, 0);
  EXPECT_EQ(feed::get_text(rows[1].text), "put back 1 times meanwhile");
  EXPECT_TRUE(house_->records(Kind::kAddressRestored).empty());
}

TEST_F(EngineInAFight, WritesThreeRowsOfAFloodAndTheRestWhenItIsAFight) {
  start_as_master();
  for (int removal = 0; removal < 20; ++removal) house_->from_keeper(ipc::Restored{});
  fight_begins();
  const auto rows = house_->records(Kind::kAddressRestored);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2].status, 1);
  EXPECT_EQ(rows[3].status, 17);
}

TEST_F(EngineInAFight, ThatDiedAwayIsStillAwayAfterwards) {
  start_as_master();
  fight_begins();
  peer_->advertise(50);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().gave_way == 2; }));
  for (int i = 0; i < 20; ++i) {
    peer_->advertise(50);
    house_->run_for(std::chrono::milliseconds{20});
    ASSERT_TRUE(house_->is(State::kBackup));
    ASSERT_EQ(house_->row().preparing, 0);
  }
}

TEST_F(EngineInAFight, DoesNotUnderstandAKeeperThatNamesAnAddressThereIsNone) {
  start_as_master();
  house_->from_keeper(ipc::Held{.installed = 1, .wanted = 1, .fought = 7, .is_fought = 1});
  house_->run_for(std::chrono::milliseconds{50});
  EXPECT_EQ(house_->row().fought, 0);
  EXPECT_EQ(house_->row().departing, 0);
}

}  // namespace
