#include "tests/sim/world.hpp"

#include <algorithm>

#include "engine/core/timing.hpp"

namespace sim {
namespace {

using namespace std::chrono_literals;
using Kind = Fault::Kind;

}  // namespace

void Outcome::add(const Outcome& other) {
  if (!violation) violation = other.violation;
  router_hours += other.router_hours;
  unit_hours += other.unit_hours;
  seeds += other.seeds;
  events += other.events;
  adverts += other.adverts;
  transitions += other.transitions;
  for (std::size_t i = 0; i < causes.size(); ++i) causes[i] += other.causes[i];
  reached.add(other.reached);
  worst_takeover = std::max(worst_takeover, other.worst_takeover);
  worst_contest = std::max(worst_contest, other.worst_contest);
}

World::World(const Plan& plan, Mutant mutant) : stage_(plan), lan_(stage_, checkers_) {
  for (std::size_t v = 0; v < plan.routers.size(); ++v) checkers_.emplace_back(stage_, v);
  std::vector<Host*> hosts;
  for (std::size_t i = 0; i < plan.hosts.size(); ++i) {
    const bool is_mutant = !strikes_one(mutant) || i == 0;
    hosts_.push_back(
        std::make_unique<Host>(stage_, i, is_mutant ? mutant : Mutant::kNone, checkers_, lan_));
    hosts.push_back(hosts_.back().get());
  }
  lan_.connect(hosts);
  views_.assign(plan.routers.size(), Views(plan.hosts.size()));
  if (plan.hosts.size() == kMaxHosts) stage_.reached.note(Situation::kEightRoutersOnOneLan);
}

Outcome World::run() {
  const Instant begin = stage_.now();
  for (const auto& host : hosts_) host->boot();
  for (std::size_t i = 0; i < stage_.plan.cycles.size() && !stage_.violation; ++i) {
    if (i == stage_.plan.mended_before) mend();
    storm(stage_.plan.cycles[i]);
    settle();
    clean_fault(stage_.plan.cycles[i]);
  }
  Outcome outcome;
  outcome.router_hours = static_cast<double>((stage_.now() - begin).count()) / 3.6e12 *
                         static_cast<double>(hosts_.size());
  outcome.unit_hours = outcome.router_hours * static_cast<double>(checkers_.size());
  outcome.seeds = 1;
  outcome.events = events_;
  outcome.adverts = stage_.serial;
  for (const Checker& checker : checkers_) {
    outcome.transitions += checker.changes();
    for (std::size_t i = 0; i < outcome.causes.size(); ++i) outcome.causes[i] += checker.causes[i];
    outcome.worst_takeover = std::max(outcome.worst_takeover, checker.worst_takeover);
    outcome.worst_contest = std::max(outcome.worst_contest, checker.worst_contest());
  }
  outcome.reached = stage_.reached;
  if (stage_.violation)
    outcome.violation = "seed " + std::to_string(stage_.plan.seed) + " at " +
                        std::to_string(static_cast<double>(stage_.now().ns()) / 1e9) +
                        " s: " + *stage_.violation + "\n" + stage_.trace.tail();
  return outcome;
}

void World::run_for(Duration duration) {
  const Instant end = stage_.now() + duration;
  while (!stage_.violation) {
    const bool did = stage_.agenda.step(end);
    look();
    if (!did) return;
    ++events_;
  }
}

// Only where somebody could see a difference, or a bound has passed.
void World::look() {
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (!hosts_[i]->was_touched()) continue;
    for (std::size_t v = 0; v < checkers_.size(); ++v) {
      const View now = hosts_[i]->view(v);
      if (now == views_[v][i]) continue;
      views_[v][i] = now;
      checkers_[v].look_soon();
    }
  }
  for (std::size_t v = 0; v < checkers_.size(); ++v)
    if (stage_.now() >= checkers_[v].next_look()) checkers_[v].look(views_[v]);
}

void World::mend() {
  for (std::size_t v = 0; v < checkers_.size(); ++v) {
    const VirtualPlan& plan = stage_.plan.routers[v];
    if (plan.mismatch == Mismatch::kNone) continue;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (i != plan.odd) continue;
      hosts_[i]->mend(v, plan.mended);
      if (plan.is_divided()) stage_.reached.note(Situation::kTwoMastersMendedByConfiguration);
    }
  }
  run_for(1ms);
}

// Until nothing is left of what went wrong, and a little of the peace that follows.
void World::settle() {
  lan_.forget_recording();
  bool are_fit = true;
  for (const auto& host : hosts_)
    for (std::size_t v = 0; v < checkers_.size(); ++v) are_fit = are_fit && host->is_fit(v);
  if (!are_fit) run_for(core::kRefusalRetry + 100ms);
  Duration longest{0};
  for (const Checker& checker : checkers_) longest = std::max(longest, checker.remaining());
  run_for(longest + 12 * stage_.plan.longest_interval());
  // Who rises when a clock comes right begins it anew, each of them once.
  const auto is_settled = [](const Checker& checker) { return checker.is_settled(); };
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (std::all_of(checkers_.begin(), checkers_.end(), is_settled)) return;
    Duration rest{0};
    for (const Checker& checker : checkers_) rest = std::max(rest, checker.remaining());
    run_for(rest + Duration{2});
  }
}

void World::storm(const Cycle& cycle) {
  lan_.set_weather(cycle.weather);
  for (Checker& checker : checkers_) checker.disturb();
  const Instant begin = stage_.now();
  const Instant end = begin + cycle.storm;
  faults_.clear();
  for (const Fault& fault : cycle.faults) {
    faults_.push_back(&fault);
    const std::uint64_t place = faults_.size() - 1;
    stage_.agenda.at(begin + fault.after, job<&World::begin_fault>(this, place));
    // Everything is healed when the storm is over.
    stage_.agenda.at(earlier(begin + fault.after + fault.lasts, end),
                     job<&World::end_fault>(this, place));
  }
  run_for(cycle.storm);
  lan_.set_weather({});
  for (Checker& checker : checkers_) checker.disturb();
}

void World::begin_fault(std::uint64_t fault, std::uint64_t) { apply(*faults_[fault], true); }
void World::end_fault(std::uint64_t fault, std::uint64_t) { apply(*faults_[fault], false); }

void World::apply(const Fault& fault, bool begins) {
  const auto touch = [&](std::size_t i) {
    for (Checker& checker : checkers_)
      for (std::size_t j = 0; j < hosts_.size(); ++j) {
        checker.lost(i, j);
        checker.lost(j, i);
      }
    begins ? hosts_[i]->begin(fault) : hosts_[i]->end(fault);
  };
  const bool is_everybodys = fault.kind == Kind::kPartition || fault.kind == Kind::kPauseAll ||
                             fault.kind == Kind::kAttack;
  stage_.trace.add({.at = stage_.now(),
                    .host = is_everybodys ? Trace::kLan : static_cast<std::uint8_t>(fault.host),
                    .router = is_of_unit(fault.kind) ? static_cast<std::uint8_t>(fault.router)
                                                     : std::uint8_t{0xff},
                    .what = begins ? Trace::Entry::What::kFault : Trace::Entry::What::kFaultEnds,
                    .fault = fault.kind});
  switch (fault.kind) {
    case Kind::kOneWayCut:
      if (fault.host == fault.other) return;
      begins ? lan_.cut(fault.host, fault.other) : lan_.mend(fault.host, fault.other);
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
    case Kind::kAttack: {
      if (!begins) return;  // it knows when it ends
      const std::size_t router = fault.attack.router;
      if (const auto master = sole_master(router))
        lan_.speak_for(router, source_of(*master, hosts_[*master]->unit(router).router().family));
      lan_.attack(fault.attack, stage_.now() + fault.lasts);
      return;
    }
    case Kind::kClockStep:
      // Nobody need get over it: that is the demand.
      begins ? hosts_[fault.host]->begin(fault) : hosts_[fault.host]->end(fault);
      for (Checker& checker : checkers_) checker.clock_stepped();
      return;
    case Kind::kReload:  // who has to get over it is said when the host does it
      begins ? hosts_[fault.host]->begin(fault) : hosts_[fault.host]->end(fault);
      return;
    case Kind::kPowerLoss:
    case Kind::kEngineDeath:
    case Kind::kPause:
    case Kind::kLinkDown:
    case Kind::kStop:
    case Kind::kRestart:
    case Kind::kHold:
    case Kind::kCheckFails:
    case Kind::kSecondFails:
    case Kind::kWeightLost:
    case Kind::kFileValue:
    case Kind::kRefusal: touch(fault.host); return;
  }
}

std::optional<std::size_t> World::sole_master(std::size_t router) const {
  std::optional<std::size_t> master;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (!hosts_[i]->view(router).is_master) continue;
    if (master) return std::nullopt;
    master = i;
  }
  return master;
}

// Where all members have settled, one host is master of all of them, and nobody who may preempt is better in each.
void World::look_at_groups() {
  for (std::size_t v = 0; v < checkers_.size(); ++v) {
    const auto group = stage_.plan.together(v);
    if (group.size() < 2 || group.front() != v) continue;
    const auto is_calm = [&](std::size_t member) { return checkers_[member].is_settled(); };
    if (!std::all_of(group.begin(), group.end(), is_calm)) continue;
    const auto master = sole_master(v);
    if (!master) continue;
    bool is_believed_wrong = false;
    for (const std::size_t member : group) {
      if (sole_master(member) != master)
        stage_.violate("the members of a group have different masters");
      if (checkers_[member].is_clock_wrong() && stage_.plan.routers[member].is_signed())
        is_believed_wrong = true;
    }
    for (std::size_t i = 0; i < hosts_.size() && !is_believed_wrong; ++i) {
      const auto is_better = [&](std::size_t member) {
        const View one = hosts_[i]->view(member);
        return one.is_fit && one.preempts &&
               one.effective > hosts_[*master]->view(member).effective;
      };
      if (std::all_of(group.begin(), group.end(), is_better))
        stage_.violate(name_of(i) + " is better in all members of a group and does not preempt");
    }
  }
}

Outcome simulate(std::uint64_t seed, Mutant mutant, Operator by) {
  return World{make_plan(seed, by), mutant}.run();
}

}  // namespace sim
