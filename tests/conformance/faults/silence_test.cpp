// Adverts that do not come: the master is gone, its adverts are lost, or its clock is another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "engine/core/timing.hpp"
#include "tests/conformance/faults/segment.hpp"

namespace faults {
namespace {

constexpr Duration kIntervals[] = {10ms, 30ms, 100ms, 1s, 3s};

Duration down_interval(const core::Router& router, Duration interval) {
  return core::master_down_interval(router.version, router.priority, interval, 3);
}

double share(Duration part, Duration whole) {
  return static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

// Master 0 and a backup, quiet for a while and then for a part of an interval more.
Segment quiet_pair(int backup, Duration interval, std::mt19937_64& random) {
  Segment lan({router(255, interval), router(backup, interval)});
  lan.delay = Duration{static_cast<std::int64_t>(1 + random() % 500'000)};
  lan.start(0);
  lan.start(1);
  lan.pass(10 * interval + Duration{static_cast<std::int64_t>(
                               random() % static_cast<std::uint64_t>(interval.count()))});
  return lan;
}

// FAULT-24: 10,000 deaths at 10 ms to 3 s: slowest takeover 0.99997 of its bound, earliest
//   after 2.013 intervals
TEST(Silence, OfADeadMasterIsBelievedAfterTwoIntervalsAtLeastAndThreeAndTheSkewAtMost) {
  std::mt19937_64 random{24};
  double worst = 0;
  double least = 9;
  for (int i = 0; i < 10'000; ++i) {
    const Duration interval = kIntervals[random() % std::size(kIntervals)];
    const int priority = static_cast<int>(1 + random() % 254);
    Segment lan = quiet_pair(priority, interval, random);
    const core::Router backup = router(priority, interval);
    const Instant died = lan.now();
    lan.power_off(0);
    lan.pass(5 * interval);
    ASSERT_TRUE(lan.is_master(1));
    ASSERT_EQ(lan.changes.back().cause, base::Cause::kSilence);
    const Duration took = lan.changes.back().at - died;
    const Duration bound = down_interval(backup, interval) + lan.delay;
    ASSERT_LE(took, bound);
    ASSERT_GE(took, down_interval(backup, interval) - interval);
    worst = std::max(worst, share(took, bound));
    least = std::min(least, share(took, interval));
  }
  figure("10,000 deaths: slowest takeover " + std::to_string(worst) + " of its bound, earliest " +
         std::to_string(least) + " intervals");
}

// Takeovers of 10,000 trials in which so many adverts in a row are lost.
std::size_t takeovers_after_losing(int adverts) {
  std::mt19937_64 random{43};
  std::size_t takeovers = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Duration interval = kIntervals[random() % std::size(kIntervals)];
    // At 10 ms and priority 254 the skew is 78 us: a delay that varies by as much would be a fourth reason.
    Segment lan = quiet_pair(static_cast<int>(1 + random() % 254), interval, random);
    int to_lose = adverts;
    lan.carries = [&](std::size_t from, std::size_t) { return from != 0 || to_lose-- <= 0; };
    const Instant began = lan.now();
    lan.pass(8 * interval);
    takeovers += lan.rises(began);
    EXPECT_TRUE(lan.is_master(0));
    EXPECT_EQ(lan.masters(), 1U);
  }
  return takeovers;
}

// FAULT-43: two lost in a row, 10,000 times: 0 takeovers
TEST(LostAdverts, TwoInARowAreRiddenThrough) {
  const std::size_t takeovers = takeovers_after_losing(2);
  figure("two adverts lost in a row, 10,000 times: " + std::to_string(takeovers) + " takeovers");
  EXPECT_EQ(takeovers, 0U);
}

// FAULT-43: three lost in a row, 10,000 times: 10,000 takeovers
TEST(LostAdverts, ThreeInARowAreNot) {
  const std::size_t takeovers = takeovers_after_losing(3);
  figure("three adverts lost in a row, 10,000 times: " + std::to_string(takeovers) + " takeovers");
  EXPECT_EQ(takeovers, 10'000U);
}

// Half of them twice, the copy up to three intervals later: overtaken by others and by the death of its sender.
// FAULT-44: 500 times 500 adverts at 10 ms to 3 s: 0 changes of roles, slowest takeover 0.88 of its
//   bound, which is that of row 24 and what a copy is late
TEST(Adverts, DelayedDoubledAndOvertakenChangeNothingAndDelayATakeoverByNoMoreThanTheyAreLate) {
  std::mt19937_64 random{44};
  double worst = 0;
  for (int i = 0; i < 500; ++i) {
    const Duration interval = kIntervals[random() % std::size(kIntervals)];
    const auto part = [&](Duration most) {
      return Duration{
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most.count()))};
    };
    Segment lan({router(200, interval), router(100, interval)});
    lan.late = [&] { return part(interval / 2); };
    lan.copied = [&]() -> std::optional<Duration> {
      if (random() % 2 == 0) return {};
      return part(3 * interval);
    };
    lan.start(0);
    lan.pass(5 * interval);
    lan.start(1);
    lan.pass(5 * interval);
    const Instant began = lan.now();
    lan.pass(500 * interval);
    ASSERT_EQ(lan.rises(began), 0U);
    const Instant died = lan.now();
    lan.power_off(0);
    lan.pass(8 * interval);
    ASSERT_TRUE(lan.is_master(1));
    const Duration took = lan.changes.back().at - died;
    const Duration bound =
        down_interval(router(100, interval), interval) + 3 * interval + lan.delay;
    ASSERT_LE(took, bound);
    worst = std::max(worst, share(took, bound));
  }
  figure(
      "500 times 500 adverts delayed, doubled, overtaken: 0 changes of roles, slowest takeover " +
      std::to_string(worst) + " of its bound");
}

// Three losses in a row, of adverts each lost with probability q, come once in (1 - q^3) / (q^3 (1 - q)) adverts. At 1 %
// that is a million adverts, for which VIGIE_FAULTS_LONG must be set: minutes.
// FAULT-42: of 200 takeovers expected, 184 at 1 % (202 million adverts, with
//   VIGIE_FAULTS_LONG), 186 at 5 %, 220 at 10 %, 187 at 30 %
TEST(LostAdverts, AtRandomCostAsManyTakeoversAsThreeInARowAreLikely) {
  std::vector<double> losses = {0.05, 0.1, 0.3};
  if (std::getenv("VIGIE_FAULTS_LONG") != nullptr) losses.push_back(0.01);
  for (const double q : losses) {
    std::mt19937_64 random{42};
    Segment lan({router(200, 10ms), router(100, 10ms)});
    lan.start(0);
    lan.start(1);
    lan.pass(1s);
    lan.carries = [&](std::size_t, std::size_t) {
      return static_cast<double>(random() >> 11) * 0x1p-53 >= q;
    };
    const double every = (1 - std::pow(q, 3)) / (std::pow(q, 3) * (1 - q));
    constexpr int kExpected = 200;
    const double adverts = kExpected * every;
    const Instant began = lan.now();
    lan.pass(Duration{static_cast<std::int64_t>(adverts * 1e7)});
    const auto takeovers = static_cast<double>(lan.rises(began));
    figure("loss of " + std::to_string(q) + ": " + std::to_string(static_cast<int>(takeovers)) +
           " takeovers in " + std::to_string(static_cast<long>(adverts)) +
           " adverts, 200 expected");
    EXPECT_NEAR(takeovers / kExpected, 1, 0.2) << q;
  }
}

// FAULT-22: 0 changes of roles in 24 h either way round; takeovers afterwards at 0.84 and 0.73
//   of the bound
TEST(Clocks, FiveHundredPartsPerMillionApartChangeNothingInADay) {
  for (const std::int64_t ppm : {-500, 500}) {
    Segment lan({router(200), router(100)});
    lan.drift(0, ppm);
    lan.drift(1, -ppm);
    lan.start(0);
    lan.start(1);
    lan.pass(10s);
    const Instant began = lan.now();
    lan.pass(24h);
    EXPECT_EQ(lan.rises(began), 0U) << ppm;
    const Instant died = lan.now();
    lan.power_off(0);
    lan.pass(5s);
    const Duration took = lan.changes.back().at - died;
    const Duration bound = down_interval(router(100), 1s) + lan.delay;
    figure("clocks " + std::to_string(ppm) + " and " + std::to_string(-ppm) +
           " ppm: 0 changes of roles in 24 h, takeover afterwards " +
           std::to_string(share(took, bound)) + " of its bound");
    EXPECT_LE(took, bound + bound / 1000);
  }
}

// Its monotonic clock stands still, and the peers take over meanwhile.
// FAULT-21: 1,000 masters resumed after a minute: two masters for 0.977 s at most, at 1 s
//   intervals
TEST(Suspended, AMasterIsOneOfTwoForAnIntervalAtMost) {
  std::mt19937_64 random{21};
  Duration worst{0};
  for (int i = 0; i < 1'000; ++i) {
    const bool is_better = i % 2 == 0;
    Segment lan({router(is_better ? 200 : 150), router(is_better ? 100 : 150)});
    lan.start(0);
    lan.pass(5s);
    lan.start(1);
    lan.pass(5s);
    ASSERT_TRUE(lan.is_master(0));
    lan.pass(Duration{static_cast<std::int64_t>(random() % 1'000'000'000)});
    lan.suspend(0);
    lan.pass(1min + Duration{static_cast<std::int64_t>(random() % 1'000'000'000)});
    ASSERT_TRUE(lan.is_master(1));
    const Instant resumed = lan.now();
    Instant settled = resumed;
    lan.observe = [&] {
      if (lan.masters() != 1) settled = lan.now();
    };
    lan.resume(0);
    lan.pass(10s);
    EXPECT_EQ(lan.masters(), 1U);
    worst = std::max(worst, settled - resumed);
  }
  figure("1,000 masters resumed after a minute: two masters for " +
         std::to_string(static_cast<double>(worst.count()) / 1e9) + " s at most, at 1 s intervals");
  EXPECT_LE(worst, 1s + 3 * 200us);
}

// FAULT-21: 1,000 backups resumed after a minute: 0 rose
TEST(Suspended, ABackupDoesNotRiseOnTimeThatStoodStill) {
  std::mt19937_64 random{22};
  std::size_t rises = 0;
  for (int i = 0; i < 1'000; ++i) {
    Segment lan({router(200), router(100)});
    lan.start(0);
    lan.start(1);
    lan.pass(10s + Duration{static_cast<std::int64_t>(random() % 1'000'000'000)});
    const Instant slept = lan.now();
    lan.suspend(1);
    lan.pass(1min + Duration{static_cast<std::int64_t>(random() % 1'000'000'000)});
    lan.resume(1);
    lan.pass(10s);
    rises += lan.rises(slept);
  }
  figure("1,000 backups resumed after a minute: " + std::to_string(rises) + " rose");
  EXPECT_EQ(rises, 0U);
}

}  // namespace
}  // namespace faults
