#include "engine/assembly.hpp"

#include <algorithm>
#include <iterator>

#include "engine/core/advert.hpp"
#include "engine/core/auth.hpp"

namespace engine {
namespace {

using base::Error;

std::uint16_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto place = static_cast<std::uint16_t>(std::distance(names.begin(), found));
  if (found == names.end()) names.push_back(name);
  return place;
}

std::uint16_t ear_at(std::vector<Ear>& ears, std::uint16_t interface, base::Family family,
                     std::uint8_t protocol) {
  const auto found = std::find_if(ears.begin(), ears.end(), [&](const Ear& ear) {
    return ear.interface == interface && ear.family == family && ear.protocol == protocol;
  });
  const auto place = static_cast<std::uint16_t>(std::distance(ears.begin(), found));
  if (found == ears.end()) {
    Ear ear{.interface = interface, .family = family, .protocol = protocol};
    ear.instance_of.fill(kNobody);
    ears.push_back(ear);
  }
  return place;
}

core::AuthType auth_type_of(const config::Instance& instance) {
  if (instance.hmac.is_set()) return core::AuthType::kHmac;
  if (instance.auth_type == 1) return core::AuthType::kPassword;
  return instance.auth_type == 2 ? core::AuthType::kAh : core::AuthType::kNone;
}

template <typename Tracked>
void track(core::Router& router, core::Tracker::Kind kind, std::uint16_t index,
           const Tracked& tracked) {
  router.trackers.push_back({.kind = kind,
                             .index = index,
                             .weight = static_cast<std::int16_t>(tracked.weight),
                             .reverse = tracked.reverse});
}

base::Status add_trackers(const config::Instance& instance, Assembly& assembly,
                          core::Router& router) {
  using Kind = core::Tracker::Kind;
  const std::size_t count = instance.track_scripts.size() + instance.track_interfaces.size() +
                            instance.track_files.size() + instance.track_processes.size();
  if (count > core::kMaxTrackers)
    return Error::because("assemble instance", "too many tracked things", instance.name);
  for (const auto& tracked : instance.track_scripts)
    track(router, Kind::kScript, tracked.script, tracked);
  for (const auto& tracked : instance.track_interfaces)
    track(router, Kind::kInterface, place_of(assembly.interfaces, tracked.interface), tracked);
  for (const auto& tracked : instance.track_files)
    track(router, Kind::kFile, tracked.file, tracked);
  for (const auto& tracked : instance.track_processes)
    track(router, Kind::kProcess, tracked.process, tracked);
  return base::ok();
}

base::Status add_addresses(const config::Instance& instance, core::Router& router) {
  for (const config::VirtualAddress& address : instance.addresses) {
    if (!address.is_advertised) continue;
    if (router.addresses.full())
      return Error::because("assemble instance", "more addresses than an advert can carry",
                            instance.name);
    router.addresses.push_back(address.prefix.address);
  }
  if (instance.unicast_peers.size() > core::kMaxPeers)
    return Error::because("assemble instance", "more peers than an instance can hold",
                          instance.name);
  for (const config::UnicastPeer& peer : instance.unicast_peers)
    router.peers.push_back(
        {.address = peer.address, .min_ttl = peer.min_ttl, .max_ttl = peer.max_ttl});
  return base::ok();
}

base::Status check_keys(const config::Instance& instance, core::AuthType type) {
  if (type == core::AuthType::kAh &&
      (instance.version != 2 || instance.family != base::Family::kIpv4))
    return Error::because("assemble instance", "AH is of version 2 over IPv4 alone", instance.name);
  const auto& keys = instance.hmac.keys;
  if (keys.size() > core::kMaxAuthKeys)
    return Error::because("assemble instance", "more keys than an instance can hold",
                          instance.name);
  const auto of_id = [&](std::uint8_t id) {
    return std::count_if(keys.begin(), keys.end(), [&](const auto& key) { return key.id == id; });
  };
  for (const config::HmacKey& key : keys)
    if (of_id(key.id) != 1)
      return Error::because("assemble instance", "two keys of one number", instance.name);
  if (!keys.empty() && of_id(instance.hmac.active_key) == 0)
    return Error::because("assemble instance", "the active key is none of its keys", instance.name);
  return base::ok();
}

core::Duration quiet_cap(const config::Safety& safety) {
  if (!safety.quiet_start) return core::Duration{0};
  return safety.quiet_cap > core::Duration{0} ? safety.quiet_cap : kQuietCap;
}

base::Result<core::Router> router_of(const config::Instance& instance, const config::Model& model,
                                     Assembly& assembly) {
  core::Router router;
  router.vrid = base::Vrid{instance.vrid};
  router.version = instance.version == 3 ? core::Version::kV3 : core::Version::kV2;
  router.family = instance.family;
  router.priority = base::Priority{instance.priority};
  router.advert_interval = instance.advert_interval;
  router.preempt = instance.preempt;
  router.preempt_delay = instance.preempt_delay;
  router.down_timer_adverts = instance.down_timer_adverts;
  router.learned_interval_cap = instance.learned_interval_cap;
  // v3_checksum_as_v2 asks for the sum version 2 has: over the message alone.
  if (instance.v3_checksum_as_v2) router.v3_checksum = core::V3Checksum::kMessageOnly;
  router.auth_type = auth_type_of(instance);
  // Of the others nothing secret is in the message itself.
  if (router.auth_type == core::AuthType::kPassword)
    std::copy_n(instance.auth_pass.begin(),
                std::min(instance.auth_pass.size(), router.auth_data.size()),
                router.auth_data.begin());
  router.checks_source = instance.check_unicast_src;
  router.multicast_group = instance.multicast_group.value_or(base::Address{});
  router.ttl = instance.unicast_ttl;
  router.strict = instance.strict;
  router.skips_address_check = instance.skip_check_adv_addr;
  router.owner_ignores_adverts = instance.owner_ignore_adverts;
  router.answers_lower = !instance.lower_prio_no_advert;
  router.answers_higher = instance.higher_prio_send_advert;
  router.late_backup = base::Priority{instance.late_backup.value_or(0)};
  router.is_grouped = instance.group != config::kNoGroup;
  router.quiet_cap = quiet_cap(model.safety);
  if (auto checked = check_keys(instance, router.auth_type); !checked) return checked.error();
  if (auto added = add_addresses(instance, router); !added) return added.error();
  if (auto added = add_trackers(instance, assembly, router); !added) return added.error();
  return router;
}

// A flag that names no instance guards all of them.
std::vector<std::uint16_t> instances_of(const config::Flags& flag, std::size_t all) {
  if (!flag.instances.empty()) return flag.instances;
  std::vector<std::uint16_t> every(all);
  for (std::size_t i = 0; i < all; ++i) every[i] = static_cast<std::uint16_t>(i);
  return every;
}

bool share_a_peer(const core::Router& a, const core::Router& b) {
  return std::any_of(a.peers.begin(), a.peers.end(), [&](const core::UnicastPeer& peer) {
    return core::find_peer(b, peer.address) != nullptr;
  });
}

// Puts it behind those that have its VRID on this ear already.
base::Status enter(std::uint16_t id, std::size_t ear, const config::Model& model,
                   Assembly& assembly) {
  const core::Router& router = assembly.routers[id];
  std::uint16_t* place = &assembly.ears[ear].instance_of[router.vrid.value];
  while (*place != kNobody) {
    const core::Router& other = assembly.routers[*place];
    if (!router.is_unicast() || !other.is_unicast() || share_a_peer(router, other))
      return Error::because("assemble instance",
                            "the VRID belongs to " + model.instances[*place].name + " already",
                            model.instances[id].name);
    place = &assembly.next_of[*place];
  }
  *place = id;
  return base::ok();
}

// Both ears of an interface and family lead to the same instances.
base::Status add_ears(const config::Model& model, Assembly& assembly) {
  const auto count = static_cast<std::uint16_t>(assembly.routers.size());
  assembly.next_of.assign(count, kNobody);
  for (std::uint16_t id = 0; id < count; ++id) {
    const std::uint16_t interface = assembly.interface_of[id];
    const base::Family family = assembly.routers[id].family;
    const std::uint16_t plain = ear_at(assembly.ears, interface, family, kVrrpProtocol);
    const bool is_ah = assembly.routers[id].auth_type == core::AuthType::kAh;
    assembly.ear_of.push_back(is_ah ? ear_at(assembly.ears, interface, family, kAhProtocol)
                                    : plain);
    if (auto entered = enter(id, plain, model, assembly); !entered) return entered.error();
  }
  for (Ear& ear : assembly.ears)
    if (ear.protocol == kAhProtocol)
      ear.instance_of =
          assembly.ears[ear_at(assembly.ears, ear.interface, ear.family, kVrrpProtocol)]
              .instance_of;
  return base::ok();
}

// Of several instances on one lane, the most patient decides.
std::uint16_t lane_for(std::vector<Lane>& lanes, const Lane& sought) {
  const auto found = std::find_if(lanes.begin(), lanes.end(), [&](const Lane& lane) {
    return lane.interface == sought.interface && lane.family == sought.family;
  });
  const auto place = static_cast<std::size_t>(std::distance(lanes.begin(), found));
  if (found == lanes.end()) lanes.push_back(sought);
  lanes[place].distance = std::max(lanes[place].distance, sought.distance);
  return static_cast<std::uint16_t>(place);
}

void add_announcing(const config::Model& model, Assembly& assembly) {
  for (std::size_t id = 0; id < model.instances.size(); ++id) {
    const config::Instance& instance = model.instances[id];
    const config::Announcing& announcing = instance.announcing;
    core::Announcer::Schedule& schedule = assembly.schedules.emplace_back();
    schedule.addresses = static_cast<std::uint16_t>(instance.addresses.size());
    schedule.repeat = announcing.repeat;
    schedule.delay = announcing.delay;
    schedule.refresh = announcing.refresh;
    schedule.refresh_repeat = announcing.refresh_repeat;
    schedule.lower_repeat = announcing.lower_prio_repeat;
    schedule.lower_delay = announcing.lower_prio_delay;
    // Without `all` it is about interfaces with a virtual MAC alone.
    if (announcing.extra_on_all) schedule.elsewhere = announcing.extra_interval;
    for (std::size_t i = 0; i < instance.addresses.size(); ++i) {
      const base::Family family = instance.addresses[i].prefix.address.family();
      schedule.is_elsewhere.push_back(assembly.address_interfaces[id][i] !=
                                      assembly.interface_of[id]);
      const core::Duration distance =
          family == base::Family::kIpv4 ? announcing.arp_interval : announcing.na_interval;
      schedule.lanes.push_back(
          lane_for(assembly.lanes, {.interface = assembly.address_interfaces[id][i],
                                    .family = family,
                                    .distance = distance}));
    }
  }
}

base::Status add_flags(const config::Model& model, Assembly& assembly) {
  const std::size_t count = model.instances.size();
  assembly.permits_of.resize(count);
  for (const config::Flags& flag : model.flags) {
    const auto place = static_cast<std::uint16_t>(assembly.guarded_by.size());
    auto& guarded = assembly.guarded_by.emplace_back();
    if (flag.permit_file.empty()) continue;
    guarded = instances_of(flag, count);
    for (const std::uint16_t id : guarded) {
      if (id >= count)
        return Error::because("assemble flags", "no such instance", flag.permit_file);
      assembly.routers[id].needs_permit = true;
      assembly.permits_of[id].push_back(place);
    }
  }
  return base::ok();
}

base::Status add_groups(const config::Model& model, Assembly& assembly) {
  assembly.group_of.assign(model.instances.size(), kNobody);
  for (std::size_t group = 0; group < model.groups.size(); ++group)
    for (const std::uint16_t id : model.groups[group].members) {
      if (id >= model.instances.size())
        return Error::because("assemble groups", "no such instance", model.groups[group].name);
      if (assembly.group_of[id] != kNobody)
        return Error::because("assemble groups", "it is in another group already",
                              model.instances[id].name);
      assembly.group_of[id] = static_cast<std::uint16_t>(group);
      assembly.routers[id].is_grouped = true;
    }
  return base::ok();
}

base::Status add_watchers(const config::Model& model, Assembly& assembly) {
  assembly.interface_trackers.resize(assembly.interfaces.size());
  assembly.script_trackers.resize(model.scripts.size());
  assembly.file_trackers.resize(model.tracked_files.size());
  assembly.process_trackers.resize(model.processes.size());
  // By core::Tracker::Kind.
  std::vector<std::vector<TrackerOf>>* const watched[] = {
      &assembly.script_trackers, &assembly.interface_trackers, &assembly.file_trackers,
      &assembly.process_trackers};
  for (std::uint16_t id = 0; id < model.instances.size(); ++id) {
    const auto& trackers = assembly.routers[id].trackers;
    for (std::uint16_t place = 0; place < trackers.size(); ++place) {
      const core::Tracker& tracker = trackers[place];
      auto& things = *watched[static_cast<std::size_t>(tracker.kind)];
      if (tracker.index >= things.size())
        return Error::because("assemble instance", "no such tracked thing",
                              model.instances[id].name);
      things[tracker.index].push_back({.instance = id, .tracker = place});
    }
  }
  return base::ok();
}

void add_places(const config::Model& model, Assembly& assembly) {
  assembly.speakers.resize(assembly.interfaces.size());
  assembly.holders.resize(assembly.interfaces.size());
  for (std::uint16_t id = 0; id < model.instances.size(); ++id) {
    assembly.speakers[assembly.interface_of[id]].push_back(id);
    for (const std::uint16_t interface : assembly.address_interfaces[id]) {
      auto& holders = assembly.holders[interface];
      const bool is_new = holders.empty() || holders.back() != id;
      if (is_new && interface != assembly.interface_of[id]) holders.push_back(id);
    }
    for (const base::Address& address : assembly.routers[id].addresses)
      assembly.owned.push_back(
          {.interface = assembly.interface_of[id], .address = address, .instance = id});
  }
  std::sort(assembly.owned.begin(), assembly.owned.end());
}

}  // namespace

std::uint16_t Assembly::instance_for(std::size_t ear, std::uint8_t vrid,
                                     const base::Address& source) const {
  const std::uint16_t first = ears[ear].instance_of[vrid];
  if (first == kNobody || next_of[first] == kNobody) return first;
  for (std::uint16_t id = first; id != kNobody; id = next_of[id])
    if (core::find_peer(routers[id], source) != nullptr) return id;
  return first;
}

base::Result<Assembly> assemble(const config::Model& model) {
  Assembly assembly;
  const std::size_t count = model.instances.size();
  assembly.routers.reserve(count);
  if (count >= kNobody) return Error::because("assemble", "more instances than can be counted");
  for (const config::Instance& instance : model.instances) {
    if (instance.vrid == 0) return Error::because("assemble instance", "no VRID", instance.name);
    assembly.interface_of.push_back(place_of(assembly.interfaces, instance.interface));
    auto router = router_of(instance, model, assembly);
    if (!router) return router.error();
    assembly.routers.push_back(*router);
    assembly.source_names.push_back(instance.source ? base::to_string(*instance.source) : "");
    auto& interfaces = assembly.address_interfaces.emplace_back();
    auto& names = assembly.address_names.emplace_back();
    for (const config::VirtualAddress& address : instance.addresses) {
      const bool elsewhere = !address.interface.empty();
      interfaces.push_back(
          place_of(assembly.interfaces, elsewhere ? address.interface : instance.interface));
      names.push_back(base::to_string(address.prefix));
    }
  }
  if (auto added = add_ears(model, assembly); !added) return added.error();
  if (auto added = add_groups(model, assembly); !added) return added.error();
  if (auto added = add_flags(model, assembly); !added) return added.error();
  if (auto added = add_watchers(model, assembly); !added) return added.error();
  add_announcing(model, assembly);
  add_places(model, assembly);
  return assembly;
}

}  // namespace engine
