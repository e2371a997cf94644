// What is watched besides the adverts, and what it adds up to: faults and the effective priority.
//
// Each tracker counts for itself, so two faults need two recoveries. keepalived's arithmetic:
//
//   scripts, interfaces, processes   weight 0: a failure is a fault. A positive weight is added while the thing is well, a
//                                    negative one while it fails. `reverse` swaps well and failing.
//   files                            value x weight is added, at most 253 up or down; -254 or less is a fault. Weight 0: any
//                                    value but 0 is a fault. `reverse` turns the sign, and with weight 0 makes 0 the fault.
//   the sum                          base + all of them, kept within 1..254 once, at the end; an owner's 255 never moves.
//
// An unweighted tracker that has not answered yet keeps the instance in Initialize; a weighted one counts as failing, a
// file as 0. The first answer counts alone, whatever it is.
#pragma once

#include <optional>
#include <span>

#include "engine/core/event.hpp"

namespace core {

// Where a tracker of a new configuration comes from.
struct TrackerOrigin {
  std::optional<std::uint16_t> before;  // the place of the one that watched the same thing
  std::optional<TrackerReported>
      report;  // of one that had none: what is known of that thing already
};

class Tracking {
 public:
  explicit Tracking(const base::InlineList<Tracker, kMaxTrackers>& trackers);

  // `value` is a file's number, 0 for one that is not there; of a file `well` says nothing. True when anything that the
  // answers below depend on changed.
  // Requires: tracker is one of ours.
  bool report(std::uint16_t tracker, bool well, std::int32_t value);
  // Takes over the effective priority of the engine before; it holds until every weighted tracker has answered here.
  void adopt(Priority effective);
  // Goes on with other trackers: one that watches what an old one watched has its answer, judged anew; the others count
  // for nothing until they have answered, as before they were here. `moved_by`: by how much the base priority has moved.
  // Requires: an origin for each; no two have the same.
  void reconfigure(const base::InlineList<Tracker, kMaxTrackers>& trackers,
                   std::span<const TrackerOrigin> origins, int moved_by);

  unsigned faults() const;            // trackers that answered and are a fault
  std::uint16_t first_fault() const;  // the first of them. Requires: faults() > 0
  bool is_waiting() const;            // an unweighted tracker has not answered yet
  Priority effective(Priority base) const;

 private:
  struct Answer {
    bool is_known = false;
    bool is_fault = false;
    std::int16_t share = 0;  // of the sum
    friend bool operator==(const Answer&, const Answer&) = default;
  };
  // What was said, for when the tracker counts it otherwise.
  struct Said {
    bool well = false;
    std::int32_t value = 0;
  };
  static Answer judge(const Tracker& tracker, bool well, std::int32_t value);

  base::InlineList<Tracker, kMaxTrackers> trackers_;
  std::array<Answer, kMaxTrackers> answers_{};
  std::array<Said, kMaxTrackers> said_{};
  Priority adopted_{0};  // 0: nothing was adopted
};

}  // namespace core
