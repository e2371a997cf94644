// Another configuration for a unit that goes on, as the engine gives it (engine/reload.cpp, docs/reload.md), and what must not
// come of it: nothing moves that the change is not about.
#include <algorithm>
#include <optional>

#include "tests/sim/host.hpp"

namespace sim {
namespace {

using base::Cause;
using base::State;

bool has(const core::Router& router, Tracked which) { return place_of(router, which).has_value(); }

// As what an advert says: the priority aside.
bool says_the_same(const core::Router& one, const core::Router& other) {
  return one.advert_interval == other.advert_interval && one.addresses == other.addresses;
}

bool has_new_address(const core::Router& before, const core::Router& now) {
  const auto is_new = [&](const core::Address& address) {
    return std::find(before.addresses.begin(), before.addresses.end(), address) ==
           before.addresses.end();
  };
  return std::any_of(now.addresses.begin(), now.addresses.end(), is_new);
}

bool is_same(const core::Router& a, const core::Router& b) {
  return a.priority == b.priority && a.preempt == b.preempt && a.preempt_delay == b.preempt_delay &&
         a.trackers == b.trackers && a.peers == b.peers && says_the_same(a, b);
}

}  // namespace

std::optional<std::uint16_t> place_of(const core::Router& router, Tracked which) {
  for (std::uint16_t place = 0; place < router.trackers.size(); ++place)
    if (router.trackers[place].index == which) return place;
  return std::nullopt;
}

void Unit::want(const Edit& edit) {
  carry_out(edit, stage_.plan.routers[place_], host_place_, wanted_);
}

void Unit::reload() {
  contest_changed(
      contest_.advance(host_.local_now()));  // an alarm that is over by now is none of its doing
  const core::Router before = router_;
  const core::Router& now = wanted_;
  const Standing was = standing();
  const bool was_late = was.deadline <= host_.local_now();
  router_ = now;
  is_reloaded_ = true;

  std::vector<core::TrackerOrigin> origins;
  for (const core::Tracker& tracker : now.trackers)
    origins.push_back(
        {.before = place_of(before, static_cast<Tracked>(tracker.index)), .report = {}});
  if (mutant_ == Mutant::kReloadForgetsChecks)
    for (core::TrackerOrigin& origin : origins) origin.before.reset();
  const auto is_new = [&](Tracked which) { return !has(before, which) && has(now, which); };
  if (is_new(kCheck)) told_check_.reset();
  if (is_new(kWeight)) told_weight_.reset();
  if (is_new(kSecond)) told_second_.reset();
  if (is_new(kFile)) told_file_.reset();
  // What others were told of a check that is new is known; a second one has to be looked at.
  if (is_new(kCheck) && stage_.now() >= checks_answer_at_) {
    told_check_ = !is(Fault::Kind::kCheckFails);
    const std::uint16_t place = *place_of(now, kCheck);
    origins[place].report = report_on(place, *told_check_, Cause::kScriptFailed, 0);
  }

  core::Router given = broken_by(mutant_, now, !stage_.plan.routers[place_].is_divided());
  if (mutant_ == Mutant::kReloadKeepsPriority) given.priority = before.priority;
  if (mutant_ == Mutant::kReloadKeepsInterval) given.advert_interval = before.advert_interval;
  if (mutant_ == Mutant::kReloadForgetsContest) contest_ = {};
  if (mutant_ == Mutant::kReloadForgetsMarks) {
    memory_.marks.clear();
    make_authenticator();
  }
  if (!is_same(before, now)) host_.disturb_together(place_);
  if (before.advert_interval != now.advert_interval || !(before.peers == now.peers))
    checker_.speaks_otherwise(host_place_);
  if (before.advert_interval != now.advert_interval) replies_.fill(Instant::never());
  if (!(before.addresses == now.addresses)) refused_until_ = {};  // the others may be welcome
  if (!before.preempt && now.preempt) lower_since_ = Instant::never();
  if (mutant_ == Mutant::kReloadRestarts) {
    boot();
    return tell_facts();
  }

  std::vector<std::optional<std::uint16_t>> places;
  for (std::uint16_t place = 0; place < stage_.plan.routers.size(); ++place)
    places.push_back(place);
  core::Actions todo;
  call([&](core::Actions& actions) {
    instance_->reconfigure({.router = given, .trackers = origins, .places = places},
                           host_.local_now(), actions);
    todo = actions;
    if (mutant_ != Mutant::kReloadUnsaid) return;
    const auto is_said = [](const core::Action& action) {
      return std::holds_alternative<core::SendAdvert>(action);
    };
    core::Actions rest;
    for (const core::Action& action : actions)
      if (!is_said(action)) rest.push_back(action);
    actions = todo = rest;
  });
  if (is_same(before, now))
    look_at_unchanged(was, todo);
  else
    look_at_changed(before, was, was_late, todo);
  const bool is_master = instance_->state() == State::kMaster && !instance_->is_departing();
  if (is_master && has_new_address(before, now)) put_addresses(true);
  note_reload(before);
}

Unit::Standing Unit::standing() const {
  return {.state = instance_->state(),
          .is_departing = instance_->is_departing(),
          .deadline = instance_->deadline(),
          .holds = instance_->holds(),
          .faults = instance_->fault_count(),
          .effective = instance_->effective_priority(),
          .master_interval = instance_->master_interval(),
          .master = instance_->master(),
          .last_heard = instance_->last_heard(),
          .told = instance_->told(),
          .sees_rival = contest_.is_on()};
}

void Unit::look_at_unchanged(const Standing& was, const core::Actions& todo) {
  if (!todo.empty())
    stage_.violate(name() + " acts when it is given the configuration that it has");
  if (!(standing() == was))
    stage_.violate(name() + " is not what it was with the configuration that it had");
}

void Unit::look_at_changed(const core::Router& before, const Standing& was, bool was_late,
                           const core::Actions& todo) {
  const Standing is = standing();
  // A check that left ends its fault, one that came and is known to fail begins it; otherwise a state is the protocol's.
  const bool is_faults = is.faults != was.faults;
  // For a check that has left.
  const bool was_waiting =
      was.state == State::kInitialize || (was.state == State::kFault && was.faults == 0);
  if (!is_faults && !was_waiting && (is.state != was.state || is.is_departing != was.is_departing))
    stage_.violate(name() + " changes its state with its configuration");
  // Who rises now may have to listen first.
  if (!is_faults && is.holds != was.holds)
    stage_.violate(name() + " is held otherwise with another configuration");
  const bool was_master = was.state == State::kMaster && !was.is_departing;
  const bool is_master = is.state == State::kMaster && !is.is_departing;
  if (was_master && is_master) {
    if (is.deadline > was.deadline)
      stage_.violate(name() + " puts its next advert off for another configuration");
    const auto says_it = [&](const core::Action& action) {
      const auto* sent = std::get_if<core::SendAdvert>(&action);
      return sent != nullptr && sent->priority == is.effective;
    };
    const bool is_news = is.effective != was.effective || !says_the_same(before, router_);
    const bool is_said = std::any_of(todo.begin(), todo.end(), says_it);
    if (is_news && !is_said && !was_late)
      stage_.violate(name() + " has news for its peers and keeps them to itself");
    if (!is_news && is_said) stage_.violate(name() + " has no news and speaks out of turn");
  }
  const bool is_timed_alike = is.state == was.state && is.effective == was.effective &&
                              !is_faults && before.advert_interval == router_.advert_interval &&
                              before.preempt == router_.preempt &&
                              before.preempt_delay == router_.preempt_delay;
  if (is_timed_alike && !was_master && is.deadline != was.deadline)
    stage_.violate(name() +
                   " waits for something else than it did before its configuration changed");
}

void Unit::note_reload(const core::Router& before) {
  const auto note = [&](bool is_so, Situation situation) {
    if (is_so) stage_.reached.note(situation);
  };
  const State state = instance_->state();
  const bool is_master = state == State::kMaster && !instance_->is_departing();
  note(is_same(before, router_), Situation::kReloadedWithoutChange);
  note(is_master && before.priority != router_.priority, Situation::kReloadedPriorityOfMaster);
  note(state == State::kBackup && before.priority != router_.priority,
       Situation::kReloadedPriorityOfBackup);
  note(is_master && before.advert_interval != router_.advert_interval,
       Situation::kReloadedIntervalOfMaster);
  note(state == State::kBackup && before.advert_interval != router_.advert_interval,
       Situation::kReloadedIntervalOfBackup);
  note(is_master && !(before.addresses == router_.addresses),
       Situation::kReloadedAddressesOfMaster);
  note(before.preempt != router_.preempt, Situation::kReloadedPreemption);
  note(!(before.trackers == router_.trackers), Situation::kReloadedTrackers);
  note(!(before.peers == router_.peers), Situation::kReloadedPeers);
  note(instance_->is_departing(), Situation::kReloadedInDeparture);
  note(state == State::kFault, Situation::kReloadedInFault);
  note(contest_.is_on(), Situation::kReloadedAmongTwoMasters);
  note(router_.is_grouped && is_master, Situation::kReloadedGroup);
}

}  // namespace sim
