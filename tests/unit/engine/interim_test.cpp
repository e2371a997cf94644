// An engine that comes after a while in which the keeper stood in for it.
#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

class EngineAfterAnInterim : public Engine {
 protected:
  // The engine dies as master.
  void die_as_master() {
    start_as_master();
    house_->run_for(120ms);
    before_ = house_->row();
    transitions_ = house_->records(Kind::kTransition).size();
    house_->kill_engine();
    died_ = base::os::now();
    (void)peer_->hear();
    house_->wishes.clear();
  }
  ipc::StoodIn account() const {
    return {
        .instance = 0, .said_zero = 1, .is_loop = 1, .deaths = 5, .began_ns = (died_ + 100ms).ns()};
  }
  ipc::StoodIn account_of_successor() const {
    ipc::StoodIn account = this->account();
    account.let_go = 1;
    account.peer = kPeer.padded();
    account.peer_family = base::Family::kIpv4;
    account.peer_priority = 200;
    account.peer_interval_ns = kInterval.count();
    account.let_go_ns = (died_ + 300ms).ns();
    return account;
  }
  void start_another(const ipc::StoodIn& account) {
    house_->start_engine();
    house_->begin();
    house_->from_keeper(account);
    house_->send_sockets();
    house_->send_interface();
    house_->send_caught_up();
  }
  std::string words_of_adoption() const {
    const auto adopted = house_->records(Kind::kEngineAdopted);
    return adopted.empty() ? std::string() : std::string(feed::get_text(adopted.back().text));
  }

  feed::Row before_;
  std::size_t transitions_ = 0;
  Instant died_;
};

TEST_F(EngineAfterAnInterim, IsBackupOfWhatWasLetGoAndWritesItDownForWhenItHappened) {
  die_as_master();
  const ipc::StoodIn account = account_of_successor();
  start_another(account);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  const auto transitions = house_->records(Kind::kTransition);
  ASSERT_EQ(transitions.size(), transitions_ + 1) << "the only record of it";
  const feed::Record& record = transitions.back();
  EXPECT_EQ(record.from, State::kMaster);
  EXPECT_EQ(record.to, State::kBackup);
  EXPECT_EQ(record.cause, Cause::kEngineMissing);
  EXPECT_EQ(record.status, 5);
  EXPECT_EQ(record.peer, kPeer.padded());
  EXPECT_EQ(record.peer_priority, 200);
  EXPECT_EQ(record.monotonic_ns, account.let_go_ns);
  const std::int64_t ago = base::os::now().ns() - account.let_go_ns;
  EXPECT_NEAR(static_cast<double>(record.wall_ns), static_cast<double>(base::os::wall_ns() - ago),
              1e8);
  EXPECT_THAT(words_of_adoption(), testing::HasSubstr("5 engines had died in a row"));

  house_->run_for(60ms);
  ASSERT_FALSE(house_->wishes.empty());
  for (const ipc::Want& wish : house_->wishes) EXPECT_EQ(wish.hold, 0);
  EXPECT_TRUE(peer_->hear().adverts.empty()) << "nothing is claimed any more";
  const feed::Row row = house_->row();
  EXPECT_EQ(row.released_master, before_.released_master + 1);
  EXPECT_EQ(row.zero_sent, before_.zero_sent + 1);
  EXPECT_EQ(row.master, kPeer.padded());
  EXPECT_EQ(row.transition_sequence, record.sequence);
  // The successor goes on, and is obeyed; a third engine finds nothing else.
  say(200);
  house_->run_for(60ms);
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  house_->run_for(60ms);
  EXPECT_EQ(house_->state(), State::kBackup);
  EXPECT_EQ(house_->records(Kind::kTransition).size(), transitions_ + 1);
}

TEST_F(EngineAfterAnInterim, IsMasterAtOnceOfWhatNobodyTookOver) {
  die_as_master();
  // For so long that any peer would have taken over.
  std::this_thread::sleep_for(kDownInterval + kInterval);
  start_another(account());
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_sent > before_.adverts_sent; }));
  EXPECT_THAT(peer_->hear().adverts, testing::Each(100)) << "no priority 0 of its own";
  house_->run_for(2 * kInterval);
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(house_->records(Kind::kTransition).size(), transitions_);
  EXPECT_THAT(words_of_adoption(), testing::AllOf(testing::HasSubstr("said priority 0"),
                                                  testing::HasSubstr("nobody took over")));
  ASSERT_FALSE(house_->wishes.empty());
  for (const ipc::Want& wish : house_->wishes) EXPECT_EQ(wish.hold, 1);
}

TEST_F(EngineAfterAnInterim, BelievesWhatTheKeeperSaidLast) {
  die_as_master();
  house_->start_engine();
  house_->begin();
  house_->from_keeper(account());
  house_->begin();
  house_->from_keeper(account_of_successor());
  house_->send_sockets();
  house_->send_interface();
  house_->send_caught_up();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
}

TEST_F(EngineAfterAnInterim, OfABackupThereIsNothingToTell) {
  start_as_backup();
  house_->kill_engine();
  died_ = base::os::now();
  start_another(account_of_successor());
  house_->run_for(60ms);
  EXPECT_EQ(house_->state(), State::kBackup);
  EXPECT_EQ(house_->records(Kind::kTransition).size(), 1U);
}

TEST_F(EngineAfterAnInterim, WhatIsToldToOneThatLivesChangesNothing) {
  start_as_master();
  const std::size_t transitions = house_->records(Kind::kTransition).size();
  house_->begin();
  house_->from_keeper(account_of_successor());
  house_->send_caught_up();
  house_->run_for(60ms);
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(house_->records(Kind::kTransition).size(), transitions);
}

}  // namespace
