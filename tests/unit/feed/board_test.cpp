#include "engine/feed/board.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace {

using feed::BoardReader;
using feed::BoardWriter;
using feed::Row;

class Board : public testing::Test {
 protected:
  static constexpr std::size_t kRows = 3;
  static constexpr std::size_t kGroups = 2;
  Board() : words_(feed::board_bytes(kRows, kGroups) / 8) {
    feed::format_board(memory(), kRows, 42, "this-boot", "router", kGroups);
  }
  std::span<std::byte> memory() { return std::as_writable_bytes(std::span(words_)); }
  std::uint64_t& lock_of_row(std::size_t row) {
    return words_[(feed::kBoardHeaderBytes + row * sizeof(Row)) / 8];
  }
  std::vector<std::uint64_t> words_;
};

TEST_F(Board, IsOneOfItsBootAndConfiguration) {
  EXPECT_TRUE(feed::is_board(memory(), "this-boot"));
  EXPECT_FALSE(feed::is_board(memory(), "another-boot"));
  const BoardReader reader(memory());
  EXPECT_EQ(reader.rows(), kRows);
  EXPECT_EQ(reader.groups(), kGroups);
  EXPECT_EQ(reader.header().configuration_hash, 42U);
  EXPECT_EQ(feed::get_text(reader.header().router_id), "router");
}

TEST_F(Board, IsNoneWhenAnythingOfItsShapeIsWrong) {
  const auto broken = [&](std::size_t word, std::uint64_t value) {
    const std::uint64_t before = std::exchange(words_[word], value);
    const bool answer = feed::is_board(memory(), "this-boot");
    words_[word] = before;
    return !answer;
  };
  EXPECT_TRUE(broken(0, 0));              // magic
  EXPECT_TRUE(broken(1, words_[1] + 1));  // version
  EXPECT_TRUE(broken(2, kRows + 1));      // more rows than there is room for
  EXPECT_TRUE(broken(2, ~std::uint64_t{0}));
  EXPECT_TRUE(broken(2, ~std::uint64_t{0} / sizeof(Row)));  // whose size wraps round
  EXPECT_FALSE(broken(2, kRows));
  const std::size_t groups = offsetof(feed::BoardHeader, groups) / 8;
  EXPECT_TRUE(broken(groups, kGroups + 1));
  EXPECT_TRUE(broken(groups, ~std::uint64_t{0}));
  EXPECT_TRUE(broken(groups + 1, 0));  // sizes of the other regions
  EXPECT_TRUE(broken(groups + 2, 0));
  EXPECT_TRUE(broken(groups + 3, 0));
  EXPECT_FALSE(feed::is_board(memory().first(feed::kBoardHeaderBytes - 1), "this-boot"));
}

TEST_F(Board, StartsWithEveryInstanceInInitialize) {
  const BoardReader reader(memory());
  EXPECT_EQ(reader.row(2)->state, base::State::kInitialize);
  EXPECT_EQ(reader.global()->turns, 0U);
}

TEST_F(Board, GivesARowAsItWasPublishedAndLeavesTheOthers) {
  Row row;
  feed::put_text(row.name, "VI_2");
  row.state = base::State::kMaster;
  row.adverts_sent = 17;
  row.lock = 0xdead;  // the caller's copy has none that means anything
  BoardWriter(memory()).publish(1, row);
  const BoardReader reader(memory());
  const auto read = reader.row(1);
  ASSERT_TRUE(read);
  EXPECT_EQ(feed::get_text(read->name), "VI_2");
  EXPECT_EQ(read->state, base::State::kMaster);
  EXPECT_EQ(read->adverts_sent, 17U);
  EXPECT_EQ(lock_of_row(1), 2U);
  EXPECT_EQ(reader.row(0)->adverts_sent, 0U);
  EXPECT_EQ(reader.row(2)->adverts_sent, 0U);
}

TEST_F(Board, GivesTheGlobalFactsAsTheyWerePublished) {
  feed::Global global;
  global.heartbeat_ns = 5;
  global.drops[3] = 9;
  BoardWriter(memory()).publish(global);
  const auto read = BoardReader(memory()).global();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->heartbeat_ns, 5);
  EXPECT_EQ(read->drops[3], 9U);
  EXPECT_EQ(BoardReader(memory()).header().rows, kRows);
}

// The regions lie behind one another: the first and last entry of each are written, and nothing else moved.
TEST_F(Board, KeepsRowsGroupsPeersAndStrangersApart) {
  BoardWriter writer(memory());
  const std::size_t last_peer = feed::kPeersPerRow - 1;
  const std::size_t last_stranger = feed::kStrangers - 1;
  for (const std::size_t group : {std::size_t{0}, kGroups - 1}) {
    feed::GroupRow value;
    value.members = static_cast<std::uint16_t>(10 + group);
    feed::put_text(value.name, "G");
    writer.publish_group(group, value);
  }
  for (const std::size_t row : {std::size_t{0}, kRows - 1}) {
    for (const std::size_t slot : {std::size_t{0}, last_peer}) {
      feed::PeerRow value;
      value.adverts = 100 * row + slot;
      value.family = base::Family::kIpv4;
      writer.publish_peer(row, slot, value);
    }
  }
  for (const std::size_t slot : {std::size_t{0}, last_stranger}) {
    feed::Stranger value;
    value.vrid = static_cast<std::uint8_t>(slot + 1);
    value.family = base::Family::kIpv6;
    writer.publish_stranger(slot, value);
  }
  Row last;
  last.adverts_sent = 5;
  writer.publish(kRows - 1, last);

  const BoardReader reader(memory());
  EXPECT_EQ(reader.group(0)->members, 10U);
  EXPECT_EQ(reader.group(1)->members, 11U);
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t slot = 0; slot < feed::kPeersPerRow; ++slot) {
      const bool is_written = row != 1 && (slot == 0 || slot == last_peer);
      const auto peer = reader.peer(row, slot);
      ASSERT_TRUE(peer);
      EXPECT_EQ(peer->family != base::Family::kNone, is_written) << row << "." << slot;
      EXPECT_EQ(peer->adverts, is_written ? 100 * row + slot : 0);
    }
  }
  for (std::size_t slot = 0; slot < feed::kStrangers; ++slot) {
    const bool is_written = slot == 0 || slot == last_stranger;
    EXPECT_EQ(reader.stranger(slot)->vrid, is_written ? slot + 1 : 0);
  }
  EXPECT_EQ(reader.row(kRows - 1)->adverts_sent, 5U);
  EXPECT_EQ(reader.row(0)->adverts_sent, 0U);
}

TEST_F(Board, HasNoEntryOfAnyRegionWhoseWriterDiedInIt) {
  const auto die_in = [&](std::size_t word) { words_[word] |= 1; };
  const std::size_t groups = (feed::kBoardHeaderBytes + kRows * sizeof(Row)) / 8;
  const std::size_t peers = groups + kGroups * sizeof(feed::GroupRow) / 8;
  const std::size_t strangers = peers + kRows * feed::kPeersPerRow * sizeof(feed::PeerRow) / 8;
  die_in(groups + sizeof(feed::GroupRow) / 8);
  die_in(peers + (2 * feed::kPeersPerRow + 3) * sizeof(feed::PeerRow) / 8);
  die_in(strangers + 7 * sizeof(feed::Stranger) / 8);
  const BoardReader reader(memory());
  EXPECT_TRUE(reader.group(0));
  EXPECT_FALSE(reader.group(1));
  EXPECT_TRUE(reader.peer(2, 2));
  EXPECT_FALSE(reader.peer(2, 3));
  EXPECT_FALSE(reader.stranger(7));
  BoardWriter writer(memory());
  writer.publish_group(1, {});
  writer.publish_peer(2, 3, {});
  writer.publish_stranger(7, {});
  EXPECT_TRUE(reader.group(1) && reader.peer(2, 3) && reader.stranger(7));
}

TEST_F(Board, HasNoRowWhoseWriterDiedInIt) {
  BoardWriter(memory()).publish(1, Row{});
  lock_of_row(1) |= 1;
  EXPECT_FALSE(BoardReader(memory()).row(1));
}

TEST_F(Board, HasItAgainWhenTheNextWriterPublishes) {
  lock_of_row(1) = 7;
  Row row;
  row.adverts_sent = 3;
  BoardWriter(memory()).publish(1, row);
  EXPECT_EQ(lock_of_row(1), 8U);
  EXPECT_EQ(BoardReader(memory()).row(1)->adverts_sent, 3U);
}

}  // namespace
