#include "runner/notify.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "runner/fifo_lines.hpp"

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
    : at_once_(at_once),
      ledger_(so_far.ledger),
      taken_(so_far.place),
      resumed_(std::move(so_far.beyond)),
      subjects_(subjects_of(model)) {}

std::vector<NotifyQueue::Subject> NotifyQueue::subjects_of(const config::Model& model) {
  std::vector<Subject> subjects;
  const auto add = [&](const auto& it) -> Subject& {
    Subject subject;
    subject.name = it.name;
    subject.master = it.notify_master;
    subject.backup = it.notify_backup;
    subject.fault = it.notify_fault;
    subject.stop = it.notify_stop;
    subject.every = it.notify;
    subjects.push_back(std::move(subject));
    return subjects.back();
  };
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    Subject& subject = add(model.instances[i]);
    subject.rival = model.instances[i].notify_master_rx_lower_pri;
    subject.deleted = model.instances[i].notify_deleted;
    subject.tells_deletion = model.instances[i].tells_deletion;
    subject.instance = static_cast<std::uint16_t>(i);
  }
  for (const config::SyncGroup& group : model.groups) add(group).is_group = true;
  return subjects;
}

void NotifyQueue::reconfigure(const config::Model& before, const config::Model& now,
                              const config::Lineage& lineage) {
  std::vector<Subject> old = std::exchange(subjects_, subjects_of(now));
  std::vector<bool> is_taken(old.size());
  const auto go_on = [&](Subject& subject, std::size_t place) {
    is_taken[place] = true;
    Subject& was = old[place];
    if (was.name != subject.name) subject.former_name = was.name;
    subject.state = was.state;
    subject.queue = std::move(was.queue);
    std::erase_if(subject.queue, [&](Work& work) {
      if (work.is_running) return false;
      work.left &= parts_wanted(subject, work);
      if (work.left != 0) return false;
      if (work.ended != 0) finished_[work.sequence].ended = work.ended;
      return true;
    });
  };
  for (std::size_t i = 0; i < lineage.instances.size(); ++i)
    if (lineage.instances[i]) go_on(subjects_[i], *lineage.instances[i]);
  for (std::size_t i = 0; i < lineage.groups.size(); ++i)
    if (lineage.groups[i])
      go_on(subjects_[now.instances.size() + i], before.instances.size() + *lineage.groups[i]);
  for (std::size_t i = 0; i < old.size(); ++i) {
    if (is_taken[i] || (old[i].is_gone && old[i].queue.empty())) continue;
    old[i].is_gone = true;
    old[i].instance = kNoInstance;
    subjects_.push_back(std::move(old[i]));
  }
  turn_ = 0;
}

const config::Command& NotifyQueue::command_for(const Subject& subject, const Work& work) {
  static const config::Command none;
  if (work.is_rival) return subject.rival;
  if (work.is_removal) return subject.tells_deletion ? subject.deleted : subject.fault;
  switch (work.state) {
    case State::kMaster: return subject.master;
    case State::kBackup: return subject.backup;
    case State::kFault: return subject.fault;
    case State::kStopped: return subject.stop;
    case State::kInitialize: return none;
  }
  return none;
}

NotifyQueue::Subject* NotifyQueue::subject_of(const feed::Record& record) {
  const std::string_view name = feed::get_text(record.name);
  const bool is_group = record.kind == feed::Kind::kGroup;
  // Names of now come first, then former ones, then those of who is gone.
  for (const auto fits : {+[](const Subject&one, std::string_view wanted) {
                            return !one.is_gone && one.name == wanted;
                          },
                          +[](const Subject&one, std::string_view wanted) {
                            return !one.is_gone && one.former_name == wanted;
                          },
                          +[](const Subject&one, std::string_view wanted) {
                            return one.is_gone && one.name == wanted;
                          }}) {
    const auto found = std::find_if(subjects_.begin(), subjects_.end(), [&](const Subject& one) {
      return one.is_group == is_group && !name.empty() && fits(one, name);
    });
    if (found != subjects_.end()) return &*found;
  }
  return nullptr;
}

void NotifyQueue::knew(std::string_view instance, State state) {
  for (Subject& subject : subjects_)
    if (!subject.is_group && subject.name == instance) subject.state = state;
}

std::uint8_t NotifyQueue::parts_wanted(const Subject& subject, const Work& work) {
  std::uint8_t wanted = 0;
  if (command_for(subject, work).is_set()) wanted |= bit(Part::kState);
  // Initialize is where an instance comes from, nothing a script is told.
  if (!work.is_rival && subject.every.is_set() && work.state != State::kInitialize)
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
  Subject* const subject = subject_of(record);
  if (subject == nullptr) return;
  if (record.kind == Kind::kTransition) subject->state = record.to;
  // Two masters, raised, of whom we are one and the better one.
  if (is_contest && (record.status != 1 || subject->state != State::kMaster ||
                     record.peer_priority >= record.priority))
    return;
  Work work;
  work.sequence = record.sequence;
  work.state = record.to;
  work.is_rival = is_contest;
  work.is_removal = record.kind == Kind::kTransition && is_removal(record);
  work.priority = record.priority;
  if (const auto before = resumed_.find(record.sequence); before != resumed_.end()) {
    work.ended = before->second.ended;
    work.former = before->second.running;
  }
  work.left = static_cast<std::uint8_t>(parts_wanted(*subject, work) & ~work.ended);
  if (work.left != 0) {
    subject->queue.push_back(work);
  } else if (work.ended != 0) {
    // Must stay known for as long as an earlier record keeps the place back. A transition without scripts need not.
    finished_[record.sequence].ended = work.ended;
  }
}

std::string_view NotifyQueue::name_of(const Subject& subject, const Work& work) {
  if (!work.is_removal) return name_for(work.state);
  return subject.tells_deletion ? "notify_deleted" : name_for(State::kFault);
}

std::string_view NotifyQueue::word_of(const Subject& subject, const Work& work) {
  return work.is_removal ? removal_word(subject.tells_deletion) : to_string(work.state);
}

Step NotifyQueue::step_of(const Subject& subject, const Work& work, Part part) {
  Step step{.sequence = work.sequence,
            .instance = subject.instance,
            .whose = (subject.is_group ? "group " : "") + subject.name,
            .part = part,
            .what = part == Part::kEvery ? "notify"
                    : work.is_rival      ? "notify_master_rx_lower_pri"
                                         : std::string(name_of(subject, work)),
            .command = part == Part::kState ? command_for(subject, work) : subject.every,
            .former = {}};
  if (part == Part::kEvery)
    step.command.arguments.insert(
        step.command.arguments.end(),
        {subject.is_group ? "GROUP" : "INSTANCE", subject.name, std::string(word_of(subject, work)),
         // A group has no priority; keepalived says 0.
         std::to_string(subject.is_group ? 0 : work.priority)});
  if (work.former && work.former->part == part) step.former = work.former;
  return step;
}

std::optional<Step> NotifyQueue::next() {
  if (running_ >= at_once_) return std::nullopt;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const std::size_t place = (turn_ + i) % subjects_.size();
    Subject& subject = subjects_[place];
    if (subject.queue.empty() || subject.queue.front().is_running) continue;
    Work& work = subject.queue.front();
    work.is_running = true;
    work.part = (work.left & bit(Part::kState)) != 0 ? Part::kState : Part::kEvery;
    turn_ = (place + 1) % subjects_.size();
    ++running_;
    return step_of(subject, work, work.part);
  }
  return std::nullopt;
}

std::deque<NotifyQueue::Work>& NotifyQueue::queue_of(std::uint64_t sequence) {
  const auto found = std::find_if(subjects_.begin(), subjects_.end(), [&](const Subject& one) {
    return !one.queue.empty() && one.queue.front().is_running &&
           one.queue.front().sequence == sequence;
  });
  CHECK(found != subjects_.end(), "only what runs can start or end");
  return found->queue;
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
  for (const Subject& subject : subjects_) {
    for (const Work& work : subject.queue) {
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
  for (const Subject& subject : subjects_) count += subject.queue.size();
  return count;
}

}  // namespace runner
