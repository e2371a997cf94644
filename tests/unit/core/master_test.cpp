// RFC 9568 6.4.3, RFC 3768 6.4.3.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

// RFC9568-6.4.3-9 positive, RFC3768-6.4.3-6 positive
TEST(Master, AdvertisesEveryInterval) {
  Subject subject = master();
  EXPECT_EQ(subject.after(1s - 1ns), List{});
  EXPECT_EQ(subject.after(1ns), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 1s);
}

// FAULT-11
TEST(Master, AdvertsKeepTheirPhaseHoweverLateOneWas) {
  Subject subject = master();
  EXPECT_EQ(subject.after(1s + 300ms), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 700ms);
}

TEST(Master, MissedAdvertsAreNotCaughtUpWith) {
  Subject subject = master();
  EXPECT_EQ(subject.after(10s + 300ms), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 1s);
  EXPECT_EQ(subject.wake(), List{});
}

TEST(Master, ExactlyOneIntervalLateSendsOneAdvertNotTwo) {
  Subject subject = master();
  EXPECT_EQ(subject.after(2s), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 1s);
}

TEST(Master, AnnouncesOnceTheKernelHoldsTheAddresses) {
  Subject subject = master();
  EXPECT_EQ(subject.tell(AddressesInstalled{}), (List{announce()}));
  EXPECT_EQ(subject.due_in(), 1s);
}

// RFC9568-6.4.3-11a positive, -11c positive, RFC3768-6.4.3-8 positive
TEST(Master, YieldsToAHigherPriorityAtOnceAndLetsGoTenMillisecondsLater) {
  Subject subject = master();
  subject.now += 400ms;
  EXPECT_EQ(
      subject.hear(101),
      (List{changed(State::kMaster, State::kBackup, Cause::kHigherPriorityHeard, peer(101, 0ns))}));
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_TRUE(subject->holds_addresses());
  EXPECT_EQ(subject.due_in(), 10ms);
  EXPECT_EQ(subject.after(10ms), (List{withdraw()}));
  EXPECT_FALSE(subject->holds_addresses());
  EXPECT_EQ(subject.due_in(), kDown100 - 10ms);
}

// RFC9568-6.4.3-11a positive
TEST(Master, YieldsToAnEqualPriorityFromAGreaterAddress) {
  Subject subject = master();
  EXPECT_EQ(
      subject.hear(100, kPeer),
      (List{changed(State::kMaster, State::kBackup, Cause::kEqualPriorityLost, peer(100, 0ns))}));
}

// RFC9568-6.4.3-11a negative, RFC9568-6.4.3-12b positive
TEST(Master, AnswersAnEqualPriorityFromALesserAddress) {
  Subject subject = master();
  EXPECT_EQ(subject.hear(100, kLower), (List{send(100)}));
  EXPECT_EQ(subject->state(), State::kMaster);
}

// Compared as unsigned bytes in network order: 192 is more than 10, whatever a signed char thinks.
TEST(Master, ComparesAddressesAsUnsignedNumbersInNetworkOrder) {
  Subject subject = master();
  EXPECT_EQ(subject.hear(100, Address::v4(10, 255, 255, 255)), (List{send(100)}));
  EXPECT_EQ(subject->state(), State::kMaster);
  (void)subject.hear(100, Address::v4(200, 0, 0, 0));
  EXPECT_EQ(subject->state(), State::kBackup);
}

TEST(Master, BreaksTiesWithTheAddressItSpeaksFromNow) {
  Subject subject = master();
  (void)subject.tell(LinkChanged{true, Cause::kLinkDown, Address::v4(192, 0, 2, 4)});
  EXPECT_EQ(subject.hear(100, kPeer), (List{send(100)}));
}

// RFC9568-6.4.3-12b positive
TEST(Master, AnswersALosingAdvertAtOnceAndKeepsItsPhase) {
  for (const Router& router : {v2_router(), v3_router()}) {
    Subject subject = master(router);
    subject.now += 400ms;
    EXPECT_EQ(subject.hear(99), (List{send(100)}));
    EXPECT_EQ(subject.due_in(), 600ms);
  }
}

// RFC9568-6.4.3-10 positive, RFC3768-6.4.3-7 positive
TEST(Master, AnswersPriorityZeroAtOnceAndRearms) {
  Subject subject = master();
  subject.now += 400ms;
  EXPECT_EQ(subject.hear(0), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 1s);
}

// FAULT-54
TEST(Master, AnswersAtMostTwiceInAnyStretchOfOneInterval) {
  Subject subject = master();
  EXPECT_EQ(subject.hear(99), (List{send(100)}));  // at 0 ms
  subject.now += 600ms;
  EXPECT_EQ(subject.hear(99), (List{send(100)}));  // at 600 ms
  EXPECT_EQ(subject.hear(99), List{});
  subject.now += 399ms;
  EXPECT_EQ(subject.hear(99), List{});  // at 999 ms
  subject.now += 1ms;
  EXPECT_EQ(subject.hear(99), (List{send(100)}));  // at 1000 ms: the one at 0 ms is past
  EXPECT_EQ(subject.hear(99), List{});             // the one at 600 ms is not
}

// FAULT-57
TEST(Master, AFloodOfPriorityZeroDoesNotPutOffItsAdverts) {
  Subject subject = master();
  subject.now += 500ms;
  for (int i = 0; i < 100; ++i) (void)subject.hear(0);
  EXPECT_EQ(subject.due_in(), 1s);  // re-armed by the two that were answered
  subject.now += 999ms;
  EXPECT_EQ(subject.hear(0), List{});
  EXPECT_EQ(subject.after(1ms), (List{send(100)}));
}

// RFC9568-6.4.3-p1 positive
TEST(Master, YieldsWhateverPreemptSays) {
  Router router = v2_router();
  router.preempt = false;
  Subject subject = master(router);
  (void)subject.hear(101);
  EXPECT_EQ(subject->state(), State::kBackup);
}

// Erratum 8298: an owner that hears another settles it like any two routers.
// RFC3768-7.1-4 differs
TEST(Master, TwoOwnersSettleItByAddress) {
  Subject loser{v2_router(255)};
  (void)loser.start();
  EXPECT_EQ(loser.hear(255, kPeer),
            (List{changed(State::kMaster, State::kBackup, Cause::kRivalOwner, peer(255, 0ns))}));
  Subject winner{v2_router(255)};
  (void)winner.start();
  EXPECT_EQ(winner.hear(255, kLower), (List{send(255)}));
}

// RFC9568-6.4.3-11b positive
TEST(MasterV3, FollowsTheIntervalOfWhomItYieldsTo) {
  Subject subject = master(v3_router());
  (void)subject.hear(200, kPeer, 2s);
  EXPECT_EQ(subject->master_interval(), 2s);
  (void)subject.after(10ms);
  EXPECT_EQ(subject.due_in(), 7'218'750'000ns - 10ms);  // 6 s + 156/256 x 2 s
}

// --- the overlap after being preempted ---

TEST(Overlap, ATakeoverInBetweenKeepsTheAddressesAndAsksForThemAgain) {
  Router router = v3_router(254, 10ms);  // skew 78125 ns, down interval 30.078125 ms
  Subject subject = master(router);
  (void)subject.hear(255, kPeer, 10ms);
  subject.now += 2ms;
  (void)subject.hear(0, kPeer, 10ms);
  EXPECT_EQ(subject.due_in(), 78125ns);
  EXPECT_EQ(
      subject.after(78125ns),
      (List{send(254), install(),
            changed(State::kBackup, State::kMaster, Cause::kPriorityZeroHeard, peer(0, 78125ns))}));
  EXPECT_EQ(subject.after(10ms), (List{send(254)}));  // nothing is withdrawn any more
}

TEST(Overlap, EndsEarlyWithAFault) {
  Subject subject = master();
  (void)subject.hear(200);
  EXPECT_EQ(subject.lose_link(),
            (List{withdraw(), changed(State::kBackup, State::kFault, Cause::kLinkDown)}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Overlap, EndsEarlyWithAStop) {
  Subject subject = master();
  (void)subject.hear(200);
  EXPECT_EQ(subject.stop(),
            (List{withdraw(), changed(State::kBackup, State::kStopped, Cause::kStop)}));
}

TEST(Overlap, RunsOnWhileHeld) {
  Subject subject = master();
  (void)subject.hear(200);
  (void)subject.hold(Hold::kMaintenance);
  EXPECT_EQ(subject.due_in(), 10ms);
  EXPECT_EQ(subject.after(10ms), (List{withdraw()}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Overlap, ASleepThroughItAndTheDownIntervalWithdrawsAndListensAgain) {
  Subject subject = master();
  (void)subject.hear(200);
  EXPECT_EQ(subject.after(1h), (List{withdraw()}));
  EXPECT_EQ(subject.due_in(), 1s + kSkew100);
}

// --- tracking ---

TEST(MasterTracking, AChangedPriorityIsSaidAtOnceAndThePhaseStays) {
  Router router = v2_router();
  router.trackers = {Tracker{.weight = -30}};
  Subject subject = master(router);
  EXPECT_EQ(subject->effective_priority(), Priority{70});
  subject.now += 400ms;
  EXPECT_EQ(subject.report(0, true), (List{send(100)}));
  EXPECT_EQ(subject.due_in(), 600ms);
  EXPECT_EQ(subject.report(0, true), List{});  // nothing changed
  EXPECT_EQ(subject.report(0, false), (List{send(70)}));
}

TEST(MasterTracking, AnOwnersPriorityNeverMovesSoNothingIsSaid) {
  Router router = v2_router(255);
  router.trackers = {Tracker{.weight = -30}};
  Subject subject{router};
  (void)subject.start();
  EXPECT_EQ(subject.report(0, true), List{});
  EXPECT_EQ(subject.report(0, false), List{});
}

// --- what the board publishes ---

TEST(Master, PublishesItselfAsMaster) {
  Subject subject = master();
  EXPECT_EQ(subject->master(), kOwn);
  EXPECT_EQ(subject->master_priority(), Priority{100});
  EXPECT_TRUE(subject->holds_addresses());
  EXPECT_FALSE(subject->is_departing());
}

// --- the form of our checksum ---

// RFC9568-5.2.8-2 differs
TEST(ChecksumForm, IsThatOfTheLastPeerHeardAndAPseudoHeaderUntilThen) {
  Subject subject = backup(v3_router());
  EXPECT_EQ(subject->checksum_form(), ChecksumForm::kPseudoHeader);
  Advert advert = subject.advert(200, kPeer, 1s);
  advert.checksum = ChecksumForm::kMessageOnly;
  (void)subject.tell(Heard{advert, subject.now});
  EXPECT_EQ(subject->checksum_form(), ChecksumForm::kMessageOnly);
  advert.checksum = ChecksumForm::kPseudoHeader;
  (void)subject.tell(Heard{advert, subject.now});
  EXPECT_EQ(subject->checksum_form(), ChecksumForm::kPseudoHeader);
}

TEST(ChecksumForm, FollowsTheConfigurationWhereItSaysSo) {
  Router router = v3_router();
  router.v3_checksum = V3Checksum::kMessageOnly;
  EXPECT_EQ(
      Subject { router } -> checksum_form(), ChecksumForm::kMessageOnly);
  router.v3_checksum = V3Checksum::kPseudoHeader;
  EXPECT_EQ(
      Subject { router } -> checksum_form(), ChecksumForm::kPseudoHeader);
}

TEST(ChecksumForm, IsNoQuestionForVersionTwoAndIpv6) {
  EXPECT_EQ(
      Subject { v2_router() } -> checksum_form(), ChecksumForm::kMessageOnly);
  Router router = v3_router();
  router.family = Family::kIpv6;
  router.v3_checksum = V3Checksum::kMessageOnly;
  EXPECT_EQ(
      Subject { router } -> checksum_form(), ChecksumForm::kPseudoHeader);
}

}  // namespace
}  // namespace core::testing
