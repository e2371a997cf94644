// Leaving Initialize. RFC 9568 6.4.1.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

// RFC9568-6.4.1-p7 positive
TEST(Start, ABackupWaitsTheWholeDownIntervalWhateverItsConfiguredState) {
  Subject subject;
  EXPECT_EQ(subject.start(), (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_EQ(subject.due_in(), kDown100);
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_FALSE(subject->holds_addresses());
}

// RFC9568-6.4.1-p2 positive, RFC9568-6.4.1-p5 positive, RFC3768-6.4.1-p1 positive
TEST(Start, TheOwnerIsMasterAtOnceAndAdvertisesFirst) {
  Subject subject{v2_router(255)};
  EXPECT_EQ(subject.start(),
            (List{send(255), install(),
                  changed(State::kInitialize, State::kMaster, Cause::kOwnerStartup)}));
  EXPECT_EQ(subject.due_in(), 1s);
  EXPECT_TRUE(subject->holds_addresses());
}

// RFC9568-6.4.1-p2 negative: 254 is no owner.
TEST(Start, PriorityTwoHundredFiftyFourIsNoOwner) {
  Subject subject{v2_router(254)};
  EXPECT_EQ(subject.start(), (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_EQ(subject.due_in(), 3'007'812'500ns);  // 3 s + 2/256 s
}

TEST(Start, AnOwnerWithoutPermitIsABackup) {
  Router router = v2_router(255);
  router.needs_permit = true;
  Subject subject{router};
  EXPECT_EQ(subject.start(), (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_TRUE(subject.waits_for_nothing());
}

// RFC9568-6.4.1-p1 positive
TEST(Start, NothingHappensBeforeTheStartWhateverIsKnown) {
  Subject subject;
  EXPECT_EQ(subject.tell(LinkChanged{true, Cause::kLinkDown, kOwn}), List{});
  EXPECT_EQ(subject.hear(200), List{});
  EXPECT_EQ(subject.after(1h), List{});
  EXPECT_EQ(subject->state(), State::kInitialize);
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(Start, WaitsUntilItIsToldAboutTheLink) {
  Subject subject;
  EXPECT_EQ(subject.tell(Start{}), List{});
  EXPECT_EQ(subject->state(), State::kInitialize);
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
}

TEST(Start, WithAnUnusableLinkIsAFaultWithTheLinksCause) {
  Subject subject;
  (void)subject.lose_link(Cause::kInterfaceGone);
  EXPECT_EQ(subject.tell(Start{}),
            (List{changed(State::kInitialize, State::kFault, Cause::kInterfaceGone)}));
  EXPECT_TRUE(subject.waits_for_nothing());
  EXPECT_EQ(subject->fault_count(), 1U);
}

TEST(Start, WaitsForTheFirstAnswerOfEveryUnweightedCheck) {
  Router router = v2_router();
  router.trackers = {Tracker{}, Tracker{}};
  Subject subject{router};
  EXPECT_EQ(subject.start(), List{});
  EXPECT_EQ(subject.hear(200), List{});  // nobody listens yet
  EXPECT_EQ(subject.report(0, true), List{});
  EXPECT_EQ(subject.report(1, true),
            (List{changed(State::kInitialize, State::kBackup, Cause::kChecked)}));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Start, ChecksThatAnsweredBeforeTheStartAreNotWaitedFor) {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  Subject subject{router};
  EXPECT_EQ(subject.report(0, true), List{});
  EXPECT_EQ(subject.start(), (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
}

TEST(Start, AFailedCheckIsAFaultEvenWhileOthersAreOutstanding) {
  Router router = v2_router();
  router.trackers = {Tracker{}, Tracker{}};
  Subject subject{router};
  (void)subject.start();
  EXPECT_EQ(subject.report(1, false),
            (List{changed(State::kInitialize, State::kFault, Cause::kScriptFailed, script(1))}));
}

TEST(Start, AFailureKnownBeforeTheStartNamesItsCheck) {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  Subject subject{router};
  (void)subject.report(0, false);
  EXPECT_EQ(subject.start(),
            (List{changed(State::kInitialize, State::kFault, Cause::kScriptFailed, script(0))}));
}

TEST(Start, OfSeveralReportsBeforeItTheOneThatStillFailsIsNamed) {
  Router router = v2_router();
  router.trackers = {Tracker{.weight = 10}, Tracker{}, Tracker{}};
  Subject subject{router};
  (void)subject.report(1, false);
  (void)subject.report(2, false);
  (void)subject.report(2, true);
  (void)subject.report(0, true);
  EXPECT_EQ(subject.start(),
            (List{changed(State::kInitialize, State::kFault, Cause::kScriptFailed, script(1))}));
}

TEST(Start, WeightedChecksAreNotWaitedForAndCountAsFailing) {
  Router router = v2_router();
  router.trackers = {Tracker{.weight = -50}};
  Subject subject{router};
  EXPECT_EQ(subject.start(), (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_EQ(subject->effective_priority(), Priority{50});
  EXPECT_EQ(subject.due_in(), 3'804'687'500ns);  // 3 s + 206/256 s
}

// RFC9568-6.4.1-p1 negative
TEST(Start, ASecondStartChangesNothing) {
  Subject subject = backup();
  EXPECT_EQ(subject.tell(Start{}), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Start, AStopInInitializeIsAStop) {
  Subject subject;
  EXPECT_EQ(subject.stop(), (List{changed(State::kInitialize, State::kStopped, Cause::kStop)}));
  EXPECT_EQ(subject.start(), List{});
}

}  // namespace
}  // namespace core::testing
