// Who comes back listens first: the start delay, and the quiet start of a router that knows it is not alone.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

Router quiet(Router router = v2_router()) {
  router.quiet_cap = 10s;
  return router;
}
bool is_quiet(const Subject& subject) {
  return (subject->holds() & static_cast<std::uint8_t>(Hold::kQuiet)) != 0;
}
bool is_delayed(const Subject& subject) {
  return (subject->holds() & static_cast<std::uint8_t>(Hold::kStartDelay)) != 0;
}
List start(Subject& subject, Duration delay, bool knew_peer) {
  (void)subject.regain_link();
  return subject.tell(Start{subject.now + delay, knew_peer});
}
// Back after a boot, and a peer was known before it.
Subject back(const Router& router = quiet()) {
  Subject subject{router};
  (void)start(subject, 0s, true);
  return subject;
}

TEST(QuietStart, LastsUntilItsCapWhenNothingIsHeardAndLeavesTheSkew) {
  Subject subject{quiet()};
  EXPECT_EQ(start(subject, 0s, true),
            (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_TRUE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), 10s);
  EXPECT_EQ(subject.after(10s), List{});
  EXPECT_FALSE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), kSkew100);
  EXPECT_EQ(subject.after(kSkew100),
            (List{send(100), install(), changed(State::kBackup, State::kMaster, Cause::kSilence)}));
}

// The silence before was the LAN's: the master's begins to count now.
TEST(QuietStart, EndsWhenTheLanIsHeardAndListensAWholeDownInterval) {
  Subject subject = back();
  (void)subject.after(6s);
  EXPECT_EQ(subject.tell(LanHeard{}), List{});
  EXPECT_FALSE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(QuietStart, EndsWithTheFirstAdvertOfItsMaster) {
  Subject subject = back();
  (void)subject.after(6s);
  (void)subject.hear(200);
  EXPECT_FALSE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(QuietStart, EndsWithAnAdvertItDiscardsAndThenPreempts) {
  Subject subject = back();
  (void)subject.after(1s);
  (void)subject.hear(50);
  EXPECT_EQ(subject.due_in(), kDown100 - 1s);  // ran underneath
  subject = back();
  (void)subject.after(6s);
  (void)subject.hear(50);
  EXPECT_EQ(subject.due_in(), kSkew100);  // ran out underneath
}

TEST(QuietStart, IsForRoutersThatKnewAPeerAndHaveACap) {
  Subject alone{quiet()};
  (void)start(alone, 0s, false);
  EXPECT_FALSE(is_quiet(alone));
  EXPECT_EQ(alone.due_in(), kDown100);
  Subject capless{v2_router()};
  (void)start(capless, 0s, true);
  EXPECT_FALSE(is_quiet(capless));
  EXPECT_EQ(capless.due_in(), kDown100);
}

// RFC9568-6.4.1-p2 positive
TEST(QuietStart, IsNotForAnOwner) {
  Subject subject{quiet(v2_router(255))};
  EXPECT_EQ(start(subject, 0s, true),
            (List{send(255), install(),
                  changed(State::kInitialize, State::kMaster, Cause::kOwnerStartup)}));
}

TEST(QuietStart, IsNotNeededWhenTheLanWasHeardBefore) {
  Subject subject{quiet()};
  (void)subject.tell(LanHeard{});
  (void)start(subject, 0s, true);
  EXPECT_FALSE(is_quiet(subject));
}

TEST(QuietStart, ComesAgainAfterTheOwnLinkWasLost) {
  Subject subject = backup(quiet());
  EXPECT_FALSE(is_quiet(subject));
  (void)subject.hear(200);  // a peer is known from here on
  (void)subject.lose_link();
  EXPECT_EQ(subject.regain_link(),
            (List{changed(State::kFault, State::kBackup, Cause::kFaultCleared)}));
  EXPECT_TRUE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), 10s);
}

TEST(QuietStart, ItsCapBeginsWhenTheLinkIsBack) {
  Subject subject = back();
  (void)subject.after(9s);
  (void)subject.lose_link();
  EXPECT_TRUE(subject.waits_for_nothing());
  (void)subject.after(60s);
  (void)subject.tell(LanHeard{});  // of the time before, read late
  (void)subject.regain_link();
  EXPECT_TRUE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), 10s);
}

TEST(QuietStart, DoesNotComeAgainAfterAFaultThatLeftTheLinkAlone) {
  Router router = quiet();
  router.trackers = {Tracker{}};
  Subject subject{router};
  (void)subject.report(0, true);
  (void)start(subject, 0s, true);
  (void)subject.after(10s);  // the cap
  (void)subject.report(0, false);
  (void)subject.report(0, true);
  EXPECT_FALSE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(QuietStart, ThatEndsLeavesOtherHoldsOn) {
  Subject subject = back();
  (void)subject.hold(Hold::kMaintenance);
  EXPECT_EQ(subject.after(10s), List{});
  EXPECT_FALSE(is_quiet(subject));
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(QuietStart, BeginsAnewUnderANewEngine) {
  Subject subject{quiet()};
  Adopted adopted;
  adopted.state = State::kBackup;
  adopted.deadline = subject.now + 5s;
  adopted.holds = static_cast<std::uint8_t>(Hold::kQuiet);
  (void)subject.adopt(adopted);
  EXPECT_TRUE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), 10s);
}

TEST(QuietStart, ThatWasConfiguredAwayEndsUnderANewEngine) {
  Subject subject{v2_router()};
  Adopted adopted;
  adopted.state = State::kBackup;
  adopted.deadline = subject.now + 1s;
  adopted.holds = static_cast<std::uint8_t>(Hold::kQuiet);
  (void)subject.adopt(adopted);
  EXPECT_FALSE(is_quiet(subject));
  EXPECT_EQ(subject.due_in(), 1s);
}

// --- start delay ---

TEST(StartDelay, EndsByItselfAndLeavesTheSkew) {
  Subject subject;
  EXPECT_EQ(start(subject, 9s, false),
            (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_TRUE(is_delayed(subject));
  EXPECT_EQ(subject.due_in(), 9s);
  EXPECT_EQ(subject.after(9s), List{});
  EXPECT_FALSE(is_delayed(subject));
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(StartDelay, ListensMeanwhile) {
  Subject subject;
  (void)start(subject, 9s, false);
  (void)subject.after(8s);
  (void)subject.hear(200);
  (void)subject.after(1s);
  EXPECT_EQ(subject.due_in(), kDown100 - 1s);
}

TEST(StartDelay, HoldsAnOwnerToo) {
  Subject subject{v2_router(255)};
  EXPECT_EQ(start(subject, 9s, false),
            (List{changed(State::kInitialize, State::kBackup, Cause::kStartup)}));
  EXPECT_EQ(subject.after(9s), List{});
  EXPECT_EQ(subject.due_in(), 3'906'250ns);  // 1/256 s
}

TEST(StartDelay, RunsWhileTheStartWaitsForItsChecksAndInFault) {
  Router router = v2_router();
  router.trackers = {Tracker{}};
  Subject subject{router};
  EXPECT_EQ(start(subject, 9s, false), List{});
  EXPECT_EQ(subject.due_in(), 9s);
  (void)subject.report(0, false);
  EXPECT_EQ(subject.due_in(), 9s);
  EXPECT_EQ(subject.after(9s), List{});
  EXPECT_TRUE(subject.waits_for_nothing());
  (void)subject.report(0, true);
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(StartDelay, ThatIsOverIsNone) {
  Subject subject;
  (void)start(subject, 0s, false);
  EXPECT_FALSE(is_delayed(subject));
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(StartDelay, IsForgottenByWhoStops) {
  Subject subject;
  (void)start(subject, 9s, false);
  (void)subject.stop();
  EXPECT_TRUE(subject.waits_for_nothing());
}

TEST(StartDelay, GoesOnUnderANewEngineThatKnowsItsEnd) {
  Adopted adopted;
  adopted.state = State::kBackup;
  adopted.holds = static_cast<std::uint8_t>(Hold::kStartDelay);
  Subject knows;
  adopted.delayed_until = knows.now + 4s;
  (void)knows.adopt(adopted);
  EXPECT_EQ(knows.due_in(), 4s);
  Subject does_not;
  adopted.delayed_until = {};
  adopted.deadline = does_not.now + 1s;
  (void)does_not.adopt(adopted);
  EXPECT_FALSE(is_delayed(does_not));
  EXPECT_EQ(does_not.due_in(), 1s);
}

}  // namespace
}  // namespace core::testing
