#include "engine/keeper/ears.hpp"

#include <algorithm>

namespace keeper {
namespace {

// Where unicast was meant and every peer is missing, nothing is to be heard from a group either.
bool is_unicast(const config::Instance& instance) {
  return !instance.unicast_peers.empty() || instance.unicast_fault_no_peer;
}

bool uses_ah(const config::Instance& instance) {
  return instance.auth_type == 2 && instance.family == Family::kIpv4;
}

Address group_of(const config::Instance& instance) {
  if (instance.multicast_group) return *instance.multicast_group;
  // RFC 9568 5.1.1.2, 5.1.2.2.
  if (instance.family == Family::kIpv4) return Address::v4(224, 0, 0, 18);
  constexpr std::uint8_t kGroup[16] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12};
  return Address::from_bytes(Family::kIpv6, kGroup);
}

void add(Ear& ear, const config::Instance& instance) {
  const auto place = std::ranges::lower_bound(ear.vrids, instance.vrid, {}, &HeardVrid::vrid);
  if (place == ear.vrids.end() || place->vrid != instance.vrid)
    ear.vrids.insert(place, {instance.vrid, is_unicast(instance)});
  else
    place->any_ttl = place->any_ttl || is_unicast(instance);
  ear.receive_buffer = std::max(ear.receive_buffer, instance.receive_buffer);
  if (is_unicast(instance)) return;
  const Address group = group_of(instance);
  if (std::ranges::find(ear.groups, group) == ear.groups.end()) ear.groups.push_back(group);
}

}  // namespace

std::vector<Ear> ears_of(const config::Model& model) {
  std::vector<Ear> ears;
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    const config::Instance& first = model.instances[i];
    const auto is_beside_first = [&](const auto& one) {
      return one.interface == first.interface && one.family == first.family;
    };
    if (std::ranges::any_of(ears, is_beside_first)) continue;
    Ear ear;
    ear.interface = first.interface;
    ear.family = first.family;
    bool has_ah = false;
    for (const config::Instance& instance : model.instances) {
      if (!is_beside_first(instance)) continue;
      add(ear, instance);
      has_ah = has_ah || uses_ah(instance);
    }
    ears.push_back(ear);
    if (!has_ah) continue;
    ear.protocol = kAhProtocol;
    ears.push_back(std::move(ear));
  }
  return ears;
}

}  // namespace keeper
