// What is watched besides the adverts, and what it adds up to: faults and the effective priority.
//
// Each tracker counts for itself, so two faults need two recoveries. keepalived's arithmetic: a positive weight is added
// while the thing is well, a negative one while it fails; the sum is kept within 1..254 and an owner's 255 never moves.
// An unweighted tracker that has not answered yet keeps the instance in Initialize; a weighted one counts as failing.
#pragma once

#include "engine/core/event.hpp"

namespace core {

class Tracking {
 public:
  explicit Tracking(const base::InlineList<Tracker, kMaxTrackers>& trackers);

  // True when anything the two answers below depend on changed.
  // Requires: tracker is one of ours.
  bool report(std::uint16_t tracker, bool well);
  // Takes over the effective priority of the engine before; it holds until every weighted tracker has answered here.
  void adopt(Priority effective);

  unsigned faults() const;            // unweighted trackers that answered and fail
  std::uint16_t first_fault() const;  // the first of them. Requires: faults() > 0
  bool is_waiting() const;            // an unweighted tracker has not answered yet
  Priority effective(Priority base) const;

 private:
  enum class Answer : std::uint8_t { kNone, kWell, kFailing };
  base::InlineList<Tracker, kMaxTrackers> trackers_;
  std::array<Answer, kMaxTrackers> answers_{};
  Priority adopted_{0};  // 0: nothing was adopted
};

}  // namespace core
