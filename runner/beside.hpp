// A thread beside the runner's loop, for a Lookout: the loop never waits for what a look may wait for.
//
//   loop  <--fd(), take()--  found  <--  thread: wait, look, wait, look ...
//
// A look that does not come back holds up nobody else: is_stuck() says so, and the thread is left behind at the end.
#pragma once

#include <memory>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "runner/lookout.hpp"

namespace runner {

// A look that takes longer is one that may never end.
inline constexpr base::Duration kStuck = std::chrono::seconds{5};

class Beside {
 public:
  // The first look begins at once. Requires: no signal that the process waits for is open to a new thread.
  static base::Result<std::unique_ptr<Beside>> start(std::unique_ptr<Lookout> lookout);
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside();

  // Ends the thread and gives its lookout back, for a successor to go on with what it knows; nothing when a look does not
  // come back, and then it is left behind with the thread.
  static std::unique_ptr<Lookout> end(std::unique_ptr<Beside> beside);

  // Readable when take() has something to give.
  int fd() const;
  // What was found since the last call, oldest first.
  std::vector<ipc::Tracked> take();
  bool is_stuck(base::Instant now) const;
  std::optional<ipc::Tracked> when_stuck() const;

 private:
  struct Shared;
  explicit Beside(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  bool stop();
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // outlives us when the thread does
};

}  // namespace runner
