// startup_script and shutdown_script: a program of the operator that is run once, as its user, for a bounded time.
//
//   vigie-runner --as USER[:GROUP] [--or-stay] [--groups] [--secure] -- PROGRAM [ARGUMENT...]
//
// is what becomes it (runner/become.hpp), so that the daemon itself never changes users. What it prints goes where our log
// goes.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/os/process.hpp"
#include "base/result.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/record.hpp"

namespace supervisor {

class Once {
 public:
  static constexpr base::Duration kAfterTerm = std::chrono::seconds{1};

  // `what`: "startup_script". Requires: its command is set.
  static base::Result<Once> start(std::string what, const config::OnceScript& script,
                                  const config::Model& model, const std::string& programs,
                                  base::Instant now);

  int ended_fd() const { return child_.pidfd.get(); }
  // When its time is up: it is asked to end then, and killed a second later.
  base::Instant deadline() const { return deadline_; }
  void advance(base::Instant now);
  // Whoever waits for it must not any more.
  void cut_short(base::Instant now);
  // The row it becomes, once it has ended.
  std::optional<feed::Record> try_end(base::Instant now);

 private:
  Once(std::string what, base::os::Child child, base::Instant now, base::Duration limit)
      : what_(std::move(what)), child_(std::move(child)), began_(now), deadline_(now + limit) {}
  void signal(int number);

  std::string what_;
  base::os::Child child_;
  base::Instant began_;
  base::Instant deadline_;
  std::string why_ended_;  // by us; empty: by itself
  bool was_killed_ = false;
};

// The row of one that could not be started.
feed::Record not_started(const std::string& what, const base::Error& error);

// Runs the startup script, if there is one, and waits for its end. Nothing when SIGTERM or SIGINT, which are blocked, has
// come meanwhile: it was cut short then.
struct Startup {
  std::optional<feed::Record> row;
  bool was_interrupted = false;
};
Startup run_startup_script(const config::Model& model, const std::string& programs);

}  // namespace supervisor
