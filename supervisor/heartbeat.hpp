// Whether the engine is alive: it writes a heartbeat to the board, and one that stays the same for too long means that
// the engine hangs and must be replaced. The keeper likewise, whose heartbeat is on a descriptor of its own
// (engine/ipc/role.hpp).
//
// Only time in which the engine could have shown itself counts:
//  - what the observer itself missed does not: after a pause of the whole machine both were asleep, and of the time that
//    passed between two looks no more than two periods count;
//  - what the machine withheld from the engine does not: an engine that is ready and waits for a processor, or whose
//    processor the hypervisor or a storm of interrupts has taken, is starved. Its successor would be so too, and would have
//    to read and adopt everything first.
//  - a look at an engine that sleeps although it is late is taken from its own processor (is_late(), visit.hpp): what the
//    hypervisor took while nobody ran there nobody is told, and who comes back from there has missed as much.
// An engine that turns in a circle uses its processor, one that waits for what never comes is not ready: of their time
// nothing is withheld but what is stolen, and they are replaced as fast as on an idle machine. Of one that is stopped nothing is
// withheld at all.
//
// What was withheld is told late, when the wait is over or the processor is given back: what cannot have been since the
// last look was before it. Where two reasons may name the same moment (a processor is stolen from one while others wait)
// both are subtracted, but never more than has passed: the error is a little mercy, and kStarvedPatience bounds it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/instant.hpp"
#include "engine/config/model.hpp"
#include "supervisor/processor_time.hpp"

namespace supervisor {

class HeartbeatWatch {
 public:
  // How old a heartbeat may get: one and a half of the shortest advert interval and less for those below 250 ms (125 ms at
  // 100 ms), so that the successor speaks before the third advert is missed; within 100 ms, which is too long for intervals
  // below 85 ms, and 2 s.
  static base::Duration patience_for(const config::Model& model);

  // Of the keeper, which may wait for the kernel's lock for a while: 1.5 s, or half of what the shortest lease has left at
  // any time (engine/config/lease.hpp). With the looks that takes it is found after that and two fifths more, and the other
  // one is there before anything runs out.
  static base::Duration keeper_patience_for(const config::Model& model);

  explicit HeartbeatWatch(base::Duration patience) : patience_(patience) {}

  // What the board says, and what the engine had of the machine; nothing where that cannot be known, and then all of its
  // silence counts.
  struct Look {
    std::int32_t heartbeat_pid = 0;
    std::int64_t heartbeat_ns = 0;  // when it was, by the clock of `now`
    std::optional<ProcessorTime> time;
  };
  enum class Finding {
    kNothingNew,
    kStarved,  // silent for longer than the patience, and not to blame; said once until it is fed
    kFed,      // was starved, and has not been silent for so long again for kCalm
    kHung,     // said once per started()
  };

  // A new engine was started. Until its first heartbeat it has kStartPatience.
  void started(std::int32_t pid, base::Instant now);
  Finding look(const Look& look, base::Instant now);

  // Half of the patience is over.
  bool is_late() const { return has_beaten_ && silence() > patience_ / 2; }

  base::Duration period() const { return patience_ / 5; }  // how often to look
  // So long without a new heartbeat, as far as it was looked at, and how much of that the machine withheld.
  base::Duration silence() const { return counting_ + withheld_; }
  base::Duration withheld() const { return withheld_; }
  base::Duration ran() const { return time_ ? time_->ran - ran_at_beat_ : base::Duration{0}; }
  // The longest silence since it was found starved.
  base::Duration longest_silence() const { return longest_silence_; }
  base::Duration patience() const { return patience_; }

  static constexpr base::Duration kStartPatience = std::chrono::seconds{10};
  // However starved, an engine that is silent for so much longer than its patience is replaced: whatever the figures say
  // of it. Within that time a machine that is only overloaded gives every process a turn: what waits longest comes first,
  // and whoever holds a processor with real-time priority leaves 50 ms of every second to the others. Longer is worse than a
  // needless replacement: the peers have long taken over, and the keeper goes on answering for addresses of a silent engine.
  static constexpr base::Duration kStarvedPatience = std::chrono::seconds{5};
  static constexpr base::Duration kCalm = std::chrono::seconds{10};
  // A processor that has said nothing for so long stands still: it keeps its books at every tick, of 10 ms at most, in
  // units of 10 ms.
  static constexpr base::Duration kStandsStill = std::chrono::milliseconds{40};

 private:
  struct Withheld {
    base::Duration now{0};      // of the time since the last look
    base::Duration earlier{0};  // of the time before that
  };
  Withheld withheld_in(base::Duration passed, const std::optional<ProcessorTime>& time);
  bool is_hung() const;

  base::Duration patience_;
  std::int32_t pid_ = 0;
  bool has_beaten_ = false;
  bool told_ = false;
  bool is_starved_ = false;
  std::int64_t heartbeat_ns_ = 0;
  base::Duration counting_{0};
  base::Duration withheld_{0};
  base::Duration longest_silence_{0};
  // In all, with what it has waited so far for the processor it has not got yet, and how long that stands still already.
  base::Duration waited_{0};
  base::Duration stolen_{0};
  base::Duration ran_at_beat_{0};
  std::optional<ProcessorTime> time_;
  base::Duration stood_{0};  // so long the processor has said nothing
  base::Instant looked_;
  base::Instant last_starved_;
};

}  // namespace supervisor
