// Starts the processes, starts them again when they die, replaces an engine or a keeper that hangs, changes over to a new
// configuration, and ends them in order.
//
// Waits for nothing but its own poll: every child death, message, command and deadline is handled at once. Never
// decides anything about addresses or adverts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "base/os/poller.hpp"
#include "base/os/process.hpp"
#include "engine/feed/record.hpp"
#include "supervisor/backoff.hpp"
#include "supervisor/candidate.hpp"
#include "supervisor/control_server.hpp"
#include "supervisor/handover.hpp"
#include "supervisor/heartbeat.hpp"
#include "supervisor/maintenance.hpp"
#include "supervisor/once.hpp"
#include "supervisor/places.hpp"
#include "supervisor/processor_time.hpp"
#include "supervisor/programs.hpp"
#include "supervisor/reload.hpp"
#include "supervisor/roles.hpp"
#include "supervisor/service_manager.hpp"
#include "supervisor/upgrade.hpp"
#include "supervisor/wiring.hpp"

namespace supervisor {

// What came from the vigied before, besides the parts (supervisor/take_over.hpp).
struct Inherited {
  Handover handover;
  std::optional<Programs> former;  // none: it gave up, and this is the one before that one
};

// Everything the supervisor works with, made by setup in main.
struct Parts {
  std::string version;
  std::vector<std::string> command_line;
  Places places;
  Programs programs;
  bool log_to_journal = false;
  std::string file;   // the operator's, as it was named on the command line
  Candidate running;  // the configuration in force
  SharedFile ledger;
  SharedFile memory;
  std::string memory_note;                  // for the history; empty: nothing to say
  std::optional<feed::Record> startup_row;  // how the startup script ended
  base::os::UniqueFd lock;
  Wiring wiring;
  ControlServer control;
  base::os::UniqueFd signals;  // a signalfd of all handled_signals()
  base::os::Poller poller;
  std::optional<Inherited> inherited = {};
};

// Blocked by main before anything else, so that none is lost.
const std::array<int, 5>& handled_signals();

class Supervisor {
 public:
  explicit Supervisor(Parts parts);

  // Until an orderly stop is complete (ok) or the poll itself fails.
  base::Status run();

  // After run(): it ended so that what is installed now can start from the beginning.
  bool is_to_start_anew() const { return is_to_start_anew_; }
  // The program for that, and what it was started with.
  const std::string& installed_vigied() const { return parts_.programs.vigied_path(); }
  const std::vector<std::string>& command_line() const { return parts_.command_line; }

  // What the poller says: of the trial of a new version, and of those that stand by for a role.
  static constexpr std::uint64_t kFirstHeirToken = 50;
  static constexpr std::uint64_t kTrialToken = 105;

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
    // It runs an executable that is not one of parts_.programs.
    bool is_foreign = false;
    bool is_taken() const { return child.pid != 0; }
  };

  // One that is replaced when it hangs.
  struct Watched {
    Role role = Role::kEngine;
    HeartbeatWatch heartbeat;
    std::optional<ProcessorTimes> times = {};
  };

  base::Status watch_descriptors();
  void handle(const base::os::Ready& ready);
  void advance(base::Instant now);
  base::Instant deadline() const;

  void start(Seat& seat, base::Instant now);
  base::Result<base::os::Child> spawn(Role role, const Programs& programs, int birth = -1) const;
  void sit_down(Seat& seat, base::os::Child child, base::Instant now);
  void ended(Seat& seat, base::Instant now);
  void signal(Seat& seat, int number);
  Seat& seat_of(Role role);

  void look_at_heartbeats(base::Instant now);
  // When it was looked at: a look may take longer than others.
  base::Instant look_at(Watched& watched, base::Instant now);
  HeartbeatWatch::Look look_of(Watched& watched, base::Instant now);
  bool has_new_beats();  // of the keeper
  void heed(const Watched& watched, HeartbeatWatch::Finding finding);
  // Nothing when it cannot be known, which is said once.
  std::optional<ProcessorTime> time_of(Watched& watched);
  void say_status();
  void hear_engine();
  void hear_signal();
  void hear_client(std::size_t place);
  // Nothing: the reply comes later.
  std::optional<control::Reply> carry_out(const ControlServer::Asked& asked);
  control::Reply reply_now() const;
  // What an operator asks for beside a reload (operator.cpp).
  control::Reply set_maintenance(const ControlServer::Asked& asked, control::Reply reply);
  control::Reply switch_over(const ControlServer::Asked& asked, control::Reply reply);
  void begin_maintenance();
  void tell_of_maintenance();  // the engine that reads next: before it can have started without
  void advance_maintenance();
  base::Status end_maintenance(std::string_view how, std::uint32_t uid);
  void record_command(std::uint32_t uid, std::string_view subject, std::string_view text);
  std::string maintenance_file() const {
    return control::maintenance_file(parts_.places.state_dir);
  }
  void report(feed::Record record);

  // The reload.
  void advance_reload(base::Instant now);
  void settle(Reload::Ended ended);
  void take_over(Candidate next);
  void renew_readers(base::Instant now);

  // The upgrade (upgrading.cpp).
  void inherit(base::Instant now);
  // Nothing: the reply comes later.
  std::optional<control::Reply> ask_for_upgrade(const ControlServer::Asked& asked);
  void advance_upgrade(base::Instant now);
  void begin_trial(base::Instant now);
  void trial_ended();
  Handover handover() const;
  void hand_over();
  void prepare_heirs(base::Instant now);
  void hear_heir(Role role, base::Instant now);
  void replace_next(base::Instant now);
  // Whoever sat there has ended, and its heir has taken the seat, or never will.
  bool has_heir_for(Seat& seat, std::string_view how, base::Instant now);
  void took_over(Role role);
  void fail_upgrade(std::string why);
  void end_upgrade(control::Answer answer, std::string text);
  void cancel_upgrade(base::Instant now);
  base::Duration patience_for_taking_over(Role role) const;

  // The stop: first the engine departs, then the steps below, one after the other.
  void begin_stop(std::string_view why);
  void enter_step(std::size_t step, base::Instant now);
  void advance_stop(base::Instant now);
  bool step_is_done() const;
  void keeper_ended_in_stop(int status, base::Instant now);
  void start_shutdown_script(base::Instant now);
  void shutdown_script_ended(base::Instant now);
  void report_shutdown(const feed::Record& row, base::Instant now);
  bool is_script_over(base::Instant now);
  std::uint64_t ledger_head() const;

  Parts parts_;
  std::array<Seat, kRoles.size()> seats_;
  Reload reload_;
  Upgrade upgrade_;
  bool is_to_start_anew_ = false;
  std::optional<Programs> former_;  // until all of them are replaced
  ServiceManager service_manager_;
  Watched engine_;
  Watched keeper_;
  std::optional<base::Instant> keeper_beat_;         // the last of the one that sits there
  bool times_are_unknown_ = false;                   // and that has been said
  base::Instant look_at_;                            // at the heartbeats
  base::Instant say_at_;                             // to the service manager
  base::Instant alive_at_ = base::Instant::never();  // the watchdog
  bool was_ready_ = false;
  bool channel_was_full_ = false;

  std::optional<control::Maintenance> maintenance_;
  std::uint32_t maintenance_ended_by_ = 0;
  bool owes_maintenance_ = false;  // the engine

  enum class Phase { kRunning, kDeparting, kEnding, kDone } phase_ = Phase::kRunning;
  std::size_t step_ = 0;
  bool step_was_forced_ = false;
  bool is_withdrawn_ = false;         // the keeper has ended in order
  bool owes_keeper_its_end_ = false;  // when it turns
  std::optional<Once> shutdown_script_;
  std::optional<std::uint64_t> head_before_row_;
  base::Instant phase_deadline_ = base::Instant::never();
};

}  // namespace supervisor
