// With a real mail server: what libcurl makes of its answers, and the alerter as a process.
#include "alert/smtp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "alert/courier.hpp"
#include "tests/unit/alert/mail_server.hpp"
#include "tests/unit/store/bench.hpp"

namespace {

using alert::Answer;
using alert::Outcome;
using base::State;
using bench::Delivered;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Classify, GoesByTheServersCodeFirst) {
  using alert::classify;
  EXPECT_EQ(classify(true, false, 250), Outcome::kDelivered);
  EXPECT_EQ(classify(true, false, 251), Outcome::kDelivered);
  EXPECT_EQ(classify(false, false, 0), Outcome::kTemporary);
  EXPECT_EQ(classify(false, false, 250),
            Outcome::kTemporary);  // the line broke after a yes to something
  EXPECT_EQ(classify(false, false, 421), Outcome::kTemporary);
  EXPECT_EQ(classify(false, false, 452), Outcome::kTemporary);
  EXPECT_EQ(classify(false, false, 550), Outcome::kPermanent);
  EXPECT_EQ(classify(false, false, 554), Outcome::kPermanent);
  EXPECT_EQ(classify(false, false, 530), Outcome::kMisconfigured);
  EXPECT_EQ(classify(false, true, 535), Outcome::kMisconfigured);
  EXPECT_EQ(classify(false, true, 220), Outcome::kMisconfigured);
}

class WithAServer : public testing::Test {
 protected:
  Answer send(
      const config::Mail& mail, std::function<bool()> give_up = [] { return false; }) {
    auto smtp = alert::Smtp::open(mail, "gulp@example.org", "host", std::move(give_up));
    return (*smtp)->send("root@example.org", kMessage);
  }
  static constexpr const char* kMessage = "Subject: x\r\n\r\n.dot\r\n";
  bench::Directory directory_;
  bench::MailServer server_{directory_};
};

TEST_F(WithAServer, MailArrivesByteForByte) {
  server_.start();
  const Answer answer = send(server_.settings());
  EXPECT_EQ(answer.outcome, Outcome::kDelivered);
  EXPECT_EQ(answer.code, 250);
  const auto mails = server_.mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].helo, "gulp.example.org");
  EXPECT_EQ(mails[0].from, "gulp@example.org");
  EXPECT_THAT(mails[0].to, ElementsAre("root@example.org"));
  EXPECT_EQ(mails[0].content, kMessage);
}

TEST_F(WithAServer, RefusedRecipientIsPermanentAndTheReplyIsKept) {
  server_.start({"--rcpt", "550"});
  const Answer answer = send(server_.settings());
  EXPECT_EQ(answer.outcome, Outcome::kPermanent);
  EXPECT_EQ(answer.code, 550);
  EXPECT_EQ(answer.text, "550 as told");
}

TEST_F(WithAServer, RefusedTextIsTemporaryOrPermanentAsTheServerSays) {
  server_.start({"--data", "452,554"});
  const Answer later = send(server_.settings());
  EXPECT_EQ(later.outcome, Outcome::kTemporary);
  EXPECT_EQ(later.code, 452);
  const Answer never = send(server_.settings());
  EXPECT_EQ(never.outcome, Outcome::kPermanent);
  EXPECT_EQ(never.code, 554);
}

TEST_F(WithAServer, NobodyListeningIsTemporary) {
  const Answer answer = send(server_.settings());
  EXPECT_EQ(answer.outcome, Outcome::kTemporary);
  EXPECT_EQ(answer.code, 0);
  EXPECT_THAT(answer.text, HasSubstr("onnect"));
}

TEST_F(WithAServer, DemandedEncryptionThatIsNotOfferedSendsNothing) {
  server_.start();
  config::Mail mail = server_.settings();
  mail.tls = config::Mail::Tls::kStartTls;
  EXPECT_EQ(send(mail).outcome, Outcome::kMisconfigured);
  EXPECT_TRUE(server_.mails().empty());
}

TEST_F(WithAServer, WrongPasswordIsTheConfigurationsFault) {
  server_.start({"--login"});
  config::Mail mail = server_.settings();
  EXPECT_EQ(send(mail).outcome, Outcome::kMisconfigured) << "530: no login was tried";
  mail.user = "gulp";
  mail.password = "wrong";
  const Answer answer = send(mail);
  EXPECT_EQ(answer.outcome, Outcome::kMisconfigured);
  EXPECT_EQ(answer.code, 535);
}

TEST_F(WithAServer, ServerThatNeverAnswersIsLeftWhenWeAreAskedTo) {
  server_.start({"--hang"});
  const base::Instant start = base::os::now();
  const Answer answer = send(server_.settings(), [&] { return base::os::now() - start > 500ms; });
  EXPECT_EQ(answer.outcome, Outcome::kTemporary);
  EXPECT_EQ(answer.code, 0) << "\"354 go on\" is no answer to the mail";
  EXPECT_LT(base::os::now() - start, 3s);
}

TEST_F(WithAServer, ManyMailsGoOverOneConnectionInOrder) {
  server_.start();
  auto outbox = alert::Outbox::open(directory_ / "outbox.db", 1);
  std::vector<alert::NewMail> mails;
  for (std::uint64_t i = 1; i <= 25; ++i)
    mails.push_back({i, "root@example.org", "s", "Subject: " + std::to_string(i) + "\r\n\r\n"});
  ASSERT_TRUE(outbox->add("ledger", 25, mails, {}, 1));
  auto smtp =
      alert::Smtp::open(server_.settings(), "gulp@example.org", "host", [] { return false; });
  alert::Courier courier{*outbox, **smtp, {}};
  while (courier.deliver_one(2)) {
  }
  const auto arrived = server_.mails();
  ASSERT_EQ(arrived.size(), 25u);
  for (std::size_t i = 0; i < 25; ++i) {
    EXPECT_THAT(arrived[i].content, HasSubstr("Subject: " + std::to_string(i + 1) + "\r\n"));
    EXPECT_EQ(arrived[i].peer, arrived[0].peer);
  }
}

TEST_F(WithAServer, GreylistedMailIsTakenAtTheSecondTry) {
  server_.start({"--rcpt", "451,250"});
  auto outbox = alert::Outbox::open(directory_ / "outbox.db", 1);
  ASSERT_TRUE(outbox->add("ledger", 1, {{1, "root@example.org", "s", kMessage}}, {}, 1));
  auto smtp =
      alert::Smtp::open(server_.settings(), "gulp@example.org", "host", [] { return false; });
  alert::Courier courier{*outbox, **smtp, {}};
  std::int64_t wall = 2;
  while (courier.deliver_one(wall)) {
  }
  EXPECT_TRUE(server_.mails().empty());
  wall = courier.next_try(wall).value();
  while (courier.deliver_one(wall)) {
  }
  EXPECT_EQ(server_.mails().size(), 1u);
  EXPECT_EQ(outbox->waiting().value(), 0);
}

// The process itself.
class Alerter : public WithAServer {
 protected:
  Alerter() {
    model_.router_id = "gulp";
    model_.mail = server_.settings();
    model_.instances.resize(1);
    model_.instances[0].name = "VI_1";
    model_.instances[0].vrid = 1;
    model_.instances[0].smtp_alert = true;
  }
  std::vector<std::string> subjects() const {
    std::vector<std::string> subjects;
    for (const Delivered& mail : server_.mails()) {
      const std::size_t at = mail.content.find("Subject: ") + 9;
      subjects.push_back(mail.content.substr(at, mail.content.find("\r\n", at) - at));
    }
    return subjects;
  }
  bool arrive(std::size_t count) {
    return bench::eventually([&] { return server_.mails().size() >= count; }, 15s);
  }
  config::Model model_;
  bench::Ledger ledger_{directory_ / "ledger", 7};
};

constexpr const char* kMaster = "[gulp] VRRP Instance VI_1 - Entering MASTER state";
constexpr const char* kBackup = "[gulp] VRRP Instance VI_1 - Entering BACKUP state";

TEST_F(Alerter, MailsATransitionAtOnce) {
  server_.start();
  bench::Role alerter(VIGIE_ALERTER, directory_.path(), model_, ledger_.fd());
  alerter.start();
  ledger_.append(bench::transition("VI_1", State::kInitialize, State::kBackup));
  alerter.kick();
  ASSERT_TRUE(arrive(1));
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  alerter.kick();
  ASSERT_TRUE(arrive(2));
  EXPECT_THAT(subjects(), ElementsAre(kBackup, kMaster));
  EXPECT_THAT(server_.mails()[1].content, HasSubstr("From: \"Gulp\" <gulp@example.org>\r\n"));
  EXPECT_EQ(alerter.terminate(), 0);
}

TEST_F(Alerter, ServerDownForAWhileGetsTheMailLaterAndOnce) {
  bench::Role alerter(VIGIE_ALERTER, directory_.path(), model_, ledger_.fd());
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  alerter.start();
  ASSERT_TRUE(bench::eventually([&] {
    auto outbox =
        store::Database::open(directory_ / "outbox.db", store::Database::Access::kReadOnly);
    return outbox && outbox->number("SELECT attempts FROM mail").value_or(0) == 1;
  }));
  server_.start();
  // Retried after 4 to 6 s.
  ASSERT_TRUE(arrive(1));
  EXPECT_EQ(alerter.terminate(), 0);
  alerter.start();
  ledger_.append(bench::transition("VI_1", State::kMaster, State::kBackup));
  alerter.kick();
  ASSERT_TRUE(arrive(2));
  EXPECT_EQ(alerter.terminate(), 0);
  EXPECT_THAT(subjects(), ElementsAre(kMaster, kBackup));
}

TEST_F(Alerter, KilledBetweenAttemptsOwesWhatItOwed) {
  bench::Role alerter(VIGIE_ALERTER, directory_.path(), model_, ledger_.fd());
  std::vector<std::string> expected;
  for (int i = 0; i < 10; ++i) {
    ledger_.append(bench::transition("VI_1", i % 2 ? State::kMaster : State::kBackup,
                                     i % 2 ? State::kBackup : State::kMaster));
    expected.push_back(i % 2 ? kBackup : kMaster);
    alerter.start();
    alerter.kick();
    timespec life{0, 20'000'000L + i * 9'000'000L};
    ::nanosleep(&life, nullptr);
    alerter.kill9();
  }
  server_.start();
  alerter.start();
  ASSERT_TRUE(arrive(10));
  EXPECT_EQ(alerter.terminate(), 0);
  EXPECT_THAT(subjects(), testing::ElementsAreArray(expected));
}

TEST_F(Alerter, OutboxDeletedWhileInUseIsBegunAgain) {
  server_.start();
  bench::Role alerter(VIGIE_ALERTER, directory_.path(), model_, ledger_.fd());
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  alerter.start();
  ASSERT_TRUE(arrive(1));
  // It has nothing to do any more: what comes is looked at after the file is gone.
  timespec pause{0, 200'000'000};
  ::nanosleep(&pause, nullptr);
  ASSERT_TRUE(std::filesystem::remove(directory_ / "outbox.db"));
  ledger_.append(bench::transition("VI_1", State::kMaster, State::kBackup));
  alerter.kick();
  // Nobody knows any more that the first, a moment ago, was sent: better twice than never.
  ASSERT_TRUE(arrive(3));
  EXPECT_EQ(alerter.terminate(), 0);
  EXPECT_THAT(subjects(), ElementsAre(kMaster, kMaster, kBackup));
  ASSERT_TRUE(std::filesystem::exists(directory_ / "outbox.db"));
  auto outbox = alert::Outbox::open(directory_ / "outbox.db", base::os::wall_ns());
  ASSERT_TRUE(outbox);
  EXPECT_EQ(outbox->place("0000000000000007").value(), 2u);
}

TEST_F(Alerter, NameWithALineBreakForgesNoHeader) {
  model_.instances[0].name = "VI\r\nBcc: thief@example.org";
  server_.start();
  bench::Role alerter(VIGIE_ALERTER, directory_.path(), model_, ledger_.fd());
  ledger_.append(bench::transition(model_.instances[0].name, State::kBackup, State::kMaster));
  alerter.start();
  ASSERT_TRUE(arrive(1));
  EXPECT_EQ(alerter.terminate(), 0);
  const Delivered mail = server_.mails()[0];
  EXPECT_THAT(mail.to, ElementsAre("root@example.org"));
  const std::string head = mail.content.substr(0, mail.content.find("\r\n\r\n"));
  EXPECT_EQ(head.find("\nBcc:"), std::string::npos);
  EXPECT_THAT(head, HasSubstr("VRRP Instance VI Bcc: thief@example.org - Entering MASTER state"));
}

TEST_F(Alerter, SigtermSendsWhatIsDueFirst) {
  model_.mail.connect_timeout = 30s;  // a slow machine is no server that hangs
  server_.start();
  bench::Role alerter(VIGIE_ALERTER, directory_.path(), model_, ledger_.fd());
  alerter.start();
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  alerter.kick();
  ASSERT_TRUE(arrive(1));
  // Nobody kicks: finishing alone must find it.
  ledger_.append(bench::transition("VI_1", State::kMaster, State::kStopped));
  EXPECT_EQ(alerter.terminate(), 0);
  EXPECT_THAT(subjects(), ElementsAre(kMaster, "[gulp] VRRP Instance VI_1 - Stopping"));
}

TEST_F(Alerter, SigtermDoesNotWaitLongForAServerThatHangs) {
  server_.start({"--hang"});
  bench::Role alerter(VIGIE_ALERTER, directory_.path(), model_, ledger_.fd());
  alerter.start();
  ledger_.append(bench::transition("VI_1", State::kBackup, State::kMaster));
  alerter.kick();
  timespec pause{1, 0};
  ::nanosleep(&pause, nullptr);
  const base::Instant asked = base::os::now();
  EXPECT_EQ(alerter.terminate(), 0);
  EXPECT_LT(base::os::now() - asked, 8s);
}

}  // namespace
