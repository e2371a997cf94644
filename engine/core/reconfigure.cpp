// What an instance does with another configuration, state by state.
//
// In place, so that nothing that did not change is lost: timers, what was learned, who is obeyed, what the trackers said.
// Who is to be master afterwards is for the protocol to settle, with the adverts of both sides.
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
using states::Stopped;

constexpr std::uint16_t kGone = 0xffff;

std::uint16_t followed(std::span<const std::optional<std::uint16_t>> places, std::uint16_t was) {
  return was < places.size() ? places[was].value_or(kGone) : kGone;
}

bool is_about_tracker(Cause cause) {
  return cause == Cause::kScriptFailed || cause == Cause::kScriptTimedOut ||
         cause == Cause::kTrackedInterfaceDown || cause == Cause::kTrackedFile ||
         cause == Cause::kTrackedProcess;
}

// Whether an advert of the one reads like an advert of the other, priority aside.
bool says_the_same(const Router& one, const Router& other) {
  return one.version == other.version && one.advert_interval == other.advert_interval &&
         one.auth_type == other.auth_type && one.auth_data == other.auth_data &&
         one.addresses == other.addresses;
}

}  // namespace

struct Instance::Changing {
  Instance& self;
  const Reconfiguration& change;
  Instant now;
  Actions& todo;
  // As they were.
  const Router& was;
  Priority effective;
  Duration skew, down_interval;
  bool was_too_late;  // as master

  void operator()(Initialize& state) const { self.settle_start(state, now, todo); }
  void operator()(Backup& state) const;
  void operator()(Master& state) const;
  void operator()(Departing& state) const;
  void operator()(Fault& state) const;
  void operator()(Stopped&) const {}
};

void Instance::reconfigure(const Reconfiguration& change, Instant now, Actions& todo) {
  const Router was = router_;
  CHECK(change.router.vrid == was.vrid && change.router.family == was.family,
        "another virtual router is another instance");
  const auto* master = std::get_if<Master>(&state_);
  const Changing changing{.self = *this,
                          .change = change,
                          .now = now,
                          .todo = todo,
                          .was = was,
                          .effective = effective_priority(),
                          .skew = skew(),
                          .down_interval = down_interval(),
                          .was_too_late = master != nullptr && is_too_late(*master, now)};
  router_ = change.router;
  tracking_.reconfigure(router_.trackers, change.trackers,
                        int{router_.priority.value} - int{was.priority.value});
  base::InlineList<Reason, kMaxTrackers> reports;
  for (const TrackerOrigin& origin : change.trackers) {
    Reason report;
    if (origin.before) {
      report = reports_[*origin.before];
      report.evidence.tracker = static_cast<std::uint16_t>(reports.size());
    }
    reports.push_back(report);
  }
  std::copy(reports.begin(), reports.end(), reports_.begin());
  for (std::size_t i = reports.size(); i < was.trackers.size(); ++i) reports_[i] = {};
  for (const TrackerOrigin& origin : change.trackers)
    if (origin.report && !origin.before) note(*origin.report);

  group_.member = followed(change.places, group_.member);
  if (!router_.is_grouped) group_ = {State::kInitialize, 0, false};
  if ((holds_ & bit_of(Hold::kQuiet)) != 0) {
    quiet_ends_ = earlier(quiet_ends_, now + router_.quiet_cap);
    // RFC 9568 6.4.1: whose own the addresses are need not listen first.
    if (router_.is_owner()) handle(HoldChanged{.hold = Hold::kQuiet, .on = false}, now, todo);
  }
  std::visit(changing, state_);
}

void Instance::Changing::operator()(Backup& state) const {
  if (self.tracking_.faults() > 0) {
    On{self, now, todo}.leave_backup(state, Fault{}, self.fault_reason());
    return;
  }
  const Router& is = self.router_;
  if (is.advert_interval != was.advert_interval ||
      is.learned_interval_cap != was.learned_interval_cap) {
    const bool is_taught = !state.master.heard.is_never();
    if (is_taught) {
      const bool is_newest = self.peer_.address == state.master.address;
      self.learn_interval(is_newest ? self.peer_.interval : state.master.interval);
      state.master.interval = self.master_interval_;
    } else if (self.master_interval_ == was.advert_interval) {
      self.master_interval_ = is.advert_interval;
    } else {
      self.learn_interval(self.master_interval_);
    }
  }
  // What has been waited already stays waited. Who was released waits for the skew alone.
  const bool is_released = state.newest == Backup::Newest::kRelease;
  if (state.wanted_since.is_never())
    state.down_deadline += is_released ? self.skew() - skew : self.down_interval() - down_interval;
  if (!state.preempt_delay_ends.is_never())
    state.preempt_delay_ends += is.preempt_delay - was.preempt_delay;
  // A lower master is to be obeyed now: his last advert counts as if it had been.
  const bool is_obeyed = !self.preempts(state) || (!state.preempt_delay_ends.is_never() &&
                                                   self.peer_.heard < state.preempt_delay_ends);
  const bool is_beaten =
      is_obeyed || (state.is_preparing() && self.peer_.priority >= self.effective_priority());
  if (state.newest == Backup::Newest::kLower && is_beaten) {
    self.obey_after_all(state);
    if (state.down_deadline > now) state.wanted_since = Instant::never();
  }
  if (!is.is_owner()) state.owner_cause = Cause::kNone;
  // Other addresses are prepared anew; and whether it still pushes him aside is to be seen.
  const bool is_other = !(is.addresses == was.addresses) || is.is_grouped != was.is_grouped;
  if (state.is_preparing() && (is_other || is_beaten)) {
    self.stop_preparing(state, todo);
    state.wanted_since = Instant::never();
    if (!is_beaten) state.down_deadline = now;
  }
  // Nobody's leave is needed any more.
  if (!is.is_grouped) state.wanted_since = Instant::never();
}

void Instance::Changing::operator()(Master& state) const {
  const Duration interval = self.router_.advert_interval;
  self.master_interval_ = interval;
  if (self.tracking_.faults() > 0) {
    self.depart(false, self.fault_reason(), now, todo);
    // The peers have been told the interval there was.
    std::get<Departing>(self.state_).bound = now + std::max(interval, was.advert_interval);
    return;
  }
  state.advert_deadline = earlier(state.advert_deadline, now + interval);
  const bool is_news = self.effective_priority() != effective || !says_the_same(self.router_, was);
  if (!is_news || was_too_late) return;
  todo.push_back(SendAdvert{self.effective_priority()});
  state.last_sent = now;
}

// It goes through with it, whatever the reason was.
void Instance::Changing::operator()(Departing& state) const {
  if (self.router_.is_grouped) state.may_stay = false;
  if (state.cause == Cause::kSyncGroup)
    state.evidence.member = followed(change.places, state.evidence.member);
  if (!is_about_tracker(state.cause)) return;
  std::uint16_t place = kGone;
  for (std::size_t i = 0; i < change.trackers.size(); ++i)
    if (change.trackers[i].before == state.evidence.tracker) place = static_cast<std::uint16_t>(i);
  state.evidence.tracker = place;
}

void Instance::Changing::operator()(Fault& state) const {
  if (!(self.router_.addresses == was.addresses)) state.retry_at = Instant::never();
  if (self.has_own_fault() || !self.router_.is_grouped) state.by_group = false;
  if (self.is_able() && state.retry_at.is_never()) self.rise({Cause::kReload, {}}, now, todo);
}

}  // namespace core
