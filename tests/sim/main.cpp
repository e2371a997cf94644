// vigie-sim --seed N --hours H [--threads T] [--mutant NAME] [--operator restarts]: runs seeds N, N+1, ... until H router-hours were lived through.
// --threads 0 takes every core there is: a night run. docs/simulator.md says more.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>

#include "tests/sim/world.hpp"

namespace {

int usage() {
  (void)std::fprintf(
      stderr,
      "usage: vigie-sim [--seed N] [--hours H] [--threads T] [--mutant NAME] [--operator WHO]\n"
      "       --threads 0: one for every core\n"
      "       --operator restarts: who never reloads; otherwise he reloads\n");
  return 2;
}

double cpu_seconds() {
  timespec used{};
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

using Number = unsigned long long;

int hunt(sim::Mutant mutant, sim::Operator by, std::uint64_t seed, double hours) {
  double lived = 0;
  for (std::uint64_t runs = 1; lived < hours; ++runs) {
    const sim::Outcome one = sim::simulate(seed + runs - 1, mutant, by);
    lived += one.router_hours;
    if (!one.violation) continue;
    std::printf("%s\ncaught by seed %llu, the %llu. tried\n", one.violation->c_str(),
                static_cast<Number>(seed + runs - 1), static_cast<Number>(runs));
    return 0;
  }
  std::printf("went unnoticed for %.1f router-hours\n", lived);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  double hours = 100;
  unsigned threads = 1;
  sim::Mutant mutant = sim::Mutant::kNone;
  sim::Operator by = sim::Operator::kReloads;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--seed") {
      seed = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (option == "--hours") {
      hours = std::strtod(argv[i + 1], nullptr);
    } else if (option == "--threads") {
      threads = static_cast<unsigned>(std::strtoul(argv[i + 1], nullptr, 10));
      if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    } else if (option == "--mutant") {
      for (std::size_t m = 0; m < sim::kMutants; ++m)
        if (sim::to_string(static_cast<sim::Mutant>(m)) == argv[i + 1])
          mutant = static_cast<sim::Mutant>(m);
      if (mutant == sim::Mutant::kNone) return usage();
    } else if (option == "--operator") {
      const std::string_view who = argv[i + 1];
      if (who != "restarts" && who != "reloads") return usage();
      if (who == "restarts") by = sim::Operator::kRestarts;
    } else {
      return usage();
    }
  }
  if (argc % 2 == 0) return usage();
  if (mutant != sim::Mutant::kNone) return hunt(mutant, by, seed, hours);

  const auto began = std::chrono::steady_clock::now();
  const sim::Outcome total = sim::simulate_many(seed, hours, threads, by);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const double cpu = cpu_seconds();

  if (total.violation) std::printf("VIOLATION in %s\n", total.violation->c_str());
  std::printf(
      "seeds %llu..%llu: %.1f router-hours (%.1f of virtual routers), %llu adverts, %llu events, "
      "%llu transitions, %d violations\n",
      static_cast<Number>(seed), static_cast<Number>(seed + total.seeds - 1), total.router_hours,
      total.unit_hours, static_cast<Number>(total.adverts), static_cast<Number>(total.events),
      static_cast<Number>(total.transitions), total.violation ? 1 : 0);
  std::printf(
      "slowest takeover %.4f of its bound, slowest alarm about two masters %.3f intervals\n",
      total.worst_takeover, total.worst_contest);
  std::printf("%.1f s on %u threads, %.1f core-seconds: %.0f router-hours per core-second\n",
              took.count(), threads, cpu, total.router_hours / cpu);
  for (std::size_t i = 0; i < total.causes.size(); ++i)
    if (total.causes[i] > 0)
      std::printf("  %10llu %s\n", static_cast<Number>(total.causes[i]),
                  std::string(base::to_string(static_cast<base::Cause>(i))).c_str());
  std::printf("situations reached:\n");
  for (std::size_t i = 0; i < sim::kSituations; ++i) {
    const auto situation = static_cast<sim::Situation>(i);
    std::printf("  %10llu %s\n", static_cast<Number>(total.reached.count(situation)),
                std::string(sim::to_string(situation)).c_str());
  }
  return total.violation ? 1 : 0;
}
