// vigied from its start to its end, and what it does when a process of it dies.
#include "tests/unit/supervisor/daemon.hpp"

#include <gmock/gmock.h>

namespace supervisor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Daemon, StartsWithADamagedCopyOfItsMemoryAndSaysSo) {
  fs::create_directories(dir_ / "state");
  std::ofstream(dir_ / "state/memory") << "none of ours";
  start();
  ASSERT_TRUE(soon([&] { return !said_lines_with("recorded kind 15").empty(); })) << said();
  EXPECT_NE(said_lines_with("recorded kind 15").front().find("memory is damaged"),
            std::string::npos);
  EXPECT_EQ(content(dir_ / "state/memory.damaged"), "none of ours");
}

TEST_F(Daemon, HandsEveryProcessTheDescriptorsOfItsRoleAndNothingElse) {
  start();
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; })) << said();
  EXPECT_THAT(said_lines_with("keeper"), ElementsAre("keeper starts with 3 4ro 5ro 6 7 8 13ro"));
  EXPECT_THAT(said_lines_with("engine"),
              ElementsAre("engine starts with 3 4rw 5rw 6 7 8 9 10 11 12 13rw"));
  EXPECT_THAT(said_lines_with("recorder"), ElementsAre("recorder starts with 3 4ro 5ro 7 13ro"));
  EXPECT_THAT(said_lines_with("runner"), ElementsAre("runner starts with 3 4ro 5ro 6 7"));
}

TEST_F(Daemon, StopsInOrderAndExitsWithZero) {
  start();
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; }));
  ::kill(vigied_.pid, SIGTERM);
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_THAT(said_lines_with("ends"), ElementsAre("runner ends", "keeper ends", "recorder ends"));
  const std::string all = said();
  EXPECT_LT(all.find("engine departs"), all.find("runner ends"));
  EXPECT_FALSE(fs::exists(run() + "/control"));
  EXPECT_FALSE(fs::exists(run() + "/vigied.pid"));
}

TEST_F(Daemon, StartsADeadProcessAgainAndHasItRecorded) {
  start();
  ASSERT_TRUE(soon([&] { return starts_of("keeper") == 1; }));
  touch("die-keeper");
  ASSERT_TRUE(soon([&] { return starts_of("keeper") == 2; }));
  // Kind 11: kChildDied.
  ASSERT_TRUE(soon([&] { return !said_lines_with("recorded").empty(); }));
  EXPECT_EQ(said_lines_with("recorded").front(), "engine recorded kind 11 of keeper status 3: ");
  EXPECT_THAT(log(), HasSubstr("keeper (pid "));
  EXPECT_THAT(log(), HasSubstr("with exit status 3; started again at once"));
}

TEST_F(Daemon, StartsADeadProcessAgainWhenTheSharedFilesWereDeleted) {
  start();
  ASSERT_TRUE(soon([&] { return starts_of("keeper") == 1 && starts_of("engine") == 1; }));
  for (const char* name : {"config", "board", "ledger"}) remove(name);
  touch("die-keeper");
  touch("die-engine");
  EXPECT_TRUE(soon([&] { return starts_of("keeper") == 2 && starts_of("engine") == 2; })) << log();
  EXPECT_EQ(said_lines_with("keeper starts").back(), "keeper starts with 3 4ro 5ro 6 7 8 13ro");
}

TEST_F(Daemon, TellsTheNextEngineThatTheOneBeforeDied) {
  start();
  touch("die-engine");
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; }));
  ASSERT_TRUE(soon([&] { return !said_lines_with("recorded").empty(); }));
  EXPECT_EQ(said_lines_with("recorded").front(), "engine recorded kind 11 of engine status 3: ");
}

TEST_F(Daemon, ReplacesAnEngineWhoseHeartbeatStandsStill) {
  start();
  const pid_t hung = engine_pid();
  touch("hang");
  ASSERT_TRUE(soon([&] { return log().find("killed by the supervisor") != std::string::npos; }))
      << log();
  remove("hang");
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; }));
  EXPECT_NE(engine_pid(), hung);
  ASSERT_TRUE(soon([&] { return !said_lines_with("recorded").empty(); }));
  EXPECT_THAT(said_lines_with("recorded").front(),
              HasSubstr("of engine status -9: no heartbeat for "));
}

TEST_F(Daemon, ReplacesAKeeperWhoseHeartbeatStandsStillAndLeavesTheEngineAlone) {
  start();
  touch("hang-keeper");
  ASSERT_TRUE(soon([&] { return log().find("killed by the supervisor") != std::string::npos; }))
      << log();
  remove("hang-keeper");
  ASSERT_TRUE(soon([&] { return starts_of("keeper") == 2; }));
  ASSERT_TRUE(soon([&] { return !said_lines_with("recorded").empty(); }));
  EXPECT_THAT(said_lines_with("recorded").front(),
              HasSubstr("of keeper status -9: no heartbeat for "));
  EXPECT_EQ(starts_of("engine"), 1U);
}

TEST_F(Daemon, ReplacesAnEngineThatIsStopped) {
  start();
  const pid_t stopped = engine_pid();
  ::kill(stopped, SIGSTOP);
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; })) << log();
  EXPECT_NE(engine_pid(), stopped);
  EXPECT_THAT(log(), HasSubstr("killed by the supervisor"));
}

TEST_F(Daemon, AsksTheNextEngineToDepartWhenTheFirstDiesOverIt) {
  start();
  touch("die-of-stop");
  ::kill(vigied_.pid, SIGTERM);
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_THAT(said_lines_with("departs"), ElementsAre("engine departs and dies", "engine departs"));
  EXPECT_EQ(starts_of("engine"), 2U);
}

TEST_F(Daemon, StopsWithinItsBoundsWhoeverDoesNotAnswer) {
  start();
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; }));
  touch("deaf");
  ::kill(vigied_.pid, SIGTERM);
  // 0.3 s and 2 s for the engine, 5 s for the runner; the others end at once.
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_THAT(log(), HasSubstr("the engine did not finish its departures in time"));
  EXPECT_THAT(log(), HasSubstr("runner does not end: killed"));
  EXPECT_THAT(said_lines_with("ends"), ElementsAre("keeper ends", "recorder ends"));
}

// It holds what must not be left behind, whoever hangs.
TEST_F(Daemon, WithdrawsByAnotherKeeperWhenTheOneThereWasHangs) {
  start();
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; }));
  ::kill(pid_of("keeper"), SIGSTOP);
  ::kill(vigied_.pid, SIGTERM);
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_EQ(starts_of("keeper"), 2U) << log();
  EXPECT_THAT(said_lines_with("ends"), ElementsAre("runner ends", "keeper ends", "recorder ends"));
  EXPECT_THAT(log(), HasSubstr("another keeper withdraws what this one has left"));
}

TEST_F(Daemon, GoesOnWithoutAProgramThatCannotBeStarted) {
  fs::remove(dir_ / "libexec/vigie/vigie-runner");
  start();
  EXPECT_TRUE(soon([&] { return log().find("runner cannot be started") != std::string::npos; }));
  EXPECT_EQ(starts_of("engine"), 1U);
}

TEST_F(Daemon, TellsTheServiceManagerThatItIsReadyAliveAndStopping) {
  be_the_service_manager();
  start();
  EXPECT_TRUE(manager_hears("READY=1"));
  EXPECT_TRUE(manager_hears("STATUS=1 INIT"));
  EXPECT_TRUE(manager_hears("WATCHDOG=1"));
  ::kill(vigied_.pid, SIGTERM);
  // Three intervals of 100 ms, 2 s, and what every step after the departure has.
  EXPECT_TRUE(manager_hears("STOPPING=1\nEXTEND_TIMEOUT_USEC=36300000"))
      << testing::PrintToString(heard_);
  EXPECT_EQ(end_of_vigied(), 0);
}

class ConfigTest : public Daemon {
 protected:
  int test(const char* file, bool exists = true) {
    const std::string path = dir_ / file;
    if (exists) std::ofstream(path).flush();
    base::os::SpawnOptions options;
    options.arguments = {dir_ / "bin/vigied", "-t", "-f", path};
    const auto child = base::os::spawn(options);
    return child ? wait_for_end(*child) : -1001;
  }
};

TEST_F(ConfigTest, AnswersWithTheExitStatusesOfKeepalived) {
  EXPECT_EQ(test("good.conf"), 0);
  EXPECT_EQ(test("odd.conf"), 5);
  EXPECT_EQ(test("bad.conf"), 5);
  EXPECT_EQ(test("bad-and-not-there.conf", false), 4);
  EXPECT_EQ(test("unsafe.conf"), 6);
  EXPECT_EQ(test("bad-and-unsafe.conf"), 6);
}

TEST_F(Daemon, RefusesARunDirectoryInWhichAnotherRuns) {
  start();
  EXPECT_EQ(wait_for_end(launch()), 1);
  EXPECT_THAT(log(),
              HasSubstr("another vigied (pid " + std::to_string(vigied_.pid) + ") runs in it"));
}

TEST_F(Daemon, HeadsTheBoardWithTheRouterIdOrElseTheHostName) {
  const auto heading = [&] {
    const base::os::UniqueFd fd{::open((run() + "/board").c_str(), O_RDONLY | O_CLOEXEC)};
    const auto board = base::os::Mapping::read_only(fd.get());
    return board ? std::string(feed::get_text(feed::BoardReader(board->bytes()).header().router_id))
                 : to_string(board.error());
  };
  start();
  EXPECT_EQ(heading(), "fake");
  ::kill(vigied_.pid, SIGTERM);
  ASSERT_EQ(end_of_vigied(), 0);
  fs::remove(dir_ / "log");
  vigied_ = launch("nameless.conf");
  ASSERT_TRUE(soon([&] { return log().find(": ready") != std::string::npos; })) << log();
  EXPECT_EQ(heading(), base::os::host_name().substr(0, 63));
}

TEST_F(Daemon, DoesNotStartOnAConfigurationWithErrors) {
  EXPECT_EQ(wait_for_end(launch("bad.conf")), 2);
  EXPECT_FALSE(fs::exists(run() + "/said"));
}

TEST_F(Daemon, StartsOnAConfigurationWithWarningsOnly) {
  vigied_ = launch("odd.conf");
  EXPECT_TRUE(soon([&] { return log().find(": ready") != std::string::npos; })) << log();
}

TEST_F(Daemon, TakesOverAfterASupervisorThatWasKilledAndKeepsTheBoard) {
  start();
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; }));
  const pid_t first_engine = engine_pid();
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat((run() + "/board").c_str(), &before), 0);
  ::kill(vigied_.pid, SIGKILL);
  EXPECT_EQ(end_of_vigied(), -SIGKILL);
  // None of its processes outlives it. (Their new parent may take a moment to bury them.)
  EXPECT_TRUE(soon([&] {
    const std::string state = content("/proc/" + std::to_string(first_engine) + "/stat");
    return state.empty() || state.find(") Z") != std::string::npos;
  }));
  fs::remove(dir_ / "log");
  start();
  ASSERT_EQ(::stat((run() + "/board").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_NE(engine_pid(), first_engine);
}

TEST_F(Daemon, ProcessThatComesAfterItsSupervisorDiedEndsAtOnce) {
  base::os::SpawnOptions options;
  options.arguments = {dir_ / "libexec/vigie/vigie-recorder", "--run-dir", dir_, "--state-dir",
                       dir_};
  // As if somebody else had started it: pid 1 did not.
  options.environment = {"VIGIE_PARENT_PID=1"};
  const auto child = base::os::spawn(options);
  ASSERT_TRUE(child);
  EXPECT_EQ(wait_for_end(*child), 1);
  EXPECT_FALSE(fs::exists(dir_ / "said"));
}

TEST_F(Daemon, RecordsANoteWithTheUserWhoAsked) {
  start();
  control::Request request;
  request.command = control::Command::kNote;
  request.instance = 0;
  feed::put_text(request.subject, "disable-routing");
  feed::put_text(request.text, "removed a file");
  const auto reply = control::ask(run(), request, std::chrono::seconds{1});
  ASSERT_TRUE(reply) << to_string(reply.error());
  EXPECT_EQ(reply->answer, control::Answer::kDone);
  EXPECT_EQ(reply->supervisor_pid, vigied_.pid);
  // Kind 10: kCommand.
  ASSERT_TRUE(soon([&] { return !said_lines_with("recorded").empty(); }));
  EXPECT_EQ(said_lines_with("recorded").front(),
            "engine recorded kind 10 of disable-routing status 0: removed a file");
}

TEST_F(Daemon, AnswersACommandItDoesNotKnowByNotUnderstood) {
  start();
  control::Request request;
  request.command = static_cast<control::Command>(99);
  const auto reply = control::ask(run(), request, std::chrono::seconds{1});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->answer, control::Answer::kNotUnderstood);
  request.version = 2;
  const auto foreign = control::ask(run(), request, std::chrono::seconds{1});
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->answer, control::Answer::kNotUnderstood);
}

TEST_F(Daemon, SurvivesSilentClientsAndStillAnswersTheNext) {
  start();
  std::vector<base::os::UniqueFd> silent;
  const sockaddr_un address = unix_address(control::socket_path(run()));
  for (int i = 0; i < 40; ++i) {
    silent.emplace_back(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    ASSERT_EQ(
        ::connect(silent.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        0);
  }
  EXPECT_TRUE(control::ask(run(), {}, std::chrono::seconds{1}));
}

// --- scripts that are run once ---------------------------------------------------------------------------------------

class DaemonWithScripts : public Daemon {
 protected:
  // Writes its name beside what the processes say, then does what is asked for.
  void add(const std::string& which, const std::string& then) {
    const fs::path path = dir_ / which;
    std::ofstream(path) << "#!/bin/sh\necho \"" << which << " runs\" >> " << run() << "/said\n"
                        << then << "\n";
    fs::permissions(path, fs::perms::owner_all);
    std::ofstream(dir_ / "scripts.conf", std::ios::app) << which << " " << path.string() << "\n";
  }
  void start() {
    vigied_ = launch((dir_ / "scripts.conf").c_str());
    ASSERT_TRUE(soon([&] { return log().find(": ready") != std::string::npos; })) << log();
  }
  int stop() {
    ::kill(vigied_.pid, SIGTERM);
    return end_of_vigied();
  }
  std::vector<std::string> rows() const { return said_lines_with("recorded kind 5"); }
};

TEST_F(DaemonWithScripts, RunsOneBeforeAnythingElseAndOneAfterAllIsWithdrawn) {
  add("startup", "sleep 0.3");
  add("shutdown", "sleep 0.3");
  start();
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; }));
  EXPECT_EQ(said().substr(0, said().find('\n')), "startup runs");
  ASSERT_TRUE(soon([&] { return rows().size() == 1; }));
  EXPECT_EQ(rows().front(), "engine recorded kind 5 of startup_script status 0: ");
  EXPECT_EQ(stop(), 0);
  std::vector<std::string> ends;
  for (const std::string& line : said_lines_with("s"))
    if (line.ends_with("ends") || line.starts_with("shutdown") ||
        line.find("shutdown_script") != std::string::npos)
      ends.push_back(line);
  EXPECT_THAT(ends,
              ElementsAre("runner ends", "keeper ends", "shutdown runs",
                          "engine recorded kind 5 of shutdown_script status 0: ", "recorder ends"));
}

TEST_F(DaemonWithScripts, EndsOnesThatHangAndThatIsARow) {
  add("startup", "sleep 100");
  add("shutdown", "trap '' TERM\nwhile :; do sleep 0.1; done");
  start();
  ASSERT_TRUE(soon([&] { return rows().size() == 1; }));
  EXPECT_EQ(rows().front(),
            "engine recorded kind 5 of startup_script status -15: it had not ended after 1 s");
  EXPECT_EQ(stop(), 0);
  ASSERT_EQ(rows().size(), 2U);
  EXPECT_EQ(rows().back(),
            "engine recorded kind 5 of shutdown_script status -9: it had not ended after 1 s");
}

TEST_F(DaemonWithScripts, GoesOnWithoutOnesThatFail) {
  add("startup", "exit 3");
  add("shutdown", "exit 4");
  fs::remove(dir_ / "shutdown");
  start();
  EXPECT_EQ(stop(), 0);
  EXPECT_THAT(rows(), ElementsAre("engine recorded kind 5 of startup_script status 3: ",
                                  "engine recorded kind 5 of shutdown_script status 127: "));
}

TEST_F(DaemonWithScripts, StartsNothingWhenItIsStoppedMeanwhile) {
  add("startup", "sleep 0.8");
  vigied_ = launch((dir_ / "scripts.conf").c_str());
  ASSERT_TRUE(soon([&] { return !said_lines_with("startup").empty(); }));
  EXPECT_EQ(stop(), 0);
  EXPECT_TRUE(said_lines_with("starts").empty()) << said();
  EXPECT_FALSE(fs::exists(fs::path(run()) / "vigied.pid"));
}

// Peers do not wait for a script: who comes back takes up what was there.
TEST_F(DaemonWithScripts, RunsTheFirstOneOnceInALifeAlsoWhenItWasKilled) {
  add("startup", ":");
  start();
  ASSERT_TRUE(soon([&] { return said_lines_with("starts").size() == 4; }));
  ::kill(vigied_.pid, SIGKILL);
  ::waitpid(vigied_.pid, nullptr, 0);
  fs::remove(dir_ / "log");
  start();
  EXPECT_EQ(said_lines_with("startup runs").size(), 1U);
  EXPECT_EQ(stop(), 0);
  fs::remove(dir_ / "log");
  start();
  EXPECT_EQ(said_lines_with("startup runs").size(), 2U);
}

}  // namespace
}  // namespace supervisor
