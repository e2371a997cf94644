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

constexpr std::uint8_t bit_of(Hold hold) { return static_cast<std::uint8_t>(hold); }

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
  void operator()(Initialize& state, const Start& event) const {
    state.started = true;
    self.knows_peer_ = event.knew_peer;
    if (event.delayed_until > now) {
      self.put_hold(Hold::kStartDelay);
      self.start_delay_ends_ = event.delayed_until;
    }
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

  void operator()(Initialize&, const LanHeard&) const { self.trust_lan(); }
  void operator()(Backup& state, const LanHeard&) const;
  void operator()(Master&, const LanHeard&) const { self.trust_lan(); }
  void operator()(Departing&, const LanHeard&) const { self.trust_lan(); }
  void operator()(Fault&, const LanHeard&) const { self.trust_lan(); }
  void operator()(Stopped&, const LanHeard&) const {}

  void operator()(Initialize& state, const GroupChanged& event) const {
    self.note(event);
    self.settle_start(state, now, todo);
  }
  void operator()(Backup& state, const GroupChanged& event) const;
  void operator()(Master& state, const GroupChanged& event) const;
  void operator()(Departing& state, const GroupChanged& event) const;
  void operator()(Fault& state, const GroupChanged& event) const {
    self.note(event);
    self.settle_fault(state, now, todo);
  }
  void operator()(Stopped&, const GroupChanged& event) const { self.note(event); }

  void operator()(Initialize& state, const LinkChanged& event) const {
    self.note(event);
    self.settle_start(state, now, todo);
  }
  void operator()(Backup& state, const LinkChanged& event) const;
  void operator()(Master&, const LinkChanged& event) const;
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
      holds_(router.needs_permit ? bit_of(Hold::kPermit) : std::uint8_t{0}),
      master_interval_(router.advert_interval) {}

void Instance::handle(const Event& event, Instant now, Actions& todo) {
  std::visit(On{*this, now, todo}, state_, event);
}

void Instance::advance(Instant now, Actions& todo) {
  if (now >= start_delay_ends_)
    handle(HoldChanged{.hold = Hold::kStartDelay, .on = false}, now, todo);
  if (now >= quiet_ends_) handle(HoldChanged{.hold = Hold::kQuiet, .on = false}, now, todo);
  std::visit(Passing{*this, now, todo}, state_);
}

// --- Backup ---------------------------------------------------------------------------------------------------------

void Instance::On::operator()(Backup& state, const Heard& event) const {
  const Advert& advert = event.advert;
  const bool was_held = self.holds_ != 0;
  self.note(event);
  state.owner_cause = Cause::kNone;
  if (advert.priority == base::kReleasePriority && !event.is_clock_bad) {
    // RFC 9568 6.4.2: the master is leaving; the skew decides among its heirs. The learned interval stays.
    state.down_deadline = event.received + self.skew();
    state.wanted_since = Instant::never();
    state.newest = Backup::Newest::kRelease;
    state.listened_again = false;
    return;
  }
  const Priority ours = self.effective_priority();
  const bool is_lower = advert.priority < ours;
  const bool preempts = self.router_.preempt || self.router_.is_owner();
  if (is_lower && preempts && !event.is_clock_bad) {
    if (state.preempt_delay_ends.is_never())
      state.preempt_delay_ends = event.received + self.router_.preempt_delay;
    if (event.received >= state.preempt_delay_ends) {
      // RFC 9568 6.4.2: discarded, the timer runs on.
      state.newest = Backup::Newest::kLower;
      if (was_held) self.wait_after_hold(state, now);
      return;
    }
  } else {
    state.preempt_delay_ends = Instant::never();
  }
  self.learn_interval(advert.interval);
  state.down_deadline = event.received + self.down_interval();
  state.wanted_since = Instant::never();
  state.newest = Backup::Newest::kObeyed;
  state.listened_again = false;
}

void Instance::On::operator()(Backup& state, const LanHeard&) const {
  const bool was_quiet = (self.holds_ & bit_of(Hold::kQuiet)) != 0;
  self.trust_lan();
  // What was silent before was the LAN: the master's silence begins to count now.
  if (was_quiet) state.down_deadline = std::max(state.down_deadline, now + self.down_interval());
}

void Instance::On::operator()(Backup& state, const GroupChanged& event) const {
  self.note(event);
  switch (event.standing) {
    case State::kFault: leave_backup(state, Fault{.by_group = true}, self.group_reason()); return;
    case State::kMaster:
      if (!self.wants_master()) return;
      // Whose timer ran out just now made the group rise; the others waited for it.
      if (state.wanted_since == now)
        self.take_over(state, now, todo);
      else
        self.become_master(self.group_reason(), now, todo);
      return;
    case State::kInitialize:
    case State::kBackup:
    case State::kStopped: return;
  }
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
  if (state.wanted_since.is_never()) state.down_deadline += self.down_interval() - before;
}

void Instance::On::operator()(Backup& state, const HoldChanged& event) const {
  const bool was_held = self.holds_ != 0;
  self.note(event);
  if (self.holds_ != 0) state.wanted_since = Instant::never();
  if (was_held) self.wait_after_hold(state, now);
}

void Instance::On::operator()(Backup& state, const Stop&) const {
  leave_backup(state, Stopped{}, {Cause::kStop, {}});
}

void Instance::Passing::operator()(Backup& state) const {
  if (self.holds_ == 0 && state.wanted_since.is_never() && now >= state.down_deadline) {
    const bool is_timely = now - state.down_deadline <= self.master_interval_ / kTimelyShare;
    if (!is_timely && !state.listened_again) {
      state.down_deadline = now + self.master_interval_ + self.skew();
      state.listened_again = true;
    } else if (!self.router_.is_grouped || self.group_.standing == State::kMaster) {
      self.take_over(state, now, todo);
      return;
    } else {
      state.wanted_since = now;
    }
  }
  if (now >= state.withdraw_at) {
    todo.push_back(WithdrawAddresses{});
    state.withdraw_at = Instant::never();
  }
}

// The last hold may have gone: silence that was waited for underneath leaves the skew.
void Instance::wait_after_hold(Backup& state, Instant now) const {
  if (holds_ == 0 && state.down_deadline <= now) state.down_deadline = now + skew();
}

void Instance::take_over(const Backup& state, Instant now, Actions& todo) {
  Reason reason{Cause::kSilence, peer_evidence(now, now - state.down_deadline)};
  // A hold may have kept us here long after somebody left.
  if (state.newest == Backup::Newest::kRelease && reason.evidence.silence <= down_interval())
    reason.cause = Cause::kPriorityZeroHeard;
  // A lower master that missed its last two adverts was not pushed aside: it is gone.
  if (state.newest == Backup::Newest::kLower && reason.evidence.silence <= 2 * peer_.interval)
    reason.cause = Cause::kPreemption;
  if (state.owner_cause != Cause::kNone) reason = {state.owner_cause, {}};
  become_master(reason, now, todo);
}

// --- Master ---------------------------------------------------------------------------------------------------------

void Instance::On::operator()(Master& state, const Heard& event) const {
  if (self.is_too_late(state, now)) {
    self.step_down_late(state, now, todo);
    self.handle(event, now, todo);
    return;
  }
  const Advert& advert = event.advert;
  self.note(event);
  const bool is_release = advert.priority == base::kReleasePriority;
  if (!is_release && self.is_better(advert)) {
    if (self.router_.answers_higher) todo.push_back(SendAdvert{self.effective_priority()});
    self.learn_interval(advert.interval);
    Backup backup;
    backup.down_deadline = event.received + self.down_interval();
    backup.withdraw_at = now + kOverlap;
    backup.newest = Backup::Newest::kObeyed;
    Cause cause = Cause::kEqualPriorityLost;
    if (advert.priority > self.effective_priority()) cause = Cause::kHigherPriorityHeard;
    if (self.router_.is_owner()) cause = Cause::kRivalOwner;
    self.become(backup, {cause, self.peer_evidence(now, Duration{0})}, todo);
    return;
  }
  const Duration interval = self.router_.advert_interval;
  if ((is_release || self.router_.answers_lower) && may_reply(state, interval, now)) {
    todo.push_back(SendAdvert{self.effective_priority()});
    state.last_sent = now;
    // RFC 9568 6.4.3 re-arms the timer after priority 0, and says nothing of it for a losing advert.
    if (is_release) state.advert_deadline = now + interval;
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

void Instance::On::operator()(Master& state, const TrackerReported& event) const {
  const Priority before = self.effective_priority();
  self.note(event);
  if (self.tracking_.faults() > 0) {
    self.depart(false, self.fault_reason(), now, todo);
    return;
  }
  // Backups judge us by the last advert they have: they hear of the change now, the timer keeps its phase.
  if (self.effective_priority() == before || self.is_too_late(state, now)) return;
  todo.push_back(SendAdvert{self.effective_priority()});
  state.last_sent = now;
}

void Instance::On::operator()(Master&, const GroupChanged& event) const {
  self.note(event);
  if (event.standing != State::kMaster) self.depart(false, self.group_reason(), now, todo);
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
  if (self.is_too_late(state, now)) return self.step_down_late(state, now, todo);
  todo.push_back(SendAdvert{self.effective_priority()});
  state.last_sent = now;
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

void Instance::On::operator()(Departing& state, const GroupChanged& event) const {
  const bool was_fault = self.group_.standing == State::kFault;
  self.note(event);
  if (state.to_stopped || was_fault || event.standing != State::kFault) return;
  if (self.tracking_.faults() > 0) return;
  // It ends in Fault now, and this is why.
  state.cause = self.group_reason().cause;
  state.evidence = self.group_reason().evidence;
}

void Instance::finish_departure(const Departing& state, Instant now, Actions& todo) {
  const Reason reason{state.cause, state.evidence};
  const bool to_stopped = state.to_stopped;
  Backup backup;
  // Nobody took over within the longest skew there is: when the reason goes, we need not wait for anybody.
  backup.down_deadline = now + skew();
  if (!state.successor_heard.is_never())
    backup.down_deadline = std::max(backup.down_deadline, state.successor_heard + down_interval());
  else if (reason.cause == Cause::kSyncGroup)
    backup.down_deadline += own_share(master_interval_);
  todo.push_back(WithdrawAddresses{});
  if (to_stopped) return become(Stopped{}, reason, todo);
  if (tracking_.faults() > 0) return become(Fault{}, reason, todo);
  if (group_.standing == State::kFault) return become(Fault{.by_group = true}, reason, todo);
  become(backup, reason, todo);
}

// Two groups that meet as masters, each the better one on one LAN, make each other leave; in step, they would both rise and
// leave again for ever. So each waits for a time of its own: the golden ratio keeps neighbouring addresses apart.
Duration Instance::own_share(Duration interval) const {
  std::uint32_t folded = 0;
  for (const std::uint8_t byte : link_.source.bytes()) folded = folded * 257 + byte;
  return interval * (folded * 0x9e3779b1U >> 16) / 65536;
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
  if (group_.standing == State::kFault)
    return become(Fault{.by_group = true}, group_reason(), todo);
  rise({state.waited ? Cause::kChecked : Cause::kStartup, {}}, now, todo);
}

void Instance::settle_fault(Fault& state, Instant now, Actions& todo) {
  if (has_own_fault()) state.by_group = false;
  if (!is_able() || !state.retry_at.is_never()) return;
  rise(state.by_group ? group_reason() : Reason{Cause::kFaultCleared, {}}, now, todo);
}

// RFC 9568 6.4.1: the owner starts as master, anybody else as backup.
void Instance::rise(const Reason& reason, Instant now, Actions& todo) {
  peer_ = {};
  master_interval_ = router_.advert_interval;
  if (knows_peer_ && !is_lan_trusted_ && !router_.is_owner() && router_.quiet_cap > Duration{0}) {
    put_hold(Hold::kQuiet);
    quiet_ends_ = now + router_.quiet_cap;
  }
  Backup backup;
  backup.down_deadline = now + down_interval();
  if (router_.is_owner() && holds_ == 0) {
    const bool is_start = reason.cause == Cause::kStartup || reason.cause == Cause::kChecked;
    const Reason why = is_start ? Reason{Cause::kOwnerStartup, {}} : reason;
    if (!router_.is_grouped) return become_master(why, now, todo);
    backup.down_deadline = now;
    backup.wanted_since = now;
    backup.owner_cause = why.cause;
  }
  become(backup, reason, todo);
}

void Instance::become_master(const Reason& reason, Instant now, Actions& todo) {
  master_interval_ = router_.advert_interval;
  todo.push_back(SendAdvert{effective_priority()});
  todo.push_back(InstallAddresses{});
  become(Master{.advert_deadline = now + router_.advert_interval, .last_sent = now}, reason, todo);
}

// RFC 3768 and 9568 know no such thing: who slept that long was replaced, and says nothing that could undo it.
void Instance::step_down_late(const Master& state, Instant now, Actions& todo) {
  Reason reason{Cause::kLateTimer, {}};
  reason.evidence.lateness = now - state.advert_deadline;
  Backup backup;
  backup.down_deadline = now + down_interval();
  todo.push_back(WithdrawAddresses{});
  become(backup, reason, todo);
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
  if (state() == State::kStopped) start_delay_ends_ = quiet_ends_ = Instant::never();
}

void Instance::adopt(const Adopted& adopted, Instant now, Actions& todo) {
  CHECK(std::holds_alternative<Initialize>(state_), "adoption stands in for the start");
  holds_ = adopted.holds;
  // When the start delay ends is in the configuration; a quiet start begins anew, for the time without us was silent.
  start_delay_ends_ = quiet_ends_ = Instant::never();
  if (adopted.delayed_until > now)
    start_delay_ends_ = adopted.delayed_until;
  else
    end_hold(Hold::kStartDelay);
  is_lan_trusted_ = (holds_ & bit_of(Hold::kQuiet)) == 0 || router_.quiet_cap == Duration{0};
  knows_peer_ = !is_lan_trusted_ || adopted.master.is_set();
  if (is_lan_trusted_)
    end_hold(Hold::kQuiet);
  else
    quiet_ends_ = now + router_.quiet_cap;
  // Nobody has said yet what the group is: whoever it may be that keeps us in fault, he does until then.
  if (router_.is_grouped && adopted.state == State::kFault) group_.standing = State::kFault;
  tracking_.adopt(adopted.effective);
  peer_ = {adopted.master, adopted.master_priority, adopted.last_heard, adopted.master_interval};
  const Instant longest = now + router_.advert_interval;
  if (adopted.state == State::kMaster) {
    if (adopted.departing || holds_ != 0) {
      Departing departing;
      departing.bound = earlier(adopted.deadline, longest);
      departing.cause = Cause::kAdoption;
      for (const Hold hold : {Hold::kStartDelay, Hold::kMaintenance, Hold::kPermit})
        if ((holds_ & bit_of(hold)) != 0) departing.cause = cause_of(hold);
      todo.push_back(SendAdvert{base::kReleasePriority});
      todo.push_back(InstallAddresses{});
      state_ = departing;
      return;
    }
    todo.push_back(InstallAddresses{});
    const Instant next = earlier(adopted.deadline, longest);
    state_ = Master{.advert_deadline = next, .last_sent = next - router_.advert_interval};
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
      // Whose silence has been waited for is obeyed no more: a group found halfway through its takeover goes on with it.
      if (backup.down_deadline <= now && !is_released) backup.newest = Backup::Newest::kNone;
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
  if (event.usable) return;
  is_lan_trusted_ = false;
  end_hold(Hold::kQuiet);  // begins anew when the link is back
}

void Instance::note(const TrackerReported& event) {
  if (!tracking_.report(event.tracker, event.well, event.value)) return;
  Reason& reason = reports_[event.tracker];
  reason.cause = event.cause;
  reason.evidence.tracker = event.tracker;
  reason.evidence.status = event.status;
  reason.evidence.duration = event.duration;
}

void Instance::note(const HoldChanged& event) {
  if (event.on) return put_hold(event.hold);
  end_hold(event.hold);
  if (event.hold == Hold::kQuiet) trust_lan();
}

void Instance::note(const GroupChanged& event) {
  CHECK(router_.is_grouped, "only a member is told of its group");
  group_ = event;
}

void Instance::put_hold(Hold hold) { holds_ = static_cast<std::uint8_t>(holds_ | bit_of(hold)); }

void Instance::end_hold(Hold hold) {
  holds_ = static_cast<std::uint8_t>(holds_ & ~bit_of(hold));
  if (hold == Hold::kStartDelay) start_delay_ends_ = Instant::never();
  if (hold == Hold::kQuiet) quiet_ends_ = Instant::never();
}

void Instance::trust_lan() {
  if (link_.is_known && !link_.is_usable) return;  // a late packet of a link that is gone
  is_lan_trusted_ = true;
  end_hold(Hold::kQuiet);
}

void Instance::note(const Heard& event) {
  peer_ = {event.advert.source, event.advert.priority, event.received, event.advert.interval};
  peer_form_ = event.advert.checksum;
  knows_peer_ = true;
  trust_lan();
}

// RFC 9568 6.4.2 lets a backup follow the master's interval; up to a cap, or one advert could silence us for minutes.
void Instance::learn_interval(Duration heard) {
  master_interval_ = std::min(heard, router_.advert_interval * int{router_.learned_interval_cap});
}

// RFC 9568 6.4.3: a higher priority, or the same and a greater address.
bool Instance::is_better(const Advert& advert) const {
  const Priority ours = effective_priority();
  return advert.priority > ours || (advert.priority == ours && advert.source > link_.source);
}

bool Instance::is_well() const {
  return link_.is_known && link_.is_usable && tracking_.faults() == 0 && !tracking_.is_waiting();
}

bool Instance::is_able() const { return is_well() && group_.standing != State::kFault; }

const Instance::Reason& Instance::fault_reason() const { return reports_[tracking_.first_fault()]; }

Duration Instance::skew() const {
  return skew_time(router_.version, effective_priority(), master_interval_);
}

Duration Instance::down_interval() const {
  return master_down_interval(router_.version, effective_priority(), master_interval_,
                              router_.down_timer_adverts);
}

Instance::Reason Instance::group_reason() const {
  Reason reason{Cause::kSyncGroup, {}};
  reason.evidence.member = group_.member;
  return reason;
}

bool Instance::is_too_late(const Master& state, Instant now) const {
  if (router_.late_backup == base::kReleasePriority) return false;
  return now - state.last_sent >= master_down_interval(router_.version, router_.late_backup,
                                                       router_.advert_interval,
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
