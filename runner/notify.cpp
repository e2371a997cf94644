#include "runner/notify.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace runner {

using base::State;

namespace {

constexpr std::uint8_t bit(Part part) { return static_cast<std::uint8_t>(part); }

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
      states_(model.instances.size(), State::kInitialize),
      queues_(model.instances.size() + model.groups.size()) {}

struct NotifyQueue::Scripts {
  const config::Command& master;
  const config::Command& backup;
  const config::Command& fault;
  const config::Command& stop;
  const config::Command& every;
  const std::string& name;
  bool is_group;
};

NotifyQueue::Scripts NotifyQueue::scripts_of(std::size_t subject) const {
  const auto of = [](const auto& it, bool is_group) {
    return Scripts{it.notify_master, it.notify_backup, it.notify_fault, it.notify_stop,
                   it.notify,        it.name,          is_group};
  };
  const std::size_t instances = model_.instances.size();
  return subject < instances ? of(model_.instances[subject], false)
                             : of(model_.groups[subject - instances], true);
}

const config::Command& NotifyQueue::command_for(std::size_t subject, const Work& work) const {
  static const config::Command none;
  if (work.is_rival) return model_.instances[subject].notify_master_rx_lower_pri;
  const Scripts scripts = scripts_of(subject);
  switch (work.state) {
    case State::kMaster: return scripts.master;
    case State::kBackup: return scripts.backup;
    case State::kFault: return scripts.fault;
    case State::kStopped: return scripts.stop;
    case State::kInitialize: return none;
  }
  return none;
}

std::optional<std::size_t> NotifyQueue::subject_of(const feed::Record& record) const {
  const auto find = [&](const auto& all) -> std::optional<std::size_t> {
    const std::string_view name = feed::get_text(record.name);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& it) { return it.name == name; });
    if (found == all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
  };
  if (record.kind != feed::Kind::kGroup) return find(model_.instances);
  const auto group = find(model_.groups);
  if (!group) return std::nullopt;
  return *group + model_.instances.size();
}

void NotifyQueue::knew(std::string_view instance, State state) {
  for (std::size_t i = 0; i < states_.size(); ++i)
    if (model_.instances[i].name == instance) states_[i] = state;
}

std::uint8_t NotifyQueue::parts_wanted(std::size_t subject, const Work& work) const {
  std::uint8_t wanted = 0;
  if (command_for(subject, work).is_set()) wanted |= bit(Part::kState);
  // Initialize is where an instance comes from, nothing a script is told.
  if (!work.is_rival && scripts_of(subject).every.is_set() && work.state != State::kInitialize)
    wanted |= bit(Part::kEvery);
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
  using feed::Kind;
  const bool is_contest = record.kind == Kind::kContest;
  if (record.kind != Kind::kTransition && record.kind != Kind::kGroup && !is_contest) return;
  const auto subject = subject_of(record);
  if (!subject) return;
  if (record.kind == Kind::kTransition) states_[*subject] = record.to;
  // Two masters, raised, of whom we are one and the better one.
  if (is_contest && (record.status != 1 || states_[*subject] != State::kMaster ||
                     record.peer_priority >= record.priority))
    return;
  Work work;
  work.sequence = record.sequence;
  work.state = record.to;
  work.is_rival = is_contest;
  work.priority = record.priority;
  if (const auto before = resumed_.find(record.sequence); before != resumed_.end()) {
    work.ended = before->second.ended;
    work.former = before->second.running;
  }
  work.left = static_cast<std::uint8_t>(parts_wanted(*subject, work) & ~work.ended);
  if (work.left != 0) {
    queues_[*subject].push_back(work);
  } else if (work.ended != 0) {
    // Must stay known for as long as an earlier record keeps the place back. A transition without scripts need not.
    finished_[record.sequence].ended = work.ended;
  }
}

Step NotifyQueue::step_of(std::size_t subject, const Work& work, Part part) const {
  const Scripts of = scripts_of(subject);
  Step step{.sequence = work.sequence,
            .instance = of.is_group ? kNoInstance : static_cast<std::uint16_t>(subject),
            .whose = (of.is_group ? "group " : "") + of.name,
            .part = part,
            .what = part == Part::kEvery ? "notify"
                    : work.is_rival      ? "notify_master_rx_lower_pri"
                                         : std::string(name_for(work.state)),
            .command = part == Part::kState ? command_for(subject, work) : of.every,
            .former = {}};
  if (part == Part::kEvery)
    step.command.arguments.insert(
        step.command.arguments.end(),
        {of.is_group ? "GROUP" : "INSTANCE", of.name, std::string(to_string(work.state)),
         // A group has no priority; keepalived says 0.
         std::to_string(of.is_group ? 0 : work.priority)});
  if (work.former && work.former->part == part) step.former = work.former;
  return step;
}

std::optional<Step> NotifyQueue::next() {
  if (running_ >= at_once_) return std::nullopt;
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    const std::size_t subject = (turn_ + i) % queues_.size();
    if (queues_[subject].empty() || queues_[subject].front().is_running) continue;
    Work& work = queues_[subject].front();
    work.is_running = true;
    work.part = (work.left & bit(Part::kState)) != 0 ? Part::kState : Part::kEvery;
    turn_ = (subject + 1) % queues_.size();
    ++running_;
    return step_of(subject, work, work.part);
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
