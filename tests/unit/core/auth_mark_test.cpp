// What was accepted once is never accepted again: not a minute later, not after a restart, not by another clock.
#include <random>

#include "auth_party.hpp"
#include "engine/core/auth_number.hpp"

namespace core::testing {
namespace {

constexpr std::int64_t kHourNs = 3'600 * kSecondNs;

Address host(std::size_t number) {
  return Address::v4(192, 0, 2, static_cast<std::uint8_t>(number));
}

// A minute of adverts, as somebody on the LAN may have recorded it, and the router that heard them.
struct Recording {
  Party two = party(hmac_v3(), kTwo);
  std::vector<Said> said;

  explicit Recording(const Makings& makings = hmac_v3()) : two(party(makings, kTwo)) {
    Party one = party(makings, kOne);
    for (int i = 0; i < 60; ++i) {
      one.pass(1s);
      two.pass(1s);
      said.push_back(one.say());
      EXPECT_EQ(two.drop(said.back()), Drop::kNone);
    }
  }
  std::size_t accepted() {
    std::size_t count = 0;
    for (const Said& advert : said) count += two.drop(advert) == Drop::kNone ? 1U : 0U;
    return count;
  }
};

Makings monotonic() {
  Makings makings = hmac_v3();
  makings.settings.is_monotonic = true;
  return makings;
}

TEST(Recording, IsRefusedAtOnce) {
  Recording recording;
  EXPECT_EQ(recording.accepted(), 0U);
  EXPECT_EQ(recording.two.drop(recording.said.back()), Drop::kReplay) << "still in the window";
  EXPECT_EQ(recording.two.drop(recording.said.front()), Drop::kAuthStale);
}

// FAULT-19
TEST(Recording, IsRefusedAfterARestart) {
  for (const Makings& makings : {hmac_v3(), monotonic()}) {
    Recording recording{makings};
    recording.two.restart(recording.two.marks({kOne}));
    EXPECT_EQ(recording.accepted(), 0U);
    recording.two.pass(1h);
    EXPECT_EQ(recording.accepted(), 0U);
  }
}

// Who can set our clock can bring back the moment of the recording, but not its marks.
TEST(Recording, IsRefusedByAClockSetBackToItsMoment) {
  Recording recording;
  recording.two.pass(24h);
  recording.two.wall -= 24 * kHourNs + 60 * kSecondNs;
  for (const Said& advert : recording.said) {
    recording.two.pass(1s);
    EXPECT_EQ(recording.two.drop(advert), Drop::kReplay);
  }
}

// Our clock is an hour behind: what is said now is in its window an hour later. Its moment comes, but it does not.
TEST(Recording, IsRefusedWhenAClockThatIsBehindReachesItsMoment) {
  Party one = party(hmac_v3(), kOne);
  Party two = party(hmac_v3(), kTwo);
  ASSERT_EQ(two.drop(one.say()), Drop::kNone);
  two.wall -= kHourNs;
  std::vector<Said> recorded;
  for (int i = 0; i < 60; ++i) {
    one.pass(1s);
    two.pass(1s);
    recorded.push_back(one.say());
    EXPECT_TRUE(two.hear(recorded.back()).is_clock_bad);
  }
  two.pass(1h - 60s);
  for (const Said& said : recorded) {
    two.pass(1s);
    EXPECT_EQ(two.drop(said), Drop::kReplay);
  }
}

// The sender's clock was an hour ahead for a minute, and the hour has passed.
TEST(Recording, OfASenderThatWasAheadIsRefusedWhenItsMomentComes) {
  Party one = party(hmac_v3(), kOne);
  Party two = party(hmac_v3(), kTwo);
  ASSERT_EQ(two.drop(one.say()), Drop::kNone);
  one.wall += kHourNs;
  std::vector<Said> recorded;
  const auto exchange = [&](int seconds, std::size_t copy) {
    for (int i = 0; i < seconds; ++i) {
      one.pass(1s);
      two.pass(1s);
      recorded.push_back(one.say(copy));
      EXPECT_EQ(two.drop(recorded.back()), Drop::kNone);
    }
  };
  exchange(60, 0);
  one.wall -= kHourNs;
  exchange(60, 1);  // as a sender of another make does: back to the clock
  two.pass(1h - 120s);
  for (const Said& said : recorded) {
    two.pass(1s);
    EXPECT_NE(two.drop(said), Drop::kNone);
  }
}

// Whatever the clocks do, whoever restarts, and whenever it is played.
// FAULT-19: 10,000 adverts played 350,000 times between restarts and steps of the clocks: none was taken twice
TEST(Recording, OfAnythingIsNeverTakenTwice) {
  std::mt19937_64 random{11};
  const std::vector<std::int64_t> steps{3 * kSecondNs, 10 * kSecondNs, 60 * kSecondNs, kHourNs};
  std::size_t taken_late = 0;
  for (int run = 0; run < 20; ++run) {
    Party one = party(hmac_v3(), kOne);
    Party two = party(hmac_v3(), kTwo);
    ASSERT_EQ(two.drop(one.say()), Drop::kNone);
    std::vector<std::pair<Said, bool>> said;  // and whether it was taken
    const auto play = [&](std::size_t at) {
      if (two.drop(said[at].first) != Drop::kNone) return;
      ASSERT_FALSE(said[at].second) << "run " << run << ", advert " << at;
      said[at].second = true;
      taken_late += at + 1 < said.size() ? 1U : 0U;
    };
    for (int second = 0; second < 500; ++second) {
      one.pass(1s);
      two.pass(1s);
      if (random() % 20 == 0) {
        Party& who = random() % 2 == 0 ? one : two;
        const std::int64_t step = steps[random() % steps.size()];
        who.wall += random() % 2 == 0 ? step : -step;
      }
      if (random() % 50 == 0) two.restart(two.marks({kOne}));
      const bool is_lost = random() % 4 == 0;
      for (std::size_t copy = 0, copies = one.auth().copies(one.wall); copy < copies; ++copy) {
        said.emplace_back(one.say(copy), false);
        if (!is_lost) play(said.size() - 1);
      }
      for (int i = 0; i < 20; ++i) play(random() % said.size());
      for (std::size_t back = 1; back < std::min<std::size_t>(said.size(), 15); ++back)
        play(said.size() - 1 - back);
    }
  }
  EXPECT_GT(taken_late, 0U) << "what was lost at first may be new";
}

TEST(Marks, NeverGoBack) {
  Party one = party(hmac_v3(), kOne);
  Party two = party(hmac_v3(), kTwo);
  std::uint64_t before = 0;
  const std::vector<std::int64_t> steps{kHourNs, -kHourNs, -2 * kHourNs, 10 * kSecondNs,
                                        2 * kHourNs};
  for (std::size_t round = 0; round < 200; ++round) {
    one.pass(1s);
    two.pass(1s);
    if (round % 10 == 9) (round % 20 == 9 ? one : two).wall += steps[round / 20 % steps.size()];
    for (std::size_t copy = 0, copies = one.auth().copies(one.wall); copy < copies; ++copy) {
      const Verdict verdict = two.hear(one.say(copy));
      if (verdict.drop != Drop::kNone) continue;
      EXPECT_GE(verdict.mark.number, before);
      before = verdict.mark.number;
    }
  }
}

TEST(Marks, AreKeptForEachKeyAndSigner) {
  Makings makings = hmac_v3();
  makings.keys.emplace_back(std::uint8_t{2}, secret(100));
  Makings renewed = makings;
  renewed.settings.active_key = 2;
  Party receiver = party(makings, kThree);
  EXPECT_EQ(receiver.drop(party(makings, kOne).say()), Drop::kNone);
  EXPECT_EQ(receiver.drop(party(renewed, kOne).say()), Drop::kNone);
  EXPECT_EQ(receiver.drop(party(makings, kTwo).say()), Drop::kNone);
  EXPECT_EQ(receiver.auth().signers(), 3U);
  EXPECT_EQ(receiver.auth().mark_of(2, kOne)->number, number_of(kToday));
  EXPECT_EQ(receiver.auth().mark_of(2, kTwo), std::nullopt);
}

TEST(Marks, RememberedTwiceAreTheGreaterOfBoth) {
  Party two = party(hmac_v3(), kTwo);
  const std::uint64_t now = number_of(kToday);
  two.restart({{1, kOne, now + 3}, {1, kOne, now + 7}, {1, kOne, now + 5}});
  EXPECT_EQ(*two.auth().mark_of(1, kOne), (Mark{1, kOne, now + 7}));
}

// FAULT-20
TEST(Marks, AreTakenOnlyByWhoHasProvenItself) {
  Party receiver = party(hmac_v3(), kTwo);
  Said forged = party(hmac_v3(), kOne).say();
  forged.bytes.back() ^= 1;
  for (std::size_t i = 3; i < 250; ++i) {
    forged.source = host(i);
    EXPECT_EQ(receiver.drop(forged), Drop::kAuthFailed);
  }
  EXPECT_EQ(receiver.auth().signers(), 0U);
}

// As many signers as there are marks, then one more.
struct Crowd {
  Party receiver;
  explicit Crowd(const Makings& makings = hmac_v3()) : receiver(party(makings, kTwo)) {
    for (std::size_t i = 0; i < kMaxMarks; ++i)
      EXPECT_EQ(receiver.drop(party(makings, host(3 + i)).say()), Drop::kNone);
    EXPECT_EQ(receiver.auth().signers(), kMaxMarks);
  }
  Said from_newcomer(const Makings& makings = hmac_v3()) {
    Party newcomer = party(makings, kOne);
    newcomer.wall = receiver.wall;
    return newcomer.say();
  }
};

// FAULT-20: with 128 signers the 129th is refused and counted, and 0 forgotten
TEST(FullMarks, RefuseTheNewcomerAndCountIt) {
  Crowd crowd;
  EXPECT_EQ(crowd.receiver.drop(crowd.from_newcomer()), Drop::kReplay);
  EXPECT_EQ(crowd.receiver.auth().refused_signers(), 1U);
  for (std::size_t i = 0; i < kMaxMarks; ++i)
    EXPECT_TRUE(crowd.receiver.auth().mark_of(1, host(3 + i))) << "nobody was forgotten";
}

TEST(FullMarks, GiveThatOfASignerUnheardForADay) {
  Crowd crowd;
  crowd.receiver.pass(24h);
  EXPECT_EQ(crowd.receiver.drop(crowd.from_newcomer()), Drop::kReplay);
  crowd.receiver.pass(1s);
  EXPECT_EQ(crowd.receiver.drop(crowd.from_newcomer()), Drop::kNone);
  EXPECT_EQ(crowd.receiver.auth().signers(), kMaxMarks);
}

// FAULT-20
TEST(FullMarks, KeepThatOfASignerWhoseRecordingTheWindowWouldTake) {
  Crowd crowd;
  crowd.receiver.now += 25h;  // a day has passed, but the clock was set back to where it was
  EXPECT_EQ(crowd.receiver.drop(crowd.from_newcomer()), Drop::kReplay);
}

TEST(FullMarks, OfTheMonotonicModeAreNeverGiven) {
  Crowd crowd{monotonic()};
  crowd.receiver.pass(48h);
  EXPECT_EQ(crowd.receiver.drop(crowd.from_newcomer(monotonic())), Drop::kReplay);
}

TEST(FullMarks, GiveThoseOfKeysThatAreConfiguredNoMore) {
  Crowd crowd;
  std::vector<Address> hosts;
  for (std::size_t i = 0; i < kMaxMarks; ++i) hosts.push_back(host(3 + i));
  const std::vector<Mark> old = crowd.receiver.marks(hosts);
  Makings renewed = hmac_v3();
  renewed.keys = {{std::uint8_t{2}, secret(100)}};
  renewed.settings.active_key = 2;
  Party receiver = party(renewed, kTwo);
  receiver.restart(old);
  EXPECT_EQ(receiver.auth().signers(), kMaxMarks) << "the key may come back";
  EXPECT_EQ(receiver.drop(party(renewed, kOne).say()), Drop::kNone);
  EXPECT_FALSE(receiver.auth().remember({1, Address::v4(198, 51, 100, 1), 1}, receiver.now));
}

TEST(OwnNumbers, GoOnAfterARestart) {
  Party one = party(hmac_v3(), kOne);
  Party two = party(hmac_v3(), kTwo);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(two.drop(one.say()), Drop::kNone);
  const Mark own = *one.auth().own();
  EXPECT_EQ(own, (Mark{1, Address{}, number_of(kToday) + 2}));
  one.restart({own});
  EXPECT_EQ(two.drop(one.say()), Drop::kNone);
}

// A number is stranded in the future; a new key begins anew.
TEST(OwnNumbers, OfAnotherKeyAreForgotten) {
  Makings renewed = hmac_v3();
  renewed.keys.emplace_back(std::uint8_t{2}, secret(100));
  renewed.settings.active_key = 2;
  Party one = party(renewed, kOne);
  one.restart({{1, Address{}, number_of(kToday + kHourNs)}});
  EXPECT_EQ(one.auth().copies(one.wall), 1U);
  (void)one.say();
  EXPECT_EQ(one.auth().own()->number, number_of(kToday));
}

}  // namespace
}  // namespace core::testing
