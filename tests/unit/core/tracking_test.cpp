#include "engine/core/tracking.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace core {
namespace {

using Trackers = base::InlineList<Tracker, kMaxTrackers>;

Tracker weighing(int weight, bool reverse = false) {
  Tracker tracker;
  tracker.weight = static_cast<std::int16_t>(weight);
  tracker.reverse = reverse;
  return tracker;
}

Tracker file(int weight, bool reverse = false) {
  Tracker tracker = weighing(weight, reverse);
  tracker.kind = Tracker::Kind::kFile;
  return tracker;
}

// What a file of this weight makes of base 100; 0: a fault.
int effective_of(int weight, bool reverse, std::int32_t value) {
  Tracking tracking{Trackers{file(weight, reverse)}};
  tracking.report(0, true, value);
  return tracking.faults() > 0 ? 0 : tracking.effective(Priority{100}).value;
}

TEST(Tracking, WithoutTrackersIsWellFromTheStart) {
  const Tracking tracking{Trackers{}};
  EXPECT_EQ(tracking.faults(), 0U);
  EXPECT_FALSE(tracking.is_waiting());
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
}

TEST(Tracking, WaitsForEveryUnweightedTrackerAndForNoWeightedOne) {
  Tracking tracking{Trackers{weighing(0), weighing(-10), weighing(0)}};
  EXPECT_TRUE(tracking.is_waiting());
  EXPECT_TRUE(tracking.report(0, true, 0));
  EXPECT_TRUE(tracking.is_waiting());
  EXPECT_TRUE(tracking.report(2, false, 0));
  EXPECT_FALSE(tracking.is_waiting());
}

TEST(Tracking, TwoFaultsNeedTwoRecoveries) {
  Tracking tracking{Trackers{weighing(0), weighing(0)}};
  tracking.report(0, false, 0);
  tracking.report(1, false, 0);
  EXPECT_EQ(tracking.faults(), 2U);
  tracking.report(0, true, 0);
  EXPECT_EQ(tracking.faults(), 1U);
  tracking.report(1, true, 0);
  EXPECT_EQ(tracking.faults(), 0U);
}

TEST(Tracking, SaysWhetherAReportChangedAnything) {
  Tracking tracking{Trackers{weighing(0)}};
  EXPECT_TRUE(tracking.report(0, true, 0));
  EXPECT_FALSE(tracking.report(0, true, 0));
  EXPECT_TRUE(tracking.report(0, false, 0));
}

TEST(Tracking, APositiveWeightIsAddedWhileWell) {
  Tracking tracking{Trackers{weighing(20)}};
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});  // no answer yet counts as failing
  tracking.report(0, true, 0);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{120});
  tracking.report(0, false, 0);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
}

TEST(Tracking, ANegativeWeightIsSubtractedWhileFailing) {
  Tracking tracking{Trackers{weighing(-20)}};
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{80});  // no answer yet counts as failing
  tracking.report(0, true, 0);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
  tracking.report(0, false, 0);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{80});
}

TEST(Tracking, TheSumIsClampedOnceAtTheEnd) {
  // 100 + 200 - 100 = 200, not min(254, 300) - 100.
  Tracking tracking{Trackers{weighing(200), weighing(-100)}};
  tracking.report(0, true, 0);
  tracking.report(1, false, 0);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{200});
}

// Never 0 or 255 by weight.
TEST(Tracking, WeightsReachNeitherZeroNorTheOwnersPriority) {
  Tracking low{Trackers{weighing(-253)}};
  low.report(0, false, 0);
  EXPECT_EQ(low.effective(Priority{100}), Priority{1});
  Tracking high{Trackers{weighing(253)}};
  high.report(0, true, 0);
  EXPECT_EQ(high.effective(Priority{100}), Priority{254});
}

TEST(Tracking, AnOwnerNeverMoves) {
  Tracking tracking{Trackers{weighing(-50)}};
  tracking.report(0, false, 0);
  EXPECT_EQ(tracking.effective(base::kOwnerPriority), base::kOwnerPriority);
}

TEST(Tracking, ReverseSwapsWellAndFailing) {
  Tracking tracking{Trackers{weighing(0, true), weighing(-30, true)}};
  EXPECT_EQ(tracking.effective(Priority{100}),
            Priority{70});  // no answer is failing, reversed or not
  tracking.report(0, true, 0);
  tracking.report(1, false, 0);
  EXPECT_EQ(tracking.faults(), 1U);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
}

TEST(Tracking, AFileAddsItsValueTimesTheWeight) {
  EXPECT_EQ(effective_of(1, false, 30), 130);
  EXPECT_EQ(effective_of(2, false, 30), 160);
  EXPECT_EQ(effective_of(-2, false, 30), 40);
  EXPECT_EQ(effective_of(2, true, 30), 40);  // reversed: 100 - 60
  EXPECT_EQ(effective_of(2, false, 0), 100);
}

// keepalived's arithmetic: -253 is the least that moves the priority, -254 is a fault; upwards there is only the cap.
TEST(Tracking, AFilesShareIsCappedUpwardsAndAFaultBelowMinus253) {
  EXPECT_EQ(effective_of(1, false, -253), 1);  // 100 - 253, kept at 1
  EXPECT_EQ(effective_of(1, false, -254), 0);
  EXPECT_EQ(effective_of(127, false, -2), 0);  // -254
  EXPECT_EQ(effective_of(-254, false, 1), 0);
  EXPECT_EQ(effective_of(254, true, 1), 0);
  EXPECT_EQ(effective_of(254, false, 1), 254);
  Tracking tracking{Trackers{file(1), weighing(-200)}};
  tracking.report(0, true, 100'000);  // counts 253, not 100,000
  tracking.report(1, false, 0);
  EXPECT_EQ(tracking.effective(Priority{10}), Priority{63});  // 10 + 253 - 200
}

TEST(Tracking, NoValueOfAFileOverflows) {
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(effective_of(-254, false, kLeast), 254);
  EXPECT_EQ(effective_of(254, true, kLeast), 254);
  EXPECT_EQ(effective_of(254, false, kLeast), 0);
  EXPECT_EQ(effective_of(254, false, kMost), 254);
  EXPECT_EQ(effective_of(-254, false, kMost), 0);
}

TEST(Tracking, AnUnweightedFileIsAFaultWhileItHoldsAnythingButZero) {
  EXPECT_EQ(effective_of(0, false, 0), 100);
  EXPECT_EQ(effective_of(0, false, 1), 0);
  EXPECT_EQ(effective_of(0, false, -1), 0);
  EXPECT_EQ(effective_of(0, true, 0), 0);
  EXPECT_EQ(effective_of(0, true, 1), 100);
}

TEST(Tracking, AWeightedFileThatHasNotAnsweredCountsAsZeroAndAnUnweightedOneIsWaitedFor) {
  Tracking tracking{Trackers{file(-10), file(0)}};
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
  EXPECT_TRUE(tracking.is_waiting());
  EXPECT_TRUE(tracking.report(0, true, 5));
  EXPECT_TRUE(tracking.is_waiting());
  EXPECT_TRUE(tracking.report(1, true, 0));
  EXPECT_FALSE(tracking.is_waiting());
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{50});
}

TEST(Tracking, AFilesNewValueIsAChangeAndTheSameAgainIsNone) {
  Tracking tracking{Trackers{file(1)}};
  EXPECT_TRUE(tracking.report(0, true, 5));
  EXPECT_FALSE(tracking.report(0, true, 5));
  EXPECT_TRUE(tracking.report(0, true, 6));
  EXPECT_FALSE(tracking.report(0, false, 6));  // the number says it all
}

TEST(Tracking, AWeightedFilesFaultCountsBesideOthersAndGoesWithItsValue) {
  Tracking tracking{Trackers{weighing(0), file(2)}};
  tracking.report(0, true, 0);
  tracking.report(1, true, -127);  // -254
  EXPECT_EQ(tracking.faults(), 1U);
  EXPECT_EQ(tracking.first_fault(), 1);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});  // a fault moves no priority
  tracking.report(0, false, 0);
  EXPECT_EQ(tracking.faults(), 2U);
  EXPECT_EQ(tracking.first_fault(), 0);
  tracking.report(1, true, -126);
  EXPECT_EQ(tracking.faults(), 1U);
}

TEST(Tracking, AProcessCountsAsAScriptDoes) {
  Tracker process = weighing(0, true);
  process.kind = Tracker::Kind::kProcess;
  Tracking tracking{Trackers{process}};
  EXPECT_TRUE(tracking.is_waiting());
  tracking.report(0, true, 3);
  EXPECT_EQ(tracking.faults(), 1U);  // weight 0 reverse: a fault while it runs
  tracking.report(0, false, 0);
  EXPECT_EQ(tracking.faults(), 0U);
}

TEST(Tracking, AnAdoptedPriorityHoldsUntilEveryWeightedTrackerHasAnswered) {
  Tracking tracking{Trackers{weighing(20), weighing(-40), weighing(0)}};
  tracking.adopt(Priority{120});
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{120});
  tracking.report(1, true, 0);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{120});
  tracking.report(0, false, 0);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
}

TEST(Tracking, HoldsAsManyTrackersAsARouterMayHave) {
  Trackers trackers;
  for (std::size_t i = 0; i < kMaxTrackers; ++i) trackers.push_back(weighing(0));
  Tracking tracking{trackers};
  for (std::uint16_t i = 0; i < kMaxTrackers; ++i) tracking.report(i, false, 0);
  EXPECT_EQ(tracking.faults(), 32U);
}

}  // namespace
}  // namespace core
