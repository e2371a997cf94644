#include "engine/feed/ledger.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>
#include <vector>

namespace {

using feed::Kind;
using feed::LedgerReader;
using feed::LedgerWriter;
using feed::Record;

constexpr std::uint64_t kCapacity = 4;

class Ledger : public testing::Test {
 protected:
  Ledger() : words_(feed::ledger_bytes(kCapacity) / 8) {
    feed::format_ledger(memory(), 77, "this-boot", kCapacity);
  }
  std::span<std::byte> memory() { return std::as_writable_bytes(std::span(words_)); }
  LedgerWriter writer() { return LedgerWriter(memory()); }
  LedgerReader reader(std::uint64_t after = 0) { return LedgerReader(memory(), after); }
  // Appends records whose status counts on from `first`.
  void append(int first, int count) {
    LedgerWriter to = writer();
    for (int i = 0; i < count; ++i) {
      Record record;
      record.status = first + i;
      (void)to.append(record);
    }
  }

  std::vector<std::uint64_t> words_;
};

TEST_F(Ledger, IsOneOfItsBootAndVersion) {
  EXPECT_TRUE(feed::is_ledger(memory(), "this-boot"));
  EXPECT_FALSE(feed::is_ledger(memory(), "another-boot"));
  EXPECT_EQ(feed::ledger_header(memory()).identity, 77U);
}

TEST_F(Ledger, IsNoneWhenAnythingOfItsShapeIsWrong) {
  const auto broken = [&](std::size_t word, std::uint64_t value) {
    const std::uint64_t before = std::exchange(words_[word], value);
    const bool answer = feed::is_ledger(memory(), "this-boot");
    words_[word] = before;
    return !answer;
  };
  EXPECT_TRUE(broken(0, 0));              // magic
  EXPECT_TRUE(broken(1, words_[1] + 1));  // version
  EXPECT_TRUE(broken(2, 0));              // capacity: none
  EXPECT_TRUE(broken(2, kCapacity + 1));  // more than there is room for
  EXPECT_TRUE(broken(2, ~std::uint64_t{0}));
  EXPECT_FALSE(broken(2, kCapacity));
  EXPECT_FALSE(feed::is_ledger(memory().first(feed::kLedgerHeaderBytes - 1), "this-boot"));
  EXPECT_FALSE(feed::is_ledger({}, "this-boot"));
}

TEST_F(Ledger, GivesNothingWhileItIsEmpty) {
  LedgerReader from = reader();
  EXPECT_FALSE(from.next());
  EXPECT_EQ(from.place(), 0U);
}

TEST_F(Ledger, NumbersRecordsFromOneAndGivesThemInOrder) {
  Record record;
  record.sequence = 999;  // whatever was there
  LedgerWriter to = writer();
  EXPECT_EQ(to.append(record), 1U);
  EXPECT_EQ(to.append(record), 2U);
  LedgerReader from = reader();
  EXPECT_EQ(from.next()->sequence, 1U);
  EXPECT_EQ(from.next()->sequence, 2U);
  EXPECT_FALSE(from.next());
  EXPECT_EQ(from.place(), 2U);
}

TEST_F(Ledger, CarriesEveryFieldUnchanged) {
  Record record;
  record.wall_ns = -1;
  record.monotonic_ns = 2;
  record.silence_ns = 3;
  record.lateness_ns = 4;
  record.duration_ns = 5;
  record.generation = 6;
  record.status = -7;
  record.uid = 8;
  record.instance = 9;
  record.kind = Kind::kTransition;
  record.cause = base::Cause::kSilence;
  record.from = base::State::kBackup;
  record.to = base::State::kMaster;
  record.priority = 100;
  record.peer_priority = 200;
  record.peer_family = base::Family::kIpv4;
  record.peer = {192, 0, 2, 2};
  feed::put_text(record.name, "VI_1");
  feed::put_text(record.subject, "check");
  feed::put_text(record.text, "why");
  record.sequence = writer().append(record);
  LedgerReader from = reader();
  const auto read = from.next();
  ASSERT_TRUE(read);
  EXPECT_EQ(std::memcmp(&*read, &record, sizeof record), 0);
  EXPECT_EQ(feed::peer_of(*read), base::Address::v4(192, 0, 2, 2));
}

TEST_F(Ledger, GoesOnWhereAReaderLeftOff) {
  append(1, 3);
  LedgerReader from = reader(2);
  EXPECT_EQ(from.next()->status, 3);
  EXPECT_FALSE(from.next());
}

TEST_F(Ledger, GoesOnWhereTheWriterBeforeStopped) {
  append(1, 2);
  EXPECT_EQ(writer().head(), 2U);
  append(3, 1);
  LedgerReader from = reader(2);
  EXPECT_EQ(from.next()->status, 3);
}

TEST_F(Ledger, TellsALappedReaderOnceHowManyItMissed) {
  append(1, 10);
  // Ten were written into four slots. The oldest of them is where the eleventh goes, so it counts as gone too: 1 to 7.
  LedgerReader from = reader();
  const auto lost = from.next();
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->kind, Kind::kLost);
  EXPECT_EQ(lost->status, 7);
  EXPECT_EQ(lost->sequence, 7U);
  EXPECT_EQ(from.next()->status, 8);
  EXPECT_EQ(from.next()->status, 9);
  EXPECT_EQ(from.next()->status, 10);
  EXPECT_FALSE(from.next());
}

TEST_F(Ledger, CountsOnlyWhatThisReaderHadNotSeen) {
  append(1, 2);
  LedgerReader from = reader();
  EXPECT_EQ(from.next()->status, 1);
  append(3, 8);
  const auto lost = from.next();
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->status, 6);  // 2 to 7
}

TEST_F(Ledger, DoesNotGiveARecordThatIsBeingWritten) {
  append(1, 3);
  LedgerReader from = reader(2);
  // The writer has taken slot 3 % 4 for another record and not finished it.
  words_[feed::kLedgerHeaderBytes / 8 + 3 * sizeof(Record) / 8] = 0;
  const auto read = from.next();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, Kind::kLost);
}

TEST_F(Ledger, OverwritesARecordItsWriterDiedIn) {
  append(1, 2);
  // Dead between the slot's zero and the head: record 3 never was.
  words_[feed::kLedgerHeaderBytes / 8 + 3 * sizeof(Record) / 8] = 0;
  append(30, 1);
  LedgerReader from = reader(2);
  EXPECT_EQ(from.next()->status, 30);
  EXPECT_FALSE(from.next());
}

TEST_F(Ledger, GivesNothingToAReaderFromTheFuture) {
  append(1, 1);
  LedgerReader from = reader(50);
  EXPECT_FALSE(from.next());
}

TEST(RecordText, IsCutBetweenCharactersAndAlwaysEnds) {
  std::array<char, 6> field{};
  feed::put_text(field, "abcdefgh");
  EXPECT_EQ(feed::get_text(field), "abcde");
  feed::put_text(field, "abcdé");  // é is two bytes, of which one would fit
  EXPECT_EQ(feed::get_text(field), "abcd");
  feed::put_text(field, "ab");
  EXPECT_EQ(feed::get_text(field), "ab");
  EXPECT_EQ(field, (std::array<char, 6>{'a', 'b', 0, 0, 0, 0}));
}

TEST(RecordText, OfAForeignWriterWithoutAnEndIsAsLongAsItsField) {
  std::array<char, 4> field{'a', 'b', 'c', 'd'};
  EXPECT_EQ(feed::get_text(field), "abcd");
}

}  // namespace
