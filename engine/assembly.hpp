// The compiled configuration as the engine wants it: flat tables, every name looked up, nothing left to search for when
// a packet or a message comes. Made once; pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/config/model.hpp"
#include "engine/core/announcer.hpp"
#include "engine/core/router.hpp"

namespace engine {

inline constexpr std::uint16_t kNobody = 0xffff;

inline constexpr std::uint8_t kVrrpProtocol = 112;
inline constexpr std::uint8_t kAhProtocol = 51;  // RFC 2402, in front of adverts

// How long a quiet start lasts at most when the configuration does not say: what three of the slowest usual intervals
// and a switch port that begins to forward need.
inline constexpr core::Duration kQuietCap = std::chrono::seconds{5};

// One tracker of one instance.
struct TrackerOf {
  std::uint16_t instance = 0;
  std::uint16_t tracker = 0;  // into that instance's Router::trackers
};

// Where adverts of one family are heard on one interface, and which virtual router each VRID there belongs to. Where one
// of them speaks behind an authentication header there is an ear for that protocol too, and both know all of them: who
// authenticates otherwise than we do is to be seen as just that.
struct Ear {
  std::uint16_t interface = 0;
  base::Family family = base::Family::kNone;
  std::uint8_t protocol = kVrrpProtocol;
  // By VRID; kNobody. Several unicast virtual routers may share one: Assembly::next_of leads on.
  std::array<std::uint16_t, 256> instance_of{};
};

// ARP and NA of one interface are paced apart.
struct Lane {
  std::uint16_t interface = 0;
  base::Family family = base::Family::kNone;
  core::Duration distance{0};  // the least between two
  friend bool operator==(const Lane&, const Lane&) = default;
};

// An address that is ours to hold, for noticing who else announces it.
struct OwnedAddress {
  std::uint16_t interface = 0;  // of the instance, where it is advertised
  base::Address address;
  std::uint16_t instance = 0;
  friend auto operator<=>(const OwnedAddress&, const OwnedAddress&) = default;
};

// A place in these vectors is an InstanceId, an interface, an ear, a script, a flag and so on, as each says.
struct Assembly {
  std::vector<core::Router> routers;                 // by instance
  std::vector<core::Announcer::Schedule> schedules;  // by instance
  std::vector<Lane> lanes;
  std::vector<std::uint16_t> interface_of;  // by instance: where it speaks
  std::vector<std::uint16_t> ear_of;        // by instance: the one it speaks through
  std::vector<std::uint16_t> next_of;       // by instance: the next of its VRID on its ear
  std::vector<std::uint16_t> group_of;      // by instance: kNobody, or its sync group
  std::vector<std::vector<std::uint16_t>> address_interfaces;  // by instance and address
  std::vector<std::vector<std::string>> address_names;  // by instance and address: "192.0.2.1/24"
  std::vector<std::string> source_names;  // by instance: its configured source, or nothing
  std::vector<std::vector<std::uint16_t>> permits_of;  // by instance: the flags that guard it
  std::vector<std::string> interfaces;  // everything spoken on, announced on or tracked
  std::vector<Ear> ears;
  std::vector<OwnedAddress> owned;                   // sorted
  std::vector<std::vector<std::uint16_t>> speakers;  // by interface: the instances on it
  std::vector<std::vector<std::uint16_t>>
      holders;  // by interface: other instances with addresses there
  std::vector<std::vector<TrackerOf>> interface_trackers;  // by interface
  std::vector<std::vector<TrackerOf>> script_trackers;     // by script
  std::vector<std::vector<TrackerOf>> file_trackers;       // by file
  std::vector<std::vector<TrackerOf>> process_trackers;    // by process
  std::vector<std::vector<std::uint16_t>> guarded_by;      // by flag: instances its permit guards

  // For whom a packet of this VRID is: of several, the one that has its source for a peer, else the first. kNobody when
  // no virtual router of ours has the VRID there.
  std::uint16_t instance_for(std::size_t ear, std::uint8_t vrid, const base::Address& source) const;
};

// Refuses what the reader of the configuration should have refused: two virtual routers with one VRID on an interface
// that a packet could not be told apart for, keys that make no sense, more addresses than an advert can count, more trackers or peers than an
// instance can hold, a place that is none.
base::Result<Assembly> assemble(const config::Model& model);

}  // namespace engine
