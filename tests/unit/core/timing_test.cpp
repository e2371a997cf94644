#include "engine/core/timing.hpp"

#include <gtest/gtest.h>

namespace core {
namespace {

using namespace std::chrono_literals;

// RFC3768-6.1-p2 positive: seconds, whatever the interval.
TEST(SkewV2, IsAShareOfOneSecondWhateverTheInterval) {
  EXPECT_EQ(skew_time(Version::kV2, Priority{100}, 1s), 609'375'000ns);   // 156/256 s
  EXPECT_EQ(skew_time(Version::kV2, Priority{100}, 30s), 609'375'000ns);  // 156/256 s
  EXPECT_EQ(skew_time(Version::kV2, Priority{255}, 1s), 3'906'250ns);     // 1/256 s
  EXPECT_EQ(skew_time(Version::kV2, Priority{1}, 1s), 996'093'750ns);     // 255/256 s
}

// RFC9568-6.1-p8 positive: a share of the master's interval, finer than a centisecond.
TEST(SkewV3, ScalesWithTheMastersIntervalAndKeepsFractionsOfACentisecond) {
  EXPECT_EQ(skew_time(Version::kV3, Priority{100}, 1s), 609'375'000ns);        // 156/256 of 1 s
  EXPECT_EQ(skew_time(Version::kV3, Priority{200}, 100ms), 21'875'000ns);      // 56/256 of 100 ms
  EXPECT_EQ(skew_time(Version::kV3, Priority{254}, 10ms), 78'125ns);           // 2/256 of 10 ms
  EXPECT_EQ(skew_time(Version::kV3, Priority{1}, 40950ms), 40'790'039'062ns);  // .5 ns cut off
}

TEST(MasterDownInterval, IsThreeIntervalsAndTheSkew) {
  EXPECT_EQ(master_down_interval(Version::kV2, Priority{100}, 1s, 3), 3'609'375'000ns);
  EXPECT_EQ(master_down_interval(Version::kV2, Priority{100}, 5s, 3), 15'609'375'000ns);
  EXPECT_EQ(master_down_interval(Version::kV3, Priority{200}, 100ms, 3), 321'875'000ns);
  EXPECT_EQ(master_down_interval(Version::kV3, Priority{100}, 5s, 3),
            18'046'875'000ns);  // 15 + 3.046875
}

TEST(MasterDownInterval, CountsAsManyAdvertsAsConfigured) {
  EXPECT_EQ(master_down_interval(Version::kV2, Priority{100}, 1s, 5), 5'609'375'000ns);
}

// B5: between two backups one priority step apart at 10 ms lie 39 us, never nothing.
TEST(SkewV3, OrdersNeighbouringPrioritiesAtTheShortestInterval) {
  for (int priority = 1; priority < 255; ++priority)
    EXPECT_GT(skew_time(Version::kV3, Priority(static_cast<std::uint8_t>(priority)), 10ms),
              skew_time(Version::kV3, Priority(static_cast<std::uint8_t>(priority + 1)), 10ms));
}

}  // namespace
}  // namespace core
