// Tracked processes: the table is corrected at every word of the kernel, and read anew now and then: every five seconds
// when the kernel speaks, in case a word was lost that nobody knows of, every second when it does not.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "runner/lookout.hpp"
#include "runner/process_events.hpp"
#include "runner/process_table.hpp"
#include "runner/quorum.hpp"

namespace runner {

class ProcessWatch final : public Lookout {
 public:
  static constexpr base::Duration kScanAlone = std::chrono::seconds{1};
  static constexpr base::Duration kScanBeside = std::chrono::seconds{5};
  // A process that says it ends is still in /proc for a moment.
  static constexpr base::Duration kGoneAfter = std::chrono::milliseconds{20};
  // More words than this at a time cost more than reading the table, which is then done this much later, once.
  static constexpr std::size_t kMostLooks = 256;
  static constexpr base::Duration kStorm = std::chrono::milliseconds{200};

  struct Wanted {
    std::uint16_t index = 0;  // into Model::processes
    config::Process process;
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  // `former`: its word from the kernel is taken over, and the verdicts and pending delays of processes that are looked for
  // in the same way.
  ProcessWatch(const std::vector<Wanted>& processes, ProcessWatch& former);
  ProcessWatch(const std::vector<Wanted>& processes, std::optional<ProcessEvents> events,
               std::string proc = "/proc");

  int fd() const override { return events_ ? events_->fd() : -1; }
  base::Instant deadline() const override;
  std::vector<ipc::Tracked> look(base::Instant now) override;
  // What was found last goes on counting: who holds the table up is seldom who is looked for.
  std::optional<ipc::Tracked> when_stuck() const override { return std::nullopt; }

 private:
  struct Slot {
    Wanted wanted;
    Quorum quorum;
  };
  void hear(base::Instant now);

  ProcessTable table_;
  std::optional<ProcessEvents> events_;
  std::vector<Slot> slots_;
  base::Instant next_scan_;
  std::map<int, base::Instant> ended_;  // numbers to look at again
  std::string trouble_;
};

}  // namespace runner
