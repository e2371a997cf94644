// Everything an instance can ask for. A list of actions is done in order; the order is part of the contract.
#pragma once

#include <variant>

#include "engine/core/event.hpp"

namespace core {

struct SendAdvert {
  Priority priority;
  friend bool operator==(const SendAdvert&, const SendAdvert&) = default;
};

// Put every virtual address (and what goes with it) into the kernel, and answer AddressesInstalled.
struct InstallAddresses {
  friend bool operator==(const InstallAddresses&, const InstallAddresses&) = default;
};

// Take them out again. Any announcement still owed is dropped.
struct WithdrawAddresses {
  friend bool operator==(const WithdrawAddresses&, const WithdrawAddresses&) = default;
};

// Announce all addresses now and by the schedule of the instance (engine/core/announcer.hpp). Restarts one under way.
struct Announce {
  friend bool operator==(const Announce&, const Announce&) = default;
};

// One row of the history. Asked for exactly once per transition.
struct Changed {
  base::State from = base::State::kInitialize;
  base::State to = base::State::kInitialize;
  base::Cause cause = base::Cause::kNone;
  Evidence evidence;
  friend bool operator==(const Changed&, const Changed&) = default;
};

using Action = std::variant<SendAdvert, InstallAddresses, WithdrawAddresses, Announce, Changed>;

// More than any single event can ask for; a test reaches the longest list.
using Actions = base::InlineList<Action, 16>;

}  // namespace core
