// Carries out a plan: storm, heal, convergence, one clean fault with its bound, and again.
#pragma once

#include <memory>
#include <string>

#include "tests/sim/host.hpp"

namespace sim {

struct Outcome {
  std::optional<std::string> violation;  // what was wrong, at what time, and what led to it
  double router_hours = 0;
  std::uint64_t events = 0;
  std::uint64_t transitions = 0;
  std::array<std::uint64_t, 32> causes{};
  double worst_takeover = 0;  // share of its bound
};

class World {
 public:
  explicit World(const Plan& plan, Mutant mutant = Mutant::kNone);
  Outcome run();

 private:
  void run_for(Duration duration);
  void settle();
  void storm(const Cycle& cycle);
  void clean_fault(const Cycle& cycle);
  void apply(const Fault& fault, bool begins);
  void demand(const Fault& fault, bool at_master, std::size_t master);
  void demand_bounded_takeover(std::size_t master);
  void demand_smooth_takeover(std::size_t master);
  std::optional<std::size_t> sole_master() const;
  // Whether anybody but `master` could be it.
  bool has_heir(std::size_t master) const;
  std::vector<View> views() const;

  const Plan plan_;
  Random random_;
  Agenda agenda_;
  Trace trace_;
  Checker checker_;
  Lan lan_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::uint64_t events_ = 0;
};

// Plans and runs `seed`.
Outcome simulate(std::uint64_t seed, Mutant mutant = Mutant::kNone);

}  // namespace sim
