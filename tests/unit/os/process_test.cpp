#include "base/os/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "tests/unit/os/temporary.hpp"

namespace {

using base::os::Child;
using base::os::SpawnOptions;
using base::os::UniqueFd;

SpawnOptions shell(const std::string& script) {
  return {.arguments = {"/bin/sh", "-c", script},
          .environment = {"PATH=/usr/bin:/bin"},
          .descriptors = {}};
}

// Waits on the pidfd, as every caller does, so that a pidfd that never speaks fails the test.
int ended(const Child& child) {
  pollfd end{child.pidfd.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&end, 1, 10'000), 1) << "the child did not end";
  const auto status = base::os::try_reap(child);
  EXPECT_TRUE(status);
  return status.value_or(-1000);
}

int status_of(const std::string& script) {
  const auto child = base::os::spawn(shell(script));
  EXPECT_TRUE(child);
  return child ? ended(*child) : -1000;
}

struct Spawn : os_test::Temporary {
  // A file whose text names it, open for reading.
  UniqueFd named(const std::string& name) {
    write(name, name);
    return UniqueFd{::open(path(name).c_str(), O_RDONLY | O_CLOEXEC)};
  }
};

TEST(Exit, StatusOfTheProgramIsAnswered) {
  EXPECT_EQ(status_of("exit 0"), 0);
  EXPECT_EQ(status_of("exit 3"), 3);
  EXPECT_EQ(status_of("exit 255"), 255);
}

TEST(Exit, BySignalIsItsNumberBelowZero) {
  EXPECT_EQ(status_of("kill -KILL $$"), -SIGKILL);
  EXPECT_EQ(status_of("kill -TERM $$"), -SIGTERM);
}

TEST(Exit, IsNotReportedWhileTheChildRuns) {
  const auto child = base::os::spawn(shell("exec sleep 60"));
  ASSERT_TRUE(child);
  EXPECT_FALSE(base::os::try_reap(*child));
  ASSERT_EQ(::kill(child->pid, SIGKILL), 0);
  EXPECT_EQ(ended(*child), -SIGKILL);
}

TEST(Exit, IsSaidInWords) {
  EXPECT_EQ(base::os::describe_exit(0), "exit status 0");
  EXPECT_EQ(base::os::describe_exit(127), "exit status 127");
  EXPECT_EQ(base::os::describe_exit(-9), "signal 9 (Killed)");
}

TEST_F(Spawn, AMissingProgramIsAnErrorAndNoChild) {
  const auto child =
      base::os::spawn({.arguments = {path("missing")}, .environment = {}, .descriptors = {}});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ENOENT);
  EXPECT_EQ(child.error().subject, path("missing"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(Spawn, AFileThatIsNoProgramIsAnError) {
  write("text", "words");
  const auto child =
      base::os::spawn({.arguments = {path("text")}, .environment = {}, .descriptors = {}});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, EACCES);
}

TEST_F(Spawn, TheChildSeesItsArgumentsAndOnlyItsOwnEnvironment) {
  SpawnOptions options = shell("printf '%s|%s|%s' \"$1\" \"$COLOUR\" \"${HOME-unset}\" > \"$0\"");
  options.arguments.push_back(path("said"));
  options.arguments.emplace_back("two words");
  options.environment.emplace_back("COLOUR=green");
  const auto child = base::os::spawn(options);
  ASSERT_TRUE(child);
  ASSERT_EQ(ended(*child), 0);
  EXPECT_EQ(read("said"), "two words|green|unset");
}

TEST_F(Spawn, DescriptorsArriveUnderTheirNumbersEvenWhenTheseExchangePlaces) {
  // Each source stands where another one has to go: 40 -> 41, 41 -> 42, 42 -> 40.
  for (const int number : {40, 41, 42}) {
    const UniqueFd file = named("file" + std::to_string(number));
    ASSERT_EQ(::dup3(file.get(), number, O_CLOEXEC), number);
  }
  const UniqueFd owners[] = {UniqueFd{40}, UniqueFd{41}, UniqueFd{42}};
  // Not a shell: dash takes single digits as descriptors only.
  SpawnOptions options{.arguments = {"/bin/bash", "-c",
                                     "printf '%s %s %s' \"$(cat <&40)\" \"$(cat <&41)\" "
                                     "\"$(cat <&42)\" > \"$0\"",
                                     path("said")},
                       .environment = {"PATH=/usr/bin:/bin"},
                       .descriptors = {{40, 41}, {41, 42}, {42, 40}}};
  const auto child = base::os::spawn(options);
  ASSERT_TRUE(child);
  ASSERT_EQ(ended(*child), 0);
  EXPECT_EQ(read("said"), "file42 file40 file41");
}

TEST_F(Spawn, ADescriptorMayKeepItsNumber) {
  const UniqueFd file = named("kept");
  SpawnOptions options{
      .arguments = {"/bin/bash", "-c", "cat <&" + std::to_string(file.get()) + " > \"$0\"",
                    path("said")},
      .environment = {"PATH=/usr/bin:/bin"},
      .descriptors = {{file.get(), file.get()}}};
  const auto child = base::os::spawn(options);
  ASSERT_TRUE(child);
  ASSERT_EQ(ended(*child), 0);
  EXPECT_EQ(read("said"), "kept");
}

TEST_F(Spawn, TheChildGetsNoDescriptorItWasNotGiven) {
  // What this test was started with is not ours to speak of.
  ASSERT_EQ(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), 0);
  const UniqueFd ours = named("ours");
  const UniqueFd given = named("given");
  SpawnOptions options = shell("ls /proc/$$/fd > \"$0\"");
  options.arguments.push_back(path("numbers"));
  options.descriptors = {{given.get(), 20}};
  const auto child = base::os::spawn(options);
  ASSERT_TRUE(child);
  ASSERT_EQ(ended(*child), 0);
  std::set<int> numbers;
  std::istringstream list{read("numbers")};
  for (int number = 0; list >> number;)
    if (number > 2 && number != 10) numbers.insert(number);  // 10: where a shell keeps its own
  EXPECT_EQ(numbers, (std::set<int>{20}));
}

TEST(SpawnedChild, HearsSignalsThatWeIgnoreOrBlock) {
  const auto before = ::signal(SIGTERM, SIG_IGN);
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &usr1, nullptr);
  EXPECT_EQ(status_of("kill -TERM $$; exit 7"), -SIGTERM);
  EXPECT_EQ(status_of("kill -USR1 $$; exit 7"), -SIGUSR1);
  ::sigprocmask(SIG_UNBLOCK, &usr1, nullptr);
  ::signal(SIGTERM, before);
}

TEST(SpawnedChild, OfItsOwnGroupIsReachedWithAllItStarted) {
  SpawnOptions options = shell("sleep 60 & wait");
  options.new_process_group = true;
  const auto child = base::os::spawn(options);
  ASSERT_TRUE(child);
  EXPECT_EQ(::getpgid(child->pid), child->pid);
  ASSERT_EQ(::kill(-child->pid, SIGKILL), 0);
  EXPECT_EQ(ended(*child), -SIGKILL);
}

TEST(SpawnedChild, StaysInOurGroupUnlessAsked) {
  const auto child = base::os::spawn(shell("exec sleep 60"));
  ASSERT_TRUE(child);
  EXPECT_EQ(::getpgid(child->pid), ::getpgrp());
  EXPECT_EQ(::getsid(child->pid), ::getsid(0));
  ASSERT_EQ(::kill(child->pid, SIGKILL), 0);
  EXPECT_EQ(ended(*child), -SIGKILL);
}

TEST(SpawnedChild, OfItsOwnSessionHasOne) {
  SpawnOptions options = shell("exec sleep 60");
  options.new_session = true;
  const auto child = base::os::spawn(options);
  ASSERT_TRUE(child);
  EXPECT_EQ(::getsid(child->pid), child->pid);
  ASSERT_EQ(::kill(child->pid, SIGKILL), 0);
  EXPECT_EQ(ended(*child), -SIGKILL);
}

}  // namespace
