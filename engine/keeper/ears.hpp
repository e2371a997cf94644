// Where adverts must be listened for, as the configuration has it: one ear per interface, family and IP protocol. Pure.
//
// An ear of protocol 112 hears the virtual routers of that interface and family. Where one of them uses authentication
// headers, there is one of protocol 51 beside it. Both listen to all VRIDs there: a peer that authenticates otherwise
// than we do must be seen by the ladder of core/advert, or two masters would have no reason to show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/config/model.hpp"

namespace keeper {

using base::Address;
using base::Family;

inline constexpr std::uint8_t kVrrpProtocol = 112;
inline constexpr std::uint8_t kAhProtocol = 51;  // RFC 2402; IPv4 alone

struct HeardVrid {
  std::uint8_t vrid = 0;
  bool any_ttl = false;  // unicast adverts may have come over a router; others must not (TTL 255)
  friend bool operator==(const HeardVrid&, const HeardVrid&) = default;
};

struct Ear {
  std::string interface;
  Family family = Family::kNone;
  std::uint8_t protocol = kVrrpProtocol;
  std::vector<HeardVrid> vrids;      // ascending, each once
  std::vector<Address> groups;       // to be joined, each once; none where everybody is unicast
  std::uint32_t receive_buffer = 0;  // bytes an operator asked for; 0: nobody did
  friend bool operator==(const Ear&, const Ear&) = default;
};

// In the order their instances stand in the configuration, 112 before 51.
std::vector<Ear> ears_of(const config::Model& model);

}  // namespace keeper
