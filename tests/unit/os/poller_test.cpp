#include "base/os/poller.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "base/os/clock.hpp"

namespace {

using base::Instant;
using base::os::now;
using base::os::Poller;
using base::os::UniqueFd;
using std::chrono::milliseconds;

struct PollerTest : testing::Test {
  PollerTest() : poller(*Poller::open()), bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  void ring() {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(bell.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }
  void silence() {
    std::uint64_t rings = 0;
    ASSERT_EQ(::read(bell.get(), &rings, sizeof rings), static_cast<ssize_t>(sizeof rings));
  }
  Poller poller;
  UniqueFd bell;
};

TEST_F(PollerTest, WaitsUntilTheDeadlineAndNotLess) {
  ASSERT_TRUE(poller.add(bell.get(), 1));
  const Instant deadline = now() + milliseconds{20};
  const auto ready = poller.wait(deadline);
  ASSERT_TRUE(ready);
  EXPECT_TRUE(ready->empty());
  EXPECT_GE(now(), deadline);
}

TEST_F(PollerTest, ADeadlineThatHasPassedIsALookAndNoWait) {
  ASSERT_TRUE(poller.add(bell.get(), 1));
  ring();
  const auto ready = poller.wait(now() - milliseconds{5});
  ASSERT_TRUE(ready);
  ASSERT_EQ(ready->size(), 1U);
  EXPECT_EQ(ready->front().token, 1U);
}

TEST_F(PollerTest, WithoutADeadlineItIsWokenByADescriptor) {
  ASSERT_TRUE(poller.add(bell.get(), 42));
  ring();
  const auto ready = poller.wait(Instant::never());
  ASSERT_TRUE(ready);
  ASSERT_EQ(ready->size(), 1U);
  EXPECT_EQ(ready->front().token, 42U);
  EXPECT_TRUE(ready->front().readable);
  EXPECT_FALSE(ready->front().writable);
  EXPECT_FALSE(ready->front().hung_up);
}

TEST_F(PollerTest, SaysSoAgainUntilItWasRead) {
  ASSERT_TRUE(poller.add(bell.get(), 1));
  ring();
  EXPECT_EQ(poller.wait(now())->size(), 1U);
  EXPECT_EQ(poller.wait(now())->size(), 1U);
  silence();
  EXPECT_EQ(poller.wait(now())->size(), 0U);
}

TEST_F(PollerTest, WatchesForWritingOnlyWhileAsked) {
  ASSERT_TRUE(poller.add(bell.get(), 1));
  EXPECT_TRUE(poller.wait(now())->empty());
  ASSERT_TRUE(poller.change(bell.get(), 1, true));
  const auto ready = poller.wait(now());
  ASSERT_EQ(ready->size(), 1U);
  EXPECT_TRUE(ready->front().writable);
  EXPECT_FALSE(ready->front().readable);
  ASSERT_TRUE(poller.change(bell.get(), 1, false));
  EXPECT_TRUE(poller.wait(now())->empty());
}

TEST_F(PollerTest, ForgetsWhatItIsToldToForget) {
  ASSERT_TRUE(poller.add(bell.get(), 1));
  ring();
  poller.remove(bell.get());
  EXPECT_TRUE(poller.wait(now())->empty());
}

TEST_F(PollerTest, SaysThatTheOtherEndIsGone) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  const UniqueFd reading{ends[0]};
  UniqueFd writing{ends[1]};
  ASSERT_TRUE(poller.add(reading.get(), 9));
  writing.reset();
  const auto ready = poller.wait(Instant::never());
  ASSERT_TRUE(ready);
  ASSERT_EQ(ready->size(), 1U);
  EXPECT_TRUE(ready->front().hung_up);
}

TEST_F(PollerTest, ADescriptorThatIsNoneIsAnError) {
  const auto added = poller.add(-1, 1);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, EBADF);
}

TEST_F(PollerTest, AnswersAtMostSixtyFourAtOnceAndTheOthersNext) {
  std::vector<UniqueFd> bells;
  for (std::uint64_t i = 0; i < 100; ++i) {
    bells.emplace_back(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
    ASSERT_TRUE(poller.add(bells.back().get(), i));
  }
  std::vector<bool> seen(100);
  for (int turn = 0; turn < 2; ++turn) {
    const auto ready = poller.wait(now());
    ASSERT_TRUE(ready);
    for (const auto& one : *ready) seen[one.token] = true;
    EXPECT_EQ(ready->size(), 64U);
  }
  // The kernel hands out what it did not hand out before: nobody starves.
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 100);
}

}  // namespace
