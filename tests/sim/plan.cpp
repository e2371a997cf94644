#include "tests/sim/plan.hpp"

#include <algorithm>

namespace sim {
namespace {

using namespace std::chrono_literals;
using core::Address;
using core::Family;
using core::Priority;
using core::Router;
using core::Version;

// Reloads come from elsewhere (tests/sim/edits.hpp).
constexpr std::size_t kDrawn = Fault::kKinds - 1;

// Intervals as the field has them, from the shortest of v3 to those of quiet links.
constexpr Duration kIntervals[] = {10ms, 30ms, 100ms, 100ms, 1s, 1s, 1s, 2s, 3s, 5s, 10s, 20s};

// Kinds of LAN: few things at a time get further than all of them at once.
struct Shape {
  Duration base{0};
  std::size_t hosts = 0;
  bool is_equal = false;
  std::size_t owners = 0;
  bool preempts = false;
  bool has_permits = false;
  bool mixes_intervals = false;
  Duration preempt_delay{0};
  Duration quiet_cap{0};
  std::uint8_t late_backup = 0;
  std::uint8_t down_adverts = 3;
  std::uint8_t interval_cap = 3;
  bool answers_lower = true;
};

Router shared_configuration(Random& random, const Shape& shape, std::size_t place) {
  Router router;
  router.vrid = core::Vrid{static_cast<std::uint8_t>(1 + place * 60 + random.below(30))};
  const bool may_be_v2 = shape.base >= 1s;
  router.version = may_be_v2 && random.chance(0.5) ? Version::kV2 : Version::kV3;
  router.family =
      router.version == Version::kV3 && random.chance(0.4) ? Family::kIpv6 : Family::kIpv4;
  router.advert_interval = random.chance(0.3) ? 2 * shape.base : shape.base;
  if (router.version == Version::kV2 && random.chance(0.3)) {
    router.auth_type = core::AuthType::kPassword;
    router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  } else if (random.chance(0.25)) {
    router.auth_type = core::AuthType::kHmac;
  }
  const auto last = static_cast<std::uint8_t>(200 + place);
  router.addresses.push_back(address_of(last, router.family));
  if (random.chance(0.3))
    router.addresses.push_back(address_of(static_cast<std::uint8_t>(last + 20), router.family));
  router.trackers = {
      core::Tracker{.index = kCheck, .reverse = random.chance(0.2)},
      core::Tracker{.index = kWeight, .weight = -kLostWeight, .reverse = random.chance(0.2)},
      core::Tracker{.kind = core::Tracker::Kind::kFile, .index = kFile, .weight = 1},
      core::Tracker{.kind = core::Tracker::Kind::kInterface, .index = kSecond},
  };
  router.preempt_delay = shape.preempt_delay;
  router.needs_permit = shape.has_permits;
  router.quiet_cap = shape.quiet_cap;
  router.late_backup = Priority{shape.late_backup};
  router.down_timer_adverts = shape.down_adverts;
  router.learned_interval_cap = shape.interval_cap;
  router.answers_higher = random.chance(0.1);
  router.answers_lower = shape.answers_lower;
  return router;
}

void make_unicast(Random& random, VirtualPlan& plan) {
  const bool checks = random.chance(0.6);
  const bool is_far = random.chance(0.5);
  for (std::size_t host = 0; host < plan.routers.size(); ++host) {
    Router& router = plan.routers[host];
    router.checks_source = checks;
    router.ttl = is_far ? 64 : 255;
    for (std::size_t peer = 0; peer < plan.routers.size(); ++peer)
      if (peer != host)
        router.peers.push_back(core::UnicastPeer{source_of(peer, router.family),
                                                 static_cast<std::uint8_t>(is_far ? 60 : 255),
                                                 static_cast<std::uint8_t>(is_far ? 64 : 255)});
  }
}

void make_mismatch(Random& random, VirtualPlan& plan) {
  plan.odd = random.below(plan.routers.size());
  Router& odd = plan.routers[plan.odd];
  plan.mended = odd;
  const auto set_all = [&](auto&& set) {
    for (Router& router : plan.routers) set(router);
    set(plan.mended);
  };
  const bool is_v2 = odd.version == Version::kV2;
  constexpr Mismatch kAny[] = {Mismatch::kAddresses, Mismatch::kAddresses, Mismatch::kVersion,
                               Mismatch::kVrid};
  constexpr Mismatch kOfV2[] = {Mismatch::kInterval,       Mismatch::kAddresses,
                                Mismatch::kStrictInterval, Mismatch::kStrictAddresses,
                                Mismatch::kVersion,        Mismatch::kVrid};
  plan.mismatch =
      is_v2 ? kOfV2[random.below(std::size(kOfV2))] : kAny[random.below(std::size(kAny))];
  if (odd.auth_type == core::AuthType::kHmac) plan.mismatch = Mismatch::kKey;
  if (odd.auth_type == core::AuthType::kPassword && random.chance(0.7))
    plan.mismatch = Mismatch::kPassword;
  if (plan.mismatch == Mismatch::kVersion &&
      (odd.advert_interval % 1s != 0s || odd.family == Family::kIpv6 ||
       odd.auth_type == core::AuthType::kPassword))
    plan.mismatch = Mismatch::kVrid;
  switch (plan.mismatch) {
    case Mismatch::kNone: return;
    case Mismatch::kInterval: odd.advert_interval *= 2; return;
    case Mismatch::kStrictInterval:
      set_all([](Router& router) { router.strict = true; });
      odd.advert_interval *= 2;
      return;
    case Mismatch::kStrictAddresses:
      set_all([](Router& router) { router.strict = true; });
      // An owner's list is believed, strict or not.
      set_all([](Router& router) {
        if (router.is_owner()) router.priority = Priority{254};
      });
      odd.addresses.push_back(address_of(199, odd.family));
      return;
    case Mismatch::kAddresses: odd.addresses.push_back(address_of(199, odd.family)); return;
    case Mismatch::kVersion: odd.version = is_v2 ? Version::kV3 : Version::kV2; return;
    case Mismatch::kPassword: odd.auth_data[0] = 'S'; return;
    case Mismatch::kKey: return;  // its host signs with a key of the same name and another secret
    case Mismatch::kVrid: odd.vrid.value = static_cast<std::uint8_t>(odd.vrid.value + 30); return;
  }
}

Attack random_attack(Random& random, const Plan& plan) {
  Attack attack;
  attack.kind = static_cast<Attack::Kind>(random.below(Attack::kKinds));
  attack.router = random.below(plan.routers.size());
  const VirtualPlan& victim = plan.routers[attack.router];
  const Router& router = victim.routers.front();
  // What cannot be wrong with this one becomes what can.
  const bool is_open = router.auth_type == core::AuthType::kNone;
  if (attack.kind == Attack::Kind::kAuth && is_open) attack.kind = Attack::Kind::kTtl;
  const bool knows_peers = router.is_unicast() && (router.checks_source || victim.is_signed());
  if (attack.kind == Attack::Kind::kStranger && !knows_peers) attack.kind = Attack::Kind::kChecksum;
  if (attack.kind == Attack::Kind::kReplay && !victim.is_signed())
    attack.kind = Attack::Kind::kLength;
  if (victim.is_divided())
    attack.kind = Attack::Kind::kChecksum;  // right for one is wrong for another
  attack.is_spoofed = random.chance(0.5);
  constexpr std::uint8_t kPriorities[] = {255, 255, 254, 100, 1, 0};
  attack.priority = kPriorities[random.below(std::size(kPriorities))];
  attack.period = random.between(router.advert_interval / 50, router.advert_interval * 3 / 2);
  return attack;
}

Fault random_fault(Random& random, const Plan& plan, Duration storm) {
  const Duration interval = plan.longest_interval();
  const std::size_t count = plan.hosts.size();
  Fault fault;
  fault.kind = static_cast<Fault::Kind>(random.below(kDrawn));
  fault.after = random.between(0s, storm);
  fault.lasts = random.between(interval / 10, 8 * interval);
  fault.host = random.below(count);
  fault.other = random.below(count);
  fault.side = static_cast<std::uint32_t>(1 + random.below((1U << count) - 1));
  fault.router = random.below(plan.routers.size());
  fault.forgets = random.chance(0.3);
  if (fault.kind == Fault::Kind::kEngineDeath && random.chance(0.7))
    fault.lasts = random.between(1ms, interval);
  if (fault.kind == Fault::Kind::kSecondFails && random.chance(0.3))
    fault.lasts = random.between(1ms, interval / 2);
  if (fault.kind == Fault::Kind::kFileValue)
    fault.value = static_cast<int>(random.below(401)) - 200;
  if (fault.kind == Fault::Kind::kRestart) fault.value = static_cast<int>(1 + random.below(254));
  constexpr Duration kSteps[] = {1s, 10s, 1h, 24h * 3650};
  fault.step = kSteps[random.below(std::size(kSteps))] * (random.chance(0.5) ? 1 : -1);
  fault.attack = random_attack(random, plan);
  return fault;
}

Shape random_shape(Random& random) {
  Shape shape;
  shape.base = kIntervals[random.below(std::size(kIntervals))];
  shape.hosts = random.chance(0.5) ? 2 : 2 + random.below(7);
  shape.is_equal = random.chance(0.2);
  shape.owners = random.chance(0.15) ? (shape.hosts > 2 && random.chance(0.4) ? 2 : 1) : 0;
  shape.preempts = random.chance(0.7);
  shape.mixes_intervals = random.chance(0.2);
  shape.has_permits = random.chance(0.3);
  if (random.chance(0.2)) shape.preempt_delay = random.between(0s, 5 * shape.base);
  if (random.chance(0.3)) shape.quiet_cap = random.between(shape.base, 8 * shape.base);
  if (random.chance(0.3)) shape.late_backup = static_cast<std::uint8_t>(1 + random.below(254));
  if (random.chance(0.2)) shape.down_adverts = static_cast<std::uint8_t>(2 + random.below(4));
  if (random.chance(0.2)) shape.interval_cap = static_cast<std::uint8_t>(2 + random.below(3));
  return shape;
}

}  // namespace

Address address_of(std::uint8_t last, Family family) {
  if (family == Family::kIpv4) return Address::v4(192, 0, 2, last);
  std::array<std::uint8_t, 16> bytes{0xfe, 0x80};
  bytes[15] = last;
  return Address::from_bytes(family, bytes);
}

Address source_of(std::size_t host, Family family) {
  return address_of(static_cast<std::uint8_t>(host * 21 + 11), family);
}

Address stranger_of(Family family) { return address_of(2, family); }

std::string_view to_string(Attack::Kind kind) {
  switch (kind) {
    case Attack::Kind::kTtl: return "wrong TTL";
    case Attack::Kind::kChecksum: return "wrong checksum";
    case Attack::Kind::kVersion: return "wrong version";
    case Attack::Kind::kType: return "wrong type";
    case Attack::Kind::kLength: return "wrong length";
    case Attack::Kind::kUnknownVrid: return "unknown VRID";
    case Attack::Kind::kAuth: return "wrong authentication";
    case Attack::Kind::kStranger: return "no peer";
    case Attack::Kind::kInterval: return "interval of zero";
    case Attack::Kind::kDestination: return "wrong destination";
    case Attack::Kind::kLongInterval: return "long interval";
    case Attack::Kind::kLosing: return "losing adverts";
    case Attack::Kind::kZero: return "priority 0";
    case Attack::Kind::kOwner: return "priority 255";
    case Attack::Kind::kReplay: return "replay";
  }
  return "?";
}

std::string_view to_string(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::kOneWayCut: return "one-way cut";
    case Fault::Kind::kPartition: return "partition";
    case Fault::Kind::kPowerLoss: return "power loss";
    case Fault::Kind::kEngineDeath: return "engine death";
    case Fault::Kind::kPause: return "pause";
    case Fault::Kind::kPauseAll: return "pause of all";
    case Fault::Kind::kLinkDown: return "link down";
    case Fault::Kind::kStop: return "stop";
    case Fault::Kind::kRestart: return "restart with another priority";
    case Fault::Kind::kClockStep: return "clock step";
    case Fault::Kind::kAttack: return "attack";
    case Fault::Kind::kHold: return "hold";
    case Fault::Kind::kCheckFails: return "check fails";
    case Fault::Kind::kSecondFails: return "second check fails";
    case Fault::Kind::kWeightLost: return "weight lost";
    case Fault::Kind::kFileValue: return "file value";
    case Fault::Kind::kRefusal: return "refusal";
    case Fault::Kind::kReload: return "reload";
  }
  return "?";
}

Duration Plan::longest_interval() const {
  Duration longest{0};
  for (const VirtualPlan& one : routers) longest = std::max(longest, one.longest_interval);
  return longest;
}

std::vector<std::size_t> Plan::together(std::size_t router) const {
  if (routers[router].group == kNoGroup) return {router};
  std::vector<std::size_t> all;
  for (std::size_t v = 0; v < routers.size(); ++v)
    if (routers[v].group == routers[router].group) all.push_back(v);
  return all;
}

Plan make_plan(std::uint64_t seed, Operator by) {
  Random random{seed};
  Plan plan;
  plan.seed = seed;
  Shape shape = random_shape(random);
  shape.answers_lower = seed % 7 != 5;
  for (std::size_t i = 0; i < shape.hosts; ++i) {
    HostPlan host;
    host.drift_ppm = static_cast<std::int64_t>(random.below(1001)) - 500;
    host.clock_offset = random.between(1s, 1000h);
    host.wall_error = random.between(-400ms, 400ms);
    if (random.chance(0.1)) host.start_delay = random.between(0s, 5 * shape.base);
    host.key = random.chance(0.2) ? 2 : 1;
    plan.hosts.push_back(host);
  }

  // The order of hosts is the same in every virtual router: a group whose members prefer different hosts has no best.
  std::vector<std::uint8_t> priorities;
  for (std::size_t i = 0; i < shape.hosts; ++i)
    priorities.push_back(static_cast<std::uint8_t>(shape.is_equal ? 100 : 1 + random.below(254)));
  for (std::size_t i = 0; i < shape.owners; ++i) priorities[shape.hosts - 1 - i] = 255;
  std::vector<bool> preempts;
  for (std::size_t i = 0; i < shape.hosts; ++i)
    preempts.push_back(random.chance(0.05) ? !shape.preempts : shape.preempts);

  constexpr std::size_t kCounts[] = {1, 1, 1, 2, 2, 3, 4};
  const std::size_t count = kCounts[random.below(std::size(kCounts))];
  const bool is_grouped = count > 1 && random.chance(0.7);
  for (std::size_t place = 0; place < count; ++place) {
    VirtualPlan one;
    const Router shared = shared_configuration(random, shape, place);
    for (std::size_t host = 0; host < shape.hosts; ++host) {
      Router router = shared;
      router.priority = Priority{priorities[host]};
      router.preempt = preempts[host];
      // Up to twice the others', within what a learned interval is believed.
      if (shape.mixes_intervals && router.version == Version::kV3 &&
          shared.advert_interval <= 20s && random.chance(0.3))
        router.advert_interval *= 2;
      one.routers.push_back(router);
    }
    // Two pairs, a group and one for itself, or one group of all.
    if (is_grouped && !(count == 3 && place == 2)) one.group = count == 4 && place >= 2 ? 1 : 0;
    if (one.group != kNoGroup)
      for (Router& router : one.routers) router.is_grouped = true;
    if (random.chance(0.15)) make_unicast(random, one);
    one.is_monotonic = random.chance(0.15);
    if (random.chance(0.3)) {
      one.check_up = random.between(0s, shape.base);
      one.check_down = random.between(0s, shape.base);
    }
    if (one.group == kNoGroup && !one.routers.front().is_unicast() && random.chance(0.25))
      make_mismatch(random, one);
    for (const Router& router : one.routers)
      one.longest_interval = std::max(one.longest_interval, router.advert_interval);
    plan.routers.push_back(one);
  }
  plan.delay_max = random.between(1us, std::min<Duration>(2ms, shape.base / 20));
  plan.lateness_max = random.between(1us, std::min<Duration>(2ms, shape.base / 20));
  plan.kernel_max = random.between(20us, std::min<Duration>(3ms, shape.base / 10));
  // A kernel whose lock somebody else holds.
  if (plan.kernel_max.count() % 4 == 0) plan.kernel_max = std::min<Duration>(2s, shape.base / 2);

  const Duration interval = plan.longest_interval();
  const std::size_t cycles = 2 + random.below(4);
  plan.mended_before = 1 + random.below(cycles);
  for (std::size_t i = 0; i < cycles; ++i) {
    Cycle cycle;
    cycle.storm = random.between(interval, 40 * interval);
    if (random.chance(0.5)) cycle.weather.loss = random.chance(0.5) ? 0.01 : 0.3;
    if (random.chance(0.3)) cycle.weather.duplication = 0.1;
    if (random.chance(0.3)) cycle.weather.corruption = 0.05;
    cycle.weather.reorders = random.chance(0.3);
    const std::uint64_t allowed = random.below(1U << kDrawn);
    for (std::uint64_t n = random.below(16); n > 0; --n) {
      const Fault fault = random_fault(random, plan, cycle.storm);
      if ((allowed >> static_cast<unsigned>(fault.kind) & 1) != 0) cycle.faults.push_back(fault);
    }
    cycle.clean = random_fault(random, plan, Duration{0});
    cycle.clean.lasts = 12 * interval + shape.preempt_delay;
    cycle.at_master = random.chance(0.7);
    plan.cycles.push_back(cycle);
  }
  if (by == Operator::kReloads) add_reloads(plan);
  return plan;
}

}  // namespace sim
