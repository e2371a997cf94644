#include "cli/status.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

namespace cli {
namespace {

using base::Hold;
using base::Instant;
using base::State;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWall = 1'795'306'390'000'000'000;  // 2026-11-22 00:13:10 UTC
constexpr std::int64_t kUp = 5'000 * kSecond;              // the machine runs for so long

void put_address(std::array<std::uint8_t, 16>& field, const char* text) {
  field = base::Address::parse(text)->padded();
}

// gulp's instance as backup of 192.0.2.2, last heard 0.4 s ago, for 125 s.
InstanceStatus backup() {
  InstanceStatus instance;
  feed::Row& row = instance.row;
  feed::put_text(row.name, "VI_ROUTEUR");
  feed::put_text(row.interface, "crans");
  row.vrid = 50;
  row.version = 2;
  row.family = base::Family::kIpv4;
  row.state = State::kBackup;
  row.base_priority = 150;
  row.effective_priority = 150;
  row.master_priority = 200;
  put_address(row.master, "192.0.2.2");
  put_address(row.source, "192.0.2.1");
  row.addresses = 6;
  row.link_usable = 1;
  row.advert_interval_ns = kSecond;
  row.last_heard_ns = kUp - 4 * kSecond / 10;
  row.in_state_since_ns = kUp - 125 * kSecond;
  row.transition_sequence = 17;
  row.transition_cause = base::Cause::kHigherPriorityHeard;
  instance.why = "heard 192.0.2.2 with priority 200, better than ours (150)";
  return instance;
}

InstanceStatus master() {
  InstanceStatus instance = backup();
  instance.row.state = State::kMaster;
  instance.row.addresses_installed = 6;
  put_address(instance.row.master, "192.0.2.1");
  instance.row.last_heard_ns = 0;
  return instance;
}

Status status_with(std::vector<InstanceStatus> instances) {
  Status status;
  status.router_id = "gulp";
  status.engine.emplace();
  status.engine->engine_pid = 4711;
  status.engine->engine_started_ns = kUp - 3'600 * kSecond;
  status.engine->heartbeat_ns = kUp - 12'000'000;
  status.instances = std::move(instances);
  status.now = Instant::from_ns(kUp);
  status.now_wall_ns = kWall;
  return status;
}

class StatusTable : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC0", 1);
    ::tzset();
  }
};

TEST_F(StatusTable, ShowsABackupWithItsMasterAndWhy) {
  EXPECT_EQ(
      render_table(status_with({backup()})),
      "gulp: engine pid 4711, up 1 h 0 min, heartbeat 12 ms ago\n"
      "INSTANCE    STATE   PRIORITY  INTERFACE  VRID  MASTER           LAST HEARD  ADDRESSES  "
      "SINCE\n"
      "VI_ROUTEUR  BACKUP  150       crans      50    192.0.2.2 (200)  400 ms      0/6        "
      "2026-11-22 00:11:05 (2 min 5 s)\n"
      "VI_ROUTEUR  because heard 192.0.2.2 with priority 200, better than ours (150)\n");
}

TEST_F(StatusTable, ShowsAMasterAsItself) {
  EXPECT_EQ(render_table(status_with({master()})),
            "gulp: engine pid 4711, up 1 h 0 min, heartbeat 12 ms ago\n"
            "INSTANCE    STATE   PRIORITY  INTERFACE  VRID  MASTER          LAST HEARD  ADDRESSES  "
            "SINCE\n"
            "VI_ROUTEUR  MASTER  150       crans      50    192.0.2.1 (us)  -           6/6        "
            "2026-11-22 00:11:05 (2 min 5 s)\n"
            "VI_ROUTEUR  because heard 192.0.2.2 with priority 200, better than ours (150)\n");
}

TEST_F(StatusTable, SaysLoudlyThatNoEngineRuns) {
  Status status = status_with({backup()});
  status.engine->heartbeat_ns = kUp - 182 * kSecond;
  EXPECT_TRUE(status.is_stale());
  EXPECT_TRUE(
      render_table(status).starts_with("gulp: NO ENGINE RUNS HERE: its last sign of life is 3 min "
                                       "2 s old; what follows was true then\n"));
}

TEST_F(StatusTable, SaysThatTheDaemonStoppedAlsoWhileItsEngineStillBeats) {
  Status status = status_with({backup()});
  EXPECT_TRUE(status.is_running());
  EXPECT_TRUE(to_json(status)["engine"]["stopped"].is_null());
  status.stop.emplace();
  status.stop->wall_ns = kWall - 2 * kSecond;
  status.stop->monotonic_ns = kUp - 2 * kSecond;
  EXPECT_FALSE(status.is_running());
  EXPECT_TRUE(render_table(status).starts_with(
      "gulp: STOPPED in an orderly way at 2026-11-22 00:13:08 (2.0 s ago); what follows was true "
      "then\n"))
      << render_table(status);
  EXPECT_EQ(to_json(status)["engine"]["stopped"], "2026-11-22T00:13:08.000Z");
}

TEST_F(StatusTable, IsStaleOnlyAfterHalfASecondWithoutAHeartbeat) {
  Status status = status_with({});
  status.engine->heartbeat_ns = kUp - kSecond / 2;
  EXPECT_FALSE(status.is_stale());
  status.engine->heartbeat_ns -= 1;
  EXPECT_TRUE(status.is_stale());
}

TEST_F(StatusTable, SaysThatAnEngineThatNeverBeatHasNotStarted) {
  Status status = status_with({});
  status.engine = feed::Global{};
  EXPECT_EQ(render_table(status),
            "gulp: the engine has not started yet\nno instance has been published yet\n");
  EXPECT_TRUE(to_json(status)["engine"].is_null());
}

TEST(StateText, NamesADepartureAndWhatHoldsABackupBack) {
  feed::Row row = master().row;
  EXPECT_EQ(state_text(row), "MASTER");
  row.departing = 1;
  row.holds = static_cast<std::uint8_t>(Hold::kPermit);
  EXPECT_EQ(state_text(row), "MASTER, leaving");
  row.state = State::kBackup;
  row.departing = 0;
  EXPECT_EQ(state_text(row), "BACKUP, held back (permit absent)");
  row.holds |= static_cast<std::uint8_t>(Hold::kMaintenance);
  EXPECT_EQ(state_text(row), "BACKUP, held back (permit absent, maintenance)");
}

TEST(StateText, SaysHowLongAHoldThatEndsByItselfMayLast) {
  feed::Row row = backup().row;
  row.holds = static_cast<std::uint8_t>(Hold::kQuiet);
  row.quiet_until_ns = kUp + 2'800'000'000;
  EXPECT_EQ(state_text(row), "BACKUP, held back (quiet start)");
  EXPECT_EQ(state_text(row, Instant::from_ns(kUp)),
            "BACKUP, held back (quiet start for at most 2.8 s)");
  row.holds |= static_cast<std::uint8_t>(Hold::kStartDelay);
  row.start_delay_until_ns = kUp - 1;  // over, and the engine has not said so yet
  EXPECT_EQ(state_text(row, Instant::from_ns(kUp)),
            "BACKUP, held back (start delay, quiet start for at most 2.8 s)");
}

InstanceStatus contested() {
  InstanceStatus instance = master();
  instance.row.contest = 1;
  instance.row.contest_priority = 150;
  put_address(instance.row.rival, "192.0.2.3");
  instance.row.contest_since_ns = kUp - 3 * kSecond;
  feed::put_text(instance.row.contest_reason, "one-way");
  return instance;
}

TEST_F(StatusTable, ShowsTwoMastersLoudlyWithTheReason) {
  const Status status = status_with({contested()});
  const std::string expected =
      "TWO MASTERS for 3.0 s: 192.0.2.3 (priority 150) is one as well as this router, and we hear "
      "it and it does not hear us";
  EXPECT_NE(render_table(status).find("VI_ROUTEUR  " + expected + "\n"), std::string::npos)
      << render_table(status);
  EXPECT_NE(render_detail(status, status.instances[0]).find("now              " + expected),
            std::string::npos)
      << render_detail(status, status.instances[0]);
  const auto json = to_json(status)["instances"][0]["contest"];
  EXPECT_EQ(json["rival"], "192.0.2.3");
  EXPECT_EQ(json["reason"], "one-way");
  EXPECT_EQ(json["since"], "2026-11-22T00:13:07.000Z");
  EXPECT_TRUE(json["drop"].is_null());
  EXPECT_TRUE(to_json(status_with({master()}))["instances"][0]["contest"].is_null());
}

TEST_F(StatusTable, ShowsTwoOtherMastersAsABackupSeesThem) {
  InstanceStatus instance = contested();
  instance.row.state = State::kBackup;
  put_address(instance.row.contest_other, "192.0.2.4");
  instance.row.contest_crowd = 1;
  EXPECT_NE(render_table(status_with({instance}))
                .find("192.0.2.3 and others (priority 150) is one as well as 192.0.2.4"),
            std::string::npos);
}

TEST_F(StatusTable, PointsAtPeersThatAreConfiguredDifferently) {
  InstanceStatus instance = backup();
  instance.row.differs = static_cast<std::uint8_t>(feed::Differs::kAddresses) |
                         static_cast<std::uint8_t>(feed::Differs::kInterval);
  const Status status = status_with({instance});
  EXPECT_NE(render_table(status).find(
                "a peer is configured differently: addresses, interval (vigie peers VI_ROUTEUR)"),
            std::string::npos);
  EXPECT_EQ(to_json(status)["instances"][0]["differs"],
            nlohmann::ordered_json({"addresses", "interval"}));
}

TEST_F(StatusTable, ShowsGroupsWithTheMemberThatDecided) {
  InstanceStatus instance = master();
  instance.group = "G1";
  Status status = status_with({instance});
  GroupStatus& group = status.groups.emplace_back();
  feed::put_text(group.row.name, "G1");
  group.row.state = State::kMaster;
  group.row.members = 2;
  group.row.since_ns = kUp - 10 * kSecond;
  group.row.change_sequence = 7;
  group.row.cause = base::Cause::kSilence;
  group.decider = "VI_ROUTEUR";
  group.why = "the sync group changed by VI_ROUTEUR: no advert from any router for 3.61 s";
  EXPECT_NE(
      render_table(status).find("GROUP  STATE   MEMBERS  SINCE                       BY\n"
                                "G1     MASTER  2        2026-11-22 00:13:00 (10 s)  VI_ROUTEUR\n"),
      std::string::npos)
      << render_table(status);
  EXPECT_NE(render_detail(status, status.instances[0]).find("sync group       G1"),
            std::string::npos);
  const auto json = to_json(status);
  EXPECT_EQ(json["instances"][0]["group"], "G1");
  EXPECT_EQ(json["groups"][0]["members"], nlohmann::ordered_json({"VI_ROUTEUR"}));
  EXPECT_EQ(json["groups"][0]["cause"], "silence");
  EXPECT_EQ(json["groups"][0]["decided_by"], "VI_ROUTEUR");
}

TEST_F(StatusTable, ShowsBothPrioritiesOnlyWhenTheyDiffer) {
  InstanceStatus instance = backup();
  instance.row.effective_priority = 130;
  EXPECT_NE(render_table(status_with({instance})).find(" 130/150 "), std::string::npos);
}

TEST_F(StatusTable, DetailNamesDroppedAdvertsByReason) {
  InstanceStatus instance = backup();
  instance.row.drops[static_cast<std::size_t>(base::Drop::kTtl)] = 3;
  instance.row.drops[static_cast<std::size_t>(base::Drop::kChecksum)] = 1;
  const Status status = status_with({instance});
  const std::string text = render_detail(status, status.instances.front());
  const std::string expected = "3 " + std::string(to_string(base::Drop::kTtl)) + ", 1 " +
                               std::string(to_string(base::Drop::kChecksum));
  EXPECT_NE(text.find(expected), std::string::npos) << text;
}

TEST_F(StatusTable, JsonCarriesTheSameFacts) {
  InstanceStatus instance = backup();
  instance.row.holds = static_cast<std::uint8_t>(Hold::kPermit);
  const auto json = to_json(status_with({instance}));
  EXPECT_EQ(json["router_id"], "gulp");
  EXPECT_EQ(json["engine"]["pid"], 4711);
  EXPECT_EQ(json["engine"]["stale"], false);
  EXPECT_EQ(json["engine"]["heartbeat_age_ms"], 12.0);
  const auto& one = json["instances"][0];
  EXPECT_EQ(one["name"], "VI_ROUTEUR");
  EXPECT_EQ(one["state"], "BACKUP");
  EXPECT_EQ(one["holds"], nlohmann::ordered_json({"permit"}));
  EXPECT_EQ(one["master"], "192.0.2.2");
  EXPECT_EQ(one["last_heard"], "2026-11-22T00:13:09.600Z");
  EXPECT_EQ(one["since"], "2026-11-22T00:11:05.000Z");
  EXPECT_EQ(one["cause"], "higher-priority-heard");
}

TEST_F(StatusTable, JsonSaysNullForWhatIsNotKnown) {
  InstanceStatus instance;
  feed::put_text(instance.row.name, "VI");
  const auto json = to_json(status_with({instance}));
  const auto& one = json["instances"][0];
  for (const char* key : {"master", "source", "last_heard", "since", "cause", "why"})
    EXPECT_TRUE(one[key].is_null()) << key;
}

}  // namespace
}  // namespace cli
