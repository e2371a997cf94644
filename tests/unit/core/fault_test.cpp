// Into fault and out of it.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

Evidence refused(int error) {
  Evidence evidence;
  evidence.status = error;
  return evidence;
}

TEST(Fault, AMasterThatCannotAnswerLetsGoAtOnceAndSaysNothing) {
  for (const Cause cause : {Cause::kLinkDown, Cause::kInterfaceGone, Cause::kAddressMissing}) {
    Subject subject = master();
    EXPECT_EQ(subject.lose_link(cause),
              (List{withdraw(), changed(State::kMaster, State::kFault, cause)}));
    EXPECT_TRUE(subject.waits_for_nothing());
    EXPECT_FALSE(subject->holds_addresses());
  }
}

TEST(Fault, ClearsIntoABackupThatKnowsNobody) {
  Subject subject = backup();
  (void)subject.hear(200);
  (void)subject.lose_link();
  subject.now += 1h;
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
  EXPECT_EQ(subject.due_in(), kDown100);
  EXPECT_FALSE(subject->master().is_set());
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

TEST(FaultV3, ClearsWithItsOwnIntervalNotTheOneLearnedBefore) {
  Subject subject = backup(v3_router());
  (void)subject.hear(200, kPeer, 3s);
  (void)subject.lose_link();
  (void)subject.regain_link();
  EXPECT_EQ(subject->master_interval(), 1s);
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Fault, AnOwnerThatRecoversIsMasterAtOnce) {
  Subject subject{v2_router(255)};
  (void)subject.start();
  (void)subject.lose_link();
  EXPECT_EQ(
      subject.regain_link(),
      (List{send(255), install(), changed(State::kFault, State::kMaster, Cause::kFaultCleared)}));
}

TEST(Fault, TwoThingsWrongNeedTwoRecoveries) {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  Subject subject{router};
  (void)subject.start();
  (void)subject.report(0, false);
  EXPECT_EQ(subject.lose_link(), List{});
  EXPECT_EQ(subject->fault_count(), 2U);
  EXPECT_EQ(subject.report(0, true), List{});
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

TEST(Fault, DoesNotListenAndDoesNotRise) {
  Subject subject = backup();
  (void)subject.lose_link();
  EXPECT_EQ(subject.hear(200), List{});
  EXPECT_EQ(subject.hear(0), List{});
  EXPECT_EQ(subject.after(1h), List{});
}

TEST(Fault, WaitsForAChecksFirstAnswerBeforeItClears) {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  Subject subject{router};
  (void)subject.lose_link();
  (void)subject.tell(Start{});
  EXPECT_EQ(subject.regain_link(), List{});
  EXPECT_EQ(subject.report(0, true),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

TEST(Fault, HoldsChangeNothingButTheNextBackup) {
  Subject subject = backup();
  (void)subject.lose_link();
  EXPECT_EQ(subject.hold(Hold::kMaintenance), List{});
  (void)subject.regain_link();
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Fault, StopsAtOnce) {
  Subject subject = backup();
  (void)subject.lose_link();
  EXPECT_EQ(subject.stop(), (List{changed(State::kFault, State::kStopped, Cause::kStop)}));
}

// FAULT-35: priority 0 and the addresses let go in the turn that hears of it, tried again after 10 s
TEST(AddressRefused, AMasterWithoutItsAddressesSaysPriorityZeroAndLetsGoAtOnce) {
  Subject subject = master();
  EXPECT_EQ(subject.tell(AddressRefused{99}),
            (List{send(0), withdraw(),
                  changed(State::kMaster, State::kFault, Cause::kAddressRefused, refused(99))}));
  EXPECT_EQ(subject->fault_count(), 1U);
  EXPECT_EQ(subject.due_in(), 10s);
}

TEST(AddressRefused, IsTriedAgainAfterTenSecondsByWayOfBackup) {
  Subject subject = master();
  (void)subject.tell(AddressRefused{99});
  EXPECT_EQ(subject.after(10s - 1ns), List{});
  EXPECT_EQ(subject.after(1ns),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(AddressRefused, IsNotForgottenBecauseSomethingElseRecovered) {
  Subject subject = master();
  (void)subject.tell(AddressRefused{99});
  (void)subject.lose_link();
  EXPECT_EQ(subject->fault_count(), 2U);
  EXPECT_EQ(subject.regain_link(), List{});
  EXPECT_EQ(subject.due_in(), 10s);
}

TEST(AddressRefused, ExpiresWhileSomethingElseIsWrongAndThenThatDecides) {
  Subject subject = master();
  (void)subject.tell(AddressRefused{99});
  (void)subject.lose_link();
  EXPECT_EQ(subject.after(10s), List{});
  EXPECT_TRUE(subject.waits_for_nothing());
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
}

}  // namespace
}  // namespace core::testing
