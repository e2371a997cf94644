// Whose priority 0 a backup believes. RFC 9568 6.4.2 believes everybody's; here a stranger's moves no timer while the master
// that is obeyed speaks. Priority 100 at one second: skew 156 / 256 s = 0.609375 s, down interval 3.609375 s.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

const Address kStranger = Address::v4(192, 0, 2, 66);

// RFC9568-6.4.2-8 differs, RFC3768-6.4.2-6 differs
TEST(Release, OfAStrangerMovesNoTimerWhileTheMasterSpeaks) {
  Subject subject = backup();
  (void)subject.hear(200);
  subject.now += 900ms;
  EXPECT_EQ(subject.hear(0, kStranger), List{});
  EXPECT_EQ(subject.due_in(), kDown100 - 900ms);
  EXPECT_EQ(subject->master(), kPeer);
  EXPECT_EQ(subject->master_priority(), Priority{200});
  EXPECT_EQ(subject->last_heard(), subject.now - 900ms);
  EXPECT_FALSE(subject->is_listening());  // to its group it still obeys a master
  // And what it rises for in the end is the silence of its master.
  EXPECT_EQ(subject.after(kDown100 - 900ms),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(200, kDown100))}));
}

TEST(Release, OfTheMasterIsBelievedAfterAStrangersWasNot) {
  Subject subject = backup();
  (void)subject.hear(200);
  subject.now += 300ms;
  (void)subject.hear(0, kStranger);
  (void)subject.hear(0);
  EXPECT_EQ(subject.due_in(), kSkew100);
  EXPECT_EQ(subject.after(kSkew100), (List{send(100), install(),
                                           changed(State::kBackup, State::kMaster,
                                                   Cause::kPriorityZeroHeard, peer(0, kSkew100))}));
}

TEST(Release, OfAnyoneIsBelievedWhenNoMasterIsKnown) {
  Subject subject = backup();
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

// Down to the nanosecond: no backup gives up a master before three intervals and its skew.
TEST(Release, OfAStrangerIsBelievedOnceTheMasterIsSilentForThreeIntervals) {
  Subject subject = backup();
  (void)subject.hear(200);
  subject.now += 3s - 1ns;
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kSkew100 + 1ns);
  EXPECT_EQ(subject->master(), kPeer);
  subject.now += 1ns;
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kSkew100);
  EXPECT_EQ(subject->master(), kStranger);
}

TEST(Release, CountsTheIntervalsThatTheMasterIsWaitedFor) {
  Router router = v3_router();
  router.down_timer_adverts = 5;
  Subject subject = backup(router);
  (void)subject.hear(200, kPeer, 2s);
  subject.now += 10s - 1ns;  // 5 x 2 s
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject->master(), kPeer);
  subject.now += 1ns;
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject->master(), kStranger);
}

// Both better than we are and deaf to each other: the higher one is master, whoever spoke last.
TEST(Release, OfTheWorseOfTwoMastersIsNoReasonToRise) {
  Subject subject = backup();
  (void)subject.hear(200, kPeer);
  subject.now += 500ms;
  (void)subject.hear(150, kStranger);
  EXPECT_EQ(subject.hear(0, kStranger), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Release, OfTheBetterOfTwoMastersIsBelieved) {
  Subject subject = backup();
  (void)subject.hear(200, kPeer);
  subject.now += 500ms;
  (void)subject.hear(150, kStranger);
  (void)subject.hear(0, kPeer);
  EXPECT_EQ(subject.due_in(), kSkew100);
  // The other one speaks within the skew, and is the master from here on.
  subject.now += 500ms;
  (void)subject.hear(150, kStranger);
  EXPECT_EQ(subject.due_in(), kDown100);
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(Release, BetweenMastersOfEqualPriorityTheGreaterAddressCounts) {
  for (const bool is_lower_last : {false, true}) {
    Subject subject = backup();
    (void)subject.hear(200, is_lower_last ? kStranger : kLower);
    (void)subject.hear(200, is_lower_last ? kLower : kStranger);
    (void)subject.hear(0, kLower);
    EXPECT_EQ(subject.due_in(), kDown100);
    (void)subject.hear(0, kStranger);
    EXPECT_EQ(subject.due_in(), kSkew100);
  }
}

// An heir that took over from a dead master is worse than it was, and master all the same.
TEST(Release, OfTheHeirIsBelievedWhenTheMasterBeforeDied) {
  Subject subject = backup();
  (void)subject.hear(200);
  subject.now += 3'414'062'500ns;  // 3 s + 106/256 s: priority 150 rises
  (void)subject.hear(150, kStranger);
  subject.now += 1s;
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(Release, RepeatedByTheOldMasterDoesNotTouchItsSuccessor) {
  Subject subject = backup();
  (void)subject.hear(200);
  (void)subject.hear(0);
  subject.now += 414'062'500ns;  // 106/256 s: priority 150 rises
  (void)subject.hear(150, kStranger);
  subject.now += 10ms;
  (void)subject.hear(0, kPeer);
  EXPECT_EQ(subject.due_in(), kDown100 - 10ms);
  EXPECT_EQ(subject->master(), kStranger);
}

TEST(Release, UnderANewAddressIsBelievedOnceTheMasterSpokeFromThere) {
  Subject subject = backup();
  (void)subject.hear(200, kPeer);
  subject.now += 1s;
  (void)subject.hear(200, kStranger);  // the greater address
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

// From a lower address it is taken for the other of two masters until the former address has been silent for three intervals;
// what a goodbye in between costs is the rest of an ordinary takeover.
TEST(Release, UnderALowerAddressCostsAnOrdinaryTakeoverAtMost) {
  Subject subject = backup();
  (void)subject.hear(200, kPeer);
  for (int i = 0; i < 2; ++i) {
    subject.now += 1s;
    (void)subject.hear(200, kLower);
  }
  (void)subject.hear(0, kLower);
  EXPECT_EQ(subject.due_in(), kDown100);
  subject.now += 1s;
  (void)subject.hear(200, kLower);
  (void)subject.hear(0, kLower);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

TEST(Release, OfAMasterThatFellBelowUsIsBelieved) {
  Subject subject = backup();
  (void)subject.hear(200);
  subject.now += 1s;
  (void)subject.hear(50);  // discarded: it is preempted
  EXPECT_EQ(subject.due_in(), kDown100 - 1s);
  (void)subject.hear(0);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

// The skew has begun; saying it again does not begin it again, or whoever repeats it for ever would keep us down for ever.
// RFC9568-6.4.2-8 differs, RFC3768-6.4.2-6 differs
TEST(Release, SaidAgainDoesNotPutTheTakeoverOff) {
  Subject subject = backup();
  (void)subject.hear(200);
  (void)subject.hear(0);
  for (int i = 1; i <= 6; ++i) {
    subject.now += 100ms;
    EXPECT_EQ(subject.hear(0, i % 2 == 0 ? kPeer : kStranger), List{});
    EXPECT_EQ(subject.due_in(), kSkew100 - i * 100ms);
  }
  // One that came after the deadline, read before it was looked at, changes nothing either.
  subject.now += 10ms;
  (void)subject.hear(0);
  EXPECT_LE(subject.due_in(), 0ns);
  EXPECT_EQ(subject.wake().size(), 3U);
  EXPECT_EQ(subject->state(), State::kMaster);
}

TEST(Release, ByTheThousandFromAStrangerNeitherHastensNorPutsOffTheTakeover) {
  Subject subject = backup();
  (void)subject.hear(200);
  while (subject.due_in() > 1ms) {
    subject.now += 1ms;
    EXPECT_EQ(subject.hear(0, kStranger), List{});
    EXPECT_EQ(subject.wake(), List{});
  }
  EXPECT_EQ(subject.now + subject.due_in(), kStart + kDown100);
}

TEST(Release, SaidAgainUnderAHoldLeavesTheSkewWhenTheHoldGoes) {
  Subject subject = backup();
  (void)subject.hold(Hold::kMaintenance);
  (void)subject.hear(0);
  subject.now += 10s;
  (void)subject.hear(0);
  (void)subject.release(Hold::kMaintenance);
  EXPECT_EQ(subject.due_in(), kSkew100);
}

// A member that has waited for its group has waited.
TEST(Release, SaidAgainDoesNotMakeAMemberWaitAgain) {
  Subject subject = backup(grouped());
  (void)subject.hear(200);
  (void)subject.hear(0);
  (void)subject.after(kSkew100);
  ASSERT_TRUE(subject->wants_master());
  (void)subject.hear(0);
  EXPECT_TRUE(subject->wants_master());
}

TEST(Release, OfAStrangerDoesNotTouchTheOneWeYieldedTo) {
  Subject subject = master();
  (void)subject.hear(200);
  (void)subject.after(kOverlap);
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kDown100 - kOverlap);
}

TEST(Release, OfAStrangerDoesNotTouchTheSuccessorWeLetIn) {
  Subject subject = master();
  (void)subject.hold(Hold::kMaintenance);
  (void)subject.hear(50);
  (void)subject.after(kOverlap);
  ASSERT_EQ(subject->state(), State::kBackup);
  (void)subject.release(Hold::kMaintenance);
  const Duration before = subject.due_in();
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), before);
}

TEST(Release, OfAStrangerDoesNotTouchAnAdoptedMaster) {
  Subject subject;
  (void)subject.tell(LinkChanged{true, Cause::kLinkDown, kOwn});
  Adopted adopted;
  adopted.state = State::kBackup;
  adopted.master = kPeer;
  adopted.master_priority = Priority{200};
  adopted.master_interval = 1s;
  adopted.last_heard = subject.now - 500ms;
  adopted.deadline = subject.now - 500ms + kDown100;
  (void)subject.adopt(adopted);
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject.due_in(), kDown100 - 500ms);
}

// What it does say: that the LAN carries.
TEST(Release, OfAStrangerEndsAQuietStart) {
  Router router = v2_router();
  router.quiet_cap = 5s;
  Subject subject{router};
  (void)subject.tell(LinkChanged{true, Cause::kLinkDown, kOwn});
  Adopted adopted;
  adopted.state = State::kBackup;
  adopted.holds = static_cast<std::uint8_t>(Hold::kQuiet);
  adopted.master = kPeer;
  adopted.master_priority = Priority{200};
  adopted.master_interval = 1s;
  adopted.last_heard = subject.now - 500ms;
  adopted.deadline = subject.now + 5s;
  (void)subject.adopt(adopted);
  ASSERT_NE(subject->holds(), 0);
  (void)subject.hear(0, kStranger);
  EXPECT_EQ(subject->holds(), 0);
  EXPECT_EQ(subject->master(), kPeer);
  EXPECT_EQ(subject.due_in(), kDown100);
}

}  // namespace
}  // namespace core::testing
