#include "supervisor/heartbeat.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

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

TEST(HeartbeatPatience, LeavesTheSuccessorTimeToSpeakBeforeTheThirdMissedAdvert) {
  // Two intervals: the patience, a fifth of it until it is noticed, and 50 ms for the successor.
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({milliseconds{100}})),
            milliseconds{125});
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({milliseconds{250}})),
            milliseconds{375});
}

TEST(HeartbeatPatience, StaysWithinATenthOfASecondAndTwo) {
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({milliseconds{10}})),
            milliseconds{100});
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({seconds{40}})), seconds{2});
  EXPECT_EQ(HeartbeatWatch::patience_for(model_with_intervals({})), seconds{2});
}

TEST(HeartbeatPatience, OfAKeeperMayBeAsOldAsHalfOfWhatTheShortestLeaseHasLeft) {
  config::Model model = model_with_intervals({seconds{1}, seconds{5}});
  EXPECT_EQ(HeartbeatWatch::keeper_patience_for(model), milliseconds{1500});
  // A lease of 2 s has 1.5 s left at least.
  model = model_with_intervals({seconds{1}, milliseconds{100}});
  EXPECT_EQ(HeartbeatWatch::keeper_patience_for(model), milliseconds{750});
  model.safety.lease = config::Safety::Lease::kOff;
  EXPECT_EQ(HeartbeatWatch::keeper_patience_for(model), milliseconds{1500});
}

using Finding = HeartbeatWatch::Finding;

// An engine, what the machine gives it, and a watch with a patience of 250 ms that looks every 50 ms, a fifth of that.
class Heartbeat : public testing::Test {
 protected:
  Heartbeat() { watch_.started(7, at(now_)); }

  // The engine does this for a while, and is looked at when it is over.
  Finding look_after(Duration passed) {
    now_ += passed;
    if (!stands_still_) time_.told = now_;
    return watch_.look({.heartbeat_pid = pid_, .heartbeat_ns = beat_, .time = time_}, at(now_));
  }
  Finding beat(Duration passed = milliseconds{50}) {
    time_.ran += milliseconds{1};
    time_.is_ready = false;
    beat_ = at(now_ + passed).ns();
    return look_after(passed);
  }
  Finding sleep(Duration passed = milliseconds{50}) {
    time_.is_ready = false;
    return look_after(passed);
  }
  Finding turn_in_a_circle(Duration passed = milliseconds{50}) {
    time_.ran += passed;
    time_.is_ready = true;
    return look_after(passed);
  }
  // Not over yet: the kernel does not count it so far.
  Finding wait(Duration passed = milliseconds{50}) {
    time_.is_ready = true;
    return look_after(passed);
  }
  void beat_for(Duration passed) {
    for (const Duration end = now_ + passed; now_ < end;) ASSERT_EQ(beat(), Finding::kNothingNew);
  }
  // Looks again and again; how long until something is found, and what.
  template <typename Do>
  std::pair<Duration, Finding> first_finding(Do act, Duration bound = seconds{20}) {
    const Duration began = now_;
    while (now_ - began < bound)
      if (const Finding finding = act(); finding != Finding::kNothingNew)
        return {now_ - began, finding};
    return {bound, Finding::kNothingNew};
  }

  HeartbeatWatch watch_{milliseconds{250}};
  Duration now_{0};
  std::int32_t pid_ = 7;
  std::int64_t beat_ = 0;
  ProcessorTime time_;
  bool stands_still_ = false;  // its processor
};

using Found = std::pair<Duration, Finding>;

TEST_F(Heartbeat, ThatStandsStillForLongerThanThePatienceMeansAHungEngine) {
  beat_for(milliseconds{500});
  // Five looks of 50 ms are exactly the patience; the sixth is more.
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{300}, Finding::kHung));
  EXPECT_EQ(watch_.silence(), milliseconds{300});
  EXPECT_EQ(watch_.withheld(), Duration{0});
}

TEST_F(Heartbeat, CountsFromWhenItWasAndNotFromTheLookThatFindsIt) {
  beat_for(milliseconds{500});
  beat_ = at(now_ + milliseconds{5}).ns();
  ASSERT_EQ(sleep(), Finding::kNothingNew);
  EXPECT_EQ(watch_.silence(), milliseconds{45});
  // 45 ms and four looks of 50 ms are not the patience yet.
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{250}, Finding::kHung));
  EXPECT_EQ(watch_.silence(), milliseconds{295});
}

TEST_F(Heartbeat, IsLateWhenHalfOfThePatienceIsOver) {
  pid_ = 0;
  (void)sleep(milliseconds{200});
  EXPECT_FALSE(watch_.is_late());  // has not begun
  pid_ = 7;
  beat_for(milliseconds{500});
  (void)sleep();
  (void)sleep();
  EXPECT_FALSE(watch_.is_late());
  (void)sleep();
  EXPECT_TRUE(watch_.is_late());
  (void)beat();
  EXPECT_FALSE(watch_.is_late());
}

TEST_F(Heartbeat, IsFoundMissingOnlyOncePerEngine) {
  beat_for(milliseconds{50});
  ASSERT_EQ(first_finding([&] { return sleep(); }).second, Finding::kHung);
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(seconds{20}, Finding::kNothingNew));
}

TEST_F(Heartbeat, OfThePredecessorSaysNothingAboutTheNewEngine) {
  watch_.started(8, at(now_));
  EXPECT_EQ(first_finding([&] { return beat(); }).first, milliseconds{10050});
}

TEST_F(Heartbeat, ThatNeverComesIsAwaitedTenSeconds) {
  pid_ = 0;
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{10050}, Finding::kHung));
}

TEST_F(Heartbeat, IsNotMissedWhenTheObserverSleptAsWell) {
  beat_for(milliseconds{50});
  // The machine pauses for an hour: of that only two looks' worth (100 ms) count against the engine.
  EXPECT_EQ(sleep(std::chrono::hours{1}), Finding::kNothingNew);
  EXPECT_EQ(watch_.silence(), milliseconds{100});
  EXPECT_EQ(beat(), Finding::kNothingNew);
  EXPECT_EQ(watch_.silence(), Duration{0});
}

TEST_F(Heartbeat, OfAnEngineThatTurnsInACircleIsMissedAsSoon) {
  beat_for(milliseconds{500});
  EXPECT_EQ(first_finding([&] { return turn_in_a_circle(); }),
            Found(milliseconds{300}, Finding::kHung));
}

// Half of each 50 ms another process has the processor: 25 ms count, so after ten looks it is the patience.
TEST_F(Heartbeat, OfAnEngineThatTurnsInACircleOnHalfAProcessorIsMissedAfterTwiceAsLong) {
  beat_for(milliseconds{500});
  std::vector<Finding> findings;
  for (Duration passed{0}; passed < milliseconds{550}; passed += milliseconds{50}) {
    time_.waited += milliseconds{25};
    time_.ran += milliseconds{25};
    time_.is_ready = true;
    findings.push_back(look_after(milliseconds{50}));
  }
  EXPECT_EQ(std::ranges::count(findings, Finding::kStarved), 1);
  EXPECT_EQ(findings.back(), Finding::kHung);
  EXPECT_EQ(watch_.silence(), milliseconds{550});
  EXPECT_EQ(watch_.withheld(), milliseconds{275});
}

// SIGSTOP: not ready, whatever it waited for before.
TEST_F(Heartbeat, OfAnEngineThatIsStoppedIsMissedAsSoon) {
  beat_for(milliseconds{100});
  time_.waited += milliseconds{40};
  ASSERT_EQ(sleep(), Finding::kNothingNew);  // 10 ms count
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{250}, Finding::kHung));
  EXPECT_EQ(watch_.withheld(), milliseconds{40});
}

// FAULT-11
TEST_F(Heartbeat, OfAStarvedEngineIsAwaited) {
  beat_for(milliseconds{500});
  // In the first 50 ms it may have slept: nobody knows since when it waits.
  EXPECT_EQ(first_finding([&] { return wait(); }), Found(milliseconds{300}, Finding::kStarved));
  EXPECT_EQ(watch_.silence(), milliseconds{300});
  EXPECT_EQ(watch_.withheld(), milliseconds{250});
  // It gets its processor 2.3 s later. What the kernel adds then is known already.
  EXPECT_EQ(first_finding([&] { return wait(); }, milliseconds{2300}).second, Finding::kNothingNew);
  time_.waited += milliseconds{2640};
  EXPECT_EQ(beat(), Finding::kNothingNew);
  EXPECT_EQ(watch_.longest_silence(), milliseconds{2600});
  // And when it hangs after that, this is found as soon as ever.
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{300}, Finding::kHung));
}

TEST_F(Heartbeat, OfAStarvedEngineIsAwaitedForFiveSecondsMoreThanThePatienceAtMost) {
  beat_for(milliseconds{500});
  ASSERT_EQ(first_finding([&] { return wait(); }).second, Finding::kStarved);
  EXPECT_EQ(first_finding([&] { return wait(); }), Found(milliseconds{5000}, Finding::kHung));
  EXPECT_EQ(watch_.silence(), milliseconds{5300});
}

TEST_F(Heartbeat, ThatHadToWaitIsSaidOnceUntilItHasComeForTenSecondsInTime) {
  beat_for(milliseconds{50});
  for (int time = 0; time < 3; ++time) {
    const auto [passed, finding] = first_finding([&] { return wait(); }, milliseconds{400});
    EXPECT_EQ(finding, time == 0 ? Finding::kStarved : Finding::kNothingNew);
    beat_for(seconds{9});
  }
  EXPECT_EQ(first_finding([&] { return beat(); }), Found(seconds{1}, Finding::kFed));
  EXPECT_EQ(first_finding([&] { return wait(); }).second, Finding::kStarved);
}

// The kernel moves it from one processor to another and counts what it waited so far; it has not run meanwhile.
TEST_F(Heartbeat, OfAnEngineThatWaitsHereAndThereIsAwaited) {
  beat_for(milliseconds{50});
  ASSERT_EQ(wait(), Finding::kNothingNew);
  for (int look = 0; look < 20; ++look) {
    time_.waited += milliseconds{50};
    ASSERT_NE(wait(), Finding::kHung) << look;
  }
  EXPECT_EQ(watch_.withheld(), seconds{1});
}

TEST_F(Heartbeat, OfAnEngineThatLostMuchOfItsTimeInShortWaitsIsAwaited) {
  beat_for(milliseconds{500});
  // It sleeps when looked at, and has waited 45 of every 50 ms: 5 ms count, the patience is over after 51 looks.
  const auto mostly_wait = [&] {
    time_.waited += milliseconds{45};
    time_.ran += milliseconds{1};
    return sleep();
  };
  ASSERT_EQ(first_finding(mostly_wait), Found(milliseconds{300}, Finding::kStarved));
  EXPECT_EQ(first_finding(mostly_wait), Found(milliseconds{2250}, Finding::kHung));
}

TEST_F(Heartbeat, IsAwaitedWhenTheProcessorWasStolen) {
  beat_for(milliseconds{500});
  for (int look = 0; look < 4; ++look) ASSERT_EQ(sleep(), Finding::kNothingNew);
  // The processor comes back after 240 ms and tells so: of 250 ms 10 count.
  time_.stolen += milliseconds{240};
  ASSERT_EQ(sleep(), Finding::kNothingNew);
  EXPECT_EQ(watch_.silence(), milliseconds{250});
  EXPECT_EQ(watch_.withheld(), milliseconds{240});
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{50}, Finding::kStarved));
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{200}, Finding::kHung));
}

TEST_F(Heartbeat, IsAwaitedWhileItsProcessorStandsStillAndThatIsNotSubtractedAgain) {
  beat_for(milliseconds{500});
  for (int look = 0; look < 2; ++look) ASSERT_EQ(sleep(), Finding::kNothingNew);
  stands_still_ = true;  // nothing was told so far of the last 50 ms of this
  EXPECT_EQ(first_finding([&] { return sleep(); }, milliseconds{600}),
            Found(milliseconds{200}, Finding::kStarved));
  EXPECT_EQ(first_finding([&] { return sleep(); }, milliseconds{400}).second, Finding::kNothingNew);
  stands_still_ = false;
  time_.stolen += milliseconds{600};
  ASSERT_EQ(sleep(), Finding::kNothingNew);
  EXPECT_EQ(watch_.silence(), milliseconds{750});
  EXPECT_EQ(watch_.withheld(), milliseconds{600});
  // 150 ms counted before.
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{150}, Finding::kHung));
}

TEST_F(Heartbeat, OfAStoppedEngineIsExcusedByNothing) {
  beat_for(milliseconds{500});
  time_.is_stopped = true;
  EXPECT_EQ(first_finding([&] {
              time_.stolen += milliseconds{50};
              time_.waited += milliseconds{50};
              return sleep();
            }),
            Found(milliseconds{300}, Finding::kHung));
  EXPECT_EQ(watch_.withheld(), Duration{0});
}

TEST_F(Heartbeat, IsAwaitedWhileItsProcessorStandsStillThoughEachLookIsTooShortToTell) {
  beat_for(milliseconds{500});
  stands_still_ = true;
  // 25 ms are no more than the processor's tick, 50 are: from then on all of it is withheld.
  for (int look = 0; look < 20; ++look) ASSERT_NE(sleep(milliseconds{25}), Finding::kHung) << look;
  EXPECT_EQ(watch_.silence(), milliseconds{500});
  EXPECT_EQ(watch_.withheld(), milliseconds{500});
  stands_still_ = false;
  time_.stolen += milliseconds{500};
  ASSERT_EQ(sleep(milliseconds{25}), Finding::kNothingNew);
  EXPECT_EQ(watch_.withheld(), milliseconds{500});
}

TEST_F(Heartbeat, IsNotExcusedByWhatWasStolenBeforeTheOneBefore) {
  beat_for(milliseconds{500});
  time_.stolen += seconds{3};
  ASSERT_EQ(sleep(), Finding::kNothingNew);
  EXPECT_EQ(watch_.withheld(), milliseconds{50});
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{250}, Finding::kStarved));
  EXPECT_EQ(first_finding([&] { return sleep(); }), Found(milliseconds{50}, Finding::kHung));
}

TEST_F(Heartbeat, IsAwaitedThroughAStormOfInterruptsByWhoIsReady) {
  beat_for(milliseconds{500});
  // The kernel says that it ran: it was interrupted for 48 of every 50 ms.
  for (int look = 0; look < 20; ++look) {
    time_.interrupted += milliseconds{48};
    ASSERT_NE(turn_in_a_circle(), Finding::kHung) << look;
  }
  // Interrupts keep nobody asleep: 40 ms count already.
  time_.interrupted += milliseconds{480};
  EXPECT_EQ(first_finding([&] {
              time_.interrupted += milliseconds{48};
              return sleep();
            }),
            Found(milliseconds{250}, Finding::kHung));
}

TEST_F(Heartbeat, CountsInFullWhereTheKernelSaysNothing) {
  beat_for(milliseconds{500});
  const auto look_blindly = [&] {
    now_ += milliseconds{50};
    return watch_.look({.heartbeat_pid = 7, .heartbeat_ns = beat_, .time = std::nullopt}, at(now_));
  };
  EXPECT_EQ(first_finding(look_blindly), Found(milliseconds{300}, Finding::kHung));
}

}  // namespace
}  // namespace supervisor
