// What an operator can make otherwise: answers, the late master, the owner that does not listen; and a peer whose clock
// is not ours.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

Router late_router() {
  Router router = v2_router();
  router.late_backup = Priority{100};
  return router;
}
Evidence lateness(Duration late) {
  Evidence evidence;
  evidence.lateness = late;
  return evidence;
}

// --- answers ---

TEST(Answers, ToLosingAdvertsCanBeSwitchedOff) {
  Router router = v2_router();
  router.answers_lower = false;
  Subject subject = master(router);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), 1s);
}

// RFC9568-6.4.3-10 positive
TEST(Answers, ToPriorityZeroCannot) {
  Router router = v2_router();
  router.answers_lower = false;
  Subject subject = master(router);
  EXPECT_EQ(subject.hear(0), (List{send(100)}));
}

TEST(Answers, ToAWinningAdvertCanBeSwitchedOnAndComeBeforeYielding) {
  Router router = v2_router();
  router.answers_higher = true;
  Subject subject = master(router);
  EXPECT_EQ(subject.hear(200),
            (List{send(100), changed(State::kMaster, State::kBackup, Cause::kHigherPriorityHeard,
                                     peer(200, 0ns))}));
}

// --- timer_expired_backup ---

// Sent last at 0 s; a backup of priority 100 stops waiting at 3 x 1 s + 156/256 s = 3.609375 s.
TEST(LateMaster, StepsDownWithoutAWordWhenOthersWillHaveTakenOver) {
  Subject subject = master(late_router());
  EXPECT_EQ(subject.after(kDown100),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kLateTimer,
                                      lateness(kDown100 - 1s))}));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(LateMaster, GoesOnWhenTheyHaveNotYet) {
  Subject subject = master(late_router());
  EXPECT_EQ(subject.after(kDown100 - 1ns), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(LateMaster, CountsFromItsLastAdvertWhateverMadeItSendThat) {
  Subject subject = master(late_router());
  (void)subject.after(500ms);
  EXPECT_EQ(subject.hear(0), (List{send(100)}));
  EXPECT_EQ(subject.after(kDown100 - 1ns), (List{send(100)}));
}

TEST(LateMaster, StepsDownBeforeItAnswersWhoTookOver) {
  Subject subject = master(late_router());
  subject.now += 5s;
  EXPECT_EQ(
      subject.hear(50),
      (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kLateTimer, lateness(4s))}));
  EXPECT_EQ(subject.due_in(), kDown100);  // discarded: we preempt
}

TEST(LateMaster, ObeysWhoTookOverWhenItDoesNotPreempt) {
  Router router = late_router();
  router.preempt = false;
  Subject subject = master(router);
  subject.now += 5s;
  EXPECT_EQ(subject.tell(Heard{subject.advert(50, kPeer, 1s), subject.now - 1s}).size(), 2U);
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_EQ(subject.due_in(), kDown100 - 1s);
}

TEST(LateMaster, SaysNothingOfItsNewPriorityEither) {
  Router router = late_router();
  router.trackers = {Tracker{.weight = -10}};
  Subject subject{router};
  (void)subject.report(0, true);
  (void)subject.start();
  (void)subject.after(subject.due_in());
  subject.now += 5s;
  EXPECT_EQ(subject.report(0, false), List{});
  EXPECT_EQ(
      subject.wake(),
      (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kLateTimer, lateness(4s))}));
}

TEST(LateMaster, GoesOnWhateverHappensWhenNotTold) {
  Subject subject = master();
  EXPECT_EQ(subject.after(1h), (List{send(100)}));
}

TEST(LateMaster, IsFoundOutAfterAnAdoptionToo) {
  Subject subject{late_router()};
  Adopted adopted;
  adopted.state = State::kMaster;
  adopted.deadline = subject.now - 2'609'375'000ns;  // so the last one went 3.609375 s ago
  adopted.effective = Priority{100};
  (void)subject.adopt(adopted);
  EXPECT_EQ(subject.wake(),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kLateTimer,
                                      lateness(kDown100 - 1s))}));
}

// --- owners ---

TEST(Owner, IgnoresAdvertsOnlyWhenToldAndWhileMaster) {
  Router router = v2_router(255);
  Subject listens = Subject{router};
  (void)listens.start();
  EXPECT_FALSE(listens->ignores_adverts());
  router.owner_ignores_adverts = true;
  Subject subject{router};
  EXPECT_FALSE(subject->ignores_adverts());
  (void)subject.start();
  EXPECT_TRUE(subject->ignores_adverts());
  (void)subject.hold(Hold::kMaintenance);  // it must hear its successor
  EXPECT_FALSE(subject->ignores_adverts());
  router.priority = Priority{254};
  Subject no_owner = master(router);
  EXPECT_FALSE(no_owner->ignores_adverts());
}

// The one that yielded is a backup like any other until its rival is gone.
TEST(Owner, RisesAgainWhenItsRivalFallsSilent) {
  Subject subject{v2_router(255)};
  (void)subject.start();
  (void)subject.hear(255, kPeer);
  (void)subject.after(10ms);
  EXPECT_EQ(
      subject.after(2'993'906'250ns),  // 3 s + 1/256 s after the advert
      (List{send(255), install(),
            changed(State::kBackup, State::kMaster, Cause::kSilence, peer(255, 3'003'906'250ns))}));
}

// Some say 254 after they met another owner: then we are the better one, and they yield.
TEST(Owner, PreemptsARivalThatReducedItself) {
  Subject subject{v2_router(255)};
  (void)subject.start();
  (void)subject.hear(255, kPeer);
  (void)subject.after(1s);
  (void)subject.hear(254, kPeer);
  EXPECT_EQ(subject.due_in(), 2'003'906'250ns);  // the timer runs on
  (void)subject.after(1s);
  (void)subject.hear(254, kPeer);
  EXPECT_EQ(subject.after(1'003'906'250ns), (List{install()}));
  EXPECT_EQ(subject.installed(), (List{send(255), announce(),
                                       changed(State::kBackup, State::kMaster, Cause::kPreemption,
                                               peer(254, 1'003'906'250ns))}));
}

TEST(Owner, StaysWhenARivalOfALowerAddressReducesItself) {
  Subject subject{v2_router(255)};
  (void)subject.start();
  EXPECT_EQ(subject.hear(255, kLower), (List{send(255)}));
  EXPECT_EQ(subject.hear(254, kLower), (List{send(255)}));
  EXPECT_EQ(subject->state(), State::kMaster);
}

// --- a clock that is not ours ---

Heard from_another_time(const Subject& subject, int priority) {
  return {subject.advert(priority, kPeer, 1s), subject.now, true};
}

// FAULT-18
TEST(BadClock, KeepsABackupDownWhateverThePriority) {
  for (const int priority : {0, 1, 99, 100, 255}) {
    Subject subject = backup();
    (void)subject.after(3s);
    EXPECT_EQ(subject.tell(from_another_time(subject, priority)), List{}) << priority;
    EXPECT_EQ(subject.due_in(), kDown100) << priority;
  }
}

TEST(BadClock, IsSettledByAMasterLikeAnyOther) {
  Subject subject = master();
  EXPECT_EQ(subject.tell(from_another_time(subject, 50)), (List{send(100)}));
  EXPECT_EQ(
      subject.tell(from_another_time(subject, 200)),
      (List{changed(State::kMaster, State::kBackup, Cause::kHigherPriorityHeard, peer(200, 0ns))}));
}

}  // namespace
}  // namespace core::testing
