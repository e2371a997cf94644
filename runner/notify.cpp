#include "runner/notify.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace runner {

using base::State;

namespace {

constexpr std::uint8_t bit(Part part) { return static_cast<std::uint8_t>(part); }

const config::Command& command_for(const config::Instance& instance, State state) {
  static const config::Command none;
  switch (state) {
    case State::kMaster: return instance.notify_master;
    case State::kBackup: return instance.notify_backup;
    case State::kFault: return instance.notify_fault;
    case State::kStopped: return instance.notify_stop;
    case State::kInitialize: return none;
  }
  return none;
}

std::string_view name_for(State state) {
  switch (state) {
    case State::kMaster: return "notify_master";
    case State::kBackup: return "notify_backup";
    case State::kFault: return "notify_fault";
    case State::kStopped: return "notify_stop";
    case State::kInitialize: return "notify";
  }
  return "notify";
}

}  // namespace

NotifyQueue::NotifyQueue(const config::Model& model, Progress so_far, std::size_t at_once)
    : model_(model),
      at_once_(at_once),
      ledger_(so_far.ledger),
      taken_(so_far.place),
      resumed_(std::move(so_far.beyond)),
      queues_(model.instances.size()) {}

std::uint8_t NotifyQueue::parts_wanted(std::size_t instance, State state) const {
  const config::Instance& of = model_.instances[instance];
  std::uint8_t wanted = 0;
  if (command_for(of, state).is_set()) wanted |= bit(Part::kState);
  // Initialize is where an instance comes from, nothing a script is told.
  if (of.notify.is_set() && state != State::kInitialize) wanted |= bit(Part::kEvery);
  return wanted;
}

void NotifyQueue::take(const feed::Record& record) {
  taken_ = record.sequence;
  enqueue(record);
  resumed_.erase(record.sequence);
}

void NotifyQueue::take_lost(std::uint64_t last, const std::vector<feed::Record>& known) {
  std::vector<feed::Record> lost;
  for (const feed::Record& record : known)
    if (record.sequence > taken_ && record.sequence <= last) lost.push_back(record);
  std::sort(lost.begin(), lost.end(),
            [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  for (const feed::Record& record : lost) enqueue(record);
  taken_ = last;
  resumed_.erase(resumed_.begin(), resumed_.upper_bound(last));
}

void NotifyQueue::enqueue(const feed::Record& record) {
  if (record.kind != feed::Kind::kTransition) return;
  const std::string_view name = feed::get_text(record.name);
  const auto found = std::find_if(model_.instances.begin(), model_.instances.end(),
                                  [&](const config::Instance& it) { return it.name == name; });
  if (found == model_.instances.end()) return;
  const auto instance = static_cast<std::size_t>(found - model_.instances.begin());
  Work work;
  work.sequence = record.sequence;
  work.state = record.to;
  work.priority = record.priority;
  if (const auto before = resumed_.find(record.sequence); before != resumed_.end()) {
    work.ended = before->second.ended;
    work.former = before->second.running;
  }
  work.left = static_cast<std::uint8_t>(parts_wanted(instance, record.to) & ~work.ended);
  if (work.left != 0) {
    queues_[instance].push_back(work);
  } else if (work.ended != 0) {
    // Must stay known for as long as an earlier record keeps the place back. A transition without scripts need not.
    finished_[record.sequence].ended = work.ended;
  }
}

Step NotifyQueue::step_of(std::size_t instance, const Work& work, Part part) const {
  const config::Instance& of = model_.instances[instance];
  Step step{.sequence = work.sequence,
            .instance = static_cast<std::uint16_t>(instance),
            .part = part,
            .what = part == Part::kState ? std::string(name_for(work.state)) : "notify",
            .command = part == Part::kState ? command_for(of, work.state) : of.notify,
            .former = {}};
  if (part == Part::kEvery)
    step.command.arguments.insert(
        step.command.arguments.end(),
        {"INSTANCE", of.name, std::string(to_string(work.state)), std::to_string(work.priority)});
  if (work.former && work.former->part == part) step.former = work.former;
  return step;
}

std::optional<Step> NotifyQueue::next() {
  if (running_ >= at_once_) return std::nullopt;
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    const std::size_t instance = (turn_ + i) % queues_.size();
    if (queues_[instance].empty() || queues_[instance].front().is_running) continue;
    Work& work = queues_[instance].front();
    work.is_running = true;
    work.part = (work.left & bit(Part::kState)) != 0 ? Part::kState : Part::kEvery;
    turn_ = (instance + 1) % queues_.size();
    ++running_;
    return step_of(instance, work, work.part);
  }
  return std::nullopt;
}

std::deque<NotifyQueue::Work>& NotifyQueue::queue_of(std::uint64_t sequence) {
  const auto found = std::find_if(queues_.begin(), queues_.end(), [&](const auto& queue) {
    return !queue.empty() && queue.front().is_running && queue.front().sequence == sequence;
  });
  CHECK(found != queues_.end(), "only what runs can start or end");
  return *found;
}

void NotifyQueue::started(std::uint64_t sequence, const Running& running) {
  Work& work = queue_of(sequence).front();
  work.running = running;
  work.former.reset();
}

void NotifyQueue::ended(std::uint64_t sequence) {
  std::deque<Work>& queue = queue_of(sequence);
  Work& work = queue.front();
  --running_;
  work.is_running = false;
  work.ended |= bit(work.part);
  work.left &= static_cast<std::uint8_t>(~bit(work.part));
  work.running.reset();
  work.former.reset();
  if (work.left != 0) return;
  finished_[sequence].ended = work.ended;
  queue.pop_front();
  finished_.erase(finished_.begin(), finished_.upper_bound(progress().place));
}

void NotifyQueue::run_again(std::uint64_t sequence) {
  Work& work = queue_of(sequence).front();
  --running_;
  work.is_running = false;
  work.running.reset();
  work.former.reset();
}

Progress NotifyQueue::progress() const {
  Progress now{.ledger = ledger_, .place = taken_, .beyond = finished_};
  for (const auto& queue : queues_) {
    for (const Work& work : queue) {
      now.place = std::min(now.place, work.sequence - 1);
      if (work.ended != 0 || work.running || work.former)
        now.beyond[work.sequence] = {work.ended, work.running ? work.running : work.former};
    }
  }
  now.beyond.insert(resumed_.begin(), resumed_.end());
  now.beyond.erase(now.beyond.begin(), now.beyond.upper_bound(now.place));
  return now;
}

std::size_t NotifyQueue::waiting() const {
  std::size_t count = 0;
  for (const auto& queue : queues_) count += queue.size();
  return count;
}

}  // namespace runner
