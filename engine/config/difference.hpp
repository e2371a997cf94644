// What a reload from one configuration to another changes, thing by thing, in the operator's words.
//
// What a reload prints and writes down, and what `vigie plan` shows without one: the same function. Pure. What has become of
// what is engine/config/lineage.hpp's to say; what something says is taken from its lines in the dump (engine/config/dump.hpp),
// so that nothing that has a line there is forgotten here.
//
// What a reload does with an instance:
//
//   kKept      nothing at all: socket, timers, counters, trackers and addresses stay as they are
//   kChanged   in place. Interface, address family and VRID are the virtual router; everything else may change while it
//              lives, its name as well: state and counters stay, and of its addresses those move that differ
//   kAdded     starts as after a start of the daemon: listens first, unless it owns its addresses
//   kRemoved   departs, make before break: priority 0, then its addresses leave when a successor has spoken
//
// Another interface, family or VRID under the same name is one that is removed and one that is added. An address of both
// stays where it is: it moves from the one to the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/lineage.hpp"
#include "engine/config/model.hpp"

namespace config {

enum class Fate : std::uint8_t { kKept, kChanged, kAdded, kRemoved };
std::string_view to_string(Fate fate);  // "kept"

// What follows from a changed setting beyond itself.
enum class Meaning : std::uint8_t {
  kNothingMore,
  kMastership,  // who is master may change
  kContest,     // moves nobody now; decides the next time that two want to be master
  kPeers,       // the other routers must be given the same
  kReach,       // other routers are spoken to
  kClients,     // which hosts find the router, and how
  kNextStart,   // nothing before the daemon is started again
  kNotYet,      // nothing: read and kept, and not done by this version (Effect::kLater)
};

struct Change {
  enum class Kind : std::uint8_t {
    kValue,  // `before` was, `after` is; one of them is empty where something was added or left out
    kOrder,  // the same ones in another order
    kSecret,  // and both are secret
  };
  Kind kind = Kind::kValue;
  std::string what;  // the keyword
  std::string before;
  std::string after;
  Meaning meaning = Meaning::kNothingMore;
  friend bool operator==(const Change&, const Change&) = default;
};

// What becomes of an address on a router that holds it at that moment, or is to hold it.
struct AddressChange {
  enum class Kind : std::uint8_t {
    kComes,
    kLeaves,
    kMovesHere,  // from another instance: it never disappears
    kMovesAway,
    kAnew,        // taken off and put on again: prefix, device, label or the like changed
    kAdvertised,  // stays; adverts list it now, or list it no longer
  };
  Kind kind = Kind::kComes;
  base::Prefix prefix;    // as it is then; of one that goes, as it was
  std::string interface;  // likewise
  std::string
      detail;  // kMoves...: the other instance; kAnew: "/24 -> /32, dev eth0 -> eth1"; kAdvertised: "yes" or "no"
  friend bool operator==(const AddressChange&, const AddressChange&) = default;
};

struct InstanceDifference {
  Fate fate = Fate::kKept;
  std::optional<std::uint16_t> before;  // its place in either, where it has one
  std::optional<std::uint16_t> now;
  std::string name;    // as it is then; of one that is removed, as it was
  std::string former;  // the name it had; empty: this one
  // Of one that is added or removed although the name stays: "virtual_router_id 50 -> 51".
  std::string because;
  std::vector<Change> changes;  // kChanged alone; addresses are not among them
  std::vector<AddressChange> addresses;

  bool moves_an_address() const;
  bool may_move_mastership() const;
};

// A sync group, script, file, process, flags, or a block there is one of: mail, safety ...
struct PartDifference {
  Fate fate = Fate::kKept;  // never kKept
  std::string kind;         // as the operator writes it: "vrrp_script"
  std::string name;         // empty where there is but one
  std::string former;
  std::vector<Change> changes;
  friend bool operator==(const PartDifference&, const PartDifference&) = default;
};

struct Difference {
  std::vector<InstanceDifference> instances;  // as in the new configuration; then those removed
  std::vector<PartDifference> parts;          // those that change

  bool is_empty() const;               // every instance is kept and no part changes
  std::size_t count(Fate fate) const;  // of instances
};

Difference difference_of(const Model& before, const Model& now);

// "priority 150 -> 100", "virtual_ipaddress 10.0.0.7/32 dev eth0 added".
std::string to_string(const Change& change);
std::string to_string(const AddressChange& change);  // "10.0.0.7/32 on eth0 moves here from VI_2"
// What follows from it, in a few words; empty for kNothingMore.
std::string_view to_string(Meaning meaning);

// All changes of one instance in one line, for a row: "priority 150 -> 100; 10.0.0.7/32 on eth0 comes".
std::string to_string(const InstanceDifference& instance);
// The whole in one line: "1 instance changes, 1 is added, 2 are kept; vrrp_script check changes".
std::string summary_of(const Difference& difference);
// For a terminal. Empty when nothing changes.
std::string render(const Difference& difference);

}  // namespace config
