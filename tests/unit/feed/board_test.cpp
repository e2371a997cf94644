#include "engine/feed/board.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace {

using feed::BoardReader;
using feed::BoardWriter;
using feed::Row;

class Board : public testing::Test {
 protected:
  static constexpr std::size_t kRows = 3;
  Board() : words_(feed::board_bytes(kRows) / 8) {
    feed::format_board(memory(), kRows, 42, "this-boot", "router");
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
  EXPECT_FALSE(broken(2, kRows));
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
