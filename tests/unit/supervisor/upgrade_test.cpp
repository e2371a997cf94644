// vigied replaced in its own process, with stand-ins for the processes it starts.

#include <gmock/gmock.h>

#include "engine/feed/record.hpp"
#include "tests/unit/supervisor/daemon.hpp"

namespace supervisor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Upgraded : public Daemon {
 protected:
  void start_all() {
    start();
    ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; })) << said();
    board_ = inode("board");
    ledger_ = inode("ledger");
    control_ = inode("control");
    engine_ = engine_pid();
  }
  ino_t inode(const std::string& name) const {
    struct stat facts {};
    return ::stat((run() + "/" + name).c_str(), &facts) == 0 ? facts.st_ino : 0;
  }
  control::Reply upgrade(bool force = false) const {
    control::Request request;
    request.command = control::Command::kUpgrade;
    if (force) feed::put_text(request.subject, "force");
    const auto reply = control::ask(run(), request, std::chrono::seconds{40});
    EXPECT_TRUE(reply) << to_string(reply.error()) << log();
    return reply.value_or(control::Reply{.answer = control::Answer::kNotUnderstood, .text = {}});
  }
  // As a package manager does: what runs keeps the file it has.
  void install(const fs::path& from, const fs::path& to) const {
    const fs::path fresh = to.string() + ".new";
    fs::remove(fresh);
    fs::copy_file(from, fresh);
    fs::rename(fresh, to);
  }
  void install_all() const {
    install(VIGIED, dir_ / "bin/vigied");
    for (const char* role :
         {"config", "engine", "keeper", "recorder", "runner", "alerter", "subagent"})
      install(FAKE_ROLE, dir_ / "libexec/vigie" / (std::string("vigie-") + role));
  }
  void install_other(const std::string& wrong) const {
    std::ofstream(dir_ / "bin/wrong") << wrong;
    install(OTHER_VIGIED, dir_ / "bin/vigied");
  }
  bool runs_what_is_installed(pid_t pid, const fs::path& path) const {
    struct stat running {
    }, installed{};
    return ::stat(("/proc/" + std::to_string(pid) + "/exe").c_str(), &running) == 0 &&
           ::stat(path.c_str(), &installed) == 0 && running.st_ino == installed.st_ino;
  }
  void expect_nothing_was_lost() const {
    EXPECT_EQ(inode("board"), board_);
    EXPECT_EQ(inode("ledger"), ledger_);
    EXPECT_EQ(inode("control"), control_);
    EXPECT_TRUE(said_lines_with("engine departs").empty()) << said();
    EXPECT_TRUE(said_lines_with("recorded kind 11").empty()) << said();  // nobody has died
  }
  std::string recorded() {
    EXPECT_TRUE(soon([&] { return !said_lines_with("recorded kind 10").empty(); })) << said();
    const auto lines = said_lines_with("recorded kind 10");
    return lines.empty() ? "" : lines.back();
  }

  ino_t board_ = 0, ledger_ = 0, control_ = 0;
  pid_t engine_ = 0;
};

TEST_F(Upgraded, ReplacesEveryProcessByWhatIsInstalledAndStaysTheSameProcess) {
  start_all();
  install_all();
  const control::Reply reply = upgrade();
  EXPECT_EQ(reply.answer, control::Answer::kDone) << reply.text.data() << log();
  EXPECT_THAT(reply.text.data(), HasSubstr(FAKE_VERSION " -> " FAKE_VERSION));
  EXPECT_EQ(reply.supervisor_pid, vigied_.pid);
  EXPECT_NE(reply.engine_pid, engine_);
  EXPECT_TRUE(runs_what_is_installed(vigied_.pid, dir_ / "bin/vigied"));
  EXPECT_TRUE(runs_what_is_installed(reply.engine_pid, dir_ / "libexec/vigie/vigie-engine"));
  for (const char* role : {"keeper", "engine", "recorder", "runner"})
    EXPECT_EQ(starts_of(role), 2U) << role;
  expect_nothing_was_lost();
  EXPECT_THAT(recorded(), HasSubstr("of upgrade status "));
  // The one that took over can do all that the one before could.
  touch("die-keeper");
  EXPECT_TRUE(soon([&] { return starts_of("keeper") == 3; }));
  ::kill(vigied_.pid, SIGTERM);
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_FALSE(fs::exists(run() + "/vigied.pid"));
}

TEST_F(Upgraded, EndsNobodyBeforeEverybodysSuccessorStandsReadyAndTheEngineLast) {
  start_all();
  ASSERT_EQ(upgrade().answer, control::Answer::kDone) << log();
  const std::string all = said();
  const std::size_t first_end = all.find("recorder ends");
  ASSERT_NE(first_end, std::string::npos);
  for (const char* role : {"keeper", "engine", "recorder", "runner"})
    EXPECT_LT(all.rfind(std::string(role) + " starts"), first_end) << role << "\n" << all;
  EXPECT_THAT(said_lines_with("is let in"), ElementsAre("recorder is let in", "runner is let in",
                                                        "keeper is let in", "engine is let in"));
}

TEST_F(Upgraded, CanBeDoneAgainAndAgain) {
  start_all();
  pid_t engine = engine_;
  for (int i = 0; i < 10; ++i) {
    install_all();
    const control::Reply reply = upgrade();
    ASSERT_EQ(reply.answer, control::Answer::kDone) << reply.text.data() << log();
    EXPECT_NE(std::exchange(engine, reply.engine_pid), reply.engine_pid);
  }
  expect_nothing_was_lost();
  // Descriptors do not pile up. Of engine and keeper three files of /proc are opened each when they are first looked at, which
  // may be after this has counted: ten upgrades that leave one behind are more than that.
  const auto count = [](pid_t pid) {
    const fs::path directory = "/proc/" + std::to_string(pid) + "/fd";
    return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
  };
  constexpr int kLookedAt = 6;
  const auto after = count(vigied_.pid);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(upgrade().answer, control::Answer::kDone);
  EXPECT_TRUE(soon([&] { return count(vigied_.pid) <= after + kLookedAt; })) << after;
}

// One that had to wait for it could rise in the middle of it.
TEST_F(Upgraded, TellsTheEngineThereIsAndEverySuccessorOfAMaintenance) {
  start_all();
  const auto is_told = [&](std::size_t times) {
    return soon([&] {
      return said_lines_with("engine is held back by " + std::to_string(::getuid())).size() ==
             times;
    });
  };
  control::Request request;
  request.command = control::Command::kMaintenance;
  feed::put_text(request.subject, "on");
  feed::put_text(request.text, "0");
  const auto reply = control::ask(run(), request, std::chrono::seconds{5});
  ASSERT_TRUE(reply && reply->answer == control::Answer::kDone);
  EXPECT_TRUE(is_told(1)) << said();
  touch("die-engine");
  EXPECT_TRUE(is_told(2)) << said();
  // The next vigied knows it from the file: the engine there is hears it again, and the one that succeeds it.
  ASSERT_EQ(upgrade().answer, control::Answer::kDone) << log();
  EXPECT_TRUE(is_told(4)) << said();
}

TEST_F(Upgraded, RestartsWhatDiesFromTheExecutablesThatRunUntilItIsUpgraded) {
  start_all();
  install_all();
  touch("die-keeper");
  ASSERT_TRUE(soon([&] { return starts_of("keeper") == 2; })) << said();
  install("/bin/false", dir_ / "libexec/vigie/vigie-keeper");
  touch("die-keeper");
  EXPECT_TRUE(soon([&] { return starts_of("keeper") == 3; })) << log();
}

TEST_F(Upgraded, RefusesANewVigiedThatCannotStart) {
  start_all();
  install_other("dies");
  const control::Reply reply = upgrade();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("exit status 1: a library is missing"));
  EXPECT_EQ(engine_pid(), engine_);
  expect_nothing_was_lost();
  EXPECT_THAT(recorded(), HasSubstr("not done"));
}

TEST_F(Upgraded, RefusesANewVigiedThatIsNoProgramAtAll) {
  start_all();
  std::ofstream(dir_ / "bin/script") << "#!/bin/sh\nexit 1\n";
  fs::permissions(dir_ / "bin/script", fs::perms::owner_all);
  install(dir_ / "bin/script", dir_ / "bin/vigied");
  EXPECT_EQ(upgrade().answer, control::Answer::kFailed);
  fs::remove(dir_ / "bin/vigied");
  EXPECT_EQ(upgrade().answer, control::Answer::kFailed);
  EXPECT_EQ(engine_pid(), engine_);
  expect_nothing_was_lost();
}

// Whatever its exit status says: a program that is installed in the place of vigied has to say what a vigied says.
TEST_F(Upgraded, RefusesWhatEndsWellAndIsNoVigied) {
  start_all();
  for (const char* text : {"exit 0", "echo 9.9.9; exit 0", "exit 3", "echo 9.9.9; exit 3"}) {
    std::ofstream(dir_ / "bin/script") << "#!/bin/sh\n" << text << "\n";
    fs::permissions(dir_ / "bin/script", fs::perms::owner_all);
    install(dir_ / "bin/script", dir_ / "bin/vigied");
    const control::Reply reply = upgrade(true);
    EXPECT_EQ(reply.answer, control::Answer::kFailed) << text;
    EXPECT_THAT(reply.text.data(), HasSubstr("exit status")) << text;
  }
  EXPECT_EQ(engine_pid(), engine_);
  expect_nothing_was_lost();
}

TEST_F(Upgraded, RefusesANewVigiedThatHangs) {
  start_all();
  install_other("hangs");
  const control::Reply reply = upgrade();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("does not answer within 5000 ms"));
  EXPECT_EQ(engine_pid(), engine_);
  expect_nothing_was_lost();
}

TEST_F(Upgraded, GoesOnAsBeforeWhenTheNewVigiedCannotTakeOverAfterAll) {
  start_all();
  install_other("helpless");
  const control::Reply reply = upgrade();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("-> 9.9.9: not done"));
  EXPECT_THAT(reply.text.data(), HasSubstr("it is helpless"));
  EXPECT_EQ(reply.supervisor_pid, vigied_.pid);
  EXPECT_EQ(reply.engine_pid, engine_);
  expect_nothing_was_lost();
  // And then the package is put right.
  install_all();
  EXPECT_EQ(upgrade().answer, control::Answer::kDone) << log();
  EXPECT_NE(engine_pid(), engine_);
}

TEST_F(Upgraded, SaysWhenTheNewVersionDoesNotReadWhatRunsAndDoesNothing) {
  start_all();
  install_other("foreign");
  const control::Reply reply = upgrade();
  EXPECT_EQ(reply.answer, control::Answer::kRefused);
  EXPECT_THAT(reply.text.data(), HasSubstr("the board is of another version"));
  EXPECT_EQ(engine_pid(), engine_);
  expect_nothing_was_lost();
}

TEST_F(Upgraded, DepartsAndStartsAnewWhenTheNewVersionDoesNotReadWhatRunsAndIsForced) {
  start_all();
  install_other("foreign");
  EXPECT_EQ(upgrade(true).answer, control::Answer::kDone);
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_THAT(said_lines_with("engine departs"), ElementsAre("engine departs"));
  EXPECT_THAT(said_lines_with("ends"), ElementsAre("runner ends", "keeper ends", "recorder ends"));
  EXPECT_EQ(content(dir_ / "bin/anew"), "-n");  // in the same process, as it was started
}

// ---- Processes that do not do what they should ---------------------------------------------------------------------

class Spoiled : public Upgraded, public testing::WithParamInterface<const char*> {
 protected:
  // One that is spoiled costs no more than a word about it, and everybody is an executable from before again.
  void expect_the_one_before(const control::Reply& reply) {
    EXPECT_EQ(reply.answer, control::Answer::kFailed) << reply.text.data();
    EXPECT_EQ(reply.supervisor_pid, vigied_.pid);
    EXPECT_THAT(reply.text.data(), HasSubstr(std::string("the new ") + GetParam()));
    EXPECT_FALSE(runs_what_is_installed(vigied_.pid, dir_ / "bin/vigied"));
    const pid_t engine = engine_pid();
    EXPECT_FALSE(runs_what_is_installed(engine, dir_ / "libexec/vigie/vigie-engine"));
    EXPECT_GT(engine, 0);
    expect_nothing_was_lost();
    // It is not the end of all upgrades.
    EXPECT_EQ(upgrade().answer, control::Answer::kDone) << log();
    EXPECT_TRUE(runs_what_is_installed(vigied_.pid, dir_ / "bin/vigied"));
    EXPECT_TRUE(runs_what_is_installed(engine_pid(), dir_ / "libexec/vigie/vigie-engine"));
  }
  std::string of_role(const std::string& what) const { return what + "-" + GetParam(); }
};

TEST_P(Spoiled, EndsBeforeItIsReady) {
  start_all();
  install_all();
  touch(of_role("unborn"));
  const control::Reply reply = upgrade();
  EXPECT_THAT(reply.text.data(), HasSubstr("exit status 6 before it was ready"));
  EXPECT_EQ(reply.engine_pid, engine_) << "nobody was ended for it";
  EXPECT_TRUE(said_lines_with("is let in").empty());
  expect_the_one_before(reply);
}

TEST_P(Spoiled, IsOfAnotherVersionThanTheNewVigied) {
  start_all();
  install_all();
  touch(of_role("foreign"));
  const control::Reply reply = upgrade();
  EXPECT_THAT(reply.text.data(), HasSubstr("is of version 0.0.0"));
  EXPECT_EQ(reply.engine_pid, engine_);
  expect_the_one_before(reply);
}

TEST_P(Spoiled, EndsWhenItShouldTakeOver) {
  start_all();
  install_all();
  touch(of_role("stillborn"));
  const control::Reply reply = upgrade();
  EXPECT_THAT(reply.text.data(), HasSubstr("exit status 8 when it should take over"));
  expect_the_one_before(reply);
}

// With patience of ten seconds each: not of everybody.
class Hanging : public Spoiled {};

TEST_P(Hanging, NeverGetsReady) {
  start_all();
  install_all();
  touch(of_role("silent"));
  const control::Reply reply = upgrade();
  EXPECT_THAT(reply.text.data(), HasSubstr("was not ready to take over in time"));
  EXPECT_EQ(reply.engine_pid, engine_);
  expect_the_one_before(reply);
}

TEST_P(Hanging, DoesNothingWhenItShouldTakeOver) {
  start_all();
  install_all();
  touch(of_role("deaf-born"));
  const control::Reply reply = upgrade();
  EXPECT_THAT(reply.text.data(), HasSubstr("did not take over in time"));
  expect_the_one_before(reply);
}

INSTANTIATE_TEST_SUITE_P(Of, Hanging, testing::Values("engine"),
                         [](const auto& role) { return std::string(role.param); });
INSTANTIATE_TEST_SUITE_P(Of, Spoiled, testing::Values("recorder", "keeper", "engine"),
                         [](const auto& role) { return std::string(role.param); });

TEST_F(Upgraded, IsGivenUpWhenTheDaemonIsStopped) {
  start_all();
  touch("silent-runner");
  control::Reply reply;
  std::thread asker([&] { reply = upgrade(); });
  EXPECT_TRUE(soon([&] { return said_lines_with("starts with").size() == 8; })) << said();
  ::kill(vigied_.pid, SIGTERM);
  asker.join();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("being stopped"));
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_THAT(said_lines_with("engine departs"), ElementsAre("engine departs"));
}

TEST_F(Upgraded, ReloadThatIsAskedForMeanwhileComesAfterItAndASecondUpgradeIsRefused) {
  std::ofstream(dir_ / "the.conf") << "one";
  vigied_ = launch((dir_ / "the.conf").c_str());
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; })) << said();
  touch("silent-runner");
  std::thread asker([&] { (void)upgrade(); });
  EXPECT_TRUE(soon([&] { return said_lines_with("starts with").size() == 8; })) << said();
  EXPECT_THAT(upgrade().text.data(), HasSubstr("another upgrade is under way"));
  std::ofstream(dir_ / "the.conf") << "two";
  control::Request request;
  request.command = control::Command::kReload;
  const auto reply = control::ask(run(), request, std::chrono::seconds{40});
  asker.join();
  ASSERT_TRUE(reply) << to_string(reply.error());
  EXPECT_EQ(reply->answer, control::Answer::kDone) << reply->text.data();
  EXPECT_THAT(reply->text.data(), HasSubstr("1 instance is added"));
}

}  // namespace
}  // namespace supervisor
