// What the operator changes in the configuration of a host while it runs: one thing at a time, as a reload has it. Everything
// that the change is not about has to go on as if nothing had been read (docs/reload.md).
//
// Few values each, so that whatever is in force afterwards is a configuration that the bounds know of: an interval is the
// shared one or twice that, a preemption delay the planned one or none.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/core/router.hpp"
#include "tests/sim/random.hpp"

namespace sim {

struct Plan;
struct VirtualPlan;

struct Edit {
  enum class Kind : std::uint8_t {
    kNothing,   // the same is read again
    kPriority,  // of all that rise and fall together; an owner stays one
    kPreempt,   // likewise
    kPreemptDelay,
    kInterval,
    kAddress,   // one more, or one less
    kTracker,   // one less, or one more
    kWeight,    // of the weighted one
    kStranger,  // unicast: one more peer that is nowhere, or one less
    kPeer,      // unicast: one of the hosts is no peer, until the fault ends
  };
  static constexpr std::size_t kKinds = 10;
  Kind kind = Kind::kNothing;
  std::uint8_t value = 0;
};
std::string_view to_string(Edit::Kind kind);

// One that this virtual router can have. `lasting`: not one that is undone afterwards.
Edit random_edit(Random& random, const VirtualPlan& plan, bool lasting);
// As this host's configuration is afterwards. Done twice most are undone.
void carry_out(const Edit& edit, const VirtualPlan& plan, std::size_t host, core::Router& router);
// Reloads for a plan that has none, from a stream of random numbers of their own: the rest of the plan is what it was.
void add_reloads(Plan& plan);

}  // namespace sim
