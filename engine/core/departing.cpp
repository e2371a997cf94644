// Departing: a master that said priority 0 and answers for its addresses until its successor has spoken.
#include "engine/core/handlers.hpp"

#include <algorithm>

namespace core {
namespace {

using base::Cause;
using base::State;
using states::Backup;
using states::Departing;
using states::Fault;
using states::Stopped;

}  // namespace

void Instance::On::operator()(Departing& state, const Heard& event) const {
  self.note(event);
  if (event.advert.priority == base::kReleasePriority) return;
  self.obey(state.successor, event);
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
  // Another member was answered, or is not well: the group leaves, whoever answers here.
  if (event.standing != State::kMaster) state.may_stay = false;
  if (state.to_stopped || was_fault || event.standing != State::kFault) return;
  if (self.tracking_.faults() > 0) return;
  // It ends in Fault now, and this is why.
  state.cause = self.group_reason().cause;
  state.evidence = self.group_reason().evidence;
}

void Instance::Passing::operator()(Departing& state) const {
  if (now < state.bound) return;
  // Late, somebody may have taken over unheard.
  const bool is_timely = now - state.bound < self.router_.advert_interval / 4;
  if (self.is_asking() && is_timely && self.is_able()) return self.stay(now, todo);
  self.finish_departure(state, now, todo);
}

void Instance::give_way(GaveWay why, bool may_stay, Duration patience, const Reason& reason,
                        Instant now, Actions& todo) {
  gave_way_ = why;
  depart(false, reason, now, todo);
  auto& departing = std::get<Departing>(state_);
  // Nothing presses, and some heirs take an interval longer than the skew.
  departing.bound = now + std::max<Duration>(patience, 2 * router_.advert_interval);
  departing.may_stay = may_stay;
}

// Nobody took over. No transition: it has been master all the time to everyone who looks.
void Instance::stay(Instant now, Actions& todo) {
  gave_way_ = GaveWay::kNo;
  todo.push_back(SendAdvert{effective_priority()});
  todo.push_back(InstallAddresses{});  // they are; the answer has clients told once more
  state_ = states::Master{.advert_deadline = now + router_.advert_interval, .last_sent = now};
}

void Instance::finish_departure(const Departing& state, Instant now, Actions& todo) {
  const Reason reason{state.cause, state.evidence};
  const bool to_stopped = state.to_stopped;
  Backup backup;
  // Nobody took over within the longest skew there is: when the reason goes, we need not wait for anybody.
  backup.down_deadline = now + skew();
  backup.master = state.successor;
  if (!state.successor.heard.is_never())
    backup.down_deadline = std::max(backup.down_deadline, state.successor.heard + down_interval());
  // Whoever was heard may have been yielding, with a last word to say.
  if (reason.cause == Cause::kSyncGroup) backup.down_deadline += own_share(master_interval_);
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

}  // namespace core
