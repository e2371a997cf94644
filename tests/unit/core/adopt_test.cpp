// A new engine takes over from a dead one: state and addresses are adopted, not rebuilt, and no transition is told.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

Adopted as(State state, Instant deadline) {
  Adopted adopted;
  adopted.state = state;
  adopted.deadline = deadline;
  adopted.master_interval = 1s;
  return adopted;
}

TEST(Adopt, AMasterGoesOnWithItsPhase) {
  Subject subject;
  EXPECT_EQ(subject.adopt(as(State::kMaster, kStart + 400ms)), (List{install()}));
  EXPECT_EQ(subject->state(), State::kMaster);
  EXPECT_EQ(subject.due_in(), 400ms);
  EXPECT_EQ(subject.regain_link(), List{});
  EXPECT_EQ(subject.after(400ms), (List{send(100)}));
}

TEST(Adopt, AMasterIsNotThePeerThatItMissesLater) {
  Subject subject;
  Adopted adopted = as(State::kMaster, kStart + 400ms);
  adopted.master = kOwn;
  adopted.master_priority = Priority{100};
  (void)subject.adopt(adopted);
  (void)subject.regain_link();
  EXPECT_EQ(subject.hold(Hold::kPermit), (List{send(0)}));
  (void)subject.after(1s);
  EXPECT_EQ(subject->state(), State::kBackup);
  (void)subject.release(Hold::kPermit);
  EXPECT_EQ(subject.after(subject.due_in()),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

TEST(Adopt, AMasterWhoseAdvertIsOverdueSendsItNow) {
  Subject subject;
  (void)subject.adopt(as(State::kMaster, kStart - 50ms));
  EXPECT_EQ(subject.wake(), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 950ms);
}

TEST(Adopt, ADeadlineTooFarAwayIsNotBelieved) {
  Subject subject;
  (void)subject.adopt(as(State::kMaster, Instant::never()));
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(Adopt, AMasterSpeaksWithThePriorityOfTheEngineBeforeUntilTheChecksHaveAnswered) {
  Router router = v2_router();
  router.trackers = {Tracker{.weight = 20}};
  Subject subject{router};
  Adopted adopted = as(State::kMaster, kStart);
  adopted.effective = Priority{120};
  (void)subject.adopt(adopted);
  EXPECT_EQ(subject.wake(), (List{send(120)}));
  EXPECT_EQ(subject.report(0, true), List{});
  EXPECT_EQ(subject.report(0, false), (List{send(100)}));
}

TEST(Adopt, UnansweredChecksAreNoFaultOfAnAdoptedMaster) {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  Subject subject{router};
  (void)subject.adopt(as(State::kMaster, kStart));
  EXPECT_EQ(subject.wake(), (List{send(100)}));
  EXPECT_EQ(subject.report(0, true), List{});
  EXPECT_EQ(subject.report(0, false), (List{send(0)}));
}

TEST(Adopt, ABackupGoesOnListening) {
  Subject subject;
  Adopted adopted = as(State::kBackup, kStart + 2s);
  adopted.master = kPeer;
  adopted.master_priority = Priority{200};
  adopted.last_heard = kStart + 2s - kDown100;
  EXPECT_EQ(subject.adopt(adopted), (List{withdraw()}));
  EXPECT_EQ(subject.due_in(), 2s);
  EXPECT_EQ(subject->master(), kPeer);
  EXPECT_EQ(subject.after(2s),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(200, kDown100))}));
}

// The board says when the instance wakes next, which may be the end of an overlap.
TEST(Adopt, ABackupThatWasStillLettingGoDoesNotTakeThatForSilence) {
  Subject subject;
  Adopted adopted = as(State::kBackup, kStart + 3ms);
  adopted.master = kPeer;
  adopted.master_priority = Priority{200};
  adopted.last_heard = kStart - 7ms;
  (void)subject.adopt(adopted);
  EXPECT_EQ(subject.due_in(), kDown100 - 7ms);
}

// RFC 9568 6.4.2: a lower advert was discarded, and the timer ran on; a new engine goes on with it.
TEST(Adopt, ABackupThatWasAboutToPreemptHasWaitedWhatItHasWaited) {
  for (const bool preempts : {true, false}) {
    Router router = v2_router();
    router.preempt = preempts;
    Subject subject{router};
    Adopted adopted = as(State::kBackup, kStart + 1s);
    adopted.master = kPeer;
    adopted.master_priority = Priority{50};
    adopted.last_heard = kStart - 100ms;
    (void)subject.adopt(adopted);
    EXPECT_EQ(subject.due_in(), preempts ? Duration{1s} : kDown100 - 100ms);
    if (!preempts) continue;
    (void)subject.hear(50);
    EXPECT_EQ(subject.due_in(), 1s);
    EXPECT_EQ(subject.after(1s), (List{install()}));
    EXPECT_EQ(subject.installed(),
              (List{send(100), announce(),
                    changed(State::kBackup, State::kMaster, Cause::kPreemption, peer(50, 1s))}));
  }
}

TEST(Adopt, ABackupThatHeardPriorityZeroWaitsForTheSkewOnly) {
  Subject subject;
  Adopted adopted = as(State::kBackup, kStart + 100ms);
  adopted.master = kPeer;
  adopted.master_priority = Priority{0};
  adopted.last_heard = kStart + 100ms - kSkew100;
  (void)subject.adopt(adopted);
  EXPECT_EQ(subject.after(100ms), (List{send(100), install(),
                                        changed(State::kBackup, State::kMaster,
                                                Cause::kPriorityZeroHeard, peer(0, kSkew100))}));
}

TEST(Adopt, SilenceWhileNoEngineRanIsHeardOutOnceMore) {
  Subject subject;
  Adopted adopted = as(State::kBackup, kStart - 5s);
  adopted.master = kPeer;
  adopted.master_priority = Priority{200};
  adopted.last_heard = kStart - 5s - kDown100;
  (void)subject.adopt(adopted);
  EXPECT_EQ(subject.wake(), List{});
  EXPECT_EQ(subject.due_in(), 1s + kSkew100);
}

TEST(Adopt, ABackupKeepsItsHolds) {
  Router router = v2_router();
  router.needs_permit = true;
  Subject held{router};
  Adopted adopted = as(State::kBackup, Instant::never());
  adopted.holds = static_cast<std::uint8_t>(Hold::kPermit);
  (void)held.adopt(adopted);
  EXPECT_TRUE(held.waits_for_nothing());

  Subject permitted{router};
  (void)permitted.adopt(as(State::kBackup, kStart + 1s));
  EXPECT_EQ(permitted->holds(), 0);
  EXPECT_EQ(permitted.due_in(), 1s);
}

TEST(AdoptV3, ABackupKeepsTheLearnedIntervalUpToTheCap) {
  Subject subject{v3_router()};
  Adopted adopted = as(State::kBackup, kStart + 1s);
  adopted.master_interval = 2s;
  (void)subject.adopt(adopted);
  EXPECT_EQ(subject->master_interval(), 2s);

  Subject capped{v3_router()};
  adopted.master_interval = 40s;
  (void)capped.adopt(adopted);
  EXPECT_EQ(capped->master_interval(), 3s);
}

TEST(Adopt, ADepartureIsSaidAgainAndFinished) {
  Subject subject;
  Adopted adopted = as(State::kMaster, kStart + 300ms);
  adopted.departing = true;
  adopted.holds = static_cast<std::uint8_t>(Hold::kPermit);
  EXPECT_EQ(subject.adopt(adopted), (List{send(0), install()}));
  EXPECT_TRUE(subject->is_departing());
  EXPECT_EQ(subject.after(300ms),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kPermitRemoved)}));
}

TEST(Adopt, ADepartureWhoseReasonIsNotOnTheBoardEndsInBackupByAdoption) {
  Subject subject;
  Adopted adopted = as(State::kMaster, kStart + 300ms);
  adopted.departing = true;
  (void)subject.adopt(adopted);
  EXPECT_EQ(subject.after(300ms),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kAdoption)}));
}

TEST(Adopt, AFaultEndsWhenTheLinkIsToldUsable) {
  Subject subject;
  EXPECT_EQ(subject.adopt(as(State::kFault, Instant::never())), (List{withdraw()}));
  EXPECT_EQ(subject->state(), State::kFault);
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

TEST(Adopt, ARefusalStillWaitsForItsNextTry) {
  Subject subject;
  (void)subject.adopt(as(State::kFault, kStart + 4s));
  EXPECT_EQ(subject.regain_link(), List{});
  EXPECT_EQ(subject.due_in(), 4s);
  EXPECT_EQ(subject.after(4s),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

TEST(Adopt, WhatHadNotStartedStarts) {
  Subject subject;
  EXPECT_EQ(subject.adopt(as(State::kInitialize, Instant::never())), (List{withdraw()}));
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
}

TEST(Adopt, WhatHadStoppedStaysStopped) {
  Subject subject;
  EXPECT_EQ(subject.adopt(as(State::kStopped, Instant::never())), (List{withdraw()}));
  EXPECT_EQ(subject.regain_link(), List{});
  EXPECT_EQ(subject->state(), State::kStopped);
}

}  // namespace
}  // namespace core::testing
