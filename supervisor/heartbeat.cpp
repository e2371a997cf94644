#include "supervisor/heartbeat.hpp"

#include <algorithm>

namespace supervisor {

using base::Duration;
using std::chrono::milliseconds;

Duration HeartbeatWatch::patience_for(const config::Model& model) {
  constexpr Duration kLeast = milliseconds{250};  // five heartbeats
  constexpr Duration kMost = milliseconds{2000};
  Duration shortest = kMost;
  for (const config::Instance& instance : model.instances)
    shortest = std::min(shortest, instance.advert_interval);
  return std::clamp<Duration>(shortest * 3 / 2, kLeast, kMost);
}

void HeartbeatWatch::started(std::int32_t pid, base::Instant now) {
  pid_ = pid;
  has_beaten_ = false;
  told_ = false;
  silence_ = Duration{0};
  looked_ = now;
}

bool HeartbeatWatch::is_hung(std::int32_t heartbeat_pid, std::int64_t heartbeat_ns,
                             base::Instant now) {
  const Duration since = std::min<Duration>(now - looked_, period() * 2);
  looked_ = now;
  if (heartbeat_pid == pid_ && (!has_beaten_ || heartbeat_ns != heartbeat_ns_)) {
    has_beaten_ = true;
    heartbeat_ns_ = heartbeat_ns;
    silence_ = Duration{0};
    return false;
  }
  silence_ += since;
  if (told_ || silence_ <= (has_beaten_ ? patience_ : kStartPatience)) return false;
  told_ = true;
  return true;
}

}  // namespace supervisor
