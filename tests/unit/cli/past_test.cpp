#include "cli/past.hpp"

#include <gtest/gtest.h>

#include <stdlib.h>
#include <time.h>
#include <algorithm>

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

TEST_F(Past, WhyTellsOfTheGroupAndOfTwoMasters) {
  InstanceStatus instance;
  feed::put_text(instance.row.name, "VI_2");
  instance.row.state = base::State::kMaster;
  instance.row.family = base::Family::kIpv4;
  instance.row.in_state_since_ns = 100 * kSecond;
  instance.row.transition_cause = base::Cause::kSyncGroup;
  instance.why = "VI_1 of the same sync group moved";
  instance.group = "G1";
  Status status;
  status.now = base::Instant::from_ns(104 * kSecond);
  status.now_wall_ns = kWall + 4 * kSecond;
  GroupStatus& group = status.groups.emplace_back();
  feed::put_text(group.row.name, "G1");
  group.why = "the sync group changed by VI_1: no advert from any router for 3.61 s";
  EXPECT_EQ(render_why(instance, status),
            "VI_2 is MASTER since 2026-11-22 00:13:10 (4.0 s): VI_1 of the same sync group moved; "
            "the sync group changed by VI_1: no advert from any router for 3.61 s");
  instance.row.contest = 1;
  instance.row.contest_since_ns = 103 * kSecond;
  instance.row.rival = base::Address::v4(192, 0, 2, 3).padded();
  instance.row.contest_priority = 200;
  feed::put_text(instance.row.contest_reason, "auth");
  EXPECT_TRUE(render_why(instance, status)
                  .ends_with("; TWO MASTERS for 1.0 s: 192.0.2.3 (priority 200) is one as well as "
                             "this router, and its adverts are not authenticated as ours are"))
      << render_why(instance, status);
}

TEST_F(Past, KindsCanBeAskedForByTheNamesTheyAreRecordedWith) {
  const auto kinds = kinds_of_events();
  EXPECT_EQ(kinds.front(), "transition");
  for (const std::string_view known : {"contest", "note", "hold", "reconfigured"})
    EXPECT_NE(std::ranges::find(kinds, known), kinds.end()) << known;
  EXPECT_EQ(std::ranges::find(kinds, "?"), kinds.end());
}

}  // namespace
}  // namespace cli
