// The real vigie-runner, its FIFOs and those who read them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/runner/real_runner.hpp"

namespace runner_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TellingFifos : public RealRunner {
 protected:
  // Its readers outlive a runner that is killed.
  void TearDown() override {
    if (runner_.pid != 0) (void)stop();
  }

  // A script that writes down what it reads, one line after the other.
  std::string reader(const std::string& name) {
    return script(name, "echo $$ >> " + in(name + ".pids") + "\necho \"$@\" >> " +
                            in(name + ".parameters") +
                            "\nfor fifo; do :; done\nwhile read line; do echo \"$line\" >> " +
                            in(name + ".lines") + "; done < \"$fifo\"\necho end >> " +
                            in(name + ".lines") + "\n");
  }
  static config::Fifo fifo(const std::string& path, std::vector<std::string> reader) {
    config::Fifo made;
    made.path = path;
    made.reader.arguments = std::move(reader);
    return made;
  }
  std::vector<std::string> read_by(const std::string& name) const { return lines(name + ".lines"); }
  bool reads(const std::string& name, std::size_t count) {
    return wait_for([&] { return read_by(name).size() >= count; });
  }
  bool exists(const std::string& name) const { return fs::exists(in(name)); }
};

TEST_F(TellingFifos, BothAreToldEveryTransitionAndTheirReadersHaveThePathLast) {
  add_instance("VI_1");
  model_.notifying.all = fifo(in("all"), {reader("first"), "-x"});
  model_.notifying.vrrp = fifo(in("vrrp"), {reader("second")});
  start();
  transition(0, State::kBackup, 150);
  transition(0, State::kMaster, 120);
  ASSERT_TRUE(reads("first", 2) && reads("second", 2));
  const auto expected = ElementsAre("INSTANCE \"VI_1\" BACKUP 150", "INSTANCE \"VI_1\" MASTER 120");
  EXPECT_THAT(read_by("first"), expected);
  EXPECT_THAT(read_by("second"), expected);
  EXPECT_THAT(lines("first.parameters"), ElementsAre("-x " + in("all")));
  EXPECT_THAT(lines("second.parameters"), ElementsAre(in("vrrp")));
}

TEST_F(TellingFifos, TheLastLineIsReadBeforeTheReaderGoesAndTheFifoIsRemoved) {
  add_instance("VI_1");
  model_.notifying.all = fifo(in("all"), {reader("first")});
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(reads("first", 1));
  transition(0, State::kStopped, 150, base::Cause::kStop);
  EXPECT_EQ(stop(), 0);
  // It saw the end of the FIFO, and so could do what it does there.
  EXPECT_THAT(read_by("first"),
              ElementsAre("INSTANCE \"VI_1\" MASTER 150", "INSTANCE \"VI_1\" STOP 150", "end"));
  EXPECT_FALSE(exists("all"));
}

TEST_F(TellingFifos, AReaderThatDoesNotEndIsEnded) {
  add_instance("VI_1");
  model_.notifying.all =
      fifo(in("all"), {script("stubborn", "trap '' TERM\necho $$ > " + in("pid") +
                                              "\nexec 3<>\"$1\"\nwhile :; do read line <&3 "
                                              "&& echo \"$line\" >> " +
                                              in("stubborn.lines") + "; done\n")});
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(reads("stubborn", 1));
  const int pid = std::stoi(lines("pid").front());
  EXPECT_EQ(stop(), 0);
  EXPECT_TRUE(wait_for([&] { return ::kill(pid, 0) != 0; }));
}

TEST_F(TellingFifos, NobodyHasToReadOne) {
  add_instance("VI_1");
  model_.notifying.all.path = in("all");
  start();
  ASSERT_TRUE(wait_for([&] { return exists("all"); }));
  for (int i = 0; i < 10; ++i) transition(0, i % 2 == 0 ? State::kMaster : State::kBackup);
  EXPECT_EQ(stop(), 0);
  EXPECT_FALSE(exists("all"));
}

TEST_F(TellingFifos, AReaderThatEndsIsStartedAgainAndThatIsARow) {
  add_instance("VI_1");
  model_.notifying.all = fifo(in("all"), {script("once", "read line < \"$1\"\necho \"$line\" >> " +
                                                             in("once.lines") + "\nexit 3\n")});
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(reads("once", 1));
  const auto remark = hear<ipc::Report>();
  ASSERT_TRUE(remark);
  EXPECT_EQ(remark->record.kind, feed::Kind::kNote);
  EXPECT_EQ(feed::get_text(remark->record.text),
            "the reader of " + in("all") + " ended with exit status 3; it is started again in 1 s");
  transition(0, State::kBackup);
  EXPECT_TRUE(reads("once", 2));
}

TEST_F(TellingFifos, GoOnWhereAKilledRunnerWasWithTheReaderThatIsThere) {
  add_instance("VI_1");
  // It has the FIFO open for both, so it does not see an end when the runner dies.
  model_.notifying.all =
      fifo(in("all"), {script("stays", "echo $$ >> " + in("stays.pids") +
                                           "\nexec 3<>\"$1\"\nwhile read line <&3; do echo "
                                           "\"$line\" >> " +
                                           in("stays.lines") + "; done\n")});
  start();
  transition(0, State::kBackup);
  ASSERT_TRUE(reads("stays", 1));
  // What it was told is written down with the line or soon after.
  ASSERT_TRUE(
      wait_for([&] { return content("run/runner.fifos").find("fifo 1 1 ") != std::string::npos; }));
  kill_runner();
  transition(0, State::kMaster);
  start();
  ASSERT_TRUE(reads("stays", 2));
  EXPECT_THAT(read_by("stays"),
              ElementsAre("INSTANCE \"VI_1\" BACKUP 150", "INSTANCE \"VI_1\" MASTER 150"));
  EXPECT_EQ(lines("stays.pids").size(), 1U);
  EXPECT_EQ(stop(), 0);
  EXPECT_FALSE(exists("all"));
}

TEST_F(TellingFifos, OneThatCannotBeMadeIsSaidAndTriedAgain) {
  add_instance("VI_1");
  model_.notifying.all.path = in("later/all");
  start();
  const auto remark = hear<ipc::Report>();
  ASSERT_TRUE(remark);
  EXPECT_THAT(std::string(feed::get_text(remark->record.text)),
              HasSubstr("make FIFO " + in("later/all")));
  transition(0, State::kMaster);
  fs::create_directory(in("later"));
  ASSERT_TRUE(wait_for([&] { return exists("later/all"); }, 12s));
  const base::os::UniqueFd fifo{::open(in("later/all").c_str(), O_RDONLY | O_CLOEXEC)};
  char room[64] = {};
  ASSERT_GT(::read(fifo.get(), room, sizeof room), 0);
  EXPECT_STREQ(room, "INSTANCE \"VI_1\" MASTER 150\n");
}

// --- another configuration ---------------------------------------------------------------------------------------------

TEST_F(TellingFifos, StayWithTheirReadersWhenAReloadDoesNotConcernThem) {
  add_instance("VI_1");
  model_.notifying.all = fifo(in("all"), {reader("first")});
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(reads("first", 1));
  model_.instances[0].priority = 90;
  reload();
  transition(0, State::kBackup);
  ASSERT_TRUE(reads("first", 2));
  EXPECT_EQ(lines("first.pids").size(), 1U);
  EXPECT_THAT(read_by("first"),
              ElementsAre("INSTANCE \"VI_1\" MASTER 150", "INSTANCE \"VI_1\" BACKUP 150"));
}

TEST_F(TellingFifos, AreToldAllStatesAfterAReloadWhereThatIsAskedFor) {
  add_instance("VI_1");
  add_instance("VI_2");
  model_.notifying.all = fifo(in("all"), {reader("first")});
  model_.notifying.repeats_on_reload = true;
  start();
  transition(0, State::kMaster);
  transition(1, State::kBackup);
  ASSERT_TRUE(reads("first", 2));
  // As the supervisor writes it down, be it refused or done; of the same configuration, say.
  for (const int errors : {2, 0}) {
    feed::Record record;
    record.kind = feed::Kind::kReload;
    record.status = errors;
    ledger_writer_->append(record);
    beat();
    kick();
  }
  ASSERT_TRUE(reads("first", 4));
  std::this_thread::sleep_for(200ms);
  EXPECT_THAT(read_by("first"),
              ElementsAre("INSTANCE \"VI_1\" MASTER 150", "INSTANCE \"VI_2\" BACKUP 150",
                          "INSTANCE \"VI_1\" MASTER 150", "INSTANCE \"VI_2\" BACKUP 150"));
}

TEST_F(TellingFifos, ChangeOverToOtherPathsAndReaders) {
  add_instance("VI_1");
  model_.notifying.all = fifo(in("all"), {reader("first")});
  model_.notifying.vrrp = fifo(in("vrrp"), {reader("second")});
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(reads("first", 1) && reads("second", 1));
  model_.notifying.all.path = in("other");
  model_.notifying.vrrp.reader.arguments = {reader("third")};
  reload();
  transition(0, State::kBackup);
  ASSERT_TRUE(wait_for([&] {
    return !read_by("first").empty() && read_by("first").back() == "INSTANCE \"VI_1\" BACKUP 150";
  }));
  ASSERT_TRUE(reads("third", 1));
  EXPECT_FALSE(exists("all"));
  EXPECT_TRUE(exists("other"));
  EXPECT_THAT(read_by("third"), ElementsAre("INSTANCE \"VI_1\" BACKUP 150"));
}

TEST_F(TellingFifos, ThatAReloadBringsAreToldWhatHappensFromThenOn) {
  add_instance("VI_1");
  add_check("/bin/true", 1h);
  start();
  transition(0, State::kBackup);
  transition(0, State::kMaster);
  model_.notifying.all = fifo(in("all"), {reader("first")});
  reload();
  transition(0, State::kFault);
  ASSERT_TRUE(reads("first", 1));
  EXPECT_THAT(read_by("first"), ElementsAre("INSTANCE \"VI_1\" FAULT 150"));
}

TEST_F(TellingFifos, AnInstanceThatIsRemovedIsToldAndItsScriptRun) {
  add_instance("VI_STAYS");
  config::Instance& goes = add_instance("VI_GOES");
  goes.tells_deletion = true;
  goes.notify_deleted.arguments = {script("deleted", "echo deleted \"$@\" >> " + in("told"))};
  goes.notify_stop.arguments = {script("stopped", "echo stopped >> " + in("told"))};
  goes.notify.arguments = {script("every", "echo \"$@\" >> " + in("told"))};
  model_.notifying.all = fifo(in("all"), {reader("first")});
  start();
  transition(1, State::kMaster);
  ASSERT_TRUE(wait_for([&] { return lines("told").size() == 1; }));
  transition(1, State::kStopped, 150, base::Cause::kReload);
  model_.instances.pop_back();
  reload();
  ASSERT_TRUE(wait_for([&] { return lines("told").size() == 3; }));
  EXPECT_THAT(lines("told"), ElementsAre("INSTANCE VI_GOES MASTER 150", "deleted",
                                         "INSTANCE VI_GOES DELETED 150"));
  ASSERT_TRUE(reads("first", 2));
  EXPECT_EQ(read_by("first").back(), "INSTANCE \"VI_GOES\" DELETED 150");
}

TEST_F(TellingFifos, AnInstanceThatIsRemovedIsInFaultForWhoeverAskedForNothingElse) {
  add_instance("VI_STAYS");
  config::Instance& goes = add_instance("VI_GOES");
  goes.notify_fault.arguments = {script("fault", "echo fault >> " + in("told"))};
  goes.notify.arguments = {script("every", "echo \"$3\" >> " + in("told"))};
  start();
  transition(1, State::kStopped, 150, base::Cause::kReload);
  EXPECT_TRUE(wait_for([&] { return lines("told").size() == 2; }));
  EXPECT_THAT(lines("told"), ElementsAre("fault", "FAULT"));
}

}  // namespace
}  // namespace runner_test
