// The real vigie-runner and what it makes of checks, scripts, flags and what is tracked.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "base/os/channel.hpp"
#include "base/os/clock.hpp"
#include "base/os/mapping.hpp"
#include "base/os/process.hpp"
#include "engine/config/compiled.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/ipc/role.hpp"
#include "tests/unit/runner/real_runner.hpp"

namespace runner_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(const ipc::ScriptResult& result) {
  return std::string(result.well ? "well" : "failed") + (result.timed_out ? ", timed out" : "") +
         ", status " + std::to_string(result.status) + ": " +
         std::string(feed::get_text(result.output));
}

// --- another configuration -------------------------------------------------------------------------------------------

TEST_F(RealRunner, LeavesACheckThatIsDefinedAsBeforeAlone) {
  add_check(script("first", "echo run >> " + in("runs") + "; exit 0"), 1h);
  add_check(script("long", "echo run >> " + in("long-runs") + "; sleep 100"), 1h);
  start();
  ASSERT_TRUE(hear<ipc::ScriptResult>());
  ASSERT_TRUE(wait_for([&] { return lines("long-runs").size() == 1; }));
  // It comes to stand behind another one.
  model_.scripts.insert(model_.scripts.begin(), model_.scripts.front());
  model_.scripts[0].name = "new";
  model_.scripts[0].command.arguments = {script("new", "exit 7")};
  model_.instances[0].track_scripts.push_back({.script = 2, .at = {}});
  reload();
  std::map<int, std::string> heard;
  ASSERT_TRUE(wait_for([&] {
    if (const auto result = hear<ipc::ScriptResult>(10ms)) heard[result->script] = text_of(*result);
    return heard.size() == 2;
  }));
  EXPECT_EQ(heard[0], "failed, status 7: ");
  EXPECT_EQ(heard[1], "well, status 0: ");
  EXPECT_EQ(lines("runs").size(), 1U);
  EXPECT_EQ(lines("long-runs").size(), 1U);
}

TEST_F(RealRunner, BeginsAChangedCheckAnewWhileItsVerdictStands) {
  add_check(script("check", "echo before >> " + in("runs") + "; exit 3"), 1h);
  start();
  ASSERT_TRUE(hear<ipc::ScriptResult>());
  model_.scripts[0].command.arguments = {
      script("other", "while ! test -e " + in("GO") + "; do sleep 0.01; done; exit 0")};
  reload();
  const auto stands = hear<ipc::ScriptResult>();
  ASSERT_TRUE(stands);
  EXPECT_EQ(text_of(*stands), "failed, status 3: ");
  EXPECT_FALSE(hear<ipc::ScriptResult>(200ms));
  std::ofstream(in("GO")) << "";
  const auto now = hear<ipc::ScriptResult>();
  ASSERT_TRUE(now);
  EXPECT_EQ(text_of(*now), "well, status 0: ");
}

TEST_F(RealRunner, EndsTheRunOfACheckThatIsGone) {
  add_check(script("long", "echo $$ > " + in("pid") + "; sleep 100"), 1h);
  add_check("/bin/true", 1h);
  start();
  ASSERT_TRUE(wait_for([&] { return lines("pid").size() == 1; }));
  model_.scripts.erase(model_.scripts.begin());
  model_.instances[0].track_scripts.pop_back();
  reload();
  const int pid = std::stoi(lines("pid").front());
  EXPECT_TRUE(wait_for([&] { return ::kill(pid, 0) != 0; }));
}

TEST_F(RealRunner, TellsTheScriptsOfAnInstanceThatIsGoneHowItLeft) {
  add_instance("VI_STAYS").notify.arguments = {script("stays", "echo $3 >> " + in("stays-told"))};
  add_instance("VI_GOES").notify.arguments = {script("goes", "echo $3 >> " + in("goes-told"))};
  start();
  transition(1, State::kMaster);
  ASSERT_TRUE(wait_for([&] { return lines("goes-told").size() == 1; }));
  model_.instances.pop_back();
  reload();
  feed::Record record;
  record.kind = feed::Kind::kTransition;
  record.from = State::kMaster;
  record.to = State::kStopped;
  feed::put_text(record.name, "VI_GOES");
  (void)ledger_writer_->append(record);
  kick();
  EXPECT_TRUE(wait_for([&] { return lines("goes-told").size() == 2; }));
  EXPECT_THAT(lines("goes-told"), ElementsAre("MASTER", "STOP"));
}

TEST_F(RealRunner, TakesAnActiveFileAwayWithItsBlock) {
  add_instance("VI").notify.arguments = {"/bin/true"};
  model_.flags.push_back({.instances = {}, .permit_file = "", .active_file = in("old"), .at = {}});
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(wait_for([&] { return fs::exists(in("old")); }));
  model_.flags[0].active_file = in("new");
  reload();
  EXPECT_TRUE(wait_for([&] { return fs::exists(in("new")); }));
  EXPECT_FALSE(fs::exists(in("old")));
}

TEST_F(RealRunner, EndsWhenNothingIsLeftToDo) {
  add_check("/bin/true", 1h);
  start();
  ASSERT_TRUE(hear<ipc::ScriptResult>());
  model_.scripts.clear();
  model_.instances[0].track_scripts.clear();
  reload();
  std::optional<int> status;
  EXPECT_TRUE(wait_for([&] { return (status = base::os::try_reap(runner_)).has_value(); }));
  runner_.pid = 0;
  EXPECT_EQ(status, 0);
}

// A reload brings the first check: the runner starts behind all that the engine said when there was none.
TEST_F(RealRunner, DoesNotGoBackToWhatTheEngineSaidBeforeItWasThere) {
  add_check("/bin/true", 1h);
  make_feed();
  config::Model before = model_;
  before.scripts.clear();
  before.instances[0].track_scripts.clear();
  const auto compiled = config::compile(before);
  const auto file = memory_file(compiled.size());
  ASSERT_EQ(::pwrite(file.get(), compiled.data(), compiled.size(), 0),
            static_cast<ssize_t>(compiled.size()));
  ASSERT_TRUE(ours_.send(ipc::Hello{.configuration = config::hash_of(compiled)}, file.get()));
  ASSERT_TRUE(ours_.send(ipc::Hello{.configuration = configuration_}, config_.get()));
  start();
  EXPECT_TRUE(hear<ipc::ScriptResult>());
  EXPECT_FALSE(hear<ipc::ScriptResult>(300ms));
  EXPECT_FALSE(base::os::try_reap(runner_).has_value());
  EXPECT_THAT(lines("log"),
              ::testing::Not(::testing::Contains(::testing::HasSubstr("going on with"))));
}

// --- checks ----------------------------------------------------------------------------------------------------------

TEST_F(RealRunner, TellsFirstVerdictsAndChangesWithTheOutputThatWentWithThem) {
  add_check(script("check",
                   "echo looking; test -e " + in("WELL") + " && exit 0; echo no WELL >&2; exit 3"),
            50ms)
      .timeout = 5s;
  start();
  const auto first = hear<ipc::ScriptResult>();
  ASSERT_TRUE(first);
  EXPECT_EQ(text_of(*first), "failed, status 3: looking\nno WELL");
  EXPECT_GT(first->duration_ns, 0);
  std::ofstream(in("WELL")) << "";
  const auto second = hear<ipc::ScriptResult>();
  ASSERT_TRUE(second);
  EXPECT_EQ(text_of(*second), "well, status 0: looking");
  EXPECT_FALSE(hear<ipc::ScriptResult>(200ms));  // no change, no message
}

TEST_F(RealRunner, TellsEverythingAgainToANewEngine) {
  add_check("/bin/true", 1h);
  add_check("/bin/false", 1h);
  model_.flags.push_back(
      {.instances = {}, .permit_file = in("MASTER"), .active_file = "", .at = {}});
  start();
  ASSERT_TRUE(hear<ipc::ScriptResult>());
  ASSERT_TRUE(hear<ipc::ScriptResult>());
  ASSERT_TRUE(ours_.send(ipc::Hello{.configuration = configuration_}));
  const auto permit = hear<ipc::Permit>();
  ASSERT_TRUE(permit);
  EXPECT_EQ(permit->present, 0);
  const auto first = hear<ipc::ScriptResult>();
  const auto second = hear<ipc::ScriptResult>();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->script, 0);
  EXPECT_EQ(first->well, 1);
  EXPECT_EQ(second->script, 1);
  EXPECT_EQ(second->well, 0);
}

TEST_F(RealRunner, SaysTimedOutAtTheLimitAndLeavesNothingOfTheScriptBehind) {
  auto& check = add_check(script("check", "trap '' TERM; echo $$ > " + in("pid") +
                                              "; echo started; while :; do sleep 60; done"),
                          1h);
  check.timeout = 300ms;
  const auto begin = std::chrono::steady_clock::now();
  start();
  const auto result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1500ms);  // at the limit, not after the kill
  EXPECT_EQ(text_of(*result), "failed, timed out, status -15: started");
  EXPECT_GE(result->duration_ns, 300'000'000);
  const pid_t pid = std::stoi(content("pid"));
  EXPECT_EQ(::kill(-pid, 0), 0);                                    // it ignores SIGTERM
  EXPECT_TRUE(wait_for([&] { return ::kill(-pid, 0) != 0; }, 4s));  // SIGKILL after 2 s more
}

TEST_F(RealRunner, CallsADeletedScriptAFailure) {
  add_check(script("check", "exit 0"), 50ms).timeout = 5s;
  start();
  auto result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->well, 1);
  fs::remove(in("check"));
  result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_THAT(text_of(*result), testing::StartsWith("failed, status 127: vigie: cannot run"));
}

TEST_F(RealRunner, DoesNotRunScriptsThatNoInstanceTracks) {
  add_check(script("check", "echo ran >> " + in("ran")), 20ms);
  model_.instances.front().track_scripts.clear();
  start();
  EXPECT_FALSE(hear<ipc::ScriptResult>(300ms));
  EXPECT_FALSE(fs::exists(in("ran")));
}

TEST_F(RealRunner, IsNotHeldUpByAScriptThatPrintsWithoutEnd) {
  auto& endless = add_check(script("endless", "exec yes"), 1h);
  endless.timeout = 1s;
  add_check(script("quick", "exit 0"), 50ms).timeout = 5s;  // this host may be busy
  start();
  const auto quick = hear<ipc::ScriptResult>(900ms);
  ASSERT_TRUE(quick);
  EXPECT_EQ(quick->script, 1);
  const auto timed_out = hear<ipc::ScriptResult>(3s);
  ASSERT_TRUE(timed_out);
  EXPECT_EQ(timed_out->script, 0);
  EXPECT_EQ(timed_out->timed_out, 1);
  EXPECT_THAT(text_of(*timed_out), HasSubstr("y\ny\ny\n"));
}

TEST_F(RealRunner, TakesItsCheckScriptsAlongWhenItStops) {
  add_check(script("check", "echo $$ > " + in("pid") + "; exec sleep 600"), 1h);
  start();
  ASSERT_TRUE(wait_for([&] { return content("pid").ends_with('\n'); }));
  EXPECT_EQ(stop(), 0);
  const pid_t pid = std::stoi(content("pid"));
  EXPECT_TRUE(wait_for([&] { return ::kill(-pid, 0) != 0; }));
}

TEST_F(RealRunner, TakesItsCheckScriptsAlongWhenItIsKilled) {
  add_check(script("check", "echo $$ > " + in("pid") + "; exec sleep 600"), 1h);
  start();
  ASSERT_TRUE(wait_for([&] { return content("pid").ends_with('\n'); }));
  kill_runner();
  const pid_t pid = std::stoi(content("pid"));
  EXPECT_TRUE(wait_for([&] { return ::kill(-pid, 0) != 0; }));
}

TEST_F(RealRunner, CallsAScriptThatMayNotBeRunAnyMoreAFailureAndRecovers) {
  add_check(script("check", "exit 0"), 50ms).timeout = 5s;
  start();
  auto result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->well, 1);
  ::chmod(in("check").c_str(), 0);
  result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(text_of(*result),
            "failed, status 126: vigie: cannot run " + in("check") + ": Permission denied");
  ::chmod(in("check").c_str(), 0755);
  result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->well, 1);
}

TEST_F(RealRunner, CallsWhatCannotBeRunFromTheStartAFailureWithItsReason) {
  add_check(in("none"), 1h);
  script("no-interpreter", "");
  std::ofstream(in("no-interpreter")) << "#!/no/such/interpreter\n";
  add_check(in("no-interpreter"), 1h);
  add_check(script("of-nobody", "exit 0"), 1h).command.user = "no-such-user";
  add_check(directory_, 1h);
  start();
  std::map<int, std::string> texts;
  for (int i = 0; i < 4; ++i) {
    const auto result = hear<ipc::ScriptResult>();
    ASSERT_TRUE(result);
    texts[result->script] = text_of(*result);
  }
  EXPECT_EQ(texts[0],
            "failed, status 127: vigie: cannot run " + in("none") + ": No such file or directory");
  EXPECT_EQ(texts[1], "failed, status 127: vigie: cannot run " + in("no-interpreter") +
                          ": No such file or directory");
  EXPECT_EQ(texts[2], "failed, status 126: vigie: there is no user no-such-user");
  EXPECT_EQ(texts[3],
            "failed, status 126: vigie: cannot run " + directory_ + ": Permission denied");
}

TEST_F(RealRunner, CountsInitFailFromTheBeginningUntilTheFirstSuccess) {
  auto& check = add_check(script("check", "test -e " + in("WELL")), 50ms);
  check.init_fail = true;
  check.timeout = 5s;
  check.rise = 5;
  start();
  auto result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(text_of(*result), "failed, status 0: init_fail: it has not succeeded yet");
  result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(text_of(*result), "failed, status 1: ");
  std::ofstream(in("WELL")) << "";
  result = hear<ipc::ScriptResult>(200ms);  // not after five successes of 50 ms
  ASSERT_TRUE(result);
  EXPECT_EQ(result->well, 1);
}

TEST_F(RealRunner, DoesNotCountInitFailAgainWhenItIsReplaced) {
  auto& check = add_check(script("check", "sleep 0.3"), 1h);
  check.init_fail = true;
  check.timeout = 5s;
  start();
  auto result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->well, 0);
  result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->well, 1);
  kill_runner();
  start();
  result = hear<ipc::ScriptResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->well, 1);  // and nothing before it
}

// --- tracked files and processes -------------------------------------------------------------------------------------

class Tracking : public RealRunner {
 protected:
  config::File& add_file(const std::string& name) {
    model_.tracked_files.emplace_back();
    model_.tracked_files.back().name = name;
    model_.tracked_files.back().path = in(name);
    if (model_.instances.empty()) add_instance("VI");
    model_.instances.front().track_files.push_back(
        {.file = static_cast<std::uint16_t>(model_.tracked_files.size() - 1), .at = {}});
    return model_.tracked_files.back();
  }
  // A copy of sleep under a name that nothing else on this host has.
  config::Process& add_process() {
    process_name_ = "vr" + std::to_string(::getpid());
    fs::copy_file("/bin/sleep", in(process_name_));
    model_.processes.emplace_back();
    model_.processes.back().name = process_name_;
    model_.processes.back().command = {process_name_};
    if (model_.instances.empty()) add_instance("VI");
    model_.instances.front().track_processes.push_back({.process = 0, .at = {}});
    return model_.processes.back();
  }
  base::os::Child start_process() {
    base::os::SpawnOptions options;
    options.arguments = {in(process_name_), "600"};
    auto child = base::os::spawn(options);
    EXPECT_TRUE(child);
    return *std::move(child);
  }
  static void end(base::os::Child& child) {
    ::kill(child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
  }
  std::optional<std::string> next(std::chrono::milliseconds at_most = 5s) {
    const auto heard = hear<ipc::Tracked>(at_most);
    if (!heard) return std::nullopt;
    const bool is_file = heard->kind == ipc::TrackedKind::kFile;
    return (is_file ? "file " : "process ") + std::to_string(heard->index) + " " +
           (is_file       ? ""
            : heard->well ? "well "
                          : "failing ") +
           std::to_string(heard->value) + " " + std::string(feed::get_text(heard->text));
  }
  std::string process_name_;
};

TEST_F(Tracking, TellsWhatAFileSaysAtFirstAndWhenItChanges) {
  add_file("weight");
  std::ofstream(in("weight")) << "20\n";
  start();
  EXPECT_EQ(next(), "file 0 20 ");
  std::ofstream(in("weight")) << "-0x10";
  EXPECT_EQ(next(), "file 0 -16 ");
  std::ofstream(in("new")) << "7";
  fs::rename(in("new"), in("weight"));
  EXPECT_EQ(next(), "file 0 7 ");
  fs::remove(in("weight"));
  EXPECT_EQ(next(), "file 0 0 No such file or directory");
  std::ofstream(in("weight")) << "down";
  EXPECT_EQ(next(), "file 0 0 no number is at its beginning");
  EXPECT_FALSE(next(1200ms));  // looked at again, and no change
}

TEST_F(Tracking, TellsEverythingAgainToANewEngine) {
  add_file("weight");
  add_process();
  std::ofstream(in("weight")) << "20";
  start();
  std::set<std::string> first{*next(), *next()};
  EXPECT_EQ(first, (std::set<std::string>{"file 0 20 ", "process 0 failing 0 "}));
  EXPECT_FALSE(next(100ms));
  ASSERT_TRUE(ours_.send(ipc::Hello{.configuration = configuration_}));
  std::set<std::string> again{*next(), *next()};
  EXPECT_EQ(again, first);
}

TEST_F(Tracking, MakesItsFilesOnceInTheLifeOfTheDaemon) {
  auto& kept = add_file("kept");
  kept.initial = 5;
  auto& replaced = add_file("replaced");
  replaced.initial = 6;
  replaced.overwrites_initial = true;
  std::ofstream(in("replaced")) << "60";
  start();
  EXPECT_EQ(next(), "file 0 5 ");
  EXPECT_EQ(next(), "file 1 6 ");
  std::ofstream(in("replaced")) << "61";
  EXPECT_EQ(next(), "file 1 61 ");
  kill_runner();
  start();
  EXPECT_EQ(next(), "file 0 5 ");
  EXPECT_EQ(next(), "file 1 61 ");
}

TEST_F(Tracking, CountsProcessesAsTheyComeAndGo) {
  add_process().quorum = 2;
  start();
  EXPECT_EQ(next(), "process 0 failing 0 ");
  auto first = start_process();
  EXPECT_EQ(next(), "process 0 failing 1 ");
  auto second = start_process();
  EXPECT_EQ(next(), "process 0 well 2 ");
  end(first);
  EXPECT_EQ(next(), "process 0 failing 1 ");
  end(second);
  EXPECT_EQ(next(), "process 0 failing 0 ");
}

TEST_F(Tracking, WaitsForTheDelaysOfAProcess) {
  auto& process = add_process();
  process.fork_delay = 1500ms;
  start();
  EXPECT_EQ(next(), "process 0 failing 0 ");
  auto child = start_process();
  EXPECT_EQ(next(), "process 0 failing 1 ");
  EXPECT_FALSE(next(1000ms));
  EXPECT_EQ(next(3s), "process 0 well 1 ");
  end(child);
  EXPECT_EQ(next(), "process 0 failing 0 ");
}

TEST_F(Tracking, DoesNotLookForWhatNoInstanceTracks) {
  add_file("weight").initial = 3;
  add_process();
  model_.instances.front().track_files.clear();
  model_.instances.front().track_processes.clear();
  start();
  EXPECT_FALSE(next(300ms));
  EXPECT_EQ(content("weight"), "3\n");  // it is made all the same: something else may read it
}

// The process connector takes cap_net_admin only to open.
TEST_F(Tracking, NeedsNoFurtherCapability) {
  if (::getuid() != 0) GTEST_SKIP() << "has none to give up";
  add_process();
  start();
  EXPECT_EQ(next(), "process 0 failing 0 ");
  std::ifstream status("/proc/" + std::to_string(runner_.pid) + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  EXPECT_THAT(text,
              HasSubstr("CapPrm:\t0000000000000023\n"));  // CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL
}

// --- notify scripts --------------------------------------------------------------------------------------------------

class Notifying : public RealRunner {
 protected:
  // Appends its arguments when it begins and when it ends, and takes a moment in between.
  void add_notifying(const std::string& name, const std::string& takes = "0.02") {
    const std::string path =
        script("notify-" + name, "echo begin \"$@\" >> " + in(name) + "; sleep " + takes +
                                     "; echo end \"$@\" >> " + in(name));
    config::Instance& instance = add_instance(name);
    instance.notify_master.arguments = {path, "master"};
    instance.notify_backup.arguments = {path, "backup"};
    instance.notify_fault.arguments = {path, "fault"};
    instance.notify_stop.arguments = {path, "stop"};
    instance.notify.arguments = {path};
  }
  std::vector<std::string> both(const std::string& text) {
    return {"begin " + text, "end " + text};
  }
  // What a flawless run of all these states writes.
  std::vector<std::string> expected(const std::string& name, const std::vector<State>& states) {
    std::vector<std::string> all;
    for (const State state : states) {
      std::string word(to_string(state));
      std::string lower = word;
      for (char& letter : lower) letter = static_cast<char>(std::tolower(letter));
      for (const auto& line : both(lower)) all.push_back(line);
      for (const auto& line : both("INSTANCE " + name + " " + word + " 150")) all.push_back(line);
    }
    return all;
  }
};

TEST_F(Notifying, RunsScriptsInOrderWithKeepalivedsArgumentsAndReportsTheirEnds) {
  add_notifying("VI_A");
  start();
  const std::vector<State> states{State::kBackup, State::kMaster, State::kFault,
                                  State::kBackup, State::kMaster, State::kStopped};
  for (const State state : states) transition(0, state);  // faster than the scripts
  std::vector<std::string> told;
  for (std::size_t i = 0; i < 2 * states.size(); ++i) {
    const auto result = hear<ipc::NotifyResult>();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->instance, 0);
    EXPECT_EQ(result->status, 0);
    EXPECT_GE(result->duration_ns, 20'000'000);
    told.emplace_back(feed::get_text(result->what));
  }
  EXPECT_EQ(lines("VI_A"), expected("VI_A", states));
  EXPECT_THAT(told, ElementsAre("notify_backup", "notify", "notify_master", "notify",
                                "notify_fault", "notify", "notify_backup", "notify",
                                "notify_master", "notify", "notify_stop", "notify"));
}

TEST_F(Notifying, RunsTheScriptsOfASyncGroupAndReportsTheirEnds) {
  add_notifying("VI_A", "0");
  model_.groups.emplace_back();
  model_.groups.back().name = "G1";
  model_.groups.back().members = {0};
  model_.instances.back().group = 0;
  model_.groups.back().notify_master.arguments = {
      script("group", "echo \"$@\" >> " + in("group-log") + "; exit 4"), "master"};
  model_.groups.back().notify.arguments = {in("group")};
  start();
  feed::Record record;
  record.kind = feed::Kind::kGroup;
  record.from = State::kBackup;
  record.to = State::kMaster;
  feed::put_text(record.name, "G1");
  ledger_writer_->append(record);
  kick();
  const auto first = hear<ipc::NotifyResult>();
  ASSERT_TRUE(first);
  EXPECT_EQ(feed::get_text(first->what), "notify_master of group G1");
  EXPECT_EQ(first->instance, 0xffff);
  EXPECT_EQ(first->status, 4);
  const auto second = hear<ipc::NotifyResult>();
  ASSERT_TRUE(second);
  EXPECT_EQ(feed::get_text(second->what), "notify of group G1");
  EXPECT_THAT(lines("group-log"), ElementsAre("master", "GROUP G1 MASTER 0"));
}

TEST_F(Notifying, ReportsHowAScriptFailed) {
  add_instance("VI").notify.arguments = {script("bad", "exit 7")};
  start();
  transition(0, State::kMaster);
  const auto result = hear<ipc::NotifyResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 7);
  EXPECT_TRUE(wait_for([&] {
    return content("log").find("notify of VI failed: exit status 7") != std::string::npos;
  }));
}

TEST_F(Notifying, DoesNotLetOneInstanceWaitForAnother) {
  add_notifying("VI_SLOW", "1");
  add_notifying("VI_QUICK", "0");
  start();
  transition(0, State::kMaster);
  transition(1, State::kMaster);
  EXPECT_TRUE(wait_for([&] { return lines("VI_QUICK").size() == 4; }, 900ms));
}

TEST_F(Notifying, TellsWhatHappenedBeforeItsFirstStart) {
  add_notifying("VI_A", "0");
  make_feed();
  transition(0, State::kBackup);
  transition(0, State::kMaster);
  start();
  EXPECT_TRUE(wait_for([&] { return lines("VI_A").size() == 8; }));
  EXPECT_EQ(lines("VI_A"), expected("VI_A", {State::kBackup, State::kMaster}));
}

TEST_F(Notifying, StartsWithoutALedgerAndFindsItLater) {
  add_notifying("VI_A", "0");
  make_feed();
  const auto board =
      std::vector<std::byte>(board_memory_.bytes().begin(), board_memory_.bytes().end());
  std::fill(ledger_memory_.writable().begin(), ledger_memory_.writable().end(), std::byte{});
  std::fill(board_memory_.writable().begin(), board_memory_.writable().end(), std::byte{});
  start();
  std::this_thread::sleep_for(100ms);
  std::copy(board.begin(), board.end(), board_memory_.writable().begin());
  feed::format_ledger(ledger_memory_.writable(), 0xabc, base::os::boot_id(), kSmallLedger);
  ledger_writer_.emplace(ledger_memory_.writable());
  transition(0, State::kBackup);
  EXPECT_TRUE(wait_for([&] { return lines("VI_A").size() == 4; }));
}

TEST_F(Notifying, DoesNotRepeatAfterAnOrderlyRestart) {
  add_notifying("VI_A", "0");
  start();
  transition(0, State::kBackup);
  transition(0, State::kMaster);
  ASSERT_TRUE(wait_for([&] { return !lines("VI_A").empty(); }));
  EXPECT_EQ(stop(), 0);  // it first finishes what was recorded
  EXPECT_EQ(lines("VI_A"), expected("VI_A", {State::kBackup, State::kMaster}));
  start();
  transition(0, State::kBackup);
  EXPECT_TRUE(wait_for([&] { return lines("VI_A").size() >= 12; }));
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(lines("VI_A"), expected("VI_A", {State::kBackup, State::kMaster, State::kBackup}));
}

TEST_F(Notifying, WaitsForTheScriptItsKilledPredecessorStartedAndDoesNotRepeatIt) {
  add_notifying("VI_A", "0.5");
  start();
  transition(0, State::kMaster);
  transition(0, State::kBackup);
  ASSERT_TRUE(wait_for([&] { return lines("VI_A").size() == 1; }));
  kill_runner();
  start();
  EXPECT_TRUE(wait_for([&] { return lines("VI_A").size() >= 8; }));
  EXPECT_EQ(lines("VI_A"), expected("VI_A", {State::kMaster, State::kBackup}));
  EXPECT_THAT(content("log"), HasSubstr("waiting for its end"));
}

TEST_F(Notifying, RepeatsAScriptThatEndedWhileNobodyLooked) {
  add_notifying("VI_A", "0.2");
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(wait_for([&] { return lines("VI_A").size() == 1; }));
  kill_runner();
  std::this_thread::sleep_for(500ms);
  start();
  ASSERT_TRUE(hear<ipc::NotifyResult>());
  ASSERT_TRUE(hear<ipc::NotifyResult>());
  auto twice = expected("VI_A", {State::kMaster});
  twice.insert(twice.begin(), {"begin master", "end master"});
  EXPECT_EQ(lines("VI_A"), twice);
}

TEST_F(Notifying, LosesAndReordersNothingWhenKilledAgainAndAgain) {
  add_notifying("VI_A", "0.01");
  add_notifying("VI_B", "0.03");
  make_feed(feed::kLedgerCapacity);
  start();
  std::vector<State> states;
  unsigned dice = 12345;
  for (int i = 0; i < 30; ++i) {
    states.push_back(i % 2 == 0 ? State::kMaster : State::kBackup);
    transition(0, states.back());
    transition(1, states.back());
    dice = dice * 1103515245 + 12345;
    std::this_thread::sleep_for(std::chrono::milliseconds(dice / 65536 % 60));
    kill_runner();
    start();
  }
  const auto all_told = [&](const std::string& name) {
    const auto all = lines(name);
    return std::count(all.begin(), all.end(), "end INSTANCE " + name + " BACKUP 150") >= 15;
  };
  ASSERT_TRUE(wait_for([&] { return all_told("VI_A") && all_told("VI_B"); }, 60s));
  EXPECT_EQ(stop(), 0);
  for (const std::string name : {"VI_A", "VI_B"}) {
    // A script whose end nobody saw may have run again, right after itself. Apart from that: no overlap, nothing lost,
    // nothing out of order.
    const auto all = lines(name);
    const auto wanted = expected(name, states);
    std::size_t at = 0;
    std::size_t repeated = 0;
    ASSERT_EQ(all.size() % 2, 0U);
    for (std::size_t i = 0; i < all.size(); i += 2) {
      ASSERT_EQ(all[i].substr(6), all[i + 1].substr(4)) << name << ": two at once, line " << i;
      if (at < wanted.size() && all[i] == wanted[at]) {
        at += 2;
      } else {
        ASSERT_TRUE(at >= 2 && all[i] == wanted[at - 2])
            << name << ", line " << i << ": " << all[i];
        ++repeated;
      }
    }
    EXPECT_EQ(at, wanted.size()) << name;
    RecordProperty("repeated " + name, static_cast<int>(repeated));
  }
}

TEST_F(Notifying, SaysWhatAnInstanceIsWhenTheLedgerWasOverwritten) {
  add_notifying("VI_A", "0");
  make_feed();
  for (std::uint64_t i = 0; i < kSmallLedger; ++i)
    transition(0, i % 2 == 0 ? State::kBackup : State::kMaster);
  // One more full round of other records: the last transition itself is gone from the ring.
  feed::Record other;
  for (std::uint64_t i = 0; i < kSmallLedger; ++i) ledger_writer_->append(other);
  start();
  EXPECT_TRUE(wait_for([&] { return lines("VI_A").size() >= 4; }));
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(lines("VI_A"), expected("VI_A", {State::kMaster}));
  EXPECT_THAT(content("log"), HasSubstr("records were overwritten"));
}

TEST_F(Notifying, SaysThatTheChannelToNobodyIsNoReasonToForgetResults) {
  // The engine is away: its messages wait, in order, and none is lost to a full channel.
  add_instance("VI").notify.arguments = {"/bin/true"};
  make_feed(feed::kLedgerCapacity);
  start();
  for (int i = 0; i < 600; ++i) transition(0, i % 2 == 0 ? State::kMaster : State::kBackup);
  ASSERT_TRUE(wait_for(
      [&] { return content("run/runner.place").find("place 600\n") != std::string::npos; }, 60s));
  int heard = 0;
  while (hear<ipc::NotifyResult>(1s)) ++heard;
  EXPECT_EQ(heard, 600);
}

// --- flag files ------------------------------------------------------------------------------------------------------

class Flagging : public RealRunner {
 protected:
  Flagging() {
    add_instance("VI_A");
    add_instance("VI_B");
    model_.flags.push_back(
        {.instances = {0}, .permit_file = in("MASTER"), .active_file = in("ACTIVE"), .at = {}});
  }
};

TEST_F(Flagging, SaysAtOnceWhetherAPermitIsThere) {
  start();
  const auto absent = hear<ipc::Permit>();
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->flag, 0);
  EXPECT_EQ(absent->present, 0);
  EXPECT_EQ(absent->known, 1);
  // The fastest of a few: how soon we are told, not how busy the machine is.
  auto fastest = std::chrono::steady_clock::duration::max();
  for (int round = 0; round < 10; ++round) {
    const bool make = round % 2 == 0;
    const auto begin = std::chrono::steady_clock::now();
    make ? void(std::ofstream(in("MASTER")) << "") : void(fs::remove(in("MASTER")));
    const auto change = hear<ipc::Permit>();
    fastest = std::min(fastest, std::chrono::steady_clock::now() - begin);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->present, make ? 1 : 0);
    EXPECT_EQ(change->known, 1);
    EXPECT_EQ(change->uid, make ? ::getuid() : 0);
  }
  EXPECT_LT(fastest, 10ms);
}

TEST_F(Flagging, KeepsTheActiveFileExactlyWhileTheInstanceIsMaster) {
  start();
  EXPECT_FALSE(fs::exists(in("ACTIVE")));
  transition(1, State::kMaster);  // another instance's affair
  transition(0, State::kBackup);
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(fs::exists(in("ACTIVE")));
  transition(0, State::kMaster);
  EXPECT_TRUE(wait_for([&] { return fs::exists(in("ACTIVE")); }));
  EXPECT_THAT(content("ACTIVE"),
              testing::MatchesRegex("VI_A master since 20[0-9T:-]*Z\npid 4711\n"));
  transition(0, State::kBackup);
  EXPECT_TRUE(wait_for([&] { return !fs::exists(in("ACTIVE")); }));
}

TEST_F(Flagging, IsKickedRatherThanLookingNowAndThen) {
  start();
  ASSERT_TRUE(hear<ipc::Permit>());
  auto slowest = std::chrono::steady_clock::duration::zero();
  for (const State state : {State::kMaster, State::kBackup, State::kMaster, State::kBackup}) {
    const auto begin = std::chrono::steady_clock::now();
    transition(0, state);
    ASSERT_TRUE(wait_for([&] { return fs::exists(in("ACTIVE")) == (state == State::kMaster); }));
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
  }
  EXPECT_LT(slowest,
            300ms);  // four looks in a row cannot all come by chance: there are 500 ms between two
}

TEST_F(Flagging, CorrectsTheActiveFileWhenItStarts) {
  std::ofstream(in("ACTIVE")) << "from before a crash";
  start();
  EXPECT_TRUE(wait_for([&] { return !fs::exists(in("ACTIVE")); }));
  kill_runner();
  transition(0, State::kMaster);
  start();
  EXPECT_TRUE(wait_for([&] { return fs::exists(in("ACTIVE")); }));
}

TEST_F(Flagging, LetsTheFilesGrowOldWhenTheEngineIsSilent) {
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(
      wait_for([&] { return fs::exists(in("ACTIVE")) && fs::exists(in("run/heartbeat")); }));
  for (int i = 0; i < 26; ++i) {
    beat();
    std::this_thread::sleep_for(100ms);
  }
  const auto age = [&](const std::string& name) {
    return fs::file_time_type::clock::now() - fs::last_write_time(in(name));
  };
  EXPECT_LT(age("ACTIVE"), 2s);
  EXPECT_LT(age("run/heartbeat"), 2s);
  std::this_thread::sleep_for(4s);  // no heartbeat
  EXPECT_GT(age("ACTIVE"), 3s);
  EXPECT_GT(age("run/heartbeat"), 3s);
  EXPECT_TRUE(fs::exists(in("ACTIVE")));  // nobody said that it is no longer master
  beat();
  EXPECT_TRUE(wait_for([&] { return age("ACTIVE") < 1s && age("run/heartbeat") < 1s; }, 2s));
}

TEST_F(Flagging, RemovesTheActiveFileWhenTheDaemonStops) {
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(wait_for([&] { return fs::exists(in("ACTIVE")); }));
  transition(0, State::kStopped);
  EXPECT_EQ(stop(), 0);
  EXPECT_FALSE(fs::exists(in("ACTIVE")));
}

TEST_F(Flagging, LeavesTheActiveFileWhenOnlyTheRunnerStops) {
  start();
  transition(0, State::kMaster);
  ASSERT_TRUE(wait_for([&] { return fs::exists(in("ACTIVE")); }));
  EXPECT_EQ(stop(), 0);
  EXPECT_TRUE(fs::exists(in("ACTIVE")));
}

TEST_F(Flagging, SaysOnceThatAnActiveFileCannotBeWrittenAndTriesOn) {
  model_.flags.front().active_file = in("later/ACTIVE");
  start();
  transition(0, State::kMaster);
  std::this_thread::sleep_for(1200ms);
  const auto log = lines("log");
  EXPECT_EQ(std::count_if(log.begin(), log.end(),
                          [](const std::string& line) {
                            return line.find("it is tried again") != std::string::npos;
                          }),
            1);
  fs::create_directory(in("later"));
  EXPECT_TRUE(wait_for([&] { return fs::exists(in("later/ACTIVE")); }, 2s));
}

TEST_F(Flagging, SaysOnceThatADirectoryStandsWhereAnActiveFileShouldBe) {
  fs::create_directory(in("ACTIVE"));
  start();
  for (const State state : {State::kMaster, State::kBackup, State::kMaster}) {
    transition(0, state);
    std::this_thread::sleep_for(300ms);
  }
  const auto log = lines("log");
  EXPECT_EQ(std::count_if(log.begin(), log.end(),
                          [&](const std::string& line) {
                            return line.find(in("ACTIVE")) != std::string::npos &&
                                   line.find("Is a directory") != std::string::npos;
                          }),
            1);
  fs::remove(in("ACTIVE"));
  EXPECT_TRUE(wait_for([&] { return fs::is_regular_file(in("ACTIVE")); }, 2s));
}

TEST_F(Flagging, HasOnlyTheCapabilitiesItNeeds) {
  if (::getuid() != 0) GTEST_SKIP() << "has none to give up";
  start();
  ASSERT_TRUE(hear<ipc::Permit>());
  std::ifstream status("/proc/" + std::to_string(runner_.pid) + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  // CAP_CHOWN is bit 0, CAP_DAC_OVERRIDE bit 1, CAP_KILL bit 5.
  EXPECT_THAT(text, HasSubstr("CapPrm:\t0000000000000023\n"));
  EXPECT_THAT(text, HasSubstr("CapEff:\t0000000000000023\n"));
  EXPECT_THAT(text, HasSubstr("Name:\tvigie-runner\n"));
}

}  // namespace
}  // namespace runner_test
