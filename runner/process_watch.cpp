#include "runner/process_watch.hpp"

#include <set>

namespace runner {

using base::Instant;

namespace {

std::vector<config::Process> processes_of(const std::vector<ProcessWatch::Wanted>& all) {
  std::vector<config::Process> processes;
  for (const auto& wanted : all) processes.push_back(wanted.process);
  return processes;
}

}  // namespace

ProcessWatch::ProcessWatch(const std::vector<Wanted>& processes,
                           std::optional<ProcessEvents> events, std::string proc)
    : table_(processes_of(processes), std::move(proc)), events_(std::move(events)) {
  for (const Wanted& wanted : processes) slots_.push_back({wanted.index, Quorum(wanted.process)});
}

Instant ProcessWatch::deadline() const {
  Instant next = next_scan_;
  for (const auto& [pid, at] : ended_) next = base::earlier(next, at);
  for (const Slot& slot : slots_) next = base::earlier(next, slot.quorum.deadline());
  return next;
}

void ProcessWatch::hear(Instant now) {
  const auto taken = events_->take();
  if (taken.has_lost_some || taken.events.size() > kMostLooks) {
    next_scan_ = base::earlier(next_scan_, now + kStorm);
    ended_.clear();  // the scan finds them
    return;
  }
  std::set<int> changed;
  for (const ProcessEvent& event : taken.events) {
    if (event.has_ended) {
      table_.forget(event.pid);
      changed.erase(event.pid);
      // By then it is gone, or its number is another process's.
      ended_[event.pid] = now + kGoneAfter;
    } else {
      changed.insert(event.pid);
    }
  }
  for (const int pid : changed) table_.look(pid);
}

std::vector<ipc::Tracked> ProcessWatch::look(Instant now) {
  if (events_) hear(now);
  for (auto it = ended_.begin(); it != ended_.end();) {
    if (now < it->second) {
      ++it;
      continue;
    }
    table_.look(it->first);
    it = ended_.erase(it);
  }
  if (now >= next_scan_) {
    const auto scanned = table_.scan();
    trouble_ = scanned ? std::string{} : to_string(scanned.error());
    next_scan_ = now + (events_ ? kScanBeside : kScanAlone);
  }
  std::vector<ipc::Tracked> all;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Quorum& quorum = slots_[i].quorum;
    quorum.count(table_.running(i), now);
    ipc::Tracked message;
    message.kind = ipc::TrackedKind::kProcess;
    message.index = slots_[i].index;
    // What cannot be looked at has failed.
    message.well = trouble_.empty() && quorum.is_well();
    message.value = static_cast<std::int32_t>(quorum.running());
    feed::put_text(message.text, trouble_);
    all.push_back(message);
  }
  return all;
}

}  // namespace runner
