#include "engine/core/debounce.hpp"

#include <gtest/gtest.h>

#include <random>

namespace core {
namespace {

using namespace std::chrono_literals;
using base::Instant;

constexpr Instant kStart = Instant::from_ns(5'000'000'000);

TEST(Debounce, SaysNothingBeforeItWasTold) {
  const Debounce interface { 1s, 2s };
  EXPECT_EQ(interface.level(), std::nullopt);
  EXPECT_TRUE(interface.deadline().is_never());
}

TEST(Debounce, TheFirstLevelCountsAtOnce) {
  for (const bool up : {true, false}) {
    Debounce interface { 1s, 2s };
    interface.tell(up, kStart);
    EXPECT_EQ(interface.level(), up);
    EXPECT_TRUE(interface.deadline().is_never());
  }
}

TEST(Debounce, EachLevelCountsAfterItsOwnDelay) {
  Debounce interface { 1s, 2s };
  interface.tell(true, kStart);
  interface.tell(false, kStart + 10s);
  EXPECT_EQ(interface.deadline(), kStart + 12s);
  interface.advance(kStart + 12s - 1ns);
  EXPECT_EQ(interface.level(), true);
  interface.advance(kStart + 12s);
  EXPECT_EQ(interface.level(), false);
  EXPECT_TRUE(interface.deadline().is_never());
  interface.tell(true, kStart + 20s);
  EXPECT_EQ(interface.deadline(), kStart + 21s);
  interface.advance(kStart + 30s);
  EXPECT_EQ(interface.level(), true);
}

// FAULT-26
TEST(Debounce, ALevelThatReturnsInTimeWasNeverLeft) {
  Debounce interface { 1s, 2s };
  interface.tell(true, kStart);
  interface.tell(false, kStart + 10s);
  interface.tell(true, kStart + 11s);
  EXPECT_TRUE(interface.deadline().is_never());
  interface.advance(kStart + 1h);
  EXPECT_EQ(interface.level(), true);
}

TEST(Debounce, TheSameLevelAgainDoesNotPutItOff) {
  Debounce interface { 1s, 2s };
  interface.tell(true, kStart);
  interface.tell(false, kStart + 10s);
  interface.tell(false, kStart + 11s);
  EXPECT_EQ(interface.deadline(), kStart + 12s);
}

// Down at 10 s for three seconds, of which nobody was told the time: it was down from 12 s on, and is up from 14 s on.
TEST(Debounce, WhatLastedLongEnoughCountsThoughTimeWasNotLetPass) {
  Debounce interface { 1s, 2s };
  interface.tell(true, kStart);
  interface.tell(false, kStart + 10s);
  interface.tell(true, kStart + 13s);
  EXPECT_EQ(interface.level(), false);
  EXPECT_EQ(interface.deadline(), kStart + 14s);
}

TEST(Debounce, WithoutDelaysSeenIsRaw) {
  Debounce interface;
  for (int i = 0; i < 10; ++i) {
    interface.tell(i % 2 == 0, kStart + i * 1ms);
    EXPECT_EQ(interface.level(), i % 2 == 0);
    EXPECT_TRUE(interface.deadline().is_never());
  }
}

// Against the definition: the level seen at a moment is the newest that had lasted its delay by then.
TEST(Debounce, SeesWhatTheDefinitionSaysWheneverTimeIsLetPass) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](int to) {
      return static_cast<int>(random() % static_cast<unsigned>(to));
    };
    const auto up = pick(30) * 1ms, down = pick(30) * 1ms;
    Debounce interface { up, down };
    bool raw = pick(2) == 0, expected = raw;
    int since = 0;
    interface.tell(raw, kStart);
    for (int ms = 1; ms < 2000; ++ms) {
      if (raw != expected && ms * 1ms >= since * 1ms + (raw ? up : down)) expected = raw;
      if (pick(8) == 0) {
        if (raw == expected) since = ms;
        raw = !raw;
        interface.tell(raw, kStart + ms * 1ms);
        if (raw != expected && (raw ? up : down) == 0ms) expected = raw;
      } else if (pick(3) == 0) {
        interface.advance(kStart + ms * 1ms);
      } else {
        continue;
      }
      ASSERT_EQ(interface.level(), expected) << "seed " << seed << " at " << ms;
    }
  }
}

}  // namespace
}  // namespace core
