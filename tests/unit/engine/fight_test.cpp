// When somebody who removes addresses is met with what, in virtual time.
#include "engine/fight.hpp"

#include <gtest/gtest.h>

namespace engine {
namespace {

using namespace std::chrono_literals;
using base::Instant;
using Turn = Fight::Turn;

constexpr bool kFought = true, kCalm = false, kWanted = true, kAway = true, kHere = false;

struct FightTest : testing::Test {
  Instant now = Instant{} + 1h;
  Fight fight;
  Turn tell(bool is_fought, bool is_away) { return fight.tell(is_fought, kWanted, is_away, now); }
  Turn after(base::Duration time, bool is_away) {
    now += time;
    return fight.advance(is_away, now);
  }
};

TEST_F(FightTest, BeginsOnceHoweverOftenItIsSaid) {
  EXPECT_EQ(tell(kFought, kHere), Turn::kBegins);
  EXPECT_TRUE(fight.is_on());
  EXPECT_EQ(tell(kFought, kAway), Turn::kNone);
  EXPECT_EQ(fight.deadline(), now + 10s);
}

TEST_F(FightTest, IsNoneForAddressesThatNobodyWants) {
  EXPECT_EQ(fight.tell(kFought, !kWanted, kHere, now), Turn::kNone);
  EXPECT_EQ(fight.deadline(), Instant::never());
}

// The keeper is calm ten seconds after the last removal.
TEST_F(FightTest, OfWhoLeftEndsWhenTheKeeperIsCalmAndNotBeforeItsQuietTime) {
  (void)tell(kFought, kHere);
  EXPECT_EQ(after(10s, kAway), Turn::kNone);
  now += 1s;
  EXPECT_EQ(tell(kCalm, kAway), Turn::kEnds);
  EXPECT_EQ(fight.deadline(), Instant::never());
  // Again within ten minutes: twice as long, though it is calm before that.
  now += 1min;
  EXPECT_EQ(tell(kFought, kHere), Turn::kBegins);
  now += 11s;
  EXPECT_EQ(tell(kCalm, kAway), Turn::kNone);
  EXPECT_EQ(fight.deadline(), now + 9s);
  EXPECT_EQ(after(9s, kAway), Turn::kEnds);
}

TEST_F(FightTest, OfWhoStayedEndsWithTheKeepersWord) {
  (void)tell(kFought, kHere);
  now += 11s;
  (void)fight.advance(kHere, now);
  EXPECT_EQ(tell(kCalm, kHere), Turn::kEnds);
}

// 10 + 20 + ... + 320 s are 630 s, and ten minutes from then on.
TEST_F(FightTest, OfWhoStayedIsAskedAboutAtGrowingDistances) {
  (void)tell(kFought, kHere);
  for (const auto distance : {10s, 20s, 40s, 80s, 160s, 320s, 600s, 600s, 600s}) {
    EXPECT_EQ(after(distance - 1ms, kHere), Turn::kNone);
    EXPECT_EQ(after(1ms, kHere), Turn::kAsks) << distance.count();
  }
}

TEST_F(FightTest, OfWhoHadToComeBackIsAskedAboutAgain) {
  (void)tell(kFought, kHere);
  EXPECT_EQ(after(10s, kAway), Turn::kNone);
  EXPECT_EQ(after(10s, kHere), Turn::kAsks);
}

TEST_F(FightTest, IsForgottenAfterTenMinutes) {
  (void)tell(kFought, kHere);
  now += 11s;
  (void)tell(kCalm, kAway);
  now += 10min;
  (void)tell(kFought, kHere);
  EXPECT_EQ(fight.deadline(), now + 10s);
}

TEST_F(FightTest, ThatAnEngineBeforeLeftIsOverAfterItsQuietTime) {
  fight.adopt(now);
  EXPECT_TRUE(fight.is_on());
  EXPECT_EQ(tell(kCalm, kAway), Turn::kNone);
  EXPECT_EQ(after(10s, kAway), Turn::kEnds);
}

TEST(RemovalRows, GiveTheFirstThreeOneEachAndCountTheOthersWhenTheWindowIsOver) {
  Instant now = Instant{} + 1h;
  RemovalRows rows;
  int own = 0;
  for (int removal = 0; removal < 300; ++removal, now += 1ms) {
    EXPECT_EQ(rows.take_due(now).times, 0U);
    own += rows.take(now) ? 1 : 0;
  }
  EXPECT_EQ(own, 3);
  EXPECT_EQ(rows.deadline(), now + 10s - 300ms);
  now = rows.deadline();
  const auto counted = rows.take_due(now);
  EXPECT_EQ(counted.times, 297U);
  EXPECT_EQ(counted.within, 10s);
  EXPECT_EQ(rows.deadline(), Instant::never());
  EXPECT_TRUE(rows.take(now));  // another window
}

TEST(RemovalRows, AreNotWaitedForWhenAFightBegins) {
  const Instant now = Instant{} + 1h;
  RemovalRows rows;
  for (int removal = 0; removal < 20; ++removal) (void)rows.take(now);
  EXPECT_EQ(rows.take_due(now + 1s, true).times, 17U);
  EXPECT_EQ(rows.take_due(now + 10s).times, 0U);
}

}  // namespace
}  // namespace engine
