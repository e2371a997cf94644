#include "cli/words.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include "cli/table.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

// 2026-11-22 00:13:10 UTC.
constexpr std::int64_t kNow = 1'795'306'390'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

class Words : public testing::Test {
 protected:
  // Two hours east of Greenwich without daylight saving.
  void SetUp() override {
    ::setenv("TZ", "XST-2", 1);
    ::tzset();
  }
};

TEST_F(Words, SayASpanInTheUnitsPeopleThinkIn) {
  EXPECT_EQ(span_text(0ms), "0 ms");
  EXPECT_EQ(span_text(999ms), "999 ms");
  EXPECT_EQ(span_text(3'690ms), "3.6 s");
  EXPECT_EQ(span_text(59s), "59 s");
  EXPECT_EQ(span_text(125s), "2 min 5 s");
  EXPECT_EQ(span_text(3h + 12min), "3 h 12 min");
  EXPECT_EQ(span_text(51h), "2 d 3 h");
}

TEST_F(Words, SayATimeLocallyToPeopleAndInUtcToPrograms) {
  EXPECT_EQ(local_time(kNow), "2026-11-22 02:13:10");
  EXPECT_EQ(iso_time(kNow + 123'456'789), "2026-11-22T00:13:10.123Z");
}

TEST_F(Words, UnderstandATimeAgo) {
  EXPECT_EQ(parse_since("90s", kNow), kNow - 90 * kSecond);
  EXPECT_EQ(parse_since("30m", kNow), kNow - 1'800 * kSecond);
  EXPECT_EQ(parse_since("2h", kNow), kNow - 7'200 * kSecond);
  EXPECT_EQ(parse_since("7d", kNow), kNow - 604'800 * kSecond);
  EXPECT_EQ(parse_since("1w", kNow), kNow - 604'800 * kSecond);
}

TEST_F(Words, UnderstandALocalDateAndAUtcOne) {
  EXPECT_EQ(parse_since("2026-11-22 02:13:10", 0), kNow);
  EXPECT_EQ(parse_since("2026-11-22T02:13", 0), kNow - 10 * kSecond);
  EXPECT_EQ(parse_since("2026-11-22T00:13:10Z", 0), kNow);
  // Midnight there is 22:00 UTC of the day before.
  EXPECT_EQ(parse_since("2026-11-22", 0), kNow - (2 * 3'600 + 13 * 60 + 10) * kSecond);
}

TEST_F(Words, RefuseWhatIsNeither) {
  for (const char* text :
       {"", "h", "-2h", "2", "2x", "2h30m", "yesterday", "2026-13-01", "99999999999999w"})
    EXPECT_EQ(parse_since(text, kNow), std::nullopt) << text;
}

TEST_F(Words, LineUpInColumnsWhateverTheirBytes) {
  EXPECT_EQ(table({{"A", "LONGER", "C"}, {"été", "b", "c"}, {"x", "", ""}}),
            "A    LONGER  C\n"
            "été  b       c\n"
            "x\n");
}

}  // namespace
}  // namespace cli
