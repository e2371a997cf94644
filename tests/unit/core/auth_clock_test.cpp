// Two ends with clocks of their own. Whatever either clock does, no advert of a living signer is dropped: a backup that
// hears one keeps waiting, so no step of a clock makes two masters.
#include <random>

#include "auth_party.hpp"
#include "engine/core/auth_number.hpp"

namespace core::testing {
namespace {

constexpr std::int64_t kHourNs = 3'600 * kSecondNs;
constexpr std::int64_t kTenYearsNs = 10 * 365 * 24 * kHourNs;

// One says an advert a second and the other hears it. A step of either clock lies between two adverts.
struct Pair {
  Party one = party(hmac_v3(), kOne);
  Party two = party(hmac_v3(), kTwo);
  Verdict last;  // of the last one accepted

  // How many of these were dropped.
  std::size_t exchange(int seconds) {
    std::size_t drops = 0;
    for (int i = 0; i < seconds; ++i) {
      one.pass(1s);
      two.pass(1s);
      for (std::size_t copy = 0, copies = one.auth().copies(one.wall); copy < copies; ++copy) {
        const Verdict verdict = two.hear(one.say(copy));
        if (verdict.drop == Drop::kNone) last = verdict;
        // The first copy is the one that counts among ourselves.
        if (copy == 0 && verdict.drop != Drop::kNone) ++drops;
      }
    }
    return drops;
  }
};

TEST(Clocks, ThatAgreeAreGood) {
  Pair pair;
  EXPECT_EQ(pair.exchange(10), 0U);
  EXPECT_FALSE(pair.last.is_clock_bad);
  EXPECT_EQ(pair.last.clock_ahead, 0s);
}

class OneStep : public ::testing::TestWithParam<std::int64_t> {};
INSTANTIATE_TEST_SUITE_P(EitherWay, OneStep,
                         ::testing::Values(10 * kSecondNs, -10 * kSecondNs, kHourNs, -kHourNs,
                                           kTenYearsNs, -kTenYearsNs));

// FAULT-18
TEST_P(OneStep, OfTheSenderIsNoticedAndDropsNothing) {
  Pair pair;
  EXPECT_EQ(pair.exchange(5), 0U);
  pair.one.wall += GetParam();
  EXPECT_EQ(pair.exchange(1), 0U);
  EXPECT_TRUE(pair.last.is_clock_bad || GetParam() < 0) << "ahead: within one interval";
  EXPECT_EQ(pair.exchange(30), 0U);
  EXPECT_TRUE(pair.last.is_clock_bad);
  pair.one.wall -= GetParam();
  EXPECT_EQ(pair.exchange(30), 0U);
  EXPECT_FALSE(pair.last.is_clock_bad);
}

// FAULT-18
TEST_P(OneStep, OfTheReceiverIsNoticedAndDropsNothing) {
  Pair pair;
  EXPECT_EQ(pair.exchange(5), 0U);
  pair.two.wall += GetParam();
  EXPECT_EQ(pair.exchange(30), 0U);
  EXPECT_TRUE(pair.last.is_clock_bad);
  EXPECT_NEAR(static_cast<double>(pair.last.clock_ahead.count()), -static_cast<double>(GetParam()),
              1e9);
  pair.two.wall -= GetParam();
  EXPECT_EQ(pair.exchange(30), 0U);
  EXPECT_FALSE(pair.last.is_clock_bad);
}

// A time server that misleads both, and is put right.
// FAULT-18
TEST_P(OneStep, OfBothTogetherDropsNothing) {
  Pair pair;
  EXPECT_EQ(pair.exchange(5), 0U);
  for (const std::int64_t step : {GetParam(), -GetParam()}) {
    pair.one.wall += step;
    pair.two.wall += step;
    EXPECT_EQ(pair.exchange(30), 0U) << step;
  }
}

// FAULT-18: 2,000 steps of 3 s to ten years of either clock, and restarts in between: 0 adverts dropped
TEST(Clocks, ThatAreSetAllTheTimeNeverMakeSilence) {
  std::mt19937_64 random{20270115};
  const std::vector<std::int64_t> steps{3 * kSecondNs, 10 * kSecondNs, 300 * kSecondNs, kHourNs,
                                        kTenYearsNs};
  for (int run = 0; run < 50; ++run) {
    Pair pair;
    ASSERT_EQ(pair.exchange(2), 0U);
    for (int i = 0; i < 40; ++i) {
      Party& who = random() % 2 == 0 ? pair.one : pair.two;
      const std::int64_t step = steps[random() % steps.size()];
      // Within ten years of today: numbers compare over 68.
      const bool is_late = who.wall > kToday;
      who.wall += is_late ? -step : step;
      ASSERT_EQ(pair.exchange(static_cast<int>(1 + random() % 12)), 0U) << run << " " << i;
      // Either may be started anew: what was kept is all it has.
      if (random() % 4 == 0) pair.one.restart(pair.one.marks({kTwo}));
      if (random() % 4 == 0) pair.two.restart(pair.two.marks({kOne}));
    }
  }
}

TEST(Clocks, OfASenderThatRestartsWithABadOneGoOn) {
  Pair pair;
  ASSERT_EQ(pair.exchange(5), 0U);
  std::vector<Mark> kept = pair.one.marks({});
  ASSERT_EQ(pair.exchange(3), 0U);  // said after it was written down
  pair.one.wall = 0;                // a clock without a battery
  pair.one.restart(kept);
  EXPECT_EQ(pair.exchange(20), 0U);
  EXPECT_TRUE(pair.last.is_clock_bad);
}

TEST(Window, ReachesAsFarAsItSays) {
  for (const auto& [offset, is_bad] :
       {std::pair{5s, false}, std::pair{-5s, false}, std::pair{6s, true}, std::pair{-6s, true}}) {
    Pair pair;
    ASSERT_EQ(pair.exchange(1), 0U);
    pair.two.wall -= Duration{offset}.count();
    const Verdict verdict = pair.two.hear(pair.one.say());
    EXPECT_EQ(verdict.drop, Drop::kNone);
    EXPECT_EQ(verdict.is_clock_bad, is_bad) << offset.count();
    EXPECT_EQ(verdict.clock_ahead, offset);
  }
}

TEST(Window, CountsFromWhenThePacketCameIn) {
  Pair pair;
  ASSERT_EQ(pair.exchange(1), 0U);
  const Said said = pair.one.say();
  pair.two.pass(20s);  // we slept, the packet waited
  const Verdict verdict = pair.two.hear(said, 20s);
  EXPECT_EQ(verdict.drop, Drop::kNone);
  EXPECT_FALSE(verdict.is_clock_bad);
}

TEST(Window, OfTheMonotonicModeIsNone) {
  Makings makings = hmac_v3();
  makings.settings.is_monotonic = true;
  Party one = party(makings, kOne);
  Party two = party(makings, kTwo);
  one.wall += kTenYearsNs;
  const Verdict first = two.hear(one.say());
  EXPECT_EQ(first.drop, Drop::kNone);
  EXPECT_FALSE(first.is_clock_bad);
  EXPECT_EQ(first.clock_ahead, 0s);
  one.wall -= 2 * kTenYearsNs;
  EXPECT_EQ(one.auth().copies(one.wall), 1U) << "it never goes back";
  EXPECT_EQ(two.drop(one.say()), Drop::kNone);
}

// --- Somebody who was never heard before ---

TEST(FirstContact, WithAnAgreeingClockIsAccepted) {
  Pair pair;
  EXPECT_EQ(pair.exchange(1), 0U);
}

// The recording of a router that this one has never heard, played to it on its first day.
TEST(FirstContact, FromThePastMayBeARecordingAndIsRefused) {
  Pair pair;
  pair.two.wall += kHourNs;
  const Verdict verdict = pair.two.hear(pair.one.say());
  EXPECT_EQ(verdict.drop, Drop::kAuthStale);
  EXPECT_EQ(verdict.clock_ahead, -1h);
  EXPECT_EQ(pair.two.auth().signers(), 0U);
}

// A clock that starts in 1970 hears everybody from the future, where no recording comes from.
TEST(FirstContact, FromTheFutureIsAliveWithABadClock) {
  Pair pair;
  pair.two.wall = 0;
  const Verdict verdict = pair.two.hear(pair.one.say());
  EXPECT_EQ(verdict.drop, Drop::kNone);
  EXPECT_TRUE(verdict.is_clock_bad);
  EXPECT_EQ(verdict.mark.number, number_of(kToday));
  // Time comes from a server: from now on all is well.
  pair.two.wall = kToday;
  EXPECT_EQ(pair.exchange(1), 0U);
  EXPECT_FALSE(pair.last.is_clock_bad);
}

// --- Receivers of another make: the window is all they have, and a mark outside it is forgotten. ---

class OtherMake {
 public:
  explicit OtherMake(std::uint32_t window) : window_(window) {}
  bool takes(const Said& said, std::int64_t wall) {
    base::ByteReader in{std::span(said.bytes).last(kTrailerBytes)};
    in.u32();
    const std::uint64_t seconds = in.u32();
    const std::uint64_t number = seconds << 32 | in.u32();
    const auto now = static_cast<std::uint32_t>(wall / kSecondNs);
    if (distance(now, static_cast<std::uint32_t>(seconds)) > window_) return false;
    if (is_marked_ && distance(now, static_cast<std::uint32_t>(mark_ >> 32)) > window_)
      is_marked_ = false;
    if (is_marked_ && !is_after(number, mark_)) return false;
    is_marked_ = true;
    mark_ = number;
    return true;
  }

 private:
  static std::uint32_t distance(std::uint32_t a, std::uint32_t b) {
    const auto apart = static_cast<std::int32_t>(a - b);
    return static_cast<std::uint32_t>(apart < 0 ? -apart : apart);
  }
  std::uint32_t window_;
  bool is_marked_ = false;
  std::uint64_t mark_ = 0;
};

TEST(OtherReceivers, HearEveryAdvertAgainOnceAClockThatRanAheadIsPutRight) {
  for (const std::int64_t step : {10 * kSecondNs, kHourNs, kTenYearsNs}) {
    Party one = party(hmac_v3(), kOne);
    OtherMake other{5};
    std::int64_t wall = kToday;
    const auto second = [&] {
      one.pass(1s);
      wall += kSecondNs;
      bool taken = false;
      for (std::size_t copy = 0, copies = one.auth().copies(one.wall); copy < copies; ++copy)
        taken = other.takes(one.say(copy), wall) || taken;
      return taken;
    };
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(second());
    one.wall += step;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(second()) << "they believe in the window";
    one.wall -= step;
    for (int i = 0; i < 60; ++i) EXPECT_TRUE(second()) << step << " " << i;
  }
}

// A time server puts right what ran ahead, and then misleads everybody the other way: the second copy follows the clock.
TEST(OtherReceivers, AreFollowedWhenEveryClockGoesBackTwice) {
  Party one = party(hmac_v3(), kOne);
  OtherMake other{5};
  (void)one.say();
  one.wall += 2 * kHourNs;
  (void)one.say();
  for (const std::int64_t step : {2 * kHourNs, kHourNs}) {
    one.wall -= step;
    for (int i = 0; i < 10; ++i) {
      one.pass(1s);
      ASSERT_EQ(one.auth().copies(one.wall), 2U);
      EXPECT_FALSE(other.takes(one.say(0), one.wall));
      EXPECT_TRUE(other.takes(one.say(1), one.wall)) << step << " " << i;
    }
  }
}

// A sender of another make goes back to its clock when that was put right; so does ours in its second copy.
TEST(OtherSenders, ThatGoBackToARightClockAreBelieved) {
  Pair pair;
  ASSERT_EQ(pair.exchange(5), 0U);
  pair.one.wall += kHourNs;
  ASSERT_EQ(pair.exchange(5), 0U);
  pair.one.wall -= kHourNs;
  pair.one.pass(1s);
  pair.two.pass(1s);
  ASSERT_EQ(pair.one.auth().copies(pair.one.wall), 2U);
  const Verdict verdict = pair.two.hear(pair.one.say(1));
  EXPECT_EQ(verdict.drop, Drop::kNone);
  EXPECT_FALSE(verdict.is_clock_bad);
  EXPECT_EQ(pair.two.drop(pair.one.say(0)), Drop::kNone) << "and the growing one still is";
}

TEST(Copies, AreOneWhileTheClockIsRight) {
  Party one = party(hmac_v3(), kOne);
  EXPECT_EQ(one.auth().copies(one.wall), 1U);
  (void)one.say();
  EXPECT_EQ(one.auth().copies(one.wall), 1U);
  one.wall -= 5 * kSecondNs;
  EXPECT_EQ(one.auth().copies(one.wall), 1U) << "still in the window";
  one.wall -= kSecondNs;
  EXPECT_EQ(one.auth().copies(one.wall), 2U);
  one.wall += 6 * kSecondNs;
  EXPECT_EQ(one.auth().copies(one.wall), 1U);
}

// --- The number itself ---

TEST(Number, IsSecondsThenFractionThenCounter) {
  EXPECT_EQ(number_of(0), 0U);
  EXPECT_EQ(number_of(kSecondNs), 1ULL << 32);
  EXPECT_EQ(number_of(kSecondNs / 2), 0x80000000U);
  EXPECT_EQ(number_of(kSecondNs - 1), 0xffff0000U);  // 65535.99 / 65536
  EXPECT_EQ(number_of(-kSecondNs / 2), 0xffffffff'80000000U);
}

TEST(Number, GrowsWhenTheClockStandsStill) {
  Party one = party(hmac_v3(), kOne);
  Party two = party(hmac_v3(), kTwo);
  for (int i = 0; i < 70'000; ++i) {  // the counter carries into the fraction
    ASSERT_EQ(two.drop(one.say()), Drop::kNone) << i;
  }
  EXPECT_EQ(one.auth().own()->number, number_of(kToday) + 69'999);
}

// 2106-02-07 06:28:16 UTC: 2^32 s.
// FAULT-23: 0 of 10 adverts dropped, five seconds either side of it
TEST(Number, WrapsIn2106WithoutADrop) {
  Pair pair;
  pair.one.wall = pair.two.wall = (1LL << 32) * kSecondNs - 5 * kSecondNs;
  EXPECT_EQ(pair.exchange(10), 0U);
  EXPECT_LT(pair.last.mark.number, 6ULL << 32) << "it has wrapped";
  EXPECT_FALSE(pair.last.is_clock_bad);
}

// FAULT-23
TEST(Number, DistancesAreExactEitherWay) {
  EXPECT_EQ(between(number_of(10 * kSecondNs), number_of(7 * kSecondNs + kSecondNs / 2)), 2500ms);
  EXPECT_EQ(between(number_of(7 * kSecondNs + kSecondNs / 2), number_of(10 * kSecondNs)), -2500ms);
  EXPECT_EQ(between(number_of((1LL << 32) * kSecondNs), number_of(((1LL << 32) - 1) * kSecondNs)),
            1s);
}

}  // namespace
}  // namespace core::testing
