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
  if (answers_[tracker] == answer) return false;
  answers_[tracker] = answer;
  return true;
}

void Tracking::adopt(Priority effective) { adopted_ = effective; }

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
