// Which notify script runs next.
//
// Pure: it is fed the ledger's records in order and answers with scripts to start; it is told when they ended. Per
// transition, first the script of the new state (notify_master, notify_backup, notify_fault, notify_stop; no arguments
// of ours), then `notify` with INSTANCE NAME STATE PRIORITY appended. A sync group's scripts are run in the same way, with
// GROUP NAME STATE 0. An instance that a reload removes is told FAULT, or by notify_deleted and DELETED where that is
// written. notify_master_rx_lower_pri is run when a master finds that another one of lower priority speaks.
//
// What stays true:
// - Scripts of one instance, or of one group, run one after the other, in the order of the ledger. None is left out: a
//   script that saw MASTER is always told BACKUP as well. Different instances and groups do not wait for each other.
// - At most `at_once` scripts run.
// - progress() names exactly what has ended. A runner that starts from it repeats only a script of which nobody knows
//   whether it ended, and leaves out none.
// Instances and groups are known by name: a record may be older than the configuration that is read. With another
// configuration one that was renamed answers to both names, and one that is gone keeps its scripts until the
// configuration after that: how it left is still to be told.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/lineage.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/record.hpp"

namespace runner {

// The two scripts of a transition, as bits of what has ended.
enum class Part : std::uint8_t { kState = 1, kEvery = 2 };

// A script that runs, so that a later runner finds it: its number alone could be another process's by then.
struct Running {
  Part part = Part::kState;
  int pid = 0;
  std::uint64_t start_ticks = 0;  // of /proc/PID/stat: with the pid, unique since boot
  std::int64_t started_ns = 0;    // monotonic
  friend bool operator==(const Running&, const Running&) = default;
};

struct RecordProgress {
  std::uint8_t ended = 0;  // set of Part
  std::optional<Running> running;
  friend bool operator==(const RecordProgress&, const RecordProgress&) = default;
};

// How far the ledger was dealt with.
struct Progress {
  std::uint64_t ledger = 0;  // its identity
  std::uint64_t place = 0;   // all scripts of all records up to here have ended
  std::map<std::uint64_t, RecordProgress> beyond{};  // of later records, by sequence
  friend bool operator==(const Progress&, const Progress&) = default;
};

inline constexpr std::uint16_t kNoInstance = 0xffff;

struct Step {
  std::uint64_t sequence = 0;
  std::uint16_t instance = kNoInstance;  // into the model; none: a group's
  std::string whose;                     // "VI_1", "group G1"
  Part part = Part::kState;
  std::string what;               // "notify_master"
  config::Command command;        // with its arguments
  std::optional<Running> former;  // an earlier runner started it already
};

class NotifyQueue {
 public:
  NotifyQueue(const config::Model& model, Progress so_far, std::size_t at_once = 32);

  // What runs and what waits stays; what is started from now on is as this configuration has it.
  void reconfigure(const config::Model& before, const config::Model& now,
                   const config::Lineage& lineage);

  // What an instance was when the records began, as far as anybody knows.
  void knew(std::string_view instance, base::State state);
  // The next record of the ledger; those that no script is run for are only counted.
  void take(const feed::Record& record);
  // Records up to `last` cannot be read any more. `known` are the latest transitions of instances and groups, as the board
  // shows them: what one is now is said even when how it got there is lost.
  void take_lost(std::uint64_t last, const std::vector<feed::Record>& known);

  // A script that may start now. The caller starts it and says so, or says that it ended.
  std::optional<Step> next();
  void started(std::uint64_t sequence, const Running& running);
  void ended(std::uint64_t sequence);
  // Whether the former run did its work is not known: the same step comes again.
  void run_again(std::uint64_t sequence);

  Progress progress() const;
  std::uint64_t taken() const { return taken_; }
  std::size_t waiting() const;  // transitions with a script that has not ended
  bool is_idle() const { return waiting() == 0; }

 private:
  struct Work {
    std::uint64_t sequence = 0;
    base::State state = base::State::kInitialize;
    bool is_rival = false;    // no transition: a master of lower priority was heard
    bool is_removal = false;  // a reload has removed the instance
    std::uint8_t priority = 0;
    std::uint8_t left = 0;   // parts still to run
    std::uint8_t ended = 0;  // parts that ran
    bool is_running = false;
    Part part = Part::kState;  // the one that runs
    std::optional<Running> running;
    std::optional<Running> former;
  };
  // An instance or a group, and what is still to be run for it.
  struct Subject {
    std::string name;
    std::string former_name;  // before it was renamed
    bool is_group = false;
    bool is_gone = false;                  // from the configuration
    std::uint16_t instance = kNoInstance;  // its place
    config::Command master, backup, fault, stop, every, rival, deleted;
    bool tells_deletion = false;
    base::State state = base::State::kInitialize;  // as the records so far have it
    std::deque<Work> queue;
  };
  static std::vector<Subject> subjects_of(const config::Model& model);
  static const config::Command& command_for(const Subject& subject, const Work& work);
  static std::string_view name_of(const Subject& subject, const Work& work);  // of its script
  static std::string_view word_of(const Subject& subject, const Work& work);  // what `notify` hears
  static std::uint8_t parts_wanted(const Subject& subject, const Work& work);
  static Step step_of(const Subject& subject, const Work& work, Part part);
  void enqueue(const feed::Record& record);
  Subject* subject_of(const feed::Record& record);
  std::deque<Work>& queue_of(std::uint64_t sequence);

  std::size_t at_once_;
  std::uint64_t ledger_;
  std::uint64_t taken_;
  std::map<std::uint64_t, RecordProgress>
      resumed_;  // what an earlier runner had done, until its record is read
  std::map<std::uint64_t, RecordProgress>
      finished_;                   // wholly ended, while an earlier record is not
  std::vector<Subject> subjects_;  // the instances, the groups, then those that are gone
  std::size_t running_ = 0;
  std::size_t turn_ = 0;  // the subject that is asked first: all get their share of the processes
};

}  // namespace runner
