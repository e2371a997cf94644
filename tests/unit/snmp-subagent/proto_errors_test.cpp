#include "snmp-subagent/proto_errors.hpp"

#include <gtest/gtest.h>

namespace {

using base::Drop;
using base::Instant;
using snmp::Oid;
using snmp::ProtoErrors;
using namespace std::chrono_literals;

const config::Model kModel;
const Instant kBegin = Instant::from_ns(100'000'000'000);

feed::Row row() {
  feed::Row made;
  made.ifindex = 7;
  made.vrid = 50;
  made.version = 3;
  made.family = base::Family::kIpv6;
  return made;
}

snmp::View view(const feed::Row& one, Instant now) { return {kModel, {one}, {}, now, 0}; }

// Reasons of the notifications, in order.
std::vector<std::uint64_t> reasons(const std::vector<snmp::Notification>& list) {
  std::vector<std::uint64_t> numbers;
  for (const snmp::Notification& one : list) numbers.push_back(one.objects.at(0).value.number);
  return numbers;
}

using Reasons = std::vector<std::uint64_t>;

TEST(ProtoError, IsTheNotificationOfRfc6527WithItsReason) {
  ProtoErrors errors;
  feed::Row one = row();
  EXPECT_TRUE(errors.look(view(one, kBegin)).empty());
  one.drops[static_cast<std::size_t>(Drop::kChecksum)] = 1;
  const auto list = errors.look(view(one, kBegin + 1s));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].name, (Oid{1, 3, 6, 1, 2, 1, 207, 0, 2}));
  ASSERT_EQ(list[0].objects.size(), 1U);
  EXPECT_EQ(list[0].objects[0].name, (Oid{1, 3, 6, 1, 2, 1, 207, 1, 2, 5, 1, 6, 7, 50, 2}));
  EXPECT_EQ(list[0].objects[0].value.number, 3U);
}

TEST(ProtoError, GoesOutForEachReasonOfItsOwn) {
  ProtoErrors errors;
  feed::Row one = row();
  (void)errors.look(view(one, kBegin));
  for (const Drop drop : {Drop::kTtl, Drop::kVersion, Drop::kChecksum, Drop::kUnknownVrid})
    one.drops[static_cast<std::size_t>(drop)] = 9;
  one.drops[static_cast<std::size_t>(Drop::kReplay)] = 9;
  EXPECT_EQ(reasons(errors.look(view(one, kBegin + 1s))), (Reasons{1, 2, 3, 4}));
  EXPECT_TRUE(errors.look(view(one, kBegin + 120s)).empty()) << "nothing grew since";
}

TEST(ProtoError, OfAFloodIsOneAMinuteAndTheLastOnesAreNotForgotten) {
  ProtoErrors errors;
  feed::Row one = row();
  (void)errors.look(view(one, kBegin));
  std::size_t sent = 0;
  auto& count = one.drops[static_cast<std::size_t>(Drop::kTtl)];
  for (int second = 1; second <= 90; ++second) {
    count += 100'000;
    sent += errors.look(view(one, kBegin + second * 1s)).size();
  }
  EXPECT_EQ(sent, 2U);  // at 1 s and 61 s
  // What came between 61 and 90 s is told at 121 s.
  EXPECT_TRUE(errors.look(view(one, kBegin + 120s)).empty());
  EXPECT_EQ(reasons(errors.look(view(one, kBegin + 121s))), Reasons{1});
}

TEST(ProtoError, IsForVersionThreeOnAnInterfaceThatExists) {
  feed::Row old = row();
  old.version = 2;
  feed::Row gone = row();
  gone.ifindex = 0;
  for (feed::Row one : {old, gone}) {
    ProtoErrors errors;
    (void)errors.look(view(one, kBegin));
    one.drops[static_cast<std::size_t>(Drop::kTtl)] = 1;
    EXPECT_TRUE(errors.look(view(one, kBegin + 1s)).empty());
  }
}

TEST(ProtoError, IsNotSentForWhatCountersHeldBeforeTheFirstLook) {
  ProtoErrors errors;
  feed::Row one = row();
  one.drops[static_cast<std::size_t>(Drop::kTtl)] = 1'000;
  EXPECT_TRUE(errors.look(view(one, kBegin)).empty());
  EXPECT_TRUE(errors.look(view(one, kBegin + 1s)).empty());
}

}  // namespace
