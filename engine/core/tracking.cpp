#include "engine/core/tracking.hpp"

#include <algorithm>

namespace core {

Tracking::Tracking(const base::InlineList<Tracker, kMaxTrackers>& trackers) : trackers_(trackers) {}

bool Tracking::report(std::uint16_t tracker, bool well) {
  CHECK(tracker < trackers_.size(), "a tracker of this virtual router");
  const Answer answer = well != trackers_[tracker].reverse ? Answer::kWell : Answer::kFailing;
  if (answers_[tracker] == answer) return false;
  answers_[tracker] = answer;
  return true;
}

void Tracking::adopt(Priority effective) { adopted_ = effective; }

unsigned Tracking::faults() const {
  unsigned faults = 0;
  for (std::size_t i = 0; i < trackers_.size(); ++i)
    if (trackers_[i].weight == 0 && answers_[i] == Answer::kFailing) ++faults;
  return faults;
}

std::uint16_t Tracking::first_fault() const {
  std::uint16_t tracker = 0;
  while (trackers_[tracker].weight != 0 || answers_[tracker] != Answer::kFailing) {
    ++tracker;
    CHECK(tracker < trackers_.size(), "the first fault of some");
  }
  return tracker;
}

bool Tracking::is_waiting() const {
  for (std::size_t i = 0; i < trackers_.size(); ++i)
    if (trackers_[i].weight == 0 && answers_[i] == Answer::kNone) return true;
  return false;
}

Priority Tracking::effective(Priority base) const {
  if (base == base::kOwnerPriority) return base;
  int sum = base.value;
  for (std::size_t i = 0; i < trackers_.size(); ++i) {
    const int weight = trackers_[i].weight;
    // Somebody who spoke for us before counted every tracker; half the answers are no reason to say less than he did.
    if (weight != 0 && answers_[i] == Answer::kNone && adopted_ != base::kReleasePriority)
      return adopted_;
    const bool well = answers_[i] == Answer::kWell;
    if (weight > 0 && well) sum += weight;
    if (weight < 0 && !well) sum += weight;
  }
  return Priority{static_cast<std::uint8_t>(std::clamp(sum, 1, 254))};
}

}  // namespace core
