// RFC 9568 6.4.2, RFC 3768 6.4.2.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

// RFC9568-6.4.2-7a positive, RFC9568-6.4.2-7e positive, RFC3768-6.4.2-5 positive
TEST(Backup, TakesOverAfterThreeIntervalsAndTheSkewOfSilence) {
  Subject subject = backup();
  EXPECT_EQ(subject.hear(200), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
  EXPECT_EQ(subject.after(kDown100 - 1ns), List{});
  EXPECT_EQ(subject.after(1ns),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(200, kDown100))}));
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(Backup, NamesNoPeerWhenNobodyWasEverHeard) {
  Subject subject = backup();
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

TEST(Backup, OwnLatenessIsPartOfTheEvidence) {
  Subject subject = backup();
  (void)subject.hear(200);
  EXPECT_EQ(subject.after(kDown100 + 3ms),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence,
                          peer(200, kDown100 + 3ms, kPeer, 3ms))}));
}

// RFC9568-6.4.2-9c positive, RFC3768-6.4.2-7 positive
TEST(Backup, AnAdvertOfHigherOrEqualPriorityRearmsTheTimer) {
  for (const int priority : {100, 101, 255}) {
    Subject subject = backup();
    subject.now += 2s;
    EXPECT_EQ(subject.hear(priority), List{});
    EXPECT_EQ(subject.due_in(), kDown100) << priority;
  }
}

// RFC9568-6.4.2-p1 positive: the address does not matter to a backup.
TEST(Backup, AnEqualPriorityFromALowerAddressIsObeyed) {
  Subject subject = backup();
  subject.now += 2s;
  (void)subject.hear(100, kLower);
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Backup, SilenceIsCountedFromTheKernelsStampNotFromTheTurn) {
  Subject subject = backup();
  subject.now += 2s;
  EXPECT_EQ(subject.tell(Heard{subject.advert(200, kPeer, 1s), subject.now - 400ms}), List{});
  EXPECT_EQ(subject.due_in(), kDown100 - 400ms);
  EXPECT_EQ(subject.tell(Heard{subject.advert(0, kPeer, 1s), subject.now - 100ms}), List{});
  EXPECT_EQ(subject.due_in(), kSkew100 - 100ms);
}

// RFC9568-6.4.2-10 positive, RFC3768-6.4.2-8 positive
TEST(Backup, ALowerPriorityIsDiscardedAndTheTimerRunsOn) {
  Subject subject = backup();
  subject.now += 2s;
  EXPECT_EQ(subject.hear(99), List{});
  EXPECT_EQ(subject.due_in(), kDown100 - 2s);
}

TEST(Backup, ALowerMasterStillHeardIsPreempted) {
  Subject subject = backup();
  (void)subject.hear(99);
  subject.now += 3s;
  (void)subject.hear(99);
  // 0.609375 s after its last advert.
  EXPECT_EQ(subject.after(kSkew100), (List{install()}));
  EXPECT_EQ(
      subject.installed(),
      (List{send(100), announce(),
            changed(State::kBackup, State::kMaster, Cause::kPreemption, peer(99, kSkew100))}));
}

TEST(Backup, ALowerMasterGoneForMoreThanTwoAdvertsWasSilentNotPreempted) {
  Subject subject = backup();
  (void)subject.hear(99);
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(99, kDown100))}));
}

// RFC9568-6.4.2-9a positive
TEST(Backup, WithoutPreemptionALowerPriorityIsObeyed) {
  Router router = v2_router();
  router.preempt = false;
  Subject subject = backup(router);
  subject.now += 2s;
  (void)subject.hear(1);
  EXPECT_EQ(subject.due_in(), kDown100);
}

// RFC9568-6.1-p11 positive
TEST(Backup, AnOwnerPreemptsWhateverPreemptSays) {
  Router router = v2_router(255);
  router.preempt = false;
  router.needs_permit = true;
  Subject subject{router};
  (void)subject.start();
  (void)subject.release(Hold::kPermit);
  EXPECT_EQ(subject.due_in(), 3'003'906'250ns);  // kept: 3 s + 1/256 s
  subject.now += 1s;
  (void)subject.hear(254);
  EXPECT_EQ(subject.due_in(), 2'003'906'250ns);
}

// RFC9568-6.4.2-8 positive, RFC3768-6.4.2-6 positive
TEST(Backup, PriorityZeroLeavesOnlyTheSkewToWait) {
  Subject subject = backup();
  (void)subject.hear(200);
  subject.now += 500ms;
  EXPECT_EQ(subject.hear(0), List{});
  EXPECT_EQ(subject.due_in(), kSkew100);
  EXPECT_EQ(subject.after(kSkew100), (List{send(100), install(),
                                           changed(State::kBackup, State::kMaster,
                                                   Cause::kPriorityZeroHeard, peer(0, kSkew100))}));
}

// RFC9568-6.4.2-8 negative: the test for zero comes before any about preemption.
TEST(Backup, PriorityZeroIsNoLowerPriority) {
  Router router = v2_router();
  router.preempt_delay = 300s;
  Subject subject = backup(router);
  (void)subject.hear(0);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(Backup, AnotherHeirThatSpeaksAfterPriorityZeroIsObeyed) {
  Subject subject = backup();
  (void)subject.hear(0);
  subject.now += 300ms;
  (void)subject.hear(150, kLower);
  EXPECT_EQ(subject.due_in(), kDown100);
  EXPECT_EQ(subject->master(), kLower);
}

// RFC9568-6.4.2-9a positive, -9b positive
TEST(BackupV3, FollowsTheMastersIntervalInDownIntervalAndSkew) {
  Subject subject = backup(v3_router());
  (void)subject.hear(200, kPeer, 2s);
  EXPECT_EQ(subject->master_interval(), 2s);
  EXPECT_EQ(subject.due_in(), 7'218'750'000ns);  // 3 x 2 s + 156/256 x 2 s
}

// B7: a learned interval is believed up to three times our own.
TEST(BackupV3, CapsALearnedInterval) {
  Subject subject = backup(v3_router());
  (void)subject.hear(200, kPeer, 40950ms);
  EXPECT_EQ(subject->master_interval(), 3s);
  EXPECT_EQ(subject.due_in(), 10'828'125'000ns);  // 9 s + 156/256 x 3 s
}

// RFC9568-6.4.2-8 positive: priority 0 leaves the learned interval alone.
TEST(BackupV3, PriorityZeroDoesNotTeachAnInterval) {
  Subject subject = backup(v3_router());
  (void)subject.hear(200, kPeer, 2s);
  (void)subject.hear(0, kPeer, 100ms);
  EXPECT_EQ(subject->master_interval(), 2s);
  EXPECT_EQ(subject.due_in(), 1'218'750'000ns);  // 156/256 x 2 s
}

TEST(BackupV3, ADiscardedAdvertDoesNotTeachAnInterval) {
  Subject subject = backup(v3_router());
  (void)subject.hear(99, kPeer, 2s);
  EXPECT_EQ(subject->master_interval(), 1s);
  EXPECT_EQ(subject.due_in(), kDown100);
}

// RFC9568-6.4.2-7e positive
TEST(BackupV3, BecomingMasterRestoresTheOwnInterval) {
  Subject subject = backup(v3_router());
  (void)subject.hear(200, kPeer, 2s);
  (void)subject.after(subject.due_in());
  EXPECT_EQ(subject->state(), State::kMaster);
  EXPECT_EQ(subject->master_interval(), 1s);
  EXPECT_EQ(subject.due_in(), 1s);
}

// RFC3768-6.1-p3 differs: with our own interval a slower master would be pushed aside again and again.
// FAULT-56
TEST(BackupV2, LearnsTheIntervalOfItsMasterUpToTheCap) {
  Subject subject = backup(v2_router());
  (void)subject.hear(200, kPeer, 2s);
  EXPECT_EQ(subject->master_interval(), 2s);
  EXPECT_EQ(subject.due_in(), 6'609'375'000ns);  // 3 x 2 s + 156/256 s, not of an interval
  (void)subject.hear(200, kPeer, 5s);
  EXPECT_EQ(subject->master_interval(), 3s);
  EXPECT_EQ(subject.due_in(), 9'609'375'000ns);  // 3 x 3 s + 156/256 s
}

// --- preemption delay ---

Router delaying(Duration delay) {
  Router router = v2_router();
  router.preempt_delay = delay;
  return router;
}

TEST(PreemptDelay, BeginsAtTheFirstLowerAdvertAndObeysThatMasterWhileItRuns) {
  Subject subject = backup(delaying(10s));
  subject.now += 1s;
  for (int second = 0; second < 10; ++second) {
    (void)subject.hear(99);
    EXPECT_EQ(subject.due_in(), kDown100) << second;
    subject.now += 1s;
  }
  // Ten seconds after the first: from now on discarded.
  (void)subject.hear(99);
  EXPECT_EQ(subject.due_in(), kDown100 - 1s);
}

TEST(PreemptDelay, IsCancelledByAnEqualOrHigherPriority) {
  Subject subject = backup(delaying(2s));
  (void)subject.hear(99);
  subject.now += 1s;
  (void)subject.hear(100);
  subject.now += 5s;
  (void)subject.hear(99);  // begins anew
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(PreemptDelay, DoesNotDelayATakeoverFromNobody) {
  Subject subject = backup(delaying(300s));
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

TEST(PreemptDelay, DoesNotDelayATakeoverFromALowerMasterThatDies) {
  Subject subject = backup(delaying(300s));
  (void)subject.hear(99);
  EXPECT_EQ(subject.due_in(), kDown100);
}

// --- tracking ---

TEST(BackupTracking, APriorityChangeShiftsTheRunningExpiryByTheDifferenceOfTheDownIntervals) {
  Router router = v2_router();
  router.trackers = {Tracker{.weight = 50}};
  Subject subject = backup(router);
  (void)subject.hear(200);
  subject.now += 1s;
  EXPECT_EQ(subject.report(0, true), List{});
  EXPECT_EQ(subject->effective_priority(), Priority{150});
  // 3 s + 106/256 s = 3.4140625 s after the advert, one of which has passed.
  EXPECT_EQ(subject.due_in(), 2'414'062'500ns);
  EXPECT_EQ(subject.report(0, false), List{});
  EXPECT_EQ(subject.due_in(), kDown100 - 1s);
}

TEST(BackupTracking, AFailedUnweightedCheckIsAFault) {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  Subject subject{router};
  (void)subject.start();
  (void)subject.report(0, true);
  EXPECT_EQ(subject.report(0, false),
            (List{changed(State::kBackup, State::kFault, Cause::kScriptFailed, script(0))}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

// --- link, stop ---

TEST(Backup, AnUnusableLinkIsAFault) {
  Subject subject = backup();
  EXPECT_EQ(subject.lose_link(Cause::kAddressMissing),
            (List{changed(State::kBackup, State::kFault, Cause::kAddressMissing)}));
}

TEST(Backup, AnotherSourceAddressIsTakenNoteOf) {
  Subject subject = backup();
  EXPECT_EQ(subject.tell(LinkChanged{true, Cause::kLinkDown, kLower}), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

// RFC9568-6.4.2-6 positive, RFC3768-6.4.2-4 positive
TEST(Backup, StopsWithoutAWord) {
  Subject subject = backup();
  EXPECT_EQ(subject.stop(), (List{changed(State::kBackup, State::kStopped, Cause::kStop)}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Backup, LateAnswersAboutAddressesMeanNothing) {
  Subject subject = backup();
  EXPECT_EQ(subject.tell(AddressesInstalled{}), List{});
  EXPECT_EQ(subject.tell(AddressRefused{99}), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

// --- holds ---

TEST(Hold, ABackupNeverRisesWhileHeld) {
  Subject subject = backup();
  EXPECT_EQ(subject.hold(Hold::kMaintenance, 1000), List{});
  EXPECT_TRUE(subject.waits_for_nothing());
  EXPECT_EQ(subject.after(1h), List{});
  EXPECT_EQ(subject->state(), State::kBackup);
}

TEST(Hold, WithoutPermitABackupWaitsForItFromTheStart) {
  Router router = v2_router();
  router.needs_permit = true;
  Subject subject = backup(router);
  EXPECT_EQ(subject->holds(), static_cast<std::uint8_t>(Hold::kPermit));
  EXPECT_EQ(subject.after(1h), List{});
}

TEST(Hold, AReleaseKeepsATimerThatStillRuns) {
  Subject subject = backup();
  (void)subject.hold(Hold::kMaintenance);
  subject.now += 2s;
  EXPECT_EQ(subject.release(Hold::kMaintenance), List{});
  EXPECT_EQ(subject.due_in(), kDown100 - 2s);
}

TEST(Hold, AReleaseAfterTheTimerRanOutLeavesOnlyTheSkew) {
  Subject subject = backup();
  (void)subject.hold(Hold::kMaintenance);
  subject.now += 1h;
  EXPECT_EQ(subject.release(Hold::kMaintenance), List{});
  EXPECT_EQ(subject.due_in(), kSkew100);
  EXPECT_EQ(subject.after(kSkew100),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

TEST(Hold, AReleaseUnderALowerMasterPreemptsItAfterTheSkew) {
  Subject subject = backup();
  (void)subject.hold(Hold::kPermit);
  for (int second = 0; second < 10; ++second) {
    (void)subject.hear(50);
    subject.now += 1s;
  }
  (void)subject.release(Hold::kPermit);
  EXPECT_EQ(subject.after(kSkew100), (List{install()}));
  EXPECT_EQ(
      subject.installed(),
      (List{send(100), announce(),
            changed(State::kBackup, State::kMaster, Cause::kPreemption, peer(50, 1s + kSkew100))}));
}

TEST(Hold, AReleaseUnderABetterMasterWaitsForItsSilence) {
  Subject subject = backup();
  (void)subject.hold(Hold::kPermit);
  for (int second = 0; second < 10; ++second) {
    (void)subject.hear(200);
    subject.now += 1s;
  }
  (void)subject.release(Hold::kPermit);
  EXPECT_EQ(subject.due_in(), kDown100 - 1s);
}

TEST(Hold, OnlyTheLastReleaseCounts) {
  Subject subject = backup();
  (void)subject.hold(Hold::kPermit);
  (void)subject.hold(Hold::kMaintenance);
  subject.now += 1h;
  (void)subject.release(Hold::kPermit);
  EXPECT_TRUE(subject.waits_for_nothing());
  (void)subject.release(Hold::kMaintenance);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(Hold, TakingOffAHoldThatIsNotOnChangesNothing) {
  Subject subject = backup();
  EXPECT_EQ(subject.release(Hold::kMaintenance), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Hold, ATakeoverLongAfterPriorityZeroIsOneFromSilence) {
  Subject subject = backup();
  (void)subject.hold(Hold::kMaintenance);
  (void)subject.hear(0);
  subject.now += 1h;
  (void)subject.release(Hold::kMaintenance);
  EXPECT_EQ(
      subject.after(kSkew100),
      (List{send(100), install(),
            changed(State::kBackup, State::kMaster, Cause::kSilence, peer(0, 1h + kSkew100))}));
}

// --- a late wake-up ---

// FAULT-6
TEST(LateWakeUp, SilenceWeSleptThroughIsHeardOutOnceMore) {
  Subject subject = backup();
  (void)subject.hear(200);
  EXPECT_EQ(subject.after(kDown100 + 250ms + 1ns), List{});
  EXPECT_EQ(subject.due_in(), 1s + kSkew100);  // one interval and the skew
  (void)subject.hear(200);
  EXPECT_EQ(subject.due_in(), kDown100);
}

// FAULT-6
TEST(LateWakeUp, TheSecondHearingIsTheLast) {
  Subject subject = backup();
  (void)subject.after(1h);
  EXPECT_EQ(subject.due_in(), 1s + kSkew100);
  const Duration late = 1min;
  Evidence evidence;
  evidence.lateness = late;
  EXPECT_EQ(subject.after(1s + kSkew100 + late),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, evidence)}));
}

TEST(LateWakeUp, UpToAQuarterOfAnIntervalLateIsNoSleep) {
  Subject subject = backup();
  (void)subject.after(kDown100 + 250ms);
  EXPECT_EQ(subject->state(), State::kMaster);
}

// --- what the board publishes ---

TEST(Backup, PublishesWhoWasHeardLast) {
  Subject subject = backup();
  EXPECT_FALSE(subject->master().is_set());
  EXPECT_EQ(subject->last_heard(), Instant{});
  subject.now += 1s;
  (void)subject.hear(200);
  EXPECT_EQ(subject->master(), kPeer);
  EXPECT_EQ(subject->master_priority(), Priority{200});
  EXPECT_EQ(subject->last_heard(), kStart + 1s);
}

}  // namespace
}  // namespace core::testing
