#include "supervisor/heartbeat.hpp"

#include <algorithm>
#include <utility>

#include "engine/config/lease.hpp"

namespace supervisor {

using base::Duration;
using base::Instant;
using std::chrono::milliseconds;

Duration HeartbeatWatch::patience_for(const config::Model& model) {
  constexpr Duration kLeast = milliseconds{100};  // two heartbeats
  constexpr Duration kMost = milliseconds{2000};
  constexpr Duration kSuccession = milliseconds{50};  // from the kill to the next advert
  Duration shortest = kMost;
  for (const config::Instance& instance : model.instances)
    shortest = std::min(shortest, instance.advert_interval);
  // One that hangs just before its next advert leaves two intervals until the third missed one: for the patience, the time
  // between two looks, which is a fifth of it, and the succession.
  return std::clamp<Duration>(
      std::min<Duration>(shortest * 3 / 2, (shortest * 2 - kSuccession) * 5 / 6), kLeast, kMost);
}

Duration HeartbeatWatch::keeper_patience_for(const config::Model& model) {
  constexpr Duration kMost = milliseconds{1500};
  return std::min(kMost, config::shortest_remaining(model) / 2);
}

void HeartbeatWatch::started(std::int32_t pid, Instant now) {
  pid_ = pid;
  has_beaten_ = false;
  told_ = false;
  counting_ = withheld_ = Duration{0};
  waited_ = stolen_ = ran_at_beat_ = Duration{0};
  time_.reset();
  stood_ = Duration{0};
  looked_ = now;
}

HeartbeatWatch::Finding HeartbeatWatch::look(const Look& look, Instant now) {
  const Duration passed = now - std::exchange(looked_, now);
  const Withheld withheld = withheld_in(passed, look.time);
  if (look.heartbeat_pid == pid_ && (!has_beaten_ || look.heartbeat_ns != heartbeat_ns_)) {
    has_beaten_ = true;
    heartbeat_ns_ = look.heartbeat_ns;
    // It is not as young as the look that finds it.
    const Duration age = now - Instant::from_ns(heartbeat_ns_);
    counting_ = std::clamp(age, Duration{0}, std::max(passed - withheld.now, Duration{0}));
    withheld_ = Duration{0};
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
  const bool says_nothing = before && time && before->told && before->told == time->told;
  const Duration stood = std::exchange(stood_, says_nothing ? stood_ + passed : Duration{0});
  if (!time) return {};
  // Somebody stopped it: it would not run if it had all processors.
  if (!before || time->is_stopped) {
    waited_ = time->waited;
    stolen_ = time->stolen;
    return {};
  }
  // What lasts is added by the kernel when it is over: then it must not be subtracted again.
  const bool waits = before->is_ready && time->is_ready && time->ran == before->ran;
  const bool stands_still = stood_ >= kStandsStill;
  if (waits || stands_still) {
    // It stood still as well at the looks before, when that was not yet long enough to be told from a tick.
    const Duration unseen = stands_still && stood < kStandsStill ? stood : Duration{0};
    waited_ = std::max(waits ? waited_ + passed : waited_, time->waited);
    stolen_ = std::max(stands_still ? stolen_ + passed + unseen : stolen_, time->stolen);
    return {.now = passed, .earlier = unseen};
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
