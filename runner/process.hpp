// A script as a running process: started in a process group of its own, watched by a descriptor, its output kept as far
// as it is of use.
//
// Two kinds, because they differ in what may outlive us:
// - A check dies with the runner, and what it prints is evidence: the first 4 KiB are kept, the rest is read and thrown
//   away, so that a talkative script is not held up.
// - A notify script carries something out that must not be cut short: it outlives the runner. It prints to /dev/null, as
//   under keepalived, so that no pipe of ours can break under it or under a service it started. It waits at a gate until
//   its process number is written down, so that a later runner always knows what is still running.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/os/process.hpp"
#include "base/result.hpp"
#include "runner/become.hpp"

namespace runner {

inline constexpr std::size_t kOutputKept = 4096;

class Process {
 public:
  static base::Result<Process> start_check(Becoming what);
  static base::Result<Process> start_notify(Becoming what);
  // One that an earlier runner started: the process `pid`, if it is still the one that began at `start_ticks`. It is
  // not our child, so how it ends cannot be known.
  static std::optional<Process> adopt(int pid, std::uint64_t start_ticks);

  int pid() const { return child_.pid; }
  std::uint64_t start_ticks() const;  // 0 when it is gone
  int ended_fd() const { return child_.pidfd.get(); }
  int output_fd() const { return output_.get(); }  // -1: none
  bool is_adopted() const { return is_adopted_; }
  // Still on its way to the script: at its gate, or changing users.
  bool is_not_yet_script() const;

  void open_gate();
  // To the whole group.
  void signal(int number);
  // Takes what was printed; false when there is nothing more to come.
  bool read_output();
  const std::string& output() const { return kept_; }
  // How it ended, when it has: once only. An adopted one answers kNotKnown.
  std::optional<int> try_end();
  // The read end, when something the script left behind still holds the other: to be read on until it closes.
  base::os::UniqueFd take_output() { return std::move(output_); }

  static constexpr int kNotKnown = 1000;  // no exit status

 private:
  base::os::Child child_;
  base::os::UniqueFd output_;
  base::os::UniqueFd gate_;
  std::string kept_;
  bool is_adopted_ = false;
};

// Reads from a pipe until it is empty, bounded; false when no one can write to it any more.
bool discard_output(int fd);

// Field 22 of /proc/PID/stat; 0 when there is no such process.
std::uint64_t start_ticks_of(int pid);

}  // namespace runner
