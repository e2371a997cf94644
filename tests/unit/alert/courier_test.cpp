#include "alert/courier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "alert/intake.hpp"
#include "tests/unit/store/bench.hpp"

namespace {

using alert::Answer;
using alert::Courier;
using alert::NewMail;
using alert::Outbox;
using alert::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::int64_t kNoon = 1'700'000'000'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
const Answer kYes{Outcome::kDelivered, 250, "250 Ok"};
const Answer kLater{Outcome::kTemporary, 451, "451 greylisted"};
const Answer kNever{Outcome::kPermanent, 550, "550 no such user"};
const Answer kNobody{Outcome::kTemporary, 0, "Connection refused"};
const Answer kLogin{Outcome::kMisconfigured, 535, "535 wrong password"};

// Answers as told, then always yes; writes down what it was given.
class FakeServer : public alert::Sender {
 public:
  Answer send(const std::string& recipient, const std::string& message) override {
    sent.push_back(recipient + ":" + message);
    if (answers.empty()) return kYes;
    const Answer answer = answers.front();
    answers.pop_front();
    return answer;
  }
  void hang_up() override { ++hung_up; }
  std::deque<Answer> answers;
  std::vector<std::string> sent;
  int hung_up = 0;
};

class Delivery : public testing::Test {
 protected:
  Delivery() : outbox_(std::move(*Outbox::open(path_, kNoon))) {}

  void owe(const std::vector<NewMail>& mails) {
    ASSERT_TRUE(outbox_.add("ledger", ++place_, mails, {}, wall_));
  }
  // Everything that is due now.
  void deliver() {
    while (courier_.deliver_one(wall_)) {
    }
  }
  // What was sent since the last look.
  std::vector<std::string> sent() { return std::exchange(server_.sent, {}); }
  std::int64_t waiting() { return outbox_.waiting().value(); }
  double seconds_to_next_try() {
    return static_cast<double>(courier_.next_try(wall_).value() - wall_) / 1e9;
  }

  bench::Directory directory_;
  std::string path_ = directory_ / "outbox.db";
  Outbox outbox_;
  FakeServer server_;
  Courier courier_{outbox_, server_, {}};
  std::int64_t wall_ = kNoon;
  std::uint64_t place_ = 0;
};

TEST_F(Delivery, SendsInOrderPerRecipientThenHangsUp) {
  owe({{1, "a", "s", "1"}, {1, "b", "s", "1"}, {2, "a", "s", "2"}});
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1", "b:1", "a:2"));
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(server_.hung_up, 1);
  EXPECT_FALSE(courier_.next_try(wall_));
}

TEST_F(Delivery, SameMailIsOwedOnce) {
  owe({{1, "a", "s", "1"}});
  owe({{1, "a", "s", "1"}});
  EXPECT_EQ(waiting(), 1);
}

TEST_F(Delivery, TemporaryRefusalHoldsBackLaterMailsOfThisRecipientOnly) {
  owe({{1, "a", "s", "1"}, {2, "a", "s", "2"}, {1, "b", "s", "1"}});
  server_.answers = {kLater};
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1", "b:1"));
  EXPECT_EQ(waiting(), 2);
  // The first retry is 5 s away, give or take a fifth.
  EXPECT_GE(seconds_to_next_try(), 4);
  EXPECT_LE(seconds_to_next_try(), 6);
  wall_ += 6 * kSecond;
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1", "a:2"));
  EXPECT_EQ(waiting(), 0);
}

TEST(RetryDelay, DoublesFromFiveSecondsToTenMinutes) {
  const Courier::Options options;
  const auto delay = [&](std::int64_t attempts, double jitter) {
    return Courier::retry_delay(options, attempts, jitter);
  };
  EXPECT_EQ(delay(1, 0.5), 5s);
  EXPECT_EQ(delay(1, 0), 4s);
  EXPECT_EQ(delay(1, 1), 6s);
  EXPECT_EQ(delay(4, 0.5), 40s);
  EXPECT_EQ(delay(7, 0.5), 320s);
  EXPECT_EQ(delay(8, 1), 600s);
  EXPECT_EQ(delay(1'000'000'000, 0.5), 600s);
}

TEST_F(Delivery, PermanentRefusalIsGivenUpAndTheNextGoes) {
  owe({{1, "a", "s", "1"}, {2, "a", "s", "2"}});
  server_.answers = {kNever};
  testing::internal::CaptureStderr();
  deliver();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("mail to a is given up: 550 no such user"));
  EXPECT_THAT(sent(), ElementsAre("a:1", "a:2"));
  EXPECT_EQ(waiting(), 0);
}

TEST_F(Delivery, UnreachableServerIsAskedOnceForEverybody) {
  owe({{1, "a", "s", "1"}, {1, "b", "s", "1"}, {1, "c", "s", "1"}});
  server_.answers = {kNobody};
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1"));
  wall_ += 3 * kSecond;
  deliver();
  EXPECT_THAT(sent(), IsEmpty());
  wall_ += 3 * kSecond;
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1", "b:1", "c:1"));
}

TEST_F(Delivery, NewsMakesAnUnreachableServerWorthOneMoreTryAtOnce) {
  owe({{1, "a", "s", "1"}});
  server_.answers = {kNobody};
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1"));
  owe({{2, "a", "s", "2"}});
  courier_.news(wall_);
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1", "a:2"));
}

TEST_F(Delivery, RefusedLoginIsTriedAgainSlowlyAndLosesNothing) {
  owe({{1, "a", "s", "1"}, {1, "b", "s", "1"}});
  server_.answers = {kLogin};
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1"));
  EXPECT_EQ(seconds_to_next_try(), 600);
  wall_ += 600 * kSecond;
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1", "b:1"));
}

TEST_F(Delivery, MailNobodyTookExpires) {
  owe({{1, "a", "s", "1"}});
  wall_ += 72 * 3600 * kSecond + 1;
  deliver();
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(waiting(), 0);
}

TEST_F(Delivery, ClockPutBackAYearHoldsNothingBackForLong) {
  owe({{1, "a", "s", "1"}});
  server_.answers = {kNobody};
  deliver();
  sent();
  wall_ -= 365 * 86'400 * kSecond;
  deliver();
  wall_ += 600 * kSecond;
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1"));
}

TEST_F(Delivery, DeliveredMailIsNotSentAgainWhileTheOutboxCannotBeWritten) {
  auto other = store::Database::open(path_, store::Database::Access::kReadWrite);
  ASSERT_TRUE(other->execute(
      "CREATE TRIGGER full BEFORE DELETE ON mail BEGIN SELECT RAISE(FAIL, 'disk full'); END"));
  owe({{1, "a", "s", "1"}});
  deliver();
  EXPECT_THAT(sent(), ElementsAre("a:1"));
  for (int i = 0; i < 5; ++i) {
    wall_ += 2 * kSecond;
    deliver();
  }
  EXPECT_THAT(sent(), IsEmpty());
  ASSERT_TRUE(other->execute("DROP TRIGGER full"));
  wall_ += 2 * kSecond;
  deliver();
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(waiting(), 0);
}

class FromTheLedger : public Delivery {
 protected:
  FromTheLedger() {
    model_.instances.resize(1);
    model_.instances[0].name = "VI_1";
    model_.instances[0].smtp_alert = true;
    wall_ = base::os::wall_ns();
  }
  alert::Intake intake() {
    return {
        outbox_, model_, {"gulp", "gulp", 0}, {{"", "f"}, {{"", "a"}, {"", "b"}}}, ledger_.bytes()};
  }
  std::size_t take_in() { return intake().take_in(wall_).value(); }

  config::Model model_;
  bench::Ledger ledger_{directory_ / "ledger", 7, 64};
};

TEST_F(FromTheLedger, OneMailPerRecipientAndNoneTwice) {
  using base::State;
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  ledger_.append(bench::transition("VI_2", State::kBackup, State::kMaster));
  EXPECT_EQ(take_in(), 2u);
  EXPECT_EQ(take_in(), 0u);
  EXPECT_EQ(outbox_.place("0000000000000007").value(), 2u);
  ledger_.append(bench::transition("VI_1", State::kMaster, State::kBackup));
  EXPECT_EQ(take_in(), 2u);
  EXPECT_EQ(waiting(), 4);
}

TEST_F(FromTheLedger, WhatHappenedLongBeforeAlertsWereSwitchedOnIsNoNews) {
  ledger_.append(bench::transition("VI_1", base::State::kBackup, base::State::kMaster));
  wall_ += std::chrono::nanoseconds{11min}.count();
  EXPECT_EQ(take_in(), 0u);
  // Known by now: however late it is read, it is told.
  ledger_.append(bench::transition("VI_1", base::State::kMaster, base::State::kBackup));
  wall_ += std::chrono::nanoseconds{11min}.count();
  EXPECT_EQ(take_in(), 2u);
}

TEST_F(FromTheLedger, FaultNobodyWantsToHearOfDoesNotRepeatTheStateBeforeIt) {
  using base::State;
  model_.mail.no_faults = true;
  ledger_.append(bench::transition("VI_1", State::kInitialize, State::kBackup));
  EXPECT_EQ(take_in(), 2u);
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kFault));
  ledger_.append(bench::transition("VI_1", State::kFault, State::kBackup));
  EXPECT_EQ(take_in(), 0u);
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  ledger_.append(bench::transition("VI_1", State::kMaster, State::kFault));
  ledger_.append(bench::transition("VI_1", State::kFault, State::kBackup));
  EXPECT_EQ(take_in(), 4u);
}

// The beginning is told, the end is told, coming again within ten minutes waits, also for an alerter that is started then.
TEST_F(FromTheLedger, AConditionThatComesAgainAndStaysIsToldAfterTenMinutes) {
  const auto contest = [&](bool is_on) {
    feed::Record record = bench::transition("VI_1", base::State::kMaster, base::State::kMaster);
    record.kind = feed::Kind::kContest;
    record.status = is_on ? 1 : 0;
    record.wall_ns = wall_;
    ledger_.append(record);
  };
  EXPECT_EQ(take_in(), 0u);
  contest(true);
  contest(false);
  contest(true);
  EXPECT_EQ(take_in(), 4u);
  EXPECT_EQ(take_in(), 0u);
  alert::Intake next = intake();
  EXPECT_EQ(next.take_in(wall_).value(), 0u);
  ASSERT_TRUE(next.next_due());
  // From the moment of the record, which the ledger stamped.
  EXPECT_NEAR(static_cast<double>(*next.next_due() - wall_) / 1e9, 600, 5);
  wall_ = *next.next_due();
  EXPECT_EQ(next.take_in(wall_).value(), 2u);
  EXPECT_FALSE(next.next_due());
  EXPECT_EQ(take_in(), 0u);
  contest(false);
  EXPECT_EQ(take_in(), 2u);
}

TEST_F(FromTheLedger, AGroupAndAnInstanceOfOneNameAreTwoThings) {
  using base::State;
  model_.mail.no_faults = true;
  model_.groups.resize(1);
  model_.groups[0].name = "VI_1";
  model_.groups[0].smtp_alert = true;
  feed::Record group = bench::transition("VI_1", State::kFault, State::kBackup);
  group.kind = feed::Kind::kGroup;
  ledger_.append(bench::transition("VI_1", State::kInitialize, State::kBackup));
  ledger_.append(group);
  EXPECT_EQ(take_in(), 4u);
  ledger_.append(group);
  EXPECT_EQ(take_in(), 0u);
}

TEST_F(FromTheLedger, LappedIntakeSaysSoAndGoesOn) {
  using base::State;
  EXPECT_EQ(take_in(), 0u);
  for (int i = 0; i < 100; ++i)
    ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  testing::internal::CaptureStderr();
  // 64 slots, one of them possibly in the writer's hands: 63 records for two recipients.
  EXPECT_EQ(take_in(), 126u);
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("some mails may be missing: 37 records were overwritten"));
}

}  // namespace
