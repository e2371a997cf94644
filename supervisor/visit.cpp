#include "supervisor/visit.hpp"

#include <sched.h>

#include <cerrno>
#include <ctime>
#include <vector>

namespace supervisor {

namespace {

// For any number of processors: the kernel refuses a set with less room than it has processors.
struct Processors {
  std::vector<cpu_set_t> sets{1};

  cpu_set_t* data() { return sets.data(); }
  std::size_t size() const { return sets.size() * sizeof(cpu_set_t); }
};

}  // namespace

bool visit(std::uint32_t processor) {
  constexpr std::size_t kMostSets = 64;  // 65,536 processors
  Processors home;
  while (::sched_getaffinity(0, home.size(), home.data()) < 0) {
    if (errno != EINVAL || home.sets.size() == kMostSets) return false;
    home.sets.resize(home.sets.size() * 2);
  }
  Processors there;
  there.sets.resize(home.sets.size());
  if (processor >= there.size() * 8) return false;
  CPU_SET_S(processor, there.size(), there.data());
  if (::sched_setaffinity(0, there.size(), there.data()) < 0) return false;
  const timespec turn{.tv_sec = 0, .tv_nsec = 1'000'000};
  (void)::nanosleep(&turn,
                    nullptr);  // a signal may end it: then the next look is taken a little early
  (void)::sched_setaffinity(0, home.size(), home.data());
  return true;
}

}  // namespace supervisor
