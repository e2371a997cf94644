// What has become of what: two configurations side by side, the one that runs and the one that is to run next.
//
// Everything that is known by its place in a vector of Model (instances, groups, scripts, files, processes, flags) is looked for
// in the other one, because its place may have changed while it is the same thing still, with its state, its counters and
// its verdicts. Pure, and the only place where that is decided: the engine, the keeper, the runner and `vigie plan` ask here.
//
//   an instance   is its virtual router: interface, address family and VRID. That is what its peers know of it, so another
//                 name is a rename, and another VRID under the same name is one that goes and one that comes. Where
//                 several share all three (unicast, told apart by their peers) the name decides, then a common peer
//   the others    are their name. One whose name is gone is the same as a new one that says all the same but for its name
//   flags         are their files: both, else the permit file, else the active file
//
// Nothing of `before` is found twice.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/config/model.hpp"

namespace config {

// Where each thing of `now` was in `before`; nothing: it is new.
struct Lineage {
  using Places = std::vector<std::optional<std::uint16_t>>;
  Places instances;
  Places groups;
  Places scripts;
  Places tracked_files;
  Places processes;
  Places flags;
  Places track_groups;
};

Lineage lineage_of(const Model& before, const Model& now);

// The other direction: where each of `count` things of `before` is now; nothing: it is gone.
Lineage::Places reversed(const Lineage::Places& places, std::size_t count);

// Whether the two are one virtual router on the wire.
bool is_same_router(const Instance& one, const Instance& other);

// Whether both say the same to the running daemon. Where in which file they stand does not matter, and places in vectors
// are followed: an instance is the same when the script it tracks has only moved, or has changed but is the same one.
bool is_same(const Instance& was, const Instance& is, const Lineage& lineage);
bool is_same(const SyncGroup& was, const SyncGroup& is, const Lineage& lineage);
bool is_same(const Flags& was, const Flags& is, const Lineage& lineage);
bool is_same(const TrackGroup& was, const TrackGroup& is, const Lineage& lineage);
bool is_same(const Statics& was, const Statics& is, const Lineage& lineage);
bool is_same(const Script& was, const Script& is);
bool is_same(const File& was, const File& is);
bool is_same(const Process& was, const Process& is);
bool is_same(const InterfaceDelay& was, const InterfaceDelay& is);
bool is_same(const VirtualAddress& was, const VirtualAddress& is);
bool is_same(const Route& was, const Route& is);
bool is_same(const Rule& was, const Rule& is);
// All of it: a reload from one to the other has nothing to do. What the files are called does not matter, nor what a
// former daemon left.
bool is_same(const Model& before, const Model& now);

}  // namespace config
