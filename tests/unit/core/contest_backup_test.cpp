// What a backup sees of two masters.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/core/contest_subject.hpp"

namespace core {
namespace {

using base::Drop;

TEST(Contest, ABackupKnowsOfTwoMastersWhenOneIsNotAccepted) {
  Contest contest = backup();
  contest.accept(claim(kA, 200), kStart);
  EXPECT_FALSE(contest.reject(claim(kB, 150), Drop::kAuthFailed, kStart + 100ms));
  contest.accept(claim(kA, 200), kStart + 1s);
  EXPECT_TRUE(contest.reject(claim(kB, 150), Drop::kAuthFailed, kStart + 1100ms));
  EXPECT_EQ(contest.rivalry().reason, ContestReason::kAuth);
  EXPECT_EQ(contest.rivalry().rival.source, kB);
  EXPECT_EQ(contest.rivalry().other, kA);
}

// A at 0, 1, 2 ..., B from 0.4. B's claim of 1.4 comes 0.4 s after A's of 1, and B said so before: raised one interval after
// B began.
TEST(Contest, ABackupThatHearsTwoMastersAlternateRaisesItWithinTwoIntervals) {
  Contest contest = backup();
  contest.accept(claim(kA, 200), kStart);
  EXPECT_FALSE(contest.accept(claim(kB, 150), kStart + 400ms));
  EXPECT_TRUE(contest.accept(claim(kA, 200), kStart + 1s) ||
              contest.accept(claim(kB, 150), kStart + 1400ms));
  ASSERT_TRUE(contest.is_on());
  EXPECT_EQ(contest.rivalry().reason, ContestReason::kTwoOthers);
  EXPECT_TRUE(contest.rivalry().other.is_set());
  EXPECT_NE(contest.rivalry().other, contest.rivalry().rival.source);
}

// When the alarm is raised by A, who says 200 every second from `a` on, and B, who says 150 from `b` on.
Instant alarm_of(Contest& contest, Instant a, Instant b, Instant end) {
  while (earlier(a, b) < end) {
    Instant& next = b < a ? b : a;
    if (contest.accept(b < a ? claim(kB, 150) : claim(kA, 200), next)) return next;
    next += kSecond;
  }
  return Instant::never();
}

// Whatever the distance of their phases, and whatever their order.
// FAULT-40
TEST(Contest, ABackupRaisesTwoOthersWithinTwoIntervalsAtEveryPhase) {
  for (int phase = 0; phase < 1000; phase += 5) {
    Contest contest = backup();
    for (int i = -5; i < 0; ++i) contest.accept(claim(kA, 200), kStart + i * kSecond);
    const Instant begin = kStart - 1s + phase * 1ms;  // B's first; A's next is at kStart
    const Instant raised = alarm_of(contest, kStart, begin, begin + 10s);
    EXPECT_LE(raised - begin, 2s) << phase;
  }
}

// A is the better one and answers every claim of B at once, besides its own adverts 0.4 s later: as the simulator found.
TEST(Contest, AnswersOfTheBetterMasterDoNotHideFromABackupThatTheOtherGoesOn) {
  Contest contest = backup();
  bool is_raised = false;
  for (int i = 0; i < 4 && !is_raised; ++i) {
    is_raised = contest.accept(claim(kB, 150), kStart + i * kSecond);
    contest.accept(claim(kA, 200), kStart + i * kSecond + 2ms);
    contest.accept(claim(kA, 200), kStart + i * kSecond + 400ms);
  }
  EXPECT_TRUE(is_raised);
}

// B rose because it missed A's adverts, hears A's answer and gives way: A had nobody to obey.
TEST(Contest, ABackupDoesNotBlameTheBetterMasterForGoingOn) {
  Contest contest = backup();
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(contest.accept(claim(kA, 200), kStart + i * kSecond));
  EXPECT_FALSE(contest.accept(claim(kB, 150), kStart + 3500ms));
  for (int i = 4; i < 9; ++i) EXPECT_FALSE(contest.accept(claim(kA, 200), kStart + i * kSecond));
  EXPECT_FALSE(contest.is_on());
}

TEST(Contest, ABackupClearsItWhenEitherFallsSilent) {
  for (const Address& left : {kA, kB}) {
    Contest contest = backup();
    for (int i = 0; i < 3; ++i) {
      contest.accept(claim(kA, 200), kStart + i * kSecond);
      contest.accept(claim(kB, 150), kStart + i * kSecond + 400ms);
    }
    ASSERT_TRUE(contest.is_on());
    int turns = 0;
    for (int i = 3; i < 20; ++i) {
      const Instant at = kStart + i * kSecond + 700ms;
      if (contest.accept(claim(left, 200), at)) ++turns;
    }
    EXPECT_EQ(turns, 1);
    EXPECT_FALSE(contest.is_on());
  }
}

// B is master; A preempts at 0.5 s. B's advert under way and his last word arrive after A's first.
TEST(Contest, AHandOverSeenByAThirdRouterIsNone) {
  for (int crossing = -3; crossing <= 30; ++crossing) {
    Contest contest = backup();
    for (int i = -10; i <= 0; ++i) contest.accept(claim(kB, 90), kStart + i * kSecond);
    std::vector<std::pair<Instant, Claim>> heard{{kStart + 500ms, claim(kA, 200)},
                                                 {kStart + 500ms + crossing * 1ms, claim(kB, 90)},
                                                 {kStart + 502ms + crossing * 1ms, claim(kB, 90)}};
    for (int i = 1; i < 10; ++i) heard.push_back({kStart + 500ms + i * kSecond, claim(kA, 200)});
    std::stable_sort(heard.begin(), heard.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [at, said] : heard) EXPECT_FALSE(contest.accept(said, at)) << crossing;
  }
}

// A died just before C, whom we do not accept, spoke for the first time.
TEST(Contest, TwoWhoOnlyFollowEachOtherAreNone) {
  Contest contest = backup();
  contest.accept(claim(kA, 200, 3s), kStart);
  contest.reject(claim(kC, 150, 3s), Drop::kAuthFailed, kStart + 300ms);
  EXPECT_FALSE(contest.reject(claim(kC, 150, 3s), Drop::kAuthFailed, kStart + 3300ms));
}

// From any moment on, whatever the phases and intervals, who hears two masters knows of them within two intervals and a quarter.
// FAULT-40
TEST(Contest, ABackupThatBeginsToListenAtAnyMomentIsToldWithinTwoIntervalsAndAQuarter) {
  for (const int a_ms : {100, 900, 1000})
    for (const int b_ms : {100, 700, 900, 1000})
      for (int a_phase = 1; a_phase <= a_ms; a_phase += 13)
        for (int b_phase = 1; b_phase <= b_ms; b_phase += 17) {
          const Duration every_a = a_ms * 1ms, every_b = b_ms * 1ms;
          const Duration slower = std::max(every_a, every_b);
          Contest contest;
          contest.stand(false, kSecond, kStart);
          Instant a = kStart + a_phase * 1ms, b = kStart + b_phase * 1ms;
          Instant raised = Instant::never();
          while (raised.is_never() && earlier(a, b) < kStart + 10s) {
            const bool is_a = a <= b;
            Instant& next = is_a ? a : b;
            if (contest.accept(is_a ? claim(kA, 200, every_a) : claim(kB, 150, every_b), next))
              raised = next;
            next += is_a ? every_a : every_b;
          }
          ASSERT_LE(raised - kStart, slower * 9 / 4)
              << a_ms << ' ' << b_ms << ' ' << a_phase << ' ' << b_phase;
        }
}

// B is master and A rises, but A's first advert is lost: whatever their phases, the alarm comes two intervals and a quarter after it.
// FAULT-40
TEST(Contest, ABackupThatMissedTheBetterOnesRiseIsToldWithinTwoIntervalsAndAQuarterOfIt) {
  for (int phase = 0; phase < 1000; phase += 5) {
    Contest contest = backup();
    for (int i = -5; i < 0; ++i) contest.accept(claim(kB, 150), kStart + phase * 1ms + i * kSecond);
    // A's rise, at kStart, was not heard.
    const Instant raised = alarm_of(contest, kStart + 1s, kStart + phase * 1ms, kStart + 10s);
    EXPECT_LE(raised - kStart, 2250ms) << phase;
  }
}

// A preempts B, who gives way, and says a lower priority right afterwards: whom B's last word was for is not to give way to it.
TEST(Contest, WhoBecomesTheWorseOneIsNotBlamedForTheOtherOnesLastWord) {
  for (const bool goes_on : {false, true}) {
    Contest contest = backup();
    for (int i = -5; i <= 0; ++i) contest.accept(claim(kB, 150), kStart + i * kSecond);
    contest.accept(claim(kA, 200), kStart + 500ms);
    contest.accept(claim(kB, 150), kStart + 502ms);
    bool is_raised = false;
    for (int i = 0; i < 4; ++i) {
      is_raised |= contest.accept(claim(kA, 50), kStart + 520ms + i * kSecond);
      if (goes_on) is_raised |= contest.accept(claim(kB, 150), kStart + 1s + i * kSecond);
    }
    EXPECT_EQ(is_raised, goes_on);
  }
}

// A's clock was put back, and of what it says twice the copy that we could accept is lost; B accepts it. B rises, hears A and gives
// way with a last word.
TEST(Contest, WhoYieldsAtOnceToOneThatWeDoNotAcceptIsNoSecondMaster) {
  for (const bool goes_on : {false, true}) {
    Contest contest = backup();
    bool is_raised = false;
    for (int i = 0; i < 6; ++i) {
      is_raised |= contest.reject(claim(kA, 200), Drop::kReplay, kStart + i * kSecond);
      if (i != 3 && !(goes_on && i > 3)) continue;
      is_raised |= contest.accept(claim(kB, 150), kStart + i * kSecond - 1ms);
      is_raised |= contest.accept(claim(kB, 150), kStart + i * kSecond + 2ms);
      is_raised |= contest.reject(claim(kA, 200), Drop::kReplay, kStart + i * kSecond + 3ms);
    }
    EXPECT_EQ(is_raised, goes_on);
  }
}

}  // namespace
}  // namespace core
