// Backup: who listens, obeys, and rises when nobody is left to obey.
#include "engine/core/handlers.hpp"

#include <algorithm>
#include <utility>

namespace core {
namespace {

using base::Cause;
using base::Hold;
using base::State;
using states::Backup;
using states::Fault;
using states::Preparation;
using states::Stopped;

// Silence found out later than this share of an interval after its deadline was slept through.
constexpr int kTimelyShare = 4;

}  // namespace

void Instance::On::operator()(Backup& state, const Heard& event) const {
  const Advert& advert = event.advert;
  const bool was_held = self.holds_ != 0;
  const bool is_release = advert.priority == base::kReleasePriority && !event.is_clock_bad;
  // Somebody leaves, and our master is still there: all it says is that the LAN carries.
  if (is_release && advert.source != state.master.address &&
      self.is_alive(state.master, event.received))
    return (*this)(state, LanHeard{});
  if (is_release && state.is_preparing()) {
    if (advert.source != self.peer_.address) return (*this)(state, LanHeard{});
    // Nobody is left to be pushed aside: nothing is waited for any more.
    self.note(event);
    state.newest = Backup::Newest::kRelease;
    state.preparation.is_needless = true;
    if (self.may_rise()) self.take_over(state, now, todo);
    return;
  }
  self.note(event);
  state.owner_cause = Cause::kNone;
  if (is_release) {
    self.hear_release(state, event);
    if (was_held) self.wait_after_hold(state, now);
    return;
  }
  const Priority ours = self.effective_priority();
  const bool is_lower = advert.priority < ours;
  if (is_lower && self.preempts(state) && !event.is_clock_bad) {
    if (state.preempt_delay_ends.is_never())
      state.preempt_delay_ends = event.received + self.router_.preempt_delay;
    if (event.received >= state.preempt_delay_ends) {
      // RFC 9568 6.4.2: discarded, the timer runs on.
      state.newest = Backup::Newest::kLower;
      if (advert.source == state.master.address) state.master = {};
      if (was_held) self.wait_after_hold(state, now);
      // Who took nobody for its rival waits for its group still: there is one again.
      state.preparation.is_needless = false;
      if (self.wants_master() && self.group_.prepares) self.prepare(state, now, todo);
      return;
    }
  } else {
    state.preempt_delay_ends = Instant::never();
  }
  self.stop_preparing(state, todo);
  self.obey(state.master, event);
  if (advert.priority > ours)
    self.gave_way_ = GaveWay::kNo;  // who is better needs nobody to give way
  state.down_deadline = event.received + self.down_interval();
  state.wanted_since = Instant::never();
  state.newest = Backup::Newest::kObeyed;
  state.only_listened = false;
  state.listened_again = false;
  state.takes = false;
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
      if (self.must_prepare()) self.prepare(state, now, todo);
      if (self.must_prepare()) return;
      // Whose timer ran out just now made the group rise; the others waited for it.
      if (state.wanted_since == now || state.preparation.leads)
        self.take_over(state, now, todo);
      else
        self.become_master(self.group_reason(), now, todo, state.preparation.kernel);
      return;
    case State::kBackup:
      if (!event.prepares) {
        if (state.is_preparing()) self.stop_preparing(state, todo);
      } else if (self.wants_master()) {
        if (state.wanted_since == now) state.preparation.leads = true;
        self.prepare(state, now, todo);
      }
      return;
    case State::kInitialize:
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
  if (state.is_preparing()) {
    if (self.peer_.priority < self.effective_priority()) return;
    // He is not to be pushed aside any more.
    self.stop_preparing(state, todo);
    state.wanted_since = Instant::never();
    if (state.newest == Backup::Newest::kLower) self.obey_after_all(state);
    return;
  }
  // What has been waited already stays waited.
  if (state.wanted_since.is_never()) state.down_deadline += self.down_interval() - before;
}

void Instance::On::operator()(Backup& state, const HoldChanged& event) const {
  const bool was_held = self.holds_ != 0;
  self.note(event);
  if (self.holds_ != 0) {
    self.stop_preparing(state, todo);
    state.wanted_since = Instant::never();
    // Whoever holds it spoke after the operator who had it take over: without his word it may have to obey.
    const bool took = std::exchange(state.takes, false);
    if (took && !self.preempts(state) && state.newest == Backup::Newest::kLower)
      self.obey_after_all(state);
  }
  if (was_held) self.wait_after_hold(state, now);
}

// It need not wait as if nobody were known to be lower: that is what the operator has seen.
void Instance::On::operator()(Backup& state, const Switchover& event) const {
  if (!event.take || self.holds_ != 0 || state.is_preparing()) return;
  const bool is_lower = self.peer_.priority < self.effective_priority() && now < self.rival_ends();
  if (!self.peer_.address.is_set() || !is_lower || self.peer_.priority == base::kReleasePriority)
    return;
  self.gave_way_ = GaveWay::kNo;
  state.takes = true;
  state.taker = event.uid;
  state.master = {};
  state.newest = Backup::Newest::kLower;
  state.preempt_delay_ends = now;
  state.down_deadline = now;
  if (self.may_rise()) return self.prepare(state, now, todo);
  state.wanted_since = now;
  state.preparation.is_needless = false;
  if (self.group_.prepares) self.prepare(state, now, todo);
}

void Instance::On::operator()(Backup& state, const AddressesInstalled&) const {
  if (state.preparation.kernel != Preparation::Kernel::kAsked) return;
  state.preparation.kernel = Preparation::Kernel::kHolds;
  if (self.may_rise()) self.take_over(state, now, todo);
}

void Instance::On::operator()(Backup& state, const AddressRefused& event) const {
  if (state.preparation.kernel == Preparation::Kernel::kUnasked) return;
  Reason reason{Cause::kAddressRefused, {}};
  reason.evidence.status = event.error;
  leave_backup(state, Fault{.retry_at = now + kRefusalRetry}, reason);
}

// Whoever it was about to push aside has what it would not get.
void Instance::On::operator()(Backup& state, const AddressesFought& event) const {
  if (!event.on) {
    if (self.gave_way_ == GaveWay::kFight) self.gave_way_ = GaveWay::kNo;
    return;
  }
  if (!state.is_preparing()) return;
  self.gave_way_ = GaveWay::kFight;
  self.stop_preparing(state, todo);
  state.takes = false;
  state.wanted_since = Instant::never();
  self.obey_after_all(state);
}

void Instance::On::operator()(Backup& state, const Stop& event) const {
  leave_backup(state, Stopped{}, {event.cause, {}});
}

void Instance::Passing::operator()(Backup& state) const {
  if (state.is_preparing()) {
    if (now >= state.preparation.until) {
      // The master there is has what we do not get.
      self.stop_preparing(state, todo);
      state.wanted_since = Instant::never();
      state.listened_again = false;
      state.down_deadline = now + self.down_interval();
    } else if (!self.has_rival(state, now)) {
      state.preparation.is_needless = true;
      if (self.may_rise()) self.take_over(state, now, todo);
    }
    return;
  }
  if (self.holds_ == 0 && state.wanted_since.is_never() && now >= state.down_deadline) {
    const bool is_timely = now - state.down_deadline <= self.master_interval_ / kTimelyShare;
    if (!is_timely && !state.listened_again) {
      state.down_deadline = now + self.master_interval_ + self.skew();
      state.listened_again = true;
    } else if (self.may_rise()) {
      if (!self.has_rival(state, now)) return self.take_over(state, now, todo);
      return self.prepare(state, now, todo);
    } else {
      state.wanted_since = now;
      state.preparation.is_needless = !self.has_rival(state, now);
      if (self.group_.prepares) self.prepare(state, now, todo);
    }
  }
  if (now >= state.withdraw_at) {
    todo.push_back(WithdrawAddresses{});
    state.withdraw_at = Instant::never();
  }
}

// RFC 9568 6.4.2: the master is leaving; the skew decides among its heirs. The learned interval stays.
void Instance::hear_release(Backup& state, const Heard& event) const {
  const Instant deadline = event.received + skew();
  if (state.newest == Backup::Newest::kRelease) {
    // Its skew runs already: who repeats it for ever would keep us down for ever.
    state.down_deadline = earlier(state.down_deadline, deadline);
    return;
  }
  state.down_deadline = deadline;
  state.wanted_since = Instant::never();
  state.newest = Backup::Newest::kRelease;
  state.master = {};
  state.listened_again = false;
}

// The last hold may have gone: silence that was waited for underneath leaves the skew.
void Instance::wait_after_hold(Backup& state, Instant now) const {
  if (holds_ == 0 && state.down_deadline <= now) state.down_deadline = now + skew();
}

// The newest advert was of one to be pushed aside; now it counts as if it had been obeyed, and teaches its interval.
void Instance::obey_after_all(Backup& state) {
  learn_interval(peer_.interval);
  state.master = {peer_.address, peer_.priority, peer_.heard, master_interval_};
  state.newest = Backup::Newest::kObeyed;
  state.only_listened = false;
  state.down_deadline = std::max(state.down_deadline, peer_.heard + down_interval());
}

bool Instance::may_rise() const { return !router_.is_grouped || group_.standing == State::kMaster; }

// By his own word, and no sooner than any backup of his would say so.
Instant Instance::rival_ends() const {
  return peer_.heard + peer_.interval * std::max(int{router_.down_timer_adverts}, 3);
}

bool Instance::has_rival(const Backup& state, Instant now) const {
  return state.newest == Backup::Newest::kLower && now < rival_ends();
}

// Whoever it pushes aside goes on answering until it has heard us.
void Instance::prepare(Backup& state, Instant now, Actions& todo) const {
  if (state.is_preparing()) return;
  if (!has_rival(state, now)) {
    state.preparation.is_needless = true;
    return;
  }
  state.withdraw_at = Instant::never();
  state.preparation.is_needless = false;
  state.preparation.kernel = Preparation::Kernel::kAsked;
  state.preparation.until = now + kPreparation;
  state.preparation.lateness = now - state.down_deadline;
  todo.push_back(InstallAddresses{});
}

void Instance::stop_preparing(Backup& state, Actions& todo) const {
  if (state.preparation.kernel != Preparation::Kernel::kUnasked)
    todo.push_back(WithdrawAddresses{});
  state.preparation = {};
}

void Instance::take_over(const Backup& state, Instant now, Actions& todo) {
  const Duration lateness =
      state.is_preparing() ? state.preparation.lateness : now - state.down_deadline;
  Reason reason{Cause::kSilence, peer_evidence(now, lateness)};
  // A hold may have kept us here long after somebody left.
  if (state.newest == Backup::Newest::kRelease && reason.evidence.silence <= down_interval())
    reason.cause = Cause::kPriorityZeroHeard;
  // A lower master that missed its last two adverts was not pushed aside: it is gone.
  if (state.newest == Backup::Newest::kLower && reason.evidence.silence <= 2 * peer_.interval)
    reason.cause = Cause::kPreemption;
  if (state.owner_cause != Cause::kNone) reason = {state.owner_cause, {}};
  if (state.takes) {
    reason.cause = Cause::kOperator;
    reason.evidence.uid = state.taker;
  }
  become_master(reason, now, todo, state.preparation.kernel);
}

}  // namespace core
