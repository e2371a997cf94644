// What may come of one fault alone, from the bounds in tests/sim/checker.hpp.
#include <algorithm>

#include "engine/core/timing.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using namespace std::chrono_literals;
using Kind = Fault::Kind;

// Clocks run up to 500 ppm fast or slow.
Duration drift(Duration duration) { return duration / 2000 + 1us; }

}  // namespace

void World::clean_fault(const Cycle& cycle) {
  if (stage_.violation) return;
  look_at_groups();
  Fault fault = cycle.clean;
  const std::size_t about = fault.kind == Kind::kAttack ? fault.attack.router : fault.router;
  const auto master = sole_master(about);
  if (!master) return;  // two camps, or the checker has spoken already
  fault.host = *master;
  if (!cycle.at_master) {
    fault.host = (*master + 1 + fault.other % (hosts_.size() - 1)) % hosts_.size();
    // Long enough for a socket to overflow.
    if (fault.kind == Kind::kPause && fault.side % 2 == 0)
      fault.lasts = 400 * stage_.plan.longest_interval();
  }
  // An engine is replaced before anybody misses it, or long after.
  if (fault.kind == Kind::kEngineDeath && fault.side % 2 == 0) {
    Duration shortest = Duration::max();
    for (std::size_t v = 0; v < checkers_.size(); ++v)
      shortest = std::min(shortest, hosts_[fault.host]->unit(v).router().advert_interval);
    fault.lasts = shortest * 3 / 2;
  }
  for (std::size_t v = 0; v < checkers_.size(); ++v)
    if (!stage_.plan.routers[v].is_divided()) demand(fault, v);
  apply(fault, true);
  run_for(fault.lasts);
  apply(fault, false);
  settle();
  if (!stage_.violation) look_at_groups();
}

// Somebody better waits for a wrong clock to come right: he rises when it does, whatever else happens or does not.
bool World::waits_for_clock(std::size_t router) const {
  if (!checkers_[router].may_wait_for_clock()) return false;
  for (const std::size_t v : stage_.plan.together(router)) {
    const auto master = sole_master(v);
    if (!stage_.plan.routers[v].is_signed()) continue;
    if (!master) return true;
    const View reigning = hosts_[*master]->view(v);
    for (const auto& host : hosts_) {
      const View one = host->view(v);
      if (one.is_fit && one.preempts && one.effective > reigning.effective) return true;
    }
  }
  return false;
}

void World::demand_no_change(std::size_t router, Instant until) {
  if (!waits_for_clock(router)) checkers_[router].demand_no_change(until);
}

void World::demand_same_master(std::size_t router, Instant until) {
  if (!waits_for_clock(router)) checkers_[router].demand_same_master(until);
}

void World::demand(const Fault& fault, std::size_t router) {
  const auto master = sole_master(router);
  if (!master) return;
  Checker& checker = checkers_[router];
  const bool at_master = fault.host == *master;
  const Instant ends = stage_.now() + fault.lasts;
  const Instant later = ends + 2 * stage_.plan.longest_interval();
  const auto together = stage_.plan.together(router);
  if (is_of_unit(fault.kind) &&
      std::find(together.begin(), together.end(), fault.router) == together.end())
    return demand_no_change(router, later);
  // A check that was left out of the configuration is nobody's.
  const core::Router& struck = hosts_[fault.host]->unit(fault.router).router();
  if ((fault.kind == Kind::kCheckFails && !place_of(struck, kCheck)) ||
      (fault.kind == Kind::kSecondFails && !place_of(struck, kSecond)))
    return demand_no_change(router, later);
  // An owner that comes back is master until it has heard another one.
  const auto demand_same_or_owner = [&] {
    if (!hosts_[fault.host]->unit(router).router().is_owner())
      demand_same_master(router, ends + checker.settling());
  };
  switch (fault.kind) {
    case Kind::kPauseAll: {
      // Who is told to step down when late does so, whoever else slept.
      const auto is_patient = [&](std::size_t v) {
        return stage_.plan.routers[v].routers.front().late_backup.value == 0;
      };
      if (std::all_of(together.begin(), together.end(), is_patient))
        demand_no_change(router, later);
      return;
    }
    case Kind::kClockStep: {
      // Unless an earlier one keeps a better router waiting.
      const auto was_wrong = [&](std::size_t v) {
        return checkers_[v].is_clock_wrong() && stage_.plan.routers[v].is_signed();
      };
      if (std::none_of(together.begin(), together.end(), was_wrong))
        demand_no_change(router, later);
      return;
    }
    case Kind::kEngineDeath: {
      const bool is_short =
          fault.lasts < 2 * hosts_[*master]->unit(router).router().advert_interval;
      // An interval before it and one and a half after: more than who waits for two of them bears.
      const bool is_patient = hosts_[*master]->unit(router).router().down_timer_adverts >= 3;
      if (!at_master || (is_short && is_patient && fault.side % 2 == 0))
        demand_no_change(router, later);
      else if (!is_short)
        demand_bounded_takeover(router, *master, Duration{0}, true);
      return;
    }
    case Kind::kPause:
      if (at_master)
        demand_bounded_takeover(router, *master, Duration{0}, true);
      else
        demand_no_change(router, later);
      return;
    case Kind::kPowerLoss:
    case Kind::kLinkDown:
      if (at_master)
        demand_bounded_takeover(router, *master, Duration{0}, true);
      else
        demand_same_or_owner();
      return;
    case Kind::kHold:
    case Kind::kCheckFails:
    case Kind::kSecondFails:
    case Kind::kStop:
      if (at_master)
        demand_smooth_takeover(router, *master,
                               fault.kind == Kind::kSecondFails
                                   ? stage_.plan.routers[fault.router].check_down
                                   : Duration{0});
      else
        demand_same_or_owner();
      return;
    case Kind::kWeightLost:
    case Kind::kFileValue: checker.demand_holder(ends + checker.settling()); return;
    case Kind::kAttack: demand_after_attack(fault, router); return;
    case Kind::kReload: demand_after_reload(fault, router); return;
    case Kind::kRestart:
    case Kind::kOneWayCut:
    case Kind::kPartition:
    case Kind::kRefusal: return;  // settling afterwards is all that is demanded
  }
}

// Whatever it is: if nobody becomes better by it, nothing changes.
void World::demand_after_reload(const Fault& fault, std::size_t router) {
  Checker& checker = checkers_[router];
  const Instant ends = stage_.now() + fault.lasts;
  const auto together = stage_.plan.together(router);
  const bool is_meant = std::find(together.begin(), together.end(), fault.router) != together.end();
  const auto is = [&](Edit::Kind kind) { return is_meant && fault.edit.kind == kind; };
  checker.demand_holder(ends + 2 * stage_.plan.longest_interval());
  if (is(Edit::Kind::kPriority) || is(Edit::Kind::kPreempt) || is(Edit::Kind::kPreemptDelay))
    return;
  demand_no_change(router, ends + 2 * stage_.plan.longest_interval());
}

void World::demand_after_attack(const Fault& fault, std::size_t router) {
  Checker& checker = checkers_[router];
  const auto together = stage_.plan.together(router);
  const Instant later = stage_.now() + fault.lasts + 2 * stage_.plan.longest_interval();
  const bool is_meant =
      std::find(together.begin(), together.end(), fault.attack.router) != together.end();
  const bool is_rejected = is_doomed(fault.attack.kind) ||
                           fault.attack.kind == Attack::Kind::kReplay ||
                           stage_.plan.routers[fault.attack.router].is_signed();
  if (!is_meant || is_rejected) return demand_no_change(router, later);
  if (fault.attack.kind == Attack::Kind::kLosing) return demand_same_master(router, later);
  if (fault.attack.kind != Attack::Kind::kLongInterval) return;
  // All wait as long as the longest interval they believe in allows; the slowest member of the quickest host is enough.
  Duration soonest = Duration::max();
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (!hosts_[i]->is_fit(router)) continue;
    Duration slowest{0};
    for (const std::size_t v : together) {
      Duration believed = hosts_[i]->unit(v).obeyed(255s);
      for (std::size_t j = 0; j < hosts_.size(); ++j)  // it may obey another before
        believed = std::max(believed,
                            hosts_[i]->unit(v).obeyed(hosts_[j]->unit(v).router().advert_interval));
      slowest = std::max(slowest, down(i, v, believed));
    }
    soonest = std::min(soonest, slowest);
  }
  checker.demand_master(stage_.now() + soonest + drift(soonest) + 3 * stage_.plan.delay_max +
                        4 * stage_.plan.lateness_max);
}

Duration World::down(std::size_t host, std::size_t router, Duration interval) const {
  const core::Router& one = hosts_[host]->unit(router).router();
  return core::master_down_interval(one.version, hosts_[host]->view(router).effective, interval,
                                    one.down_timer_adverts);
}

World::Window World::silence_window(std::size_t router, std::size_t from) const {
  Window window{Duration::max(), Duration::max()};
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (i == from || !hosts_[i]->is_fit(router)) continue;
    Window host{Duration::min(), Duration::min()};
    for (const std::size_t v : stage_.plan.together(router)) {
      const Duration interval = hosts_[from]->unit(v).router().advert_interval;
      const Duration wait = down(i, v, hosts_[i]->unit(v).obeyed(interval));
      host.soonest = std::max(host.soonest, wait - interval - drift(wait));
      host.latest = std::max(host.latest, wait + drift(wait));
    }
    window.soonest = std::min(window.soonest, host.soonest);
    window.latest = std::min(window.latest, host.latest);
  }
  return window;
}

Duration World::release_window(std::size_t router, std::size_t from) const {
  Duration soonest = Duration::max();
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (i == from || !hosts_[i]->is_fit(router)) continue;
    Duration slowest{0};
    for (const std::size_t v : stage_.plan.together(router)) {
      const core::Router& one = hosts_[i]->unit(v).router();
      const Duration obeyed =
          hosts_[i]->unit(v).obeyed(hosts_[from]->unit(v).router().advert_interval);
      slowest =
          std::max(slowest, core::skew_time(one.version, hosts_[i]->view(v).effective, obeyed));
    }
    soonest = std::min(soonest, slowest);
  }
  return soonest;
}

void World::demand_bounded_takeover(std::size_t router, std::size_t from, Duration delay,
                                    bool in_time) {
  if (!has_heir(router, from)) return;
  // A group whose heir is better and kept down by one member, over a clock, waits for that member alone.
  const auto together = stage_.plan.together(router);
  for (const std::size_t v : together)
    if (together.size() > 1 && checkers_[v].is_clock_wrong() && stage_.plan.routers[v].is_signed())
      in_time = false;
  if (waits_for_clock(router)) in_time = false;
  const Window window = silence_window(router, from);
  const Duration slack = stage_.plan.delay_max + 2 * stage_.plan.lateness_max;
  const Instant now = stage_.now();
  checkers_[router].demand_takeover(from, in_time ? now + window.soonest - slack : now,
                                    now + delay + window.latest + slack);
}

void World::demand_smooth_takeover(std::size_t router, std::size_t from, Duration delay) {
  if (!has_heir(router, from)) return;
  for (const std::size_t v : stage_.plan.together(router))
    // Who is believed to have a wrong clock is not believed to leave either.
    if (checkers_[v].is_clock_wrong() && stage_.plan.routers[v].is_signed())
      return demand_bounded_takeover(router, from, delay, false);
  const Duration wait = release_window(router, from);
  const Instant now = stage_.now() + delay;
  const Instant by =
      now + wait + drift(wait + delay) + stage_.plan.delay_max + 4 * stage_.plan.lateness_max;
  checkers_[router].demand_takeover(from, stage_.now(), by);
  // Who departs waits for one interval at most: an heir slower than that leaves a gap. So does one whose kernel is slower
  // than the overlap.
  const Duration interval = hosts_[from]->unit(router).router().advert_interval;
  if (stage_.plan.kernel_max <= core::kOverlap &&
      by + stage_.plan.kernel_max + stage_.plan.delay_max < now + interval - drift(interval))
    checkers_[router].demand_holder(by + interval);
}

bool World::has_heir(std::size_t router, std::size_t from) const {
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (i != from && hosts_[i]->is_fit(router)) return true;
  return false;
}

}  // namespace sim
