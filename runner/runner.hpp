// The runner: check scripts, tracked files and processes, notify scripts and flag files, in one loop that waits for
// nothing but its poller.
//
//   engine --Hello--> runner --ScriptResult, Tracked, Permit, NotifyResult--> engine
//   ledger --transitions--> notify scripts          board --states--> active files, heartbeat
//
// A new configuration comes with Hello: checks that are defined as before keep their run, their counts and their timers,
// changed ones begin anew while their last verdict stands, and notify scripts go on. A runner that it leaves without work
// ends.
//
// The engine never waits for any of this. A runner that dies is started again: checks begin anew, permits and what is
// tracked are looked at anew, active files are corrected from the board, and notify scripts go on where <run-dir>/runner.place says.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/fd.hpp"
#include "base/os/poller.hpp"
#include "engine/config/lineage.hpp"
#include "engine/config/model.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/role/role.hpp"
#include "monit/flag_files.hpp"
#include "runner/facts.hpp"
#include "runner/fifos.hpp"
#include "runner/life.hpp"
#include "runner/mailbox.hpp"
#include "runner/notify.hpp"
#include "runner/process.hpp"
#include "runner/process_events.hpp"
#include "runner/scripts.hpp"
#include "runner/tracked.hpp"

namespace runner {

struct Descriptors {
  int board = -1;
  int ledger = -1;
  int engine = -1;
  int kick = -1;
  base::os::UniqueFd signals;  // role::hold_signals()
  // Without it /proc is read every second, when processes are tracked.
  std::optional<ProcessEvents> process_events = std::nullopt;
};

inline constexpr base::Duration kNotifyLimit = std::chrono::seconds{60};
inline constexpr std::size_t kNotifyAtOnce = 32;
inline constexpr base::Duration kStopLimit = std::chrono::seconds{10};

class Runner {
 public:
  static base::Result<std::unique_ptr<Runner>> open(role::Configuration configuration,
                                                    std::string run_dir, std::string boot_id,
                                                    Descriptors descriptors);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Until SIGTERM, which must be blocked, or until nothing is left to do. An error when going on makes no sense.
  base::Status run();

 private:
  struct CheckSlot {
    std::uint32_t id;  // what the poller knows it by, for as long as this process lives
    std::uint16_t script;
    Check check;
    std::optional<Process> process;
  };
  struct NotifySlot {
    Step step;
    Process process;
    base::Instant started;
    TimeLimit limit;
    bool is_trusted;  // an adopted one that was seen to be the script itself
  };
  struct FlagSlot {
    std::uint16_t flag;
    std::optional<monit::ActiveFile> active;
    std::set<std::string, std::less<>> instances;  // names it speaks of
    bool is_failing = false;                       // the latest write failed and was logged
  };

  // Permit files, and which flags block each belongs to.
  struct Permits {
    monit::PermitWatch watch;
    std::vector<std::uint16_t> flags;
    static base::Result<Permits> open(const config::Model& model);
  };
  Runner(role::Configuration configuration, std::string run_dir, std::string boot_id,
         Descriptors descriptors, base::os::Poller poller, Permits permits);

  base::Status watch_descriptors();
  base::Status watch_tracked();
  void begin_life();
  void begin_stop(base::Instant now);
  base::Status handle(const base::os::Ready& ready);
  void advance(base::Instant now);
  base::Instant deadline() const;

  // A new configuration.
  base::Status hear_hello(const ipc::Hello& hello, const base::os::UniqueFd& descriptor);
  base::Status reconfigure(role::Configuration next, base::Instant now);
  void change_checks(const config::Model& before, const config::Lineage& lineage,
                     base::Instant now);
  void change_flags();
  bool runs_alike(const config::Script& was, const config::Script& is,
                  const config::Model& before) const;
  void change_running(const config::Lineage& lineage);

  // Checks.
  void add_check(std::uint16_t script, bool begins, base::Instant now);
  void advance_checks(base::Instant now);
  void act(CheckSlot& slot, const CheckActions& todo, base::Instant now);
  CheckSlot* check_at(std::size_t id);
  void check_ended(CheckSlot& slot, base::Instant now);
  void check_printed(CheckSlot& slot);
  void say(const CheckSlot& slot, const Judged& judged, std::string_view output);
  void leave_output(Process& process);
  // A process that cannot be watched: killed, and collected at a later look.
  void give_up(Process process);
  void end_checks();
  Becoming becoming(const config::Command& command) const;

  // Notify scripts.
  void read_ledger();
  void take_lost(const feed::Record& lost);
  void start_notifies(base::Instant now);
  void start_notify(Step step, base::Instant now);
  bool adopt_former(const Step& step);
  void notify_ended(std::size_t slot, base::Instant now);
  void save_place();

  // Flag files.
  void look_at_all_permits();
  void permits_changed(const std::vector<std::size_t>& which);
  void update_flags(base::Instant now);
  void told(FlagSlot& slot, const base::Status& status);

  // Into the log and the history.
  void remark(const std::string& text);
  base::Status receive();
  base::Status flush();

  config::Model model_;
  std::uint64_t configuration_;
  std::string run_dir_;
  Life life_;
  Facts facts_;
  base::os::Poller poller_;
  base::os::Channel engine_;
  int kick_;
  base::os::UniqueFd signals_;
  Mailbox mailbox_;
  bool is_waiting_for_room_ = false;

  std::vector<CheckSlot> checks_;
  std::uint32_t next_check_ = 0;
  std::vector<base::os::UniqueFd> left_outputs_;
  std::vector<Process> given_up_;

  Tracked tracked_;

  Fifos fifos_;

  std::optional<NotifyQueue> notifies_;  // once there is a ledger
  std::optional<feed::LedgerReader> ledger_;
  std::array<std::optional<NotifySlot>, kNotifyAtOnce> running_;
  bool is_place_dirty_ = false;
  bool is_place_failing_ = false;

  Permits permits_;
  std::string permit_trouble_;
  std::vector<FlagSlot> flags_;
  FlagSlot heartbeat_;
  base::Instant next_look_;     // at flags and board
  base::Instant next_permits_;  // back-stop

  bool is_stopping_ = false;
  base::Instant stop_by_ = base::Instant::never();
  std::uint64_t last_record_ =
      ~std::uint64_t{0};  // read no further: the head when we were asked to stop
};

}  // namespace runner
