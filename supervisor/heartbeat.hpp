// Whether the engine is alive: it writes a heartbeat to the board, and one that stays the same for too long means that
// the engine hangs and must be replaced.
//
// Only time in which the observer itself was awake and looking counts: after a pause of the whole machine both were
// asleep, and the engine gets as long as ever to show itself.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "engine/config/model.hpp"

namespace supervisor {

class HeartbeatWatch {
 public:
  // How old a heartbeat may get: one and a half of the shortest advert interval, within 250 ms and 2 s, so that the
  // successor speaks before the third advert is missed.
  static base::Duration patience_for(const config::Model& model);

  explicit HeartbeatWatch(base::Duration patience) : patience_(patience) {}

  // A new engine was started. Until its first heartbeat it has kStartPatience.
  void started(std::int32_t pid, base::Instant now);
  // What the board says now. True when the engine hangs; says so once per started().
  bool is_hung(std::int32_t heartbeat_pid, std::int64_t heartbeat_ns, base::Instant now);

  base::Duration period() const { return patience_ / 5; }  // how often to look
  base::Duration silence() const { return silence_; }      // so long without a new heartbeat
  base::Duration patience() const { return patience_; }

  static constexpr base::Duration kStartPatience = std::chrono::seconds{10};

 private:
  base::Duration patience_;
  std::int32_t pid_ = 0;
  bool has_beaten_ = false;
  bool told_ = false;
  std::int64_t heartbeat_ns_ = 0;
  base::Duration silence_{0};
  base::Instant looked_;
};

}  // namespace supervisor
