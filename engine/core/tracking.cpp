#include "engine/core/tracking.hpp"

#include <algorithm>

namespace core {
namespace {

constexpr std::int64_t kMostShare = 253;

// What a weighted thing adds: it is well, or it is not.
std::int16_t share_of(int weight, bool well) {
  return static_cast<std::int16_t>(well == (weight > 0) ? weight : 0);
}

}  // namespace

Tracking::Tracking(const base::InlineList<Tracker, kMaxTrackers>& trackers) : trackers_(trackers) {
  for (std::size_t i = 0; i < trackers_.size(); ++i)
    if (trackers_[i].kind != Tracker::Kind::kFile)
      answers_[i].share = share_of(trackers_[i].weight, false);
}

Tracking::Answer Tracking::judge(const Tracker& tracker, bool well, std::int32_t value) {
  Answer answer{.is_known = true};
  if (tracker.kind == Tracker::Kind::kFile) {
    if (tracker.weight == 0) {
      answer.is_fault = (value != 0) != tracker.reverse;
      return answer;
    }
    // 64 bits hold any product of the two, and its negative.
    const std::int64_t product = std::int64_t{value} * tracker.weight;
    const std::int64_t share = tracker.reverse ? -product : product;
    answer.is_fault = share < -kMostShare;
    if (!answer.is_fault) answer.share = static_cast<std::int16_t>(std::min(share, kMostShare));
    return answer;
  }
  const bool counts_as_well = well != tracker.reverse;
  if (tracker.weight == 0)
    answer.is_fault = !counts_as_well;
  else
    answer.share = share_of(tracker.weight, counts_as_well);
  return answer;
}

bool Tracking::report(std::uint16_t tracker, bool well, std::int32_t value) {
  CHECK(tracker < trackers_.size(), "a tracker of this virtual router");
  const Answer answer = judge(trackers_[tracker], well, value);
  said_[tracker] = {.well = well, .value = value};
  if (answers_[tracker] == answer) return false;
  answers_[tracker] = answer;
  return true;
}

void Tracking::adopt(Priority effective) { adopted_ = effective; }

void Tracking::reconfigure(const base::InlineList<Tracker, kMaxTrackers>& trackers,
                           std::span<const TrackerOrigin> origins, int moved_by) {
  CHECK(origins.size() == trackers.size(), "an origin for each tracker");
  const auto is_owed = [&](std::size_t i) {
    return trackers_[i].weight != 0 && !answers_[i].is_known;
  };
  bool is_adopted = false;
  for (std::size_t i = 0; i < trackers_.size(); ++i) is_adopted = is_adopted || is_owed(i);
  if (!is_adopted) adopted_ = base::kReleasePriority;
  if (adopted_ != base::kReleasePriority)
    adopted_ = Priority{static_cast<std::uint8_t>(std::clamp(adopted_.value + moved_by, 1, 254))};

  std::array<Answer, kMaxTrackers> answers{};
  std::array<Said, kMaxTrackers> said{};
  for (std::size_t i = 0; i < trackers.size(); ++i) {
    if (!origins[i].before) continue;
    const std::uint16_t was = *origins[i].before;
    CHECK(was < trackers_.size(), "a tracker there was");
    const Answer& before = answers_[was];
    said[i] = said_[was];
    const bool counts_alike = trackers[i].weight == trackers_[was].weight &&
                              trackers[i].reverse == trackers_[was].reverse;
    if (counts_alike)
      answers[i] = before;
    else if (before.is_known)
      answers[i] = judge(trackers[i], said[i].well, said[i].value);
    else if (before.share != 0)
      answers[i].share = share_of(trackers[i].weight, false);
  }
  trackers_ = trackers;
  answers_ = answers;
  said_ = said;
}

unsigned Tracking::faults() const {
  unsigned faults = 0;
  for (std::size_t i = 0; i < trackers_.size(); ++i)
    if (answers_[i].is_fault) ++faults;
  return faults;
}

std::uint16_t Tracking::first_fault() const {
  std::uint16_t tracker = 0;
  while (!answers_[tracker].is_fault) {
    ++tracker;
    CHECK(tracker < trackers_.size(), "the first fault of some");
  }
  return tracker;
}

bool Tracking::is_waiting() const {
  for (std::size_t i = 0; i < trackers_.size(); ++i)
    if (trackers_[i].weight == 0 && !answers_[i].is_known) return true;
  return false;
}

Priority Tracking::effective(Priority base) const {
  if (base == base::kOwnerPriority) return base;
  int sum = base.value;
  for (std::size_t i = 0; i < trackers_.size(); ++i) {
    // Somebody who spoke for us before counted every tracker; half the answers are no reason to say less than he did.
    if (trackers_[i].weight != 0 && !answers_[i].is_known && adopted_ != base::kReleasePriority)
      return adopted_;
    sum += answers_[i].share;
  }
  return Priority{static_cast<std::uint8_t>(std::clamp(sum, 1, 254))};
}

}  // namespace core
