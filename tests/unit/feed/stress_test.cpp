// One writer and several readers at full speed: what a reader gets is whole, in order, and complete or counted. Run
// under a race detector as well (the tsan preset).
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"

namespace {

using feed::Record;
using feed::Row;

constexpr int kReaders = 3;

// A record that can be checked by itself: every field follows from its number.
Record numbered(std::uint64_t number) {
  Record record;
  record.monotonic_ns = static_cast<std::int64_t>(number);
  record.silence_ns = static_cast<std::int64_t>(number * 3);
  record.text.fill(static_cast<char>('a' + number % 26));
  return record;
}

bool is_whole(const Record& record) {
  const Record expected = numbered(static_cast<std::uint64_t>(record.monotonic_ns));
  return record.silence_ns == expected.silence_ns && record.text == expected.text &&
         record.sequence == static_cast<std::uint64_t>(record.monotonic_ns);
}

TEST(LedgerStress, EveryReaderSeesEveryRecordWholeOrKnowsHowManyItMissed) {
  constexpr std::uint64_t kRecords = 60'000;
  constexpr std::uint64_t kCapacity = 32;  // small, so that readers are lapped
  std::vector<std::uint64_t> words(feed::ledger_bytes(kCapacity) / 8);
  const auto memory = std::as_writable_bytes(std::span(words));
  feed::format_ledger(memory, 1, "boot", kCapacity);

  struct Tally {
    std::uint64_t seen = 0, lost = 0, torn = 0, out_of_order = 0;
  };
  std::vector<Tally> tallies(kReaders);
  std::vector<std::thread> readers;
  for (Tally& tally : tallies) {
    readers.emplace_back([&tally, memory] {
      feed::LedgerReader reader(memory, 0);
      std::uint64_t last = 0;
      while (last < kRecords) {
        const auto record = reader.next();
        if (!record) {
          std::this_thread::yield();
          continue;
        }
        if (record->kind == feed::Kind::kLost) {
          const auto missing = static_cast<std::uint64_t>(record->status);
          tally.lost += missing;
          tally.out_of_order += record->sequence != last + missing ? 1U : 0U;
        } else {
          ++tally.seen;
          tally.out_of_order += record->sequence != last + 1 ? 1U : 0U;
          tally.torn += is_whole(*record) ? 0U : 1U;
        }
        last = record->sequence;
      }
    });
  }
  feed::LedgerWriter writer(memory);
  for (std::uint64_t number = 1; number <= kRecords; ++number) {
    (void)writer.append(numbered(number));
    // Give the readers a chance now and then, on a machine with one processor as well.
    if (number % 64 == 0) std::this_thread::yield();
  }
  for (std::thread& reader : readers) reader.join();
  for (const Tally& tally : tallies) {
    EXPECT_EQ(tally.seen + tally.lost, kRecords);
    EXPECT_EQ(tally.torn, 0U);
    EXPECT_EQ(tally.out_of_order, 0U);
    EXPECT_GT(tally.seen, 0U);
  }
}

TEST(BoardStress, EveryReaderSeesWholeEntriesOfEveryRegion) {
  constexpr std::uint64_t kWrites = 40'000;
  std::vector<std::uint64_t> words(feed::board_bytes(2, 1) / 8);
  const auto memory = std::as_writable_bytes(std::span(words));
  feed::format_board(memory, 2, 1, "boot", "router", 1);

  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> torn{0}, backwards{0}, reads{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&, memory] {
      const feed::BoardReader reader(memory);
      std::uint64_t last = 0;
      while (!done.load()) {
        const auto row = reader.row(1);
        const auto global = reader.global();
        const auto group = reader.group(0);
        const auto peer = reader.peer(1, 3);
        const auto stranger = reader.stranger(5);
        if (!row || !global || !group || !peer || !stranger)
          continue;  // the writer was put aside in mid-write for long
        ++reads;
        // First and last field of either were written together.
        if (row->adverts_sent != row->reserved3.back() ||
            row->adverts_sent != static_cast<std::uint64_t>(row->deadline_ns) ||
            global->turns != global->drops.back() ||
            group->change_sequence != group->reserved.back() ||
            peer->adverts != peer->reserved.back() ||
            stranger->adverts != stranger->reserved.back())
          ++torn;
        if (row->adverts_sent < last) ++backwards;
        last = row->adverts_sent;
      }
    });
  }
  feed::BoardWriter writer(memory);
  for (std::uint64_t number = 1; number <= kWrites; ++number) {
    Row row;
    row.deadline_ns = static_cast<std::int64_t>(number);
    row.adverts_sent = number;
    row.reserved3.back() = number;
    writer.publish(1, row);
    feed::Global global;
    global.turns = number;
    global.drops.back() = number;
    writer.publish(global);
    feed::GroupRow group;
    group.change_sequence = group.reserved.back() = number;
    writer.publish_group(0, group);
    feed::PeerRow peer;
    peer.adverts = peer.reserved.back() = number;
    writer.publish_peer(1, 3, peer);
    feed::Stranger stranger;
    stranger.adverts = stranger.reserved.back() = number;
    writer.publish_stranger(5, stranger);
    if (number % 64 == 0) std::this_thread::yield();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn.load(), 0U);
  EXPECT_EQ(backwards.load(), 0U);
  EXPECT_GT(reads.load(), 0U);
}

}  // namespace
