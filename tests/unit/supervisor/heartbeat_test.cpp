#include "supervisor/heartbeat.hpp"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

using base::Duration;
using base::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

Instant at(Duration since_start) { return Instant::from_ns(1'000'000'000) + since_start; }

config::Model model_with_intervals(std::initializer_list<Duration> intervals) {
  config::Model model;
  for (const Duration interval : intervals) {
    config::Instance instance;
    instance.advert_interval = interval;
    model.instances.push_back(instance);
  }
  return model;
}

TEST(HeartbeatPatience, IsOneAndAHalfOfTheShortestAdvertInterval) {
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({seconds{1}, seconds{5}})),
            milliseconds{1500});
}

TEST(HeartbeatPatience, StaysWithinAQuarterSecondAndTwo) {
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({milliseconds{10}})),
            milliseconds{250});
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({seconds{40}})), seconds{2});
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({})), seconds{2});
}

// Looks every 50 ms (a fifth of 250 ms) at an engine that beats at each look, until `until`.
void beat_until(HeartbeatWatch& watch, Duration until) {
  for (Duration t = milliseconds{50}; t <= until; t += milliseconds{50})
    ASSERT_FALSE(watch.is_hung(7, t.count(), at(t)));
}

TEST(Heartbeat, ThatStandsStillForLongerThanThePatienceMeansAHungEngine) {
  HeartbeatWatch watch(milliseconds{250});
  watch.started(7, at(Duration{0}));
  beat_until(watch, milliseconds{500});
  const std::int64_t last = Duration(milliseconds{500}).count();
  // Five looks of 50 ms are exactly the patience; the sixth is more.
  for (int look = 1; look <= 5; ++look)
    EXPECT_FALSE(watch.is_hung(7, last, at(milliseconds{500} + look * milliseconds{50}))) << look;
  EXPECT_TRUE(watch.is_hung(7, last, at(milliseconds{800})));
  EXPECT_EQ(watch.silence(), milliseconds{300});
}

TEST(Heartbeat, IsFoundMissingOnlyOncePerEngine) {
  HeartbeatWatch watch(milliseconds{250});
  watch.started(7, at(Duration{0}));
  beat_until(watch, milliseconds{50});
  bool told = false;
  for (int look = 0; look < 20; ++look) {
    const bool hung =
        watch.is_hung(7, Duration(milliseconds{50}).count(), at(milliseconds{100 + 50 * look}));
    EXPECT_FALSE(told && hung);
    told = told || hung;
  }
  EXPECT_TRUE(told);
}

TEST(Heartbeat, OfThePredecessorSaysNothingAboutTheNewEngine) {
  HeartbeatWatch watch(milliseconds{250});
  watch.started(8, at(Duration{0}));
  for (Duration t = milliseconds{50}; t < seconds{10}; t += milliseconds{50})
    ASSERT_FALSE(watch.is_hung(7, 1, at(t)));
}

TEST(Heartbeat, ThatNeverComesIsAwaitedTenSeconds) {
  HeartbeatWatch watch(milliseconds{250});
  watch.started(8, at(Duration{0}));
  Duration hung{0};
  for (Duration t = milliseconds{50}; t <= seconds{11} && hung == Duration{0};
       t += milliseconds{50})
    if (watch.is_hung(0, 0, at(t))) hung = t;
  EXPECT_EQ(hung, milliseconds{10050});
}

TEST(Heartbeat, IsNotMissedWhenTheObserverSleptAsWell) {
  HeartbeatWatch watch(milliseconds{250});
  watch.started(7, at(Duration{0}));
  beat_until(watch, milliseconds{50});
  const std::int64_t last = Duration(milliseconds{50}).count();
  // The machine pauses for an hour: of that only two looks' worth (100 ms) count against the engine.
  EXPECT_FALSE(watch.is_hung(7, last, at(std::chrono::hours{1})));
  EXPECT_EQ(watch.silence(), milliseconds{100});
  EXPECT_FALSE(watch.is_hung(7, last + 1, at(std::chrono::hours{1} + milliseconds{50})));
  EXPECT_EQ(watch.silence(), Duration{0});
}

}  // namespace
}  // namespace supervisor
