#include "supervisor/backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<long> waits_of(Backoff backoff, int deaths) {
  std::vector<long> waits;
  for (int i = 0; i < deaths; ++i)
    waits.push_back(
        std::chrono::duration_cast<milliseconds>(backoff.after_life_of(milliseconds{1})).count());
  return waits;
}

TEST(Backoff, StartsAgainAtOnceAndThenSlowerUpToFiveSeconds) {
  EXPECT_EQ(waits_of(Backoff(Backoff::Kind::kPatient), 10),
            (std::vector<long>{0, 0, 100, 200, 500, 1000, 2000, 5000, 5000, 5000}));
}

TEST(Backoff, KeepsEngineAndKeeperWaitingFiftyMillisecondsForTenDeathsAndASecondAtMost) {
  EXPECT_EQ(waits_of(Backoff(Backoff::Kind::kVital), 14),
            (std::vector<long>{0, 0, 50, 50, 50, 50, 50, 50, 50, 50, 200, 500, 1000, 1000}));
}

TEST(Backoff, ForgetsEarlierDeathsAfterALifeOfAMinute) {
  Backoff backoff(Backoff::Kind::kPatient);
  for (int i = 0; i < 8; ++i) (void)backoff.after_life_of(seconds{1});
  EXPECT_EQ(backoff.after_life_of(seconds{59}), seconds{5});
  EXPECT_EQ(backoff.after_life_of(seconds{60}), seconds{0});
  EXPECT_EQ(backoff.after_life_of(seconds{1}), seconds{0});
  EXPECT_EQ(backoff.after_life_of(seconds{1}), milliseconds{100});
}

}  // namespace
}  // namespace supervisor
