// What everybody in one run shares.
#pragma once

#include <optional>
#include <string>

#include "tests/sim/agenda.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/reached.hpp"
#include "tests/sim/trace.hpp"

namespace sim {

class Checker;

struct Stage {
  explicit Stage(const Plan& the_plan)
      : plan(the_plan), random(the_plan.seed ^ 0x9e3779b97f4a7c15) {}
  Stage(const Stage&) = delete;

  // The first thing that is wrong ends the run.
  void violate(const std::string& what) {
    if (!violation) violation = what;
  }
  Instant now() const { return agenda.now(); }

  const Plan plan;
  Random random;
  Agenda agenda;
  Trace trace;
  Reached reached;
  std::optional<std::string> violation;
  std::uint64_t serial = 0;  // of the newest advert that was really said
};

inline std::string name_of(std::size_t host) {
  return std::string("R").append(std::to_string(host));
}

}  // namespace sim
