// Starting and ending other processes: posix_spawn, pidfds, exit statuses. Never fork().
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/os/fd.hpp"
#include "base/result.hpp"

namespace base::os {

struct SpawnOptions {
  std::vector<std::string> arguments;    // [0] is the program, an absolute path
  std::string program{};                 // what is executed when that is not arguments[0]
  std::vector<std::string> environment;  // "NAME=value"
  // Descriptor of ours -> number in the child. Everything else of ours is closed there (all are close-on-exec).
  std::vector<std::pair<int, int>> descriptors;
  bool new_process_group = false;  // so that kill(-pid) reaches all it starts
  bool new_session = false;
};

struct Child {
  pid_t pid = 0;
  UniqueFd pidfd;  // readable when the child has ended
};

Result<Child> spawn(const SpawnOptions& options);

// How a child ended: >= 0 an exit status, < 0 minus the signal. Nothing while it runs.
std::optional<int> try_reap(const Child& child);

// "exit status 3" or "signal 9 (Killed)".
std::string describe_exit(int status);

}  // namespace base::os
