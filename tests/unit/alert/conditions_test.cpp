#include "alert/conditions.hpp"

#include <gtest/gtest.h>

namespace {

using alert::Conditions;
using feed::Kind;

constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::int64_t kNoon = 1'700'000'000'000'000'000;

feed::Record record(Kind kind, bool is_on, std::int64_t minutes, std::uint64_t sequence = 0,
                    const char* name = "VI_1") {
  feed::Record made;
  made.kind = kind;
  made.status = is_on ? 1 : 0;
  made.wall_ns = kNoon + minutes * kMinute;
  made.sequence = sequence;
  feed::put_text(made.name, name);
  return made;
}

TEST(Condition, IsToldWhenItBeginsAndWhenItIsOver) {
  Conditions conditions;
  EXPECT_TRUE(conditions.take(record(Kind::kContest, true, 0)));
  EXPECT_TRUE(conditions.take(record(Kind::kContest, false, 1)));
  EXPECT_FALSE(conditions.next_due());
}

TEST(Condition, ThatBlinksIsToldOnceInTenMinutes) {
  Conditions conditions;
  int mails = 0;
  for (int minute = 0; minute < 10; ++minute) {
    mails += conditions.take(record(Kind::kContest, true, minute, 1)) ? 1 : 0;
    mails += conditions.take(record(Kind::kContest, false, minute)) ? 1 : 0;
  }
  EXPECT_EQ(mails, 2) << "its first beginning and its first end";
  EXPECT_FALSE(conditions.next_due()) << "it is over";
  EXPECT_TRUE(conditions.take(record(Kind::kContest, true, 10)));
}

TEST(Condition, ThatComesAgainAndStaysIsToldWhenTheTimeIsOver) {
  Conditions conditions;
  EXPECT_TRUE(conditions.take(record(Kind::kContest, true, 0, 1)));
  EXPECT_TRUE(conditions.take(record(Kind::kContest, false, 1, 2)));
  EXPECT_FALSE(conditions.take(record(Kind::kContest, true, 2, 3)));
  EXPECT_EQ(conditions.next_due(), kNoon + 10 * kMinute);
  EXPECT_TRUE(conditions.due(kNoon + 10 * kMinute - 1).empty());
  EXPECT_EQ(conditions.due(kNoon + 10 * kMinute), std::vector<std::uint64_t>{3});
  EXPECT_FALSE(conditions.next_due());
  EXPECT_TRUE(conditions.take(record(Kind::kContest, false, 12, 4))) << "its end is told as well";
}

TEST(Condition, SaidAgainByTheNextEngineIsNoNews) {
  Conditions conditions;
  EXPECT_TRUE(conditions.take(record(Kind::kClock, true, 0)));
  EXPECT_FALSE(conditions.take(record(Kind::kClock, true, 30)));
}

TEST(Condition, OfAnotherKindInstanceOrSortCountsForItself) {
  Conditions conditions;
  EXPECT_TRUE(conditions.take(record(Kind::kContest, true, 0)));
  EXPECT_TRUE(conditions.take(record(Kind::kClock, true, 0)));
  EXPECT_TRUE(conditions.take(record(Kind::kContest, true, 0, 1, "VI_2")));
  feed::Record mismatch = record(Kind::kMismatch, true, 0);
  feed::put_text(mismatch.subject, "addresses");
  EXPECT_TRUE(conditions.take(mismatch));
  feed::put_text(mismatch.subject, "interval");
  EXPECT_TRUE(conditions.take(mismatch));
  // Another peer is none of its own: anybody can make one up.
  mismatch.peer[3] = 9;
  EXPECT_FALSE(conditions.take(mismatch));
}

TEST(Condition, IsRememberedByTheNextAlerter) {
  Conditions before;
  EXPECT_TRUE(before.take(record(Kind::kContest, true, 0, 1)));
  EXPECT_TRUE(before.take(record(Kind::kContest, false, 1, 2)));
  EXPECT_FALSE(before.take(record(Kind::kContest, true, 2, 3)));
  const auto kept = before.changed();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_TRUE(before.changed().empty()) << "said once";
  Conditions after;
  EXPECT_FALSE(after.recall({"VI_1", "MASTER"}));
  EXPECT_FALSE(after.recall({"condition contest VI_1", "nonsense"}));
  ASSERT_TRUE(after.recall(kept[0]));
  EXPECT_EQ(after.next_due(), kNoon + 10 * kMinute);
  EXPECT_EQ(after.due(kNoon + 11 * kMinute), std::vector<std::uint64_t>{3});
}

TEST(Condition, WaitsNoLongerWhenTheClockWasSetBack) {
  Conditions conditions;
  EXPECT_TRUE(conditions.take(record(Kind::kContest, true, 0, 1)));
  EXPECT_TRUE(conditions.take(record(Kind::kContest, false, 0, 2)));
  EXPECT_FALSE(conditions.take(record(Kind::kContest, true, 0, 3)));
  EXPECT_EQ(conditions.due(kNoon - 60 * kMinute), std::vector<std::uint64_t>{3});
}

}  // namespace
