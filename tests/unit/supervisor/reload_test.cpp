// vigied and another configuration: what becomes of it, and of whatever happens meanwhile.
#include <gmock/gmock.h>

#include <future>

#include "base/os/clock.hpp"
#include "supervisor/reload.hpp"
#include "tests/unit/supervisor/daemon.hpp"

namespace supervisor {
namespace {

using testing::HasSubstr;

class Reloaded : public Daemon {
 protected:
  std::string file() const { return dir_ / "the.conf"; }
  void write(const std::string& text) const { std::ofstream(file()) << text; }
  void start_with(const std::string& text) {
    write(text);
    vigied_ = launch(file().c_str());
    ASSERT_TRUE(soon([&] { return log().find(": ready") != std::string::npos; })) << log();
  }
  control::Reply ask() const {
    control::Request request;
    request.command = control::Command::kReload;
    const auto reply = control::ask(run(), request, std::chrono::seconds{20});
    EXPECT_TRUE(reply) << to_string(reply.error());
    return reply.value_or(control::Reply{.answer = control::Answer::kNotUnderstood, .text = {}});
  }
  std::future<control::Reply> ask_beside() const {
    return std::async(std::launch::async, [this] { return ask(); });
  }
  // How often the file was read.
  std::size_t readings() const {
    const std::string all = content(run() + "/readings");
    return static_cast<std::size_t>(std::ranges::count(all, '\n'));
  }
  // In the configuration that the last one of this role was started with.
  std::size_t instances_given_to(const std::string& role) const {
    const std::string last = said_lines_with(role + " starts").back();
    const std::size_t at = last.find(" with instances ");
    return at == std::string::npos ? 0 : std::stoul(last.substr(at + 16));
  }
  ino_t board() const {
    struct stat found {};
    EXPECT_EQ(::stat((run() + "/board").c_str(), &found), 0);
    return found.st_ino;
  }
  void kill_vigied() {
    ::kill(vigied_.pid, SIGKILL);
    (void)end_of_vigied();
  }
  std::size_t rows_in_place() const {
    const base::os::UniqueFd fd{::open((run() + "/board").c_str(), O_RDONLY | O_CLOEXEC)};
    const auto board = base::os::Mapping::read_only(fd.get());
    return board ? feed::BoardReader(board->bytes()).rows() : 0;
  }
};

TEST_F(Reloaded, GoesOnWithTheSameEngineAndRenewsTheReadersOfTheLedger) {
  start_with("one");
  const pid_t engine = engine_pid();
  write("two");
  const control::Reply reply = ask();
  EXPECT_EQ(reply.answer, control::Answer::kDone) << reply.text.data();
  EXPECT_THAT(reply.text.data(), HasSubstr("1 instance is added"));
  EXPECT_EQ(rows_in_place(), 2U);
  EXPECT_FALSE(fs::exists(run() + "/board.next"));
  EXPECT_FALSE(fs::exists(run() + "/config.next"));
  EXPECT_TRUE(soon([&] { return starts_of("recorder") == 2; })) << said();
  EXPECT_EQ(engine_pid(), engine);
  EXPECT_EQ(starts_of("keeper"), 1U);
  EXPECT_EQ(starts_of("runner"), 1U);
  EXPECT_TRUE(soon([&] { return !said_lines_with("recorded kind 23").empty(); })) << said();
  EXPECT_TRUE(said_lines_with("recorded kind 11").empty()) << said();  // nobody has died
  // The engine beats on the new board, and nobody takes it for hung.
  std::this_thread::sleep_for(std::chrono::milliseconds{600});
  EXPECT_EQ(engine_pid(), engine);
}

TEST_F(Reloaded, SaysThatNothingHasChangedAndRestartsNobody) {
  start_with("one");
  write("one, and a word of explanation");
  const control::Reply reply = ask();
  EXPECT_EQ(reply.answer, control::Answer::kDone);
  EXPECT_THAT(reply.text.data(), HasSubstr("nothing has changed"));
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  EXPECT_EQ(starts_of("recorder"), 1U);
}

// The same settings in other lines are no other configuration, for nobody.
TEST_F(Reloaded, TakesOtherLinesForNoChange) {
  start_with("one");
  const std::string before = content(run() + "/config");
  const ino_t board_before = board();
  write("\n\n# a word of explanation\n\none\n");
  const control::Reply reply = ask();
  EXPECT_EQ(reply.answer, control::Answer::kDone);
  EXPECT_STREQ(reply.text.data(), "nothing has changed");
  ASSERT_TRUE(soon([&] { return !said_lines_with("recorded kind 23").empty(); })) << said();
  EXPECT_THAT(said_lines_with("recorded kind 23").front(), HasSubstr("nothing has changed"));
  EXPECT_TRUE(said_lines_with("goes on").empty());
  EXPECT_EQ(starts_of("recorder"), 1U);
  EXPECT_EQ(content(run() + "/config"), before);
  EXPECT_FALSE(fs::exists(run() + "/config.next"));
  // Nor does a daemon that is started with them take the board for somebody else's.
  kill_vigied();
  vigied_ = launch(file().c_str());
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; })) << log();
  EXPECT_NE(content(run() + "/config"), before);
  EXPECT_EQ(board(), board_before) << "it was made anew";
}

TEST_F(Reloaded, KeepsWhatRunsWhenTheFileHasErrors) {
  start_with("one");
  write("wrong");
  const control::Reply reply = ask();
  EXPECT_EQ(reply.answer, control::Answer::kRefused);
  EXPECT_STREQ(reply.text.data(), "3 errors; file:1:2: what is wrong");
  EXPECT_EQ(content(run() + "/findings"), "error: what is wrong\n");
  EXPECT_TRUE(soon([&] { return !said_lines_with("recorded kind 23").empty(); }));
  EXPECT_THAT(said_lines_with("recorded kind 23").front(), HasSubstr("status 3"));
  EXPECT_EQ(rows_in_place(), 1U);
  EXPECT_EQ(starts_of("recorder"), 1U);
}

TEST_F(Reloaded, KeepsWhatRunsWhenTheEngineRefuses) {
  start_with("one");
  touch("refuse");
  write("two");
  const control::Reply reply = ask();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("it is too much"));
  EXPECT_EQ(rows_in_place(), 1U);
  EXPECT_FALSE(fs::exists(run() + "/board.next"));
  remove("refuse");
  EXPECT_EQ(ask().answer, control::Answer::kDone);
  EXPECT_EQ(rows_in_place(), 2U);
}

TEST_F(Reloaded, LeavesTheSuccessorOfAnEngineThatDiedOfItWithTheConfigurationBefore) {
  start_with("one");
  touch("die-of-reload");
  write("two");
  const control::Reply reply = ask();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("the engine ended"));
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; }));
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  EXPECT_TRUE(said_lines_with("goes on").empty()) << "it was handed on";
  EXPECT_EQ(rows_in_place(), 1U);
  EXPECT_EQ(ask().answer, control::Answer::kDone);
}

TEST_F(Reloaded, HearsTheSignalAsWell) {
  start_with("one");
  write("two");
  ::kill(vigied_.pid, SIGHUP);
  EXPECT_TRUE(soon([&] { return rows_in_place() == 2; })) << log();
  EXPECT_TRUE(soon([&] { return !said_lines_with("of SIGHUP").empty(); })) << said();
}

// ---- Whatever else happens meanwhile -------------------------------------------------------------------------------

TEST_F(Reloaded, TellsTheServiceManagerWhenItBeginsAndWhenItIsReadyAgain) {
  be_the_service_manager();
  start_with("one");
  ASSERT_TRUE(manager_hears("READY=1"));
  heard_.clear();
  const std::int64_t before = base::os::now().ns() / 1000;
  write("two");
  EXPECT_EQ(ask().answer, control::Answer::kDone);
  ASSERT_TRUE(manager_hears("READY=1"));
  // systemd.service(5), Type=notify-reload: the stamp is what tells this answer from that to a reload before.
  const auto begun = std::ranges::find_if(heard_, [](const std::string& one) {
    return one.starts_with("RELOADING=1\nMONOTONIC_USEC=");
  });
  ASSERT_NE(begun, heard_.end()) << testing::PrintToString(heard_);
  const std::int64_t stamp = std::stoll(begun->substr(begun->rfind('=') + 1));
  EXPECT_GE(stamp, before);
  EXPECT_LE(stamp, base::os::now().ns() / 1000);
  EXPECT_LT(begun, std::ranges::find(heard_, "READY=1"));
  // One that is refused is over as well.
  heard_.clear();
  write("wrong");
  EXPECT_EQ(ask().answer, control::Answer::kRefused);
  EXPECT_TRUE(manager_hears("RELOADING=1"));
  EXPECT_TRUE(manager_hears("READY=1"));
}

TEST_F(Reloaded, AnswersAllWhoAskTogetherWithOneReadingAfterTheyAsked) {
  start_with("one");
  touch("slow-config");
  write("wrong");
  std::vector<std::future<control::Reply>> askers;
  askers.push_back(ask_beside());
  ASSERT_TRUE(soon([&] { return readings() == 2; }));  // the first was the start's
  for (int i = 0; i < 5; ++i) askers.push_back(ask_beside());
  for (int i = 0; i < 200; ++i) ::kill(vigied_.pid, SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  write("two");
  remove("slow-config");
  EXPECT_EQ(askers[0].get().answer, control::Answer::kRefused);  // it was read before
  for (std::size_t i = 1; i < askers.size(); ++i)
    EXPECT_EQ(askers[i].get().answer, control::Answer::kDone) << i;
  EXPECT_EQ(rows_in_place(), 2U);
  EXPECT_EQ(readings(), 3U);
}

TEST_F(Reloaded, IsNotThrownByAStormOfSignals) {
  start_with("one");
  const pid_t engine = engine_pid();
  for (int i = 0; i < 2000; ++i) {
    if (i % 500 == 0) write(i % 1000 == 0 ? "two" : "one");
    ::kill(vigied_.pid, SIGHUP);
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
  write("two");
  EXPECT_EQ(ask().answer, control::Answer::kDone);
  EXPECT_EQ(rows_in_place(), 2U);
  EXPECT_EQ(engine_pid(), engine);
  EXPECT_TRUE(said_lines_with("recorded kind 11").empty()) << said();  // nobody has died
}

TEST_F(Reloaded, AnswersWhoAskedWhenItIsStoppedWhileTheFileIsRead) {
  start_with("one");
  touch("slow-config");
  write("two");
  auto first = ask_beside();
  ASSERT_TRUE(soon([&] { return readings() == 2; }));
  auto second = ask_beside();
  std::this_thread::sleep_for(std::chrono::milliseconds{100});
  ::kill(vigied_.pid, SIGTERM);
  for (auto* asker : {&first, &second}) {
    const control::Reply reply = asker->get();
    EXPECT_EQ(reply.answer, control::Answer::kFailed);
    EXPECT_THAT(reply.text.data(), HasSubstr("being stopped"));
  }
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_EQ(said_lines_with("engine departs").size(), 1U);
  EXPECT_EQ(rows_in_place(), 1U);
  EXPECT_FALSE(fs::exists(run() + "/config.next"));
}

// The engine may go on with it before it departs, or not at all: either way it is told to depart, and all end.
TEST_F(Reloaded, StopsInOrderWhileTheEngineIsChangingOver) {
  start_with("one");
  touch("hold");
  write("two");
  auto asker = ask_beside();
  ASSERT_TRUE(soon([&] { return !said_lines_with("holds its answer").empty(); }));
  ::kill(vigied_.pid, SIGTERM);
  const control::Reply reply = asker.get();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("being stopped"));
  remove("hold");
  EXPECT_EQ(end_of_vigied(), 0);
  EXPECT_EQ(said_lines_with("goes on").size(), 1U);
  EXPECT_EQ(said_lines_with("engine departs").size(), 1U);
  EXPECT_EQ(said_lines_with("runner ends").size(), 1U);
}

TEST_F(Reloaded, EndsAnEngineThatHangsOverIt) {
  start_with("one");
  touch("hang-of-reload");
  write("two");
  const control::Reply reply = ask();
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("the engine ended"));
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; })) << log();
  EXPECT_TRUE(said_lines_with("goes on").empty()) << "it was handed on";
  EXPECT_EQ(rows_in_place(), 1U);
  EXPECT_EQ(ask().answer, control::Answer::kDone);
  EXPECT_EQ(rows_in_place(), 2U);
}

// It beats and works and says nothing. Nobody can know what it will do, so it does not live to do it.
TEST_F(Reloaded, EndsAnEngineThatBeatsAndNeverAnswers) {
  start_with("one");
  touch("hold");
  write("two");
  const auto asked = base::os::now();
  const control::Reply reply = ask();
  EXPECT_GE(base::os::now() - asked, Reload::kEnginePatience);
  EXPECT_EQ(reply.answer, control::Answer::kFailed);
  EXPECT_THAT(reply.text.data(), HasSubstr("the engine ended"));
  EXPECT_TRUE(soon([&] {
    return log().find("it did not answer for a new configuration") != std::string::npos;
  })) << log();
  remove("hold");
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; })) << log();
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  EXPECT_TRUE(said_lines_with("goes on").empty()) << "it was handed on";
  EXPECT_EQ(rows_in_place(), 1U);
}

TEST_F(Reloaded, TakesTheWordOfAnEngineThatDiesRightAfterIt) {
  start_with("one");
  touch("tell-instances");
  touch("die-after-reload");
  write("two");
  EXPECT_EQ(ask().answer, control::Answer::kDone);
  EXPECT_EQ(rows_in_place(), 2U);
  ASSERT_TRUE(soon([&] { return starts_of("engine") == 2; })) << log();
  EXPECT_EQ(said_lines_with("engine starts").back().find("bad config"), std::string::npos);
  EXPECT_EQ(instances_given_to("engine"), 2U);
}

// Whoever is started while the engine has not answered is given what is in force; it hears of the other from the engine.
TEST_F(Reloaded, GivesWhoDiesMeanwhileWhatIsInForce) {
  start_with("one");
  touch("tell-instances");
  touch("hold");
  write("two");
  auto asker = ask_beside();
  ASSERT_TRUE(soon([&] { return !said_lines_with("holds its answer").empty(); }));
  touch("die-keeper");
  touch("die-runner");
  ASSERT_TRUE(soon([&] { return starts_of("keeper") == 2 && starts_of("runner") == 2; })) << said();
  EXPECT_EQ(instances_given_to("keeper"), 1U);
  EXPECT_EQ(instances_given_to("runner"), 1U);
  remove("hold");
  EXPECT_EQ(asker.get().answer, control::Answer::kDone);
  touch("die-keeper");
  touch("die-runner");
  ASSERT_TRUE(soon([&] { return starts_of("keeper") == 3 && starts_of("runner") == 3; })) << said();
  EXPECT_EQ(instances_given_to("keeper"), 2U);
  EXPECT_EQ(instances_given_to("runner"), 2U);
}

}  // namespace
}  // namespace supervisor
