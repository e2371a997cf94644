// One router of the simulated LAN: its units behind one port and one socket queue, an engine that may die and be adopted,
// a host that may stop running, and clocks of its own. Turns in the order of the engine's.
#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "tests/sim/unit.hpp"

namespace sim {

class Host {
 public:
  Host(Stage& stage, std::size_t place, Mutant mutant, std::vector<Checker>& checkers, Lan& lan);

  void boot();
  // Faults of one kind are counted: overlapping ones end with the last.
  void begin(const Fault& fault);
  void end(const Fault& fault);
  void mend(std::size_t router, const core::Router& configuration);
  // Takes the frame of that place; false when there is nobody to take it.
  bool arrive(std::uint64_t frame);
  void survived_two_losses(std::size_t router) { units_[router]->survived_two_losses(); }

  View view(std::size_t router) const;
  const Unit& unit(std::size_t router) const { return *units_[router]; }
  bool is_fit(std::size_t router) const;
  // Whether anybody could see a difference since this was asked last.
  bool was_touched() { return std::exchange(is_touched_, false); }
  void touch() { is_touched_ = true; }

  // --- for its units ---
  bool is(Fault::Kind kind) const { return faults_[static_cast<std::size_t>(kind)] > 0; }
  Instant local_now() const { return local(stage_.agenda.now()); }
  std::int64_t wall_ns() const;
  const HostPlan& plan() const { return plan_; }
  void want_turn(Duration wait);
  Duration lateness() { return stage_.random.between(Duration{0}, stage_.plan.lateness_max); }
  // Sent when this part of the turn is over, as the engine does.
  void owe(std::size_t router, core::Priority priority, Duration late) {
    owed_.push_back({router, priority, late});
  }
  // Packets wait that were not heard yet.
  bool is_undrained() const { return is_undrained_; }
  bool has_link() const { return !is(Fault::Kind::kLinkDown); }
  Duration clock_step() const { return step_; }
  // The configuration of this one is changed: those it rises and falls with need time to get over it.
  void disturb_together(std::size_t router) {
    for (const std::size_t v : together_[router]) checkers_[v].disturb();
  }

 private:
  enum class Life : std::uint8_t { kNoPower, kNoDaemon, kRuns, kNoEngine };

  bool runs() const {
    return life_ == Life::kRuns && !is(Fault::Kind::kPause) && !is(Fault::Kind::kPauseAll);
  }
  void wipe(bool is_disk_lost);
  void boot_if_possible();
  void adopt();
  void turn(std::uint64_t number, std::uint64_t);
  void say_owed();
  void edit(const Fault& fault);
  void reload_if_wanted();
  void drain();
  void hear(const Frame& frame, Instant received);
  void settle_groups();
  void look_at_groups();
  void plan_next_turn();
  Instant local(Instant at) const;
  Instant global(Instant at) const;
  template <typename Act>
  void for_all(Act act) {
    for (const auto& unit : units_) act(*unit);
  }

  Stage& stage_;
  std::size_t place_;
  const HostPlan& plan_;
  Mutant mutant_;
  std::vector<Checker>& checkers_;
  Lan& lan_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<std::vector<std::size_t>> groups_;
  std::vector<std::vector<std::size_t>> together_;  // by unit: those of its group, or itself

  Life life_ = Life::kNoDaemon;
  std::array<int, Fault::kKinds> faults_{};
  Duration step_{0};
  int new_priority_ = 0;
  bool is_reload_wanted_ = false;

  struct Arrived {
    std::uint64_t frame;
    Instant at;  // the kernel's stamp, by this host's clock
  };
  std::deque<Arrived> socket_;
  struct Owed {
    std::size_t router;
    core::Priority priority;
    Duration late;
  };
  std::vector<Owed> owed_;
  bool is_undrained_ = false;
  bool is_first_turn_ = false;
  bool was_paused_ = false;
  bool has_unsettled_ = false;
  bool is_touched_ = true;
  Instant next_turn_ = Instant::never();
  std::uint64_t turn_number_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace sim
