#include "runner/notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner/place.hpp"

namespace runner {
namespace {

using base::State;
using testing::ElementsAre;
using testing::IsEmpty;

config::Model two_instances() {
  config::Model model;
  model.instances.resize(2);
  model.instances[0].name = "VI_ALL";
  model.instances[0].notify_master.arguments = {"/usr/sbin/service", "quagga", "start"};
  model.instances[0].notify_backup.arguments = {"/usr/sbin/service", "quagga", "stop"};
  model.instances[0].notify.arguments = {"/usr/local/bin/keepalived.py"};
  model.instances[1].name = "VI_ALL6";
  model.instances[1].notify.arguments = {"/usr/local/bin/keepalived.py", "six"};
  return model;
}

feed::Record transition(std::uint64_t sequence, std::string_view instance, State to,
                        std::uint8_t priority = 150) {
  feed::Record record;
  record.sequence = sequence;
  record.kind = feed::Kind::kTransition;
  record.to = to;
  record.priority = priority;
  feed::put_text(record.name, instance);
  return record;
}

feed::Record other(std::uint64_t sequence) {
  feed::Record record;
  record.sequence = sequence;
  record.kind = feed::Kind::kLink;
  return record;
}

std::string text_of(const Step& step) {
  std::string text = std::to_string(step.sequence) + " " + step.what + ":";
  for (const std::string& argument : step.command.arguments) text += " " + argument;
  return text + (step.former ? " (former)" : "");
}

// All that may start now.
std::vector<std::string> start_all(NotifyQueue& queue) {
  std::vector<std::string> started;
  while (const auto step = queue.next()) started.push_back(text_of(*step));
  return started;
}

TEST(Notify, RunsTheScriptOfTheStateAndThenNotifyWithItsFourArguments) {
  const auto model = two_instances();
  NotifyQueue queue(model, {});
  queue.take(transition(1, "VI_ALL", State::kMaster, 150));
  EXPECT_THAT(start_all(queue), ElementsAre("1 notify_master: /usr/sbin/service quagga start"));
  queue.ended(1);
  EXPECT_THAT(start_all(queue),
              ElementsAre("1 notify: /usr/local/bin/keepalived.py INSTANCE VI_ALL MASTER 150"));
  queue.ended(1);
  EXPECT_THAT(start_all(queue), IsEmpty());
  EXPECT_TRUE(queue.is_idle());
}

TEST(Notify, NamesTheStatesAsKeepalivedDoes) {
  config::Model model = two_instances();
  NotifyQueue queue(model, {});
  std::uint64_t sequence = 0;
  std::vector<std::string> seen;
  for (const State state :
       {State::kInitialize, State::kBackup, State::kMaster, State::kFault, State::kStopped}) {
    queue.take(transition(++sequence, "VI_ALL6", state, 90));
    for (const auto& text : start_all(queue)) seen.push_back(text);
    if (state != State::kInitialize) queue.ended(sequence);
  }
  const std::string program = " notify: /usr/local/bin/keepalived.py six INSTANCE VI_ALL6 ";
  EXPECT_THAT(seen, ElementsAre("2" + program + "BACKUP 90", "3" + program + "MASTER 90",
                                "4" + program + "FAULT 90", "5" + program + "STOP 90"));
}

TEST(Notify, TellsEveryTransitionOfAnInstanceInOrderOneAtATime) {
  const auto model = two_instances();
  NotifyQueue queue(model, {});
  queue.take(transition(1, "VI_ALL6", State::kBackup));
  queue.take(transition(2, "VI_ALL6", State::kMaster));
  queue.take(transition(3, "VI_ALL6", State::kBackup));
  std::vector<std::string> states;
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    const auto step = queue.next();
    ASSERT_TRUE(step);
    EXPECT_EQ(step->sequence, sequence);
    EXPECT_FALSE(queue.next());  // the next waits for the former's end
    states.push_back(step->command.arguments[4]);
    queue.ended(sequence);
  }
  EXPECT_THAT(states, ElementsAre("BACKUP", "MASTER", "BACKUP"));
}

TEST(Notify, LetsDifferentInstancesRunAtOnce) {
  const auto model = two_instances();
  NotifyQueue queue(model, {});
  queue.take(transition(1, "VI_ALL", State::kMaster));
  queue.take(transition(2, "VI_ALL6", State::kMaster));
  EXPECT_EQ(start_all(queue).size(), 2U);
}

TEST(Notify, RunsNoMoreThanItsBoundAndGivesEveryInstanceItsTurn) {
  const auto name = [](int i) { return std::string("V").append(std::to_string(i)); };
  config::Model model;
  model.instances.resize(100);
  for (int i = 0; i < 100; ++i) {
    model.instances[static_cast<std::size_t>(i)].name = name(i);
    model.instances[static_cast<std::size_t>(i)].notify.arguments = {"/bin/true"};
  }
  NotifyQueue queue(model, {}, 32);
  std::uint64_t sequence = 0;
  for (const State state : {State::kBackup, State::kMaster})
    for (int i = 0; i < 100; ++i) queue.take(transition(++sequence, name(i), state));
  std::deque<Step> running;
  std::vector<std::uint64_t> started;
  std::size_t most = 0;
  while (!queue.is_idle()) {
    while (auto step = queue.next()) {
      started.push_back(step->sequence);
      running.push_back(*std::move(step));
    }
    most = std::max(most, running.size());
    queue.ended(running.front().sequence);
    running.pop_front();
  }
  EXPECT_EQ(most, 32U);
  ASSERT_EQ(started.size(), 200U);
  // Round robin: everybody hears BACKUP before anybody hears MASTER.
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(started[i], i + 1);
}

config::Model one_group() {
  auto model = two_instances();
  model.groups.resize(1);
  config::SyncGroup& group = model.groups[0];
  group.name = "G1";
  group.notify_master.arguments = {"/bin/master"};
  group.notify_backup.arguments = {"/bin/backup"};
  group.notify_fault.arguments = {"/bin/fault"};
  group.notify_stop.arguments = {"/bin/stop"};
  group.notify.arguments = {"/bin/any", "mine"};
  return model;
}

feed::Record group_change(std::uint64_t sequence, std::string_view group, State to) {
  auto record = transition(sequence, group, to, 0);
  record.kind = feed::Kind::kGroup;
  return record;
}

TEST(Notify, RunsTheScriptsOfAGroupWithItsNameAndPriorityZero) {
  const auto model = one_group();
  NotifyQueue queue(model, {});
  std::uint64_t sequence = 0;
  std::vector<std::string> started;
  for (const State state : {State::kBackup, State::kMaster, State::kFault, State::kStopped}) {
    queue.take(group_change(++sequence, "G1", state));
    for (int part = 0; part < 2; ++part) {
      for (const auto& text : start_all(queue)) started.push_back(text);
      queue.ended(sequence);
    }
  }
  EXPECT_THAT(
      started,
      ElementsAre("1 notify_backup: /bin/backup", "1 notify: /bin/any mine GROUP G1 BACKUP 0",
                  "2 notify_master: /bin/master", "2 notify: /bin/any mine GROUP G1 MASTER 0",
                  "3 notify_fault: /bin/fault", "3 notify: /bin/any mine GROUP G1 FAULT 0",
                  "4 notify_stop: /bin/stop", "4 notify: /bin/any mine GROUP G1 STOP 0"));
  EXPECT_TRUE(queue.is_idle());
}

TEST(Notify, KeepsTheOrderOfAGroupAndLetsItsMembersRunBeside) {
  const auto model = one_group();
  NotifyQueue queue(model, {});
  queue.take(transition(1, "VI_ALL", State::kMaster));
  queue.take(group_change(2, "G1", State::kMaster));
  queue.take(group_change(3, "G1", State::kBackup));
  EXPECT_THAT(start_all(queue), ElementsAre("1 notify_master: /usr/sbin/service quagga start",
                                            "2 notify_master: /bin/master"));
  queue.ended(2);
  EXPECT_THAT(start_all(queue), ElementsAre("2 notify: /bin/any mine GROUP G1 MASTER 0"));
  queue.ended(2);
  EXPECT_THAT(start_all(queue), ElementsAre("3 notify_backup: /bin/backup"));
}

TEST(Notify, DoesNotTakeAGroupForAnInstanceOfTheSameName) {
  auto model = one_group();
  model.groups[0].name = "VI_ALL";
  NotifyQueue queue(model, {});
  queue.take(group_change(1, "VI_ALL", State::kMaster));
  const auto step = queue.next();
  ASSERT_TRUE(step);
  EXPECT_EQ(step->whose, "group VI_ALL");
  EXPECT_EQ(step->instance, kNoInstance);
  EXPECT_EQ(text_of(*step), "1 notify_master: /bin/master");
}

TEST(Notify, TellsWhatAGroupIsNowWhenItsRecordsWereOverwritten) {
  const auto model = one_group();
  NotifyQueue queue(model, {});
  queue.take_lost(90, {group_change(80, "G1", State::kMaster)});
  EXPECT_THAT(start_all(queue), ElementsAre("80 notify_master: /bin/master"));
}

feed::Record contest(std::uint64_t sequence, int raised, std::uint8_t ours, std::uint8_t theirs) {
  auto record = transition(sequence, "VI_ALL", State::kInitialize, ours);
  record.kind = feed::Kind::kContest;
  record.status = raised;
  record.peer_priority = theirs;
  return record;
}

TEST(Notify, TellsAMasterOnceThatOneOfLowerPrioritySpeaks) {
  auto model = two_instances();
  model.instances[0] = {};
  model.instances[0].name = "VI_ALL";
  model.instances[0].notify_master_rx_lower_pri.arguments = {"/bin/rival"};
  NotifyQueue queue(model, {});
  queue.take(contest(1, 1, 150, 100));  // we are no master
  queue.take(transition(2, "VI_ALL", State::kMaster));
  queue.take(contest(3, 1, 150, 100));
  queue.take(contest(4, 0, 150, 100));  // over
  queue.take(contest(5, 1, 100, 150));  // the other one wins
  EXPECT_THAT(start_all(queue), ElementsAre("3 notify_master_rx_lower_pri: /bin/rival"));
  queue.ended(3);
  EXPECT_TRUE(queue.is_idle());
}

TEST(Notify, KnowsFromTheBoardWhoIsMasterWhenItsRecordsWereReadBefore) {
  auto model = two_instances();
  model.instances[0].notify_master_rx_lower_pri.arguments = {"/bin/rival"};
  NotifyQueue queue(model, {.ledger = 1, .place = 9});
  queue.knew("VI_ALL", State::kMaster);
  queue.take(contest(10, 1, 150, 100));
  EXPECT_THAT(start_all(queue), ElementsAre("10 notify_master_rx_lower_pri: /bin/rival"));
}

TEST(Notify, PassesOverInstancesThatAreNotConfiguredAnyMore) {
  const auto model = two_instances();
  NotifyQueue queue(model, {});
  queue.take(transition(1, "VI_GONE", State::kMaster));
  EXPECT_TRUE(queue.is_idle());
  EXPECT_EQ(queue.progress().place, 1U);
}

TEST(Notify, HoldsItsPlaceBackUntilTheOldestScriptHasEnded) {
  const auto model = two_instances();
  NotifyQueue queue(model, {.ledger = 7});
  queue.take(other(1));
  queue.take(transition(2, "VI_ALL", State::kMaster));
  queue.take(transition(3, "VI_ALL6", State::kMaster));
  queue.take(other(4));
  EXPECT_EQ(start_all(queue).size(), 2U);
  EXPECT_EQ(queue.progress(), (Progress{.ledger = 7, .place = 1}));
  queue.ended(3);
  EXPECT_EQ(queue.progress(),
            (Progress{.ledger = 7, .place = 1, .beyond = {{3, {.ended = 2, .running = {}}}}}));
  queue.ended(2);
  EXPECT_EQ(
      queue.progress(),
      (Progress{.ledger = 7,
                .place = 1,
                .beyond = {{2, {.ended = 1, .running = {}}}, {3, {.ended = 2, .running = {}}}}}));
  (void)queue.next();
  queue.ended(2);
  EXPECT_EQ(queue.progress(), (Progress{.ledger = 7, .place = 4}));
}

TEST(Notify, GoesOnWhereTheRunnerBeforeWasKilled) {
  const auto model = two_instances();
  const Running running{Part::kEvery, 4711, 99, 123};
  NotifyQueue before(model, {.ledger = 7});
  before.take(transition(1, "VI_ALL", State::kBackup));
  before.take(transition(2, "VI_ALL6", State::kBackup));
  before.take(transition(3, "VI_ALL", State::kMaster));
  EXPECT_THAT(
      start_all(before),
      ElementsAre("1 notify_backup: /usr/sbin/service quagga stop",
                  "2 notify: /usr/local/bin/keepalived.py six INSTANCE VI_ALL6 BACKUP 150"));
  before.ended(2);
  before.ended(1);
  (void)before.next();
  before.started(1, running);

  NotifyQueue after(model, before.progress());
  EXPECT_EQ(after.taken(), 0U);
  after.take(transition(1, "VI_ALL", State::kBackup));
  after.take(transition(2, "VI_ALL6", State::kBackup));
  after.take(transition(3, "VI_ALL", State::kMaster));
  EXPECT_EQ(after.progress(), before.progress());
  const auto step = after.next();
  ASSERT_TRUE(step);
  EXPECT_EQ(text_of(*step),
            "1 notify: /usr/local/bin/keepalived.py INSTANCE VI_ALL BACKUP 150 (former)");
  EXPECT_EQ(step->former, running);
  EXPECT_FALSE(after.next());  // record 2 is done, record 3 waits for record 1
  after.run_again(1);          // nobody knows how the former run ended
  EXPECT_THAT(start_all(after),
              ElementsAre("1 notify: /usr/local/bin/keepalived.py INSTANCE VI_ALL BACKUP 150"));
  after.ended(1);
  EXPECT_THAT(start_all(after), ElementsAre("3 notify_master: /usr/sbin/service quagga start"));
  EXPECT_EQ(after.progress().place, 2U);
}

TEST(Notify, RemembersWhatARunnerBeforeDidWhenKilledAgainBeforeReadingThatFar) {
  const auto model = two_instances();
  const Progress so_far{.ledger = 7, .place = 1, .beyond = {{5, {.ended = 2, .running = {}}}}};
  NotifyQueue queue(model, so_far);
  EXPECT_EQ(queue.progress(), so_far);
  queue.take(transition(2, "VI_ALL", State::kMaster));
  EXPECT_EQ(queue.progress(), so_far);
}

TEST(Notify, TellsWhatAnInstanceIsNowWhenItsTransitionsWereOverwritten) {
  const auto model = two_instances();
  NotifyQueue queue(model, {.place = 10});
  // VI_ALL's last transition is among the lost ones; VI_ALL6's is still in the ledger and comes by itself.
  queue.take_lost(50, {transition(48, "VI_ALL", State::kMaster, 150),
                       transition(60, "VI_ALL6", State::kBackup, 90)});
  queue.take(transition(60, "VI_ALL6", State::kBackup, 90));
  EXPECT_THAT(
      start_all(queue),
      ElementsAre("48 notify_master: /usr/sbin/service quagga start",
                  "60 notify: /usr/local/bin/keepalived.py six INSTANCE VI_ALL6 BACKUP 90"));
  EXPECT_EQ(queue.taken(), 60U);
}

TEST(Notify, DoesNotRepeatAnInstanceThatWasToldBeforeTheLoss) {
  const auto model = two_instances();
  NotifyQueue queue(model, {.place = 10});
  queue.take_lost(50, {transition(9, "VI_ALL", State::kMaster)});
  EXPECT_TRUE(queue.is_idle());
  EXPECT_EQ(queue.progress().place, 50U);
}

TEST(Place, ReadsBackWhatItWrote) {
  const Progress progress{
      .ledger = 0x8f3a51c20e774d10,
      .place = 120,
      .beyond = {{121, {1, Running{Part::kEvery, 4711, 99887766, 123456789000}}}, {125, {3, {}}}}};
  EXPECT_EQ(write_place(progress),
            "vigie-runner-place 1\n"
            "ledger 8f3a51c20e774d10\n"
            "place 120\n"
            "record 121 1 2 4711 99887766 123456789000\n"
            "record 125 3\n");
  EXPECT_EQ(read_place(write_place(progress)), progress);
}

TEST(Place, RefusesWhatIsDamaged) {
  const std::string good = write_place({.ledger = 1, .place = 2, .beyond = {{3, {1, {}}}}});
  ASSERT_TRUE(read_place(good));
  for (const std::string& bad : std::vector<std::string>{
           std::string(), good.substr(0, good.size() - 1), "x" + good, good + "record 3 1\n",
           good + "record 2 1\n", good + "record 9\n", good + "record 9 4\n", good + "\n",
           good + "record 9 1 3 5 6 7\n", good + "record 9 1 1 1 6 7\n",
           good + "record 9 1 1 5 6\n", good + "word 9 1\n",
           std::string("vigie-runner-place 2\nledger 1\nplace 2\n"),
           std::string("vigie-runner-place 1\nledger 1\n"),
           std::string("vigie-runner-place 1\nledger 1\nplace -2\n")})
    EXPECT_FALSE(read_place(bad)) << bad;
}

}  // namespace
}  // namespace runner
