#include "engine/past.hpp"

#include <gtest/gtest.h>

#include "engine/feed/ledger.hpp"

namespace {

using base::Cause;
using base::Instant;
using base::State;
using feed::Kind;
using feed::Record;
using namespace std::chrono_literals;

constexpr std::int64_t kSecond = 1'000'000'000;

class PastTest : public testing::Test {
 protected:
  PastTest() : board_(feed::board_bytes(2) / 8), ledger_(feed::ledger_bytes(8) / 8) {
    model_.instances.resize(2);
    model_.scripts.resize(1);
    model_.scripts[0].name = "check";
    model_.flags.resize(1);
    model_.flags[0].permit_file = "/run/permit";
    feed::format_board(board(), 2, 7, "boot", "router");
    feed::format_ledger(ledger(), 1, "boot", 8);
  }
  std::span<std::byte> board() { return std::as_writable_bytes(std::span(board_)); }
  std::span<std::byte> ledger() { return std::as_writable_bytes(std::span(ledger_)); }

  std::uint64_t append(const Record& record) { return feed::LedgerWriter(ledger()).append(record); }
  std::uint64_t append_transition(std::uint16_t instance, State from, State to) {
    Record record;
    record.kind = Kind::kTransition;
    record.instance = instance;
    record.from = from;
    record.to = to;
    record.cause = Cause::kSilence;
    record.generation = 7;  // the board's
    record.monotonic_ns = 50 * kSecond;
    return append(record);
  }
  void publish(std::size_t index, const feed::Row& row) {
    feed::BoardWriter(board()).publish(index, row);
  }
  engine::Past read() { return engine::read_past(model_, board(), ledger()); }

  config::Model model_;
  std::vector<std::uint64_t> board_, ledger_;
};

TEST_F(PastTest, IsEmptyOnAFreshBoard) {
  const auto past = read();
  EXPECT_FALSE(past.states[0]);
  EXPECT_FALSE(past.states[1]);
  EXPECT_FALSE(past.scripts[0]);
  EXPECT_FALSE(past.permits[0]);
}

TEST_F(PastTest, IsWhatTheRowSays) {
  feed::Row row;
  row.state = State::kMaster;
  row.became_master = 5;
  row.transition_sequence = append_transition(1, State::kBackup, State::kMaster);
  publish(1, row);
  const auto past = read();
  EXPECT_FALSE(past.states[0]);
  EXPECT_EQ(past.states[1], State::kMaster);
  EXPECT_EQ(past.rows[1].became_master, 5U);
}

TEST_F(PastTest, DoesNotLiveOnWhenItWasStopped) {
  feed::Row row;
  row.state = State::kStopped;
  publish(0, row);
  EXPECT_FALSE(read().states[0]);
}

TEST_F(PastTest, IncludesATransitionThatDidNotReachTheRow) {
  feed::Row row;
  row.state = State::kBackup;
  row.transition_sequence = append_transition(0, State::kInitialize, State::kBackup);
  row.deadline_ns = 60 * kSecond;
  row.became_master = 1;
  publish(0, row);
  const std::uint64_t newer = append_transition(0, State::kBackup, State::kMaster);
  const auto past = read();
  EXPECT_EQ(past.states[0], State::kMaster);
  EXPECT_EQ(past.rows[0].transition_sequence, newer);
  EXPECT_EQ(past.rows[0].transition_cause, Cause::kSilence);
  EXPECT_EQ(past.rows[0].became_master, 2U);
  EXPECT_EQ(past.rows[0].in_state_since_ns, 50 * kSecond);
  EXPECT_EQ(past.rows[0].deadline_ns, 50 * kSecond);  // not that of the state before
}

TEST_F(PastTest, BeginsWithTheLastFreshStart) {
  append_transition(0, State::kBackup, State::kMaster);  // of another configuration
  Record started;
  started.kind = Kind::kEngineStarted;
  append(started);
  EXPECT_FALSE(read().states[0]);
}

TEST_F(PastTest, KnowsNothingOfWhatHappenedUnderAnotherConfiguration) {
  append_transition(0, State::kBackup, State::kMaster);
  // The same ledger, and a new board for another configuration: place 0 is another instance.
  std::fill(board_.begin(), board_.end(), 0);
  feed::format_board(board(), 2, 8, "boot", "router");
  EXPECT_FALSE(read().states[0]);
}

TEST_F(PastTest, KnowsNothingOfItsOwnConfigurationFromBeforeAnotherOne) {
  append_transition(0, State::kInitialize, State::kBackup);
  Record reconfigured;
  reconfigured.kind = Kind::kReconfigured;
  reconfigured.generation = 8;
  append(reconfigured);
  EXPECT_FALSE(read().states[0]);
}

TEST_F(PastTest, KnowsNothingFromBeforeAnOrderlyEnd) {
  append_transition(0, State::kInitialize, State::kBackup);
  Record stopped;
  stopped.kind = Kind::kStopped;
  stopped.generation = 7;
  append(stopped);
  EXPECT_FALSE(read().states[0]);
}

TEST_F(PastTest, OfARowWhoseWriterDiedInItEndsWhereTheLedgerEnds) {
  feed::Row row;
  row.state = State::kBackup;
  row.adverts_received = 12;
  publish(0, row);
  const std::uint64_t sequence = append_transition(0, State::kBackup, State::kMaster);
  board_[feed::kBoardHeaderBytes / 8] |= 1;  // the writer's lock, never given back
  const auto past = read();
  EXPECT_EQ(past.states[0], State::kMaster);
  EXPECT_EQ(past.rows[0].transition_sequence, sequence);
  EXPECT_EQ(past.rows[0].adverts_received, 12U);
}

TEST_F(PastTest, RemembersTheLastVerdictsAndPermits) {
  Record check;
  check.kind = Kind::kScript;
  feed::put_text(check.subject, "check");
  check.to = State::kBackup;
  append(check);
  check.to = State::kFault;
  append(check);
  Record permit;
  permit.kind = Kind::kPermit;
  feed::put_text(permit.subject, "/run/permit");
  permit.status = 1;
  append(permit);
  const auto past = read();
  EXPECT_EQ(past.scripts[0], false);
  EXPECT_EQ(past.permits[0], true);
}

TEST_F(PastTest, RemembersNotesUntilTheDaemonEndsInAnOrderlyWay) {
  Record note;
  note.kind = Kind::kNote;
  feed::put_text(note.text, "no real time here");
  append(note);
  EXPECT_EQ(read().notes, (std::vector<std::string>{"no real time here"}));
  Record stopped;
  stopped.kind = Kind::kStopped;
  append(stopped);
  EXPECT_TRUE(read().notes.empty());
}

TEST_F(PastTest, SurvivesALedgerThatWasOverwrittenManyTimes) {
  for (int i = 0; i < 20; ++i) append_transition(1, State::kBackup, State::kMaster);
  EXPECT_EQ(read().states[1], State::kMaster);
}

core::Router router() {
  core::Router made;
  made.version = core::Version::kV3;
  made.priority = base::Priority{100};
  made.advert_interval = 1s;
  return made;
}

TEST(Adopted, MasterKeepsItsDeadline) {
  feed::Row row;
  row.state = State::kMaster;
  row.deadline_ns = 100 * kSecond;
  row.effective_priority = 90;
  const auto adopted = engine::adopted_from(row, router(), Instant::from_ns(101 * kSecond));
  EXPECT_EQ(adopted.deadline, Instant::from_ns(100 * kSecond));
  EXPECT_EQ(adopted.effective, base::Priority{90});
}

TEST(Adopted, MasterDepartsWhenItsPeersMustHaveTakenOver) {
  feed::Row row;
  row.state = State::kMaster;
  row.deadline_ns = 100 * kSecond;  // last spoke at 99 s: a peer waits until 102 s at least
  EXPECT_FALSE(engine::adopted_from(row, router(), Instant::from_ns(102 * kSecond)).departing);
  const auto late = engine::adopted_from(row, router(), Instant::from_ns(102 * kSecond + 1));
  EXPECT_TRUE(late.departing);
  EXPECT_EQ(late.deadline,
            Instant::from_ns(103 * kSecond + 1));  // one interval to hear a successor
}

TEST(Adopted, BackupWithTimeLeftKeepsItsDeadline) {
  feed::Row row;
  row.state = State::kBackup;
  row.deadline_ns = 103 * kSecond;
  const auto adopted = engine::adopted_from(row, router(), Instant::from_ns(100 * kSecond));
  EXPECT_EQ(adopted.deadline, Instant::from_ns(103 * kSecond));
}

TEST(Adopted, BackupThatWasDeafListensForAnIntervalAndTheSkew) {
  feed::Row row;
  row.state = State::kBackup;
  row.deadline_ns = 99 * kSecond;
  row.master_interval_ns = 2 * kSecond;
  const auto adopted = engine::adopted_from(row, router(), Instant::from_ns(100 * kSecond));
  // 2 s and (256 - 100) / 256 x 2 s = 1.21875 s
  EXPECT_EQ(adopted.deadline, Instant::from_ns(103'218'750'000));
}

TEST(Adopted, KnowsTheMasterItLastHeard) {
  feed::Row row;
  row.state = State::kBackup;
  row.master = {192, 0, 2, 2};
  row.master_priority = 200;
  row.last_heard_ns = 98 * kSecond;
  row.holds = 1;
  const auto adopted = engine::adopted_from(row, router(), Instant::from_ns(100 * kSecond));
  EXPECT_EQ(adopted.master, base::Address::v4(192, 0, 2, 2));
  EXPECT_EQ(adopted.master_priority, base::Priority{200});
  EXPECT_EQ(adopted.last_heard, Instant::from_ns(98 * kSecond));
  EXPECT_EQ(adopted.holds, 1);
}

}  // namespace
