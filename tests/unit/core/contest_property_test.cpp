// Two routers that hear each other settle it, whatever the phases, losses and delays; two that do not, are found out.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/core/contest_subject.hpp"

namespace core {
namespace {

// What a healthy LAN does to one observer: masters come and go, each rising only when the one before was outdone, left or
// died. Advert delays up to 5 ms, 2% lost, 2% doubled.
TEST(Contest, IsNeverRaisedByAHealthySuccessionOfMasters) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](int from, int to) {
      return std::uniform_int_distribution<int>{from, to}(random);
    };
    struct Heard {
      Instant at;
      Claim said;
    };
    std::vector<Heard> heard;
    const auto say = [&](Instant at, const Claim& said) {
      if (pick(0, 99) < 2) return;
      heard.push_back({at + pick(50, 5000) * 1us, said});
      if (pick(0, 99) < 2) heard.push_back({at + pick(50, 5000) * 1us, said});
    };
    Instant now = kStart;
    int current = 0;
    int priority = 100;
    Instant phase = now;
    for (int reign = 0; reign < 20; ++reign) {
      const Address source = Address::v4(192, 0, 2, static_cast<std::uint8_t>(1 + current));
      const Claim said = claim(source, priority);
      const Instant ends = now + pick(200, 9000) * 1ms;
      for (phase = now; phase < ends; phase += kSecond) say(phase, said);
      switch (pick(0, 2)) {
        case 0:  // outdone: the better one speaks, he may have one last word 1 ms later
          current = (current + 1) % 5;
          ++priority;
          now = ends;
          if (pick(0, 1) == 0) say(ends + 6ms, said);
          break;
        case 1:  // leaves: the next waits for its skew
          say(ends, claim(source, 0));
          current = (current + 1) % 5;
          priority = pick(50, 200);
          now = ends + 600ms;
          break;
        default:  // dies: three intervals and the skew from his last word
          current = (current + 1) % 5;
          priority = pick(50, 200);
          now = phase - kSecond + 3600ms;
      }
    }
    std::stable_sort(heard.begin(), heard.end(),
                     [](const Heard& a, const Heard& b) { return a.at < b.at; });
    Contest contest = backup();
    for (const Heard& one : heard)
      ASSERT_FALSE(contest.accept(one.said, one.at))
          << "seed " << seed << " at " << (one.at - kStart) / 1ms;
  }
}

// As master, with a rival of any interval that does not hear us, whatever his phase: two of the longer of both intervals.
// FAULT-40
TEST(Contest, AOneWayRivalIsFoundWithinTwoIntervalsAtEveryPhaseAndInterval) {
  for (const Duration own : {Duration{10ms}, Duration{100ms}, Duration{1s}, Duration{5s}})
    for (const Duration his : {Duration{10ms}, Duration{100ms}, Duration{1s}, Duration{5s}})
      for (int phase = 0; phase < 20; ++phase) {
        Contest contest;
        contest.stand(true, own, kStart);
        Instant ours = kStart;
        const Instant begin = kStart + 10 * own + own * phase / 20;
        Instant raised = Instant::never();
        for (Instant at = begin; raised.is_never(); at += his) {
          ASSERT_LT(at, begin + 100s);
          for (; ours <= at; ours += own) contest.spoke(ours);
          if (contest.accept(claim(kB, 90, his), at)) raised = at;
          contest.spoke(at + 200us);  // a losing advert is answered
        }
        EXPECT_LE(raised - begin, 2 * std::max(own, his)) << own / 1ms << ' ' << his / 1ms;
      }
}

}  // namespace
}  // namespace core
