#include "cli/switchover.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cli {
namespace {

using namespace std::chrono_literals;
using base::Hold;
using base::Instant;
using base::State;

const Instant kNow = Instant::from_ns(1'000'000'000'000);

config::Model model() {
  config::Model model;
  for (const char* name : {"A", "B", "C"}) {
    config::Instance instance;
    instance.name = name;
    model.instances.push_back(instance);
  }
  config::SyncGroup group;
  group.name = "G";
  group.members = {0, 2};
  model.groups.push_back(group);
  return model;
}

Moved master() {
  Moved moved;
  feed::put_text(moved.row.name, "VI");
  moved.row.state = State::kMaster;
  moved.row.family = base::Family::kIpv4;
  moved.row.effective_priority = 100;
  moved.row.advert_interval_ns = moved.row.master_interval_ns = 1'000'000'000;
  return moved;
}
// Under a living master of this priority.
Moved backup(std::uint8_t priority) {
  Moved moved = master();
  moved.row.state = State::kBackup;
  moved.row.master_priority = priority;
  moved.row.master = base::Address::v4(192, 0, 2, 9).padded();
  moved.row.last_heard_ns = (kNow - 1s).ns();
  return moved;
}
std::string refusal(const std::vector<Moved>& rows) {
  const auto move = move_of(rows, kNow);
  return move ? "" : to_string(move.error());
}

TEST(MovedTogether, IsAnInstanceItsGroupOrAGroup) {
  EXPECT_EQ(*moved_together(model(), "B"), (std::vector<std::uint16_t>{1}));
  EXPECT_EQ(*moved_together(model(), "C"), (std::vector<std::uint16_t>{0, 2}));
  EXPECT_EQ(*moved_together(model(), "G"), (std::vector<std::uint16_t>{0, 2}));
  EXPECT_FALSE(moved_together(model(), "D"));
}

TEST(MoveOf, AMasterGivesAndABetterBackupTakes) {
  EXPECT_EQ(*move_of({master()}, kNow), Move::kGive);
  EXPECT_EQ(*move_of({backup(50)}, kNow), Move::kTake);
}

// Backups are silent: it asks by leaving.
TEST(MoveOf, AGroupThatKnowsNobodyAsksAsASingleOneDoes) {
  Moved member = master();
  member.row.group = 0;
  EXPECT_EQ(*move_of({member, member}, kNow), Move::kGive);
}

TEST(MoveOf, ABackupThatIsNotBetterSaysWhereToAsk) {
  for (const std::uint8_t priority : {std::uint8_t{100}, std::uint8_t{200}}) {
    const std::string why = refusal({backup(priority)});
    EXPECT_NE(why.find("192.0.2.9 is master"), std::string::npos) << why;
    EXPECT_NE(why.find("run vigie switchover there"), std::string::npos) << why;
  }
}

TEST(MoveOf, ABackupWithoutAMasterRisesByItself) {
  Moved moved = backup(50);
  moved.row.last_heard_ns = (kNow - 4s).ns();
  EXPECT_NE(refusal({moved}).find("no master is heard"), std::string::npos);
}

TEST(MoveOf, WhoIsHeldBackOrOnTheWayIsLeftAlone) {
  Moved held = backup(50);
  held.row.holds = static_cast<std::uint8_t>(Hold::kMaintenance);
  EXPECT_NE(refusal({held}).find("maintenance"), std::string::npos);
  Moved leaving = master();
  leaving.row.departing = 1;
  EXPECT_NE(refusal({leaving}).find("leaving already"), std::string::npos);
  Moved taking = backup(50);
  taking.row.preparing = 1;
  EXPECT_NE(refusal({taking}).find("taking over already"), std::string::npos);
  Moved broken = master();
  broken.row.state = State::kFault;
  EXPECT_NE(refusal({broken}).find("it is FAULT"), std::string::npos);
  EXPECT_NE(refusal({master(), backup(50)}).find("not of one mind"), std::string::npos);
  EXPECT_FALSE(move_of({}, kNow));
}

TEST(SpanOf, TakesSpansAndNoDates) {
  EXPECT_EQ(span_of("2h"), base::Duration{2h});
  EXPECT_EQ(span_of("90s"), base::Duration{90s});
  EXPECT_EQ(span_of("2026-11-21"), std::nullopt);
  EXPECT_EQ(span_of("0s"), std::nullopt);
  EXPECT_EQ(span_of("soon"), std::nullopt);
  EXPECT_EQ(span_of(""), std::nullopt);
}

}  // namespace
}  // namespace cli
