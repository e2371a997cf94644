// An operator moves mastership: make before break, and nobody takes it back by himself.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

constexpr std::uint32_t kUid = 1000;

Event give(bool force = false) {
  return Switchover{.take = false, .force = force, .uid = kUid, .patience = Duration{0}};
}
Event take() {
  return Switchover{.take = true, .force = false, .uid = kUid, .patience = Duration{0}};
}
Evidence asked() {
  Evidence evidence;
  evidence.uid = kUid;
  return evidence;
}

// Priority 100; a lower one of 50 took over half an interval after it was asked to.
Subject gave_way(const Router& router = v2_router()) {
  Subject subject = master(router);
  (void)subject.tell(give());
  (void)subject.after(500ms);
  (void)subject.hear(50);
  (void)subject.after(kOverlap);
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_TRUE(subject->gave_way());
  return subject;
}

TEST(Switchover, LeavesAndAnswersUntilTheSuccessorSpoke) {
  Subject subject = master();
  EXPECT_EQ(subject.tell(give()), (List{send(0)}));
  EXPECT_TRUE(subject->is_departing());
  EXPECT_TRUE(subject->holds_addresses());
  EXPECT_EQ(subject.due_in(), 2s);
  (void)subject.after(500ms);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), kOverlap);
  EXPECT_EQ(subject.after(kOverlap),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kOperator, asked())}));
  EXPECT_EQ(subject->holds(), 0);
}

TEST(Switchover, ObeysItsSuccessorThoughItIsTheBetterOne) {
  Subject subject = gave_way();
  for (int second = 0; second < 100; ++second) {
    EXPECT_EQ(subject.after(1s), List{});
    EXPECT_EQ(subject.hear(50), List{});
    EXPECT_EQ(subject.due_in(), kDown100);
  }
}

TEST(Switchover, OfAnOwnerIsObeyedAsWell) {
  Subject subject = gave_way(v2_router(255));
  (void)subject.after(1s);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), 3'003'906'250ns);
}

TEST(Switchover, EndsWhenTheSuccessorFallsSilent) {
  Subject subject = gave_way();
  (void)subject.hear(50);
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(50, kDown100))}));
  EXPECT_FALSE(subject->gave_way());
}

TEST(Switchover, EndsWhenTheSuccessorLeaves) {
  Subject subject = gave_way();
  EXPECT_EQ(subject.hear(0), List{});
  EXPECT_EQ(subject.due_in(), kSkew100);
  EXPECT_EQ(subject.after(kSkew100), (List{send(100), install(),
                                           changed(State::kBackup, State::kMaster,
                                                   Cause::kPriorityZeroHeard, peer(0, kSkew100))}));
  EXPECT_FALSE(subject->gave_way());
}

TEST(Switchover, IsTakenBackPreparedLikeAnyReturn) {
  Subject subject = gave_way();
  (void)subject.hear(50);
  EXPECT_EQ(subject.tell(take()), (List{install()}));
  EXPECT_TRUE(subject->is_preparing());
  // He goes on speaking meanwhile, and is not obeyed any more.
  EXPECT_EQ(subject.hear(50), List{});
  Evidence evidence = peer(50, 0s);
  evidence.uid = kUid;
  EXPECT_EQ(subject.installed(),
            (List{send(100), announce(),
                  changed(State::kBackup, State::kMaster, Cause::kOperator, evidence)}));
  EXPECT_FALSE(subject->gave_way());
}

TEST(Switchover, TakesFromALowerMasterWithoutPreemptionToo) {
  Router patient = v2_router();
  patient.preempt = false;
  Subject subject = backup(patient);
  (void)subject.hear(50);
  EXPECT_EQ(subject.tell(take()), (List{install()}));
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.installed().size(), 3U);
  EXPECT_EQ(subject->state(), State::kMaster);
}

TEST(Switchover, TakesNothingFromABetterMaster) {
  Subject subject = backup();
  (void)subject.hear(100);
  EXPECT_EQ(subject.tell(take()), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Switchover, TakesNothingWhileHeld) {
  Subject subject = backup();
  (void)subject.hear(50);
  (void)subject.hold(Hold::kMaintenance);
  EXPECT_EQ(subject.tell(take()), List{});
}

// Who holds it spoke last.
TEST(Switchover, ThatAHoldEndsIsNotTakenUpAgainWithoutPreemption) {
  Router patient = v2_router();
  patient.preempt = false;
  Subject subject = backup(patient);
  (void)subject.hear(50);
  (void)subject.tell(take());
  EXPECT_EQ(subject.hold(Hold::kMaintenance), (List{withdraw()}));
  EXPECT_EQ(subject.release(Hold::kMaintenance), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
  (void)subject.after(1s);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Switchover, IsNothingToWhoIsNotWhatTheOperatorSaw) {
  Subject listening = backup();
  EXPECT_EQ(listening.tell(give()), List{});
  EXPECT_FALSE(listening->gave_way());
  Subject ruling = master();
  EXPECT_EQ(ruling.tell(take()), List{});
  EXPECT_FALSE(ruling->is_departing());
}

// It has held its addresses all the time: to everyone who looks nothing has happened.
TEST(Switchover, ThatNobodyAnswersIsNone) {
  Subject subject = master();
  (void)subject.tell(give());
  EXPECT_EQ(subject.after(2s), (List{send(100), install()}));
  EXPECT_EQ(subject->state(), State::kMaster);
  EXPECT_FALSE(subject->is_departing());
  EXPECT_FALSE(subject->gave_way());
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(Switchover, ThatIsForcedLeavesAllTheSame) {
  Subject subject = master();
  (void)subject.tell(give(true));
  EXPECT_EQ(subject.after(2s),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kOperator, asked())}));
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(Switchover, FoundOutLateIsNotTakenBack) {
  Subject subject = master();
  (void)subject.tell(give());
  EXPECT_EQ(subject.after(2250ms),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kOperator, asked())}));
}

TEST(Switchover, ThatNobodyAnswersEndsInAHoldPutOnMeanwhile) {
  Subject subject = master();
  (void)subject.tell(give());
  (void)subject.hold(Hold::kMaintenance);
  EXPECT_EQ(subject.after(2s).size(), 2U);
  EXPECT_EQ(subject->state(), State::kBackup);
}

TEST(Switchover, IsRememberedByTheNextEngine) {
  Adopted adopted;
  adopted.state = State::kBackup;
  adopted.deadline = kStart + 3s;
  adopted.master = kPeer;
  adopted.master_priority = Priority{50};
  adopted.master_interval = 1s;
  adopted.last_heard = kStart;
  adopted.gave_way = GaveWay::kSwitchover;
  Subject subject;
  (void)subject.adopt(adopted);
  (void)subject.regain_link();
  EXPECT_TRUE(subject->gave_way());
  (void)subject.after(1s);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

Subject master_with_its_group() {
  Subject subject = backup(grouped());
  (void)subject.after(kDown100);
  (void)subject.group(State::kMaster);
  EXPECT_EQ(subject->state(), State::kMaster);
  return subject;
}

TEST(Switchover, OfAMemberThatNobodyAnswersIsNoneEither) {
  Subject subject = master_with_its_group();
  (void)subject.tell(give());
  EXPECT_TRUE(subject->is_asking());
  EXPECT_EQ(subject.after(2s), (List{send(100), install()}));
  EXPECT_EQ(subject->state(), State::kMaster);
}

TEST(Switchover, OfAMemberIsForGoodWhenAnotherOneIsAnswered) {
  Subject subject = master_with_its_group();
  (void)subject.tell(give());
  (void)subject.group(State::kBackup);
  EXPECT_FALSE(subject->is_asking());
  EXPECT_EQ(subject.after(2s),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kOperator, asked())}));
}

TEST(Switchover, OfWhoBecomesAMemberMeanwhileIsForGood) {
  Subject subject = master();
  (void)subject.tell(give());
  (void)subject.reconfigure({.router = grouped(), .trackers = {}, .places = {}});
  EXPECT_EQ(subject.after(2s),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kOperator, asked())}));
}

TEST(Switchover, OfAMemberWaitsForTheSlowestOfItsGroup) {
  Subject subject = master_with_its_group();
  (void)subject.tell(Switchover{.take = false, .force = false, .uid = kUid, .patience = 20s});
  EXPECT_EQ(subject.due_in(), 20s);
}

TEST(Switchover, AsksAsLongAsItWouldStay) {
  Subject answered = master();
  (void)answered.tell(give());
  EXPECT_TRUE(answered->is_asking());
  (void)answered.hear(50);
  EXPECT_FALSE(answered->is_asking());
  Subject held = master();
  (void)held.tell(give());
  (void)held.hold(Hold::kMaintenance);
  EXPECT_FALSE(held->is_asking());
  Subject forced = master();
  (void)forced.tell(give(true));
  EXPECT_FALSE(forced->is_asking());
}

TEST(Switchover, OfAMemberIsTakenBackWithItsGroup) {
  Subject subject = backup(grouped());
  (void)subject.hear(150);
  (void)subject.hear(50, kLower);
  EXPECT_EQ(subject.tell(take()), List{});
  EXPECT_TRUE(subject->wants_master());
  EXPECT_TRUE(subject->must_prepare());
  EXPECT_EQ(subject.group_prepares(), (List{install()}));
}

}  // namespace
}  // namespace core::testing
