// One unit as seen from outside right now.
#pragma once

#include <vector>

#include "base/vrrp.hpp"
#include "engine/core/contest.hpp"
#include "tests/sim/plan.hpp"

namespace sim {

struct View {
  bool runs = false;       // has power, an engine, and is not paused
  bool hears = false;      // that, and its link is up
  bool is_fit = false;     // nothing planned keeps it, or a member of its group, from being master
  bool is_master = false;  // and not departing
  bool is_departing = false;
  bool is_preparing = false;     // about to push a living master aside
  bool wants_addresses = false;  // what it asked of its kernel
  bool may_hold = false;         // by its own account
  bool kernel_holds = false;
  bool is_refused = false;  // its kernel takes no address: it comes and goes, and others with it
  bool preempts = false;
  base::State state = base::State::kInitialize;
  core::Priority effective;  // by the facts, not by its own account
  core::Priority spoken;     // by its own account
  Duration interval{0};      // of its adverts
  std::uint8_t camp = 0;     // who is not accepted by the others is in another one
  bool sees_rival = false;
  core::ContestReason reason = core::ContestReason::kNone;
  friend bool operator==(const View&, const View&) = default;
};

using Views = std::vector<View>;  // of one virtual router, by host

}  // namespace sim
