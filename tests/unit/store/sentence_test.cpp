#include "engine/feed/sentence.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <set>
#include <string>

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using feed::Record;

Record transition(Cause cause, State from = State::kBackup, State to = State::kMaster) {
  Record record;
  record.kind = Kind::kTransition;
  record.cause = cause;
  record.from = from;
  record.to = to;
  feed::put_text(record.name, "VI_ROUTEUR");
  return record;
}

void set_peer(Record& record, const char* address, std::uint8_t priority) {
  const auto peer = base::Address::parse(address);
  record.peer = peer->padded();
  record.peer_family = peer->family();
  record.peer_priority = priority;
}

// One past the last of vrrp.hpp and record.hpp: a new enumerator is found by its name no longer being "?".
constexpr unsigned kPastLastCause = 26;
constexpr unsigned kPastLastKind = 16;

TEST(Sentence, EveryCauseHasItsOwnWithAndWithoutEvidence) {
  EXPECT_EQ(base::to_string(static_cast<Cause>(kPastLastCause)), "?") << "extend this test";
  for (const bool with_evidence : {false, true}) {
    std::set<std::string> seen;
    for (unsigned i = 0; i < kPastLastCause; ++i) {
      Record record = transition(static_cast<Cause>(i));
      if (with_evidence) {
        set_peer(record, "192.0.2.2", 150);
        feed::put_text(record.subject, "thing");
        record.silence_ns = 3'610'000'000;
        record.duration_ns = 5'000'000'000;
        record.status = 1;
      }
      const std::string sentence = feed::because(record);
      EXPECT_TRUE(seen.insert(sentence).second) << sentence;
      EXPECT_EQ(sentence.find("does not know"), std::string::npos) << i;
      EXPECT_EQ(sentence.find("  "), std::string::npos) << sentence;
      EXPECT_NE(sentence.back(), '.') << sentence;
    }
  }
  EXPECT_EQ(feed::because(transition(static_cast<Cause>(kPastLastCause))),
            "cause 26, which this version does not know");
}

TEST(Sentence, EveryKindHasItsOwnAndAName) {
  EXPECT_EQ(feed::to_string(static_cast<Kind>(kPastLastKind)), "?") << "extend this test";
  std::set<std::string> sentences;
  std::set<std::string> names;
  for (unsigned i = 1; i < kPastLastKind; ++i) {
    Record record;
    record.kind = static_cast<Kind>(i);
    const std::string sentence = feed::because(record);
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
    EXPECT_EQ(sentence.find("does not know"), std::string::npos) << i;
    EXPECT_NE(feed::to_string(record.kind), "?");
    EXPECT_TRUE(names.insert(std::string(feed::to_string(record.kind))).second);
  }
}

TEST(Sentence, SilenceNamesThePeerItsPriorityAndHowLong) {
  Record record = transition(Cause::kSilence);
  set_peer(record, "192.0.2.2", 150);
  record.silence_ns = 3'610'000'000;
  EXPECT_EQ(feed::headline(record),
            "VI_ROUTEUR: BACKUP -> MASTER: no advert from 192.0.2.2 (priority 150) for 3.61 s");
}

TEST(Sentence, OwnLatenessIsSaidWhenItExplainsSomething) {
  Record record = transition(Cause::kSilence);
  record.silence_ns = 3'600'000'000;
  record.lateness_ns = 999'999;
  EXPECT_EQ(feed::because(record), "no advert from any router for 3.6 s");
  record.lateness_ns = 250'000'000;
  EXPECT_EQ(feed::because(record),
            "no advert from any router for 3.6 s (we ourselves woke 250 ms late)");
}

TEST(Sentence, FailedCheckSaysItsStatusAndWhatItPrinted) {
  Record record = transition(Cause::kScriptFailed, State::kMaster, State::kFault);
  feed::put_text(record.subject, "check_routeur");
  record.status = 1;
  EXPECT_EQ(feed::because(record), "check check_routeur failed: exit status 1");
  record.status = -SIGSEGV;
  feed::put_text(record.text, "no route\nto host\n");
  EXPECT_EQ(feed::because(record),
            "check check_routeur failed: killed by signal 11 (Segmentation fault), printing "
            "\"no route to host\"");
}

TEST(Sentence, TimedOutCheckSaysAfterHowLong) {
  Record record = transition(Cause::kScriptTimedOut, State::kMaster, State::kFault);
  feed::put_text(record.subject, "x");
  record.duration_ns = 5'000'000'000;
  EXPECT_EQ(feed::because(record), "check x timed out after 5.0 s");
}

TEST(Sentence, PermitAndPriorityReadAsAnOperatorWouldSayThem) {
  Record permit = transition(Cause::kPermitRemoved, State::kMaster, State::kBackup);
  feed::put_text(permit.subject, "/etc/keepalived/MASTER");
  EXPECT_EQ(feed::because(permit), "the permit flag /etc/keepalived/MASTER was removed");

  Record better = transition(Cause::kHigherPriorityHeard, State::kMaster, State::kBackup);
  set_peer(better, "192.0.2.1", 200);
  better.priority = 100;
  EXPECT_EQ(feed::because(better), "heard 192.0.2.1 with priority 200, better than ours (100)");

  Record refused = transition(Cause::kAddressRefused, State::kMaster, State::kFault);
  feed::put_text(refused.subject, "192.0.2.10");
  refused.status = EADDRNOTAVAIL;
  EXPECT_EQ(feed::because(refused),
            "the kernel refused virtual address 192.0.2.10: Cannot assign requested address");
}

TEST(Sentence, TimesAreSaidInTheirNaturalUnit) {
  Record record = transition(Cause::kSilence);
  const auto said = [&](std::int64_t ns) {
    record.silence_ns = ns;
    return feed::because(record);
  };
  EXPECT_EQ(said(312'000), "no advert from any router for 312 us");
  EXPECT_EQ(said(30'500'000), "no advert from any router for 30 ms");
  EXPECT_EQ(said(9'050'000'000), "no advert from any router for 9.05 s");
  EXPECT_EQ(said(125'000'000'000), "no advert from any router for 2 min 5 s");
  EXPECT_EQ(said(11'520'000'000'000), "no advert from any router for 3 h 12 min");
  EXPECT_EQ(said(183'600'000'000'000), "no advert from any router for 2 d 3 h");
}

TEST(Sentence, RecordsOfNoInstanceHaveNoName) {
  Record died;
  died.kind = Kind::kChildDied;
  feed::put_text(died.subject, "keeper");
  died.status = -SIGKILL;
  EXPECT_EQ(feed::headline(died),
            "the keeper ended (killed by signal 9 (Killed)) and is started again");
}

TEST(Sentence, TextFromOutsideCannotMakeLines) {
  Record note;
  feed::put_text(note.text, "one\r\nMay 1 root: forged\x1b[2J");
  EXPECT_EQ(feed::because(note), "one May 1 root: forged [2J");
}

}  // namespace
