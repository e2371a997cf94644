#include "engine/config/lineage.hpp"

#include <algorithm>

namespace config {
namespace {

using Places = Lineage::Places;

// A place in `before` that no vector has: what is there now was not there then.
constexpr std::uint16_t kNew = 0xfffe;

// Gives each thing of `now` that has none yet the first one of `before` that nobody has and that `matches`.
template <typename Thing, typename Matches>
void find_more(const std::vector<Thing>& before, const std::vector<Thing>& now, Places& places,
               Matches matches) {
  places.resize(now.size());
  std::vector<bool> is_taken(before.size());
  for (const auto& place : places)
    if (place) is_taken[*place] = true;
  // Most of what is there is where it was: those before this one are all taken.
  std::size_t first_free = 0;
  for (std::size_t i = 0; i < now.size(); ++i) {
    while (first_free < before.size() && is_taken[first_free]) ++first_free;
    for (std::size_t was = first_free; !places[i] && was < before.size(); ++was) {
      if (is_taken[was] || !matches(before[was], now[i])) continue;
      places[i] = static_cast<std::uint16_t>(was);
      is_taken[was] = true;
    }
  }
}

template <typename Thing>
bool has_same_name(const Thing& was, const Thing& is) {
  return was.name == is.name;
}

template <typename Thing>
bool has_only_another_name(const Thing& was, Thing is) {
  is.name = was.name;
  return is_same(was, is);
}

template <typename Thing>
Places by_name_or_definition(const std::vector<Thing>& before, const std::vector<Thing>& now) {
  Places places;
  find_more(before, now, places, has_same_name<Thing>);
  find_more(before, now, places, has_only_another_name<Thing>);
  return places;
}

bool has_common_peer(const Instance& one, const Instance& other) {
  return std::ranges::any_of(one.unicast_peers, [&](const UnicastPeer& peer) {
    return std::ranges::find(other.unicast_peers, peer.address, &UnicastPeer::address) !=
           other.unicast_peers.end();
  });
}

Places instances_of(const Model& before, const Model& now) {
  Places places;
  find_more(before.instances, now.instances, places, [](const Instance& was, const Instance& is) {
    return was.name == is.name && is_same_router(was, is);
  });
  find_more(before.instances, now.instances, places, [](const Instance& was, const Instance& is) {
    return is_same_router(was, is) && has_common_peer(was, is);
  });
  find_more(before.instances, now.instances, places, is_same_router);
  return places;
}

std::uint16_t followed(const Places& places, std::uint16_t now) {
  static_assert(kNoGroup == kNoTrackGroup);
  if (now == kNoGroup) return kNoGroup;
  return now < places.size() ? places[now].value_or(kNew) : kNew;
}

std::vector<std::uint16_t> followed(const Places& places, std::vector<std::uint16_t> all) {
  for (std::uint16_t& one : all) one = followed(places, one);
  return all;
}

std::vector<std::uint16_t> sorted(std::vector<std::uint16_t> all) {
  std::ranges::sort(all);
  return all;
}

template <typename Thing>
void forget_position(Thing& thing) {
  thing.at = Position{};
}

template <typename Thing>
void forget_positions(std::vector<Thing>& things) {
  for (Thing& thing : things) forget_position(thing);
}

template <typename Thing>
Thing without_position(Thing thing) {
  forget_position(thing);
  return thing;
}

// Every position inside as well.
Instance without_positions(Instance instance) {
  forget_position(instance);
  forget_positions(instance.addresses);
  forget_positions(instance.track_scripts);
  forget_positions(instance.track_interfaces);
  forget_positions(instance.track_files);
  forget_positions(instance.track_processes);
  forget_positions(instance.unicast_peers);
  forget_positions(instance.routes);
  forget_positions(instance.rules);
  return instance;
}

SyncGroup with_sorted_members(SyncGroup group) {
  std::ranges::sort(group.members);
  return without_position(std::move(group));
}

}  // namespace

bool is_same_router(const Instance& one, const Instance& other) {
  return one.vrid == other.vrid && one.family == other.family && one.interface == other.interface;
}

bool is_same(const Instance& was, const Instance& is, const Lineage& lineage) {
  Instance then = without_positions(is);
  for (auto& one : then.track_scripts) one.script = followed(lineage.scripts, one.script);
  for (auto& one : then.track_files) one.file = followed(lineage.tracked_files, one.file);
  for (auto& one : then.track_processes) one.process = followed(lineage.processes, one.process);
  then.group = followed(lineage.groups, then.group);
  return without_positions(was) == then;
}

bool is_same(const SyncGroup& was, const SyncGroup& is, const Lineage& lineage) {
  SyncGroup then = is;
  then.members = followed(lineage.instances, std::move(then.members));
  return with_sorted_members(was) == with_sorted_members(std::move(then));
}

bool is_same(const Flags& was, const Flags& is, const Lineage& lineage) {
  Flags then = without_position(is);
  then.instances = sorted(followed(lineage.instances, std::move(then.instances)));
  Flags before = without_position(was);
  before.instances = sorted(std::move(before.instances));
  return before == then;
}

bool is_same(const TrackGroup& was, const TrackGroup& is, const Lineage& lineage) {
  TrackGroup then = without_position(is);
  then.instances = sorted(followed(lineage.instances, std::move(then.instances)));
  TrackGroup before = without_position(was);
  before.instances = sorted(std::move(before.instances));
  return before == then;
}

bool is_same(const Statics& was, const Statics& is, const Lineage& lineage) {
  const auto settled = [](Statics statics, const Places* places) {
    const auto settle = [&](auto& things) {
      forget_positions(things);
      for (auto& thing : things)
        if (places != nullptr) thing.track_group = followed(*places, thing.track_group);
    };
    settle(statics.addresses);
    settle(statics.routes);
    settle(statics.rules);
    return statics;
  };
  return settled(was, nullptr) == settled(is, &lineage.track_groups);
}

bool is_same(const Script& was, const Script& is) {
  return without_position(was) == without_position(is);
}

bool is_same(const File& was, const File& is) {
  return without_position(was) == without_position(is);
}

bool is_same(const Process& was, const Process& is) {
  return without_position(was) == without_position(is);
}

bool is_same(const InterfaceDelay& was, const InterfaceDelay& is) {
  return without_position(was) == without_position(is);
}

bool is_same(const VirtualAddress& was, const VirtualAddress& is) {
  return without_position(was) == without_position(is);
}

bool is_same(const Route& was, const Route& is) {
  return without_position(was) == without_position(is);
}

bool is_same(const Rule& was, const Rule& is) {
  return without_position(was) == without_position(is);
}

Lineage lineage_of(const Model& before, const Model& now) {
  Lineage lineage;
  lineage.instances = instances_of(before, now);
  lineage.scripts = by_name_or_definition(before.scripts, now.scripts);
  lineage.tracked_files = by_name_or_definition(before.tracked_files, now.tracked_files);
  lineage.processes = by_name_or_definition(before.processes, now.processes);
  find_more(before.groups, now.groups, lineage.groups, has_same_name<SyncGroup>);
  find_more(before.groups, now.groups, lineage.groups,
            [&](const SyncGroup& was, const SyncGroup& is) {
              return !is.members.empty() &&
                     sorted(was.members) == sorted(followed(lineage.instances, is.members));
            });
  find_more(before.track_groups, now.track_groups, lineage.track_groups, has_same_name<TrackGroup>);
  find_more(before.flags, now.flags, lineage.flags, [](const Flags& was, const Flags& is) {
    return was.permit_file == is.permit_file && was.active_file == is.active_file;
  });
  find_more(before.flags, now.flags, lineage.flags, [](const Flags& was, const Flags& is) {
    return !is.permit_file.empty() && was.permit_file == is.permit_file;
  });
  find_more(before.flags, now.flags, lineage.flags, [](const Flags& was, const Flags& is) {
    return !is.active_file.empty() && was.active_file == is.active_file;
  });
  return lineage;
}

Places reversed(const Places& places, std::size_t count) {
  Places back(count);
  for (std::size_t now = 0; now < places.size(); ++now)
    if (places[now]) back[*places[now]] = static_cast<std::uint16_t>(now);
  return back;
}

bool is_same(const Model& before, const Model& now) {
  const Lineage lineage = lineage_of(before, now);
  // In the terms of `before`, thing by thing; then everything that is left is compared as it stands.
  Model then = now;
  const auto settle = [](const auto& was, auto& is, const Places& places, const auto& same) {
    if (was.size() != is.size()) return false;
    for (std::size_t i = 0; i < is.size(); ++i)
      if (!places[i] || !same(was[*places[i]], is[i])) return false;
    is = was;
    return true;
  };
  const auto by_lineage = [&](const auto& was, const auto& is) {
    return is_same(was, is, lineage);
  };
  const auto alone = [](const auto& was, const auto& is) { return is_same(was, is); };
  if (!settle(before.instances, then.instances, lineage.instances, by_lineage) ||
      !settle(before.groups, then.groups, lineage.groups, by_lineage) ||
      !settle(before.flags, then.flags, lineage.flags, by_lineage) ||
      !settle(before.track_groups, then.track_groups, lineage.track_groups, by_lineage) ||
      !settle(before.scripts, then.scripts, lineage.scripts, alone) ||
      !settle(before.tracked_files, then.tracked_files, lineage.tracked_files, alone) ||
      !settle(before.processes, then.processes, lineage.processes, alone))
    return false;
  const auto by_interface = [](std::vector<InterfaceDelay> delays) {
    std::ranges::stable_sort(delays, {}, &InterfaceDelay::interface);
    return delays;
  };
  if (!std::ranges::equal(by_interface(before.interface_delays), by_interface(now.interface_delays),
                          alone) ||
      !is_same(before.statics, now.statics, lineage))
    return false;
  then.interface_delays = before.interface_delays;
  then.statics = before.statics;
  then.files = before.files;
  then.former = before.former;
  return then == before;
}

}  // namespace config
