#include "tests/sim/world.hpp"

#include <algorithm>

#include "engine/core/timing.hpp"

namespace sim {
namespace {

using namespace std::chrono_literals;
using Kind = Fault::Kind;

// Clocks run up to 200 ppm fast or slow.
Duration drift(Duration duration) { return duration / 2000 + 1us; }

}  // namespace

World::World(const Plan& plan, Mutant mutant)
    : plan_(plan),
      random_(plan.seed ^ 0x9e3779b97f4a7c15),
      checker_(plan_, agenda_),
      lan_(plan.routers.size(), plan.delay_max, agenda_, random_, checker_, trace_,
           [this](std::size_t to, const Frame& frame) { hosts_[to]->arrive(frame); }) {
  for (std::size_t i = 0; i < plan_.routers.size(); ++i) {
    // One sheep is black where the fault is in being different, all where it is in the rule.
    const bool is_mutant = mutant != Mutant::kWinsEveryTie || i == 0;
    hosts_.push_back(std::make_unique<Host>(i, plan_, is_mutant ? mutant : Mutant::kNone, agenda_,
                                            lan_, random_, checker_, trace_));
  }
}

Outcome World::run() {
  const Instant begin = agenda_.now();
  for (const auto& host : hosts_) host->boot();
  for (const Cycle& cycle : plan_.cycles) {
    storm(cycle);
    settle();
    clean_fault(cycle);
    if (checker_.violation()) break;
  }
  Outcome outcome;
  outcome.router_hours = static_cast<double>((agenda_.now() - begin).count()) / 3.6e12 *
                         static_cast<double>(hosts_.size());
  outcome.events = events_;
  outcome.transitions = checker_.changes();
  outcome.causes = checker_.causes;
  outcome.worst_takeover = checker_.worst_takeover;
  if (checker_.violation())
    outcome.violation =
        "seed " + std::to_string(plan_.seed) + ": " + *checker_.violation() + "\n" + trace_.tail();
  return outcome;
}

void World::run_for(Duration duration) {
  const Instant end = agenda_.now() + duration;
  while (!checker_.violation()) {
    const bool did = agenda_.step(end);
    checker_.check(views());
    if (!did) return;
    ++events_;
  }
}

// Until nothing is left of what went wrong, and a little of the peace that follows.
void World::settle() {
  const auto is_fit = [](const auto& host) { return host->view().is_fit; };
  if (!std::all_of(hosts_.begin(), hosts_.end(), is_fit)) run_for(core::kRefusalRetry + 100ms);
  run_for(checker_.settling() + 5 * plan_.longest_interval());
}

void World::storm(const Cycle& cycle) {
  lan_.set_weather(cycle.weather);
  checker_.disturb();
  const Instant begin = agenda_.now();
  const Instant end = begin + cycle.storm;
  for (const Fault& fault : cycle.faults) {
    agenda_.at(begin + fault.after, [this, &fault] { apply(fault, true); });
    // Everything is healed when the storm is over.
    agenda_.at(earlier(begin + fault.after + fault.lasts, end),
               [this, &fault] { apply(fault, false); });
  }
  run_for(cycle.storm);
  lan_.set_weather({});
  checker_.disturb();
}

void World::clean_fault(const Cycle& cycle) {
  const auto master = sole_master();
  if (!master || checker_.violation()) return;  // without a master the checker has spoken already
  Fault fault = cycle.clean;
  fault.router = *master;
  if (!cycle.at_master) {
    fault.router = (*master + 1 + fault.other % (hosts_.size() - 1)) % hosts_.size();
    // Long enough for a socket to overflow.
    if (fault.kind == Kind::kPause && fault.side % 2 == 0)
      fault.lasts = 400 * plan_.longest_interval();
  }
  // An engine is replaced before anybody misses it, or long after.
  if (fault.kind == Kind::kEngineDeath && fault.side % 2 == 0)
    fault.lasts = plan_.routers[fault.router].router.advert_interval * 3 / 2;
  demand(fault, cycle.at_master, *master);
  apply(fault, true);
  run_for(fault.lasts);
  apply(fault, false);
  settle();
}

// What may come of one fault alone.
void World::demand(const Fault& fault, bool at_master, std::size_t master) {
  const Instant ends = agenda_.now() + fault.lasts;
  const Instant later = ends + 2 * plan_.longest_interval();
  switch (fault.kind) {
    case Kind::kPauseAll: checker_.demand_no_change(later); return;
    case Kind::kEngineDeath:
      if (!at_master || fault.lasts < 2 * plan_.routers[master].router.advert_interval)
        checker_.demand_no_change(later);
      else
        demand_bounded_takeover(master);
      return;
    case Kind::kPause:
      if (at_master)
        demand_bounded_takeover(master);
      else
        checker_.demand_no_change(later);
      return;
    case Kind::kPowerLoss:
    case Kind::kLinkDown:
      if (at_master)
        demand_bounded_takeover(master);
      else
        checker_.demand_same_master(ends + checker_.settling());
      return;
    case Kind::kHold:
    case Kind::kCheckFails:
    case Kind::kStop:
      if (at_master)
        demand_smooth_takeover(master);
      else
        checker_.demand_same_master(ends + checker_.settling());
      return;
    case Kind::kWeightLost: checker_.demand_holder(ends + checker_.settling()); return;
    case Kind::kOneWayCut:
    case Kind::kPartition:
    case Kind::kRefusal: return;  // settling afterwards is all that is demanded
  }
}

void World::demand_bounded_takeover(std::size_t master) {
  if (!has_heir(master)) return;
  const Duration interval = plan_.routers[master].router.advert_interval;
  Duration soonest = Duration::max();
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const core::Router& router = plan_.routers[i].router;
    if (i == master || !hosts_[i]->view().is_fit) continue;
    soonest = std::min(soonest, core::master_down_interval(
                                    router.version, hosts_[i]->view().effective,
                                    hosts_[i]->obeyed(interval), router.down_timer_adverts));
  }
  const Instant now = agenda_.now();
  checker_.demand_takeover(
      master, now + soonest - interval - drift(soonest) - plan_.delay_max - 2 * plan_.lateness_max,
      now + soonest + drift(soonest) + plan_.delay_max + 2 * plan_.lateness_max);
}

void World::demand_smooth_takeover(std::size_t master) {
  if (!has_heir(master)) return;
  const Duration interval = plan_.routers[master].router.advert_interval;
  Duration soonest = Duration::max();
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const core::Router& router = plan_.routers[i].router;
    if (i == master || !hosts_[i]->view().is_fit) continue;
    soonest = std::min(soonest, core::skew_time(router.version, hosts_[i]->view().effective,
                                                hosts_[i]->obeyed(interval)));
  }
  const Instant now = agenda_.now();
  const Instant by = now + soonest + drift(soonest) + plan_.delay_max + 4 * plan_.lateness_max;
  checker_.demand_takeover(master, now, by);
  // Who departs waits for one interval at most: an heir slower than that leaves a gap.
  if (by + plan_.kernel_max + plan_.delay_max < now + interval - drift(interval))
    checker_.demand_holder(by + interval);
}

void World::apply(const Fault& fault, bool begins) {
  const auto touch = [&](std::size_t i) {
    for (std::size_t j = 0; j < hosts_.size(); ++j) checker_.disturb_pair(i, j);
    begins ? hosts_[i]->begin(fault.kind) : hosts_[i]->end(fault.kind);
  };
  trace_.add(
      {.at = agenda_.now(),
       .router = static_cast<std::uint8_t>(
           fault.kind == Kind::kPartition || fault.kind == Kind::kPauseAll ? 0xff : fault.router),
       .what = begins ? Trace::Entry::What::kFault : Trace::Entry::What::kFaultEnds,
       .fault = fault.kind});
  switch (fault.kind) {
    case Kind::kOneWayCut:
      if (fault.router == fault.other) return;
      begins ? lan_.cut(fault.router, fault.other) : lan_.mend(fault.router, fault.other);
      return;
    case Kind::kPartition:
      for (std::size_t i = 0; i < hosts_.size(); ++i) {
        for (std::size_t j = 0; j < hosts_.size(); ++j) {
          if ((fault.side >> i & 1) == (fault.side >> j & 1)) continue;
          begins ? lan_.cut(i, j) : lan_.mend(i, j);
        }
      }
      return;
    case Kind::kPauseAll:
      for (std::size_t i = 0; i < hosts_.size(); ++i) touch(i);
      return;
    case Kind::kPowerLoss:
    case Kind::kEngineDeath:
    case Kind::kPause:
    case Kind::kHold:
    case Kind::kLinkDown:
    case Kind::kCheckFails:
    case Kind::kWeightLost:
    case Kind::kStop:
    case Kind::kRefusal: touch(fault.router); return;
  }
}

std::optional<std::size_t> World::sole_master() const {
  std::optional<std::size_t> master;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (!hosts_[i]->view().is_master) continue;
    if (master) return std::nullopt;
    master = i;
  }
  return master;
}

bool World::has_heir(std::size_t master) const {
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (i != master && hosts_[i]->view().is_fit) return true;
  return false;
}

std::vector<View> World::views() const {
  std::vector<View> views;
  views.reserve(hosts_.size());
  for (const auto& host : hosts_) views.push_back(host->view());
  return views;
}

Outcome simulate(std::uint64_t seed, Mutant mutant) { return World{make_plan(seed), mutant}.run(); }

}  // namespace sim
