// Tracked files and processes of a configuration: which of them any instance asks for, the lookouts that watch those, and
// the files that are made at the start.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "engine/config/model.hpp"
#include "runner/beside.hpp"
#include "runner/mailbox.hpp"
#include "runner/process_events.hpp"

namespace runner {

// By their places in the model. What no instance tracks is not run and not looked at.
std::vector<bool> used_scripts(const config::Model& model);
bool tracks_processes(const config::Model& model);

// Those with an init_file, tracked or not: something else may read them. What cannot be made is logged.
void make_files(const config::Model& model);

class Tracked {
 public:
  // Without events /proc is read every second, when processes are tracked.
  static base::Result<Tracked> open(const config::Model& model,
                                    std::optional<ProcessEvents> events);

  // One descriptor for each lookout: readable when it found something.
  std::vector<int> fds() const;
  // What the index-th found.
  void take(std::size_t index, Mailbox& mailbox);
  // Lets time pass: a look that does not end is said once, and what counts meanwhile.
  void advance(base::Instant now, Mailbox& mailbox);

 private:
  struct Slot {
    std::string what;  // "tracked files"
    std::unique_ptr<Beside> beside;
    bool is_stuck = false;
  };
  base::Status start(std::string what, std::unique_ptr<Lookout> lookout);

  std::vector<Slot> slots_;
};

}  // namespace runner
