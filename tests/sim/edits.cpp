#include "tests/sim/edits.hpp"

#include <algorithm>
#include <vector>

#include "tests/sim/plan.hpp"

namespace sim {
namespace {

using namespace std::chrono_literals;
using Kind = Edit::Kind;

constexpr Duration kLongestInterval = 40s;  // of version 3: twelve bits of hundredths
constexpr std::uint8_t kNowhere = 179;
constexpr std::uint8_t kAnotherAddress = 240;

Duration shared_interval(const VirtualPlan& plan) {
  const auto is_shorter = [](const core::Router& a, const core::Router& b) {
    return a.advert_interval < b.advert_interval;
  };
  return std::min_element(plan.routers.begin(), plan.routers.end(), is_shorter)->advert_interval;
}

template <typename List, typename Is>
bool leave_out(List& list, Is is) {
  List rest;
  for (const auto& one : list)
    if (!is(one)) rest.push_back(one);
  const bool was_there = rest.size() < list.size();
  list = rest;
  return was_there;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kNothing: return "nothing";
    case Kind::kPriority: return "priority";
    case Kind::kPreempt: return "preemption";
    case Kind::kPreemptDelay: return "preemption delay";
    case Kind::kInterval: return "interval";
    case Kind::kAddress: return "addresses";
    case Kind::kTracker: return "trackers";
    case Kind::kWeight: return "weight";
    case Kind::kStranger: return "a peer that is nowhere";
    case Kind::kPeer: return "peers";
  }
  return "?";
}

Edit random_edit(Random& random, const VirtualPlan& plan, bool lasting) {
  const core::Router& any = plan.routers.front();
  std::vector<Kind> kinds{Kind::kNothing, Kind::kPriority, Kind::kPreempt, Kind::kTracker,
                          Kind::kWeight};
  // What differs on purpose is not made to agree by accident.
  if (plan.mismatch == Mismatch::kNone) {
    kinds.push_back(Kind::kAddress);
    if (2 * shared_interval(plan) <= kLongestInterval) kinds.push_back(Kind::kInterval);
  }
  if (any.preempt_delay > 0s) kinds.push_back(Kind::kPreemptDelay);
  if (any.is_unicast()) kinds.push_back(Kind::kStranger);
  // Who takes adverts of anybody has no rule for the TTL of those who are no peers.
  const bool checks_peers = any.is_unicast() && (any.checks_source || plan.is_signed());
  if (checks_peers && !lasting) kinds.push_back(Kind::kPeer);
  return {.kind = kinds[random.below(kinds.size())],
          .value = static_cast<std::uint8_t>(1 + random.below(254))};
}

void carry_out(const Edit& edit, const VirtualPlan& plan, std::size_t host, core::Router& router) {
  const core::Router& planned = plan.routers[host];
  switch (edit.kind) {
    case Kind::kNothing: return;
    case Kind::kPriority:
      if (!router.is_owner()) router.priority = core::Priority{edit.value};
      return;
    case Kind::kPreempt: router.preempt = !router.preempt; return;
    case Kind::kPreemptDelay:
      router.preempt_delay = router.preempt_delay == Duration{0} ? planned.preempt_delay : 0s;
      return;
    case Kind::kInterval: {
      const Duration shared = shared_interval(plan);
      router.advert_interval = router.advert_interval == shared ? 2 * shared : shared;
      return;
    }
    case Kind::kAddress: {
      const core::Address other = address_of(kAnotherAddress, router.family);
      if (!leave_out(router.addresses, [&](const auto& one) { return one == other; }))
        router.addresses.push_back(other);
      return;
    }
    case Kind::kTracker: {
      const std::size_t which = edit.value % planned.trackers.size();
      const auto is_it = [&](const core::Tracker& one) { return one.index == which; };
      if (leave_out(router.trackers, is_it)) return;
      router.trackers.push_back(
          *std::find_if(planned.trackers.begin(), planned.trackers.end(), is_it));
      return;
    }
    case Kind::kWeight:
      for (core::Tracker& one : router.trackers)
        if (one.index == kWeight)
          one.weight = one.weight == -kLostWeight ? -kLostWeight / 2 : -kLostWeight;
      return;
    case Kind::kStranger: {
      const core::Address nowhere = address_of(kNowhere, router.family);
      const bool was_there =
          leave_out(router.peers, [&](const auto& one) { return one.address == nowhere; });
      // Without any it would be multicast.
      if (!was_there || router.peers.empty()) router.peers.push_back({nowhere, 0, 255});
      return;
    }
    case Kind::kPeer: {
      const std::size_t others = plan.routers.size() - 1;
      const std::size_t which = (host + 1 + edit.value % others) % plan.routers.size();
      const core::Address peer = source_of(which, router.family);
      const auto is_it = [&](const core::UnicastPeer& one) { return one.address == peer; };
      if (leave_out(router.peers, is_it)) {
        // Without any it would be multicast.
        if (!router.peers.empty()) return;
        router.peers.push_back({address_of(kNowhere, router.family), 0, 255});
        return;
      }
      leave_out(router.peers, [&](const auto& one) {
        return one.address == address_of(kNowhere, router.family);
      });
      router.peers.push_back(*std::find_if(planned.peers.begin(), planned.peers.end(), is_it));
      return;
    }
  }
}

void add_reloads(Plan& plan) {
  Random random{plan.seed ^ 0x72656c6f6164};
  if (random.chance(0.3)) return;
  const Duration interval = plan.longest_interval();
  const auto reload = [&](Fault& fault, bool lasting) {
    fault.kind = Fault::Kind::kReload;
    fault.router = random.below(plan.routers.size());
    VirtualPlan& one = plan.routers[fault.router];
    fault.edit = random_edit(random, one, lasting);
    if (fault.edit.kind == Kind::kInterval)
      one.longest_interval = std::max(one.longest_interval, 2 * shared_interval(one));
  };
  for (Cycle& cycle : plan.cycles) {
    for (std::uint64_t n = random.below(4); n > 0; --n) {
      Fault fault;
      reload(fault, false);
      fault.after = random.between(0s, cycle.storm);
      fault.lasts = random.between(interval / 10, 8 * interval);
      fault.host = random.below(plan.hosts.size());
      // Some checks are left out because they fail.
      if (fault.edit.kind == Kind::kTracker && random.chance(0.5)) {
        Fault failing = fault;
        failing.kind = random.chance(0.5) ? Fault::Kind::kCheckFails : Fault::Kind::kSecondFails;
        fault.edit.value = failing.kind == Fault::Kind::kCheckFails ? kCheck : kSecond;
        failing.after = fault.after / 2;
        failing.lasts = fault.after;
        cycle.faults.push_back(failing);
      }
      cycle.faults.push_back(fault);
    }
    if (random.chance(0.25)) reload(cycle.clean, true);
  }
  // What shows how the LAN gets over something long has to be long by the new intervals too.
  for (Cycle& cycle : plan.cycles) cycle.clean.lasts += 12 * (plan.longest_interval() - interval);
}

}  // namespace sim
