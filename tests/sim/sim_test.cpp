// Fixed seeds of the simulator, and proof that its checker bites.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "tests/sim/world.hpp"

namespace sim {
namespace {

// An unoptimised or instrumented build is some ten times slower; it looks for other things.
#ifdef __OPTIMIZE__
constexpr double kHours = 10'000;
#else
constexpr double kHours = 800;
#endif
constexpr std::uint64_t kSeedsForMutants = 1500;

unsigned threads() { return std::clamp(std::thread::hardware_concurrency(), 1U, 4U); }

// FAULT-6
// FAULT-22
// FAULT-24
// FAULT-35
// FAULT-41
// FAULT-44
// FAULT-47
TEST(Simulation, HoldsEveryInvariantOnEveryFixedSeed) {
  const Outcome total = simulate_many(1, kHours, threads());
  ASSERT_FALSE(total.violation) << *total.violation;
  std::printf("%.0f router-hours, %llu seeds, %llu adverts, %llu transitions\n", total.router_hours,
              static_cast<unsigned long long>(total.seeds),
              static_cast<unsigned long long>(total.adverts),
              static_cast<unsigned long long>(total.transitions));
  // The storms reach what they are for: every cause there is on one LAN.
  using base::Cause;
  for (const Cause cause : {Cause::kStartup,
                            Cause::kOwnerStartup,
                            Cause::kSilence,
                            Cause::kPriorityZeroHeard,
                            Cause::kPreemption,
                            Cause::kHigherPriorityHeard,
                            Cause::kEqualPriorityLost,
                            Cause::kScriptFailed,
                            Cause::kTrackedInterfaceDown,
                            Cause::kLinkDown,
                            Cause::kAddressRefused,
                            Cause::kFaultCleared,
                            Cause::kSyncGroup,
                            Cause::kPermitRemoved,
                            Cause::kOperator,
                            Cause::kReload,
                            Cause::kStop,
                            Cause::kChecked,
                            Cause::kLateTimer,
                            Cause::kRivalOwner})
    EXPECT_GT(total.causes[static_cast<std::size_t>(cause)], 5U) << base::to_string(cause);
  // A file moves the priority and is never why a state changed.
  EXPECT_EQ(total.causes[static_cast<std::size_t>(Cause::kTrackedFile)], 0U);
  for (std::size_t i = 0; i < kSituations; ++i) {
    const auto situation = static_cast<Situation>(i);
    EXPECT_GT(total.reached.count(situation), 0U) << "never reached: " << to_string(situation);
  }
  // A bound nobody comes near is no bound.
  EXPECT_GT(total.worst_takeover, 0.95);
  EXPECT_LE(total.worst_takeover, 1.0);
}

// Seeds that once found something, in the core or in the checker. With the plans they had then: without reloads.
TEST(Simulation, HoldsOnSeedsThatOnceFailed) {
  for (
      const std::uint64_t seed : {
          64U,     151U,    706U,   185143U,
          10195U,  // the advert that makes a late master step down is the first its backup hears
          27U,     // a group kept a master whose fellow member had given way
          183U,    // and one whose fellow member had stepped down late
          6U,      // an alarm about a master that had nobody to obey
          42U,     // answers of the better master hid that the worse one went on
          16U,     // who rose again after a pause was taken for one who never left
          574U,    // the second copy of a signed advert was taken for a rival's
          344U,    // who had become the better one was blamed for what he was told before
          1173U,   // a master that had given way stood for the one that was
          1244U,   // an alarm about one rival was cleared and the other one not named at once
          8988U,   // the same, after one of two had been lost for three intervals
          3708U,   // two masters in step, told of after three intervals
          2374U,   // a moment as master, and what was known of the others was gone
          5012U,   // one bent bit of an interval held an alarm for minutes
          15007U,  // the reason of an attack outlived it
          244U,    // a late last word was taken for a claim
          5753U,   // and one of a master that had been better once before
          15632U,  // a master that died just before the other one spoke first
          19356U,  // an advert that came after the priority 0 said later
          17534U,  // of a group kept down by a clock, one member waits for silence and the others do not
          8802U,  // a forged priority 0, and what it makes others believe
          38101U,  // an unsigned member of a group rose with the signed one that had waited for a clock
          51428U,
          54483U,  // and the master that gave way to it had just done so
          40191U,  // somebody better who had waited for a clock rose while others were attacked
          35488U,  // a new engine that was paused before its first look found a failure there
          37557U,
          88020U,  // a failure that ended and came back between two looks
          70759U,  // an alarm named another rival three intervals after his last claim, by a slower clock
          66428U,   // a new engine forgot that the one before had been speaking
          125584U,  // the same, a moment earlier
          96658U,   // one of a crowd rose after the last word of a master that slept
          62423U,   // who rose again sooner than he speaks was taken for one who never left
          93044U,
          65484U,  // of a forger whose packets come farther apart than he claims
          100090U,
          83366U,  // and of a master of another version, half of whose adverts were lost
          42522U,  // a crowd of those who stood in for a paused master was blamed for one last word
          98033U,  // the first advert of the better of two masters was lost on a backup
          133422U, 147528U,
          120957U,  // who gave way to a master whose accepted copies were lost here was blamed for one last word
          156215U,  // and who gave way to one that had slept for less than a quarter of an interval
          160343U,  // the same bent bit twice hid for a minute what was wrong with a rival
          176045U,  // an answer out of turn put off the claim that would have told of him
          191393U,  // who came back at once was heard with his second advert only
          186819U,  // a checksum wrong in one form that was right in the other
          225560U,  // a new engine began anew to wait for a preemption
          246195U,  // who slept and believed a forged interval heard silence out by that
          285487U,  // who heard our first advert, and gave way, was blamed as if he had been warned before
          293676U,  // a pause from a time when a longer interval was believed held an alarm for seconds
          306669U,  // who gave way and rose again, beside another one
          331286U,  // a moment as master ends what was seen as a backup
          346958U,  // 306669 again, of two that speak seldom
          408141U,  // some that each gave way at once were taken for one crowd that does not
          42327U,  42417U,  44276U, 58291U,  58951U, 951U,   2207U,
          3943U,   4548U,   4663U,  6320U,   8055U,  27264U,
      }) {
    const Outcome one = simulate(seed, Mutant::kNone, Operator::kRestarts);
    EXPECT_FALSE(one.violation) << *one.violation;
  }
}

// The same, with an operator who reloads.
TEST(Simulation, HoldsOnSeedsThatOnceFailedWithReloads) {
  for (
      const std::uint64_t seed : {
          2089U,    // another address is tried at once, though one was refused
          149675U,  // in fault with nothing wrong, for a check that had not answered and then left
          158793U,  // a rival in step with us was told of after three intervals
          435757U,  // an attacker's rank was taken for that of a rival whom nobody vouches for
          141822U,  // a rival that had no place of his own was in no crowd either
          142430U,
          8946U,  // a reload in the moment in which an alarm ends
          1302222U,  // the better one of two masters lowers his priority, and is the one to yield from then on
          3484U,  // who lowers his own priority was blamed for the other one's last word
          1103542U,  // a pause of all was no longer than a down interval after a reload had made that longer
          1240986U,  // whom nopreempt left in peace was not believed the interval he spoke at
          149720U,  // who was paused just after he rose was no second master to the checker, though nobody had heard him
          1402573U,  // nor who had no engine when he that had not heard him rose
          1400386U,  // a master that slept was none to the checker, beside one who does not accept him
          1627185U,  // the reason of one who had given way outlived the coming of another rival, as it may
          430574U,  432985U, 141025U, 145520U, 146105U, 263799U,
      }) {
    const Outcome one = simulate(seed);
    EXPECT_FALSE(one.violation) << *one.violation;
  }
}

TEST(Simulation, IsTheSameRunTwice) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome first = simulate(seed);
    const Outcome second = simulate(seed);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.causes, second.causes);
    EXPECT_EQ(first.reached, second.reached);
    EXPECT_EQ(first.router_hours, second.router_hours);
  }
}

class Mutants : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Mutants, AreFoundOut) {
  const auto mutant = static_cast<Mutant>(GetParam());
  for (std::uint64_t seed = 1; seed <= kSeedsForMutants; ++seed) {
    const Outcome one = simulate(seed, mutant);
    if (!one.violation) continue;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                one.violation->substr(0, one.violation->find('\n')).c_str());
    return;
  }
  ADD_FAILURE() << "a router that is " << to_string(mutant) << " went unnoticed";
}

INSTANTIATE_TEST_SUITE_P(Simulation, Mutants, ::testing::Range(std::size_t{1}, kMutants),
                         [](const auto& one) {
                           std::string name{to_string(static_cast<Mutant>(one.param))};
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace sim
