#include "tests/sim/host.hpp"

#include <algorithm>
#include <span>

namespace sim {
namespace {

using namespace std::chrono_literals;
using base::State;

constexpr std::size_t kSocketPackets = 256;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kEpoch = 1'790'000'000'000'000'000;  // some day in 2026
constexpr Duration kHeartbeat = 50ms;

}  // namespace

Host::Host(Stage& stage, std::size_t place, Mutant mutant, std::vector<Checker>& checkers, Lan& lan)
    : stage_(stage),
      place_(place),
      plan_(stage.plan.hosts[place]),
      mutant_(mutant),
      checkers_(checkers),
      lan_(lan) {
  for (std::size_t v = 0; v < stage.plan.routers.size(); ++v) {
    units_.push_back(std::make_unique<Unit>(stage, *this, place, v, mutant, checkers[v], lan));
    together_.push_back(stage.plan.together(v));
    if (stage.plan.routers[v].group != kNoGroup && together_[v].front() == v)
      groups_.push_back(together_[v]);
  }
}

Instant Host::local(Instant at) const {
  return at + plan_.clock_offset + Duration{at.ns() / kMillion * plan_.drift_ppm};
}

// The first true moment at which this host's clock shows `at`, or a little later.
Instant Host::global(Instant at) const {
  const std::int64_t elapsed = (at - plan_.clock_offset).ns();
  Instant guess = Instant::from_ns(elapsed - elapsed / kMillion * plan_.drift_ppm);
  while (local(guess) < at) guess += std::max<Duration>(at - local(guess), 1us);
  return guess;
}

std::int64_t Host::wall_ns() const {
  return kEpoch + stage_.agenda.now().ns() + (plan_.wall_error + step_).count();
}

// --- life ---

void Host::boot() {
  wipe(false);
  is_reload_wanted_ = false;
  stage_.trace.add({.at = stage_.now(),
                    .host = static_cast<std::uint8_t>(place_),
                    .what = Trace::Entry::What::kStarted});
  for (Checker& checker : checkers_) checker.new_life(place_);
  life_ = Life::kRuns;
  is_first_turn_ = true;
  for_all([](Unit& unit) { unit.boot(); });
  want_turn(stage_.random.between(0s, 1ms));
}

void Host::adopt() {
  for (Checker& checker : checkers_) checker.excuse(place_);
  stage_.trace.add({.at = stage_.now(),
                    .host = static_cast<std::uint8_t>(place_),
                    .what = Trace::Entry::What::kAdopted});
  life_ = Life::kRuns;
  is_first_turn_ = true;
  for_all([](Unit& unit) { unit.adopt(); });
  for (const auto& group : groups_)
    if (unit(group.front()).instance().state() == State::kMaster)
      stage_.reached.note(Situation::kGroupIsAdoptedAsMaster);
  want_turn(stage_.random.between(0s, 1ms));
}

void Host::wipe(bool is_disk_lost) {
  for_all([&](Unit& unit) { unit.wipe(is_disk_lost); });
  for (const Arrived& arrived : socket_) lan_.release(arrived.frame);
  socket_.clear();
  owed_.clear();
  next_turn_ = Instant::never();
  ++turn_number_;
  was_paused_ = false;
}

void Host::boot_if_possible() {
  if (life_ != Life::kNoDaemon || is(Fault::Kind::kStop) || is(Fault::Kind::kRestart) ||
      is(Fault::Kind::kEngineDeath) || is(Fault::Kind::kPowerLoss))
    return;
  if (new_priority_ > 0) {
    stage_.reached.note(Situation::kRestartedWithAnotherPriority);
    for_all([&](Unit& unit) {
      core::Router router = unit.wanted();
      if (!router.is_owner())
        router.priority = core::Priority{static_cast<std::uint8_t>(new_priority_)};
      unit.give(router, false);
    });
    new_priority_ = 0;
  }
  boot();
}

// As an operator who edits one line and restarts.
void Host::mend(std::size_t router, const core::Router& configuration) {
  core::Router mended = configuration;
  mended.priority = units_[router]->wanted().priority;
  units_[router]->give(mended, true);
  stage_.trace.add({.at = stage_.now(),
                    .host = static_cast<std::uint8_t>(place_),
                    .router = static_cast<std::uint8_t>(router),
                    .what = Trace::Entry::What::kMended});
  boot();
}

void Host::begin(const Fault& fault) {
  touch();
  if (is_of_unit(fault.kind)) {
    units_[fault.router]->begin(fault.kind, fault.value);
    return want_turn(0s);
  }
  if (fault.kind == Fault::Kind::kReload) return edit(fault);
  if (fault.kind == Fault::Kind::kClockStep) step_ += fault.step;
  if (++faults_[static_cast<std::size_t>(fault.kind)] > 1) return;
  if (fault.kind == Fault::Kind::kPowerLoss) {
    wipe(fault.forgets);
    for (Checker& checker : checkers_) checker.new_life(place_);
    life_ = Life::kNoPower;
  } else if (fault.kind == Fault::Kind::kEngineDeath && life_ == Life::kRuns) {
    const bool has_boards = std::all_of(units_.begin(), units_.end(),
                                        [](const auto& unit) { return unit->has_board(); });
    for_all([](Unit& unit) { unit.die(); });
    owed_.clear();
    life_ = has_boards ? Life::kNoEngine : Life::kNoDaemon;
  }
  want_turn(0s);
}

// A daemon that is being stopped refuses it and one that does not run cannot hear of it: both have it when they start.
void Host::edit(const Fault& fault) {
  const bool is_shared =
      fault.edit.kind == Edit::Kind::kPriority || fault.edit.kind == Edit::Kind::kPreempt;
  for (const std::size_t v : is_shared ? together_[fault.router] : std::vector{fault.router})
    units_[v]->want(fault.edit);
  is_reload_wanted_ = true;
  want_turn(0s);
}

void Host::reload_if_wanted() {
  if (!is_reload_wanted_ || is_first_turn_ || is(Fault::Kind::kStop) || is(Fault::Kind::kRestart))
    return;
  is_reload_wanted_ = false;
  stage_.trace.add({.at = stage_.now(),
                    .host = static_cast<std::uint8_t>(place_),
                    .what = Trace::Entry::What::kReloaded});
  for_all([](Unit& unit) { unit.reload(); });
  settle_groups();
  say_owed();
}

void Host::end(const Fault& fault) {
  touch();
  if (is_of_unit(fault.kind)) {
    units_[fault.router]->end(fault.kind);
    return want_turn(0s);
  }
  if (fault.kind == Fault::Kind::kReload)
    return fault.edit.kind == Edit::Kind::kPeer ? edit(fault) : void();
  if (fault.kind == Fault::Kind::kClockStep) step_ -= fault.step;
  if (--faults_[static_cast<std::size_t>(fault.kind)] > 0) return;
  if (fault.kind == Fault::Kind::kPause || fault.kind == Fault::Kind::kPauseAll) {
    for (Checker& checker : checkers_) checker.excuse(place_);
    was_paused_ = true;
    // Silence that it slept through is heard out once more, by the interval it believes in.
    for (std::size_t v = 0; v < units_.size(); ++v)
      if (units_[v]->is_alive() &&
          units_[v]->instance().master_interval() > stage_.plan.longest_interval())
        for (const std::size_t member : together_[v]) checkers_[member].still_misled();
  }
  if (fault.kind == Fault::Kind::kPowerLoss) life_ = Life::kNoDaemon;
  if (fault.kind == Fault::Kind::kEngineDeath && life_ == Life::kNoEngine) {
    if (mutant_ == Mutant::kAdoptsNothing) {
      life_ = Life::kRuns;
      is_first_turn_ = true;
      for_all([](Unit& unit) { unit.boot(); });
    } else {
      adopt();
    }
  }
  const bool is_stop = fault.kind == Fault::Kind::kStop || fault.kind == Fault::Kind::kRestart;
  if (is_stop && (life_ == Life::kRuns || life_ == Life::kNoEngine)) {
    wipe(false);  // it did not finish in time and is killed, addresses and all
    life_ = Life::kNoDaemon;
  }
  if (fault.kind == Fault::Kind::kRestart) new_priority_ = fault.value;
  boot_if_possible();
  want_turn(0s);
}

// --- turns ---

bool Host::arrive(std::uint64_t frame) {
  if (life_ != Life::kRuns && life_ != Life::kNoEngine) return false;
  if (!has_link()) return false;
  const bool has_room = socket_.size() < kSocketPackets;
  if (has_room) {
    socket_.push_back({frame, local_now()});
  } else {
    const Frame& lost = lan_.frame(frame);
    if (lost.sender != kAttacker) checkers_[lost.router].lost(lost.sender, place_);
    stage_.reached.note(Situation::kSocketOverflows);
  }
  want_turn(lateness());
  return has_room;
}

void Host::want_turn(Duration wait) {
  const Instant at = stage_.now() + wait;
  if (at >= next_turn_) return;
  next_turn_ = at;
  stage_.agenda.at(at, job<&Host::turn>(this, ++turn_number_));
}

void Host::turn(std::uint64_t number, std::uint64_t) {
  if (number != turn_number_) return;  // another one was put down since
  next_turn_ = Instant::never();
  if (!runs()) return;
  ++turns_;
  touch();
  std::vector<bool> were_masters;
  if (was_paused_)
    for_all([&](Unit& unit) {
      were_masters.push_back(unit.instance().state() == State::kMaster &&
                             !unit.instance().is_departing());
    });

  is_undrained_ = !socket_.empty() && !is_first_turn_;
  if (is_first_turn_) for_all([](Unit& unit) { unit.start_if_new(); });
  if (!is_first_turn_) for_all([](Unit& unit) { unit.speak_on_time(); });
  if (mutant_ == Mutant::kSpeaksBeforeDraining && !is_first_turn_)
    for_all([](Unit& unit) { unit.advance(); });
  if (!is_first_turn_) say_owed();
  drain();
  is_undrained_ = false;
  for_all([](Unit& unit) { unit.tell_facts(); });
  settle_groups();
  for_all([](Unit& unit) { unit.advance(); });
  settle_groups();
  say_owed();
  reload_if_wanted();
  for_all([](Unit& unit) { unit.finish_turn(); });
  look_at_groups();
  is_first_turn_ = false;

  if (was_paused_) {
    was_paused_ = false;
    for (std::size_t v = 0; v < units_.size(); ++v) {
      if (!were_masters[v]) continue;
      const bool stays = units_[v]->instance().state() == State::kMaster;
      stage_.reached.note(stays ? Situation::kPausedMasterWakesAndStays
                                : Situation::kPausedMasterWakesAndYields);
    }
  }
  plan_next_turn();
}

void Host::say_owed() {
  for (const Owed& owed : owed_) units_[owed.router]->say(owed.priority, owed.late);
  owed_.clear();
}

void Host::drain() {
  while (!socket_.empty()) {
    const Arrived arrived = socket_.front();
    socket_.pop_front();
    hear(lan_.frame(arrived.frame), arrived.at);
    lan_.release(arrived.frame);
  }
}

void Host::hear(const Frame& frame, Instant received) {
  for (const auto& unit : units_)
    if (unit->is_vrid(frame)) return unit->hear(frame, received);
  stage_.reached.note(frame.size < 2 ? Situation::kDroppedLength : Situation::kDroppedUnknownVrid);
  if (frame.ttl != 255) return;
  for_all([&](Unit& unit) {
    unit.hear_stray(frame, received);
    unit.lan_carries();
  });
}

void Host::settle_groups() {
  if (mutant_ == Mutant::kGroupUntold || mutant_ == Mutant::kMemberRisesAlone) return;
  if (mutant_ == Mutant::kGroupLate && turns_ % 2 == 0 && !is_first_turn_) return;
  has_unsettled_ = false;
  std::array<core::Member, kMaxVirtuals> room;
  for (const auto& group : groups_) {
    const auto standing = core::settle(
        std::span(room).first(group.size()),
        [&](std::size_t i) { return units_[group[i]]->member(); },
        [&](std::size_t i, const core::GroupChanged& change) {
          units_[group[i]]->told_by_group(change);
        });
    for (const std::size_t v : group)
      if (core::must_be_told(units_[v]->member(), standing)) has_unsettled_ = true;
  }
}

// In every settled moment: all members are master or none, and none is well while one is not.
void Host::look_at_groups() {
  if (has_unsettled_) return;
  for (const auto& group : groups_) {
    std::size_t masters = 0;
    std::size_t faults = 0;
    std::size_t well = 0;
    std::size_t held = 0;
    std::size_t waiting = 0;
    for (const std::size_t v : group) {
      const core::Instance& one = units_[v]->instance();
      const bool is_master = one.state() == State::kMaster && !one.is_departing();
      if (is_master) ++masters;
      if (one.wants_master()) ++waiting;
      if (one.fault_count() > 0) ++faults;
      if (one.holds() != 0) ++held;
      if (is_master || one.state() == State::kBackup) ++well;
    }
    if (masters != 0 && masters != group.size())
      stage_.violate(name_of(place_) + " is master of " + std::to_string(masters) + " of the " +
                     std::to_string(group.size()) + " members of a group");
    if (faults > 0 && well > 0)
      stage_.violate(name_of(place_) + " has a group with a fault and members that are well");
    if (faults > 0) stage_.reached.note(Situation::kGroupInFaultByOneMember);
    if (held > 0 && held < group.size())
      stage_.reached.note(Situation::kGroupLeavesForHoldOfOneMember);
    if (waiting > 0) stage_.reached.note(Situation::kMemberWaitsForItsGroup);
  }
}

void Host::plan_next_turn() {
  Instant next = Instant::never();
  for_all([&](Unit& unit) { next = earlier(next, unit.deadline()); });
  if (has_unsettled_) want_turn(kHeartbeat);
  if (next.is_never()) return;
  const Instant due = global(next);
  want_turn(std::max<Duration>(due - stage_.now(), 0s) + lateness());
}

// --- what is seen ---

bool Host::is_fit(std::size_t router) const {
  if (!runs() || !has_link() || is(Fault::Kind::kStop) || is(Fault::Kind::kRestart)) return false;
  for (const std::size_t v : together_[router])
    if (!units_[v]->is_fit_alone()) return false;
  return true;
}

View Host::view(std::size_t router) const {
  View view = units_[router]->view(runs(), runs() && has_link());
  view.is_fit = units_[router]->is_alive() && is_fit(router);
  return view;
}

}  // namespace sim
