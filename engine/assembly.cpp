#include "engine/assembly.hpp"

#include <algorithm>
#include <iterator>

namespace engine {
namespace {

using base::Error;

std::uint16_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  const auto place = static_cast<std::uint16_t>(std::distance(names.begin(), found));
  if (found == names.end()) names.push_back(name);
  return place;
}

std::uint16_t ear_at(std::vector<Ear>& ears, std::uint16_t interface, base::Family family) {
  const auto found = std::find_if(ears.begin(), ears.end(), [&](const Ear& ear) {
    return ear.interface == interface && ear.family == family;
  });
  const auto place = static_cast<std::uint16_t>(std::distance(ears.begin(), found));
  if (found == ears.end()) {
    Ear ear{.interface = interface, .family = family};
    ear.instance_of.fill(kNobody);
    ears.push_back(ear);
  }
  return place;
}

base::Result<core::Router> router_of(const config::Instance& instance, Assembly& assembly) {
  core::Router router;
  router.vrid = base::Vrid{instance.vrid};
  router.version = instance.version == 3 ? core::Version::kV3 : core::Version::kV2;
  router.family = instance.family;
  router.priority = base::Priority{instance.priority};
  router.advert_interval = instance.advert_interval;
  router.preempt = instance.preempt;
  router.preempt_delay = instance.preempt_delay;
  router.down_timer_adverts = instance.down_timer_adverts;
  // v3_checksum_as_v2 asks for the sum version 2 has: over the message alone.
  if (instance.v3_checksum_as_v2) router.v3_checksum = core::V3Checksum::kMessageOnly;
  router.auth_type = instance.auth_type == 1 ? core::AuthType::kPassword : core::AuthType::kNone;
  std::copy_n(instance.auth_pass.begin(),
              std::min(instance.auth_pass.size(), router.auth_data.size()),
              router.auth_data.begin());
  for (const config::VirtualAddress& address : instance.addresses) {
    if (!address.is_advertised) continue;
    if (router.addresses.full())
      return Error::because("assemble instance", "more addresses than an advert can carry",
                            instance.name);
    router.addresses.push_back(address.prefix.address);
  }
  if (instance.track_scripts.size() + instance.track_interfaces.size() > core::kMaxTrackers)
    return Error::because("assemble instance", "too many tracked things", instance.name);
  for (const config::TrackedScript& tracked : instance.track_scripts)
    router.trackers.push_back({.kind = core::Tracker::Kind::kScript,
                               .index = tracked.script,
                               .weight = static_cast<std::int16_t>(tracked.weight),
                               .reverse = tracked.reverse});
  for (const config::TrackedInterface& tracked : instance.track_interfaces)
    router.trackers.push_back({.kind = core::Tracker::Kind::kInterface,
                               .index = place_of(assembly.interfaces, tracked.interface),
                               .weight = static_cast<std::int16_t>(tracked.weight),
                               .reverse = tracked.reverse});
  return router;
}

// A flag that names no instance guards all of them.
std::vector<std::uint16_t> instances_of(const config::Flags& flag, std::size_t all) {
  if (!flag.instances.empty()) return flag.instances;
  std::vector<std::uint16_t> every(all);
  for (std::size_t i = 0; i < all; ++i) every[i] = static_cast<std::uint16_t>(i);
  return every;
}

}  // namespace

base::Result<Assembly> assemble(const config::Model& model) {
  Assembly assembly;
  const std::size_t count = model.instances.size();
  if (count >= kNobody) return Error::because("assemble", "more instances than can be counted");
  assembly.permits_of.resize(count);
  assembly.script_trackers.resize(model.scripts.size());
  for (std::uint16_t id = 0; id < count; ++id) {
    const config::Instance& instance = model.instances[id];
    if (instance.vrid == 0) return Error::because("assemble instance", "no VRID", instance.name);
    const std::uint16_t interface = place_of(assembly.interfaces, instance.interface);
    assembly.interface_of.push_back(interface);
    const std::uint16_t ear = ear_at(assembly.ears, interface, instance.family);
    assembly.ear_of.push_back(ear);
    std::uint16_t& owner = assembly.ears[ear].instance_of[instance.vrid];
    if (owner != kNobody)
      return Error::because("assemble instance",
                            "the VRID belongs to " + model.instances[owner].name + " already",
                            instance.name);
    owner = id;
    auto router = router_of(instance, assembly);
    if (!router) return router.error();
    assembly.routers.push_back(*router);
    assembly.schedules.push_back(
        {.addresses = static_cast<std::uint16_t>(instance.addresses.size()),
         .repeat = instance.announcing.repeat,
         .delay = instance.announcing.delay,
         .refresh = instance.announcing.refresh,
         .refresh_repeat = instance.announcing.refresh_repeat,
         .lower_repeat = instance.announcing.lower_prio_repeat,
         .lower_delay = instance.announcing.lower_prio_delay,
         .lanes = {}});
    auto& interfaces = assembly.address_interfaces.emplace_back();
    auto& names = assembly.address_names.emplace_back();
    for (const config::VirtualAddress& address : instance.addresses) {
      const bool elsewhere = !address.interface.empty();
      interfaces.push_back(
          place_of(assembly.interfaces, elsewhere ? address.interface : instance.interface));
      names.push_back(base::to_string(address.prefix));
    }
  }
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
  assembly.speakers.resize(assembly.interfaces.size());
  assembly.holders.resize(assembly.interfaces.size());
  assembly.interface_trackers.resize(assembly.interfaces.size());
  for (std::uint16_t id = 0; id < count; ++id) {
    assembly.speakers[assembly.interface_of[id]].push_back(id);
    for (const std::uint16_t interface : assembly.address_interfaces[id]) {
      auto& holders = assembly.holders[interface];
      const bool is_new = holders.empty() || holders.back() != id;
      if (is_new && interface != assembly.interface_of[id]) holders.push_back(id);
    }
    const auto& trackers = assembly.routers[id].trackers;
    for (std::uint16_t place = 0; place < trackers.size(); ++place) {
      const core::Tracker& tracker = trackers[place];
      auto& watched = tracker.kind == core::Tracker::Kind::kScript ? assembly.script_trackers
                                                                   : assembly.interface_trackers;
      if (tracker.index >= watched.size())
        return Error::because("assemble instance", "no such script", model.instances[id].name);
      watched[tracker.index].push_back({.instance = id, .tracker = place});
    }
  }
  return assembly;
}

}  // namespace engine
