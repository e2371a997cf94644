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
#include "runner/file_watch.hpp"
#include "runner/mailbox.hpp"
#include "runner/process_events.hpp"
#include "runner/process_watch.hpp"

namespace runner {

// By their places in the model. What no instance tracks is not run and not looked at.
std::vector<bool> used_scripts(const config::Model& model);
std::vector<bool> used_files(const config::Model& model);
std::vector<bool> used_processes(const config::Model& model);
bool tracks_processes(const config::Model& model);

// Those with an init_file, tracked or not: something else may read them. What cannot be made is logged.
void make_files(const config::Model& model);
void make_file_of(const config::File& file);

class Tracked {
 public:
  // Without events /proc is read every second, when processes are tracked.
  static base::Result<Tracked> open(const config::Model& model,
                                    std::optional<ProcessEvents> events);

  // Goes on with another configuration. A lookout that is asked for the same stays; another one goes on with what it knows.
  // Descriptors may have changed when it answers true.
  base::Result<bool> reconfigure(const config::Model& model);

  // One descriptor for each lookout: readable when it found something.
  std::vector<int> fds() const;
  // What the index-th found.
  void take(std::size_t index, Mailbox& mailbox);
  // Lets time pass: a look that does not end is said once, and what counts meanwhile.
  void advance(base::Instant now, Mailbox& mailbox);

 private:
  enum class What { kFiles, kProcesses };
  struct Slot {
    What what = What::kFiles;
    std::unique_ptr<Beside> beside;
    bool is_stuck = false;
  };
  base::Status start(What what, std::unique_ptr<Lookout> lookout);
  // Ends one and answers what it knows, if it had any.
  std::unique_ptr<Lookout> end(What what);

  std::vector<FileWatch::Wanted> files_;
  std::vector<ProcessWatch::Wanted> processes_;
  std::vector<Slot> slots_;
};

}  // namespace runner
