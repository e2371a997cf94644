#include "cli/past.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

namespace cli {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWall = 1'795'306'390'000'000'000;  // 2026-11-22 00:13:10 UTC

store::Event takeover() {
  store::Event event;
  event.id = 3;
  event.kind = "transition";
  event.instance = "VI_ROUTEUR";
  event.from = "BACKUP";
  event.to = "MASTER";
  event.cause = "silence";
  event.sentence = "no advert from 192.0.2.2 (priority 200) for 3.61 s";
  event.priority = 150;
  event.wall_ns = kWall;
  event.sequence = 17;
  return event;
}

class Past : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC0", 1);
    ::tzset();
  }
};

TEST_F(Past, HistoryIsOneLinePerEventWithTheSentenceItWasRecordedWith) {
  store::Event died;
  died.kind = "child-died";
  died.sentence = "keeper ended";
  died.wall_ns = kWall + 2 * kSecond;
  EXPECT_EQ(render_history({takeover(), died}),
            "TIME                 INSTANCE    WHAT              WHY\n"
            "2026-11-22 00:13:10  VI_ROUTEUR  BACKUP -> MASTER  no advert from 192.0.2.2 (priority "
            "200) for 3.61 s\n"
            "2026-11-22 00:13:12  -           child-died        keeper ended\n");
}

TEST_F(Past, HistoryWithoutEventsSaysSo) {
  EXPECT_EQ(render_history({}), "nothing is recorded that matches\n");
}

TEST_F(Past, HistoryKeepsControlCharactersAwayFromTheTerminal) {
  store::Event event = takeover();
  event.sentence = "printing \"\x1b[2J\nroot\"";
  EXPECT_NE(render_history({event}).find("printing \" [2J root\""), std::string::npos);
}

TEST_F(Past, JsonSaysNullForWhatARowDoesNotHave) {
  const auto json = history_json({takeover()});
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0]["time"], "2026-11-22T00:13:10.000Z");
  EXPECT_EQ(json[0]["priority"], 150);
  EXPECT_EQ(json[0]["sequence"], 17);
  EXPECT_TRUE(json[0]["uid"].is_null());
  EXPECT_TRUE(json[0]["peer"].is_null());
}

TEST_F(Past, WhyOfAStoppedDaemonSpeaksInThePast) {
  EXPECT_EQ(render_why(takeover(), kWall + 61 * kSecond),
            "VI_ROUTEUR was MASTER since 2026-11-22 00:13:10 (1 min 1 s), and no engine runs now: "
            "no advert from 192.0.2.2 (priority 200) for 3.61 s");
}

TEST_F(Past, WhyOfARunningInstanceSpeaksInThePresent) {
  InstanceStatus instance;
  feed::put_text(instance.row.name, "VI_ROUTEUR");
  instance.row.state = base::State::kMaster;
  instance.row.in_state_since_ns = 100 * kSecond;
  instance.why = "no advert from 192.0.2.2 (priority 200) for 3.61 s";
  Status status;
  status.now = base::Instant::from_ns(104 * kSecond);
  status.now_wall_ns = kWall + 4 * kSecond;
  EXPECT_EQ(render_why(instance, status),
            "VI_ROUTEUR is MASTER since 2026-11-22 00:13:10 (4.0 s): "
            "no advert from 192.0.2.2 (priority 200) for 3.61 s");
}

}  // namespace
}  // namespace cli
