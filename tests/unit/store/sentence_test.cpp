#include "engine/feed/sentence.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <limits>
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
constexpr unsigned kPastLastCause = 32;
constexpr unsigned kPastLastKind = 28;

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
            "cause 32, which this version does not know");
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

Record record_of(Kind kind, int status) {
  Record record;
  record.kind = kind;
  record.status = status;
  feed::put_text(record.name, "VI");
  set_peer(record, "192.0.2.2", 150);
  return record;
}

TEST(Sentence, OfSomebodyWhoRemovesAddressesSaysHowOftenAndWhatFollows) {
  Record left = transition(Cause::kAddressFought, State::kMaster, State::kBackup);
  feed::put_text(left.subject, "192.0.2.10/24");
  EXPECT_EQ(feed::because(left),
            "somebody removes virtual address 192.0.2.10/24 from the kernel again and again");

  Record removal = record_of(Kind::kAddressRestored, 1);
  feed::put_text(removal.subject, "192.0.2.10/24");
  EXPECT_EQ(feed::because(removal),
            "somebody removed virtual address 192.0.2.10/24 from the kernel, and it was put back");
  removal.status = 17;
  removal.duration_ns = 10'000'000'000;
  EXPECT_EQ(
      feed::because(removal),
      "somebody went on removing virtual addresses from the kernel, 192.0.2.10/24 last: 17 more "
      "were put back within 10.0 s");

  Record fight = record_of(Kind::kAddressFought, 1);
  feed::put_text(fight.subject, "192.0.2.10/24");
  EXPECT_EQ(
      feed::because(fight),
      "somebody removes virtual address 192.0.2.10/24 from the kernel as often as it is put "
      "back: from now on it is put back once a second, and another router takes over if there "
      "is one");
  Record over = record_of(Kind::kAddressFought, 0);
  over.duration_ns = 12'000'000'000;
  feed::put_text(over.text, "put back 21 times meanwhile");
  EXPECT_EQ(feed::because(over),
            "nobody removes virtual addresses from the kernel any more, after 12.0 s: put back 21 "
            "times meanwhile");
}

TEST(Sentence, TwoMastersNameTheOtherTheReasonAndBothValues) {
  Record raised = record_of(Kind::kContest, 1);
  feed::put_text(raised.subject, "interval");
  feed::put_text(raised.text, "ours 1 s, theirs 2 s");
  EXPECT_EQ(feed::headline(raised),
            "VI: two masters: 192.0.2.2 (priority 150) is one as well, and its advert interval is "
            "not ours: ours 1 s, theirs 2 s");
  feed::put_text(raised.subject, "phase of the moon");
  EXPECT_NE(feed::because(raised).find("one as well, and phase of the moon"), std::string::npos);
  Record over = record_of(Kind::kContest, 0);
  over.duration_ns = 5'100'000'000;
  EXPECT_EQ(feed::because(over),
            "one master again: 192.0.2.2 is none any more, after 5.1 s with two");
  feed::put_text(over.text, "a new engine looks again");
  EXPECT_EQ(feed::because(over), "two masters are not known of any more: a new engine looks again");
}

TEST(Sentence, AMismatchSaysBothValuesAndItsEndIsSaidToo) {
  Record differs = record_of(Kind::kMismatch, 1);
  feed::put_text(differs.subject, to_string(feed::Differs::kAddresses));
  feed::put_text(differs.text, "ours 2, theirs 3");
  EXPECT_EQ(feed::because(differs),
            "192.0.2.2 is configured differently: addresses: ours 2, theirs 3");
  differs.status = 0;
  EXPECT_EQ(feed::because(differs), "192.0.2.2 and this router agree again: addresses");
}

TEST(Sentence, TwoOwnersAreNoDifferenceButTheSameWhereTheyMustDiffer) {
  Record owners = record_of(Kind::kMismatch, 1);
  feed::put_text(owners.subject, to_string(feed::Differs::kPriority));
  feed::put_text(owners.text, "ours 255, theirs 255");
  EXPECT_EQ(feed::because(owners),
            "192.0.2.2 has a priority that only one router may have: ours 255, theirs 255");
  owners.status = 0;
  EXPECT_EQ(feed::because(owners), "192.0.2.2 has another priority again");
}

TEST(Sentence, AStrayNamesItsVridAndWhereItWasHeard) {
  Record stray = record_of(Kind::kStray, 51);
  feed::put_text(stray.subject, "crans");
  EXPECT_EQ(
      feed::because(stray),
      "192.0.2.2 (priority 150) speaks for VRID 51 on interface crans, which nobody here has");
}

TEST(Sentence, AClockIsAheadOrBehindAndRightAgain) {
  Record clock = record_of(Kind::kClock, 1);
  clock.duration_ns = 12'000'000'000;
  EXPECT_EQ(feed::because(clock),
            "the clock of 192.0.2.2 is 12.0 s ahead of ours: it counts as alive and is not trusted "
            "further");
  clock.duration_ns = -3'600'000'000'000;
  EXPECT_NE(feed::because(clock).find("1 h 0 min behind ours"), std::string::npos);
  clock.duration_ns = std::numeric_limits<std::int64_t>::min();
  EXPECT_NE(feed::because(clock).find("behind ours"), std::string::npos);
  clock.status = 0;
  EXPECT_EQ(feed::because(clock), "the clock of 192.0.2.2 is right again");
}

TEST(Sentence, AGroupNamesTheMemberAndWhatHappenedToIt) {
  Record group = record_of(Kind::kGroup, 0);
  group.from = State::kBackup;
  group.to = State::kMaster;
  group.cause = Cause::kSilence;
  group.silence_ns = 3'610'000'000;
  feed::put_text(group.name, "G1");
  feed::put_text(group.subject, "VI_2");
  EXPECT_EQ(feed::headline(group),
            "sync group G1: BACKUP -> MASTER: the sync group changed by VI_2: no advert from "
            "192.0.2.2 (priority 150) for 3.61 s");
}

TEST(Sentence, ATrackedFileSaysItsNumberAndAProcessHowManyRun) {
  Record file = record_of(Kind::kTracked, -20);
  file.cause = Cause::kTrackedFile;
  file.to = State::kBackup;
  feed::put_text(file.subject, "load");
  EXPECT_EQ(feed::because(file), "tracked file load says -20");
  Record process = record_of(Kind::kTracked, 1);
  process.cause = Cause::kTrackedProcess;
  process.to = State::kFault;
  feed::put_text(process.subject, "bird");
  EXPECT_EQ(feed::because(process), "tracked process bird does not run as it should: 1 of it");
}

TEST(Sentence, AHoldSaysHowLongAtMostAndWhatEndedIt) {
  Record hold = record_of(Kind::kHold, 1);
  hold.duration_ns = 4'000'000'000;
  feed::put_text(hold.subject, "quiet start");
  EXPECT_EQ(feed::because(hold), "quiet start: not to be master yet, for at most 4.0 s");
  hold.status = 0;
  hold.duration_ns = 312'000'000;
  feed::put_text(hold.text, "the LAN was heard");
  EXPECT_EQ(feed::because(hold), "quiet start is over after 312 ms: the LAN was heard");
}

TEST(Sentence, AReconfiguredInstanceSaysWhatIsOther) {
  Record record = record_of(Kind::kReconfigured, 0);
  feed::put_text(record.text, "priority 150 -> 100");
  EXPECT_EQ(feed::because(record), "goes on with a new configuration: priority 150 -> 100");
}

TEST(Sentence, APriorityThatMovedSaysBothNumbers) {
  Record record = record_of(Kind::kPriority, 150);
  record.priority = 120;
  EXPECT_EQ(feed::because(record), "the effective priority is 120 and was 150");
}

TEST(Sentence, TextFromOutsideCannotMakeLines) {
  Record note;
  feed::put_text(note.text, "one\r\nMay 1 root: forged\x1b[2J");
  EXPECT_EQ(feed::because(note), "one May 1 root: forged [2J");
}

TEST(Sentence, TellsThatNoEngineRunsAndForHowLongIfThatIsKnown) {
  Record absence = record_of(Kind::kNoEngine, 1);
  EXPECT_EQ(feed::because(absence), "no engine runs, so nobody speaks for this router");
  absence.duration_ns = 5'200'000'000;
  feed::put_text(absence.text, "the gateway is kept");
  EXPECT_EQ(feed::because(absence),
            "no engine has shown itself for 5.2 s, so nobody speaks for this router: the gateway "
            "is kept");
  Record over = record_of(Kind::kNoEngine, 0);
  EXPECT_EQ(feed::because(over), "an engine runs again");
  over.duration_ns = 61'000'000'000;
  EXPECT_EQ(feed::because(over), "an engine runs again, after 1 min 1 s without one");
}

}  // namespace
