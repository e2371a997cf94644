#include "engine/core/auth_bucket.hpp"

#include <algorithm>

namespace core {

bool Bucket::take(const Allowance& allowance, Instant now) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t cost = kSecond / allowance.per_second;
  const std::int64_t passed = std::max<std::int64_t>((now - as_of_).count(), 0);
  const std::int64_t spent = std::max<std::int64_t>(spent_ns_ - passed, 0);
  as_of_ = std::max(now, as_of_);
  spent_ns_ = spent;
  if (spent + cost > cost * allowance.burst) return false;
  spent_ns_ += cost;
  cost_ns_ = cost;
  return true;
}

bool Strangers::take(const Address& source, Instant now) {
  Slot* free = nullptr;
  for (Slot& slot : slots_) {
    if (slot.source == source) {
      last_ = &slot.bucket;
      return slot.bucket.take(kStrangerAllowance, now);
    }
    // A full bucket says nothing that a new one would not.
    if (slot.bucket.is_full(now)) free = &slot;
  }
  if (free == nullptr) {
    last_ = &crowd_;
    return crowd_.take(kCrowdAllowance, now);
  }
  *free = {source, {}};
  last_ = &free->bucket;
  return free->bucket.take(kStrangerAllowance, now);
}

}  // namespace core
