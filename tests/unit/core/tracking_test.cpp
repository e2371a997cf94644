#include "engine/core/tracking.hpp"

#include <gtest/gtest.h>

namespace core {
namespace {

using Trackers = base::InlineList<Tracker, kMaxTrackers>;

Tracker weighing(int weight, bool reverse = false) {
  Tracker tracker;
  tracker.weight = static_cast<std::int16_t>(weight);
  tracker.reverse = reverse;
  return tracker;
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
  EXPECT_TRUE(tracking.report(0, true));
  EXPECT_TRUE(tracking.is_waiting());
  EXPECT_TRUE(tracking.report(2, false));
  EXPECT_FALSE(tracking.is_waiting());
}

TEST(Tracking, TwoFaultsNeedTwoRecoveries) {
  Tracking tracking{Trackers{weighing(0), weighing(0)}};
  tracking.report(0, false);
  tracking.report(1, false);
  EXPECT_EQ(tracking.faults(), 2U);
  tracking.report(0, true);
  EXPECT_EQ(tracking.faults(), 1U);
  tracking.report(1, true);
  EXPECT_EQ(tracking.faults(), 0U);
}

TEST(Tracking, SaysWhetherAReportChangedAnything) {
  Tracking tracking{Trackers{weighing(0)}};
  EXPECT_TRUE(tracking.report(0, true));
  EXPECT_FALSE(tracking.report(0, true));
  EXPECT_TRUE(tracking.report(0, false));
}

TEST(Tracking, APositiveWeightIsAddedWhileWell) {
  Tracking tracking{Trackers{weighing(20)}};
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});  // no answer yet counts as failing
  tracking.report(0, true);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{120});
  tracking.report(0, false);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
}

TEST(Tracking, ANegativeWeightIsSubtractedWhileFailing) {
  Tracking tracking{Trackers{weighing(-20)}};
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{80});  // no answer yet counts as failing
  tracking.report(0, true);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
  tracking.report(0, false);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{80});
}

TEST(Tracking, TheSumIsClampedOnceAtTheEnd) {
  // 100 + 200 - 100 = 200, not min(254, 300) - 100.
  Tracking tracking{Trackers{weighing(200), weighing(-100)}};
  tracking.report(0, true);
  tracking.report(1, false);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{200});
}

// Never 0 or 255 by weight.
TEST(Tracking, WeightsReachNeitherZeroNorTheOwnersPriority) {
  Tracking low{Trackers{weighing(-253)}};
  low.report(0, false);
  EXPECT_EQ(low.effective(Priority{100}), Priority{1});
  Tracking high{Trackers{weighing(253)}};
  high.report(0, true);
  EXPECT_EQ(high.effective(Priority{100}), Priority{254});
}

TEST(Tracking, AnOwnerNeverMoves) {
  Tracking tracking{Trackers{weighing(-50)}};
  tracking.report(0, false);
  EXPECT_EQ(tracking.effective(base::kOwnerPriority), base::kOwnerPriority);
}

TEST(Tracking, ReverseSwapsWellAndFailing) {
  Tracking tracking{Trackers{weighing(0, true), weighing(-30, true)}};
  EXPECT_EQ(tracking.effective(Priority{100}),
            Priority{70});  // no answer is failing, reversed or not
  tracking.report(0, true);
  tracking.report(1, false);
  EXPECT_EQ(tracking.faults(), 1U);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
}

TEST(Tracking, AnAdoptedPriorityHoldsUntilEveryWeightedTrackerHasAnswered) {
  Tracking tracking{Trackers{weighing(20), weighing(-40), weighing(0)}};
  tracking.adopt(Priority{120});
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{120});
  tracking.report(1, true);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{120});
  tracking.report(0, false);
  EXPECT_EQ(tracking.effective(Priority{100}), Priority{100});
}

TEST(Tracking, HoldsAsManyTrackersAsARouterMayHave) {
  Trackers trackers;
  for (std::size_t i = 0; i < kMaxTrackers; ++i) trackers.push_back(weighing(0));
  Tracking tracking{trackers};
  for (std::uint16_t i = 0; i < kMaxTrackers; ++i) tracking.report(i, false);
  EXPECT_EQ(tracking.faults(), 32U);
}

}  // namespace
}  // namespace core
