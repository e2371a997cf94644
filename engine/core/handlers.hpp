// What an instance does with each event in each state, and when time passes: one overload per pair, so that a forgotten pair
// does not compile. What fits in a line or two stands here; the rest in backup.cpp, master.cpp and departing.cpp.
//
// Part of Instance's implementation: included by those and instance.cpp alone.
#pragma once

#include "engine/core/instance.hpp"

namespace core {

constexpr std::uint8_t bit_of(base::Hold hold) { return static_cast<std::uint8_t>(hold); }

// Why a master that is held departs.
constexpr base::Cause cause_of(base::Hold hold) {
  switch (hold) {
    case base::Hold::kPermit: return base::Cause::kPermitRemoved;
    case base::Hold::kMaintenance: return base::Cause::kOperator;
    case base::Hold::kStartDelay:
    case base::Hold::kQuiet: return base::Cause::kStartup;
  }
  return base::Cause::kNone;
}

struct Instance::On {
  Instance& self;
  Instant now;
  Actions& todo;

  // Start: once, in Initialize.
  void operator()(states::Initialize& state, const Start& event) const {
    state.started = true;
    self.knows_peer_ = event.knew_peer;
    if (event.delayed_until > now) {
      self.put_hold(base::Hold::kStartDelay);
      self.start_delay_ends_ = event.delayed_until;
    }
    self.settle_start(state, now, todo);
  }
  void operator()(states::Backup&, const Start&) const {}
  void operator()(states::Master&, const Start&) const {}
  void operator()(states::Departing&, const Start&) const {}
  void operator()(states::Fault&, const Start&) const {}
  void operator()(states::Stopped&, const Start&) const {}

  // Heard: who does not take part does not listen; the engine counts such adverts.
  void operator()(states::Initialize&, const Heard&) const {}
  void operator()(states::Backup& state, const Heard& event) const;
  void operator()(states::Master& state, const Heard& event) const;
  void operator()(states::Departing& state, const Heard& event) const;
  void operator()(states::Fault&, const Heard&) const {}
  void operator()(states::Stopped&, const Heard&) const {}

  void operator()(states::Initialize&, const LanHeard&) const { self.trust_lan(); }
  void operator()(states::Backup& state, const LanHeard&) const;
  void operator()(states::Master&, const LanHeard&) const { self.trust_lan(); }
  void operator()(states::Departing&, const LanHeard&) const { self.trust_lan(); }
  void operator()(states::Fault&, const LanHeard&) const { self.trust_lan(); }
  void operator()(states::Stopped&, const LanHeard&) const {}

  void operator()(states::Initialize& state, const GroupChanged& event) const {
    self.note(event);
    self.settle_start(state, now, todo);
  }
  void operator()(states::Backup& state, const GroupChanged& event) const;
  void operator()(states::Master& state, const GroupChanged& event) const;
  void operator()(states::Departing& state, const GroupChanged& event) const;
  void operator()(states::Fault& state, const GroupChanged& event) const {
    self.note(event);
    self.settle_fault(state, now, todo);
  }
  void operator()(states::Stopped&, const GroupChanged& event) const { self.note(event); }

  void operator()(states::Initialize& state, const LinkChanged& event) const {
    self.note(event);
    self.settle_start(state, now, todo);
  }
  void operator()(states::Backup& state, const LinkChanged& event) const;
  void operator()(states::Master&, const LinkChanged& event) const;
  void operator()(states::Departing& state, const LinkChanged& event) const;
  void operator()(states::Fault& state, const LinkChanged& event) const {
    self.note(event);
    self.settle_fault(state, now, todo);
  }
  void operator()(states::Stopped&, const LinkChanged& event) const { self.note(event); }

  void operator()(states::Initialize& state, const TrackerReported& event) const {
    self.note(event);
    self.settle_start(state, now, todo);
  }
  void operator()(states::Backup& state, const TrackerReported& event) const;
  void operator()(states::Master& state, const TrackerReported& event) const;
  void operator()(states::Departing& state, const TrackerReported& event) const;
  void operator()(states::Fault& state, const TrackerReported& event) const {
    self.note(event);
    self.settle_fault(state, now, todo);
  }
  void operator()(states::Stopped&, const TrackerReported& event) const { self.note(event); }

  void operator()(states::Initialize&, const HoldChanged& event) const { self.note(event); }
  void operator()(states::Backup& state, const HoldChanged& event) const;
  void operator()(states::Master& state, const HoldChanged& event) const;
  void operator()(states::Departing&, const HoldChanged& event) const { self.note(event); }
  void operator()(states::Fault&, const HoldChanged& event) const { self.note(event); }
  void operator()(states::Stopped&, const HoldChanged& event) const { self.note(event); }

  // Switchover: only of who is what the operator saw.
  void operator()(states::Initialize&, const Switchover&) const {}
  void operator()(states::Backup& state, const Switchover& event) const;
  void operator()(states::Master&, const Switchover& event) const;
  void operator()(states::Departing&, const Switchover&) const {}
  void operator()(states::Fault&, const Switchover&) const {}
  void operator()(states::Stopped&, const Switchover&) const {}

  // AddressesInstalled: an answer that arrives after the addresses were asked back announces nothing.
  void operator()(states::Initialize&, const AddressesInstalled&) const {}
  void operator()(states::Backup& state, const AddressesInstalled&) const;
  void operator()(states::Master& state, const AddressesInstalled&) const {
    state.announced = now;
    todo.push_back(Announce{});
  }
  void operator()(states::Departing&, const AddressesInstalled&) const {}
  void operator()(states::Fault&, const AddressesInstalled&) const {}
  void operator()(states::Stopped&, const AddressesInstalled&) const {}

  // AddressRefused: only who means to keep the addresses minds.
  void operator()(states::Initialize&, const AddressRefused&) const {}
  void operator()(states::Backup& state, const AddressRefused& event) const;
  void operator()(states::Master& state, const AddressRefused& event) const;
  void operator()(states::Departing&, const AddressRefused&) const {}
  void operator()(states::Fault&, const AddressRefused&) const {}
  void operator()(states::Stopped&, const AddressRefused&) const {}

  // AddressesFought: only who holds the addresses, or is about to, has them taken away.
  void operator()(states::Initialize&, const AddressesFought&) const {}
  void operator()(states::Backup& state, const AddressesFought& event) const;
  void operator()(states::Master&, const AddressesFought& event) const;
  void operator()(states::Departing&, const AddressesFought&) const {}
  void operator()(states::Fault&, const AddressesFought&) const {}
  void operator()(states::Stopped&, const AddressesFought&) const {}

  void operator()(states::Initialize&, const Stop& event) const {
    self.become(states::Stopped{}, {event.cause, {}}, todo);
  }
  void operator()(states::Backup& state, const Stop&) const;
  void operator()(states::Master&, const Stop& event) const {
    self.depart(true, {event.cause, {}}, now, todo);
  }
  void operator()(states::Departing& state, const Stop& event) const {
    state.to_stopped = true;
    state.cause = event.cause;
    state.evidence = {};
  }
  void operator()(states::Fault&, const Stop& event) const {
    self.become(states::Stopped{}, {event.cause, {}}, todo);
  }
  void operator()(states::Stopped&, const Stop&) const {}

  // Leaves states::Backup for a state that does not hold addresses: the overlap of a master just past ends early, and so
  // does the preparation of one that was about to be.
  void leave_backup(const states::Backup& state, states::Any next, const Reason& reason) const {
    const bool is_asked = state.preparation.kernel != states::Preparation::Kernel::kUnasked;
    if (is_asked || !state.withdraw_at.is_never()) todo.push_back(WithdrawAddresses{});
    self.become(next, reason, todo);
  }
  // Leaves the addresses at once, nothing said.
  void let_go(states::Any next, const Reason& reason) const {
    todo.push_back(WithdrawAddresses{});
    self.become(next, reason, todo);
  }
};

struct Instance::Passing {
  Instance& self;
  Instant now;
  Actions& todo;

  void operator()(states::Initialize&) const {}
  void operator()(states::Backup& state) const;
  void operator()(states::Master& state) const;
  void operator()(states::Departing& state) const;
  void operator()(states::Fault& state) const {
    if (now < state.retry_at) return;
    state.retry_at = Instant::never();
    self.settle_fault(state, now, todo);
  }
  void operator()(states::Stopped&) const {}
};

}  // namespace core
