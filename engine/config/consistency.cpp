#include "engine/config/consistency.hpp"

#include <algorithm>

namespace config {
namespace {

const char* contradiction(const base::Prefix& prefix) {
  const std::size_t bits = 8 * prefix.address.bytes().size();
  if (bits == 0) return "an address without a family";
  if (prefix.length > bits) return "a prefix longer than its address";
  return nullptr;
}

const char* contradiction(const Model& model, const std::vector<Route>& routes,
                          const std::vector<Rule>& rules) {
  const auto is_group = [&](std::uint16_t group) {
    return group == kNoTrackGroup || group < model.track_groups.size();
  };
  for (const Route& route : routes) {
    if (const char* why = contradiction(route.to)) return why;
    if (route.from)
      if (const char* why = contradiction(*route.from)) return why;
    if (!is_group(route.track_group)) return "a route of a track group that does not exist";
  }
  for (const Rule& rule : rules) {
    for (const auto& prefix : {rule.from, rule.to})
      if (prefix)
        if (const char* why = contradiction(*prefix)) return why;
    if (!is_group(rule.track_group)) return "a rule of a track group that does not exist";
  }
  return nullptr;
}

}  // namespace

const char* contradiction(const Model& model) {
  std::size_t grouped = 0;
  for (const Instance& instance : model.instances) {
    if (instance.version != 2 && instance.version != 3) return "no such VRRP version";
    if (instance.vrid == 0) return "virtual router id 0";
    for (const TrackedScript& tracked : instance.track_scripts)
      if (tracked.script >= model.scripts.size()) return "a tracked script that does not exist";
    for (const TrackedFile& tracked : instance.track_files)
      if (tracked.file >= model.tracked_files.size()) return "a tracked file that does not exist";
    for (const TrackedProcess& tracked : instance.track_processes)
      if (tracked.process >= model.processes.size()) return "a tracked process that does not exist";
    if (instance.group != kNoGroup && instance.group >= model.groups.size())
      return "a sync group that does not exist";
    if (instance.group != kNoGroup) ++grouped;
    const Hmac& hmac = instance.hmac;
    if (hmac.is_set() && std::none_of(hmac.keys.begin(), hmac.keys.end(), [&](const HmacKey& key) {
          return key.id == hmac.active_key;
        }))
      return "an active key that does not exist";
    for (const UnicastPeer& peer : instance.unicast_peers)
      if (!peer.address.is_set()) return "a peer without an address";
    for (const VirtualAddress& address : instance.addresses)
      if (const char* why = contradiction(address.prefix)) return why;
    if (const char* why = contradiction(model, instance.routes, instance.rules)) return why;
  }
  for (const TrackGroup& group : model.track_groups)
    for (const std::uint16_t instance : group.instances)
      if (instance >= model.instances.size())
        return "a track group of an instance that does not exist";
  for (const VirtualAddress& address : model.statics.addresses) {
    if (const char* why = contradiction(address.prefix)) return why;
    if (address.track_group != kNoTrackGroup && address.track_group >= model.track_groups.size())
      return "an address of a track group that does not exist";
  }
  if (const char* why = contradiction(model, model.statics.routes, model.statics.rules)) return why;
  // Members know their group and groups their members: both ways, or the engine would wait for somebody who is not there.
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    for (const std::uint16_t member : model.groups[i].members) {
      if (member >= model.instances.size()) return "a group of an instance that does not exist";
      if (model.instances[member].group != i) return "a group of an instance of another group";
    }
    grouped -= std::min(grouped, model.groups[i].members.size());
  }
  if (grouped != 0) return "a sync group that does not know its member";
  for (const FormerAddress& address : model.former)
    if (const char* why = contradiction(address.prefix)) return why;
  for (const Flags& flags : model.flags)
    for (const std::uint16_t instance : flags.instances)
      if (instance >= model.instances.size()) return "a flag for an instance that does not exist";
  return nullptr;
}

}  // namespace config
