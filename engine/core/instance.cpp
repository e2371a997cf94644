#include "engine/core/instance.hpp"

#include <algorithm>

#include "engine/core/handlers.hpp"
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

}  // namespace

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
  backup.only_listened = true;
  backup.down_deadline = now + down_interval();
  if (router_.is_owner() && holds_ == 0) {
    const bool is_start = reason.cause == Cause::kStartup || reason.cause == Cause::kChecked;
    const Reason why = is_start ? Reason{Cause::kOwnerStartup, {}} : reason;
    if (!router_.is_grouped) return become_master(why, now, todo);
    backup.down_deadline = now;
    backup.wanted_since = now;
    backup.owner_cause = why.cause;
    backup.preparation.is_needless = true;
  }
  become(backup, reason, todo);
}

void Instance::become_master(const Reason& reason, Instant now, Actions& todo,
                             states::Preparation::Kernel kernel) {
  master_interval_ = router_.advert_interval;
  gave_way_ = GaveWay::kNo;
  Master master{.advert_deadline = now + router_.advert_interval, .last_sent = now};
  todo.push_back(SendAdvert{effective_priority()});
  switch (kernel) {
    case states::Preparation::Kernel::kUnasked: todo.push_back(InstallAddresses{}); break;
    case states::Preparation::Kernel::kAsked: break;  // its answer comes
    case states::Preparation::Kernel::kHolds:
      todo.push_back(Announce{});
      master.announced = now;
      break;
  }
  become(master, reason, todo);
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

// Several may speak that are all better than we are: the best of them is master, as they settle it among themselves.
void Instance::obey(states::Obeyed& master, const Heard& event) {
  const Advert& advert = event.advert;
  learn_interval(advert.interval);
  const bool is_worse = rank_of(advert) < Rank{master.priority, master.address};
  if (advert.source != master.address && is_worse && is_alive(master, event.received)) return;
  master = {advert.source, advert.priority, event.received, master_interval_};
}

bool Instance::is_alive(const states::Obeyed& master, Instant at) const {
  return !master.heard.is_never() &&
         at - master.heard < master.interval * int{router_.down_timer_adverts};
}

bool Instance::is_better(const Advert& advert) const {
  return rank_of(advert) > Rank{effective_priority(), link_.source};
}

bool Instance::is_well() const {
  return link_.is_known && link_.is_usable && tracking_.faults() == 0 && !tracking_.is_waiting();
}

bool Instance::preempts(const Backup& state) const {
  return (router_.preempt || router_.is_owner() || state.takes) && gave_way_ == GaveWay::kNo;
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
