// Real processes: this program starts copies of sleep under a name of their own.
#include "runner/process_watch.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deque>
#include <filesystem>

#include "base/os/clock.hpp"
#include "base/os/process.hpp"

namespace runner {
namespace {

using namespace std::chrono_literals;
using base::Instant;
namespace fs = std::filesystem;

class WatchedProcesses : public testing::Test {
 protected:
  WatchedProcesses() {
    std::string pattern = (fs::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    // Unique among everything that may run beside this test.
    name_ = "vg" + std::to_string(::getpid());
    fs::copy_file("/bin/sleep", directory_ + "/" + name_);
    wanted_.process.command = {name_};
  }
  ~WatchedProcesses() override {
    for (auto& child : children_) end(child);
    fs::remove_all(directory_);
  }
  base::os::Child& start_one() {
    base::os::SpawnOptions options;
    options.arguments = {directory_ + "/" + name_, "600"};
    auto child = base::os::spawn(options);
    EXPECT_TRUE(child);
    children_.push_back(*std::move(child));
    return children_.back();
  }
  static void end(base::os::Child& child, bool collect = true) {
    if (child.pid == 0) return;
    ::kill(child.pid, SIGKILL);
    siginfo_t ended;
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid), &ended, WEXITED | WNOWAIT), 0);
    if (!collect) return;
    ::waitpid(child.pid, nullptr, 0);
    child.pid = 0;
  }
  // Looks as the thread beside the runner does, until the process count is this or time is up.
  static bool comes_to(ProcessWatch& watch, int running, std::chrono::milliseconds within) {
    const auto until = base::os::now() + within;
    for (;;) {
      const auto found = watch.look(base::os::now());
      if (found.size() == 1 && found[0].value == running) return true;
      if (base::os::now() > until) return false;
      pollfd ready{watch.fd(), POLLIN, 0};
      (void)::poll(&ready, watch.fd() >= 0 ? 1 : 0, 5);
    }
  }
  std::string directory_;
  std::string name_;
  ProcessWatch::Wanted wanted_{.index = 3, .process = {}};
  std::deque<base::os::Child> children_;
};

TEST_F(WatchedProcesses, AreFoundByReadingProcEverySecondWhereTheKernelSaysNothing) {
  ProcessWatch watch({wanted_}, std::nullopt);
  const Instant start = Instant{} + 100s;
  auto found = watch.look(start);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, ipc::TrackedKind::kProcess);
  EXPECT_EQ(found[0].index, 3);
  EXPECT_EQ(found[0].value, 0);
  EXPECT_EQ(found[0].well, 0);
  EXPECT_EQ(watch.deadline(), start + 1s);
  auto& child = start_one();
  found = watch.look(start + 1s);
  EXPECT_EQ(found[0].value, 1);
  EXPECT_EQ(found[0].well, 1);
  end(child, false);  // a zombie now
  found = watch.look(start + 2s);
  EXPECT_EQ(found[0].value, 0);
  EXPECT_EQ(found[0].well, 0);
}

TEST_F(WatchedProcesses, HaveFailedWhenProcCannotBeRead) {
  wanted_.process.quorum_max = 0;  // none should run: well, as far as the number goes
  ProcessWatch watch({wanted_}, std::nullopt, directory_ + "/none");
  const auto found = watch.look(Instant{} + 1s);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].well, 0);
  EXPECT_NE(feed::get_text(found[0].text).find("No such file"), std::string_view::npos);
}

TEST_F(WatchedProcesses, AreHeardOfAtOnceWhereTheKernelSpeaks) {
  auto events = ProcessEvents::open();
  if (!events) GTEST_SKIP() << "this kernel does not speak here: " << to_string(events.error());
  ProcessWatch watch({wanted_}, *std::move(events));
  ASSERT_TRUE(comes_to(watch, 0, 0ms));
  // Well within the five seconds after which the table is read anew.
  auto& first = start_one();
  EXPECT_TRUE(comes_to(watch, 1, 1s));
  end(first, false);
  EXPECT_TRUE(comes_to(watch, 0, 1s));
  start_one();
  start_one();
  EXPECT_TRUE(comes_to(watch, 2, 1s));
}

TEST_F(WatchedProcesses, AreCountedRightAfterMoreNewsThanFits) {
  auto events = ProcessEvents::open();
  if (!events) GTEST_SKIP() << "this kernel does not speak here: " << to_string(events.error());
  ProcessWatch watch({wanted_}, *std::move(events));
  ASSERT_TRUE(comes_to(watch, 0, 0ms));
  start_one();
  // Twice kMostLooks of begun and ended processes, unread.
  for (int i = 0; i < 512; ++i) {
    base::os::SpawnOptions options;
    options.arguments = {"/bin/true"};
    auto child = base::os::spawn(options);
    ASSERT_TRUE(child);
    ::waitpid(child->pid, nullptr, 0);
  }
  EXPECT_TRUE(comes_to(watch, 1, 2s));
}

TEST(ProcessEvents, SayWhyTheyCannotBeHad) {
  const auto events = ProcessEvents::open();
  if (events) GTEST_SKIP() << "this kernel speaks";
  EXPECT_NE(to_string(events.error()).find("process connector"), std::string::npos);
}

}  // namespace
}  // namespace runner
