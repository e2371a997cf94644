// When the keeper speaks for an engine, in virtual time: adverts each 100 ms, unless a test says otherwise.
#include <gtest/gtest.h>

#include <vector>

#include "engine/keeper/guardian.hpp"

namespace keeper {

static std::ostream& operator<<(std::ostream& out, const Guardian::Deed& deed) {
  static constexpr const char* kWords[] = {"listen", "say 0", "keep", "let go", "end"};
  return out << kWords[static_cast<std::size_t>(deed.what)] << " " << deed.instance;
}

namespace {

using namespace std::chrono_literals;
using base::State;
using What = Guardian::Deed::What;
using Deeds = Guardian::Deeds;

constexpr Guardian::Deed deed(What what, std::uint16_t instance = 0) { return {what, instance}; }

// An engine that shows itself every 50 ms and says an advert when it is due, a keeper that looks when it said it would, and
// a clock that stands still when the test says so.
class GuardianTest : public testing::Test {
 protected:
  void make(std::size_t instances = 1, Duration interval = 100ms, bool is_strict = false) {
    interval_ = interval;
    guardian.emplace(std::vector<Duration>(instances, interval), is_strict);
    rows.assign(instances, {.state = State::kMaster, .interval = interval, .last_said = now});
    sign = {.heartbeat = now, .started = now};
    look();
  }
  void look() {
    guardian->look(sign,
                   guardian->needs_rows(sign, now) ? std::span<const Guardian::Row>(rows)
                                                   : std::span<const Guardian::Row>{},
                   now, deeds);
  }
  // The engine's part of a moment.
  void live() {
    if (!lives) return;
    if (now - sign.heartbeat >= 50ms) sign.heartbeat = now;
    for (Guardian::Row& row : rows) {
      if (row.state != State::kMaster || now - row.last_said < interval_) continue;
      row.last_said = sign.heartbeat = now;
    }
  }
  // Time passes in steps of a millisecond.
  Deeds run(Duration time) {
    for (const Instant end = now + time; now < end;) {
      now += 1ms;
      live();
      if (now >= guardian->deadline()) look();
    }
    return take();
  }
  // Nobody runs; then the engine does its part first, or is `late` by so much.
  Deeds stand_still(Duration time, Duration late = 0ms) {
    now += time;
    if (late == 0ms) live();
    look();
    if (late == 0ms) return take();
    const bool was_alive = std::exchange(lives, false);
    Deeds done = run(late);
    lives = was_alive;
    return done;
  }
  void die() {
    lives = false;
    guardian->died(now);
    look();
  }
  // Another engine comes as far as its first heartbeat.
  void start_another() {
    sign = {.heartbeat = now, .started = now};
    lives = true;
  }
  void hear(std::uint16_t instance, std::uint8_t priority = 100) {
    guardian->heard(instance,
                    {.address = *base::Address::parse("192.0.2.2"),
                     .priority = base::Priority{priority},
                     .interval = interval_},
                    now);
  }
  void wish(std::uint16_t instance) { guardian->wished(instance, deeds); }
  Deeds take() { return std::exchange(deeds, {}); }
  // Engines die one after the other, 20 ms each, and say nothing.
  void die_in_a_loop(std::size_t times = Guardian::kDeaths) {
    for (std::size_t i = 0; i < times; ++i) {
      die();
      if (i + 1 < times) {
        const auto before = take();
        (void)run(20ms);
        deeds.insert(deeds.begin(), before.begin(), before.end());
      }
    }
  }

  Instant now = Instant::from_ns(1'000'000'000'000);
  std::optional<Guardian> guardian;
  std::vector<Guardian::Row> rows;
  Guardian::Sign sign;
  Deeds deeds;
  bool lives = true;

 private:
  Duration interval_{0};
};

TEST_F(GuardianTest, DoesNothingWhileTheEngineLives) {
  make(3);
  EXPECT_EQ(Deeds{}, run(60s));
  EXPECT_FALSE(guardian->stands_in());
}

TEST_F(GuardianTest, LooksAtALivingEngineOnceAnIntervalAndNoMore) {
  make(1, 1s);
  int looks = 0;
  for (const Instant end = now + 60s; now < end;) {
    now += 1ms;
    live();
    if (now < guardian->deadline()) continue;
    ++looks;
    look();
  }
  EXPECT_LE(looks, 60);
}

// Last advert and heartbeat at 0. Half an interval is the lead: it listens from 250 ms on, and speaks at 300 ms.
TEST_F(GuardianTest, SaysPriorityZeroWhenTheThirdAdvertIsMissed) {
  make();
  lives = false;
  EXPECT_EQ(Deeds{}, run(249ms));
  EXPECT_EQ((Deeds{deed(What::kListen)}), run(1ms));
  EXPECT_EQ(Deeds{}, run(49ms));
  EXPECT_EQ((Deeds{deed(What::kKeep), deed(What::kSay)}), run(1ms));
  EXPECT_EQ(Deeds{}, run(60s)) << "nothing is said twice";
  ASSERT_NE(guardian->account_of(0), nullptr);
  EXPECT_TRUE(guardian->account_of(0)->said_zero);
  EXPECT_FALSE(guardian->account_of(0)->is_loop);
  EXPECT_FALSE(guardian->account_of(0)->is_let_go);
}

TEST_F(GuardianTest, LetsGoAnOverlapAfterASuccessorIsHeard) {
  make();
  lives = false;
  (void)run(361ms);
  hear(0);
  EXPECT_EQ(Deeds{}, run(9ms));
  EXPECT_EQ((Deeds{deed(What::kLetGo)}), run(1ms));
  hear(0);
  EXPECT_EQ(Deeds{}, run(10s));
  ASSERT_TRUE(guardian->account_of(0)->successor);
  EXPECT_EQ(guardian->account_of(0)->successor->priority, base::Priority{100});
  EXPECT_EQ(guardian->account_of(0)->let_go, guardian->account_of(0)->began + 71ms);
}

TEST_F(GuardianTest, ARouterThatIsLeavingItselfIsNoSuccessor) {
  make();
  lives = false;
  (void)run(361ms);
  hear(0, 0);
  EXPECT_EQ(Deeds{}, run(10s));
}

TEST_F(GuardianTest, SpeaksForMastersAlone) {
  make(3);
  rows[0].state = State::kBackup;
  rows[1].state = State::kFault;
  lives = false;
  // A backup that still holds something lets go of it: three intervals after the last sign of life.
  (void)run(299ms);
  (void)take();
  EXPECT_EQ((Deeds{deed(What::kLetGo, 0), deed(What::kLetGo, 1), deed(What::kKeep, 2),
                   deed(What::kSay, 2)}),
            run(1ms));
  EXPECT_EQ(guardian->account_of(0), nullptr) << "an engine that comes need not know";
}

TEST_F(GuardianTest, OfWhatHasNotStartedItKnowsNothing) {
  make();
  rows[0].state = State::kInitialize;
  lives = false;
  EXPECT_EQ(Deeds{}, run(10s));
  die_in_a_loop();
  EXPECT_EQ(Deeds{}, take());
}

TEST_F(GuardianTest, APlannedDepartureHasSaidItAlready) {
  make();
  rows[0].is_departing = true;
  lives = false;
  EXPECT_EQ((Deeds{deed(What::kListen), deed(What::kKeep)}), run(10s));
  EXPECT_FALSE(guardian->account_of(0)->said_zero);
  hear(0);
  EXPECT_EQ((Deeds{deed(What::kLetGo)}), run(10ms));
}

TEST_F(GuardianTest, FiveDeathsInARowAreEnough) {
  make(2, 1s);
  die_in_a_loop(Guardian::kDeaths - 1);
  EXPECT_EQ((Deeds{deed(What::kListen, 0), deed(What::kListen, 1)}), take());
  EXPECT_FALSE(guardian->stands_in());
  die();
  EXPECT_EQ(
      (Deeds{deed(What::kKeep, 0), deed(What::kSay, 0), deed(What::kKeep, 1), deed(What::kSay, 1)}),
      take());
  EXPECT_TRUE(guardian->account_of(0)->is_loop);
  // They go on dying, and nothing is said twice.
  for (int i = 0; i < 20; ++i) {
    (void)run(200ms);
    start_another();
    (void)run(2ms);
    die();
  }
  EXPECT_EQ(Deeds{}, take());
}

TEST_F(GuardianTest, AnEngineThatSaidWhatItWantsIsNoneOfThem) {
  make(1, 1s);
  for (int i = 0; i < 50; ++i) {
    die();
    EXPECT_EQ((Deeds{deed(What::kListen)}), take());
    (void)run(20ms);
    start_another();
    guardian->came(now);
    wish(0);
    EXPECT_EQ((Deeds{deed(What::kEnd)}), take());
    EXPECT_EQ(Deeds{}, run(200ms));
  }
  EXPECT_EQ(guardian->deaths(), 0U);
}

TEST_F(GuardianTest, FiveDeathsInALongTimeAreNoLoop) {
  make(1, 40s);
  for (int i = 0; i < 20; ++i) {
    die();
    EXPECT_FALSE(guardian->stands_in()) << i;
    (void)run(2500ms);
    start_another();
  }
}

TEST_F(GuardianTest, WhoeverSpokeBeforeItCouldIsTheSuccessorAlready) {
  make();
  die();
  EXPECT_EQ((Deeds{deed(What::kListen)}), take());
  (void)run(30ms);
  hear(0, 250);
  die_in_a_loop(Guardian::kDeaths - 1);
  EXPECT_EQ((Deeds{deed(What::kLetGo)}), take()) << "and nothing is left to be said";
  EXPECT_FALSE(guardian->account_of(0)->said_zero);
}

TEST_F(GuardianTest, ALivingEngineSilencesItAtOnce) {
  make();
  lives = false;
  (void)run(361ms);
  hear(0);
  (void)run(20ms);
  ASSERT_TRUE(guardian->account_of(0)->is_let_go);
  // The same one goes on: a look is at most a beat away.
  lives = true;
  EXPECT_EQ((Deeds{deed(What::kEnd)}), run(Guardian::kBeat));
  EXPECT_FALSE(guardian->stands_in());
  EXPECT_EQ(Deeds{}, run(10s));
}

TEST_F(GuardianTest, AnotherEngineEndsItInstanceByInstanceWhenItSaysWhatItWants) {
  make(2);
  die_in_a_loop();
  (void)take();
  start_another();
  guardian->came(now);
  EXPECT_NE(guardian->account_of(0), nullptr) << "it is told";
  EXPECT_EQ(Deeds{}, run(20ms));
  wish(1);
  EXPECT_EQ((Deeds{deed(What::kEnd, 1)}), take());
  EXPECT_TRUE(guardian->stands_in());
  wish(0);
  EXPECT_EQ((Deeds{deed(What::kEnd, 0)}), take());
  EXPECT_FALSE(guardian->stands_in());
}

TEST_F(GuardianTest, WhatASuccessorSaysToAnEngineThatHasComeIsForItToJudge) {
  make();
  die_in_a_loop();
  (void)take();
  start_another();
  guardian->came(now);
  hear(0);
  EXPECT_EQ(Deeds{}, run(20ms));
  // It dies before it has said anything: then it counts.
  die();
  EXPECT_EQ((Deeds{deed(What::kLetGo)}), take());
}

TEST_F(GuardianTest, AnEngineThatCameAndHangsIsStoodInForAgain) {
  make();
  die_in_a_loop();
  (void)take();
  start_another();
  guardian->came(now);
  wish(0);
  (void)run(1s);
  (void)take();
  lives = false;
  EXPECT_EQ((Deeds{deed(What::kListen), deed(What::kKeep), deed(What::kSay)}), run(400ms));
}

// Everybody slept for two seconds: the engine has a beat to say what it owes.
TEST_F(GuardianTest, APauseOfTheWholeMachineIsNoReason) {
  make();
  (void)run(1s);
  for (const Duration late : {0ms, 20ms, 45ms}) {
    (void)stand_still(2s, late);
    EXPECT_FALSE(guardian->stands_in()) << late.count();
    EXPECT_EQ(Deeds{}, run(0ms));
    for (const Guardian::Deed& done : run(5s)) EXPECT_EQ(done.what, What::kEnd) << late.count();
  }
  EXPECT_FALSE(guardian->stands_in());
}

TEST_F(GuardianTest, APauseInWhichTheEngineDiedDelaysItByABeatAlone) {
  make();
  (void)run(1s);
  lives = false;
  (void)stand_still(2s);
  EXPECT_FALSE(guardian->stands_in());
  (void)run(Guardian::kBeat);
  EXPECT_TRUE(guardian->stands_in());
}

TEST_F(GuardianTest, WithoutABoardNobodyIsJudged) {
  make();
  lives = false;
  (void)run(200ms);
  guardian->look_at_nothing();
  EXPECT_TRUE(guardian->deadline().is_never());
  now += 10s;
  look();
  EXPECT_FALSE(guardian->stands_in()) << "not at the first look";
  (void)run(Guardian::kBeat);
  EXPECT_TRUE(guardian->stands_in());
}

TEST_F(GuardianTest, KnowsTheIntervalOfTheBoard) {
  make(1, 100ms);
  rows[0].interval = 1s;
  lives = false;
  (void)run(2999ms);
  EXPECT_FALSE(guardian->stands_in());
  (void)run(1ms);
  EXPECT_TRUE(guardian->stands_in());
}

TEST_F(GuardianTest, KeepsUpWithTheShortestIntervalThereIs) {
  make(1, 10ms);
  EXPECT_EQ(Deeds{}, run(10s)) << "a socket is not opened with every look";
  lives = false;
  const Deeds done = run(80ms);
  EXPECT_EQ((Deeds{deed(What::kListen), deed(What::kKeep), deed(What::kSay)}), done);
}

// 2.75 intervals, and nobody is given a beat: an address too many is worse than a gap.
TEST_F(GuardianTest, StrictLetsGoFirstAndSpeaksWhenTheAddressesAreGone) {
  make(1, 100ms, true);
  lives = false;
  (void)run(274ms);
  EXPECT_FALSE(guardian->stands_in());
  (void)take();
  EXPECT_EQ((Deeds{deed(What::kLetGo)}), run(1ms));
  EXPECT_EQ(Deeds{}, run(20ms));
  guardian->let_go_done(0, deeds);
  EXPECT_EQ((Deeds{deed(What::kSay)}), take());
  guardian->let_go_done(0, deeds);
  EXPECT_EQ(Deeds{}, run(10s));
}

TEST_F(GuardianTest, StrictWaitsForNobodyAfterAPause) {
  make(1, 100ms, true);
  (void)run(1s);
  lives = false;
  EXPECT_EQ((Deeds{deed(What::kListen), deed(What::kLetGo)}), stand_still(2s));
}

TEST_F(GuardianTest, StrictInACrashLoop) {
  make(1, 1s, true);
  die_in_a_loop();
  EXPECT_EQ((Deeds{deed(What::kListen), deed(What::kLetGo)}), take());
  guardian->let_go_done(0, deeds);
  EXPECT_EQ((Deeds{deed(What::kSay)}), take());
}

}  // namespace
}  // namespace keeper
