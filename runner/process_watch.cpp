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

bool is_counted_alike(const config::Process& a, const config::Process& b) {
  return a.command == b.command && a.parameters == b.parameters &&
         a.full_command == b.full_command && a.quorum == b.quorum && a.quorum_max == b.quorum_max &&
         a.fork_delay == b.fork_delay && a.terminate_delay == b.terminate_delay;
}

}  // namespace

ProcessWatch::ProcessWatch(const std::vector<Wanted>& processes,
                           std::optional<ProcessEvents> events, std::string proc)
    : table_(processes_of(processes), std::move(proc)), events_(std::move(events)) {
  for (const Wanted& wanted : processes) slots_.push_back({wanted, Quorum(wanted.process)});
}

ProcessWatch::ProcessWatch(const std::vector<Wanted>& processes, ProcessWatch& former)
    : ProcessWatch(processes, std::exchange(former.events_, std::nullopt)) {
  ended_ = former.ended_;
  for (Slot& slot : slots_)
    for (const Slot& old : former.slots_)
      if (is_counted_alike(slot.wanted.process, old.wanted.process)) slot.quorum = old.quorum;
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
    message.index = slots_[i].wanted.index;
    // What cannot be looked at has failed.
    message.well = trouble_.empty() && quorum.is_well();
    message.value = static_cast<std::int32_t>(quorum.running());
    feed::put_text(message.text, trouble_);
    all.push_back(message);
  }
  return all;
}

}  // namespace runner
