// Backup: who listens, obeys, and rises when nobody is left to obey.
#include "engine/core/handlers.hpp"

#include <algorithm>

namespace core {
namespace {

using base::Cause;
using base::Hold;
using base::State;
using states::Backup;
using states::Fault;
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
  self.note(event);
  state.owner_cause = Cause::kNone;
  if (is_release) {
    self.hear_release(state, event);
    if (was_held) self.wait_after_hold(state, now);
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
      if (advert.source == state.master.address) state.master = {};
      if (was_held) self.wait_after_hold(state, now);
      return;
    }
  } else {
    state.preempt_delay_ends = Instant::never();
  }
  self.obey(state.master, event);
  state.down_deadline = event.received + self.down_interval();
  state.wanted_since = Instant::never();
  state.newest = Backup::Newest::kObeyed;
  state.only_listened = false;
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

void Instance::On::operator()(Backup& state, const Stop& event) const {
  leave_backup(state, Stopped{}, {event.cause, {}});
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

}  // namespace core
