#include "engine/core/announcer.hpp"

#include <algorithm>

namespace core {
namespace {

using namespace std::chrono_literals;

// How long after the start of its burst a round goes out.
Duration offset_of(std::uint32_t round) {
  constexpr Duration kFirst[] = {0ms, 100ms, 500ms, 1000ms};
  constexpr std::uint32_t kCount = std::size(kFirst);
  return round < kCount ? kFirst[round] : kFirst[kCount - 1] + 500ms * (round - (kCount - 1));
}

bool has_elsewhere(const Announcer::Schedule& schedule) {
  return schedule.elsewhere > Duration{0} &&
         std::find(schedule.is_elsewhere.begin(), schedule.is_elsewhere.end(), true) !=
             schedule.is_elsewhere.end();
}

}  // namespace

Announcer::Announcer(std::span<const Schedule> instances, std::span<const Duration> distances)
    : schedules_(instances.begin(), instances.end()) {
  for (const Schedule& schedule : schedules_) {
    CHECK(schedule.lanes.empty() || schedule.lanes.size() == schedule.addresses,
          "a lane for every address, or for none");
    CHECK(schedule.is_elsewhere.empty() || schedule.is_elsewhere.size() == schedule.addresses,
          "of every address where it is, or of none");
    for (const std::uint16_t lane : schedule.lanes)
      CHECK(lane < distances.size(), "a lane of this announcer");
  }
  for (const Duration distance : distances) lanes_.push_back({distance, Instant{}});
  for (std::size_t i = 0; i < schedules_.size(); ++i)
    for (const Burst burst : {Burst::kMaster, Burst::kLower, Burst::kMaster})
      progress_.push_back({.burst = burst});
}

void Announcer::inherit(const Announcer& before,
                        std::span<const std::optional<std::uint16_t>> instances,
                        std::span<const std::optional<std::uint16_t>> lanes) {
  CHECK(instances.size() == schedules_.size() && lanes.size() == lanes_.size(),
        "all instances and lanes of this announcer");
  for (std::size_t i = 0; i < lanes.size(); ++i)
    if (lanes[i]) lanes_[i].free_at = before.lanes_[*lanes[i]].free_at;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    if (!instances[i]) continue;
    for (std::size_t which = 0; which < kPlaces; ++which) {
      const std::size_t place = i * kPlaces + which;
      Progress& progress = progress_[place];
      progress = before.progress_[*instances[i] * kPlaces + which];
      // A round under way among fewer addresses begins anew.
      if (progress.next >= schedules_[i].addresses) progress.next = 0;
      skip_others(place);
      const bool is_empty =
          which == kElsewhere ? !has_elsewhere(schedules_[i]) : schedules_[i].addresses == 0;
      if (is_empty) progress.due = Instant::never();
    }
  }
  find_earliest();
}

void Announcer::start(base::InstanceId instance, Instant now, Burst burst) {
  CHECK(instance.value < schedules_.size(), "an instance of this announcer");
  const Schedule& schedule = schedules_[instance.value];
  Progress* const both = &progress_[instance.value * kPlaces];
  if (burst == Burst::kLower && schedule.lower_repeat == 0) return;
  if (burst == Burst::kMaster) both[1].due = Instant::never();
  Progress& progress = both[burst == Burst::kMaster ? 0 : 1];
  progress = {.burst = burst, .started = now, .refresh_started = now};
  if (schedule.addresses > 0) progress.due = now;
  if (burst == Burst::kMaster) start_elsewhere(instance.value * kPlaces + kElsewhere, now);
  find_earliest();
}

void Announcer::start_elsewhere(std::size_t place, Instant now) {
  const Schedule& schedule = schedule_of(place);
  progress_[place] = {.round = kLastRound, .started = now};
  if (has_elsewhere(schedule)) progress_[place].due = now + schedule.elsewhere;
  skip_others(place);
}

void Announcer::stop(base::InstanceId instance) {
  CHECK(instance.value < schedules_.size(), "an instance of this announcer");
  Progress* const all = &progress_[instance.value * kPlaces];
  if (std::all_of(all, all + kPlaces, [](const Progress& one) { return one.due.is_never(); }))
    return;  // told at every event of a backup, and there may be a thousand of them
  for (Progress& one : std::span(all, kPlaces)) one.due = Instant::never();
  find_earliest();
}

std::size_t Announcer::take_due(Instant now, std::span<Announcement> due) {
  if (earliest_ > now) return 0;
  std::size_t taken = 0;
  while (taken < due.size()) {
    // Round by round over all instances: an instance that finishes its first round late and owes the second already
    // waits until everybody's first is out.
    constexpr std::uint64_t kNone = std::uint64_t{1} << 32;
    std::uint64_t round = kNone;
    for (std::size_t place = 0; place < progress_.size(); ++place)
      if (may_send(place, now)) round = std::min<std::uint64_t>(round, progress_[place].round);
    if (round == kNone) break;
    for (std::size_t place = 0; place < progress_.size() && taken < due.size(); ++place) {
      Progress& progress = progress_[place];
      if (progress.round != round) continue;
      const Schedule& schedule = schedule_of(place);
      const base::InstanceId instance{static_cast<std::uint16_t>(place / kPlaces)};
      while (taken < due.size() && progress.next < schedule.addresses && may_send(place, now)) {
        if (!schedule.lanes.empty()) {
          Lane& lane = lanes_[schedule.lanes[progress.next]];
          lane.free_at = now + lane.distance;
        }
        due[taken++] = {instance, progress.next++};
        skip_others(place);
      }
      if (progress.next == schedule.addresses && !progress.due.is_never()) finish_round(place, now);
    }
  }
  find_earliest();
  return taken;
}

Instant Announcer::free_at(std::size_t place) const {
  const Schedule& schedule = schedule_of(place);
  if (schedule.lanes.empty()) return Instant{};
  return lanes_[schedule.lanes[progress_[place].next]].free_at;
}

bool Announcer::may_send(std::size_t place, Instant now) const {
  const Progress& progress = progress_[place];
  return progress.due <= now && free_at(place) <= now;
}

void Announcer::skip_others(std::size_t place) {
  if (!is_elsewhere(place)) return;
  const Schedule& schedule = schedule_of(place);
  std::uint16_t& next = progress_[place].next;
  while (next < schedule.is_elsewhere.size() && !schedule.is_elsewhere[next]) ++next;
}

void Announcer::finish_round(std::size_t place, Instant now) {
  const Schedule& schedule = schedule_of(place);
  Progress& progress = progress_[place];
  if (is_elsewhere(place)) {
    // Those that were slept through are not made up for.
    const auto passed = (now - progress.started) / schedule.elsewhere;
    progress.due = progress.started + schedule.elsewhere * (passed + 1);
    progress.next = 0;
    skip_others(place);
    return;
  }
  const bool is_lower = progress.burst == Burst::kLower;
  const std::uint32_t repeat = std::max(1U, is_lower ? schedule.lower_repeat : schedule.repeat);
  const Duration delay = is_lower ? schedule.lower_delay : schedule.delay;
  progress.next = 0;
  const std::uint64_t round = std::uint64_t{progress.round} + 1;
  if (round >> 32 == 0) progress.round = static_cast<std::uint32_t>(round);
  if (round < repeat) {
    progress.due = progress.started + offset_of(static_cast<std::uint32_t>(round));
    return;
  }
  if (delay > Duration{0} && round < 2 * std::uint64_t{repeat}) {
    // A burst that lasts longer than the delay is over before the next begins.
    progress.due = progress.started + std::max(delay, offset_of(repeat)) +
                   offset_of(static_cast<std::uint32_t>(round - repeat));
    return;
  }
  progress.due = Instant::never();
  if (is_lower || schedule.refresh <= Duration{0}) return;
  ++progress.refresh_round;
  if (progress.refresh_started > progress.started &&
      progress.refresh_round < std::max(1U, schedule.refresh_repeat)) {
    progress.due = progress.refresh_started + offset_of(progress.refresh_round);
    return;
  }
  // The next that is still to come: those that were slept through are not made up for.
  const auto passed = (now - progress.started) / schedule.refresh;
  progress.refresh_started = progress.started + schedule.refresh * (passed + 1);
  progress.refresh_round = 0;
  progress.due = progress.refresh_started;
}

void Announcer::find_earliest() {
  earliest_ = Instant::never();
  for (std::size_t place = 0; place < progress_.size(); ++place) {
    if (progress_[place].due.is_never()) continue;
    earliest_ = earlier(earliest_, std::max(progress_[place].due, free_at(place)));
  }
}

}  // namespace core
