#include "engine/core/instance.hpp"

#include <algorithm>

#include "engine/core/timing.hpp"

namespace core {
namespace {

using base::Cause;
using base::Hold;
using base::State;
using states::Backup;
using states::Departing;
using states::Fault;
using states::Initialize;
using states::Master;
using states::Stopped;

Cause cause_of(Hold hold) {
  switch (hold) {
    case Hold::kPermit: return Cause::kPermitRemoved;
    case Hold::kMaintenance: return Cause::kOperator;
    case Hold::kStartDelay:
    case Hold::kQuiet: return Cause::kStartup;
  }
  return Cause::kNone;
}

// Silence found out later than this share of an interval after its deadline was slept through.
constexpr int kTimelyShare = 4;

// A reply to an advert out of turn, at most two in any stretch of `interval`.
bool may_reply(Master& state, Duration interval, Instant now) {
  if (!state.older_reply.is_never() && now - state.older_reply < interval) return false;
  state.older_reply = state.newer_reply;
  state.newer_reply = now;
  return true;
}

}  // namespace

struct Instance::On {
  Instance& self;
  Instant now;
  Actions& todo;

  // Start: once, in Initialize.
  void operator()(Initialize& state, const Start&) const {
    state.started = true;
    self.settle_start(state, now, todo);
  }
  void operator()(Backup&, const Start&) const {}
  void operator()(Master&, const Start&) const {}
  void operator()(Departing&, const Start&) const {}
  void operator()(Fault&, const Start&) const {}
  void operator()(Stopped&, const Start&) const {}

  // Heard: who does not take part does not listen; the engine counts such adverts.
  void operator()(Initialize&, const Heard&) const {}
  void operator()(Backup& state, const Heard& event) const;
  void operator()(Master& state, const Heard& event) const;
  void operator()(Departing& state, const Heard& event) const;
  void operator()(Fault&, const Heard&) const {}
  void operator()(Stopped&, const Heard&) const {}

  void operator()(Initialize& state, const LinkChanged& event) const {
    self.note(event);
    self.settle_start(state, now, todo);
  }
  void operator()(Backup& state, const LinkChanged& event) const;
  void operator()(Master& state, const LinkChanged& event) const;
  void operator()(Departing& state, const LinkChanged& event) const;
  void operator()(Fault& state, const LinkChanged& event) const {
    self.note(event);
    self.settle_fault(state, now, todo);
  }
  void operator()(Stopped&, const LinkChanged& event) const { self.note(event); }

  void operator()(Initialize& state, const TrackerReported& event) const {
    self.note(event);
    self.settle_start(state, now, todo);
  }
  void operator()(Backup& state, const TrackerReported& event) const;
  void operator()(Master& state, const TrackerReported& event) const;
  void operator()(Departing& state, const TrackerReported& event) const;
  void operator()(Fault& state, const TrackerReported& event) const {
    self.note(event);
    self.settle_fault(state, now, todo);
  }
  void operator()(Stopped&, const TrackerReported& event) const { self.note(event); }

  void operator()(Initialize&, const HoldChanged& event) const { self.note(event); }
  void operator()(Backup& state, const HoldChanged& event) const;
  void operator()(Master& state, const HoldChanged& event) const;
  void operator()(Departing&, const HoldChanged& event) const { self.note(event); }
  void operator()(Fault&, const HoldChanged& event) const { self.note(event); }
  void operator()(Stopped&, const HoldChanged& event) const { self.note(event); }

  // AddressesInstalled: an answer that arrives after the addresses were asked back announces nothing.
  void operator()(Initialize&, const AddressesInstalled&) const {}
  void operator()(Backup&, const AddressesInstalled&) const {}
  void operator()(Master& state, const AddressesInstalled&) const {
    state.announced = now;
    todo.push_back(Announce{});
  }
  void operator()(Departing&, const AddressesInstalled&) const {}
  void operator()(Fault&, const AddressesInstalled&) const {}
  void operator()(Stopped&, const AddressesInstalled&) const {}

  // AddressRefused: only who means to keep the addresses minds.
  void operator()(Initialize&, const AddressRefused&) const {}
  void operator()(Backup&, const AddressRefused&) const {}
  void operator()(Master& state, const AddressRefused& event) const;
  void operator()(Departing&, const AddressRefused&) const {}
  void operator()(Fault&, const AddressRefused&) const {}
  void operator()(Stopped&, const AddressRefused&) const {}

  void operator()(Initialize&, const Stop&) const {
    self.become(Stopped{}, {Cause::kStop, {}}, todo);
  }
  void operator()(Backup& state, const Stop&) const;
  void operator()(Master&, const Stop&) const { self.depart(true, {Cause::kStop, {}}, now, todo); }
  void operator()(Departing& state, const Stop&) const {
    state.to_stopped = true;
    state.cause = Cause::kStop;
    state.evidence = {};
  }
  void operator()(Fault&, const Stop&) const { self.become(Stopped{}, {Cause::kStop, {}}, todo); }
  void operator()(Stopped&, const Stop&) const {}

  // Leaves Backup for a state that does not hold addresses: the overlap of a master just past ends early.
  void leave_backup(const Backup& state, states::Any next, const Reason& reason) const {
    if (!state.withdraw_at.is_never()) todo.push_back(WithdrawAddresses{});
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

  void operator()(Initialize&) const {}
  void operator()(Backup& state) const;
  void operator()(Master& state) const;
  void operator()(Departing& state) const {
    if (now >= state.bound) self.finish_departure(state, now, todo);
  }
  void operator()(Fault& state) const {
    if (now < state.retry_at) return;
    state.retry_at = Instant::never();
    self.settle_fault(state, now, todo);
  }
  void operator()(Stopped&) const {}
};

Instance::Instance(const Router& router)
    : router_(router),
      tracking_(router.trackers),
      holds_(router.needs_permit ? static_cast<std::uint8_t>(Hold::kPermit) : std::uint8_t{0}),
      master_interval_(router.advert_interval) {}

void Instance::handle(const Event& event, Instant now, Actions& todo) {
  std::visit(On{*this, now, todo}, state_, event);
}

void Instance::advance(Instant now, Actions& todo) {
  std::visit(Passing{*this, now, todo}, state_);
}

// --- Backup ---------------------------------------------------------------------------------------------------------

void Instance::On::operator()(Backup& state, const Heard& event) const {
  const Advert& advert = event.advert;
  self.note(event);
  if (advert.priority == base::kReleasePriority) {
    // RFC 9568 6.4.2: the master is leaving; the skew decides among its heirs. The learned interval stays.
    state.down_deadline = event.received + self.skew();
    state.newest = Backup::Newest::kRelease;
    state.listened_again = false;
    return;
  }
  const Priority ours = self.effective_priority();
  const bool is_lower = advert.priority < ours;
  const bool preempts = self.router_.preempt || self.router_.is_owner();
  if (is_lower && preempts) {
    if (state.preempt_delay_ends.is_never())
      state.preempt_delay_ends = event.received + self.router_.preempt_delay;
    if (event.received >= state.preempt_delay_ends) {
      // RFC 9568 6.4.2: discarded, the timer runs on.
      state.newest = Backup::Newest::kLower;
      return;
    }
  } else {
    state.preempt_delay_ends = Instant::never();
  }
  self.learn_interval(advert.interval);
  state.down_deadline = event.received + self.down_interval();
  state.newest = Backup::Newest::kObeyed;
  state.listened_again = false;
}

void Instance::On::operator()(Backup& state, const LinkChanged& event) const {
  self.note(event);
  if (!event.usable) leave_backup(state, Fault{}, {event.cause, {}});
}

void Instance::On::operator()(Backup& state, const TrackerReported& event) const {
  const Duration before = self.down_interval();
  self.note(event);
  if (self.tracking_.faults() > 0) {
    leave_backup(state, Fault{}, self.fault_reason());
    return;
  }
  // What has been waited already stays waited.
  state.down_deadline += self.down_interval() - before;
}

void Instance::On::operator()(Backup& state, const HoldChanged& event) const {
  const bool was_held = self.holds_ != 0;
  self.note(event);
  if (was_held && self.holds_ == 0 && state.down_deadline <= now)
    state.down_deadline = now + self.skew();
}

void Instance::On::operator()(Backup& state, const Stop&) const {
  leave_backup(state, Stopped{}, {Cause::kStop, {}});
}

void Instance::Passing::operator()(Backup& state) const {
  if (self.holds_ == 0 && now >= state.down_deadline) {
    if (now - state.down_deadline <= self.master_interval_ / kTimelyShare || state.listened_again) {
      self.take_over(state, now, todo);
      return;
    }
    state.down_deadline = now + self.master_interval_ + self.skew();
    state.listened_again = true;
  }
  if (now >= state.withdraw_at) {
    todo.push_back(WithdrawAddresses{});
    state.withdraw_at = Instant::never();
  }
}

void Instance::take_over(const Backup& state, Instant now, Actions& todo) {
  Reason reason{Cause::kSilence, peer_evidence(now, now - state.down_deadline)};
  // A hold may have kept us here long after somebody left.
  if (state.newest == Backup::Newest::kRelease && reason.evidence.silence <= down_interval())
    reason.cause = Cause::kPriorityZeroHeard;
  // A lower master that missed its last two adverts was not pushed aside: it is gone.
  if (state.newest == Backup::Newest::kLower && reason.evidence.silence <= 2 * peer_.interval)
    reason.cause = Cause::kPreemption;
  become_master(reason, now, todo);
}

// --- Master ---------------------------------------------------------------------------------------------------------

void Instance::On::operator()(Master& state, const Heard& event) const {
  const Advert& advert = event.advert;
  self.note(event);
  if (advert.priority != base::kReleasePriority && self.is_better(advert)) {
    self.learn_interval(advert.interval);
    Backup backup;
    backup.down_deadline = event.received + self.down_interval();
    backup.withdraw_at = now + kOverlap;
    backup.newest = Backup::Newest::kObeyed;
    const bool is_higher = advert.priority > self.effective_priority();
    self.become(backup,
                {is_higher ? Cause::kHigherPriorityHeard : Cause::kEqualPriorityLost,
                 self.peer_evidence(now, Duration{0})},
                todo);
    return;
  }
  const Duration interval = self.router_.advert_interval;
  if (may_reply(state, interval, now)) {
    todo.push_back(SendAdvert{self.effective_priority()});
    // RFC 9568 6.4.3 re-arms the timer after priority 0, and says nothing of it for a losing advert.
    if (advert.priority == base::kReleasePriority) state.advert_deadline = now + interval;
  }
  // He announced our addresses as his: clients learn them from us again.
  if (!state.announced.is_never() && now - state.announced >= kAnnounceAgain) {
    state.announced = now;
    todo.push_back(Announce{});
  }
}

void Instance::On::operator()(Master&, const LinkChanged& event) const {
  self.note(event);
  if (!event.usable) let_go(Fault{}, {event.cause, {}});
}

void Instance::On::operator()(Master&, const TrackerReported& event) const {
  const Priority before = self.effective_priority();
  self.note(event);
  if (self.tracking_.faults() > 0) {
    self.depart(false, self.fault_reason(), now, todo);
    return;
  }
  // Backups judge us by the last advert they have: they hear of the change now, the timer keeps its phase.
  if (self.effective_priority() != before) todo.push_back(SendAdvert{self.effective_priority()});
}

void Instance::On::operator()(Master&, const HoldChanged& event) const {
  self.note(event);
  if (self.holds_ == 0) return;
  Reason reason{cause_of(event.hold), {}};
  reason.evidence.uid = event.uid;
  self.depart(false, reason, now, todo);
}

void Instance::On::operator()(Master&, const AddressRefused& event) const {
  Reason reason{Cause::kAddressRefused, {}};
  reason.evidence.status = event.error;
  todo.push_back(SendAdvert{base::kReleasePriority});
  let_go(Fault{.retry_at = now + kRefusalRetry}, reason);
}

void Instance::Passing::operator()(Master& state) const {
  if (now < state.advert_deadline) return;
  todo.push_back(SendAdvert{self.effective_priority()});
  const Duration interval = self.router_.advert_interval;
  state.advert_deadline += interval;
  // Missed adverts are not sent late, all at once.
  if (state.advert_deadline <= now) state.advert_deadline = now + interval;
}

// --- Departing ------------------------------------------------------------------------------------------------------

void Instance::On::operator()(Departing& state, const Heard& event) const {
  self.note(event);
  if (event.advert.priority == base::kReleasePriority) return;
  self.learn_interval(event.advert.interval);
  state.successor_heard = event.received;
  state.bound = earlier(state.bound, now + kOverlap);
}

void Instance::On::operator()(Departing& state, const LinkChanged& event) const {
  self.note(event);
  if (event.usable) return;
  if (state.to_stopped) return let_go(Stopped{}, {state.cause, state.evidence});
  let_go(Fault{}, {event.cause, {}});
}

void Instance::On::operator()(Departing& state, const TrackerReported& event) const {
  const bool was_well = self.tracking_.faults() == 0;
  self.note(event);
  if (state.to_stopped || !was_well || self.tracking_.faults() == 0) return;
  // A hold alone would end in Backup; now there is a fault to name.
  state.cause = self.fault_reason().cause;
  state.evidence = self.fault_reason().evidence;
}

void Instance::finish_departure(const Departing& state, Instant now, Actions& todo) {
  const Reason reason{state.cause, state.evidence};
  const bool to_stopped = state.to_stopped;
  Backup backup;
  // Nobody took over within the longest skew there is: when the reason goes, we need not wait for anybody.
  backup.down_deadline = now + skew();
  if (!state.successor_heard.is_never())
    backup.down_deadline = std::max(backup.down_deadline, state.successor_heard + down_interval());
  todo.push_back(WithdrawAddresses{});
  if (to_stopped) return become(Stopped{}, reason, todo);
  if (tracking_.faults() > 0) return become(Fault{}, reason, todo);
  become(backup, reason, todo);
}

// --- Changes of state -----------------------------------------------------------------------------------------------

void Instance::settle_start(Initialize& state, Instant now, Actions& todo) {
  if (!state.started || !link_.is_known) return;
  if (!link_.is_usable) return become(Fault{}, {link_.cause, {}}, todo);
  if (tracking_.faults() > 0) return become(Fault{}, fault_reason(), todo);
  if (tracking_.is_waiting()) {
    state.waited = true;
    return;
  }
  rise({state.waited ? Cause::kChecked : Cause::kStartup, {}}, now, todo);
}

void Instance::settle_fault(Fault& state, Instant now, Actions& todo) {
  if (is_able() && state.retry_at.is_never()) rise({Cause::kFaultCleared, {}}, now, todo);
}

// RFC 9568 6.4.1: the owner starts as master, anybody else as backup.
void Instance::rise(const Reason& reason, Instant now, Actions& todo) {
  peer_ = {};
  master_interval_ = router_.advert_interval;
  if (router_.is_owner() && holds_ == 0) {
    const bool is_start = reason.cause != Cause::kFaultCleared;
    return become_master({is_start ? Cause::kOwnerStartup : reason.cause, {}}, now, todo);
  }
  Backup backup;
  backup.down_deadline = now + down_interval();
  become(backup, reason, todo);
}

void Instance::become_master(const Reason& reason, Instant now, Actions& todo) {
  master_interval_ = router_.advert_interval;
  todo.push_back(SendAdvert{effective_priority()});
  todo.push_back(InstallAddresses{});
  become(Master{.advert_deadline = now + router_.advert_interval}, reason, todo);
}

void Instance::depart(bool to_stopped, const Reason& reason, Instant now, Actions& todo) {
  todo.push_back(SendAdvert{base::kReleasePriority});
  Departing departing;
  departing.bound = now + router_.advert_interval;
  departing.to_stopped = to_stopped;
  departing.cause = reason.cause;
  departing.evidence = reason.evidence;
  state_ = departing;  // no transition yet: still master to everyone who looks
}

// By value: `next` and `reason` outlive the state they may have come from.
void Instance::become(states::Any next, const Reason& reason, Actions& todo) {
  todo.push_back(Changed{state(), states::state_of(next), reason.cause, reason.evidence});
  state_ = next;
}

void Instance::adopt(const Adopted& adopted, Instant now, Actions& todo) {
  CHECK(std::holds_alternative<Initialize>(state_), "adoption stands in for the start");
  holds_ = adopted.holds;
  tracking_.adopt(adopted.effective);
  peer_ = {adopted.master, adopted.master_priority, adopted.last_heard, adopted.master_interval};
  const Instant longest = now + router_.advert_interval;
  if (adopted.state == State::kMaster) {
    if (adopted.departing || holds_ != 0) {
      Departing departing;
      departing.bound = earlier(adopted.deadline, longest);
      departing.cause = Cause::kAdoption;
      for (const Hold hold : {Hold::kStartDelay, Hold::kMaintenance, Hold::kPermit})
        if ((holds_ & static_cast<std::uint8_t>(hold)) != 0) departing.cause = cause_of(hold);
      todo.push_back(SendAdvert{base::kReleasePriority});
      todo.push_back(InstallAddresses{});
      state_ = departing;
      return;
    }
    todo.push_back(InstallAddresses{});
    state_ = Master{.advert_deadline = earlier(adopted.deadline, longest)};
    return;
  }
  todo.push_back(WithdrawAddresses{});
  switch (adopted.state) {
    case State::kInitialize: state_ = Initialize{.started = true}; return;
    case State::kBackup: {
      if (adopted.master_interval > Duration{0}) learn_interval(adopted.master_interval);
      Backup backup;
      const bool is_released =
          adopted.master.is_set() && adopted.master_priority == base::kReleasePriority;
      if (adopted.master.is_set())
        backup.newest = is_released ? Backup::Newest::kRelease : Backup::Newest::kObeyed;
      // The board's deadline may have been the end of an overlap: what was heard last counts as well.
      const Instant from_heard = peer_.heard + (is_released ? skew() : down_interval());
      backup.down_deadline = earlier(std::max(adopted.deadline, from_heard), now + down_interval());
      state_ = backup;
      return;
    }
    case State::kMaster:  // handled above
    case State::kFault:
      // A fault with a deadline is a refusal that waits for its next try.
      state_ = Fault{.retry_at = adopted.deadline.is_never()
                                     ? adopted.deadline
                                     : earlier(adopted.deadline, now + kRefusalRetry)};
      return;
    case State::kStopped: state_ = Stopped{}; return;
  }
}

// --- What we know ---------------------------------------------------------------------------------------------------

void Instance::note(const LinkChanged& event) {
  link_ = {true, event.usable, event.cause, event.source};
}

void Instance::note(const TrackerReported& event) {
  if (!tracking_.report(event.tracker, event.well)) return;
  Reason& reason = reports_[event.tracker];
  reason.cause = event.cause;
  reason.evidence.tracker = event.tracker;
  reason.evidence.status = event.status;
  reason.evidence.duration = event.duration;
}

void Instance::note(const HoldChanged& event) {
  const auto bit = static_cast<std::uint8_t>(event.hold);
  holds_ = static_cast<std::uint8_t>(event.on ? holds_ | bit : holds_ & ~bit);
}

void Instance::note(const Heard& event) {
  peer_ = {event.advert.source, event.advert.priority, event.received, event.advert.interval};
  peer_form_ = event.advert.checksum;
}

// RFC 9568 6.4.2 lets a backup follow the master's interval; up to a cap, or one advert could silence us for minutes.
void Instance::learn_interval(Duration heard) {
  if (router_.version == Version::kV2) return;
  master_interval_ = std::min(heard, router_.advert_interval * int{router_.learned_interval_cap});
}

// RFC 9568 6.4.3: a higher priority, or the same and a greater address.
bool Instance::is_better(const Advert& advert) const {
  const Priority ours = effective_priority();
  return advert.priority > ours || (advert.priority == ours && advert.source > link_.source);
}

bool Instance::is_able() const {
  return link_.is_known && link_.is_usable && tracking_.faults() == 0 && !tracking_.is_waiting();
}

const Instance::Reason& Instance::fault_reason() const { return reports_[tracking_.first_fault()]; }

Duration Instance::skew() const {
  return skew_time(router_.version, effective_priority(), master_interval_);
}

Duration Instance::down_interval() const {
  return master_down_interval(router_.version, effective_priority(), master_interval_,
                              router_.down_timer_adverts);
}

Evidence Instance::peer_evidence(Instant now, Duration lateness) const {
  Evidence evidence;
  evidence.lateness = lateness;
  if (!peer_.address.is_set()) return evidence;  // nobody was heard since we began to listen
  evidence.peer = peer_.address;
  evidence.peer_priority = peer_.priority;
  evidence.silence = now - peer_.heard;
  return evidence;
}

}  // namespace core
