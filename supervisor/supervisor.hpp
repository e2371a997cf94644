// Starts the processes, starts them again when they die, replaces an engine that hangs, changes over to a new
// configuration, and ends them in order.
//
// Waits for nothing but its own poll: every child death, message, command and deadline is handled at once. Never
// decides anything about addresses or adverts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "base/os/poller.hpp"
#include "base/os/process.hpp"
#include "engine/feed/record.hpp"
#include "supervisor/backoff.hpp"
#include "supervisor/candidate.hpp"
#include "supervisor/control_server.hpp"
#include "supervisor/heartbeat.hpp"
#include "supervisor/once.hpp"
#include "supervisor/places.hpp"
#include "supervisor/processor_time.hpp"
#include "supervisor/reload.hpp"
#include "supervisor/roles.hpp"
#include "supervisor/service_manager.hpp"
#include "supervisor/wiring.hpp"

namespace supervisor {

// Everything the supervisor works with, made by setup in main.
struct Parts {
  Places places;
  bool log_to_journal = false;
  std::string file;   // the operator's, as it was named on the command line
  Candidate running;  // the configuration in force
  SharedFile ledger;
  SharedFile memory;
  std::string memory_note;                  // for the history; empty: nothing to say
  std::optional<feed::Record> startup_row;  // how the startup script ended
  Wiring wiring;
  ControlServer control;
  base::os::UniqueFd signals;  // a signalfd of all handled_signals()
  base::os::Poller poller;
};

// Blocked by main before anything else, so that none is lost.
const std::array<int, 5>& handled_signals();

class Supervisor {
 public:
  explicit Supervisor(Parts parts);

  // Until an orderly stop is complete (ok) or the poll itself fails.
  base::Status run();

 private:
  static constexpr std::uint64_t kOnceToken = 104;  // of the poller: the shutdown script

  // One process: who sits there, or when the next one is started.
  struct Seat {
    Role role = Role::kKeeper;
    Backoff backoff{Backoff::Kind::kPatient};
    base::os::Child child;  // pid 0: empty
    base::Instant started;
    base::Instant start_at = base::Instant::never();
    std::string killed_because;
    // It was asked to end for its successor to have the new configuration; killed when it has not by then.
    base::Instant replaced_by = base::Instant::never();
    bool is_taken() const { return child.pid != 0; }
  };

  base::Status watch_descriptors();
  void handle(const base::os::Ready& ready);
  void advance(base::Instant now);
  base::Instant deadline() const;

  void start(Seat& seat, base::Instant now);
  void ended(Seat& seat, base::Instant now);
  void signal(Seat& seat, int number);
  Seat& seat_of(Role role);

  void look_at_heartbeat(base::Instant now);
  std::optional<ProcessorTime> time_of_engine();
  void say_status();
  void hear_engine();
  void hear_signal();
  void hear_client(std::size_t place);
  // Nothing: the reply comes later.
  std::optional<control::Reply> carry_out(const ControlServer::Asked& asked);
  control::Reply reply_now() const;
  void report(feed::Record record);

  // The reload.
  void advance_reload(base::Instant now);
  void settle(Reload::Ended ended);
  void take_over(Candidate next);
  void renew_readers(base::Instant now);

  // The stop: first the engine departs, then the steps below, one after the other.
  void begin_stop(std::string_view why);
  void enter_step(std::size_t step, base::Instant now);
  void advance_stop(base::Instant now);
  bool step_is_done() const;
  void start_shutdown_script(base::Instant now);
  void shutdown_script_ended(base::Instant now);
  void report_shutdown(const feed::Record& row, base::Instant now);
  bool is_script_over(base::Instant now);
  std::uint64_t ledger_head() const;

  Parts parts_;
  std::array<Seat, kRoles.size()> seats_;
  Reload reload_;
  ServiceManager service_manager_;
  HeartbeatWatch heartbeat_;
  std::optional<ProcessorTimes> engine_times_;
  bool times_are_unknown_ = false;                   // and that has been said
  base::Instant look_at_;                            // at the heartbeat
  base::Instant say_at_;                             // to the service manager
  base::Instant alive_at_ = base::Instant::never();  // the watchdog
  bool was_ready_ = false;
  bool channel_was_full_ = false;

  enum class Phase { kRunning, kDeparting, kEnding, kDone } phase_ = Phase::kRunning;
  std::size_t step_ = 0;
  bool step_was_forced_ = false;
  std::optional<Once> shutdown_script_;
  std::optional<std::uint64_t> head_before_row_;
  base::Instant phase_deadline_ = base::Instant::never();
};

}  // namespace supervisor
