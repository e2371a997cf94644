// Many seeds on many threads: no two runs share anything, so the result does not depend on their number.
#include <mutex>
#include <thread>

#include "tests/sim/world.hpp"

namespace sim {

Outcome simulate_many(std::uint64_t first, double hours, unsigned threads, Operator by) {
  Outcome total;
  std::uint64_t next = first;
  std::mutex mutex;
  const auto work = [&] {
    for (;;) {
      std::uint64_t seed = 0;
      {
        const std::lock_guard lock(mutex);
        if (total.violation || total.router_hours >= hours) return;
        seed = next++;
      }
      const Outcome one = simulate(seed, Mutant::kNone, by);
      const std::lock_guard lock(mutex);
      total.add(one);
    }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  return total;
}

}  // namespace sim
