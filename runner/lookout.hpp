// Who watches something that may not answer: a file on a server that is gone, a process table under a stuck lock.
//
// Used by one thread (runner/beside.hpp). Level, not edge: every look answers everything it knows, and whoever hears it
// compares.
#pragma once

#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "engine/ipc/messages.hpp"

namespace runner {

class Lookout {
 public:
  Lookout() = default;
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;
  virtual ~Lookout() = default;

  // Readable when something may have changed; -1: nothing says so.
  virtual int fd() const = 0;
  // When to look without being told.
  virtual base::Instant deadline() const = 0;
  virtual std::vector<ipc::Tracked> look(base::Instant now) = 0;
  // What counts while a look does not come back; nothing: what was said last. Called by the other thread.
  virtual std::optional<ipc::Tracked> when_stuck() const = 0;
};

}  // namespace runner
