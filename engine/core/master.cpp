// Master: who speaks, yields to the better one and answers the others.
#include "engine/core/handlers.hpp"

namespace core {
namespace {

using base::Cause;
using base::State;
using states::Backup;
using states::Fault;
using states::Master;

// A reply to an advert out of turn, at most two in any stretch of `interval`.
bool may_reply(Master& state, Duration interval, Instant now) {
  if (!state.older_reply.is_never() && now - state.older_reply < interval) return false;
  state.older_reply = state.newer_reply;
  state.newer_reply = now;
  return true;
}

}  // namespace

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
    // The better one hears that there was another master, and wins back the clients that learned them from us.
    const bool has_taught = !state.announced.is_never() && !self.router_.strict;
    if (self.router_.answers_higher || has_taught)
      todo.push_back(SendAdvert{self.effective_priority()});
    Backup backup;
    self.obey(backup.master, event);
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
  // He announced our addresses as his: clients learn them from us again. The repeats do for as long as he goes on; one who
  // comes after a silence has announced them anew.
  const bool is_new = state.rival_heard.is_never() || now - state.rival_heard >= 3 * interval;
  if (!is_release) state.rival_heard = now;
  if (state.announced.is_never()) return;
  const Duration since = now - state.announced;
  if (since < (is_new && !is_release ? kAnnounceApart : kAnnounceAgain)) return;
  state.announced = now;
  todo.push_back(Announce{});
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

void Instance::On::operator()(Master&, const Switchover& event) const {
  if (event.take) return;
  Reason reason{Cause::kOperator, {}};
  reason.evidence.uid = event.uid;
  self.give_way(GaveWay::kSwitchover, !event.force, event.patience, reason, now, todo);
}

void Instance::On::operator()(Master&, const AddressesFought& event) const {
  if (!event.on || (self.router_.is_grouped && !self.knows_peer_)) return;
  // Of a group one alone is fought, and is not answered unless all of them leave.
  const bool may_stay = !self.router_.is_grouped;
  self.give_way(GaveWay::kFight, may_stay, Duration{0}, {Cause::kAddressFought, {}}, now, todo);
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
  // Whom it did not yield to has fallen silent. Where he went on for longer than the repeats cover, clients may have heard
  // him last.
  const bool is_won = !state.rival_heard.is_never() && now - state.rival_heard > interval * 5 / 4;
  if (!is_won || state.announced.is_never() || state.rival_heard - state.announced < kAnnounceApart)
    return;
  state.announced = now;
  todo.push_back(Announce{});
}

}  // namespace core
