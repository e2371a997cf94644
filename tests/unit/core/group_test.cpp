// What an instance makes of its sync group: it rises with it alone, leaves with it, and is at fault with it.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

Subject wanting(const Router& router = grouped()) {
  Subject subject = backup(router);
  (void)subject.after(subject.due_in());
  return subject;
}
// Master since now, with its group, as the one whose timer decided it.
Subject group_master(const Router& router = grouped()) {
  Subject subject = wanting(router);
  (void)subject.group(State::kMaster);
  return subject;
}

TEST(GroupMember, WantsToRiseInsteadOfRising) {
  Subject subject = backup(grouped());
  EXPECT_FALSE(subject->wants_master());
  EXPECT_TRUE(subject->is_listening());
  EXPECT_EQ(subject->told(), State::kInitialize);
  EXPECT_EQ(subject.after(kDown100), List{});
  EXPECT_TRUE(subject->wants_master());
  EXPECT_FALSE(subject->is_listening());
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_TRUE(subject.waits_for_nothing());
  EXPECT_EQ(subject.after(1h), List{});
}

TEST(GroupMember, WhoseTimerMadeTheGroupRiseNamesItsOwnReason) {
  Subject subject = backup(grouped());
  (void)subject.hear(200);
  (void)subject.after(kDown100);
  EXPECT_EQ(subject.group(State::kMaster, 7),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(200, kDown100))}));
  EXPECT_EQ(subject.due_in(), 1s);
  EXPECT_FALSE(subject->wants_master());
  EXPECT_EQ(subject->told(), State::kMaster);
}

TEST(GroupMember, WhoWaitedForAnotherNamesTheMemberThatDecided) {
  Subject subject = wanting();
  (void)subject.after(10s);
  EXPECT_EQ(subject.group(State::kMaster, 7),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSyncGroup, member(7))}));
}

TEST(GroupMember, DoesNotRiseWithItsGroupBeforeItWantsTo) {
  Subject subject = backup(grouped());
  EXPECT_EQ(subject.group(State::kMaster), List{});
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_EQ(subject.due_in(), kDown100);
}

// Its group did not wait for it: so it need not ask again.
TEST(GroupMember, OfAMasterGroupRisesByItsOwnTimer) {
  Subject subject = backup(grouped());
  (void)subject.group(State::kMaster);
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

TEST(GroupMember, ThatHearsAMasterItObeysWantsNothingAnyMore) {
  Subject subject = wanting();
  EXPECT_EQ(subject.hear(200), List{});
  EXPECT_FALSE(subject->wants_master());
  EXPECT_FALSE(subject->is_listening());
  EXPECT_EQ(subject.due_in(), kDown100);
  EXPECT_EQ(subject.group(State::kMaster), List{});
}

// Else its group would stay master of the rest.
TEST(GroupMember, ThatHasGivenWayIsNoListenerWhateverItHearsNext) {
  Subject subject = group_master();
  (void)subject.hear(200);
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_FALSE(subject->is_listening());
  (void)subject.hear(50);
  EXPECT_FALSE(subject->is_listening());
}

TEST(GroupMember, ThatHearsALowerOneGoesOnWanting) {
  Subject subject = wanting();
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_TRUE(subject->wants_master());
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(GroupMember, ThatHearsPriorityZeroWantsAgainAfterTheSkew) {
  Subject subject = wanting();
  (void)subject.hear(0);
  EXPECT_FALSE(subject->wants_master());
  EXPECT_EQ(subject.due_in(), kSkew100);
  (void)subject.after(kSkew100);
  EXPECT_TRUE(subject->wants_master());
}

TEST(GroupMember, ThatIsHeldWantsNothingAndTheSkewAfterwards) {
  Subject subject = wanting();
  EXPECT_EQ(subject.hold(Hold::kMaintenance), List{});
  EXPECT_FALSE(subject->wants_master());
  EXPECT_EQ(subject.group(State::kMaster), List{});
  EXPECT_EQ(subject.release(Hold::kMaintenance), List{});
  EXPECT_FALSE(subject->wants_master());
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(GroupMember, BelievesALateSilenceNoSoonerThanAnybody) {
  Subject subject = backup(grouped());
  EXPECT_EQ(subject.after(kDown100 + 1s), List{});  // more than a quarter of an interval late
  EXPECT_FALSE(subject->wants_master());
  EXPECT_EQ(subject.due_in(), 1s + kSkew100);
  (void)subject.after(1s + kSkew100);
  EXPECT_TRUE(subject->wants_master());
}

TEST(GroupMember, HasWaitedEnoughWhateverItsPriorityBecomes) {
  Router router = grouped();
  router.trackers = {Tracker{.weight = 50}};
  Subject subject{router};
  (void)subject.report(0, true);
  (void)subject.start();
  (void)subject.after(3'414'062'500ns);  // 3 s + 106/256 s
  EXPECT_TRUE(subject->wants_master());
  EXPECT_EQ(subject.report(0, false), List{});
  EXPECT_TRUE(subject->wants_master());
  EXPECT_EQ(subject.group(State::kMaster),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

TEST(GroupMaster, DepartsWhenItsGroupIsBackup) {
  Subject subject = group_master();
  EXPECT_EQ(subject.group(State::kBackup, 3), (List{send(0)}));
  EXPECT_TRUE(subject->is_departing());
  EXPECT_EQ(subject.due_in(), 1s);
  EXPECT_EQ(
      subject.after(1s),
      (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kSyncGroup, member(3))}));
  // Nobody took over: the skew, and the share of an interval that is 192.0.2.2's own.
  // ((192 x 257 + 0) x 257 + 2) x 257 + 2 = 3259122372; x 9e3779b1 (hex), modulo 2^32: its upper half is 61818;
  // 61818/65536 s = 0.943267822 s.
  EXPECT_EQ(subject.due_in(), kSkew100 + 943'267'822ns);
}

TEST(GroupMaster, DepartsIntoFaultWhenItsGroupIsAtFault) {
  Subject subject = group_master();
  EXPECT_EQ(subject.group(State::kFault, 3), (List{send(0)}));
  (void)subject.after(500ms);
  (void)subject.hear(50);  // its successor
  EXPECT_EQ(subject.due_in(), 10ms);
  EXPECT_EQ(
      subject.after(10ms),
      (List{withdraw(), changed(State::kMaster, State::kFault, Cause::kSyncGroup, member(3))}));
  EXPECT_FALSE(subject->has_own_fault());
  EXPECT_EQ(subject->fault_count(), 0U);
}

TEST(GroupMaster, ThatDepartsAnywayNamesTheFaultItEndsIn) {
  Subject subject = group_master();
  (void)subject.hold(Hold::kMaintenance, 1000);
  EXPECT_EQ(subject.group(State::kBackup, 1), List{});
  EXPECT_EQ(subject.group(State::kFault, 3), List{});
  EXPECT_EQ(
      subject.after(1s),
      (List{withdraw(), changed(State::kMaster, State::kFault, Cause::kSyncGroup, member(3))}));
}

TEST(GroupMaster, ThatStopsStopsWhateverItsGroupSays) {
  Subject subject = group_master();
  (void)subject.stop();
  EXPECT_EQ(subject.group(State::kFault, 3), List{});
  EXPECT_EQ(subject.after(1s),
            (List{withdraw(), changed(State::kMaster, State::kStopped, Cause::kStop)}));
}

TEST(GroupMaster, WhoseGroupRecoversWhileItDepartsEndsInBackup) {
  Subject subject = group_master();
  (void)subject.group(State::kFault, 3);
  EXPECT_EQ(subject.group(State::kBackup, 3), List{});
  EXPECT_EQ(
      subject.after(1s),
      (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kSyncGroup, member(3))}));
}

// However it became master, and each time.
TEST(GroupMaster, AnnouncesAtEveryEntry) {
  Subject decided = wanting();
  Subject followed = wanting();
  for (int time = 0; time < 3; ++time) {
    (void)decided.group(State::kMaster);
    (void)followed.group(State::kMaster, 7);
    for (Subject* subject : {&decided, &followed}) {
      EXPECT_EQ(subject->tell(AddressesInstalled{}), (List{announce()})) << time;
      (void)subject->hear(200);
      EXPECT_EQ((*subject)->state(), State::kBackup);
      (void)subject->group(State::kBackup);
      (void)subject->after(subject->due_in());  // the addresses go
      (void)subject->after(subject->due_in());
      EXPECT_TRUE((*subject)->wants_master());
    }
  }
  Subject late = backup(grouped());
  (void)late.group(State::kMaster);
  (void)late.after(kDown100);
  EXPECT_EQ(late.tell(AddressesInstalled{}), (List{announce()}));
}

TEST(GroupMaster, YieldsToABetterOneByItself) {
  Subject subject = group_master();
  EXPECT_EQ(
      subject.hear(200),
      (List{changed(State::kMaster, State::kBackup, Cause::kHigherPriorityHeard, peer(200, 0ns))}));
  EXPECT_EQ(subject.group(State::kBackup), List{});
  EXPECT_FALSE(subject->wants_master());
}

TEST(GroupFault, TakesABackupWithItAndGivesItBack) {
  Subject subject = backup(grouped());
  EXPECT_EQ(subject.group(State::kFault, 2),
            (List{changed(State::kBackup, State::kFault, Cause::kSyncGroup, member(2))}));
  EXPECT_FALSE(subject->has_own_fault());
  EXPECT_TRUE(subject.waits_for_nothing());
  EXPECT_EQ(subject.hear(200), List{});
  EXPECT_EQ(subject.group(State::kBackup, 4),
            (List{changed(State::kFault, State::kBackup, Cause::kSyncGroup, member(4))}));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(GroupFault, TakesAStarterWithItOnceItsOwnChecksHaveAnswered) {
  Router router = grouped();
  router.trackers = {Tracker{}};
  Subject subject{router};
  EXPECT_EQ(subject.group(State::kFault, 2), List{});
  EXPECT_EQ(subject.start(), List{});
  EXPECT_EQ(subject.report(0, true),
            (List{changed(State::kInitialize, State::kFault, Cause::kSyncGroup, member(2))}));
}

TEST(GroupFault, OfItsOwnEndsWithTheGroups) {
  Subject subject = backup(grouped());
  (void)subject.lose_link();
  EXPECT_TRUE(subject->has_own_fault());
  EXPECT_EQ(subject.group(State::kFault, 0), List{});
  EXPECT_EQ(subject.regain_link(), List{});  // the group has not said so yet
  EXPECT_FALSE(subject->has_own_fault());
  EXPECT_EQ(subject.group(State::kBackup, 0),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

TEST(GroupFault, ThatBecomesItsOwnIsClearedAsItsOwn) {
  Subject subject = backup(grouped());
  (void)subject.group(State::kFault, 2);
  EXPECT_EQ(subject.lose_link(), List{});
  EXPECT_TRUE(subject->has_own_fault());
  EXPECT_EQ(subject.group(State::kBackup, 2), List{});  // as if the group were told too early
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

TEST(GroupFault, OfARefusedAddressIsItsOwnUntilItIsTriedAgain) {
  Subject subject = group_master();
  EXPECT_EQ(subject.tell(AddressRefused{99}).size(), 3U);
  EXPECT_TRUE(subject->has_own_fault());
  (void)subject.group(State::kFault, 0);
  EXPECT_EQ(subject.after(10s), List{});
  EXPECT_FALSE(subject->has_own_fault());
  EXPECT_EQ(subject.group(State::kBackup, 0),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

// A new engine has not been told yet what is well: until it is, the fault it found is taken for this member's own.
TEST(GroupFault, ThatWasAdoptedLastsUntilTheGroupIsKnown) {
  Subject subject{grouped()};
  Adopted adopted;
  adopted.state = State::kFault;
  adopted.deadline = Instant::never();
  EXPECT_EQ(subject.adopt(adopted), (List{withdraw()}));
  EXPECT_TRUE(subject->has_own_fault());
  EXPECT_EQ(subject.regain_link(), List{});
  EXPECT_FALSE(subject->has_own_fault());
  EXPECT_EQ(subject.group(State::kBackup, 1),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

// RFC 9568 6.4.1 lets an owner rise at once; here all have to be owners.
TEST(GroupOwner, WantsAtOnceAndRisesAsAnOwner) {
  Subject subject{grouped(v2_router(255))};
  EXPECT_EQ(subject.start(), (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_TRUE(subject->wants_master());
  EXPECT_EQ(
      subject.group(State::kMaster),
      (List{send(255), install(), changed(State::kBackup, State::kMaster, Cause::kOwnerStartup)}));
}

TEST(GroupOwner, ThatWaitsForOthersRisesWithThem) {
  Subject subject{grouped(v2_router(255))};
  (void)subject.start();
  (void)subject.after(4s);
  EXPECT_EQ(subject.group(State::kMaster, 5),
            (List{send(255), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSyncGroup, member(5))}));
}

TEST(GroupOwner, ThatHasListenedRisesBySilence) {
  Subject subject{grouped(v2_router(255))};
  (void)subject.start();
  (void)subject.hear(255);
  EXPECT_FALSE(subject->wants_master());
  (void)subject.after(3'003'906'250ns);  // 3 s + 1/256 s
  EXPECT_EQ(
      subject.group(State::kMaster),
      (List{send(255), install(),
            changed(State::kBackup, State::kMaster, Cause::kSilence, peer(255, 3'003'906'250ns))}));
}

TEST(Group, IsToldAgainWithoutConsequence) {
  for (const State standing : {State::kBackup, State::kFault}) {
    Subject subject = group_master();
    (void)subject.group(standing, 2);
    EXPECT_EQ(subject.group(standing, 2), List{});
    (void)subject.after(1s);
    const Duration due = subject.due_in();
    EXPECT_EQ(subject.group(standing, 2), List{});
    EXPECT_EQ(subject.due_in(), due);
  }
  Subject subject = group_master();
  EXPECT_EQ(subject.group(State::kMaster), List{});
  EXPECT_EQ(subject.due_in(), 1s);
}

}  // namespace
}  // namespace core::testing
