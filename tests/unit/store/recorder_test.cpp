#include "store/recorder.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "store/history.hpp"
#include "store/history_schema.hpp"
#include "store/log_line.hpp"
#include "tests/unit/store/bench.hpp"

namespace {

using base::Cause;
using base::Instant;
using base::State;
using bench::transition;
using store::Event;
using store::History;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::int64_t kNoon = 1'700'000'000'000'000'000;

std::vector<Event> events_in(const std::string& path, bool transitions_only = false) {
  auto history = History::open(path);
  EXPECT_TRUE(history) << to_string(history.error());
  if (!history) return {};
  auto events = history->list({.limit = 1'000'000, .transitions_only = transitions_only});
  EXPECT_TRUE(events) << to_string(events.error());
  return events ? *events : std::vector<Event>{};
}

std::vector<std::uint64_t> sequences_of(const std::vector<Event>& events) {
  std::vector<std::uint64_t> sequences;
  for (const Event& event : events) sequences.push_back(event.sequence.value_or(0));
  return sequences;
}

class Recording : public testing::Test {
 protected:
  store::Recorder recorder(const bench::Ledger& ledger, base::Duration keep = {}) const {
    return store::Recorder{{database_, keep}, ledger.bytes()};
  }
  void record(const bench::Ledger& ledger) const {
    store::Recorder once = recorder(ledger);
    once.turn(base::os::now(), base::os::wall_ns());
    EXPECT_TRUE(once.is_caught_up());
    once.close();
  }
  bench::Directory directory_;
  std::string database_ = directory_ / "history.db";
};

TEST_F(Recording, EveryKindCanBeAskedForByItsName) {
  bench::Ledger ledger{directory_ / "ledger", 7, 64};
  feed::Record contest = transition("VI_1", State::kInitialize, State::kInitialize);
  contest.kind = feed::Kind::kContest;
  contest.status = 1;
  contest.peer = base::Address::v4(192, 0, 2, 2).padded();
  contest.peer_family = base::Family::kIpv4;
  feed::put_text(contest.subject, "one-way");
  feed::Record group = transition("G1", State::kBackup, State::kMaster);
  group.kind = feed::Kind::kGroup;
  feed::Record clock = contest;
  clock.kind = feed::Kind::kClock;
  clock.duration_ns = -12'000'000'000;
  for (const feed::Record& one :
       {transition("VI_1", State::kBackup, State::kMaster), contest, group, clock})
    ledger.append(one);
  record(ledger);
  auto history = History::open(database_);
  ASSERT_TRUE(history);
  const auto of = [&](std::vector<std::string> kinds, const char* instance = "") {
    auto events = history->list({.instance = instance, .kinds = std::move(kinds)});
    EXPECT_TRUE(events);
    return *events;
  };
  EXPECT_EQ(of({}).size(), 1U) << "transitions, unless something else is asked for";
  ASSERT_EQ(of({"contest"}).size(), 1U);
  const Event found = of({"contest"}).front();
  EXPECT_EQ(found.subject, "one-way");
  EXPECT_EQ(found.peer, "192.0.2.2");
  EXPECT_EQ(found.status, 1);
  EXPECT_EQ(found.from, "");
  EXPECT_THAT(found.sentence, HasSubstr("two masters: 192.0.2.2"));
  ASSERT_EQ(of({"group", "clock"}).size(), 2U);
  EXPECT_EQ(of({"group"}).front().instance, "G1");
  EXPECT_EQ(of({"group"}).front().to, "MASTER");
  EXPECT_EQ(of({"clock"}).front().duration_ms, -12'000.0);
  EXPECT_EQ(of({"contest", "transition"}, "VI_1").size(), 2U);
  EXPECT_TRUE(of({"contest"}, "G1").empty());
}

TEST_F(Recording, KeepsEveryColumnOfATransition) {
  bench::Ledger ledger(directory_ / "ledger", 0xabcd);
  feed::Record took_over = transition("VI_1", State::kBackup, State::kMaster);
  took_over.silence_ns = 3'610'250'000;
  took_over.lateness_ns = 40'000;
  took_over.peer_priority = 150;
  took_over.generation = 7;
  const auto peer = *base::Address::parse("192.0.2.2");
  took_over.peer = peer.padded();
  took_over.peer_family = peer.family();
  ledger.append(took_over);
  record(ledger);

  const std::vector<Event> events = events_in(database_);
  ASSERT_EQ(events.size(), 1u);
  const Event& row = events[0];
  EXPECT_EQ(row.kind, "transition");
  EXPECT_EQ(row.instance, "VI_1");
  EXPECT_EQ(row.from, "BACKUP");
  EXPECT_EQ(row.to, "MASTER");
  EXPECT_EQ(row.cause, "silence");
  EXPECT_EQ(row.sentence, "no advert from 192.0.2.2 (priority 150) for 3.61 s");
  EXPECT_EQ(row.priority, 100);
  EXPECT_EQ(row.peer, "192.0.2.2");
  EXPECT_EQ(row.peer_priority, 150);
  EXPECT_DOUBLE_EQ(row.silence_ms.value(), 3610.25);
  EXPECT_DOUBLE_EQ(row.lateness_ms.value(), 0.04);
  EXPECT_FALSE(row.duration_ms);
  EXPECT_FALSE(row.status);
  EXPECT_EQ(row.generation, 7);
  EXPECT_NEAR(static_cast<double>(row.wall_ns), static_cast<double>(base::os::wall_ns()), 1e10);
  EXPECT_GT(row.monotonic_ns, 0);
  EXPECT_EQ(row.boot_id, base::os::boot_id());
  EXPECT_EQ(row.ledger, "000000000000abcd");
  EXPECT_EQ(row.sequence, 1u);
}

TEST_F(Recording, ReplayedLedgerAddsNothing) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  for (int i = 0; i < 3; ++i) ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  record(ledger);
  ledger.append(transition("VI_1", State::kMaster, State::kBackup));
  record(ledger);
  EXPECT_THAT(sequences_of(events_in(database_)), ElementsAre(1, 2, 3, 4));
}

TEST_F(Recording, NextBootContinuesWithItsOwnLedger) {
  bench::Ledger first(directory_ / "ledger1", 1);
  first.append(transition("VI_1", State::kBackup, State::kMaster));
  first.append(transition("VI_1", State::kMaster, State::kBackup));
  record(first);
  bench::Ledger second(directory_ / "ledger2", 2);
  second.append(transition("VI_1", State::kInitialize, State::kBackup, Cause::kStartup));
  record(second);

  const auto events = events_in(database_);
  EXPECT_THAT(sequences_of(events), ElementsAre(1, 2, 1));
  EXPECT_EQ(events[1].ledger, "0000000000000001");
  EXPECT_EQ(events[2].ledger, "0000000000000002");
  auto history = History::open(database_);
  EXPECT_EQ(history->recorded_through(1).value(), 2u);
  EXPECT_EQ(history->recorded_through(2).value(), 1u);
  EXPECT_EQ(history->recorded_through(3).value(), 0u);
}

TEST_F(Recording, LappedReaderWritesHowMuchItMissed) {
  bench::Ledger ledger(directory_ / "ledger", 1, 16);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  // 40 in all, 16 slots, the one after the newest may be in the writer's hands: 26 to 40 remain, 2 to 25 are gone.
  for (int i = 0; i < 39; ++i) ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);

  const auto events = events_in(database_);
  ASSERT_EQ(events.size(), 17u);
  EXPECT_EQ(events[0].sequence, 1u);
  EXPECT_EQ(events[1].kind, "lost");
  EXPECT_EQ(events[1].sequence, 25u);
  EXPECT_EQ(events[1].status, 24);
  EXPECT_EQ(events[1].sentence, "24 records were overwritten before they could be read");
  EXPECT_GT(events[1].wall_ns, kNoon);
  EXPECT_EQ(events[2].sequence, 26u);
  EXPECT_EQ(events[16].sequence, 40u);
}

TEST_F(Recording, BurstLargerThanATransactionIsRecordedWhole) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  const std::size_t count = store::Recorder::kBurst * 2 + 1;
  for (std::size_t i = 0; i < count; ++i)
    ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  EXPECT_EQ(events_in(database_).size(), count);
}

TEST_F(Recording, DamagedDatabaseIsMovedAsideAndTheRowSaysSo) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  {
    std::fstream file(database_, std::ios::in | std::ios::out | std::ios::binary);
    file << "this was a database";
  }
  ledger.append(transition("VI_1", State::kMaster, State::kBackup));
  record(ledger);

  // The ledger still has both events: the new database has them too.
  const auto events = events_in(database_);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].kind, "note");
  EXPECT_THAT(events[0].sentence, HasSubstr("the history database was damaged"));
  EXPECT_THAT(events[0].sentence, HasSubstr(database_ + ".corrupt-"));
  EXPECT_FALSE(events[0].sequence);
  EXPECT_EQ(events[1].sequence, 1u);
  EXPECT_EQ(events[2].sequence, 2u);
  int moved = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
    moved += entry.path().string().starts_with(database_ + ".corrupt-") &&
             !entry.path().string().ends_with("-wal");
  EXPECT_EQ(moved, 1);
}

TEST_F(Recording, DatabaseDeletedWhileInUseIsMadeAgainFromTheLedger) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  store::Recorder running = recorder(ledger);
  running.turn(base::os::now(), base::os::wall_ns());
  std::filesystem::remove(database_);
  ledger.append(transition("VI_1", State::kMaster, State::kBackup));
  running.turn(base::os::now(), base::os::wall_ns());
  running.close();

  const auto events = events_in(database_);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[0].sentence, HasSubstr("was deleted or replaced"));
  EXPECT_THAT(sequences_of(events), ElementsAre(0, 1, 2));
}

TEST_F(Recording, DamageInTheMiddleIsFoundAtTheStart) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  for (int i = 0; i < 400; ++i) ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  {
    std::fstream file(database_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 9);
    file << std::string(4096 * 4, '\xa5');
  }
  record(ledger);
  EXPECT_EQ(events_in(database_, true).size(), 400u);
  EXPECT_EQ(events_in(database_).size(), 401u);
}

TEST_F(Recording, FileOfANewerVigieIsLeftAlone) {
  {
    auto database = store::open_for_writing(database_, store::history_schema());
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("PRAGMA user_version=99"));
  }
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  store::Recorder recorder{{database_, {}}, ledger.bytes()};
  recorder.turn(Instant::from_ns(1), kNoon);
  EXPECT_FALSE(recorder.is_caught_up());
  EXPECT_EQ(recorder.deadline(), Instant::from_ns(1) + store::Recorder::kRetry);
  auto refused = History::open(database_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("a newer vigie made it"));
}

TEST_F(Recording, FileOfAnotherProgramIsLeftAlone) {
  {
    auto database = store::Database::open(database_, store::Database::Access::kReadWrite);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)"));
  }
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  store::Recorder recorder{{database_, {}}, ledger.bytes()};
  recorder.turn(Instant::from_ns(1), kNoon);
  EXPECT_FALSE(recorder.is_caught_up());
  auto theirs = store::Database::open(database_, store::Database::Access::kReadOnly);
  EXPECT_EQ(theirs->number("SELECT x FROM mine").value(), 1);
}

TEST_F(Recording, LogGoesOnWhileTheDatabaseRefusesAndSaysNothingTwice) {
  const std::string missing = directory_ / "later";
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  store::Recorder recorder{{missing + "/history.db", {}}, ledger.bytes()};
  testing::internal::CaptureStderr();
  Instant now = Instant::from_ns(1);
  recorder.turn(now, kNoon);
  recorder.turn(now += store::Recorder::kRetry, kNoon);
  ledger.append(transition("VI_2", State::kBackup, State::kMaster));
  recorder.turn(now, kNoon);
  std::filesystem::create_directory(missing);
  recorder.turn(now += store::Recorder::kRetry, kNoon);
  EXPECT_TRUE(recorder.is_caught_up());

  std::istringstream log(testing::internal::GetCapturedStderr());
  std::vector<std::string> lines;
  for (std::string line; std::getline(log, line);) lines.push_back(line);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("the history cannot be recorded"),
                                 HasSubstr("(VI_1) Entering MASTER STATE"),
                                 HasSubstr("(VI_2) Entering MASTER STATE"),
                                 HasSubstr("the history is recorded again")));
  EXPECT_THAT(sequences_of(events_in(missing + "/history.db")), ElementsAre(1, 2));
}

TEST_F(Recording, OldRowsGoInStepsAndTheLastTransitionOfAnInstanceStays) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  constexpr int kRows = 2500;
  for (int i = 0; i < kRows; ++i) ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  ledger.append(transition("VI_2", State::kBackup, State::kMaster));
  store::Recorder recorder = this->recorder(ledger, std::chrono::hours{1});
  const std::int64_t later = base::os::wall_ns() + 7'200'000'000'000;
  // 2501 rows, two of which stay: steps of 1000, 1000 and 499.
  const Instant start = Instant::from_ns(1);
  recorder.turn(start, later);
  EXPECT_EQ(events_in(database_).size(), 1501u);
  EXPECT_EQ(recorder.deadline(), start);
  recorder.turn(start, later);
  EXPECT_EQ(events_in(database_).size(), 501u);
  recorder.turn(start, later);
  EXPECT_THAT(sequences_of(events_in(database_)), ElementsAre(2500, 2501));
  EXPECT_EQ(recorder.deadline(), start + store::Recorder::kPruneEvery);
}

TEST_F(Recording, FilesAreForTheOwnerAndTheGroup) {
  const mode_t before = ::umask(0027);
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  ::umask(before);
  for (const char* end : {"", "-wal", "-shm"}) {
    struct stat found {};
    ASSERT_EQ(::stat((database_ + end).c_str(), &found), 0) << end << " must outlive the recorder";
    EXPECT_EQ(found.st_mode & 0777, 0640u) << end;
  }
}

TEST_F(Recording, HistoryAnswersByInstanceTimeAndNumber) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kInitialize, State::kBackup, Cause::kStartup));
  ledger.append(transition("VI_2", State::kInitialize, State::kBackup, Cause::kStartup));
  feed::Record started;
  started.kind = feed::Kind::kEngineStarted;
  ledger.append(started);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  auto history = History::open(database_);
  ASSERT_TRUE(history);
  EXPECT_THAT(sequences_of(history->list({}).value()), ElementsAre(1, 2, 4));
  EXPECT_THAT(sequences_of(history->list({.transitions_only = false}).value()),
              ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(sequences_of(history->list({.instance = "VI_1"}).value()), ElementsAre(1, 4));
  EXPECT_THAT(sequences_of(history->list({.limit = 2}).value()), ElementsAre(2, 4));
  const auto all = history->list({}).value();
  EXPECT_THAT(sequences_of(history->list({.since_wall_ns = all[2].wall_ns}).value()),
              ElementsAre(4));
  EXPECT_EQ(history->last_transition("VI_1").value()->to, "MASTER");
  EXPECT_FALSE(history->last_transition("VI_9").value());
  EXPECT_FALSE(History::open(directory_ / "nothing.db"));
}

TEST_F(Recording, HistoryOpensWithoutWritePermissionWhoeverCleanedUpTheLog) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  record(ledger);
  std::filesystem::remove(database_ + "-wal");
  std::filesystem::remove(database_ + "-shm");
  ::chmod(directory_.path().c_str(), 0555);
  ::chmod(database_.c_str(), 0444);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Root would simply write; nobody cannot.
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(77);
    if (::access(directory_.path().c_str(), W_OK) == 0) ::_exit(77);
    auto history = History::open(database_);
    if (!history) ::_exit(1);
    auto events = history->list({});
    ::_exit(events && events->size() == 1 ? 0 : 2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::chmod(directory_.path().c_str(), 0755);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "cannot become a user without write permission";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// A small tmpfs of our own: in a namespace, so that nothing is left mounted whatever happens. Runs in a child.
bool mount_small_tmpfs(const std::string& where, const char* options) {
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  if (uid != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
  } else if (::unshare(CLONE_NEWNS) != 0) {
    return false;
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  ::mkdir(where.c_str(), 0750);
  return ::mount("tmpfs", where.c_str(), "tmpfs", 0, options) == 0;
}

int survive_a_full_disk(const bench::Directory& directory, bench::Ledger& ledger) {
  const std::string disk = directory / "disk";
  if (!mount_small_tmpfs(disk, "size=1m")) return 77;
  const std::string database = disk + "/history.db";
  store::Recorder recorder{{database, {}}, ledger.bytes()};
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  Instant now = Instant::from_ns(1);
  recorder.turn(now, kNoon);
  if (!recorder.is_caught_up()) return 1;

  const std::string ballast = disk + "/ballast";
  const int fd = ::open(ballast.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(4096, 'x');
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  ::close(fd);
  for (int i = 0; i < 2000; ++i) ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  recorder.turn(now, kNoon);
  if (recorder.is_caught_up()) return 2;
  if (recorder.deadline() != now + store::Recorder::kRetry) return 3;
  now += store::Recorder::kRetry;
  recorder.turn(now, kNoon);
  if (recorder.is_caught_up()) return 4;

  ::unlink(ballast.c_str());
  now += store::Recorder::kRetry;
  recorder.turn(now, kNoon);
  if (!recorder.is_caught_up()) return 5;
  const auto events = events_in(database);
  if (events.size() != 2001) return 6;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (events[i].sequence != i + 1) return 7;
  return 0;
}

TEST_F(Recording, FullDiskDelaysRowsAndLosesNone) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(survive_a_full_disk(directory_, ledger));
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no namespace to mount a small tmpfs in";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// The promise of the issue, with the real process: whatever moment it is killed at, every record becomes one row.
TEST_F(Recording, KilledAtAnyMomentLosesNoRowAndRepeatsNone) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  bench::Role recorder(VIGIE_RECORDER, directory_.path(), config::Model{}, ledger.fd());
  constexpr std::uint64_t kRecords = 6000;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      ledger.append(transition("VI_1", State::kBackup, State::kMaster));
      if (i % 3 == 0) recorder.kick();
      timespec pause{0, 500'000};
      ::nanosleep(&pause, nullptr);
    }
  });
  std::mt19937 random{42};
  int kills = 0;
  feed::LedgerReader reader(ledger.bytes(), 0);
  while (reader.head() < kRecords) {
    recorder.start();
    timespec life{0, std::uniform_int_distribution<long>{1'000'000, 60'000'000}(random)};
    ::nanosleep(&life, nullptr);
    recorder.kill9();
    ++kills;
  }
  writer.join();
  // One more, so that its row says that the last recorder is at work and no longer starting.
  recorder.start();
  ledger.append(transition("VI_1", State::kMaster, State::kBackup));
  recorder.kick();
  EXPECT_TRUE(bench::eventually([&] {
    auto history = History::open(database_);
    return history && history->recorded_through(1).value_or(0) == kRecords + 1;
  }));
  EXPECT_EQ(recorder.terminate(), 0);

  const auto events = events_in(database_);
  ASSERT_EQ(events.size(), kRecords + 1);
  for (std::uint64_t i = 0; i <= kRecords; ++i) ASSERT_EQ(events[i].sequence, i + 1);
  EXPECT_GT(kills, 20);
  RecordProperty("kills", kills);
}

TEST_F(Recording, SigtermDrainsToTheHeadAndEmptiesTheLog) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  bench::Role recorder(VIGIE_RECORDER, directory_.path(), config::Model{}, ledger.fd());
  recorder.start();
  ASSERT_TRUE(bench::eventually([&] { return std::filesystem::exists(database_ + "-wal"); }));
  for (int i = 0; i < 100; ++i) ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  // Nobody kicks: finishing alone must find them.
  EXPECT_EQ(recorder.terminate(), 0);
  EXPECT_EQ(std::filesystem::file_size(database_ + "-wal"), 0u);
  EXPECT_EQ(events_in(database_).size(), 100u);
}

TEST_F(Recording, StaysWhileTheStateDirectoryCannotBeMadeAndRecordsOnceItCan) {
  bench::Ledger ledger(directory_ / "ledger", 1);
  ledger.append(transition("VI_1", State::kBackup, State::kMaster));
  const std::string state = directory_ / "later/state";
  bench::Role recorder(VIGIE_RECORDER, state, config::Model{}, ledger.fd());
  recorder.start();
  EXPECT_FALSE(bench::eventually([&] { return !recorder.is_running(); }, 1500ms));
  std::filesystem::create_directory(directory_ / "later");
  // It makes the rest itself, and the same process goes on.
  ASSERT_TRUE(bench::eventually([&] { return std::filesystem::exists(state + "/history.db"); }));
  EXPECT_TRUE(recorder.is_running());
  EXPECT_EQ(recorder.terminate(), 0);
  EXPECT_EQ(events_in(state + "/history.db").size(), 1u);
}

TEST(LogLine, TransitionsSayKeepalivedsPhraseThenTheCause) {
  feed::Record record = transition("VI_1", State::kBackup, State::kMaster, Cause::kStartup);
  const store::LogLine line = store::log_line(record);
  EXPECT_EQ(line.severity, base::os::Severity::kNotice);
  EXPECT_EQ(line.text, "(VI_1) Entering MASTER STATE (was BACKUP): the daemon started");
}

TEST(LogLine, WhatSomebodyMustLookAtIsAnError) {
  feed::Record died;
  died.kind = feed::Kind::kChildDied;
  feed::put_text(died.subject, "keeper");
  EXPECT_EQ(store::log_line(died).severity, base::os::Severity::kError);
  feed::Record notify;
  notify.kind = feed::Kind::kNotify;
  EXPECT_EQ(store::log_line(notify).severity, base::os::Severity::kInfo);
  notify.status = 1;
  EXPECT_EQ(store::log_line(notify).severity, base::os::Severity::kWarning);
}

}  // namespace
