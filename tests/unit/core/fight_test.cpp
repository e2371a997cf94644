// Somebody removes the addresses as often as they are put back: who has them leaves, if there is anybody to take them.
#include <gtest/gtest.h>

#include "subject.hpp"

namespace core::testing {
namespace {

Event fought() { return AddressesFought{.on = true}; }
Event left_alone() { return AddressesFought{.on = false}; }

// Priority 100; a lower one of 50 took over.
Subject driven_away(const Router& router = v2_router()) {
  Subject subject = master(router);
  (void)subject.tell(fought());
  (void)subject.after(500ms);
  (void)subject.hear(50);
  (void)subject.after(kOverlap);
  EXPECT_EQ(subject->state(), State::kBackup);
  EXPECT_EQ(subject->gave_way_for(), GaveWay::kFight);
  return subject;
}

TEST(Fight, IsLeftMakeBeforeBreak) {
  Subject subject = master();
  EXPECT_EQ(subject.tell(fought()), (List{send(0)}));
  EXPECT_TRUE(subject->holds_addresses());
  EXPECT_EQ(subject.due_in(), 2s);
  (void)subject.after(500ms);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.after(kOverlap),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kAddressFought)}));
}

TEST(Fight, OfALonelyRouterIsEndured) {
  Subject subject = master();
  (void)subject.tell(fought());
  EXPECT_EQ(subject.after(2s), (List{send(100), install()}));
  EXPECT_EQ(subject->state(), State::kMaster);
  EXPECT_FALSE(subject->gave_way());
  // Asked again, it looks again whether there is anybody now.
  EXPECT_EQ(subject.tell(fought()), (List{send(0)}));
}

TEST(Fight, KeepsWhoLeftForItFromTakingItBackBeforeItIsOver) {
  Subject subject = driven_away();
  for (int second = 0; second < 100; ++second) {
    EXPECT_EQ(subject.after(1s), List{});
    EXPECT_EQ(subject.hear(50), List{});
  }
  EXPECT_EQ(subject.tell(left_alone()), List{});
  EXPECT_FALSE(subject->gave_way());
  // As after any advert of a lower one: the timer of the last that was obeyed runs out, and it prepares.
  (void)subject.after(1s);
  EXPECT_EQ(subject.hear(50), List{});
  (void)subject.after(1s);
  (void)subject.hear(50);
  EXPECT_EQ(subject.after(kDown100 - 2s), (List{install()}));
  EXPECT_EQ(
      subject.installed(),
      (List{send(100), announce(),
            changed(State::kBackup, State::kMaster, Cause::kPreemption, peer(50, kDown100 - 2s))}));
}

// An address that comes and goes is better than none.
TEST(Fight, DoesNotKeepItFromTakingOverFromNobody) {
  Subject subject = driven_away();
  (void)subject.hear(50);
  EXPECT_EQ(subject.after(kDown100),
            (List{send(100), install(),
                  changed(State::kBackup, State::kMaster, Cause::kSilence, peer(50, kDown100))}));
  EXPECT_FALSE(subject->gave_way());
}

TEST(Fight, WhileItPreparesGivesTheTakeoverUp) {
  Subject subject = backup();
  (void)subject.after(2s);
  (void)subject.hear(50);
  (void)subject.after(subject.due_in());
  ASSERT_TRUE(subject->is_preparing());
  EXPECT_EQ(subject.tell(fought()), (List{withdraw()}));
  EXPECT_FALSE(subject->is_preparing());
  EXPECT_EQ(subject->gave_way_for(), GaveWay::kFight);
  (void)subject.after(1s);
  EXPECT_EQ(subject.hear(50), List{});
  EXPECT_EQ(subject.due_in(), kDown100);
}

TEST(Fight, ThatIsOverDoesNotEndASwitchover) {
  Subject subject = master();
  (void)subject.tell(Switchover{});
  (void)subject.hear(50);
  (void)subject.after(kOverlap);
  (void)subject.tell(left_alone());
  EXPECT_EQ(subject->gave_way_for(), GaveWay::kSwitchover);
}

// It would have to let go before it knows whether anybody takes over.
TEST(Fight, OfAMemberThatNeverKnewAnotherRouterIsEndured) {
  Subject subject = backup(grouped());
  (void)subject.after(kDown100);
  (void)subject.group(State::kMaster);
  ASSERT_EQ(subject->state(), State::kMaster);
  EXPECT_EQ(subject.tell(fought()), List{});
}

TEST(Fight, OfAMemberIsLeftWhenAnotherRouterIsKnown) {
  Subject subject = backup(grouped());
  (void)subject.hear(50);
  (void)subject.after(kDown100);
  (void)subject.group(State::kMaster);
  (void)subject.installed();
  ASSERT_EQ(subject->state(), State::kMaster);
  EXPECT_EQ(subject.tell(fought()), (List{send(0)}));
  EXPECT_EQ(subject.after(2s),
            (List{withdraw(), changed(State::kMaster, State::kBackup, Cause::kAddressFought)}));
}

}  // namespace
}  // namespace core::testing
