#include "supervisor/heartbeat.hpp"

#include <algorithm>
#include <utility>

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
  counting_ = withheld_ = Duration{0};
  waited_ = stolen_ = ran_at_beat_ = Duration{0};
  time_.reset();
  looked_ = now;
}

HeartbeatWatch::Finding HeartbeatWatch::look(const Look& look, base::Instant now) {
  const Duration passed = now - std::exchange(looked_, now);
  const Withheld withheld = withheld_in(passed, look.time);
  if (look.heartbeat_pid == pid_ && (!has_beaten_ || look.heartbeat_ns != heartbeat_ns_)) {
    has_beaten_ = true;
    heartbeat_ns_ = look.heartbeat_ns;
    counting_ = withheld_ = Duration{0};
    ran_at_beat_ = look.time ? look.time->ran : Duration{0};
    if (!is_starved_ || now - last_starved_ < kCalm) return Finding::kNothingNew;
    is_starved_ = false;
    return Finding::kFed;
  }
  const Duration earlier = std::min(withheld.earlier, counting_);
  counting_ += std::min(passed - withheld.now, period() * 2) - earlier;
  withheld_ += std::min(withheld.now, period() * 2) + earlier;
  if (told_) return Finding::kNothingNew;
  if (is_hung()) {
    told_ = true;
    return Finding::kHung;
  }
  if (!has_beaten_ || silence() <= patience_) return Finding::kNothingNew;
  last_starved_ = now;
  if (!is_starved_) longest_silence_ = Duration{0};
  longest_silence_ = std::max(longest_silence_, silence());
  return std::exchange(is_starved_, true) ? Finding::kNothingNew : Finding::kStarved;
}

bool HeartbeatWatch::is_hung() const {
  const Duration patience = has_beaten_ ? patience_ : kStartPatience;
  return counting_ > patience || silence() > patience + kStarvedPatience;
}

HeartbeatWatch::Withheld HeartbeatWatch::withheld_in(Duration passed,
                                                     const std::optional<ProcessorTime>& time) {
  const auto before = std::exchange(time_, time);
  if (!time) return {};
  if (!before) {
    waited_ = time->waited;
    stolen_ = time->stolen;
    return {};
  }
  // What lasts is added by the kernel when it is over: then it must not be subtracted again.
  const bool waits = before->is_ready && time->is_ready && time->ran == before->ran;
  const bool stands_still = passed >= kStandsStill && before->told && before->told == time->told;
  if (waits || stands_still) {
    waited_ = std::max(waits ? waited_ + passed : waited_, time->waited);
    stolen_ = std::max(stands_still ? stolen_ + passed : stolen_, time->stolen);
    return {.now = passed};
  }
  const Duration waited = std::max(time->waited - waited_, Duration{0});
  const Duration stolen = std::max(time->stolen - stolen_, Duration{0});
  waited_ = time->waited;
  stolen_ = time->stolen;
  // Interrupts do not keep one from getting up who is not ready.
  const Duration interrupted =
      time->is_ready ? time->interrupted - before->interrupted : Duration{0};
  return {
      .now = std::min(waited + stolen + interrupted, passed),
      .earlier = std::max(waited - passed, Duration{0}) + std::max(stolen - passed, Duration{0})};
}

}  // namespace supervisor
