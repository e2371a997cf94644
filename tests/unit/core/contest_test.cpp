#include "tests/unit/core/contest_subject.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

namespace core {
namespace {

using namespace std::chrono_literals;
using base::Drop;

TEST(Contest, IsQuietWhenNobodyClaims) {
  Contest contest = master();
  EXPECT_FALSE(contest.is_on());
  EXPECT_TRUE(contest.deadline().is_never());
  EXPECT_FALSE(contest.advance(kStart + 1h));
}

// He claims at 0.3 s and 1.3 s; our advert of 0.3 s (the answer) lies between, 1 s before the second.
TEST(Contest, AMasterThatIsNotObeyedRaisesItWithTheRivalsSecondClaim) {
  Contest contest = master();
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 300ms));
  contest.spoke(kStart + 300ms);
  contest.spoke(kStart + 1s);
  EXPECT_TRUE(contest.accept(claim(kB, 90), kStart + 1300ms));
  ASSERT_TRUE(contest.is_on());
  const Rivalry rivalry = contest.rivalry();
  EXPECT_EQ(rivalry.reason, ContestReason::kOneWay);
  EXPECT_EQ(rivalry.rival.source, kB);
  EXPECT_EQ(rivalry.rival.priority, Priority{90});
  EXPECT_EQ(rivalry.since, kStart + 1300ms);
  EXPECT_FALSE(rivalry.is_crowd);
  EXPECT_FALSE(rivalry.other.is_set());
}

// Last claim at 1.3 s; three intervals of 1 s later nobody claims.
// FAULT-40
TEST(Contest, IsClearedThreeIntervalsAfterTheLastClaimAndCanComeAgain) {
  Contest contest = master();
  contest.accept(claim(kB, 90), kStart + 300ms);
  contest.spoke(kStart + 300ms);
  contest.accept(claim(kB, 90), kStart + 1300ms);
  EXPECT_EQ(contest.deadline(), kStart + 4300ms);
  EXPECT_FALSE(contest.advance(kStart + 4300ms - 1ns));
  EXPECT_TRUE(contest.is_on());
  EXPECT_TRUE(contest.advance(kStart + 4300ms));
  EXPECT_FALSE(contest.is_on());
  EXPECT_TRUE(contest.deadline().is_never());
  for (int i = 1; i < 10; ++i) contest.spoke(kStart + 300ms + i * kSecond);
  // Anew: one claim is not enough, two are.
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 10s));
  contest.spoke(kStart + 10s);
  EXPECT_TRUE(contest.accept(claim(kB, 90), kStart + 11s));
}

TEST(Contest, EachClaimKeepsItUp) {
  Contest contest = master();
  for (int i = 0; i < 100; ++i) {
    contest.accept(claim(kB, 90), kStart + i * kSecond);
    contest.spoke(kStart + i * kSecond);
  }
  EXPECT_EQ(contest.deadline(), kStart + 102s);
  EXPECT_EQ(contest.rivalry().since, kStart + 1s);
}

// The claim came while nobody looked at the clock: three intervals have passed all the same.
TEST(Contest, AClaimAfterALongSilenceClearsItFirst) {
  Contest contest = master();
  contest.accept(claim(kB, 90), kStart + 300ms);
  contest.spoke(kStart + 300ms);
  contest.accept(claim(kB, 90), kStart + 1300ms);
  EXPECT_TRUE(contest.accept(claim(kB, 90), kStart + 60s));
  EXPECT_FALSE(contest.is_on());
}

// We preempt at 0: his advert under way arrives, his last word before he yields (higher_prio_send_advert) too, and a copy of
// it that a switch held back for 300 ms.
TEST(Contest, AnOrdinaryPreemptionIsNone) {
  Contest contest = master();
  contest.accept(claim(kB, 90), kStart + 1ms);
  contest.spoke(kStart + 1ms);
  contest.accept(claim(kB, 90), kStart + 3ms);
  contest.accept(claim(kB, 90), kStart + 301ms);
  EXPECT_FALSE(contest.is_on());
}

// FAULT-47
TEST(Contest, AnEqualPrioritySettlementIsNone) {
  // Both rose at the same moment; he has the lower address and yields to our answer at 2 ms.
  Contest contest = master();
  contest.accept(claim(kA, 100), kStart + 1ms);
  contest.spoke(kStart + 1ms);
  EXPECT_FALSE(contest.advance(kStart + 10s));
  EXPECT_FALSE(contest.is_on());
}

TEST(Contest, PriorityZeroIsNobodysClaim) {
  Contest contest = master();
  for (int i = 0; i < 10; ++i) {
    contest.accept(claim(kB, 0), kStart + i * kSecond);
    contest.reject(claim(kC, 0), Drop::kAuthFailed, kStart + i * kSecond);
    contest.foreign(claim(kC, 0), kStart + i * kSecond);
    contest.spoke(kStart + i * kSecond);
  }
  EXPECT_FALSE(contest.is_on());
}

// Strays once a minute: none has a second within 2.5 intervals.
TEST(Contest, StrayPacketsAreNone) {
  Contest contest = master();
  for (int i = 0; i < 60; ++i) {
    contest.reject(claim(kB, 200), Drop::kChecksum, kStart + i * 1min);
    contest.accept(claim(kC, 50), kStart + i * 1min + 1s);
    contest.spoke(kStart + i * 1min + 1s);
  }
  EXPECT_FALSE(contest.is_on());
}

// Silent sender, chatty network: a duplicate is not a second claim.
TEST(Contest, ADuplicatedClaimIsOne) {
  Contest contest = master();
  contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 100ms);
  contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 101ms);
  EXPECT_FALSE(contest.is_on());
}

// We slept for ten seconds and he stood in for us: his adverts are read all at once, and he has not heard us since.
TEST(Contest, TheAdvertsReadAfterOurOwnLongSleepAreNone) {
  Contest contest = master();
  for (int i = 3; i < 13; ++i) contest.accept(claim(kB, 90), kStart + i * kSecond);
  EXPECT_FALSE(contest.is_on());
  contest.spoke(kStart + 13s);
  EXPECT_FALSE(contest.advance(kStart + 20s));
}

struct Case {
  Drop drop;
  ContestReason reason;
};

TEST(Contest, NamesWhatIsWrongWithARivalThatIsNotAccepted) {
  const Case cases[] = {
      {Drop::kTtl, ContestReason::kTtl},
      {Drop::kVersion, ContestReason::kVersion},
      {Drop::kChecksum, ContestReason::kChecksum},
      {Drop::kInterval, ContestReason::kInterval},
      {Drop::kAuthType, ContestReason::kAuth},
      {Drop::kAuthMismatch, ContestReason::kAuth},
      {Drop::kAuthFailed, ContestReason::kAuth},
      {Drop::kAuthMissing, ContestReason::kAuth},
      {Drop::kAuthMalformed, ContestReason::kAuth},
      {Drop::kAuthKey, ContestReason::kAuth},
      {Drop::kAuthStale, ContestReason::kAuth},
      {Drop::kReplay, ContestReason::kAuth},
      {Drop::kAddressList, ContestReason::kAddresses},
      {Drop::kNoAddresses, ContestReason::kAddresses},
      {Drop::kMulticast, ContestReason::kDestination},
      {Drop::kNotAPeer, ContestReason::kDestination},
      {Drop::kLength, ContestReason::kLength},
      {Drop::kOwnerIgnores, ContestReason::kOneWay},
  };
  for (const Case& one : cases) {
    Contest contest = master();
    EXPECT_FALSE(contest.reject(claim(kB, 200), one.drop, kStart + 100ms));
    EXPECT_TRUE(contest.reject(claim(kB, 200), one.drop, kStart + 1100ms)) << to_string(one.drop);
    EXPECT_EQ(contest.rivalry().reason, one.reason);
    EXPECT_EQ(contest.rivalry().drop, one.drop);
    EXPECT_EQ(contest.rivalry().rival.source, kB);
  }
}

TEST(Contest, DropsThatSayNothingOfASecondMasterRaiseNothing) {
  for (const Drop drop : {Drop::kType, Drop::kUnknownVrid, Drop::kOwnPacket, Drop::kNotListening,
                          Drop::kRateLimited, Drop::kQueueFull}) {
    Contest contest = master();
    for (int i = 0; i < 100; ++i) contest.reject(claim(kB, 200), drop, kStart + i * kSecond);
    EXPECT_FALSE(contest.is_on()) << to_string(drop);
  }
}

TEST(Contest, OurAddressesUnderAnotherVridAreARival) {
  Contest contest = master();
  EXPECT_FALSE(contest.foreign(claim(kB, 100), kStart + 100ms));
  EXPECT_TRUE(contest.foreign(claim(kB, 100), kStart + 1100ms));
  EXPECT_EQ(contest.rivalry().reason, ContestReason::kVrid);
}

// He was there before us, unheeded: the first claim after we rose is his second.
TEST(Contest, ARivalWeNeverAcceptedIsKnownWithinAnIntervalOfOurRise) {
  Contest contest = backup();
  for (int i = 0; i < 4; ++i)
    contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + i * kSecond);
  EXPECT_FALSE(contest.is_on());  // he is the only master there is
  EXPECT_FALSE(contest.stand(true, kSecond, kStart + 3600ms));
  contest.spoke(kStart + 3600ms);
  EXPECT_TRUE(contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 4s));
}

// A clock that was put right makes A send each advert twice; the second copy is dropped.
TEST(Contest, ADroppedCopyOfAnAcceptedAdvertMakesNoRival) {
  Contest contest = backup();
  contest.accept(claim(kB, 150), kStart);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(contest.accept(claim(kA, 200), kStart + 10ms + i * kSecond));
    EXPECT_FALSE(contest.reject(claim(kA, 200), Drop::kReplay, kStart + 10ms + i * kSecond));
  }
}

// A switch held a copy of B's last advert back for 300 ms; B has spoken for hours, so its first claim is long past.
TEST(Contest, ACopyOfAnOldMastersLastAdvertIsNone) {
  Contest contest = backup();
  for (int i = -3600; i <= 0; ++i) contest.accept(claim(kB, 90), kStart + i * kSecond);
  contest.accept(claim(kA, 200), kStart + 100ms);
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 300ms));
  for (int i = 1; i < 10; ++i)
    EXPECT_FALSE(contest.accept(claim(kA, 200), kStart + 100ms + i * kSecond));
}

// A died at 0. C, whom we do not accept, rises meanwhile and speaks at 1.9 and 2.9 s: one master.
TEST(Contest, WhoIsNotAcceptedIsNoRivalOfOneWhoIsDead) {
  Contest contest = backup();
  for (int i = -3; i <= 0; ++i) contest.accept(claim(kA, 200), kStart + i * kSecond);
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(contest.reject(claim(kC, 150), Drop::kAuthFailed, kStart + 1900ms + i * kSecond));
}

// We rise at 3.6 s; his advert of 3.601 s had left before ours was there to be heard.
TEST(Contest, AClaimThatCrossesOurFirstAdvertIsNotCountedAgainstIt) {
  Contest contest = backup();
  for (int i = 0; i < 3; ++i)
    contest.reject(claim(kB, 200), Drop::kNotAPeer, kStart + 601ms + i * kSecond);
  contest.stand(true, kSecond, kStart + 3600ms);
  contest.spoke(kStart + 3600ms);
  EXPECT_FALSE(contest.reject(claim(kB, 200), Drop::kNotAPeer, kStart + 3601ms));
  EXPECT_TRUE(contest.reject(claim(kB, 200), Drop::kNotAPeer, kStart + 4601ms));
}

// Two strays of two sources within an interval of each other are no crowd.
TEST(Contest, AFewStraysOfManySourcesAreNone) {
  Contest contest = master();
  for (int i = 0; i < 8; ++i)
    EXPECT_FALSE(contest.reject(claim(Address::v4(10, 0, 0, static_cast<std::uint8_t>(i)), 200),
                                Drop::kTtl, kStart + 100ms + i * kSecond));
}

// He says 1 s, and every other advert of his is lost: at 0, 2, 4 s. Three of the intervals that he keeps are six seconds.
TEST(Contest, IsClearedByTheIntervalsARivalKeepsNotByThoseHeClaims) {
  Contest contest = master();
  for (int i = 0; i < 3; ++i)
    contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 100ms + i * 2s);
  EXPECT_EQ(contest.deadline(), kStart + 10100ms);
}

TEST(Contest, TheRivalShownIsNotTakenOverByOneWhoWasHeardBeforeHim) {
  Contest contest = master();
  contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 100ms);
  contest.reject(claim(kC, 200), Drop::kTtl, kStart + 200ms);
  contest.reject(claim(kC, 200), Drop::kTtl, kStart + 1200ms);
  EXPECT_EQ(contest.rivalry().rival.source, kC);
  contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 1300ms);
  EXPECT_EQ(contest.rivalry().rival.source, kC);
}

// The table holds eight. An old peer's first, seven others: the ninth is written down in place of one of the seven.
TEST(Contest, AnOldPeersClaimKeepsItsPlaceAndBlocksNobodyElse) {
  Contest contest = backup();
  contest.accept(claim(kA, 200), kStart);
  contest.stand(true, kSecond, kStart + 4s);
  contest.spoke(kStart + 4s);
  const Instant at = kStart + 5s;
  contest.reject(claim(kA, 200), Drop::kAuthFailed, at);
  for (std::uint8_t i = 0; i < 7; ++i)
    contest.reject(claim(Address::v4(10, 0, 0, i), 200), Drop::kAuthFailed, at + 1ms);
  contest.reject(claim(kB, 200), Drop::kTtl, at + 10ms);
  EXPECT_TRUE(contest.reject(claim(kB, 200), Drop::kTtl, at + 1010ms));
  EXPECT_EQ(contest.rivalry().rival.source, kB);
  contest.reject(claim(kA, 200), Drop::kAuthFailed, at + 1050ms);
  EXPECT_TRUE(contest.advance(at + 4010ms));  // B is silent; A's second claim was his second
  EXPECT_EQ(contest.rivalry().rival.source, kA);
}

// A preempts B and leaves at once: B is back after its skew.
TEST(Contest, AMasterThatLeavesWithPriorityZeroWasNoRival) {
  Contest contest = backup();
  for (int i = -3; i <= 0; ++i) contest.accept(claim(kB, 90), kStart + i * kSecond);
  contest.accept(claim(kA, 200), kStart + 200ms);
  contest.accept(claim(kA, 0), kStart + 400ms);
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 1050ms + i * kSecond));
}

// A preempts B and crashes: B is back after three intervals and the skew.
TEST(Contest, ATakeoverAfterACrashIsNone) {
  Contest contest = backup();
  for (int i = -3; i <= 0; ++i) contest.accept(claim(kB, 90), kStart + i * kSecond);
  contest.accept(claim(kA, 200), kStart + 200ms);
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 3850ms + i * kSecond));
}

TEST(Contest, EndsWhenWeStopBeingMaster) {
  Contest contest = master();
  contest.reject(claim(kB, 200), Drop::kTtl, kStart + 100ms);
  contest.reject(claim(kB, 200), Drop::kTtl, kStart + 1100ms);
  EXPECT_TRUE(contest.stand(false, kSecond, kStart + 1500ms));
  EXPECT_FALSE(contest.is_on());
  EXPECT_FALSE(contest.reject(claim(kB, 200), Drop::kTtl, kStart + 2100ms));  // he is the only one
}

TEST(Contest, StaysWithTheRivalShownAndGoesOverToTheNextWhenHeIsSilent) {
  Contest contest = master();
  for (int i = 0; i < 5; ++i) {
    const Instant at = kStart + i * kSecond;
    if (i < 3) contest.reject(claim(kB, 200), Drop::kAuthFailed, at + 100ms);
    contest.reject(claim(kC, 220), Drop::kChecksum, at + 200ms);
  }
  EXPECT_EQ(contest.rivalry().rival.source, kB);
  EXPECT_EQ(contest.deadline(), kStart + 5100ms);  // B's last at 2.1 s
  EXPECT_TRUE(contest.advance(kStart + 5100ms));   // still on: C
  EXPECT_EQ(contest.rivalry().rival.source, kC);
  EXPECT_EQ(contest.rivalry().reason, ContestReason::kChecksum);
  EXPECT_TRUE(contest.advance(kStart + 7200ms));
}

// A liar says 10 ms and sends two packets every four seconds: on for three of OUR intervals, so at most once in them.
TEST(Contest, ShortIntervalsInALiarsPacketsDoNotMakeItBlink) {
  Contest contest = master();
  std::vector<Instant> turned;
  for (int i = 0; i < 400'000; ++i) {
    const Instant now = kStart + i * 1ms;
    const bool speaks = i % 100 < 2 && i / 100 % 40 < 1;
    if (i % 1000 == 0) contest.spoke(now);
    bool turns = contest.advance(now);
    if (speaks)
      turns |= contest.reject(claim(kB, 200, 10ms), Drop::kAuthFailed, now + i % 100 * 10ms);
    if (turns) turned.push_back(now);
  }
  ASSERT_GT(turned.size(), 10U);
  for (std::size_t i = 2; i < turned.size(); ++i) EXPECT_GE(turned[i] - turned[i - 2], 3s);
}

// He is wrong in one way, an attacker in his name in another: what is shown is what is seen now.
TEST(Contest, TheReasonShownIsTheOneThatIsStillSeen) {
  Contest contest = master();
  for (int i = 0; i < 3; ++i) {
    const Instant at = kStart + i * kSecond;
    contest.spoke(at);
    contest.reject(claim(kB, 200), Drop::kChecksum, at + 100ms);
    contest.foreign(claim(kB, 200), at + 200ms);
  }
  EXPECT_EQ(contest.rivalry().reason, ContestReason::kChecksum);
  // The last bad checksum at 2.1 s: 1.5 intervals later it is a thing of the past.
  EXPECT_FALSE(contest.foreign(claim(kB, 200), kStart + 3200ms));
  EXPECT_TRUE(contest.foreign(claim(kB, 200), kStart + 4200ms));
  EXPECT_EQ(contest.rivalry().reason, ContestReason::kVrid);
  EXPECT_EQ(contest.rivalry().since, kStart + 1200ms);
}

// One bit of his interval was bent on the way: he says 129 s, and keeps 1 s.
TEST(Contest, ABentIntervalDoesNotHoldTheAlarmForMinutes) {
  Contest contest = master();
  contest.reject(claim(kB, 200, 129s), Drop::kChecksum, kStart + 100ms);
  EXPECT_TRUE(contest.reject(claim(kB, 200, 129s), Drop::kChecksum, kStart + 1100ms));
  EXPECT_EQ(contest.deadline(), kStart + 4100ms);
}

// The first of his claims was bent and believed for a while: the pause after it is none of his.
TEST(Contest, APauseFromWhenMoreWasBelievedDoesNotHoldTheAlarm) {
  Contest contest = master();
  contest.reject(claim(kB, 200, 34s), Drop::kChecksum, kStart + 100ms);
  EXPECT_TRUE(contest.reject(claim(kB, 200), Drop::kChecksum, kStart + 20100ms));
  // Two and a half of his intervals three times over, and not 20 s.
  EXPECT_EQ(contest.deadline(), kStart + 27600ms);
}

// Each of them claims for a moment and gives way: they can be told apart, and are no crowd.
TEST(Contest, AFewThatEachGiveWayAtOnceAreNoCrowd) {
  Contest contest = master();
  for (int i = 0; i < 9; ++i) {
    const Address& source = i < 3 ? kA : i < 6 ? kB : kC;
    contest.spoke(kStart + i / 3 * 400ms + 60ms);
    EXPECT_FALSE(contest.accept(claim(source, 90), kStart + i / 3 * 400ms + (61 + i % 3) * 1ms));
  }
}

// Twice the same bit, far apart: he would say 34 s with a bad checksum, and says 1 s under another VRID all the time.
TEST(Contest, ABentIntervalDoesNotHideWhatIsWrongWithARival) {
  Contest contest = master();
  for (int i = 0; i < 50; ++i) {
    const Instant at = kStart + i * kSecond;
    contest.spoke(at);
    if (i == 5 || i == 40) contest.reject(claim(kB, 200, 34s), Drop::kChecksum, at + 100ms);
    if (i < 5 || i > 40) contest.foreign(claim(kB, 200), at + 200ms);
    if (i == 40) {
      EXPECT_EQ(contest.rivalry().reason, ContestReason::kChecksum);
    }
    // The bad one at 40.1 s: 1.5 of the shorter intervals later it is a thing of the past.
    if (i >= 42) {
      EXPECT_EQ(contest.rivalry().reason, ContestReason::kVrid);
    }
  }
}

// His adverts were sent twenty seconds ago, and are read now, ten at a time: there is no telling what he does today. Their
// interval of 0 belongs to version 2, where it is none.
TEST(Contest, WhatIsReadLongAfterwardsIsNoAlarm) {
  Contest contest = master();
  int turns = 0;
  for (int i = 0; i < 300; ++i) {
    const Instant sent = kStart + i * 50ms;
    turns += contest.reject(claim(kB, 200, 0s), Drop::kVersion, sent) ? 1 : 0;
    if (i % 10 == 9) turns += contest.advance(kStart + 20s + i * 1ms) ? 1 : 0;
  }
  // The first ten are read before anybody looks at the clock: raised with them, over when it is looked at.
  EXPECT_LE(turns, 2);
  EXPECT_FALSE(contest.is_on());
}

// Two seconds late, it is still true: raised once, and not at every turn.
TEST(Contest, WhatIsReadALittleLateIsOneAlarm) {
  Contest contest = master();
  int turns = 0;
  for (int i = 0; i < 4000; ++i) {
    const Instant sent = kStart + i * 5ms;
    turns += contest.reject(claim(kB, 200, 0s), Drop::kVersion, sent) ? 1 : 0;
    turns += contest.advance(sent + 2s) ? 1 : 0;
  }
  EXPECT_EQ(turns, 1);
  EXPECT_TRUE(contest.is_on());
}

// A's advert and its priority 0 overtook each other on the way.
TEST(Contest, WhatWasSaidBeforePriorityZeroAndComesAfterItIsNoClaim) {
  Contest contest = backup();
  contest.accept(claim(kB, 90), kStart);
  contest.accept(claim(kA, 0), kStart + 100ms);
  contest.accept(claim(kA, 200), kStart + 101ms);
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 500ms + i * kSecond));
}

// R rises as master for a moment and gives way at once: what it knew of the others it still knows.
TEST(Contest, AMomentAsMasterForgetsNobody) {
  Contest contest = backup();
  for (int i = 0; i < 3; ++i) {
    contest.accept(claim(kA, 200), kStart + i * kSecond);
    contest.accept(claim(kB, 150), kStart + i * kSecond + 400ms);
  }
  ASSERT_TRUE(contest.is_on());
  contest.stand(true, kSecond, kStart + 2800ms);
  contest.spoke(kStart + 2800ms);
  contest.stand(false, kSecond, kStart + 2801ms);
  contest.accept(claim(kA, 200), kStart + 3s);
  EXPECT_TRUE(contest.accept(claim(kB, 150), kStart + 3400ms));
  EXPECT_EQ(contest.rivalry().reason, ContestReason::kTwoOthers);
}

// Both lost for a while, one longer than three intervals: the alarm ends, and is back with the next claim of the other.
TEST(Contest, OneOfTwoThatIsHeardAgainIsKnownAtOnce) {
  Contest contest = backup();
  for (int i = 0; i < 3; ++i) {
    contest.accept(claim(kA, 200), kStart + i * kSecond);
    contest.reject(claim(kC, 150), Drop::kAuthFailed, kStart + i * kSecond + 400ms);
  }
  ASSERT_TRUE(contest.is_on());
  for (int i = 3; i < 6; ++i)
    contest.reject(claim(kC, 150), Drop::kAuthFailed, kStart + i * kSecond + 400ms);
  ASSERT_FALSE(contest.is_on());  // A's last at 2 s
  EXPECT_FALSE(contest.accept(claim(kA, 200), kStart + 6s));
  EXPECT_TRUE(contest.reject(claim(kC, 150), Drop::kAuthFailed, kStart + 6400ms));
}

// We preempt B, which sleeps over its advert and says it 300 ms later, before it hears us.
TEST(Contest, ALateLastWordIsNone) {
  Contest contest = backup();
  for (int i = 0; i < 5; ++i) contest.accept(claim(kB, 90), kStart + i * kSecond);
  contest.stand(true, kSecond, kStart + 4900ms);
  contest.spoke(kStart + 4900ms);
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 5200ms));
  contest.spoke(kStart + 5201ms);
  // That was no last word.
  EXPECT_TRUE(contest.accept(claim(kB, 90), kStart + 6200ms));
}

// He claims ten times while we sleep, enough for a crowd of one; what he says after our first word he may say in good faith.
TEST(Contest, TheLastWordOfWhoStoodInForASleepingMasterIsNone) {
  Contest contest = master();
  for (int i = 0; i < 10; ++i) contest.accept(claim(kB, 90), kStart + 4s + i * kSecond);
  contest.spoke(kStart + 13200ms);
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 13900ms));
  contest.spoke(kStart + 13901ms);
  EXPECT_TRUE(contest.accept(claim(kB, 90), kStart + 14900ms));
}

// He rose between two adverts of ours; the first one he hears is an answer, and he gives way with a word.
TEST(Contest, TheLastWordOfWhoHeardUsForTheFirstTimeIsNone) {
  Contest contest = master();
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 120ms));
  contest.spoke(kStart + 900ms);
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 902ms));
  contest.spoke(kStart + 903ms);
  // That was no last word.
  EXPECT_TRUE(contest.accept(claim(kB, 90), kStart + 1902ms));
}

// The same after a short sleep: our advert is late by less than the quarter after which peers may have stood in, and one did.
TEST(Contest, TheLastWordOfWhoStoodInForAMasterThatIsALittleLateIsNone) {
  Contest contest = master();
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 100ms));
  contest.spoke(kStart + 1160ms);
  EXPECT_FALSE(contest.accept(claim(kB, 90), kStart + 1162ms));
  contest.spoke(kStart + 1163ms);
  contest.spoke(kStart + 2160ms);
  // That was no last word.
  EXPECT_TRUE(contest.accept(claim(kB, 90), kStart + 2162ms));
}

Address made_up(std::mt19937& random) {
  const auto bits = static_cast<std::uint32_t>(random());
  return Address::v4(10, static_cast<std::uint8_t>(bits >> 16),
                     static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits));
}

// 20,000 made-up sources a second, unaccepted, for ten seconds.
TEST(Contest, AFloodOfMadeUpSourcesDoesNotTakeTheRivalOffTheScreenOrBlink) {
  std::mt19937 random{7};
  Contest contest = master();
  contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 100ms);
  contest.reject(claim(kB, 200), Drop::kAuthFailed, kStart + 1100ms);
  ASSERT_TRUE(contest.is_on());
  int turns = 0;
  for (int i = 1; i < 200'000; ++i) {
    const Instant at = kStart + 1100ms + i * 50us;
    turns += contest.reject(claim(made_up(random), 255), Drop::kAuthFailed, at) ? 1 : 0;
    if (i % 20'000 == 0) turns += contest.reject(claim(kB, 200), Drop::kAuthFailed, at) ? 1 : 0;
    EXPECT_EQ(contest.rivalry().rival.source, kB);
  }
  EXPECT_EQ(turns, 0);
}

// The flood comes first: the condition is on (somebody claims all the time), as a crowd; and a rival that had been accepted
// before his key changed is named all the same.
TEST(Contest, AFloodHidesNoRivalThatWasAcceptedBefore) {
  std::mt19937 random{8};
  Contest contest = backup();
  contest.accept(claim(kB, 200), kStart);
  contest.stand(true, kSecond, kStart + 4s);
  contest.spoke(kStart + 4s);
  Instant raised = Instant::never();
  for (int i = 0; i < 100'000; ++i) {
    const Instant at = kStart + 5s + i * 50us;
    if (contest.reject(claim(made_up(random), 255), Drop::kAuthFailed, at)) {
      raised = at;
      EXPECT_TRUE(contest.rivalry().is_crowd);
    }
    if (i % 20'000 == 19'999) {
      contest.reject(claim(kB, 200), Drop::kAuthFailed, at);
      if (i > 20'000) {
        EXPECT_EQ(contest.rivalry().rival.source, kB);
      }
    }
  }
  EXPECT_LE(raised - (kStart + 5s), 1s);
  EXPECT_FALSE(contest.rivalry().is_crowd);
}

}  // namespace
}  // namespace core
