#include "supervisor/processor_time.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace supervisor {
namespace {

using base::Duration;
using std::chrono::milliseconds;

TEST(Schedstat, SaysHowLongAProcessRanAndWaited) {
  const auto scheduled = parse_schedstat("686995 12 3\n");
  ASSERT_TRUE(scheduled);
  EXPECT_EQ(scheduled->ran, Duration{686995});
  EXPECT_EQ(scheduled->waited, Duration{12});
}

TEST(Schedstat, OfAnotherFormIsNothing) {
  EXPECT_FALSE(parse_schedstat("a b c\n"));
  EXPECT_FALSE(parse_schedstat(""));
}

// Field 3 and field 39, whatever the name of the process looks like.
TEST(Stat, SaysWhetherAProcessIsReadyAndWhere) {
  const std::string tail =
      " 20309 20309 17747 0 -1 4194304 99 0 0 0 0 0 0 0 20 0 1 0 2469077 3133440 394 "
      "18446744073709551615 1 1 1 0 0 0 0 "
      "0 0 0 0 0 17 11 20 2 0 0 0 1 1 1 1 1 1 1 0\n";
  const auto ready = parse_stat("20314 (a) S 5 (b) R" + tail);
  ASSERT_TRUE(ready);
  EXPECT_TRUE(ready->is_ready);
  EXPECT_EQ(ready->processor, 11U);
  for (const char* state : {"S", "T", "D", "Z"}) {
    const auto other = parse_stat(std::string("20314 (cat) ") + state + tail);
    ASSERT_TRUE(other);
    EXPECT_FALSE(other->is_ready) << state;
    EXPECT_EQ(other->is_asleep, *state == 'S') << state;
    EXPECT_EQ(other->is_stopped, *state == 'T' || *state == 't') << state;
  }
  EXPECT_FALSE(parse_stat("20314 (cat) R 1 2 3\n"));
  EXPECT_FALSE(parse_stat(""));
}

TEST(MachineStat, SaysWhatWasTakenOfOneProcessor) {
  const std::string text =
      "cpu  9 9 9 9 9 9 9 9 9 9\ncpu1 1 2 3 4 5 6 7 8 9 10\ncpu11 11 12 13 14 15 16 17 18 19 "
      "20\nintr 5 0\n";
  const auto taken = parse_machine(text, 1);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->stolen, 8U);
  EXPECT_EQ(taken->interrupted, 13U);
  EXPECT_EQ(taken->told, 36U);
  EXPECT_EQ(parse_machine(text, 11)->stolen, 18U);
  EXPECT_FALSE(parse_machine(text, 2)) << "a container may not show it";
}

// ---- This kernel --------------------------------------------------------------------------------------------------

class ProcessorTimesOfAChild : public testing::Test {
 protected:
  void TearDown() override {
    for (const pid_t pid : children_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  pid_t child(const std::function<void()>& act) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      while (true) act();
    }
    children_.push_back(pid);
    return pid;
  }
  // Both on this one processor, so that they have to share it.
  static void stay_on(pid_t pid, int processor) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(processor), &one);
    ASSERT_EQ(::sched_setaffinity(pid, sizeof one, &one), 0);
  }
  // Polls until `is_so`; false after ten seconds.
  static bool soon(const std::function<bool()>& is_so) {
    for (int i = 0; i < 1000; ++i) {
      if (is_so()) return true;
      std::this_thread::sleep_for(milliseconds{10});
    }
    return false;
  }
  std::vector<pid_t> children_;
};

TEST_F(ProcessorTimesOfAChild, GrowWithWhatItRunsWhenItTurnsInACircle) {
  auto times = ProcessorTimes::open(child([] {}));
  ASSERT_TRUE(times) << to_string(times.error());
  const auto before = times->read();
  ASSERT_TRUE(before) << to_string(before.error());
  EXPECT_TRUE(soon([&] {
    const auto time = times->read();
    return time && time->is_ready && time->ran > before->ran + milliseconds{100};
  }));
}

TEST_F(ProcessorTimesOfAChild, StandStillWhenItIsStopped) {
  const pid_t pid = child([] {});
  auto times = ProcessorTimes::open(pid);
  ASSERT_TRUE(times);
  ::kill(pid, SIGSTOP);
  ASSERT_TRUE(soon([&] { return times->read() && !times->read()->is_ready; }));
  const auto before = times->read();
  std::this_thread::sleep_for(milliseconds{200});
  const auto after = times->read();
  EXPECT_EQ(after->ran, before->ran);
  EXPECT_EQ(after->waited, before->waited);
}

TEST_F(ProcessorTimesOfAChild, SayThatItWaitedForAProcessorOthersHad) {
  const pid_t pid = child([] {});
  const pid_t other = child([] {});
  auto times = ProcessorTimes::open(pid);
  ASSERT_TRUE(times);
  const auto before = times->read();
  const int processor = ::sched_getcpu();
  stay_on(pid, processor);
  stay_on(other, processor);
  EXPECT_TRUE(soon([&] {
    const auto time = times->read();
    return time && time->waited > before->waited + milliseconds{100};
  }));
}

TEST_F(ProcessorTimesOfAChild, CannotBeReadWhenItIsGone) {
  const pid_t pid = child([] {});
  auto times = ProcessorTimes::open(pid);
  ASSERT_TRUE(times);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  children_.clear();
  EXPECT_FALSE(times->read());
  EXPECT_FALSE(ProcessorTimes::open(pid));
}

}  // namespace
}  // namespace supervisor
