// Every state meets every event. The cells say what comes of it at a glance; the other tests say exactly what is done.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <string>

#include "subject.hpp"

namespace core::testing {
namespace {

Router matrix_router() {
  Router router = v2_router();
  router.trackers = {Tracker{}, Tracker{.weight = 10}};
  return router;
}

Subject checked_backup() {
  Subject subject{matrix_router()};
  (void)subject.report(0, true);
  (void)subject.start();
  return subject;
}
Subject checked_master() {
  Subject subject = checked_backup();
  (void)subject.after(subject.due_in());
  return subject;
}

// The phases of Instance, by name.
const std::vector<std::pair<std::string, std::function<Subject()>>> kPhases = {
    {"Initialize", [] { return Subject{matrix_router()}; }},
    {"Backup", [] { return checked_backup(); }},
    {"Preparing",
     [] {
       Subject subject = checked_backup();
       (void)subject.after(2s);
       (void)subject.hear(50);
       (void)subject.after(subject.due_in());
       return subject;
     }},
    {"Master", [] { return checked_master(); }},
    {"Departing",
     [] {
       Subject subject = checked_master();
       (void)subject.hold(Hold::kPermit);
       return subject;
     }},
    {"Fault",
     [] {
       Subject subject = checked_backup();
       (void)subject.lose_link();
       return subject;
     }},
    {"Stopped",
     [] {
       Subject subject = checked_backup();
       (void)subject.stop();
       return subject;
     }},
};

const std::vector<std::pair<std::string, std::function<List(Subject&)>>> kEvents = {
    {"start", [](Subject& s) { return s.tell(Start{}); }},
    {"hear better", [](Subject& s) { return s.hear(200); }},
    {"hear lower", [](Subject& s) { return s.hear(50); }},
    {"hear zero", [](Subject& s) { return s.hear(0); }},
    {"hear bad clock",
     [](Subject& s) {
       return s.tell(Heard{s.advert(50, kPeer, 1s), s.now, true});
     }},
    {"lan heard", [](Subject& s) { return s.tell(LanHeard{}); }},
    {"link up", [](Subject& s) { return s.regain_link(); }},
    {"link down", [](Subject& s) { return s.lose_link(); }},
    {"check well", [](Subject& s) { return s.report(0, true); }},
    {"check fails", [](Subject& s) { return s.report(0, false); }},
    {"weight on", [](Subject& s) { return s.report(1, true); }},
    {"hold on", [](Subject& s) { return s.hold(Hold::kMaintenance); }},
    {"hold off", [](Subject& s) { return s.release(Hold::kMaintenance); }},
    {"installed", [](Subject& s) { return s.tell(AddressesInstalled{}); }},
    {"refused", [](Subject& s) { return s.tell(AddressRefused{99}); }},
    {"fought", [](Subject& s) { return s.tell(AddressesFought{true}); }},
    {"left alone", [](Subject& s) { return s.tell(AddressesFought{false}); }},
    {"stop", [](Subject& s) { return s.stop(); }},
};

// What was done, one word per action, and the state after it.
std::string summary(const List& todo, const Subject& after) {
  std::string text;
  for (const Action& action : todo) {
    if (const auto* sent = std::get_if<SendAdvert>(&action))
      text += "send " + std::to_string(sent->priority.value) + ", ";
    if (std::holds_alternative<InstallAddresses>(action)) text += "install, ";
    if (std::holds_alternative<WithdrawAddresses>(action)) text += "withdraw, ";
    if (std::holds_alternative<Announce>(action)) text += "announce, ";
    if (std::holds_alternative<Changed>(action)) text += "changed, ";
  }
  return text + std::string(base::to_string(after->state())) +
         (after->is_departing() ? " departing" : "");
}

TEST(Matrix, EveryStateHasAnAnswerToEveryEvent) {
  const std::map<std::string, std::vector<std::string>> expected = {
      {"start", {"INIT", "BACKUP", "BACKUP", "MASTER", "MASTER departing", "FAULT", "STOP"}},
      {"hear better",
       {"INIT", "BACKUP", "withdraw, BACKUP", "changed, BACKUP", "MASTER departing", "FAULT",
        "STOP"}},
      {"hear lower",
       {"INIT", "BACKUP", "BACKUP", "send 100, MASTER", "MASTER departing", "FAULT", "STOP"}},
      {"hear zero",
       {"INIT", "BACKUP", "send 100, changed, MASTER", "send 100, MASTER", "MASTER departing",
        "FAULT", "STOP"}},
      {"hear bad clock",
       {"INIT", "BACKUP", "withdraw, BACKUP", "send 100, MASTER", "MASTER departing", "FAULT",
        "STOP"}},
      {"lan heard", {"INIT", "BACKUP", "BACKUP", "MASTER", "MASTER departing", "FAULT", "STOP"}},
      {"link up",
       {"INIT", "BACKUP", "BACKUP", "MASTER", "MASTER departing", "changed, BACKUP", "STOP"}},
      {"link down",
       {"INIT", "changed, FAULT", "withdraw, changed, FAULT", "withdraw, changed, FAULT",
        "withdraw, changed, FAULT", "FAULT", "STOP"}},
      {"check well", {"INIT", "BACKUP", "BACKUP", "MASTER", "MASTER departing", "FAULT", "STOP"}},
      {"check fails",
       {"INIT", "changed, FAULT", "withdraw, changed, FAULT", "send 0, MASTER departing",
        "MASTER departing", "FAULT", "STOP"}},
      {"weight on",
       {"INIT", "BACKUP", "BACKUP", "send 110, MASTER", "MASTER departing", "FAULT", "STOP"}},
      {"hold on",
       {"INIT", "BACKUP", "withdraw, BACKUP", "send 0, MASTER departing", "MASTER departing",
        "FAULT", "STOP"}},
      {"hold off", {"INIT", "BACKUP", "BACKUP", "MASTER", "MASTER departing", "FAULT", "STOP"}},
      {"installed",
       {"INIT", "BACKUP", "send 100, announce, changed, MASTER", "announce, MASTER",
        "MASTER departing", "FAULT", "STOP"}},
      {"refused",
       {"INIT", "BACKUP", "withdraw, changed, FAULT", "send 0, withdraw, changed, FAULT",
        "MASTER departing", "FAULT", "STOP"}},
      {"fought",
       {"INIT", "BACKUP", "withdraw, BACKUP", "send 0, MASTER departing", "MASTER departing",
        "FAULT", "STOP"}},
      {"left alone", {"INIT", "BACKUP", "BACKUP", "MASTER", "MASTER departing", "FAULT", "STOP"}},
      {"stop",
       {"changed, STOP", "changed, STOP", "withdraw, changed, STOP", "send 0, MASTER departing",
        "MASTER departing", "changed, STOP", "STOP"}},
  };
  ASSERT_EQ(expected.size(), kEvents.size());
  for (const auto& [event, happen] : kEvents) {
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
      Subject subject = kPhases[i].second();
      const List todo = happen(subject);
      EXPECT_EQ(summary(todo, subject), expected.at(event).at(i))
          << event << " in " << kPhases[i].first;
    }
  }
}

// The same for a member of a group, and what its group says.
TEST(Matrix, EveryStateHasAnAnswerToEveryStandingOfItsGroup) {
  const std::vector<std::pair<State, std::vector<std::string>>> expected = {
      {State::kMaster, {"INIT", "BACKUP", "MASTER", "MASTER departing", "FAULT", "STOP"}},
      {State::kBackup,
       {"INIT", "BACKUP", "send 0, MASTER departing", "MASTER departing", "FAULT", "STOP"}},
      {State::kFault,
       {"INIT", "changed, FAULT", "send 0, MASTER departing", "MASTER departing", "FAULT", "STOP"}},
  };
  const std::vector<std::pair<std::string, std::function<void(Subject&)>>> phases = {
      {"Backup", [](Subject&) {}},
      {"Master",
       [](Subject& s) {
         (void)s.after(s.due_in());
         (void)s.group(State::kMaster);
       }},
      {"Departing",
       [](Subject& s) {
         (void)s.after(s.due_in());
         (void)s.group(State::kMaster);
         (void)s.hold(Hold::kPermit);
       }},
      {"Fault", [](Subject& s) { (void)s.lose_link(); }},
      {"Stopped", [](Subject& s) { (void)s.stop(); }},
  };
  for (const auto& [standing, cells] : expected) {
    Subject fresh{grouped(matrix_router())};
    EXPECT_EQ(summary(fresh.group(standing), fresh), cells[0]);
    for (std::size_t i = 0; i < phases.size(); ++i) {
      Subject subject{grouped(matrix_router())};
      (void)subject.report(0, true);
      (void)subject.start();
      phases[i].second(subject);
      const List todo = subject.group(standing);
      EXPECT_EQ(summary(todo, subject), cells[i + 1])
          << base::to_string(standing) << " in " << phases[i].first;
    }
  }
}

// Harmless when early: waking up before the deadline does nothing and moves nothing.
TEST(Matrix, AnEarlyWakeUpIsHarmlessInEveryState) {
  for (const auto& [name, enter] : kPhases) {
    Subject subject = enter();
    const Instant deadline = subject->deadline();
    EXPECT_EQ(subject.wake(), List{}) << name;
    EXPECT_EQ(subject->deadline(), deadline) << name;
  }
}

// Time always moves on: after a wake-up nothing is due any more, so an engine cannot spin.
TEST(Matrix, NothingStaysDueAfterAWakeUp) {
  std::mt19937_64 random{1};
  std::size_t longest = 0;
  for (int round = 0; round < 2000; ++round) {
    Router router = matrix_router();
    router.version = round % 2 == 0 ? Version::kV2 : Version::kV3;
    router.preempt = round % 3 != 0;
    router.preempt_delay = std::chrono::seconds{round % 5};
    Subject subject{router};
    State told = State::kInitialize;
    for (int step = 0; step < 60; ++step) {
      const auto& happen = kEvents[random() % kEvents.size()].second;
      List todo = happen(subject);
      const List woken = subject.after(std::chrono::milliseconds{random() % 2500});
      longest = std::max({longest, todo.size(), woken.size()});
      todo.insert(todo.end(), woken.begin(), woken.end());
      ASSERT_GT(subject.due_in(), 0ns);
      // Every change is told, in unbroken sequence, with a cause.
      for (const Action& action : todo) {
        const auto* change = std::get_if<Changed>(&action);
        if (change == nullptr) continue;
        ASSERT_EQ(change->from, told);
        ASSERT_NE(change->to, change->from);
        ASSERT_NE(change->cause, Cause::kNone);
        told = change->to;
      }
      ASSERT_EQ(told, subject->state());
    }
  }
  // A takeover or a refusal is the longest answer there is; the list has room for sixteen.
  EXPECT_EQ(longest, 3U);
}

}  // namespace
}  // namespace core::testing
