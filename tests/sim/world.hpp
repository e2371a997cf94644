// Carries out a plan: storm, heal, convergence, one clean fault with its bound, and again.
#pragma once

#include <memory>
#include <string>

#include "tests/sim/host.hpp"

namespace sim {

struct Outcome {
  std::optional<std::string> violation;  // what was wrong, at what time, and what led to it
  double router_hours = 0;               // of hosts
  double unit_hours = 0;                 // of virtual routers on hosts
  std::uint64_t seeds = 0;
  std::uint64_t events = 0;
  std::uint64_t adverts = 0;
  std::uint64_t transitions = 0;
  std::array<std::uint64_t, 32> causes{};
  Reached reached;
  double worst_takeover = 0;  // share of its bound
  double worst_contest = 0;   // in intervals

  void add(const Outcome& other);
};

class World {
 public:
  explicit World(const Plan& plan, Mutant mutant = Mutant::kNone);
  Outcome run();

 private:
  struct Window {  // for a takeover, since now
    Duration soonest{0};
    Duration latest{0};
  };

  void run_for(Duration duration);
  void look();
  void mend();
  void settle();
  void storm(const Cycle& cycle);
  void begin_fault(std::uint64_t fault, std::uint64_t);
  void end_fault(std::uint64_t fault, std::uint64_t);
  void apply(const Fault& fault, bool begins);
  void clean_fault(const Cycle& cycle);
  void demand(const Fault& fault, std::size_t router);
  void demand_bounded_takeover(std::size_t router, std::size_t from, Duration delay, bool in_time);
  void demand_smooth_takeover(std::size_t router, std::size_t from, Duration delay);
  void demand_after_reload(const Fault& fault, std::size_t router);
  void demand_after_attack(const Fault& fault, std::size_t router);
  // Until the heir of this virtual router has risen after silence, or after priority 0.
  Window silence_window(std::size_t router, std::size_t from) const;
  Duration release_window(std::size_t router, std::size_t from) const;
  void look_at_groups();
  std::optional<std::size_t> sole_master(std::size_t router) const;
  bool has_heir(std::size_t router, std::size_t from) const;
  bool waits_for_clock(std::size_t router) const;
  void demand_no_change(std::size_t router, Instant until);
  void demand_same_master(std::size_t router, Instant until);
  const View& view(std::size_t host, std::size_t router) const { return views_[router][host]; }
  Duration down(std::size_t host, std::size_t router, Duration interval) const;

  Stage stage_;
  std::vector<Checker> checkers_;
  Lan lan_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<Views> views_;
  std::vector<const Fault*> faults_;
  std::uint64_t events_ = 0;
};

// Plans and runs `seed`.
Outcome simulate(std::uint64_t seed, Mutant mutant = Mutant::kNone,
                 Operator by = Operator::kReloads);

// Runs seeds from `first` on, on so many threads, until `hours` router-hours were lived through or one is violated.
Outcome simulate_many(std::uint64_t first, double hours, unsigned threads,
                      Operator by = Operator::kReloads);

}  // namespace sim
