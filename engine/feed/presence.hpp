// Whether an engine is there that speaks, for those who read the board and tell others: mails, SNMP, flag files. Pure.
//
// An engine that dies is replaced within a second at most, and one that hangs within two: the history tells of that. One that has not
// shown itself for kPatience is not coming soon, and until then nobody is told. One that dies within kSettled of its start is
// none: in a crash loop each may show itself before it dies.
//
// Who looks may be what was late: time in which nobody looked does not count, for the engine may have stood still as well.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "base/instant.hpp"
#include "engine/feed/board.hpp"

namespace feed {

// It has lived for long enough to be one that goes on.
inline bool is_settled(const Global& global) {
  constexpr std::int64_t kSettledNs = 1'000'000'000;
  return global.heartbeat_ns - global.engine_started_ns >= kSettledNs;
}

class Presence {
 public:
  static constexpr base::Duration kPatience = std::chrono::seconds{5};
  // Who looks less often than that is taken to have stood still.
  static constexpr base::Duration kAwake = std::chrono::seconds{2};

  // An engine that is just being started has as long as one that was seen now.
  explicit Presence(base::Instant now) : seen_(now), looked_(now) {}

  // What the board says; nothing when it cannot be read whole, which says nothing new.
  void look(const std::optional<Global>& global, base::Instant now) {
    const base::Duration passed = now - std::exchange(looked_, now);
    if (passed > kAwake) seen_ = seen_ + passed;
    if (!global) return;
    if (is_settled(*global)) {
      last_sign_ = base::Instant::from_ns(global->heartbeat_ns);
      seen_ = std::max(seen_, last_sign_);
    }
    // Another board has taken its place, and whoever reads this one is about to be replaced.
    if (global->superseded != 0) seen_ = now;
  }

  bool is_missing() const { return looked_ - seen_ >= kPatience; }
  // Neither is known of one that has been silent while nobody looked.
  bool is_there() const {
    return last_sign_ != base::Instant{} && looked_ - last_sign_ < kPatience;
  }
  // Of an engine that went on, on this board; Instant{} when there was none.
  base::Instant last_sign() const { return last_sign_; }

 private:
  base::Instant seen_;
  base::Instant looked_;
  base::Instant last_sign_;
};

}  // namespace feed
