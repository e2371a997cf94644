// What stands before the digest: how many adverts of one source are worth computing one for.
//
// Strangers share a small table and, when it is full of busy ones, a bucket for all others: whoever forges a new source
// with every packet cannot make us forget anything, and cannot touch the bucket of a peer that was verified before, which
// lies with its mark. Who forges the address of a verified peer spends that peer's tokens; its bucket is therefore as wide
// as a digest is cheap, and the peer gets its own token back with every advert that verifies.
#pragma once

#include <array>

#include "engine/core/router.hpp"

namespace core {

struct Allowance {
  std::uint32_t per_second = 0;
  std::uint32_t burst = 0;
};

inline constexpr Allowance kPeerAllowance{100'000, 20'000};
inline constexpr Allowance kStrangerAllowance{2'000, 200};
inline constexpr Allowance kCrowdAllowance{20'000, 2'000};
inline constexpr std::size_t kStrangers = 16;

// Starts full.
class Bucket {
 public:
  // One token, if there is one.
  bool take(const Allowance& allowance, Instant now);
  // The token was not wasted.
  void give_back() { spent_ns_ = spent_ns_ > cost_ns_ ? spent_ns_ - cost_ns_ : 0; }
  bool is_full(Instant now) const { return now - as_of_ >= Duration{spent_ns_}; }
  friend bool operator==(const Bucket&, const Bucket&) = default;

 private:
  // The time it would take to be full again, as of a moment: refilling is subtraction.
  Instant as_of_;
  std::int64_t spent_ns_ = 0;
  std::int64_t cost_ns_ = 0;  // of the token taken last
};

class Strangers {
 public:
  bool take(const Address& source, Instant now);
  // The source of the last take() has verified.
  void give_back() { last_->give_back(); }

 private:
  struct Slot {
    Address source;
    Bucket bucket;
  };
  std::array<Slot, kStrangers> slots_{};
  Bucket crowd_;
  Bucket* last_ = &crowd_;
};

}  // namespace core
