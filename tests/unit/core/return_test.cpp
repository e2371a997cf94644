// A router that comes back over a living master: it is fully installed before the other one lets go.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

// Priority 100, and has heard a master of 50 half a second before its timer runs out.
Subject about_to_return(const Router& router = v2_router()) {
  Subject subject = backup(router);
  (void)subject.after(3'109'375'000ns);
  (void)subject.hear(50);
  (void)subject.after(500ms);
  return subject;
}
// It has asked for its addresses at that moment.
Subject preparing() {
  Subject subject = about_to_return();
  EXPECT_TRUE(subject->is_preparing());
  return subject;
}

TEST(Return, SaysNothingBeforeItsAddressesAreInstalled) {
  Subject subject = backup();
  (void)subject.after(3'109'375'000ns);
  (void)subject.hear(50);
  EXPECT_EQ(subject.after(500ms), (List{install()}));
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_TRUE(subject->is_preparing());
  EXPECT_TRUE(subject->holds_addresses());
  EXPECT_EQ(subject.due_in(), 2'500ms);  // three intervals after the master was heard
  (void)subject.after(200ms);
  EXPECT_EQ(subject.installed(),
            (List{send(100), announce(),
                  changed(State::kBackup, State::kMaster, Cause::kPreemption, peer(50, 700ms))}));
  EXPECT_FALSE(subject->is_preparing());
  EXPECT_EQ(subject.due_in(), 1s);
  // The announcement is not made twice.
  EXPECT_EQ(subject.hear(50), (List{send(100)}));
}

TEST(Return, IsNoQuestionWhenNobodyWasHeardLately) {
  Subject subject = backup();
  (void)subject.hear(50);
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(50, kDown100))}));
}

TEST(Return, GoesOnWhileTheLowerMasterSpeaks) {
  Subject subject = preparing();
  (void)subject.after(500ms);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), 3s);
  EXPECT_TRUE(subject->is_preparing());
}

TEST(Return, IsGivenUpWhenTheKernelTakesLongerThanItMay) {
  Subject subject = preparing();
  for (int second = 1; second <= 4; ++second) {
    (void)subject.after(1s);
    (void)subject.hear(50);
  }
  EXPECT_EQ(subject.due_in(), 1s);
  EXPECT_EQ(subject.after(1s), (List{withdraw()}));
  EXPECT_FALSE(subject->is_preparing());
  EXPECT_EQ(subject.due_in(), kDown100);
  EXPECT_EQ(subject.installed(), List{});
  // Then it tries again.
  (void)subject.after(3s);
  (void)subject.hear(50);
  EXPECT_EQ(subject.after(kSkew100), (List{install()}));
}

TEST(Return, WaitsNoLongerForTheKernelOnceTheOtherOneIsDead) {
  Subject subject = preparing();
  EXPECT_EQ(
      subject.after(2'500ms),
      (List{send(100), changed(State::kBackup, State::kMaster, Cause::kSilence, peer(50, 3s))}));
  EXPECT_EQ(subject.installed(), (List{announce()}));
}

TEST(Return, WaitsNoLongerForTheKernelOnceTheOtherOneLeaves) {
  Subject subject = preparing();
  (void)subject.after(100ms);
  EXPECT_EQ(subject.hear(0), (List{send(100), changed(State::kBackup, State::kMaster,
                                                      Cause::kPriorityZeroHeard, peer(0, 0s))}));
  EXPECT_EQ(subject.installed(), (List{announce()}));
}

TEST(Return, DoesNotBelieveThatSomebodyElseLeaves) {
  Subject subject = preparing();
  EXPECT_EQ(subject.hear(0, kLower), List{});
  EXPECT_TRUE(subject->is_preparing());
}

TEST(Return, IsWithdrawnWithoutAWordForABetterOne) {
  Subject subject = preparing();
  EXPECT_EQ(subject.hear(101), (List{withdraw()}));
  EXPECT_EQ(subject.due_in(), kDown100);
  EXPECT_FALSE(subject->holds_addresses());
  EXPECT_EQ(subject.installed(), List{});
}

TEST(Return, IsWithdrawnWhenItsPriorityFallsToThatOfTheMaster) {
  Router router = v2_router();
  router.trackers = {Tracker{.weight = -50}};
  Subject subject = backup(router);
  (void)subject.report(0, true);
  (void)subject.after(subject.due_in() - 500ms);
  (void)subject.hear(50);
  EXPECT_EQ(subject.after(500ms), (List{install()}));
  EXPECT_EQ(subject.report(0, false), (List{withdraw()}));
  // 3 s + 206/256 s after it was heard.
  EXPECT_EQ(subject.due_in(), 3'304'687'500ns);
}

TEST(Return, IsWithdrawnForAHoldAFaultAStop) {
  Subject held = preparing();
  EXPECT_EQ(held.hold(Hold::kMaintenance, 7), (List{withdraw()}));
  EXPECT_TRUE(held.waits_for_nothing());
  EXPECT_EQ(held.installed(), List{});

  Subject unplugged = preparing();
  EXPECT_EQ(unplugged.lose_link(),
            (List{withdraw(), changed(State::kBackup, State::kFault, Cause::kLinkDown)}));

  Subject stopped = preparing();
  EXPECT_EQ(stopped.stop(),
            (List{withdraw(), changed(State::kBackup, State::kStopped, Cause::kStop)}));
}

TEST(Return, OfARefusedAddressIsAFaultOfWhoNeverSpoke) {
  Subject subject = preparing();
  Evidence evidence;
  evidence.status = 99;
  EXPECT_EQ(
      subject.tell(AddressRefused{99}),
      (List{withdraw(), changed(State::kBackup, State::kFault, Cause::kAddressRefused, evidence)}));
  EXPECT_EQ(subject.due_in(), kRefusalRetry);
}

TEST(Return, BeginsAnewAfterAnAdoption) {
  Adopted adopted;
  adopted.state = State::kBackup;
  adopted.deadline = kStart + 1s;
  adopted.master = kPeer;
  adopted.master_priority = Priority{50};
  adopted.master_interval = 1s;
  adopted.last_heard = kStart;
  Subject subject;
  EXPECT_EQ(subject.adopt(adopted), (List{withdraw()}));
  EXPECT_FALSE(subject->is_preparing());
  EXPECT_EQ(subject.installed(), List{});
}

Reconfiguration to(const Router& router) {
  return {.router = router, .trackers = {}, .places = {}};
}

TEST(Return, GoesOnWithAConfigurationThatSaysTheSame) {
  Subject subject = preparing();
  const Router same = v2_router();
  EXPECT_EQ(subject.reconfigure(to(same)), List{});
  EXPECT_TRUE(subject->is_preparing());
}

TEST(Return, IsPreparedAnewWithOtherAddresses) {
  Subject subject = preparing();
  Router other = v2_router();
  other.addresses.push_back(Address::v4(192, 0, 2, 77));
  EXPECT_EQ(subject.reconfigure(to(other)), (List{withdraw()}));
  EXPECT_EQ(subject.wake(), (List{install()}));
}

TEST(Return, IsDroppedByWhoMustObeyTheLowerMasterNow) {
  Subject subject = preparing();
  Router patient = v2_router();
  patient.preempt = false;
  EXPECT_EQ(subject.reconfigure(to(patient)), (List{withdraw()}));
  EXPECT_EQ(subject.due_in(), kDown100 - 500ms);
}

// --- Groups -----------------------------------------------------------------------------------------------------------

Subject wanting() {
  Subject subject = about_to_return(grouped());
  EXPECT_TRUE(subject->wants_master());
  EXPECT_TRUE(subject->must_prepare());
  EXPECT_FALSE(subject->is_preparing());
  return subject;
}

TEST(ReturnOfAMember, WaitsUntilAllWantToRise) {
  Subject subject = wanting();
  EXPECT_TRUE(subject.waits_for_nothing());
  EXPECT_EQ(subject.group(State::kBackup, 1), List{});
  EXPECT_EQ(subject.group_prepares(), (List{install()}));
  EXPECT_TRUE(subject->told_prepares());
}

TEST(ReturnOfAMember, WaitsForTheOthersWhenItIsPrepared) {
  Subject subject = wanting();
  (void)subject.group_prepares();
  EXPECT_EQ(subject.installed(), List{});
  EXPECT_FALSE(subject->must_prepare());
  EXPECT_TRUE(subject->wants_master());
  (void)subject.after(100ms);
  EXPECT_EQ(subject.group(State::kMaster),
            (List{send(100), announce(),
                  changed(State::kBackup, State::kMaster, Cause::kPreemption, peer(50, 600ms))}));
}

// The last whose timer ran out says why; the others followed it.
TEST(ReturnOfAMember, ThatWaitedLongerFollowsItsGroup) {
  Subject subject = wanting();
  (void)subject.after(100ms);
  (void)subject.group_prepares(3);
  (void)subject.installed();
  EXPECT_EQ(subject.group(State::kMaster, 3),
            (List{send(100), announce(),
                  changed(State::kBackup, State::kMaster, Cause::kSyncGroup, member(3))}));
}

TEST(ReturnOfAMember, IsWithdrawnWhenAnotherOneDoesNotWantAnyMore) {
  Subject subject = wanting();
  (void)subject.group_prepares();
  EXPECT_EQ(subject.group(State::kBackup, 2), (List{withdraw()}));
  EXPECT_TRUE(subject->wants_master());
  EXPECT_EQ(subject.group_prepares(), (List{install()}));
}

TEST(ReturnOfAMember, NeedsNoPreparationWhenNobodyIsThere) {
  Subject subject = backup(grouped());
  EXPECT_EQ(subject.after(kDown100), List{});
  EXPECT_TRUE(subject->wants_master());
  EXPECT_FALSE(subject->must_prepare());
  EXPECT_EQ(subject.group_prepares(1), List{});
  // Until somebody speaks whom it would push aside.
  EXPECT_EQ(subject.hear(50), (List{install()}));
  EXPECT_TRUE(subject->must_prepare());
}

TEST(ReturnOfAMember, IsReadyWhenItsRivalLeaves) {
  Subject subject = wanting();
  (void)subject.group_prepares();
  EXPECT_EQ(subject.hear(0), List{});
  EXPECT_FALSE(subject->must_prepare());
  EXPECT_EQ(subject.due_in(), kPreparation);
  EXPECT_EQ(subject.group(State::kMaster),
            (List{send(100), changed(State::kBackup, State::kMaster, Cause::kPriorityZeroHeard,
                                     peer(0, 0s))}));
}

TEST(ReturnOfAMember, IsGivenUpWhenTheGroupTakesLongerThanItMay) {
  Subject subject = wanting();
  (void)subject.group_prepares();
  (void)subject.installed();
  EXPECT_EQ(subject.after(kPreparation), (List{withdraw()}));
  EXPECT_FALSE(subject->wants_master());
}

// The group rose without it, when it was held perhaps.
TEST(ReturnOfAMember, ToAGroupThatIsMasterIsPreparedAlone) {
  Subject subject = about_to_return(grouped());
  EXPECT_EQ(subject.group(State::kMaster), (List{install()}));
  EXPECT_TRUE(subject->wants_master());
  EXPECT_EQ(subject.installed().size(), 3U);
  EXPECT_EQ(subject->state(), State::kMaster);
}

}  // namespace
}  // namespace core::testing
