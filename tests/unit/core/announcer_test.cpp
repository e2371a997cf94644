#include "engine/core/announcer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace core {
namespace {

using namespace std::chrono_literals;
using base::InstanceId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Instant kStart = Instant::from_ns(5'000'000'000);

// Two addresses and more say what a round is; two rounds say what a repeat is.
Announcer::Schedule schedule(std::uint16_t addresses, std::uint32_t repeat = 2,
                             Duration delay = 0ms) {
  Announcer::Schedule made;
  made.addresses = addresses;
  made.repeat = repeat;
  made.delay = delay;
  return made;
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

// Of one instance with one address: when each announcement went out, measured from kStart.
std::vector<Duration> times(Announcer& announcer, Duration until) {
  std::vector<Duration> out;
  while (announcer.deadline() <= kStart + until) {
    const Instant now = announcer.deadline();
    for (std::size_t n = take(announcer, now).size(); n > 0; --n) out.push_back(now - kStart);
  }
  return out;
}

TEST(Announcer, AnnouncesEveryAddressAtOnceAndRepeatsMeasuredFromTheFirst) {
  Announcer announcer{std::vector{schedule(2, 3)}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_EQ(announcer.deadline(), kStart);
  EXPECT_THAT(take(announcer, kStart), ElementsAre(of(0, 0), of(0, 1)));

  EXPECT_EQ(announcer.deadline(), kStart + 100ms);
  EXPECT_THAT(take(announcer, kStart + 100ms - 1ns), IsEmpty());
  EXPECT_THAT(take(announcer, kStart + 130ms), ElementsAre(of(0, 0), of(0, 1)));

  EXPECT_EQ(announcer.deadline(), kStart + 500ms);  // not 530 ms: lateness does not add up
  EXPECT_THAT(take(announcer, kStart + 500ms), ElementsAre(of(0, 0), of(0, 1)));
  EXPECT_TRUE(announcer.deadline().is_never());
}

// keepalived's defaults: 5 at once and 5 after 5 s. Ours are spread: 0, 0.1, 0.5, 1, 1.5 s, and the same from 5 s on.
// FAULT-38
TEST(Announcer, ByDefaultHealsALostFirstOneSoonAndAgainAfterFiveSeconds) {
  Announcer::Schedule defaults;
  defaults.addresses = 1;
  Announcer announcer{std::vector{defaults}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(times(announcer, 1h), ElementsAre(0ms, 100ms, 500ms, 1000ms, 1500ms, 5000ms, 5100ms,
                                                5500ms, 6000ms, 6500ms));
}

TEST(Announcer, ARepeatOfZeroIsOne) {
  for (const std::uint32_t repeat : {0U, 1U}) {
    Announcer announcer{std::vector{schedule(1, repeat, 5s)}};
    announcer.start(InstanceId{0}, kStart);
    EXPECT_THAT(times(announcer, 1h), ElementsAre(0ms, 5000ms));
  }
}

TEST(Announcer, ADelayOfZeroIsNoSecondBurst) {
  Announcer announcer{std::vector{schedule(1, 2, 0s)}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(times(announcer, 1h), ElementsAre(0ms, 100ms));
}

// Seven rounds end at 2.5 s, the next would be at 3 s: the second burst is not mixed into the first at 1 s.
TEST(Announcer, ABurstLongerThanTheDelayIsOverBeforeTheSecondBegins) {
  Announcer announcer{std::vector{schedule(1, 7, 1s)}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(times(announcer, 3100ms),
              ElementsAre(0ms, 100ms, 500ms, 1000ms, 1500ms, 2000ms, 2500ms, 3000ms, 3100ms));
}

// FAULT-37
TEST(Announcer, RefreshesForAsLongAsItIsMaster) {
  Announcer::Schedule refreshing = schedule(1, 1, 0s);
  refreshing.refresh = 60s;
  refreshing.refresh_repeat = 2;
  Announcer announcer{std::vector{refreshing}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(times(announcer, 181s),
              ElementsAre(0ms, 60'000ms, 60'100ms, 120'000ms, 120'100ms, 180'000ms, 180'100ms));
  announcer.stop(InstanceId{0});
  EXPECT_TRUE(announcer.deadline().is_never());
}

// Due at 60 s, looked at again at 250 s: one round, and the next at 300 s.
TEST(Announcer, DoesNotMakeUpForRefreshesThatWereSleptThrough) {
  Announcer::Schedule refreshing = schedule(1, 1, 0s);
  refreshing.refresh = 60s;
  Announcer announcer{std::vector{refreshing}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_EQ(take(announcer, kStart).size(), 1U);
  EXPECT_EQ(take(announcer, kStart + 250s).size(), 1U);
  EXPECT_EQ(announcer.deadline(), kStart + 300s);
}

TEST(Announcer, ALosingAdvertAsksForABurstOfItsOwnBesideWhatIsUnderWay) {
  Announcer::Schedule both = schedule(1, 1, 5s);
  both.lower_repeat = 2;
  both.lower_delay = 1s;
  Announcer announcer{std::vector{both}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_EQ(take(announcer, kStart).size(), 1U);
  announcer.start(InstanceId{0}, kStart + 2s, Announcer::Burst::kLower);
  // 2 and 2.1, 3 and 3.1 for the losing advert; 5 is the master's second burst.
  EXPECT_THAT(times(announcer, 1h), ElementsAre(2000ms, 2100ms, 3000ms, 3100ms, 5000ms));
}

TEST(Announcer, NoneAfterALosingAdvertWhereNoneIsAskedFor) {
  Announcer::Schedule quiet = schedule(1);
  quiet.lower_repeat = 0;
  Announcer announcer{std::vector{quiet}};
  announcer.start(InstanceId{0}, kStart, Announcer::Burst::kLower);
  EXPECT_TRUE(announcer.deadline().is_never());
}

TEST(Announcer, AMasterAnewOwesNothingForALosingAdvertOfBefore) {
  Announcer announcer{std::vector{schedule(1, 1)}};
  announcer.start(InstanceId{0}, kStart, Announcer::Burst::kLower);
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(times(announcer, 1h), ElementsAre(0ms));
}

// Three addresses on one wire, 10 ms apart: the first round takes 20 ms, and with it the second (100 ms later) too.
TEST(Announcer, KeepsTheDistanceAskedForOnAnInterface) {
  Announcer::Schedule paced = schedule(3, 2);
  paced.lanes = {0, 0, 0};
  Announcer announcer{std::vector{paced}, std::vector<Duration>{10ms}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(times(announcer, 1h), ElementsAre(0ms, 10ms, 20ms, 100ms, 110ms, 120ms));
}

TEST(Announcer, TheDistanceHoldsAcrossInstancesOfOneInterfaceAndNotAcrossInterfaces) {
  Announcer::Schedule first = schedule(1, 1), second = first, third = first;
  first.lanes = second.lanes = {0};
  third.lanes = {1};
  Announcer announcer{std::vector{first, second, third}, std::vector<Duration>{30ms, 30ms}};
  for (std::uint16_t id = 0; id < 3; ++id) announcer.start(InstanceId{id}, kStart);
  EXPECT_THAT(take(announcer, kStart), ElementsAre(of(0, 0), of(2, 0)));
  EXPECT_EQ(announcer.deadline(), kStart + 30ms);
  EXPECT_THAT(take(announcer, kStart + 30ms), ElementsAre(of(1, 0)));
}

// 150 addresses at 1 ms need 150 ms: instance 0's second round is due at 100 ms and waits for everybody's first.
TEST(Announcer, TheFirstOfEveryAddressGoesFirstOnASlowInterfaceToo) {
  std::vector<Announcer::Schedule> schedules(3, schedule(50, 2));
  for (auto& one : schedules) one.lanes.assign(50, 0);
  Announcer announcer{schedules, std::vector<Duration>{1ms}};
  for (std::uint16_t id = 0; id < 3; ++id) announcer.start(InstanceId{id}, kStart);
  std::vector<int> announced(150, 0);
  std::size_t total = 0;
  Instant last = kStart - 1ms;
  while (!announcer.deadline().is_never()) {
    const Instant now = announcer.deadline();
    const auto due = take(announcer, now);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_GE(now - last, 1ms);
    last = now;
    const int before = announced[due[0].instance.value * 50U + due[0].address]++;
    EXPECT_EQ(before, total++ < 150 ? 0 : 1);
  }
  EXPECT_EQ(total, 300U);
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

TEST(Announcer, AFirstRoundGoesBeforeASecondWhicheverInstanceComesFirst) {
  Announcer announcer{std::vector{schedule(2), schedule(2)}};
  announcer.start(InstanceId{1}, kStart);
  EXPECT_EQ(take(announcer, kStart).size(), 2U);
  announcer.start(InstanceId{0}, kStart + 100ms);
  EXPECT_THAT(take(announcer, kStart + 100ms), ElementsAre(of(0, 0), of(0, 1), of(1, 0), of(1, 1)));
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

// Of three addresses the first and the last are on other interfaces, announced every 30 s beside one burst of one round.
Announcer::Schedule with_elsewhere() {
  Announcer::Schedule made = schedule(3, 1);
  made.is_elsewhere = {true, false, true};
  made.elsewhere = 30s;
  made.lower_repeat = 1;
  made.lower_delay = 0s;
  return made;
}

TEST(Announcer, AddressesElsewhereAreAnnouncedEverySoOftenAndNoOthers) {
  Announcer announcer{std::vector{with_elsewhere()}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_THAT(take(announcer, kStart), ElementsAre(of(0, 0), of(0, 1), of(0, 2)));
  EXPECT_EQ(announcer.deadline(), kStart + 30s);
  EXPECT_THAT(take(announcer, kStart + 30s), ElementsAre(of(0, 0), of(0, 2)));
  EXPECT_EQ(announcer.deadline(), kStart + 60s);
  // Slept through 60 s and 90 s: not made up for.
  EXPECT_THAT(take(announcer, kStart + 100s), ElementsAre(of(0, 0), of(0, 2)));
  EXPECT_EQ(announcer.deadline(), kStart + 120s);
}

TEST(Announcer, AddressesElsewhereGoOnWhileTheInstanceIsMasterAndNoLonger) {
  Announcer announcer{std::vector{with_elsewhere()}};
  announcer.start(InstanceId{0}, kStart);
  (void)take(announcer, kStart);
  announcer.start(InstanceId{0}, kStart + 1s, Announcer::Burst::kLower);
  (void)take(announcer, kStart + 1s);
  EXPECT_THAT(take(announcer, kStart + 30s, 1), ElementsAre(of(0, 0)));
  announcer.stop(InstanceId{0});
  EXPECT_TRUE(announcer.deadline().is_never());
  EXPECT_THAT(take(announcer, kStart + 60s), IsEmpty());
}

TEST(Announcer, WithNoAddressElsewhereNoneIsAnnouncedBesideTheBursts) {
  Announcer::Schedule made = with_elsewhere();
  made.is_elsewhere = {false, false, false};
  Announcer announcer{std::vector{made}};
  announcer.start(InstanceId{0}, kStart);
  (void)take(announcer, kStart);
  EXPECT_TRUE(announcer.deadline().is_never());
}

TEST(Announcer, AddressesElsewhereKeepTheirTimeWithAnotherConfiguration) {
  Announcer before{std::vector{with_elsewhere()}};
  before.start(InstanceId{0}, kStart);
  (void)take(before, kStart);
  Announcer after{std::vector{schedule(1), with_elsewhere()}};
  const std::vector<std::optional<std::uint16_t>> instances{std::nullopt, std::uint16_t{0}};
  after.inherit(before, instances, {});
  EXPECT_EQ(after.deadline(), kStart + 30s);
  EXPECT_THAT(take(after, kStart + 30s), ElementsAre(of(1, 0), of(1, 2)));
}

TEST(Announcer, WithoutAddressesThereIsNothingToSay) {
  Announcer announcer{std::vector{schedule(0)}};
  announcer.start(InstanceId{0}, kStart);
  EXPECT_TRUE(announcer.deadline().is_never());
}

// A takeover of a thousand addresses with room for sixteen at a time, an hour late.
TEST(Announcer, EveryAddressOfAThousandIsAnnouncedRoundByRound) {
  Announcer announcer{std::vector{schedule(1000, 9)}};
  announcer.start(InstanceId{0}, kStart);
  std::size_t total = 0;
  for (;;) {
    const auto due = take(announcer, kStart + 1h);
    if (due.empty()) break;
    for (const Announcement& one : due) EXPECT_EQ(one.address, total++ % 1000);
  }
  EXPECT_EQ(total, 9000U);
}

// The bound of what an operator can write: four thousand million rounds neither overflow nor end early.
TEST(Announcer, TheMostRoundsThatCanBeAskedForAreStillEveryHalfSecond) {
  Announcer announcer{std::vector{schedule(1, 0xffffffff, 5s)}};
  announcer.start(InstanceId{0}, kStart);
  for (int i = 0; i < 1003; ++i) (void)take(announcer, announcer.deadline());
  EXPECT_EQ(announcer.deadline(), kStart + 501s);  // round 1003: 1 s and 1000 half seconds
}

}  // namespace
}  // namespace core
