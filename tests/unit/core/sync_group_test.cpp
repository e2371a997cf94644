#include "engine/core/sync_group.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "subject.hpp"

namespace core::testing {
namespace {

// Every situation a member can be in, once.
enum class Is : std::uint8_t {
  kStarting,
  kListening,
  kObeying,  // a backup whose master was heard
  kWanting,
  kHeld,
  kMaster,
  kDeparting,
  kAsking,  // departs if somebody answers
  kFaulty,
  kDepartingFaulty,  // says priority 0 because of its own check
  kWaitingInFault,   // at fault with its group alone
  kStopped,
};
constexpr std::size_t kSituations = 12;

Member member_that(Is is, std::uint16_t place = 0) {
  Member m;
  m.instance = place;
  m.has_own_fault = is == Is::kFaulty || is == Is::kDepartingFaulty;
  m.is_stopped = is == Is::kStopped;
  m.is_asking = is == Is::kAsking;
  m.is_departing = is == Is::kDeparting || is == Is::kDepartingFaulty || m.is_asking;
  m.is_held = is == Is::kHeld;
  m.is_master = is == Is::kMaster || m.is_departing;
  m.wants_master = is == Is::kWanting;
  m.is_starting = is == Is::kStarting;
  m.is_listening = is == Is::kListening || is == Is::kHeld;
  return m;
}

Standing standing_of(const std::vector<Is>& situations) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < situations.size(); ++i)
    members.push_back(member_that(situations[i], static_cast<std::uint16_t>(10 + i)));
  return core::standing_of(members);
}

// Calls `check` with every combination of one to four members.
template <typename Check>
void every_group(Check&& check) {
  for (std::size_t size = 1; size <= 4; ++size) {
    std::vector<Is> group(size);
    std::size_t combinations = 1;
    for (std::size_t i = 0; i < size; ++i) combinations *= kSituations;
    for (std::size_t number = 0; number < combinations; ++number) {
      std::size_t rest = number;
      for (Is& is : group) {
        is = static_cast<Is>(rest % kSituations);
        rest /= kSituations;
      }
      check(group);
    }
  }
}

bool has(const std::vector<Is>& group, std::initializer_list<Is> any) {
  return std::any_of(group.begin(), group.end(),
                     [&](Is is) { return std::find(any.begin(), any.end(), is) != any.end(); });
}

TEST(SyncGroup, IsInFaultExactlyWhileAMemberHasAFaultOfItsOwn) {
  every_group([](const std::vector<Is>& group) {
    const bool faulty = has(group, {Is::kFaulty, Is::kDepartingFaulty});
    EXPECT_EQ(standing_of(group).state == State::kFault, faulty);
  });
}

TEST(SyncGroup, IsNoMasterWhileAMemberMayNotBe) {
  every_group([](const std::vector<Is>& group) {
    if (has(group, {Is::kHeld, Is::kDeparting, Is::kObeying, Is::kStopped, Is::kWaitingInFault})) {
      EXPECT_NE(standing_of(group).state, State::kMaster);
    }
  });
}

TEST(SyncGroup, RisesOnlyWhenEveryMemberWantsToOrIsMaster) {
  every_group([](const std::vector<Is>& group) {
    if (has(group, {Is::kMaster, Is::kAsking})) return;
    const bool all_want =
        std::all_of(group.begin(), group.end(), [](Is is) { return is == Is::kWanting; });
    EXPECT_EQ(standing_of(group).state == State::kMaster, all_want);
  });
}

// Who has only begun to listen knows nothing against the others, and who leaves if somebody answers has not left.
TEST(SyncGroup, StaysMasterWhileItsMembersAreWantToBeOrHaveHeardNobodyYet) {
  every_group([](const std::vector<Is>& group) {
    if (!has(group, {Is::kMaster, Is::kAsking})) return;
    const bool stays = std::all_of(group.begin(), group.end(), [](Is is) {
      return is == Is::kMaster || is == Is::kAsking || is == Is::kWanting || is == Is::kListening ||
             is == Is::kStarting;
    });
    EXPECT_EQ(standing_of(group).state == State::kMaster, stays);
  });
}

TEST(SyncGroup, IsDecidedByTheFirstMemberThatIsWhyItIsSo) {
  using enum Is;
  EXPECT_EQ(standing_of({kMaster, kFaulty, kFaulty}), (Standing{State::kFault, 11}));
  EXPECT_EQ(standing_of({kHeld, kFaulty}), (Standing{State::kFault, 11}));
  EXPECT_EQ(standing_of({kMaster, kObeying, kHeld}), (Standing{State::kBackup, 11}));
  EXPECT_EQ(standing_of({kListening, kObeying}), (Standing{State::kBackup, 11}));
  EXPECT_EQ(standing_of({kWanting, kListening}), (Standing{State::kBackup, 11}));
  EXPECT_EQ(standing_of({kWanting, kMaster}), (Standing{State::kMaster, 11}));
  EXPECT_EQ(standing_of({kWanting, kWanting}), (Standing{State::kMaster, 10}));
}

TEST(SyncGroup, DoesNotDependOnTheOrderOfItsMembers) {
  every_group([](const std::vector<Is>& group) {
    std::vector<Is> reversed(group.rbegin(), group.rend());
    EXPECT_EQ(standing_of(group).state, standing_of(reversed).state);
  });
}

TEST(SyncGroup, TellsAMemberWhatItHasNotHeardAndWhatItWaitsFor) {
  const Standing master{State::kMaster, 0}, backup{State::kBackup, 0};
  Member member = member_that(Is::kMaster);
  EXPECT_TRUE(must_be_told(member, master));  // nothing yet
  member.told = State::kMaster;
  EXPECT_FALSE(must_be_told(member, master));
  EXPECT_TRUE(must_be_told(member, backup));
  Member waiting = member_that(Is::kWanting);
  waiting.told = State::kMaster;
  EXPECT_TRUE(must_be_told(waiting, master));
  Member gone = member_that(Is::kStopped);
  EXPECT_FALSE(must_be_told(gone, master));
}

// --- settle() with members that are the real thing ------------------------------------------------------------------

Member view_of(const Instance& instance, std::uint16_t place) {
  Member m;
  m.instance = place;
  m.has_own_fault = instance.has_own_fault();
  m.is_stopped = instance.state() == State::kStopped;
  m.is_departing = instance.is_departing();
  m.is_asking = instance.is_asking();
  m.is_held = instance.holds() != 0;
  m.is_master = instance.state() == State::kMaster;
  m.wants_master = instance.wants_master();
  m.must_prepare = instance.must_prepare();
  m.is_starting = instance.state() == State::kInitialize;
  m.is_listening = instance.is_listening();
  m.told = instance.told();
  m.told_prepares = instance.told_prepares();
  return m;
}

// The members of one router's group, told and advanced as an engine does it.
struct Group {
  std::vector<Subject> members;
  int told = 0;

  explicit Group(std::vector<Router> routers) {
    for (const Router& router : routers) members.emplace_back(router);
  }
  Instant now() const { return members.front().now; }
  void settle() {
    std::vector<Member> room(members.size());
    standing = core::settle(
        room,
        [&](std::size_t i) {
          return view_of(*members[i].operator->(), static_cast<std::uint16_t>(i));
        },
        [&](std::size_t i, const GroupChanged& event) {
          ++told;
          note(i, members[i].tell(event));
        });
  }
  void start() {
    for (std::size_t i = 0; i < members.size(); ++i) note(i, members[i].start());
    settle();
  }
  void note(std::size_t i, const List& todo) {
    for (const Action& action : todo)
      if (const auto* change = std::get_if<Changed>(&action)) changes[i].push_back(*change);
  }
  // Every deadline on the way is met.
  void pass(Duration wait) {
    const Instant until = now() + wait;
    for (;;) {
      Instant next = until;
      for (const Subject& member : members) next = earlier(next, member->deadline());
      const Duration step = std::max(next - now(), Duration{0});
      for (std::size_t i = 0; i < members.size(); ++i) note(i, members[i].after(step));
      settle();
      if (now() >= until) return;
    }
  }
  std::vector<State> states() const {
    std::vector<State> all;
    for (const Subject& member : members) all.push_back(member->state());
    return all;
  }
  bool all_are(State state) const {
    const auto all = states();
    return std::all_of(all.begin(), all.end(), [&](State s) { return s == state; });
  }
  Standing standing;
  std::map<std::size_t, std::vector<Changed>> changes;
};

Router owner() { return grouped(v2_router(255)); }

TEST(SyncGroupOfInstances, WhoseMembersHearNobodyIsMasterWhenTheLastOfThemWants) {
  // 150: 3 + 106/256 = 3.41 s; 50: 3 + 206/256 = 3.80 s.
  Group group{{grouped(v2_router(150)), grouped(v2_router(50))}};
  group.start();
  group.pass(3700ms);
  EXPECT_TRUE(group.all_are(State::kBackup));
  group.pass(200ms);
  EXPECT_TRUE(group.all_are(State::kMaster));
  EXPECT_EQ(group.standing.state, State::kMaster);
  // The one whose timer decided names silence, the other its group; each changed once since the start.
  EXPECT_EQ(group.changes[1].back().cause, Cause::kSilence);
  EXPECT_EQ(group.changes[0].back().cause, Cause::kSyncGroup);
}

TEST(SyncGroupOfInstances, OfOwnersIsMasterFromTheStart) {
  Group group{{owner(), owner(), owner()}};
  group.start();
  EXPECT_TRUE(group.all_are(State::kMaster));
}

TEST(SyncGroupOfInstances, WithOneOwnerWaitsForTheOthers) {
  Group group{{owner(), grouped(v2_router(100))}};
  group.start();
  EXPECT_TRUE(group.all_are(State::kBackup));
  group.pass(4s);
  EXPECT_TRUE(group.all_are(State::kMaster));
}

TEST(SyncGroupOfInstances, OneMemberThatObeysAMasterKeepsTheOtherWantingAndDown) {
  Group group{{grouped(v2_router(150)), grouped(v2_router(150))}};
  group.start();
  for (int i = 0; i < 30; ++i) {
    (void)group.members[1].hear(200);
    group.settle();
    group.pass(1s);
    EXPECT_TRUE(group.all_are(State::kBackup));
  }
  EXPECT_TRUE(group.members[0]->wants_master());
  group.pass(5s);  // that master is gone
  EXPECT_TRUE(group.all_are(State::kMaster));
}

TEST(SyncGroupOfInstances, AMemberThatYieldsTakesTheOthersWithIt) {
  Group group{{grouped(), grouped(), grouped()}};
  group.start();
  group.pass(4s);
  ASSERT_TRUE(group.all_are(State::kMaster));
  group.note(1, group.members[1].hear(200));
  group.settle();
  EXPECT_EQ(group.members[1]->state(), State::kBackup);
  EXPECT_TRUE(group.members[0]->is_departing());
  EXPECT_TRUE(group.members[2]->is_departing());
  group.pass(1s);
  EXPECT_TRUE(group.all_are(State::kBackup));
  EXPECT_EQ(group.changes[0].back().evidence.member, 1);
  EXPECT_EQ(group.changes[0].back().cause, Cause::kSyncGroup);
}

TEST(SyncGroupOfInstances, TwoFaultsNeedTwoRecoveries) {
  Router checked = grouped();
  checked.trackers.push_back({});
  Group group{{checked, checked, grouped()}};
  group.start();
  for (const std::size_t i : {0U, 1U}) group.note(i, group.members[i].report(0, true));
  group.pass(4s);
  ASSERT_TRUE(group.all_are(State::kMaster));
  for (const std::size_t i : {0U, 1U}) {
    group.note(i, group.members[i].report(0, false));
    group.settle();
  }
  group.pass(2s);
  EXPECT_TRUE(group.all_are(State::kFault));
  group.note(0, group.members[0].report(0, true));
  group.settle();
  group.pass(10s);
  EXPECT_TRUE(group.all_are(State::kFault));
  EXPECT_EQ(group.standing, (Standing{State::kFault, 1}));
  group.note(1, group.members[1].report(0, true));
  group.settle();
  EXPECT_TRUE(group.all_are(State::kBackup));
  group.pass(4s);
  EXPECT_TRUE(group.all_are(State::kMaster));
}

TEST(SyncGroupOfInstances, AHoldOnOneMemberKeepsAllDown) {
  Group group{{grouped(), grouped()}};
  group.start();
  group.note(1, group.members[1].hold(Hold::kPermit));
  group.settle();
  group.pass(20s);
  EXPECT_TRUE(group.all_are(State::kBackup));
  group.note(1, group.members[1].release(Hold::kPermit));
  group.settle();
  group.pass(1s);  // the skew
  EXPECT_TRUE(group.all_are(State::kMaster));
  group.note(0, group.members[0].hold(Hold::kMaintenance));
  group.settle();
  group.pass(1s);
  EXPECT_TRUE(group.all_are(State::kBackup));
}

// The old engine died between two members' takeovers: one is master by the board, the other a backup whose time is up.
TEST(SyncGroupOfInstances, AnEngineThatFindsHalfATakeoverFinishesIt) {
  Group group{{grouped(), grouped()}};
  Adopted master;
  master.state = State::kMaster;
  master.deadline = kStart + 900ms;
  Adopted backup;
  backup.state = State::kBackup;
  backup.deadline = kStart - 100ms;
  for (std::size_t i = 0; i < 2; ++i) {
    group.note(i, group.members[i].adopt(i == 0 ? master : backup));
    group.note(i, group.members[i].tell(LinkChanged{true, Cause::kLinkDown, kOwn}));
  }
  group.pass(0s);
  EXPECT_EQ(group.members[0]->state(), State::kMaster);
  EXPECT_FALSE(group.members[0]->is_departing());
  group.pass(4s);
  EXPECT_TRUE(group.all_are(State::kMaster));
  EXPECT_TRUE(group.changes[0].empty());  // never left
}

// The same with a master of before on the board, who fell silent; and the group is settled before time is let pass.
TEST(SyncGroupOfInstances, AnEngineThatFindsASilentMastersHeirsHalfRisenDoesNotSendThemBack) {
  Group group{{grouped(), grouped()}};
  Adopted master;
  master.state = State::kMaster;
  master.deadline = kStart + 900ms;
  Adopted backup;
  backup.state = State::kBackup;
  backup.deadline = kStart - 10ms;  // 3.609375 s after the last advert
  backup.master = kPeer;
  backup.master_priority = Priority{200};
  backup.master_interval = 1s;
  backup.last_heard = kStart - 10ms - kDown100;
  for (std::size_t i = 0; i < 2; ++i) {
    group.note(i, group.members[i].adopt(i == 0 ? master : backup));
    group.note(i, group.members[i].tell(LinkChanged{true, Cause::kLinkDown, kOwn}));
  }
  group.settle();
  EXPECT_FALSE(group.members[0]->is_departing());
  group.pass(0s);
  EXPECT_TRUE(group.all_are(State::kMaster));
}

TEST(SyncGroupOfInstances, SettlingAgainTellsNobody) {
  Group group{{grouped(), grouped()}};
  group.start();
  group.pass(4s);
  const int told = group.told;
  for (int i = 0; i < 100; ++i) group.settle();
  EXPECT_EQ(group.told, told);
}

// Whatever happens to its members in whatever order: one settling is enough (a second tells nobody), no member is master
// for good beside one that may not be, and when all is well and quiet the group is master.
TEST(SyncGroupOfInstances, WhateverHappensAGroupThatIsLeftInPeaceIsMasterWhole) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](unsigned to) { return static_cast<std::size_t>(random() % to); };
    std::vector<Router> routers;
    for (std::size_t i = 0, size = 1 + pick(4); i < size; ++i) {
      Router router = grouped(v2_router(static_cast<int>(1 + pick(255))));
      router.trackers.push_back({});
      router.preempt = pick(2) == 0;
      routers.push_back(router);
    }
    Group group{routers};
    group.start();
    std::vector<bool> linked(routers.size(), true);
    for (int step = 0; step < 60; ++step) {
      const std::size_t i = pick(static_cast<unsigned>(routers.size()));
      Subject& member = group.members[i];
      switch (pick(7)) {
        case 0: group.note(i, member.report(0, pick(3) != 0)); break;
        case 1: group.note(i, member.hear(static_cast<int>(pick(256)))); break;
        case 2: group.note(i, pick(2) == 0 ? member.lose_link() : member.regain_link()); break;
        case 3: group.note(i, member.hold(Hold::kMaintenance)); break;
        case 4: group.note(i, member.release(Hold::kMaintenance)); break;
        case 5: group.note(i, member.tell(AddressesInstalled{})); break;
        default: group.pass(pick(5000) * 1ms);
      }
      group.settle();
      const int told = group.told;
      group.settle();
      ASSERT_EQ(group.told, told) << "seed " << seed << " step " << step;
      const bool some_rest =
          std::any_of(group.members.begin(), group.members.end(), [](const Subject& subject) {
            return subject->state() == State::kFault || subject->holds() != 0;
          });
      for (const Subject& subject : group.members)
        ASSERT_TRUE(!some_rest || subject->state() != State::kMaster || subject->is_departing());
    }
    for (std::size_t i = 0; i < routers.size(); ++i) {
      group.note(i, group.members[i].report(0, true));
      group.note(i, group.members[i].regain_link());
      group.note(i, group.members[i].release(Hold::kMaintenance));
      group.settle();
    }
    // The longest: a departure of 1 s, an overlap, a second hearing, and 3 s and the skew of the lowest priority.
    group.pass(20s);
    EXPECT_TRUE(group.all_are(State::kMaster)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace core::testing
