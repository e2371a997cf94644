// Make before break: a planned departure says priority 0, keeps answering until the successor speaks, and only then
// changes state.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

Router checked_router() {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  return router;
}

// A master with one unweighted check that is well.
Subject checked_master() {
  Subject subject{checked_router()};
  (void)subject.start();
  (void)subject.report(0, true);
  (void)subject.after(subject.due_in());
  return subject;
}

Evidence asked_by(std::uint32_t uid) {
  Evidence evidence;
  evidence.uid = uid;
  return evidence;
}

// RFC9568-6.4.3-8 positive, RFC3768-6.4.3-5 positive
TEST(Departing, SaysPriorityZeroOnceAndStaysMasterToEveryoneWhoLooks) {
  Subject subject = master();
  EXPECT_EQ(subject.stop(), (List{send(0)}));
  EXPECT_TRUE(subject->is_departing());
  EXPECT_EQ(subject->state(), State::kMaster);
  EXPECT_TRUE(subject->holds_addresses());
  EXPECT_EQ(subject.due_in(), 1s);
  EXPECT_EQ(subject.after(999ms), List{});
}

TEST(Departing, LetsGoTenMillisecondsAfterASuccessorWasHeard) {
  Subject subject = master();
  (void)subject.stop();
  subject.now += 500ms;
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), 10ms);
  EXPECT_EQ(subject.after(10ms),
            (List{withdraw(), changed(State::kMaster, State::kStopped, Cause::kStop)}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Departing, LetsGoAfterOneIntervalWhenNobodySpeaks) {
  Subject subject = master();
  (void)subject.stop();
  EXPECT_EQ(subject.after(1s),
            (List{withdraw(), changed(State::kMaster, State::kStopped, Cause::kStop)}));
}

TEST(Departing, AFurtherAdvertOfTheSuccessorDoesNotPutItOff) {
  Subject subject = master();
  (void)subject.stop();
  subject.now += 500ms;
  (void)subject.hear(50);
  subject.now += 8ms;
  (void)subject.hear(50);
  EXPECT_EQ(subject.due_in(), 2ms);
}

TEST(Departing, ASuccessorHeardInTheLastMillisecondDoesNotExtendTheBound) {
  Subject subject = master();
  (void)subject.stop();
  subject.now += 999ms;
  (void)subject.hear(50);
  EXPECT_EQ(subject.due_in(), 1ms);
}

TEST(Departing, AnotherThatLeavesIsNoSuccessor) {
  Subject subject = master();
  (void)subject.stop();
  (void)subject.hear(0);
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(Departing, AnnouncesNothingAnyMore) {
  Subject subject = master();
  (void)subject.stop();
  EXPECT_EQ(subject.tell(AddressesInstalled{}), List{});
  EXPECT_EQ(subject.tell(AddressRefused{1}), List{});
}

TEST(Departing, ARemovedPermitEndsInBackupThatSleeps) {
  Subject subject = master();
  EXPECT_EQ(subject.hold(Hold::kPermit), (List{send(0)}));
  subject.now += 609ms;
  (void)subject.hear(100);
  EXPECT_EQ(subject.after(10ms),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kPermitRemoved)}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Departing, AnOperatorsHoldNamesWhoAsked) {
  Subject subject = master();
  (void)subject.hold(Hold::kMaintenance, 1000);
  EXPECT_EQ(subject.after(1s), (List{withdraw(), changed(State::kMaster, State::kBackup,
                                                         Cause::kOperator, asked_by(1000))}));
}

TEST(Departing, AFailedCheckEndsInFault) {
  Subject subject = checked_master();
  EXPECT_EQ(subject.report(0, false), (List{send(0)}));
  EXPECT_EQ(
      subject.after(1s),
      (List{withdraw(), changed(State::kMaster, State::kFault, Cause::kScriptFailed, script(0))}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Departing, ACheckThatRecoversMeanwhileEndsInBackupAsNothingIsWrongAnyMore) {
  Subject subject = checked_master();
  (void)subject.report(0, false);
  subject.now += 500ms;
  EXPECT_EQ(subject.report(0, true), List{});
  subject.now += 109ms;
  (void)subject.hear(100);
  EXPECT_EQ(
      subject.after(10ms),
      (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kScriptFailed, script(0))}));
  EXPECT_EQ(subject.due_in(), kDown100 - 10ms);  // of the successor just heard
}

TEST(Departing, AloneOnTheWireAWithdrawnReasonCostsOnlyTheSkewMore) {
  Subject subject = master();
  (void)subject.hold(Hold::kPermit);
  (void)subject.release(Hold::kPermit);
  EXPECT_EQ(subject.after(1s),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kPermitRemoved)}));
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(Departing, ACheckThatFailsDuringAHoldsDepartureEndsInFaultAndIsNamed) {
  Subject subject = checked_master();
  (void)subject.hold(Hold::kPermit);
  EXPECT_EQ(subject.report(0, false), List{});
  EXPECT_EQ(
      subject.after(1s),
      (List{withdraw(), changed(State::kMaster, State::kFault, Cause::kScriptFailed, script(0))}));
}

TEST(Departing, AStopOnTheWayEndsInStopped) {
  Subject subject = checked_master();
  (void)subject.report(0, false);
  subject.now += 500ms;
  EXPECT_EQ(subject.stop(), List{});
  EXPECT_EQ(subject.due_in(), 500ms);
  EXPECT_EQ(subject.after(500ms),
            (List{withdraw(), changed(State::kMaster, State::kStopped, Cause::kStop)}));
}

TEST(Departing, ACheckThatFailsOnTheWayToStoppedDoesNotRenameTheStop) {
  Subject subject = checked_master();
  (void)subject.stop();
  EXPECT_EQ(subject.report(0, false), List{});
  EXPECT_EQ(subject.after(1s),
            (List{withdraw(), changed(State::kMaster, State::kStopped, Cause::kStop)}));
}

TEST(Departing, ALostLinkLetsGoAtOnce) {
  Subject subject = master();
  (void)subject.hold(Hold::kPermit);
  EXPECT_EQ(subject.lose_link(),
            (List{withdraw(), changed(State::kMaster, State::kFault, Cause::kLinkDown)}));
}

TEST(Departing, ALostLinkOnTheWayToStoppedStops) {
  Subject subject = master();
  (void)subject.stop();
  EXPECT_EQ(subject.lose_link(),
            (List{withdraw(), changed(State::kMaster, State::kStopped, Cause::kStop)}));
}

TEST(Departing, SilenceAfterwardsCountsFromTheSuccessorsNewestAdvert) {
  Subject subject = master();
  (void)subject.hold(Hold::kPermit);
  (void)subject.release(Hold::kPermit);
  (void)subject.hear(150);
  subject.now += 4ms;
  (void)subject.hear(150);
  (void)subject.after(6ms);
  EXPECT_EQ(subject.due_in(), kDown100 - 6ms);
}

TEST(Departing, TheSuccessorsIntervalIsLearnedInVersionThree) {
  Subject subject = master(v3_router());
  (void)subject.hold(Hold::kPermit);
  (void)subject.release(Hold::kPermit);
  subject.now += 500ms;
  (void)subject.hear(150, kPeer, 2s);
  (void)subject.after(10ms);
  EXPECT_EQ(subject.due_in(), 7'218'750'000ns - 10ms);
}

}  // namespace
}  // namespace core::testing
