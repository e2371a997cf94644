#include "engine/core/announcer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace core {
namespace {

using namespace std::chrono_literals;
using base::InstanceId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Instant kStart = Instant::from_ns(5'000'000'000);

Announcer::Schedule schedule(std::uint16_t addresses,
                             base::InlineList<Duration, 8> repeats = {100ms, 500ms}) {
  return {addresses, repeats};
}

std::vector<Announcement> take(Announcer& announcer, Instant now, std::size_t room = 16) {
  std::vector<Announcement> due(room);
  due.resize(announcer.take_due(now, due));
  return due;
}

Announcement of(std::uint16_t instance, std::uint16_t address) {
  return {InstanceId{instance}, address};
}

TEST(Announcer, OwesNothingBeforeAStart) {
  Announcer announcer{std::vector{schedule(2)}};
  EXPECT_TRUE(announcer.deadline().is_never());
  EXPECT_THAT(take(announcer, kStart), IsEmpty());
}

TEST(Announcer, AnnouncesEveryAddressAtOnceAndRepeatsByTheScheduleMeasuredFromTheFirst) {
  Announcer announcer{std::vector{schedule(2)}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_EQ(announcer.deadline(), kStart);
  EXPECT_THAT(take(announcer, kStart), ElementsAre(of(0, 0), of(0, 1)));

  EXPECT_EQ(announcer.deadline(), kStart + 100ms);
  EXPECT_THAT(take(announcer, kStart + 100ms - 1ns), IsEmpty());
  EXPECT_THAT(take(announcer, kStart + 130ms), ElementsAre(of(0, 0), of(0, 1)));

  EXPECT_EQ(announcer.deadline(), kStart + 500ms);  // not 630 ms: lateness does not add up
  EXPECT_THAT(take(announcer, kStart + 500ms), ElementsAre(of(0, 0), of(0, 1)));
  EXPECT_TRUE(announcer.deadline().is_never());
}

TEST(Announcer, TheFirstOfEveryAddressGoesBeforeTheSecondOfAny) {
  Announcer announcer{std::vector{schedule(2), schedule(2)}};
  announcer.start(InstanceId{0}, kStart);
  announcer.start(InstanceId{1}, kStart + 150ms);
  // 200 ms late: instance 0 owes its first and second round, instance 1 its first.
  EXPECT_THAT(take(announcer, kStart + 200ms),
              ElementsAre(of(0, 0), of(0, 1), of(1, 0), of(1, 1), of(0, 0), of(0, 1)));
}

TEST(Announcer, AFirstRoundThatComesLaterStillGoesBeforeASecond) {
  Announcer announcer{std::vector{schedule(2), schedule(2)}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_EQ(take(announcer, kStart).size(), 2U);
  announcer.start(InstanceId{1}, kStart + 100ms);
  EXPECT_THAT(take(announcer, kStart + 100ms), ElementsAre(of(1, 0), of(1, 1), of(0, 0), of(0, 1)));
}

TEST(Announcer, WhatDidNotFitStaysDueAndKeepsItsPlace) {
  Announcer announcer{std::vector{schedule(3), schedule(2)}};
  announcer.start(InstanceId{0}, kStart);
  announcer.start(InstanceId{1}, kStart);
  EXPECT_THAT(take(announcer, kStart, 2), ElementsAre(of(0, 0), of(0, 1)));
  EXPECT_EQ(announcer.deadline(), kStart);
  EXPECT_THAT(take(announcer, kStart + 100ms, 3), ElementsAre(of(0, 2), of(1, 0), of(1, 1)));
  EXPECT_THAT(take(announcer, kStart + 100ms, 8),
              ElementsAre(of(0, 0), of(0, 1), of(0, 2), of(1, 0), of(1, 1)));
}

TEST(Announcer, AStopDropsWhatIsStillOwedAndLeavesOthersAlone) {
  Announcer announcer{std::vector{schedule(1), schedule(1)}};
  announcer.start(InstanceId{0}, kStart);
  announcer.start(InstanceId{1}, kStart + 10ms);
  announcer.stop(InstanceId{0});
  EXPECT_EQ(announcer.deadline(), kStart + 10ms);
  EXPECT_THAT(take(announcer, kStart + 10ms), ElementsAre(of(1, 0)));
}

TEST(Announcer, ASecondStartBeginsAnew) {
  Announcer announcer{std::vector{schedule(2)}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(take(announcer, kStart, 1), ElementsAre(of(0, 0)));
  announcer.start(InstanceId{0}, kStart + 1s);
  EXPECT_THAT(take(announcer, kStart + 1s), ElementsAre(of(0, 0), of(0, 1)));
  EXPECT_EQ(announcer.deadline(), kStart + 1100ms);
}

TEST(Announcer, WithoutAddressesOrRepeatsThereIsNothingMoreToSay) {
  Announcer announcer{std::vector{schedule(0), schedule(1, {})}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_TRUE(announcer.deadline().is_never());
  announcer.start(InstanceId{1}, kStart);
  EXPECT_THAT(take(announcer, kStart), ElementsAre(of(1, 0)));
  EXPECT_TRUE(announcer.deadline().is_never());
}

// The bounds: 8 repeats, and a takeover of a thousand addresses with room for sixteen at a time.
TEST(Announcer, EveryAddressOfAThousandIsAnnouncedNineTimesRoundByRound) {
  base::InlineList<Duration, 8> repeats{1s, 2s, 3s, 4s, 5s, 6s, 7s, 8s};
  Announcer announcer{std::vector{schedule(1000, repeats)}};
  announcer.start(InstanceId{0}, kStart);
  std::size_t total = 0;
  for (;;) {
    const auto due = take(announcer, kStart + 1h);
    if (due.empty()) break;
    for (const Announcement& one : due) EXPECT_EQ(one.address, total++ % 1000);
  }
  EXPECT_EQ(total, 9000U);
}

}  // namespace
}  // namespace core
