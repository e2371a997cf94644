// What is seen of a unit from outside.
#include <algorithm>

#include "tests/sim/unit.hpp"

namespace sim {

using base::State;
using core::Priority;

Priority Unit::effective() const {
  if (router_.is_owner()) return router_.priority;
  int sum = router_.priority.value;
  if (fails(Fault::Kind::kWeightLost, kWeight))
    sum += router_.trackers[*place_of(router_, kWeight)].weight;
  if (fails(Fault::Kind::kFileValue, kFile)) sum += file_value_;
  return Priority{static_cast<std::uint8_t>(std::clamp(sum, 1, 254))};
}

bool Unit::is_fit_alone() const {
  return !is(Fault::Kind::kHold) && !fails(Fault::Kind::kCheckFails, kCheck) &&
         !fails(Fault::Kind::kSecondFails, kSecond) && stage_.now() > refused_until_;
}

View Unit::view(bool runs, bool hears) const {
  View view;
  view.runs = runs;
  view.wants_addresses = wants_;
  view.kernel_holds = holds_;
  view.interval = router_.advert_interval;
  view.preempts = router_.preempt || router_.is_owner();
  const VirtualPlan& plan = stage_.plan.routers[place_];
  view.camp = plan.is_divided() && plan.odd == host_place_ && !is_mended_ ? 1 : 0;
  if (!instance_) return view;
  view.hears = hears;
  view.may_hold = instance_->holds_addresses();
  view.state = instance_->state();
  view.is_departing = instance_->is_departing();
  view.is_preparing = instance_->is_preparing();
  view.is_master = view.state == State::kMaster && !view.is_departing;
  view.is_refused = is(Fault::Kind::kRefusal);
  view.spoken = instance_->effective_priority();
  view.effective = effective();
  view.sees_rival = contest_.is_on() || is_alarm_stuck_;
  if (contest_.is_on()) view.reason = contest_.rivalry().reason;
  if (contest_.is_on() && mutant_ == Mutant::kContestDwells) view.reason = first_reason_;
  return view;
}

}  // namespace sim
