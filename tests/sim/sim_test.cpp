// Fixed seeds of the simulator, and proof that its checker bites.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/world.hpp"

namespace sim {
namespace {

constexpr std::uint64_t kSeeds = 400;

// FAULT-6
// FAULT-22
// FAULT-24
// FAULT-35
// FAULT-41
// FAULT-44
// FAULT-47
TEST(Simulation, HoldsEveryInvariantOnEveryFixedSeed) {
  Outcome total;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome one = simulate(seed);
    ASSERT_FALSE(one.violation) << *one.violation;
    for (std::size_t i = 0; i < one.causes.size(); ++i) total.causes[i] += one.causes[i];
    total.worst_takeover = std::max(total.worst_takeover, one.worst_takeover);
  }
  // The storms reach what they are for: every cause there is on one LAN.
  using base::Cause;
  for (const Cause cause :
       {Cause::kStartup, Cause::kOwnerStartup, Cause::kSilence, Cause::kPriorityZeroHeard,
        Cause::kPreemption, Cause::kHigherPriorityHeard, Cause::kEqualPriorityLost,
        Cause::kScriptFailed, Cause::kLinkDown, Cause::kAddressRefused, Cause::kFaultCleared,
        Cause::kPermitRemoved, Cause::kOperator, Cause::kStop, Cause::kChecked})
    EXPECT_GT(total.causes[static_cast<std::size_t>(cause)], 10U) << base::to_string(cause);
  // A weighted check moves the priority and is never why a state changed.
  EXPECT_EQ(total.causes[static_cast<std::size_t>(Cause::kTrackedFile)], 0U);
  // A bound nobody comes near is no bound.
  EXPECT_GT(total.worst_takeover, 0.95);
  EXPECT_LE(total.worst_takeover, 1.0);
}

// Seeds that once found something, in the core or in the checker.
TEST(Simulation, HoldsOnSeedsThatOnceFailed) {
  for (const std::uint64_t seed : {64U, 151U, 706U, 185143U}) {
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
    EXPECT_EQ(first.router_hours, second.router_hours);
  }
}

class Mutants : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Mutants, AreFoundOut) {
  const auto mutant = static_cast<Mutant>(GetParam());
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
    if (simulate(seed, mutant).violation) return;
  ADD_FAILURE() << "a router that " << to_string(mutant) << " went unnoticed";
}

INSTANTIATE_TEST_SUITE_P(Simulation, Mutants, ::testing::Range(std::size_t{1}, kMutants),
                         [](const auto& one) {
                           std::string name{to_string(static_cast<Mutant>(one.param))};
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace sim
