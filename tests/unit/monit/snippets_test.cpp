#include "monit/snippets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace monit {
namespace {

using testing::HasSubstr;
using testing::Not;

config::Model gulp() {
  config::Model model;
  model.router_id = "gulp";
  model.instances.emplace_back();
  model.instances[0].name = "VI_ROUTEUR";
  model.instances[0].starts_as_master = true;
  model.flags.push_back({.instances = {0},
                         .permit_file = "/etc/keepalived/MASTER",
                         .active_file = "/run/vigie/MASTER_ACTIVE",
                         .at = {}});
  return model;
}

config::Model odlyd() {
  config::Model model = gulp();
  model.router_id = "odlyd";
  model.instances[0].starts_as_master = false;
  model.flags[0].permit_file.clear();
  model.flags[0].active_file = "/etc/keepalived/BACKUP_ACTIVE";
  return model;
}

TEST(Snippets, WatchPermitActivityProcessAndFreshnessOfAPrimary) {
  EXPECT_EQ(
      snippets(gulp(), {}),
      "# Watches vigie on gulp. Made from its configuration by `vigie monit`.\n"
      "# Taken away by an operator, this keeps the router from being master.\n"
      "check file vigie_permit with path \"/etc/keepalived/MASTER\"\n"
      "    if does not exist for 2 cycles then alert\n"
      "    group vigie\n"
      "\n"
      "# This router is meant to be master: something is wrong while it is not.\n"
      "check file vigie_active with path \"/run/vigie/MASTER_ACTIVE\"\n"
      "    if does not exist for 2 cycles then alert\n"
      "    group vigie\n"
      "\n"
      "# The daemon itself.\n"
      "check process vigie_daemon with pidfile \"/run/vigie/vigied.pid\"\n"
      "    if does not exist then alert\n"
      "    group vigie\n"
      "\n"
      "# Touched every second while the engine is alive: when it is old, the files above speak for "
      "nobody.\n"
      "check file vigie_heartbeat with path \"/run/vigie/heartbeat\"\n"
      "    if does not exist for 2 cycles then alert\n"
      "    if timestamp > 10 seconds then alert\n"
      "    group vigie\n"
      "\n");
}

TEST(Snippets, AlertOnABackupThatIsActive) {
  const std::string text = snippets(odlyd(), {});
  EXPECT_THAT(text,
              HasSubstr("check file vigie_active with path \"/etc/keepalived/BACKUP_ACTIVE\"\n"
                        "    if exist then alert\n"));
  EXPECT_THAT(text, Not(HasSubstr("vigie_permit")));
}

TEST(Snippets, TakeTheRoleTheyAreTold) {
  EXPECT_THAT(snippets(odlyd(), {.role = Role::kPrimary, .status_command = {}}),
              Not(HasSubstr("if exist then alert")));
  EXPECT_THAT(snippets(gulp(), {.role = Role::kBackup, .status_command = {}}),
              HasSubstr("if exist then alert"));
}

TEST(Snippets, CountABlockWithoutInstancesAsOneOfAll) {
  config::Model model = gulp();
  model.flags[0].instances.clear();
  EXPECT_THAT(snippets(model, {}), Not(HasSubstr("if exist then alert")));
}

TEST(Snippets, WatchTheHeartbeatWhereThereIsARunnerToKeepIt) {
  config::Model model;
  model.instances.emplace_back();
  EXPECT_THAT(snippets(model, {}), Not(HasSubstr("vigie_heartbeat")));
  EXPECT_THAT(snippets(model, {}), HasSubstr("vigie_daemon"));
  model.instances[0].notify.arguments = {"/bin/true"};
  EXPECT_THAT(snippets(model, {}), HasSubstr("vigie_heartbeat"));
}

TEST(Snippets, SayWhichPathCannotBeWritten) {
  config::Model model = odlyd();
  model.flags[0].active_file = "/a\"b'c";
  EXPECT_THAT(snippets(model, {}),
              HasSubstr("# not watched, as monit has no way to write this path: /a\"b'c\n"));
  model.flags[0].active_file = "/a\ncheck program evil with path /bin/false";
  const std::string text = snippets(model, {});
  EXPECT_THAT(text, Not(HasSubstr("\ncheck program")));
}

// What monit itself thinks of it.
class AcceptedByMonit : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v monit > /dev/null 2>&1") != 0)
      GTEST_SKIP() << "monit is not installed: its own verdict cannot be asked";
    std::string pattern = (std::filesystem::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }
  struct Answer {
    int status = 0;
    std::string text;
  };
  Answer ask(const std::string& control_file) {
    const std::string path = directory_ + "/monitrc";
    std::ofstream(path) << "set daemon 30\nset idfile " << directory_ << "/id\nset statefile "
                        << directory_ << "/state\n"
                        << control_file;
    ::chmod(path.c_str(), 0600);  // monit insists
    FILE* pipe = ::popen(("monit -t -c " + path + " 2>&1").c_str(), "r");
    Answer answer;
    std::array<char, 4096> buffer;
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr)
      answer.text += buffer.data();
    answer.status = ::pclose(pipe);
    return answer;
  }
  void expect_accepted(const std::string& control_file) {
    const Answer answer = ask(control_file);
    EXPECT_EQ(answer.status, 0) << control_file << answer.text;
    EXPECT_THAT(answer.text, HasSubstr("Control file syntax OK"));
  }
  std::string directory_;
};

TEST_F(AcceptedByMonit, IsEveryKindOfRouter) {
  expect_accepted(snippets(gulp(), {}));
  expect_accepted(snippets(odlyd(), {}));
  expect_accepted(snippets(config::Model{}, {}));
}

TEST_F(AcceptedByMonit, IsTheCheckOfACommand) {
  expect_accepted(snippets(gulp(), {.status_command = "/bin/true status --quiet"}));
}

TEST_F(AcceptedByMonit, AreSeveralBlocksAndSeveralDaemonsOnOneMachine) {
  config::Model model = gulp();
  model.flags.push_back(odlyd().flags[0]);
  model.flags.push_back(
      {.instances = {}, .permit_file = "/it's here", .active_file = "/a \"b\"", .at = {}});
  expect_accepted(
      snippets(model, {}) +
      snippets(model, {.run_dir = "/run/second vigie", .group = "vigie-2", .status_command = {}}));
}

TEST_F(AcceptedByMonit, IsNotJustAnything) {
  EXPECT_NE(ask("check file x with path /x\n    if missing then alert\n").status, 0);
}

}  // namespace
}  // namespace monit
