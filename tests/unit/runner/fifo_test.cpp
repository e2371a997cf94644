// What FIFOs are told, in words; one FIFO by itself; what is remembered of them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runner/fifo.hpp"
#include "runner/fifo_lines.hpp"
#include "runner/fifo_place.hpp"

namespace runner {
namespace {

using base::Cause;
using base::State;
using feed::Kind;
using testing::ElementsAre;

config::Model model_of(std::initializer_list<const char*> names) {
  config::Model model;
  for (const char* name : names) {
    model.instances.emplace_back();
    model.instances.back().name = name;
    model.instances.back().vrid = static_cast<std::uint8_t>(model.instances.size());
  }
  return model;
}

feed::Record record_of(Kind kind, std::string_view name, State to, std::uint8_t priority) {
  feed::Record record;
  record.kind = kind;
  record.to = to;
  record.priority = priority;
  feed::put_text(record.name, name);
  return record;
}

feed::Record transition(std::string_view name, State to, Cause cause = Cause::kNone) {
  feed::Record record = record_of(Kind::kTransition, name, to, 150);
  record.cause = cause;
  return record;
}

// The exact form is keepalived's, quotes and all.
TEST(FifoLine, OfATransitionHasTheNameInQuotesTheStateAndTheEffectivePriority) {
  FifoLines lines(model_of({"VI_1"}));
  EXPECT_EQ(lines.line_for(transition("VI_1", State::kMaster)), "INSTANCE \"VI_1\" MASTER 150\n");
  EXPECT_EQ(lines.line_for(transition("VI_1", State::kBackup)), "INSTANCE \"VI_1\" BACKUP 150\n");
  EXPECT_EQ(lines.line_for(transition("VI_1", State::kFault)), "INSTANCE \"VI_1\" FAULT 150\n");
  EXPECT_EQ(lines.line_for(transition("VI_1", State::kStopped, Cause::kStop)),
            "INSTANCE \"VI_1\" STOP 150\n");
  EXPECT_FALSE(lines.line_for(transition("VI_1", State::kInitialize)));
  EXPECT_FALSE(lines.line_for(transition("VI_2", State::kMaster)));
}

TEST(FifoLine, OfAGroupHasThePriorityZero) {
  FifoLines lines(model_of({}));
  EXPECT_EQ(lines.line_for(record_of(Kind::kGroup, "G1", State::kMaster, 77)),
            "GROUP \"G1\" MASTER 0\n");
}

TEST(FifoLine, OfAPriorityThatMovedNamesTheState) {
  FifoLines lines(model_of({"VI_1"}));
  EXPECT_EQ(lines.line_for(record_of(Kind::kPriority, "VI_1", State::kMaster, 120)),
            "INSTANCE \"VI_1\" MASTER_PRIORITY 120\n");
  EXPECT_EQ(lines.line_for(record_of(Kind::kPriority, "VI_1", State::kBackup, 90)),
            "INSTANCE \"VI_1\" BACKUP_PRIORITY 90\n");
  EXPECT_FALSE(lines.line_for(record_of(Kind::kPriority, "VI_1", State::kFault, 90)));
}

TEST(FifoLine, OfALowerMasterIsForTheBetterOneAndOncePerMeeting) {
  FifoLines lines(model_of({"VI_1"}));
  feed::Record rival = record_of(Kind::kContest, "VI_1", State::kInitialize, 150);
  rival.status = 1;
  rival.peer_priority = 100;
  EXPECT_FALSE(lines.line_for(rival)) << "not a master";
  (void)lines.line_for(transition("VI_1", State::kMaster));
  EXPECT_EQ(lines.line_for(rival), "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 150\n");
  rival.status = 0;
  EXPECT_FALSE(lines.line_for(rival));
  rival.status = 1;
  rival.peer_priority = 200;
  EXPECT_FALSE(lines.line_for(rival));
}

TEST(FifoLine, OfAnInstanceThatAReloadRemovesIsFaultOrDeletedWhereThatIsAskedFor) {
  config::Model model = model_of({"VI_1", "VI_2"});
  model.instances[1].tells_deletion = true;
  FifoLines lines(model);
  const config::Model next = model_of({});
  lines.reconfigure(model, next, config::lineage_of(model, next));
  EXPECT_EQ(lines.line_for(transition("VI_1", State::kStopped, Cause::kReload)),
            "INSTANCE \"VI_1\" FAULT 150\n");
  EXPECT_EQ(lines.line_for(transition("VI_2", State::kStopped, Cause::kReload)),
            "INSTANCE \"VI_2\" DELETED 150\n");
}

TEST(FifoLine, KnowsARenamedInstanceForWhatItWas) {
  const config::Model before = model_of({"VI_1"});
  FifoLines lines(before);
  lines.knew("VI_1", State::kMaster);
  const config::Model now = model_of({"VI_ONE"});
  lines.reconfigure(before, now, config::lineage_of(before, now));
  feed::Record rival = record_of(Kind::kContest, "VI_ONE", State::kInitialize, 150);
  rival.status = 1;
  rival.peer_priority = 100;
  EXPECT_TRUE(lines.line_for(rival));
}

TEST(FifoLine, OfNowSaysWhatInstancesAndThenGroupsAre) {
  std::vector<feed::Row> rows(2);
  feed::put_text(rows[0].name, "VI_1");
  rows[0].state = State::kMaster;
  rows[0].effective_priority = 120;
  feed::put_text(rows[1].name, "VI_2");  // has not begun yet
  std::vector<feed::GroupRow> groups(1);
  feed::put_text(groups[0].name, "G1");
  groups[0].state = State::kBackup;
  EXPECT_THAT(lines_of_now(rows, groups),
              ElementsAre("INSTANCE \"VI_1\" MASTER 120\n", "GROUP \"G1\" BACKUP 0\n"));
}

TEST(FifoPlaces, AreReadAsTheyWereWritten) {
  const FifoPlaces places{.ledger = 0x8f3a51c20e774d10,
                          .fifos = {{.told = 120,
                                     .is_made_by_us = true,
                                     .reader = 4711,
                                     .reader_ticks = 99,
                                     .path = "/run/a fifo"},
                                    {.told = 7, .path = "/run/b"}}};
  EXPECT_EQ(write_fifo_places(places),
            "vigie-runner-fifos 1\nledger 8f3a51c20e774d10\n"
            "fifo 120 1 4711 99 /run/a fifo\nfifo 7 0 0 0 /run/b\n");
  EXPECT_EQ(read_fifo_places(write_fifo_places(places)), places);
  EXPECT_EQ(places.find("/run/b")->told, 7U);
  EXPECT_EQ(places.find("/run/c"), nullptr);
}

TEST(FifoPlaces, ThatAreDamagedAreNone) {
  for (const char* text : {"", "vigie-runner-fifos 2\nledger 1\n", "vigie-runner-fifos 1\n",
                           "vigie-runner-fifos 1\nledger 1\nfifo 1 2 0 0 /x\n",
                           "vigie-runner-fifos 1\nledger 1\nfifo 1 1 0 0 \n",
                           "vigie-runner-fifos 1\nledger 1\nfifo 1 1 0 0 /x"})
    EXPECT_FALSE(read_fifo_places(text)) << text;
}

class OneFifo : public testing::Test {
 protected:
  OneFifo() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vigie-fifo-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ + "/fifo";
  }
  ~OneFifo() override { std::filesystem::remove_all(directory_); }

  // What is in it now.
  std::string drain() {
    if (!reader_) reader_.reset(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::string text;
    char room[4096];
    for (ssize_t got; (got = ::read(reader_.get(), room, sizeof room)) > 0;)
      text.append(room, static_cast<std::size_t>(got));
    return text;
  }

  std::string directory_, path_;
  base::os::UniqueFd reader_;
};

TEST_F(OneFifo, IsMadeForItsOwnerAloneAndRemoved) {
  Fifo fifo(path_, {});
  ASSERT_TRUE(fifo.open(false));
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_TRUE(S_ISFIFO(facts.st_mode));
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_TRUE(fifo.is_made_by_us());
  fifo.remove();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(OneFifo, ThatWasThereStays) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0640), 0);
  Fifo fifo(path_, {});
  ASSERT_TRUE(fifo.open(false));
  EXPECT_FALSE(fifo.is_made_by_us());
  fifo.remove();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(OneFifo, ThatSomebodyHasReplacedIsNotRemoved) {
  Fifo fifo(path_, {});
  ASSERT_TRUE(fifo.open(false));
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  fifo.remove();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(OneFifo, IsNeverAnythingElse) {
  std::ofstream{path_} << "a file";
  Fifo fifo(path_, {});
  const auto opened = fifo.open(false);
  ASSERT_FALSE(opened);
  EXPECT_NE(to_string(opened.error()).find("something else"), std::string::npos);
  EXPECT_FALSE(fifo.is_open());
  fifo.remove();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(OneFifo, KeepsLinesForAReaderThatComesLater) {
  Fifo fifo(path_, {});
  fifo.put(1, "one\n");  // before it could be made
  EXPECT_EQ(fifo.told(1), 0U);
  ASSERT_TRUE(fifo.open(false));
  fifo.put(2, "two\n");
  EXPECT_FALSE(fifo.flush());
  EXPECT_EQ(fifo.told(2), 2U);
  EXPECT_TRUE(fifo.has_unread());
  EXPECT_EQ(drain(), "one\ntwo\n");
  EXPECT_FALSE(fifo.has_unread());
}

// A FIFO holds 65,536 bytes; lines of 64 bytes fill it with the 1,024th. 1,024 more wait, and of those behind them each
// displaces the oldest that waits.
TEST_F(OneFifo, ThatNobodyReadsGivesUpTheOldestLinesBeyondItsRoom) {
  Fifo fifo(path_, {});
  ASSERT_TRUE(fifo.open(false));
  const auto line = [](int number) {
    std::string text = std::to_string(number);
    text.resize(63, '.');
    return text + "\n";
  };
  constexpr int kMost = 1024 + 1024 + 10;
  for (int i = 1; i <= kMost; ++i) {
    fifo.put(static_cast<std::uint64_t>(i), line(i));
    (void)fifo.flush();
  }
  EXPECT_EQ(fifo.given_up(), 10U);
  EXPECT_EQ(fifo.told(kMost), 1034U);  // up to those that were given up
  std::string text = drain();
  EXPECT_FALSE(fifo.flush());
  text += drain();
  std::vector<int> seen;
  for (std::size_t at = 0; at < text.size(); at += 64) seen.push_back(std::stoi(text.substr(at)));
  ASSERT_EQ(seen.size(), 2048U);
  EXPECT_EQ(seen[1023], 1024);
  EXPECT_EQ(seen[1024], 1035);
  EXPECT_EQ(seen.back(), kMost);
}

}  // namespace
}  // namespace runner
