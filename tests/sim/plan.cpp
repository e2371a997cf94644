#include "tests/sim/plan.hpp"

#include <algorithm>

namespace sim {
namespace {

using namespace std::chrono_literals;
using core::Address;
using core::Family;
using core::Version;

// Intervals as the field has them: seconds in v2, down to 10 ms in v3.
constexpr Duration kIntervals[] = {1s, 1s, 3s, 100ms, 100ms, 30ms, 10ms};

Address source_of(std::size_t router, Family family) {
  if (family == Family::kIpv4)
    return Address::v4(192, 0, 2, static_cast<std::uint8_t>(router * 37 + 11));
  std::array<std::uint8_t, 16> bytes{0xfe, 0x80};
  bytes[15] = static_cast<std::uint8_t>(router * 37 + 11);
  return Address::from_bytes(family, bytes);
}

core::Router shared_configuration(Random& random) {
  core::Router router;
  router.vrid = core::Vrid{static_cast<std::uint8_t>(1 + random.below(255))};
  router.version = random.chance(0.4) ? Version::kV2 : Version::kV3;
  router.family =
      router.version == Version::kV3 && random.chance(0.4) ? Family::kIpv6 : Family::kIpv4;
  router.advert_interval = router.version == Version::kV2
                               ? Duration{std::chrono::seconds{1 + random.below(2)}}
                               : kIntervals[random.below(std::size(kIntervals))];
  if (router.version == Version::kV2 && random.chance(0.3)) {
    router.auth_type = core::AuthType::kPassword;
    router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  }
  router.addresses.push_back(router.family == Family::kIpv4 ? Address::v4(192, 0, 2, 254)
                                                            : source_of(6, router.family));
  router.trackers = {core::Tracker{}, core::Tracker{.weight = -60}};
  return router;
}

Fault random_fault(Random& random, std::size_t routers, Duration interval, Duration storm) {
  Fault fault;
  fault.kind = static_cast<Fault::Kind>(random.below(Fault::kKinds));
  fault.after = random.between(0s, storm);
  fault.lasts = random.between(interval / 10, 8 * interval);
  fault.router = random.below(routers);
  fault.other = random.below(routers);
  fault.side = static_cast<std::uint32_t>(1 + random.below((1U << routers) - 1));
  if (fault.kind == Fault::Kind::kEngineDeath && random.chance(0.7))
    fault.lasts = random.between(1ms, interval);
  return fault;
}

}  // namespace

std::string_view to_string(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::kOneWayCut: return "one-way cut";
    case Fault::Kind::kPartition: return "partition";
    case Fault::Kind::kPowerLoss: return "power loss";
    case Fault::Kind::kEngineDeath: return "engine death";
    case Fault::Kind::kPause: return "pause";
    case Fault::Kind::kPauseAll: return "pause of all";
    case Fault::Kind::kHold: return "hold";
    case Fault::Kind::kLinkDown: return "link down";
    case Fault::Kind::kCheckFails: return "check fails";
    case Fault::Kind::kWeightLost: return "weight lost";
    case Fault::Kind::kStop: return "stop";
    case Fault::Kind::kRefusal: return "refusal";
  }
  return "?";
}

Duration Plan::longest_interval() const {
  Duration longest{0};
  for (const RouterPlan& one : routers) longest = std::max(longest, one.router.advert_interval);
  return longest;
}

Plan make_plan(std::uint64_t seed) {
  Random random{seed};
  Plan plan;
  plan.seed = seed;
  const core::Router shared = shared_configuration(random);
  const std::size_t count = random.chance(0.5) ? 2 : 2 + random.below(7);
  const bool is_equal = random.chance(0.2);
  const bool has_owner = random.chance(0.15);
  const bool preempts = random.chance(0.7);
  const bool mixes_intervals = shared.version == Version::kV3 && random.chance(0.3);
  const bool has_permits = random.chance(0.3);
  const Duration preempt_delay =
      random.chance(0.2) ? random.between(0s, 5 * shared.advert_interval) : Duration{0};
  for (std::size_t i = 0; i < count; ++i) {
    RouterPlan one;
    one.router = shared;
    const auto priority = is_equal ? 100 : 1 + random.below(254);
    one.router.priority = core::Priority{static_cast<std::uint8_t>(priority)};
    if (has_owner && i == count - 1) one.router.priority = base::kOwnerPriority;
    one.router.preempt = random.chance(0.05) ? !preempts : preempts;
    one.router.preempt_delay = preempt_delay;
    one.router.needs_permit = has_permits;
    // Up to twice the others', within what a learned interval is believed.
    if (mixes_intervals && random.chance(0.3)) one.router.advert_interval *= 2;
    one.source = source_of(i, shared.family);
    one.drift_ppm = static_cast<std::int64_t>(random.below(401)) - 200;
    one.clock_offset = random.between(1s, 1000h);
    plan.routers.push_back(one);
  }

  const Duration interval = plan.longest_interval();
  plan.delay_max = random.between(20us, std::min<Duration>(5ms, shared.advert_interval / 10));
  plan.lateness_max = random.between(1us, std::min<Duration>(2ms, shared.advert_interval / 20));
  plan.kernel_max = random.between(20us, std::min<Duration>(3ms, shared.advert_interval / 10));

  const std::size_t cycles = 2 + random.below(4);
  for (std::size_t i = 0; i < cycles; ++i) {
    Cycle cycle;
    cycle.storm = random.between(interval, 40 * interval);
    // Few kinds of trouble at a time get further than all of them at once.
    if (random.chance(0.5)) cycle.weather.loss = random.chance(0.5) ? 0.01 : 0.3;
    if (random.chance(0.3)) cycle.weather.duplication = 0.1;
    if (random.chance(0.3)) cycle.weather.corruption = 0.05;
    cycle.weather.reorders = random.chance(0.3);
    const std::uint64_t allowed = random.below(1U << Fault::kKinds);
    for (std::uint64_t n = random.below(12); n > 0; --n) {
      const Fault fault = random_fault(random, count, interval, cycle.storm);
      if ((allowed >> static_cast<unsigned>(fault.kind) & 1) != 0) cycle.faults.push_back(fault);
    }
    cycle.clean = random_fault(random, count, interval, Duration{0});
    cycle.clean.lasts = 12 * interval + preempt_delay;
    cycle.at_master = random.chance(0.7);
    plan.cycles.push_back(cycle);
  }
  return plan;
}

}  // namespace sim
