#include "alert/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "alert/notice.hpp"

namespace {

using alert::Mailbox;
using alert::Message;
using testing::HasSubstr;
using testing::Not;

// 2026-11-22 00:28:34 UTC, a Sunday.
constexpr std::int64_t kAtNight = 1'795'307'314'000'000'000;

Message simple() {
  Message message;
  message.from = {"", "gulp@example.org"};
  message.to = {{"", "root@example.org"}};
  message.subject = "hello";
  message.id = "1@gulp";
  message.wall_ns = kAtNight;
  message.body = "line\n";
  return message;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    EXPECT_TRUE(line.ends_with('\r')) << line;
    line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

TEST(Message, IsWhatRfc5322Wants) {
  Message message = simple();
  message.headers = {{"X-Vigie-State", "MASTER"}};
  EXPECT_EQ(alert::to_text(message),
            "Date: Sun, 22 Nov 2026 00:28:34 +0000\r\n"
            "From: gulp@example.org\r\n"
            "To: root@example.org\r\n"
            "Subject: hello\r\n"
            "Message-ID: <1@gulp>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "X-Vigie-State: MASTER\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "line\r\n");
}

TEST(Message, NoTextFromOutsideCanAddAHeader) {
  Message message = simple();
  message.subject = "VI_1\r\nBcc: thief@example.org\r\n\r\nbody";
  message.id = "1\r\nX-Id: 1@gulp";
  message.from.name = "a\r\nX-From: 1";
  message.to[0].name = "b\nX-To: 1";
  message.headers = {{"X-Vigie-Instance", "VI\rX-Instance: 1"}};
  for (const std::string& line : lines_of(alert::to_text(message))) {
    if (line.empty()) break;
    for (const char* forged : {"Bcc:", "X-Id:", "X-From:", "X-To:", "X-Instance:"})
      EXPECT_FALSE(line.starts_with(forged)) << line;
  }
}

TEST(Message, TextBeyondAsciiTravelsAsEncodedWordsOfAtMost75Characters) {
  Message message = simple();
  // 60 characters of two bytes: 45 bytes a word hold 22 of them, so three words.
  for (int i = 0; i < 60; ++i) message.subject += "é";
  message.subject.erase(0, 5);
  const std::string text = alert::to_text(message);
  int words = 0;
  for (const std::string& line : lines_of(text)) {
    const std::size_t at = line.find("=?utf-8?B?");
    if (at == std::string::npos) continue;
    ++words;
    EXPECT_LE(line.size() - at, 75u);
    EXPECT_TRUE(line.ends_with("?="));
  }
  EXPECT_EQ(words, 3);
  // base64 of 22 times c3 a9, by hand: 42 bytes give 14 groups "w6nD" "qcOp" in turn, the last two bytes "w6k=".
  EXPECT_THAT(text, HasSubstr("Subject: =?utf-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOp"
                              "w6nDqcOpw6k=?=\r\n =?utf-8?B?"));
}

TEST(Message, WhatLooksLikeAnEncodedWordIsEncoded) {
  Message message = simple();
  message.subject = "=?utf-8?B?Zm9yZ2Vk?=";
  EXPECT_THAT(alert::to_text(message), Not(HasSubstr("Zm9yZ2Vk")));
}

TEST(Message, BrokenUtf8BecomesQuestionMarks) {
  Message message = simple();
  message.subject = "a\xff\xc3";
  EXPECT_THAT(alert::to_text(message), HasSubstr("Subject: a??\r\n"));
}

TEST(Message, BodyBeyondAsciiIsQuotedPrintable) {
  Message message = simple();
  message.body = "h\xc3\xa9 = 1 \n" + std::string(100, 'x') + "\n";
  const std::string text = alert::to_text(message);
  EXPECT_THAT(text, HasSubstr("Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                              "h=C3=A9 =3D 1=20\r\n" +
                              std::string(75, 'x') + "=\r\n" + std::string(25, 'x') + "\r\n"));
}

TEST(Message, LinesLongerThanMailMayHaveAreBroken) {
  Message message = simple();
  message.body = std::string(2000, 'x');
  for (const std::string& line : lines_of(alert::to_text(message))) EXPECT_LE(line.size(), 76u);
}

TEST(Message, SeveralRecipientsAndNamesShareOneHeader) {
  Message message = simple();
  message.from = {"Router \"A\", rack 1", "gulp@example.org"};
  message.to = {{"", "a@example.org"}, {"Zoé", "b@example.org"}};
  const std::string text = alert::to_text(message);
  EXPECT_THAT(text, HasSubstr("From: \"Router \\\"A\\\", rack 1\" <gulp@example.org>\r\n"));
  EXPECT_THAT(text, HasSubstr("To: a@example.org,\r\n =?utf-8?B?Wm/DqQ==?= <b@example.org>\r\n"));
}

TEST(Mailbox, IsReadWithAndWithoutAName) {
  EXPECT_EQ(Mailbox::parse(" root@example.org ")->address, "root@example.org");
  EXPECT_EQ(Mailbox::parse("root")->address, "root");
  const auto named = Mailbox::parse("Router A <a@example.org>");
  EXPECT_EQ(named->name, "Router A");
  EXPECT_EQ(named->address, "a@example.org");
  EXPECT_EQ(Mailbox::parse("\"A, \\\"B\\\"\" <a@example.org>")->name, "A, \"B\"");
}

TEST(Mailbox, IsNoneWhenItCouldSayMoreThanAnAddress) {
  for (const char* text :
       {"", " ", "a b@example.org", "a@example.org\r\nRCPT TO:<b@example.org>", "a@b>", "<a@b",
        "A <a@b> c", "a@b,c@d", "z\xc3\xa9@example.org", "A\n <a@example.org>"})
    EXPECT_FALSE(Mailbox::parse(text)) << text;
}

TEST(Date, IsRightAroundTheYear) {
  EXPECT_EQ(alert::date_of(0), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(alert::date_of(951'782'400'000'000'000), "Tue, 29 Feb 2000 00:00:00 +0000");
  EXPECT_EQ(alert::date_of(kAtNight), "Sun, 22 Nov 2026 00:28:34 +0000");
}

feed::Record transition(base::State from, base::State to) {
  feed::Record record;
  record.kind = feed::Kind::kTransition;
  record.sequence = 42;
  record.wall_ns = kAtNight;
  record.from = from;
  record.to = to;
  record.cause = base::Cause::kStartup;
  feed::put_text(record.name, "VI_1");
  return record;
}

Message notice(base::State from, base::State to) {
  return alert::notice_of(transition(from, to), {"gulp", "gulp.example.org", 0xabcd}, {}, {});
}

TEST(Notice, SubjectsAndFirstLinesAreKeepalivedsOwn) {
  using base::State;
  const auto subject = [](State to) { return notice(State::kBackup, to).subject; };
  EXPECT_EQ(subject(State::kMaster), "[gulp] VRRP Instance VI_1 - Entering MASTER state");
  EXPECT_EQ(subject(State::kBackup), "[gulp] VRRP Instance VI_1 - Entering BACKUP state");
  EXPECT_EQ(subject(State::kFault), "[gulp] VRRP Instance VI_1 - Entering FAULT state");
  EXPECT_EQ(subject(State::kStopped), "[gulp] VRRP Instance VI_1 - Stopping");
  const auto body = [](State to) { return notice(State::kBackup, to).body; };
  EXPECT_THAT(body(State::kMaster),
              testing::StartsWith("=> VRRP Instance is now owning VRRP VIPs <=\n"));
  EXPECT_THAT(body(State::kBackup),
              testing::StartsWith("=> VRRP Instance is no longer owning VRRP VIPs <=\n"));
  EXPECT_THAT(body(State::kFault),
              testing::StartsWith("=> VRRP Instance is no longer owning VRRP VIPs <=\n"));
  EXPECT_THAT(body(State::kStopped), testing::StartsWith("=> VRRP Instance stopping <=\n"));
}

TEST(Notice, SaysWhyAndIsTheSameEveryTime) {
  const Message first = notice(base::State::kBackup, base::State::kMaster);
  EXPECT_THAT(first.body,
              HasSubstr("VI_1 on gulp went from BACKUP to MASTER:\nthe daemon started.\n"));
  EXPECT_THAT(first.body, HasSubstr("Time:      Sun, 22 Nov 2026 00:28:34 +0000\n"));
  EXPECT_EQ(first.id, "vigie.000000000000abcd.42@gulp.example.org");
  EXPECT_EQ(alert::to_text(first),
            alert::to_text(notice(base::State::kBackup, base::State::kMaster)));
}

feed::Record contest(bool is_on) {
  feed::Record record = transition(base::State::kInitialize, base::State::kInitialize);
  record.kind = feed::Kind::kContest;
  record.status = is_on ? 1 : 0;
  record.peer = base::Address::v4(192, 0, 2, 2).padded();
  record.peer_family = base::Family::kIpv4;
  record.peer_priority = 150;
  feed::put_text(record.subject, "one-way");
  return record;
}

TEST(Notice, OfTwoMastersSaysSoAndWhenItIsOver) {
  const alert::Origin origin{"gulp", "gulp.example.org", 0xabcd};
  const Message on = alert::notice_of(contest(true), origin, {}, {});
  EXPECT_EQ(on.subject, "[gulp] VRRP Instance VI_1 - Two masters");
  EXPECT_EQ(on.body,
            "VI_1 on gulp:\n"
            "two masters: 192.0.2.2 (priority 150) is one as well, and we hear it and it does not "
            "hear us.\n\n"
            "Time:      Sun, 22 Nov 2026 00:28:34 +0000\n"
            "Record:    42 of ledger 000000000000abcd\n");
  const Message over = alert::notice_of(contest(false), origin, {}, {});
  EXPECT_EQ(over.subject, "[gulp] VRRP Instance VI_1 - One master again");
  EXPECT_EQ(over.headers.back(),
            (std::pair<std::string, std::string>{"X-Vigie-Condition-Is", "over"}));
}

TEST(Notice, OfAGroupIsKeepalivedsOwnToo) {
  feed::Record group = transition(base::State::kBackup, base::State::kMaster);
  group.kind = feed::Kind::kGroup;
  group.instance = 0xffff;
  feed::put_text(group.name, "G1");
  feed::put_text(group.subject, "VI_2");
  const Message message = alert::notice_of(group, {"gulp", "gulp.example.org", 0xabcd}, {}, {});
  EXPECT_EQ(message.subject, "[gulp] VRRP Group G1 - Entering MASTER state");
  EXPECT_THAT(message.body,
              testing::StartsWith("=> All VRRP group instances are now in MASTER state <=\n"));
  EXPECT_THAT(message.body, HasSubstr("G1 on gulp went from BACKUP to MASTER:\n"));
}

TEST(Notice, IsWantedForConditionsAndGroupsThatAskForIt) {
  config::Model model;
  model.instances.resize(1);
  model.instances[0].name = "VI_1";
  model.groups.resize(1);
  model.groups[0].name = "G1";
  feed::Record group = transition(base::State::kBackup, base::State::kMaster);
  group.kind = feed::Kind::kGroup;
  feed::put_text(group.name, "G1");
  EXPECT_FALSE(alert::wants_mail(contest(true), model));
  EXPECT_FALSE(alert::wants_mail(group, model));
  model.instances[0].smtp_alert = model.groups[0].smtp_alert = true;
  model.mail.no_faults = true;
  EXPECT_TRUE(alert::wants_mail(contest(true), model));
  EXPECT_TRUE(alert::wants_mail(group, model));
  group.to = base::State::kFault;
  EXPECT_FALSE(alert::wants_mail(group, model));
}

TEST(Notice, IsWantedForTransitionsOfInstancesThatAskForIt) {
  using base::State;
  config::Model model;
  model.instances.resize(2);
  model.instances[0].name = "VI_1";
  model.instances[0].smtp_alert = true;
  model.instances[1].name = "VI_2";
  const feed::Record master = transition(State::kBackup, State::kMaster);
  EXPECT_TRUE(alert::wants_mail(master, model));
  EXPECT_TRUE(alert::wants_mail(transition(State::kMaster, State::kStopped), model));
  EXPECT_FALSE(alert::wants_mail(transition(State::kStopped, State::kInitialize), model));

  feed::Record other = master;
  feed::put_text(other.name, "VI_2");
  EXPECT_FALSE(alert::wants_mail(other, model));
  feed::Record check = master;
  check.kind = feed::Kind::kScript;
  EXPECT_FALSE(alert::wants_mail(check, model));

  const feed::Record fault = transition(State::kMaster, State::kFault);
  EXPECT_TRUE(alert::wants_mail(fault, model));
  model.mail.no_faults = true;
  EXPECT_FALSE(alert::wants_mail(fault, model));
}

}  // namespace
