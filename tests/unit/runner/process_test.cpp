// Real scripts as real processes.
#include "runner/process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace runner {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class Scripts : public testing::Test {
 protected:
  Scripts() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    ::chmod(directory_.c_str(), 0755);
  }
  ~Scripts() override { std::filesystem::remove_all(directory_); }

  std::string script(const std::string& name, const std::string& text, int mode = 0755) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), static_cast<mode_t>(mode));
    return path;
  }
  std::string content(const std::string& name) const {
    std::ifstream file(directory_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static bool wait_for(const std::function<bool()>& what, std::chrono::milliseconds at_most = 5s) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (!what()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  // Reads as the runner does; the exit status, or 9999 when it did not end.
  static int finish(Process& process, std::chrono::milliseconds at_most = 5s) {
    std::optional<int> status;
    const bool has_ended = wait_for(
        [&] {
          if (process.output_fd() >= 0) (void)process.read_output();
          status = process.try_end();
          return status.has_value();
        },
        at_most);
    if (process.output_fd() >= 0) (void)process.read_output();
    return has_ended ? *status : 9999;
  }
  static Process start(std::vector<std::string> command, Identity identity = {},
                       bool secure = false) {
    Becoming what;
    what.command = std::move(command);
    what.identity = std::move(identity);
    what.secure = secure;
    auto started = Process::start_check(what);
    EXPECT_TRUE(started) << to_string(started.error());
    return *std::move(started);
  }
  static bool is_alive(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return false;
    return line.at(line.rfind(')') + 2) != 'Z';
  }

  std::string directory_;
};

TEST_F(Scripts, EndWithTheirOwnExitStatusAndWhatTheyPrinted) {
  Process process = start({script("s", "#!/bin/sh\necho said; echo wrong >&2; exit 3\n")});
  EXPECT_EQ(finish(process), 3);
  EXPECT_EQ(process.output(), "said\nwrong\n");
}

TEST_F(Scripts, GetTheirArgumentsUnchanged) {
  Process process =
      start({script("s", "#!/bin/sh\nprintf '<%s>' \"$@\"\n"), "a b", "", "--", "--as", "$x"});
  EXPECT_EQ(finish(process), 0);
  EXPECT_EQ(process.output(), "<a b><><--><--as><$x>");
}

TEST_F(Scripts, FindProgramsWithoutADirectoryInPath) {
  Process process = start({"true"});
  EXPECT_EQ(finish(process), 0);
}

TEST_F(Scripts, RunInTheShellWhenTheyNameNoInterpreter) {
  Process process = start({script("s", "exit 5\n")});
  EXPECT_EQ(finish(process), 5);
}

TEST_F(Scripts, FailWith127WhenTheyDoNotExist) {
  Process process = start({directory_ + "/gone"});
  EXPECT_EQ(finish(process), 127);
  EXPECT_EQ(process.output(),
            "vigie: cannot run " + directory_ + "/gone: No such file or directory\n");
}

TEST_F(Scripts, FailWith126WhenTheyAreNotExecutable) {
  Process process = start({script("s", "#!/bin/sh\nexit 0\n", 0644)});
  EXPECT_EQ(finish(process), 126);
  EXPECT_THAT(process.output(), HasSubstr("Permission denied"));
}

TEST_F(Scripts, FailWhenTheirInterpreterDoesNotExist) {
  Process process = start({script("s", "#!/no/such/interpreter\n")});
  EXPECT_EQ(finish(process), 127);
}

TEST_F(Scripts, PassOnTheShellsOwn127) {
  Process process = start({script("s", "#!/bin/sh\nno-such-command\n")});
  EXPECT_EQ(finish(process), 127);
}

TEST_F(Scripts, EndWithMinusTheSignalThatKilledThem) {
  Process process = start({script("s", "#!/bin/sh\nkill -SEGV $$\n")});
  EXPECT_EQ(finish(process), -SIGSEGV);
}

TEST_F(Scripts, HaveNothingOfOurEnvironmentNorDescriptors) {
  ::setenv("VIGIE_SECRET", "password", 1);
  const int not_marked = ::open("/dev/null", O_RDONLY);  // not close-on-exec
  Process process = start({script("s", "#!/bin/sh\nls -mv /proc/$$/fd\ncat /proc/$$/environ\n")});
  EXPECT_EQ(finish(process), 0);
  ::close(not_marked);
  ::unsetenv("VIGIE_SECRET");
  // 10: where the shell keeps its script open.
  EXPECT_EQ(process.output(),
            "0, 1, 2, 10\n"
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" +
                std::string(1, '\0'));
}

TEST_F(Scripts, MayPrintTwoMegabytesWithoutBeingHeldUpAndKeepTheBeginning) {
  Process process = start(
      {script("s", "#!/bin/sh\necho first\nhead -c 2000000 /dev/zero | tr '\\0' x\nexit 4\n")});
  EXPECT_EQ(finish(process, 20s), 4);
  EXPECT_EQ(process.output().size(), kOutputKept);
  EXPECT_THAT(process.output(), StartsWith("first\nxxx"));
}

TEST_F(Scripts, AreOverWhenTheyEndEvenIfSomethingTheyLeftHoldsTheirOutput) {
  // A check that starts a service again: the service forks twice, leaves the session and keeps stdout.
  const std::string pid_file = directory_ + "/pid";
  Process process = start(
      {script("s", "#!/bin/sh\nsetsid sh -c 'sleep 30 & echo $! > " + pid_file + "' \nexit 0\n")});
  const auto start_time = std::chrono::steady_clock::now();
  EXPECT_EQ(finish(process), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start_time, 5s);
  EXPECT_TRUE(
      process.read_output());  // somebody could still write: nothing was closed under the service
  const int service = std::stoi(content("pid"));
  EXPECT_TRUE(is_alive(service));
  ::kill(service, SIGKILL);
  EXPECT_TRUE(wait_for([&] { return !discard_output(process.output_fd()); }));
}

TEST_F(Scripts, AreKilledWithEverythingTheyStarted) {
  const std::string pid_file = directory_ + "/pid";
  Process process = start({script("s", "#!/bin/sh\ntrap '' TERM\nsleep 60 & echo $! > " + pid_file +
                                           "\nwhile :; do sleep 60; done\n")});
  ASSERT_TRUE(wait_for([&] { return content("pid").ends_with('\n'); }));
  const int grandchild = std::stoi(content("pid"));
  process.signal(SIGTERM);
  EXPECT_EQ(finish(process, 200ms), 9999);  // it ignores that
  process.signal(SIGKILL);
  EXPECT_EQ(finish(process), -SIGKILL);
  EXPECT_TRUE(wait_for([&] { return !is_alive(grandchild); }));
}

TEST_F(Scripts, DoNotRunAsAUserThatDoesNotExist) {
  Process process = start({"/bin/true"}, {"no-such-user", "", false});
  EXPECT_EQ(finish(process), 126);
  EXPECT_EQ(process.output(), "vigie: there is no user no-such-user\n");
}

TEST_F(Scripts, StayAsWeAreWhenOnlyTheDefaultUserDoesNotExist) {
  Process process = start({"/bin/true"}, {"no-such-user", "", true});
  EXPECT_EQ(finish(process), 0);
}

TEST_F(Scripts, StayAsWeAreByDefaultWhereThereIsNobodyElseAndFailWhenToldOtherwise) {
  if (!is_only_user_here()) GTEST_SKIP() << "needs a user namespace with a single user";
  Process by_default = start({"/bin/true"}, {"daemon", "", true});
  EXPECT_EQ(finish(by_default), 0);
  Process told = start({"/bin/true"}, {"daemon", "", false});
  EXPECT_EQ(finish(told), 126);
  EXPECT_THAT(told.output(), HasSubstr("cannot run as user daemon"));
}

TEST_F(Scripts, DoNotRunInAGroupThatDoesNotExist) {
  Process process = start({"/bin/true"}, {"root", "no-such-group", false});
  EXPECT_EQ(finish(process), 126);
}

TEST_F(Scripts, RunAsTheirUserWithoutAWayBack) {
  if (::getuid() != 0 || is_only_user_here()) GTEST_SKIP() << "nobody can become another user here";
  Process process = start(
      {script("s",
              "#!/bin/sh\nid -u; id -g; id -G; grep -E 'NoNewPrivs|CapEff' /proc/$$/status\n")},
      {"daemon", "", false});
  const int status = finish(process);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(process.output(), "1\n1\n1\nCapEff:\t0000000000000000\nNoNewPrivs:\t0\n");
}

TEST_F(Scripts, AreRefusedAsRootWhenSomebodyElseCouldHaveWrittenThem) {
  if (::getuid() != 0) GTEST_SKIP() << "only scripts that root runs are looked at";
  struct stat root {};
  ASSERT_EQ(::stat("/bin/sh", &root), 0);
  if (root.st_uid != 0)
    GTEST_SKIP() << "in this user namespace the system's files belong to nobody";
  const std::string path = script("s", "#!/bin/sh\nexit 0\n");
  Process good = start({path}, {}, true);
  EXPECT_EQ(finish(good), 0) << good.output();

  ::chmod(path.c_str(), 0777);
  Process writable = start({path}, {}, true);
  EXPECT_EQ(finish(writable), 126);
  EXPECT_EQ(writable.output(), "vigie: not run, as enable_script_security is set: " + path +
                                   " is writable by everybody\n");
  ::chmod(path.c_str(), 0755);
  ::chmod(directory_.c_str(), 0777);
  Process replaceable = start({path}, {}, true);
  EXPECT_EQ(finish(replaceable), 126);
  EXPECT_THAT(replaceable.output(), HasSubstr(directory_ + " is writable by everybody"));
  ::chmod(directory_.c_str(), 0755);
  ASSERT_EQ(::chown(path.c_str(), 1, 0), 0);
  Process foreign = start({path}, {}, true);
  EXPECT_EQ(finish(foreign), 126);
  EXPECT_THAT(foreign.output(), HasSubstr(path + " belongs to another user than root"));
  // Through a link in a safe place to an unsafe one.
  const std::string link = directory_ + "/link";
  ASSERT_EQ(::symlink(path.c_str(), link.c_str()), 0);
  Process linked = start({link}, {}, true);
  EXPECT_EQ(finish(linked), 126);
  // Without script security all of this is the operator's business.
  Process trusted = start({link});
  EXPECT_EQ(finish(trusted), 0);
}

TEST_F(Scripts, OfNotificationsWaitAtTheirGate) {
  Becoming what;
  what.command = {script("s", "#!/bin/sh\ntouch " + directory_ + "/ran\nexit 6\n")};
  auto process = Process::start_notify(what);
  ASSERT_TRUE(process);
  std::this_thread::sleep_for(100ms);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/ran"));
  EXPECT_TRUE(process->is_not_yet_script());
  process->open_gate();
  EXPECT_EQ(finish(*process), 6);
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/ran"));
}

TEST_F(Scripts, OfNotificationsDoNotRunWhenWhoStartedThemDiesBeforeWritingThemDown) {
  Becoming what;
  what.command = {script("s", "#!/bin/sh\ntouch " + directory_ + "/ran\n")};
  std::optional<Process> watcher;
  {
    auto process = Process::start_notify(what);
    ASSERT_TRUE(process);
    watcher = Process::adopt(process->pid(), process->start_ticks());
    ASSERT_TRUE(watcher);
  }  // the gate's other end is closed, as by the death of its owner
  EXPECT_TRUE(wait_for([&] { return watcher->try_end().has_value(); }));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/ran"));
}

TEST_F(Scripts, AreFoundAgainByNumberAndStartAndOnlyByBoth) {
  Becoming what;
  what.command = {"/bin/sleep", "30"};
  auto process = Process::start_notify(what);
  ASSERT_TRUE(process);
  process->open_gate();
  ASSERT_TRUE(wait_for([&] { return !process->is_not_yet_script(); }));
  EXPECT_FALSE(Process::adopt(process->pid(), process->start_ticks() + 1));
  auto adopted = Process::adopt(process->pid(), process->start_ticks());
  ASSERT_TRUE(adopted);
  EXPECT_FALSE(adopted->is_not_yet_script());
  EXPECT_FALSE(adopted->try_end());
  adopted->signal(SIGTERM);
  EXPECT_TRUE(wait_for([&] { return adopted->try_end() == Process::kNotKnown; }));
  EXPECT_FALSE(Process::adopt(process->pid(), process->start_ticks()));  // a zombie is no script
  EXPECT_EQ(finish(*process), -SIGTERM);
  EXPECT_FALSE(Process::adopt(process->pid(), 1));
}

TEST(Becoming, SaysTheSameOnBothSides) {
  Becoming what;
  what.identity = {"user", "group", true};
  what.secure = true;
  what.gate = true;
  what.parent = 4711;
  what.command = {"/bin/x", "--", "--as"};
  const auto read = from_arguments(to_arguments(what));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->identity.user, "user");
  EXPECT_EQ(read->identity.group, "group");
  EXPECT_TRUE(read->identity.is_default && read->secure && read->gate);
  EXPECT_EQ(read->parent, 4711);
  EXPECT_EQ(read->command, what.command);
  EXPECT_FALSE(from_arguments({"--as", "user", "--"}));
  EXPECT_FALSE(from_arguments({"--as", "user", "--what", "--", "x"}));
  EXPECT_FALSE(from_arguments({"--as"}));
}

}  // namespace
}  // namespace runner
