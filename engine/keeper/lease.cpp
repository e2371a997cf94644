#include "engine/keeper/lease.hpp"

#include <algorithm>
#include <chrono>

namespace keeper {

using std::chrono::seconds;

Lease lease_of(const config::Instance& instance, const config::Safety& safety) {
  if (safety.lease == config::Safety::Lease::kOff) return {};
  constexpr Duration kLeastRemaining = seconds{5};
  constexpr Duration kLeastRefresh = seconds{2};
  const Duration takeover = instance.advert_interval * (instance.down_timer_adverts + 1);
  const Duration remaining = std::max(takeover, kLeastRemaining);
  const auto whole =
      std::chrono::ceil<seconds>(std::max(remaining + kLeastRefresh, safety.least_lease));
  Lease lease;
  lease.is_on = true;
  lease.seconds = static_cast<std::uint32_t>(whole.count());
  lease.refresh = Duration{whole} - remaining;
  return lease;
}

}  // namespace keeper
