#include "engine/keeper/guardian.hpp"

#include <algorithm>
#include <utility>

namespace keeper {

using base::State;
using What = Guardian::Deed::What;

namespace {

// An engine that has an advert to send shows itself once an interval at least.
Duration quiet_of(Duration interval) { return interval * 3 / 2; }

// So long before it would stand in for an engine the keeper begins to listen, and looks whether it is on time itself.
Duration lead_of(Duration interval) { return std::min(Guardian::kBeat, interval / 2); }

}  // namespace

Guardian::Guardian(const std::vector<Duration>& intervals, bool is_strict) : is_strict_(is_strict) {
  for (const Duration interval : intervals) {
    ones_.emplace_back().interval = interval;
    if (interval > Duration{0}) shortest_ = std::min(shortest_, interval);
  }
}

// Peers wait for three intervals and their skew.
Duration Guardian::patience_of(Duration interval) const {
  return is_strict_ ? interval * 11 / 4 : interval * 3;
}

bool Guardian::is_loop(Instant now) const {
  return deaths_.size() == kDeaths && now - deaths_.front() <= kDeathsWithin;
}

bool Guardian::is_there(Duration interval, Instant now) const {
  if (has_died_) return false;
  return now - std::max(sign_.heartbeat, came_at_) < quiet_of(interval);
}

bool Guardian::has_same_engine_back(Instant now) const {
  return stands_in() && !has_died_ && !has_come_ && sign_.started == stood_for_ &&
         is_there(shortest_, now);
}

void Guardian::died(Instant now) {
  deaths_.push_back(now);
  if (deaths_.size() > kDeaths) deaths_.pop_front();
  has_died_ = true;
  has_come_ = false;
  rows_at_ = deadline_ = now;
}

void Guardian::came(Instant now) {
  has_died_ = false;
  has_come_ = true;
  came_at_ = now;
}

void Guardian::wished(std::uint16_t instance, Deeds& deeds) {
  if (instance >= ones_.size()) return;
  has_come_ = false;
  deaths_.clear();
  end(instance, deeds);
}

void Guardian::end(std::uint16_t instance, Deeds& deeds) {
  One& one = ones_[instance];
  if (one.listens || one.is_stood_in_for) deeds.push_back({What::kEnd, instance});
  if (one.is_stood_in_for) --standing_;
  const Duration interval = one.interval;
  one = One{};
  one.interval = interval;
}

void Guardian::listen(std::uint16_t instance, Deeds& deeds) {
  if (std::exchange(ones_[instance].listens, true)) return;
  deeds.push_back({What::kListen, instance});
}

void Guardian::heard(std::uint16_t instance, const Successor& successor, Instant now) {
  // Who says priority 0 is on his way out as well.
  if (successor.priority == base::kReleasePriority) return;
  One& one = ones_[instance];
  one.heard = successor;
  one.heard_at = now;
  if (!one.is_stood_in_for || !one.was_master) return;
  one.account.successor = successor;
  if (one.account.is_let_go || !one.let_go_at.is_never()) return;
  one.let_go_at = now + kOverlap;
  deadline_ = earlier(deadline_, one.let_go_at);
}

void Guardian::let_go(std::uint16_t instance, Instant now, Deeds& deeds) {
  ones_[instance].account.is_let_go = true;
  ones_[instance].account.let_go = now;
  ones_[instance].let_go_at = Instant::never();
  deeds.push_back({What::kLetGo, instance});
}

void Guardian::let_go_done(std::uint16_t instance, Deeds& deeds) {
  One& one = ones_[instance];
  if (!std::exchange(one.has_to_say, false)) return;
  one.account.said_zero = true;
  deeds.push_back({What::kSay, instance});
}

void Guardian::stand_in(std::uint16_t instance, const Row& row, Instant now, Deeds& deeds) {
  One& one = ones_[instance];
  if (standing_++ == 0) stood_for_ = sign_.started;
  one.is_stood_in_for = true;
  one.was_master = row.state == State::kMaster;
  one.account.is_loop = is_loop(now);
  one.account.began = now;
  // A backup may still hold what it was letting go of, or has taken ahead of its return.
  if (!one.was_master) return let_go(instance, now, deeds);
  listen(instance, deeds);
  const bool is_succeeded = one.heard && one.heard_at > row.last_said;
  if (is_succeeded) {
    one.account.successor = one.heard;
    return let_go(instance, now, deeds);
  }
  if (is_strict_) {
    one.has_to_say = !row.is_departing;
    return let_go(instance, now, deeds);
  }
  deeds.push_back({What::kKeep, instance});
  if (row.is_departing) return;
  one.account.said_zero = true;
  deeds.push_back({What::kSay, instance});
}

bool Guardian::needs_rows(const Sign& sign, Instant now) const {
  if (sign.heartbeat == sign_.heartbeat) return now >= rows_at_;
  return has_died_ || now - sign.heartbeat >= quiet_of(shortest_) - lead_of(shortest_);
}

void Guardian::look(const Sign& sign, std::span<const Row> rows, Instant now, Deeds& deeds) {
  const bool was_late = deadline_.is_never() || now > deadline_ + kLate;
  if (was_late) awake_since_ = now;
  // Whoever came after the one that died shows itself.
  if (sign.started != sign_.started && sign_.started != Instant{}) has_died_ = false;
  sign_ = sign;
  const bool is_back = has_same_engine_back(now);
  const bool has_nothing_to_fear = is_there(shortest_, now) && !has_come_ && !stands_in();
  if (is_back || has_nothing_to_fear)
    for (std::uint16_t i = 0; i < ones_.size(); ++i) end(i, deeds);

  Instant next = Instant::never(), next_let_go = Instant::never();
  for (std::uint16_t i = 0; stands_in() && i < ones_.size(); ++i) {
    One& one = ones_[i];
    if (one.let_go_at.is_never()) continue;
    // An engine that has just come hears the successor itself, and may be the better one.
    if (has_come_ && is_there(one.interval, now)) continue;
    if (one.let_go_at <= now)
      let_go(i, now, deeds);
    else
      next_let_go = earlier(next_let_go, one.let_go_at);
  }
  const Instant may_judge = is_strict_ ? Instant{} : awake_since_ + kBeat;
  for (std::uint16_t i = 0; i < std::min(ones_.size(), rows.size()); ++i) {
    const Row& row = rows[i];
    One& one = ones_[i];
    if (one.is_stood_in_for || row.state == State::kInitialize) continue;
    if (row.interval > Duration{0}) one.interval = row.interval;
    const bool is_master = row.state == State::kMaster;
    if (has_died_ && is_master) listen(i, deeds);
    if (has_died_ && is_loop(now)) {
      stand_in(i, row, now, deeds);
      continue;
    }
    const Instant alive = std::max(sign_.heartbeat, came_at_);
    Instant due = alive + quiet_of(one.interval);
    if (is_master && !row.is_departing)
      due = std::max(due, row.last_said + patience_of(one.interval));
    else
      due = alive + patience_of(one.interval);
    if (now >= due && now >= may_judge) {
      stand_in(i, row, now, deeds);
      continue;
    }
    const Instant early = due - lead_of(one.interval);
    if (now < early) {
      next = earlier(next, early);
      continue;
    }
    if (is_master) listen(i, deeds);
    next = earlier(next, std::max(due, may_judge));
  }
  if (rows.empty()) {
    next = sign.heartbeat + quiet_of(shortest_) - lead_of(shortest_);
    if (next <= now) next = now + kBeat;
  }
  rows_at_ = next;
  next = earlier(next, next_let_go);
  deadline_ = stands_in() || has_died_ ? earlier(next, now + kBeat) : next;
}

const Guardian::Account* Guardian::account_of(std::uint16_t instance) const {
  const One& one = ones_[instance];
  return one.is_stood_in_for && one.was_master ? &one.account : nullptr;
}

}  // namespace keeper
