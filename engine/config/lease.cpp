#include "engine/config/lease.hpp"

#include <algorithm>
#include <chrono>

namespace config {

using std::chrono::seconds;

Lease lease_of(const Instance& instance, const Safety& safety) {
  if (safety.lease == Safety::Lease::kOff) return {};
  constexpr Duration kLeast = seconds{2};
  constexpr Duration kForTheLate = std::chrono::milliseconds{100};
  const Duration takeover = instance.advert_interval * (instance.down_timer_adverts + 1);
  const Duration usual{std::chrono::ceil<seconds>(std::max(takeover + seconds{1}, kLeast))};
  const Duration wanted{std::chrono::ceil<seconds>(safety.least_lease)};
  const Duration length = std::max(usual, wanted);
  return {.is_on = true,
          .seconds = static_cast<std::uint32_t>(length / seconds{1}),
          .refresh = wanted > usual ? std::min(length / 2, length - takeover - kForTheLate)
                                    : std::min(length / 4, seconds{1} - kForTheLate)};
}

Duration shortest_remaining(const Model& model) {
  Duration shortest = Duration::max();
  for (const Instance& instance : model.instances)
    if (const Lease lease = lease_of(instance, model.safety); lease.is_on)
      shortest = std::min(shortest, lease.remaining());
  return shortest;
}

}  // namespace config
