#include "runner/scripts.hpp"

#include <gtest/gtest.h>

namespace runner {

// For failure messages.
void PrintTo(const CheckAction& action, std::ostream* out) {
  if (const auto* judged = std::get_if<Judged>(&action)) {
    *out << "Judged{" << (judged->outcome.well ? "well" : "failed")
         << (judged->outcome.timed_out ? ", timed out" : "") << ", status "
         << judged->outcome.status << ", " << judged->outcome.duration.count() / 1'000'000
         << " ms, verdict " << static_cast<int>(judged->verdict)
         << (judged->changed ? ", changed}" : "}");
  } else if (const auto* signal = std::get_if<SignalRun>(&action)) {
    *out << "Signal{" << signal->signal << "}";
  } else {
    *out << "Start";
  }
}

namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::Instant;

constexpr Instant at(Duration since_start) {
  return Instant::from_ns(1'000'000'000'000) + since_start;
}

// As on gulp: every 5 s, 2 failures for bad, 2 successes for good again.
config::Script gulps() {
  config::Script script;
  script.interval = 5s;
  script.timeout = 5s;
  script.rise = 2;
  script.fall = 2;
  return script;
}

struct Driver {
  explicit Driver(const config::Script& script) : check(script, at(0s)) {}
  CheckActions advance(Duration now) {
    CheckActions todo;
    check.advance(at(now), todo);
    return todo;
  }
  CheckActions ended(int status, Duration now) {
    CheckActions todo;
    check.ended(status, at(now), todo);
    return todo;
  }
  // One whole run that takes 100 ms.
  CheckActions run(Duration start, int status) {
    EXPECT_EQ(advance(start), CheckActions{StartRun{}});
    return ended(status, start + 100ms);
  }
  Duration deadline() const { return check.deadline() - at(0s); }
  Check check;
};

CheckAction well(Duration took, Verdict verdict, bool changed) {
  return Judged{{.well = true, .duration = took}, verdict, changed};
}
CheckAction failed(int status, Duration took, Verdict verdict, bool changed) {
  return Judged{{.status = status, .duration = took}, verdict, changed};
}
CheckAction timed_out(int status, Duration took, Verdict verdict, bool changed) {
  return Judged{{.timed_out = true, .status = status, .duration = took}, verdict, changed};
}

TEST(Check, RunsAtOnceAndThenFromStartToStart) {
  Driver it(gulps());
  EXPECT_EQ(it.deadline(), 0s);
  EXPECT_EQ(it.advance(0s), CheckActions{StartRun{}});
  EXPECT_EQ(it.deadline(), 5s);
  EXPECT_EQ(it.ended(0, 200ms), (CheckActions{well(200ms, Verdict::kWell, true)}));
  EXPECT_EQ(it.deadline(), 5s);  // not 5.2 s: from start to start
  EXPECT_EQ(it.advance(4999ms), CheckActions{});
  EXPECT_EQ(it.advance(5s), CheckActions{StartRun{}});
}

TEST(Check, KeepsItsPhaseWhenWokenLate) {
  Driver it(gulps());
  (void)it.run(0s, 0);
  EXPECT_EQ(it.advance(5300ms), CheckActions{StartRun{}});
  EXPECT_EQ(it.ended(0, 5400ms), (CheckActions{well(100ms, Verdict::kWell, false)}));
  EXPECT_EQ(it.deadline(), 10s);
}

TEST(Check, DoesNotMakeUpForStartsThatWereSleptThrough) {
  Driver it(gulps());
  (void)it.run(0s, 0);
  EXPECT_EQ(it.advance(23s), CheckActions{StartRun{}});  // 5, 10, 15 and 20 s are gone
  EXPECT_EQ(it.ended(0, 23100ms), (CheckActions{well(100ms, Verdict::kWell, false)}));
  EXPECT_EQ(it.deadline(), 25s);
}

TEST(Check, TakesTheFirstResultAlone) {
  Driver good(gulps());
  EXPECT_EQ(good.run(0s, 0), (CheckActions{well(100ms, Verdict::kWell, true)}));
  Driver bad(gulps());
  EXPECT_EQ(bad.run(0s, 1), (CheckActions{failed(1, 100ms, Verdict::kFailing, true)}));
}

// keepalived has the keyword and overwrites what it says at the first reference.
TEST(Check, WithInitFailHasFailedUntilItsFirstSuccessWhichDecidesAlone) {
  auto script = gulps();
  script.init_fail = true;
  Driver it(script);
  EXPECT_EQ(it.check.verdict(), Verdict::kFailing);
  // The first failure changes nothing, but says why.
  EXPECT_EQ(it.run(0s, 1), CheckActions{failed(1, 100ms, Verdict::kFailing, true)});
  EXPECT_EQ(it.run(5s, 1), CheckActions{failed(1, 100ms, Verdict::kFailing, false)});
  EXPECT_EQ(it.run(10s, 0), CheckActions{well(100ms, Verdict::kWell, true)});  // rise is 2
  // From then on like any other.
  EXPECT_EQ(it.run(15s, 1), CheckActions{failed(1, 100ms, Verdict::kWell, false)});
  EXPECT_EQ(it.run(20s, 1), CheckActions{failed(1, 100ms, Verdict::kFailing, true)});
  EXPECT_EQ(it.run(25s, 0), CheckActions{well(100ms, Verdict::kFailing, false)});
  EXPECT_EQ(it.run(30s, 0), CheckActions{well(100ms, Verdict::kWell, true)});
}

TEST(Check, WithInitFailSaysNothingBeforeItRanWhenItIsOnlyTakenUpAgain) {
  auto script = gulps();
  script.init_fail = true;
  const Check check(script, at(0s), false);
  EXPECT_EQ(check.verdict(), Verdict::kUnknown);
}

TEST(Check, NeedsFallFailuresAndRiseSuccessesInARow) {
  Driver it(gulps());
  EXPECT_EQ(it.run(0s, 0), (CheckActions{well(100ms, Verdict::kWell, true)}));
  EXPECT_EQ(it.run(5s, 1), (CheckActions{failed(1, 100ms, Verdict::kWell, false)}));
  EXPECT_EQ(it.run(10s, 1), (CheckActions{failed(1, 100ms, Verdict::kFailing, true)}));
  EXPECT_EQ(it.run(15s, 1), (CheckActions{failed(1, 100ms, Verdict::kFailing, false)}));
  EXPECT_EQ(it.run(20s, 0), (CheckActions{well(100ms, Verdict::kFailing, false)}));
  EXPECT_EQ(it.run(25s, 0), (CheckActions{well(100ms, Verdict::kWell, true)}));
}

TEST(Check, CountsFromTheBeginningAfterAResultThatAgreesWithTheVerdict) {
  Driver it(gulps());
  EXPECT_EQ(it.run(0s, 0), (CheckActions{well(100ms, Verdict::kWell, true)}));
  EXPECT_EQ(it.run(5s, 1), (CheckActions{failed(1, 100ms, Verdict::kWell, false)}));
  EXPECT_EQ(it.run(10s, 0), (CheckActions{well(100ms, Verdict::kWell, false)}));
  EXPECT_EQ(it.run(15s, 1), (CheckActions{failed(1, 100ms, Verdict::kWell, false)}));
  EXPECT_EQ(it.run(20s, 1), (CheckActions{failed(1, 100ms, Verdict::kFailing, true)}));
}

TEST(Check, CallsEverythingButExitStatusZeroAFailure) {
  for (const int status : {1, 2, 126, 127, 255, -SIGKILL, -SIGSEGV}) {
    Driver it(gulps());
    EXPECT_EQ(it.run(0s, status), (CheckActions{failed(status, 100ms, Verdict::kFailing, true)}));
  }
}

TEST(Check, CallsARunThatCouldNotBeginAFailure) {
  Driver it(gulps());
  EXPECT_EQ(it.advance(0s), CheckActions{StartRun{}});
  CheckActions todo;
  it.check.not_started(at(0s), todo);
  EXPECT_EQ(todo, (CheckActions{failed(126, 0s, Verdict::kFailing, true)}));
  EXPECT_EQ(it.advance(5s), CheckActions{StartRun{}});  // and it is tried again
}

TEST(Check, GivesItsVerdictAtTheTimeLimitAndThenEndsTheProcess) {
  config::Script script = gulps();
  script.timeout = 1s;
  Driver it(script);
  EXPECT_EQ(it.advance(0s), CheckActions{StartRun{}});
  EXPECT_EQ(it.deadline(), 1s);
  EXPECT_EQ(it.advance(1s),
            (CheckActions{timed_out(-SIGTERM, 1s, Verdict::kFailing, true), SignalRun{SIGTERM}}));
  EXPECT_TRUE(it.check.is_past_limit());
  EXPECT_EQ(it.deadline(), 3s);
  EXPECT_EQ(it.advance(2999ms), CheckActions{});
  EXPECT_EQ(it.advance(3s), CheckActions{SignalRun{SIGKILL}});
  EXPECT_EQ(it.ended(-SIGKILL, 3010ms), CheckActions{});  // judged already
  EXPECT_EQ(it.deadline(), 5s);
  EXPECT_EQ(it.advance(5s), CheckActions{StartRun{}});
}

TEST(Check, KillsAgainEveryTwoSecondsWhatDoesNotDie) {
  config::Script script = gulps();
  script.interval = 1min;
  script.timeout = 1s;
  Driver it(script);
  (void)it.advance(0s);
  (void)it.advance(1s);
  EXPECT_EQ(it.advance(3s), CheckActions{SignalRun{SIGKILL}});
  EXPECT_EQ(it.advance(5s), CheckActions{SignalRun{SIGKILL}});
  EXPECT_EQ(it.advance(7s), CheckActions{SignalRun{SIGKILL}});
  EXPECT_EQ(it.deadline(), 9s);
}

TEST(Check, IsWellWhenItEndedInTimeAlthoughThatIsHeardLate) {
  config::Script script = gulps();
  script.timeout = 1s;
  Driver it(script);
  (void)it.advance(0s);
  // The end is told before advance() looks at the limit.
  EXPECT_EQ(it.ended(0, 1500ms), (CheckActions{well(1500ms, Verdict::kWell, true)}));
  EXPECT_EQ(it.advance(1500ms), CheckActions{});
}

TEST(Check, SkipsAStartWhileTheFormerRunStillHasTime) {
  config::Script script = gulps();
  script.interval = 1s;
  script.timeout = 3s;
  Driver it(script);
  (void)it.advance(0s);
  EXPECT_EQ(it.advance(1s), CheckActions{});
  EXPECT_EQ(it.advance(2s), CheckActions{});
  EXPECT_EQ(it.check.skipped(), 2U);
  EXPECT_EQ(it.ended(0, 2500ms), (CheckActions{well(2500ms, Verdict::kWell, true)}));
  EXPECT_EQ(it.advance(3s), CheckActions{StartRun{}});
}

TEST(Check, FailsOncePerIntervalWhileAStuckRunIsInTheWay) {
  // A process in uninterruptible sleep survives every signal. interval 1 s, timeout 0.5 s, fall 3.
  config::Script script;
  script.interval = 1s;
  script.timeout = 500ms;
  script.fall = 3;
  Driver it(script);
  EXPECT_EQ(it.run(0s, 0), (CheckActions{well(100ms, Verdict::kWell, true)}));
  EXPECT_EQ(it.advance(1s), CheckActions{StartRun{}});
  EXPECT_EQ(it.advance(1500ms),
            (CheckActions{timed_out(-SIGTERM, 500ms, Verdict::kWell, false), SignalRun{SIGTERM}}));
  // 2 s: half an interval after the last result, nothing new. 3 s and later: one more failure each.
  EXPECT_EQ(it.advance(2s), CheckActions{});
  EXPECT_EQ(it.advance(3s), (CheckActions{timed_out(-SIGKILL, 2s, Verdict::kWell, false)}));
  EXPECT_EQ(it.advance(3500ms), CheckActions{SignalRun{SIGKILL}});
  EXPECT_EQ(it.advance(4s), (CheckActions{timed_out(-SIGKILL, 3s, Verdict::kFailing, true)}));
}

TEST(Check, SurvivesAConfigurationOfZeroes) {
  config::Script script;
  script.interval = 0s;
  script.timeout = 0s;
  script.rise = 0;
  script.fall = 0;
  Driver it(script);
  EXPECT_EQ(it.advance(0s), CheckActions{StartRun{}});
  EXPECT_EQ(it.deadline(), 1ms);
  EXPECT_EQ(it.ended(0, 0s), (CheckActions{well(0s, Verdict::kWell, true)}));
}

}  // namespace
}  // namespace runner
