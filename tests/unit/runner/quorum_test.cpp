#include "runner/quorum.hpp"

#include <gtest/gtest.h>

namespace runner {
namespace {

using namespace std::chrono_literals;
using base::Instant;

constexpr Instant at(base::Duration since) { return Instant{} + since; }

config::Process wanted(std::uint32_t least, std::uint32_t most = 65535,
                       base::Duration after_more = 0s, base::Duration after_fewer = 0s) {
  config::Process process;
  process.quorum = least;
  process.quorum_max = most;
  process.fork_delay = after_more;
  process.terminate_delay = after_fewer;
  return process;
}

TEST(Quorum, IsMetBetweenItsLeastAndItsMost) {
  Quorum quorum(wanted(2, 3));
  const std::vector<std::pair<std::uint32_t, bool>> steps{{1, false}, {2, true},  {3, true},
                                                          {4, false}, {3, true},  {2, true},
                                                          {1, false}, {0, false}, {2, true}};
  for (const auto& [running, well] : steps) {
    quorum.count(running, at(1s));
    EXPECT_EQ(quorum.is_well(), well) << running;
    EXPECT_EQ(quorum.running(), running);
  }
}

TEST(Quorum, OfAtMostZeroIsMetByNone) {
  Quorum quorum(wanted(1, 0));
  quorum.count(0, at(0s));
  EXPECT_TRUE(quorum.is_well());
  quorum.count(1, at(0s));
  EXPECT_FALSE(quorum.is_well());
}

TEST(Quorum, CountsTheFirstNumberAtOnceWhateverTheDelays) {
  Quorum well(wanted(1, 9, 10s, 10s)), failing(wanted(1, 9, 10s, 10s));
  well.count(1, at(0s));
  failing.count(0, at(0s));
  EXPECT_TRUE(well.is_well());
  EXPECT_FALSE(failing.is_well());
  EXPECT_TRUE(well.deadline().is_never());
}

TEST(Quorum, WaitsForkDelayAfterMoreAndTerminateDelayAfterFewer) {
  Quorum quorum(wanted(1, 2, 3s, 5s));
  quorum.count(0, at(0s));
  quorum.count(1, at(10s));
  EXPECT_FALSE(quorum.is_well());
  EXPECT_EQ(quorum.deadline(), at(13s));
  quorum.advance(at(13s) - 1ns);
  EXPECT_FALSE(quorum.is_well());
  quorum.advance(at(13s));
  EXPECT_TRUE(quorum.is_well());
  EXPECT_TRUE(quorum.deadline().is_never());
  quorum.count(0, at(20s));
  EXPECT_EQ(quorum.deadline(), at(25s));
  quorum.advance(at(25s));
  EXPECT_FALSE(quorum.is_well());
  // Too many is a change that came of more.
  quorum.count(2, at(30s));
  quorum.advance(at(33s));
  EXPECT_TRUE(quorum.is_well());
  quorum.count(3, at(40s));
  EXPECT_EQ(quorum.deadline(), at(43s));
}

TEST(Quorum, ForgetsAChangeThatDidNotLast) {
  Quorum quorum(wanted(1, 9, 0s, 5s));
  quorum.count(1, at(0s));
  quorum.count(0, at(10s));
  quorum.count(1, at(14s));
  EXPECT_TRUE(quorum.deadline().is_never());
  quorum.advance(at(60s));
  EXPECT_TRUE(quorum.is_well());
  // The next one has its whole time again.
  quorum.count(0, at(61s));
  EXPECT_EQ(quorum.deadline(), at(66s));
}

TEST(Quorum, KeepsTheTimeOfAChangeWhileTheNumberMovesOnOnTheSameSide) {
  Quorum quorum(wanted(3, 9, 2s, 5s));
  quorum.count(3, at(0s));
  quorum.count(2, at(10s));
  quorum.count(1, at(11s));
  quorum.count(2, at(12s));
  EXPECT_EQ(quorum.deadline(), at(15s));
}

TEST(Quorum, HasTurnedInTimeAlthoughThatIsHeardLate) {
  Quorum quorum(wanted(1, 9, 3s, 5s));
  quorum.count(1, at(0s));
  quorum.count(0, at(10s));  // turns at 15 s
  quorum.count(1, at(20s));  // and back at 23 s
  EXPECT_FALSE(quorum.is_well());
  EXPECT_EQ(quorum.deadline(), at(23s));
}

}  // namespace
}  // namespace runner
