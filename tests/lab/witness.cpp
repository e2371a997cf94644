// Sees when the machine stood still: a hypervisor that takes a processor away, or more work than processors.
//
//   vigie-witness < questions        one per line: BEGIN END, in nanoseconds of CLOCK_REALTIME
//
// A thread on every processor it may use asks to be woken every few milliseconds. Woken more than kStall late, it notes from
// when until when: whatever else waited for that processor may have waited as long. A question is answered once every thread
// has seen END pass, with one line: the begin and the end of each stall that touches BEGIN to END.
#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Nanoseconds = std::int64_t;

constexpr auto kPeriod = 3ms;
constexpr auto kStall = 10ms;

struct Stall {
  Nanoseconds begin;
  Nanoseconds end;
};

std::mutex stalls_mutex;
std::vector<Stall> stalls;

Nanoseconds wall_time() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

// `seen` is the last moment at which this processor was known to run.
void watch(int processor, std::atomic<Nanoseconds>& seen) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<unsigned>(processor), &only);
  if (::pthread_setaffinity_np(::pthread_self(), sizeof only, &only) != 0) {
    fmt::print(stderr, "cannot run on processor {}\n", processor);
    std::exit(1);
  }
  for (;;) {
    const auto due = std::chrono::steady_clock::now() + kPeriod;
    std::this_thread::sleep_until(due);
    const auto late = std::chrono::steady_clock::now() - due;
    const Nanoseconds now = wall_time();
    if (late > kStall) {
      const std::lock_guard lock(stalls_mutex);
      stalls.push_back({now - std::chrono::nanoseconds(late).count(), now});
    }
    seen = now;
  }
}

}  // namespace

int main() {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) {
    std::perror("which processors may be used");
    return 1;
  }
  std::list<std::atomic<Nanoseconds>> seen;
  for (int processor = 0; processor < CPU_SETSIZE; ++processor)
    if (CPU_ISSET(static_cast<unsigned>(processor), &usable))
      std::thread(watch, processor, std::ref(seen.emplace_back(0))).detach();
  for (Nanoseconds begin = 0, end = 0; std::cin >> begin >> end;) {
    for (const auto& one : seen)
      while (one < end) std::this_thread::sleep_for(kPeriod);
    std::string answer;
    {
      const std::lock_guard lock(stalls_mutex);
      for (const Stall& stall : stalls)
        if (stall.end > begin && stall.begin < end)
          answer += fmt::format("{} {} ", stall.begin, stall.end);
    }
    fmt::print("{}\n", answer);
    std::fflush(stdout);
  }
  std::quick_exit(0);  // the threads never end
}
