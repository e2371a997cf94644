#include "engine/core/announcer.hpp"

namespace core {

Announcer::Announcer(std::span<const Schedule> instances) {
  instances_.reserve(instances.size());
  for (const Schedule& schedule : instances) {
    Progress progress;
    progress.schedule = schedule;
    instances_.push_back(progress);
  }
}

void Announcer::start(base::InstanceId instance, Instant now) {
  CHECK(instance.value < instances_.size(), "an instance of this announcer");
  Progress& progress = instances_[instance.value];
  progress.round = 0;
  progress.next = 0;
  progress.started = now;
  progress.due = progress.schedule.addresses > 0 ? now : Instant::never();
  find_earliest();
}

void Announcer::stop(base::InstanceId instance) {
  CHECK(instance.value < instances_.size(), "an instance of this announcer");
  Instant& due = instances_[instance.value].due;
  if (due.is_never())
    return;  // told at every event of a backup, and there may be a thousand of them
  due = Instant::never();
  find_earliest();
}

std::size_t Announcer::take_due(Instant now, std::span<Announcement> due) {
  if (earliest_ > now) return 0;
  constexpr std::size_t kRounds = decltype(Schedule::repeat_after)::capacity() + 1;
  std::size_t taken = 0;
  // Round by round over all instances: an instance that finishes its first round late and owes the second already
  // waits until everybody's first is out.
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < instances_.size() && taken < due.size(); ++i) {
      Progress& progress = instances_[i];
      if (progress.due > now || progress.round != round) continue;
      const base::InstanceId instance{static_cast<std::uint16_t>(i)};
      while (taken < due.size() && progress.next < progress.schedule.addresses)
        due[taken++] = {instance, progress.next++};
      if (progress.next == progress.schedule.addresses) finish_round(progress);
    }
  }
  find_earliest();
  return taken;
}

void Announcer::finish_round(Progress& progress) {
  const auto& repeats = progress.schedule.repeat_after;
  progress.due = progress.round < repeats.size() ? progress.started + repeats[progress.round]
                                                 : Instant::never();
  ++progress.round;
  progress.next = 0;
}

void Announcer::find_earliest() {
  earliest_ = Instant::never();
  for (const Progress& progress : instances_) earliest_ = earlier(earliest_, progress.due);
}

}  // namespace core
