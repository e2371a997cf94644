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

// One tracker of one instance.
struct TrackerOf {
  std::uint16_t instance = 0;
  std::uint16_t tracker = 0;  // into that instance's Router::trackers
};

// Where adverts of one family are heard on one interface, and which virtual router each VRID there belongs to.
struct Ear {
  std::uint16_t interface = 0;
  base::Family family = base::Family::kNone;
  std::array<std::uint16_t, 256> instance_of{};  // by VRID; kNobody
};

// A place in these vectors is an InstanceId, an interface, an ear, a script or a flag, as each says.
struct Assembly {
  std::vector<core::Router> routers;                           // by instance
  std::vector<core::Announcer::Schedule> schedules;            // by instance
  std::vector<std::uint16_t> interface_of;                     // by instance: where it speaks
  std::vector<std::uint16_t> ear_of;                           // by instance
  std::vector<std::vector<std::uint16_t>> address_interfaces;  // by instance and address
  std::vector<std::vector<std::string>> address_names;  // by instance and address: "192.0.2.1/24"
  std::vector<std::vector<std::uint16_t>> permits_of;   // by instance: the flags that guard it
  std::vector<std::string> interfaces;  // everything spoken on, announced on or tracked
  std::vector<Ear> ears;
  std::vector<std::vector<std::uint16_t>> speakers;  // by interface: the instances on it
  std::vector<std::vector<std::uint16_t>>
      holders;  // by interface: other instances with addresses there
  std::vector<std::vector<TrackerOf>> interface_trackers;  // by interface
  std::vector<std::vector<TrackerOf>> script_trackers;     // by script
  std::vector<std::vector<std::uint16_t>> guarded_by;      // by flag: instances its permit guards
};

// Refuses what the reader of the configuration should have refused: two virtual routers with one VRID on an interface,
// more addresses than an advert can count, more trackers than an instance can hold, a place that is none.
base::Result<Assembly> assemble(const config::Model& model);

}  // namespace engine
