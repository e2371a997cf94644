#include "engine/feed/presence.hpp"

#include <gtest/gtest.h>

namespace {

using base::Instant;
using feed::Global;
using feed::Presence;
using namespace std::chrono_literals;

class PresenceTest : public testing::Test {
 protected:
  // Looks every second until `seconds` after the beginning.
  void look_until(std::int64_t seconds) {
    for (; seconds_ < seconds; ++seconds_) presence_.look(board_, at(seconds_ + 1));
  }
  static Instant at(std::int64_t seconds) { return Instant::from_ns(seconds * 1'000'000'000); }
  // As an engine that was started long ago publishes it.
  void beat(std::int64_t seconds) {
    board_ = Global{.heartbeat_ns = at(seconds).ns(), .engine_started_ns = 1};
  }

  std::int64_t seconds_ = 1'000;
  Presence presence_{at(seconds_)};
  std::optional<Global> board_;
};

TEST_F(PresenceTest, OfOneThatBeatsIsKnown) {
  EXPECT_FALSE(presence_.is_there()) << "nobody has looked";
  beat(1'001);
  look_until(1'001);
  EXPECT_TRUE(presence_.is_there());
  EXPECT_FALSE(presence_.is_missing());
}

TEST_F(PresenceTest, EndsFiveSecondsAfterTheLastSign) {
  beat(1'001);
  look_until(1'005);
  EXPECT_FALSE(presence_.is_missing());
  look_until(1'006);
  EXPECT_TRUE(presence_.is_missing());
  EXPECT_FALSE(presence_.is_there());
  EXPECT_EQ(presence_.last_sign(), at(1'001));
  beat(1'007);
  look_until(1'007);
  EXPECT_TRUE(presence_.is_there());
  EXPECT_FALSE(presence_.is_missing());
}

TEST_F(PresenceTest, OfNobodyWhoEverCameIsMissedToo) {
  look_until(1'004);
  EXPECT_FALSE(presence_.is_missing());
  look_until(1'005);
  EXPECT_TRUE(presence_.is_missing());
  EXPECT_EQ(presence_.last_sign(), Instant{});
}

TEST_F(PresenceTest, OneThatDiesWithinASecondOfItsStartIsNone) {
  beat(1'001);
  look_until(1'001);
  while (!presence_.is_missing()) {
    ASSERT_LT(seconds_, 1'010);
    // Another one each second, that shows itself for a while.
    board_ = Global{.heartbeat_ns = at(seconds_).ns() + 999'999'999,
                    .engine_started_ns = at(seconds_).ns()};
    look_until(seconds_ + 1);
  }
  EXPECT_EQ(seconds_, 1'006);
  EXPECT_EQ(presence_.last_sign(), at(1'001));
}

TEST_F(PresenceTest, TimeInWhichNobodyLookedDoesNotCount) {
  beat(1'001);
  look_until(1'003);
  // Everything stood still for a minute, the engine included.
  seconds_ += 60;
  look_until(1'064);
  EXPECT_FALSE(presence_.is_missing());
  EXPECT_FALSE(presence_.is_there()) << "nobody knows yet";
  look_until(1'067);
  EXPECT_TRUE(presence_.is_missing());
}

TEST_F(PresenceTest, OnABoardThatWasReplacedIsTakenForGranted) {
  beat(1'001);
  board_->superseded = 1;
  look_until(1'060);
  EXPECT_FALSE(presence_.is_missing());
}

}  // namespace
