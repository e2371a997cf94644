// What the machine gave a process of its processors, and what it kept from it: read from /proc, two files of the process
// and one of the machine, which stay open.
//
// Everything is a total that only grows, so what matters is the difference of two readings. The process is taken to have
// one thread. Two things to know about the kernel's figures:
//  - The time a process waited, ready to run, appears when the wait is over: while it lasts the process is ready and what
//    it ran stays the same.
//  - Interrupts that come while the process is on a processor count as time it ran, unless the kernel keeps them apart
//    (IRQ_TIME_ACCOUNTING). Those that come while it waits are part of the wait.
//  - Stolen time is told by the stolen processor itself, after it has been given back: until then it says nothing new of
//    anything, not even that it is idle. (One that was stolen in its sleep does: it takes itself for idle until it wakes;
//    visit.hpp finds out.)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/os/fd.hpp"
#include "base/result.hpp"

namespace supervisor {

struct ProcessorTime {
  base::Duration ran{0};          // on a processor
  base::Duration waited{0};       // ready, and on none
  bool is_ready = false;          // now: on a processor or waiting for one
  bool is_asleep = false;         // now: until a timer or somebody wakes it; not stopped
  bool is_stopped = false;        // now: by a signal, until another one; or by a debugger
  std::uint32_t processor = 0;    // it is on, or was on last
  base::Duration stolen{0};       // by the hypervisor, of the processor it is on
  base::Duration interrupted{0};  // there, by interrupts and what they leave to be done
  // All that this processor has said of itself, that it was idle or stolen included; nothing where it is not shown.
  std::optional<base::Duration> told{};
};

// Of one processor, in ticks.
struct Ticks {
  std::uint64_t stolen = 0;
  std::uint64_t interrupted = 0;
  std::uint64_t told = 0;  // all of them
};

class ProcessorTimes {
 public:
  // Fails where the kernel does not keep the figures. Requires: the process is a child not yet reaped, so that its number
  // is nobody else's.
  static base::Result<ProcessorTimes> open(pid_t pid);

  // Fails when the process is gone.
  base::Result<ProcessorTime> read();

 private:
  ProcessorTimes(base::os::UniqueFd schedstat, base::os::UniqueFd stat, base::os::UniqueFd machine);

  base::os::UniqueFd schedstat_;
  base::os::UniqueFd stat_;
  base::os::UniqueFd machine_;
  std::string room_;
  // Of the processor it was on at the last reading, and the sums so far: it may have moved since.
  std::uint32_t processor_ = 0;
  std::optional<Ticks> ticks_;
  Ticks sum_;
};

// ---- What the files say; for tests --------------------------------------------------------------------------------

struct Scheduled {
  base::Duration ran;
  base::Duration waited;
};
// "<ran> <waited> <times>", in ns.
std::optional<Scheduled> parse_schedstat(std::string_view text);

struct Whereabouts {
  bool is_ready = false;
  bool is_asleep = false;
  bool is_stopped = false;
  std::uint32_t processor = 0;
};
// proc_pid_stat(5). The name in parentheses may hold anything, parentheses too.
std::optional<Whereabouts> parse_stat(std::string_view text);

// proc_stat(5): the line of this processor.
std::optional<Ticks> parse_machine(std::string_view text, std::uint32_t processor);

}  // namespace supervisor
