// That no engine runs, from the board into the outbox.
#include "alert/absence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alert/intake.hpp"
#include "tests/unit/store/bench.hpp"

namespace {

using alert::Outbox;
using base::Address;
using base::Instant;
using base::State;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int64_t kNoon = 1'700'000'000'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
const Address kFirst = Address::v4(192, 0, 2, 254), kSecondOne = Address::v4(198, 51, 100, 254);

config::Instance instance(const char* name, std::uint8_t vrid, const Address& address) {
  config::Instance made;
  made.name = name;
  made.interface = "eth0";
  made.vrid = vrid;
  config::VirtualAddress own;
  own.prefix = {address, 24};
  made.addresses.push_back(own);
  return made;
}

// One router, its board and its kernel; an alerter looks once a second.
class NoEngine : public testing::Test {
 protected:
  NoEngine() {
    model_.instances = {instance("VI_1", 7, kFirst), instance("VI_2", 8, kSecondOne)};
    model_.instances[0].smtp_alert = true;
    rows_.assign(2, feed::Row{});
    rows_[0]->state = State::kMaster;
    rows_[1]->state = State::kBackup;
    here_->insert(kFirst);
    board_.engine_started_ns = now().ns() - 60 * kSecond;
    start_alerter();
  }
  // The one before was killed.
  void start_alerter() {
    intake_.emplace(outbox_, model_, alert::Origin{"gulp", "gulp", 0},
                    alert::Intake::Addresses{{"", "f"}, {{"", "a"}}}, ledger_.bytes());
    absence_.emplace(model_, now());
  }
  Instant now() const { return Instant::from_ns(1'000 * kSecond + passed_); }
  std::int64_t wall_ns() const { return kNoon + passed_; }
  void start_engine() {
    is_alive_ = true;
    board_.engine_started_ns = now().ns();
  }
  void pass(std::int64_t seconds) {
    for (std::int64_t i = 0; i < seconds; ++i) {
      passed_ += kSecond;
      if (is_alive_) board_.heartbeat_ns = now().ns();
      if (absence_->look(board_, now()))
        intake_->see(
            absence_->sighting({.rows = rows_, .here = here_, .now = now(), .wall_ns = wall_ns()}));
      ASSERT_TRUE(intake_->take_in(wall_ns()));
    }
  }
  // The subjects and the texts of mails that were not looked at yet.
  std::vector<std::string> subjects() {
    std::vector<std::string> list;
    texts_.clear();
    while (const auto mail = outbox_.due(wall_ns()).value()) {
      list.push_back(mail->subject);
      texts_.push_back(mail->message);
      EXPECT_TRUE(outbox_.delivered(mail->id));
    }
    return list;
  }

  bench::Directory directory_;
  Outbox outbox_{std::move(*Outbox::open(directory_ / "outbox.db", kNoon))};
  bench::Ledger ledger_{directory_ / "ledger", 7, 64};
  config::Model model_;
  std::vector<std::optional<feed::Row>> rows_;
  base::Result<std::set<Address>> here_{std::set<Address>{}};
  feed::Global board_;
  bool is_alive_ = true;
  std::int64_t passed_ = 0;
  std::optional<alert::Intake> intake_;
  std::optional<alert::Absence> absence_;
  std::vector<std::string> texts_;
};

TEST_F(NoEngine, IsMailedAfterFiveSecondsOnceAndItsEndOnce) {
  pass(60);
  EXPECT_THAT(subjects(), IsEmpty()) << "all is well";
  is_alive_ = false;
  pass(4);
  EXPECT_THAT(subjects(), IsEmpty()) << "it may yet be replaced";
  pass(1);
  EXPECT_THAT(subjects(), ElementsAre("[gulp] VRRP - No engine runs"));
  EXPECT_THAT(texts_[0],
              AllOf(HasSubstr("no engine has shown itself for 5.0 s"),
                    HasSubstr("the gateway is kept for 1 of 1 instances it was master of"),
                    HasSubstr("VI_1 (eth0, VRID 7): 1 of 1 addresses"), Not(HasSubstr("VI_2")),
                    HasSubstr("says priority 0, once"), HasSubstr("journalctl -u vigie")));
  pass(3'600);
  EXPECT_THAT(subjects(), IsEmpty());

  start_engine();
  pass(3);
  EXPECT_THAT(subjects(), ElementsAre("[gulp] VRRP - An engine runs again"));
  EXPECT_THAT(texts_[0], AllOf(HasSubstr("after 1 h 0 min without one"),
                               HasSubstr("VI_1 (eth0, VRID 7): MASTER"),
                               HasSubstr("VI_2 (eth0, VRID 8): BACKUP")));
  pass(60);
  EXPECT_THAT(subjects(), IsEmpty());
}

TEST_F(NoEngine, ThatIsReplacedInTimeIsNoMail) {
  pass(5);
  is_alive_ = false;
  pass(3);
  start_engine();
  pass(60);
  EXPECT_THAT(subjects(), IsEmpty());
}

TEST_F(NoEngine, SaysWhatIsNotAnsweredForHereAnyMore) {
  here_->clear();
  model_.safety.lease = config::Safety::Lease::kStrict;
  is_alive_ = false;
  pass(6);
  ASSERT_THAT(subjects(), ElementsAre("[gulp] VRRP - No engine runs"));
  EXPECT_THAT(texts_[0],
              AllOf(HasSubstr("the gateway is kept for 0 of 1 instances it was master of"),
                    HasSubstr("VI_1 (eth0, VRID 7): 0 of 1 addresses, nobody answers for it here"),
                    HasSubstr("lease strict")));
}

TEST_F(NoEngine, OfARouterThatWasMasterOfNothingIsToldAllTheSame) {
  rows_[0]->state = State::kBackup;
  is_alive_ = false;
  pass(6);
  ASSERT_THAT(subjects(), ElementsAre("[gulp] VRRP - No engine runs"));
  EXPECT_THAT(texts_[0], HasSubstr("it was master of nothing"));
}

TEST_F(NoEngine, ThatCannotBeLookedAtIsSaidAndNotGuessed) {
  here_ = base::Error::because("list the addresses of this host", "no memory", "");
  rows_[1].reset();
  is_alive_ = false;
  pass(6);
  ASSERT_THAT(subjects(), ElementsAre("[gulp] VRRP - No engine runs"));
  EXPECT_THAT(texts_[0], AllOf(HasSubstr("it was master of 1 of 2 instances"),
                               HasSubstr("What the kernel holds cannot be told"),
                               HasSubstr("VI_2 (eth0, VRID 8): what it was is not known"),
                               Not(HasSubstr("gateway is kept"))));
}

TEST_F(NoEngine, IsNoMailWhenNothingIsToBeMailed) {
  model_.instances[0].smtp_alert = false;
  is_alive_ = false;
  pass(60);
  EXPECT_THAT(subjects(), IsEmpty());
}

TEST_F(NoEngine, IsToldOnceHoweverOftenTheAlerterIsKilled) {
  is_alive_ = false;
  pass(6);
  EXPECT_EQ(subjects().size(), 1U);
  start_alerter();
  pass(60);
  EXPECT_THAT(subjects(), IsEmpty());
  start_alerter();
  pass(3);
  start_engine();
  start_alerter();
  pass(3);
  EXPECT_THAT(subjects(), ElementsAre("[gulp] VRRP - An engine runs again"));
  start_alerter();
  pass(60);
  EXPECT_THAT(subjects(), IsEmpty());
}

TEST_F(NoEngine, ThatComesAndGoesIsToldTwiceInTenMinutesAndAgainWhenItLasts) {
  std::size_t mails = 0;
  for (int i = 0; i < 20; ++i) {
    is_alive_ = false;
    pass(10);
    start_engine();
    pass(10);
    mails += subjects().size();
  }
  EXPECT_EQ(mails, 2U);
  is_alive_ = false;
  pass(180);
  EXPECT_THAT(subjects(), IsEmpty());
  pass(60);
  EXPECT_THAT(subjects(), ElementsAre("[gulp] VRRP - No engine runs"));
  start_engine();
  pass(3);
  EXPECT_THAT(subjects(), ElementsAre("[gulp] VRRP - An engine runs again"));
}

TEST_F(NoEngine, WaitingToBeToldIsForgottenWithItsAlerterAndSeenAgain) {
  is_alive_ = false;
  pass(6);
  start_engine();
  pass(3);
  is_alive_ = false;
  pass(6);
  EXPECT_EQ(subjects().size(), 2U);
  // Ten minutes after the first one, a moment after another alerter has started.
  pass(581);
  start_alerter();
  pass(4);
  EXPECT_THAT(subjects(), IsEmpty());
  pass(20);
  EXPECT_THAT(subjects(), ElementsAre("[gulp] VRRP - No engine runs"));
}

TEST_F(NoEngine, OneThatWasThereWhileNobodyLookedIsNoneToBeginWith) {
  is_alive_ = false;
  pass(2);
  // The whole machine stood still.
  passed_ += 600 * kSecond;
  pass(1);
  start_engine();
  pass(60);
  EXPECT_THAT(subjects(), IsEmpty());
}

}  // namespace
