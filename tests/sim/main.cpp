// vigie-sim --seed N --hours H [--mutant NAME]: runs seeds N, N+1, ... until H router-hours were lived through.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/sim/world.hpp"

namespace {

int usage() {
  (void)std::fprintf(stderr, "usage: vigie-sim [--seed N] [--hours H] [--mutant NAME]\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  double hours = 100;
  sim::Mutant mutant = sim::Mutant::kNone;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--seed")
      seed = std::strtoull(argv[i + 1], nullptr, 10);
    else if (option == "--hours")
      hours = std::strtod(argv[i + 1], nullptr);
    else if (option == "--mutant") {
      for (std::size_t m = 0; m < sim::kMutants; ++m)
        if (sim::to_string(static_cast<sim::Mutant>(m)) == argv[i + 1])
          mutant = static_cast<sim::Mutant>(m);
      if (mutant == sim::Mutant::kNone) return usage();
    } else {
      return usage();
    }
  }
  if (argc % 2 == 0) return usage();

  const auto began = std::chrono::steady_clock::now();
  sim::Outcome total;
  std::uint64_t runs = 0;
  for (; total.router_hours < hours && !total.violation; ++runs) {
    const sim::Outcome one = sim::simulate(seed + runs, mutant);
    total.router_hours += one.router_hours;
    total.events += one.events;
    total.transitions += one.transitions;
    for (std::size_t i = 0; i < one.causes.size(); ++i) total.causes[i] += one.causes[i];
    total.worst_takeover = std::max(total.worst_takeover, one.worst_takeover);
    total.violation = one.violation;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;

  if (total.violation) std::printf("VIOLATION in %s\n", total.violation->c_str());
  std::printf(
      "seeds %llu..%llu: %.1f router-hours, %llu events, %llu transitions, %d violations, "
      "slowest takeover %.4f of its bound, %.1f s\n",
      static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed + runs - 1),
      total.router_hours, static_cast<unsigned long long>(total.events),
      static_cast<unsigned long long>(total.transitions), total.violation ? 1 : 0,
      total.worst_takeover, took.count());
  for (std::size_t i = 0; i < total.causes.size(); ++i)
    if (total.causes[i] > 0)
      std::printf("  %10llu %s\n", static_cast<unsigned long long>(total.causes[i]),
                  std::string(base::to_string(static_cast<base::Cause>(i))).c_str());
  return total.violation ? 1 : 0;
}
