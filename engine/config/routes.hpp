// Routes and rules as virtual_routes, virtual_rules, static_routes and static_rules say them: iproute2's words, every
// name a number, every default filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/ip.hpp"
#include "engine/config/position.hpp"

namespace config {

inline constexpr std::uint32_t kMainTable = 254;         // RT_TABLE_MAIN
inline constexpr std::uint8_t kKeepalivedProtocol = 18;  // RTPROT_KEEPALIVED
inline constexpr std::uint16_t kNoTrackGroup = 0xffff;

// What a packet that takes the route is wrapped in.
struct Encapsulation {
  enum class Kind : std::uint8_t { kNone, kIp, kIp6, kMpls, kIla };
  Kind kind = Kind::kNone;
  std::uint64_t id = 0;
  std::optional<base::Address> source;
  std::optional<base::Address> destination;
  std::uint8_t tos = 0;  // the traffic class of ip6
  std::uint8_t ttl = 0;  // the hop limit of ip6
  std::uint16_t flags = 0;
  std::vector<std::uint32_t> labels;  // mpls
  std::uint64_t locator = 0;          // ila
  friend bool operator==(const Encapsulation&, const Encapsulation&) = default;
};

struct NextHop {
  std::optional<base::Address> via;
  std::string interface;  // empty: the kernel finds it
  std::uint16_t weight = 1;
  bool is_onlink = false;
  std::uint32_t realms = 0;  // from << 16 | to
  Encapsulation encapsulation;
  friend bool operator==(const NextHop&, const NextHop&) = default;
};

// mtu, advmss and their kin.
struct RouteMetric {
  std::uint8_t kind = 0;  // RTAX_*
  std::uint32_t value = 0;
  bool is_locked = false;
  friend bool operator==(const RouteMetric&, const RouteMetric&) = default;
};

struct Route {
  enum class Kind : std::uint8_t {  // RTN_*
    kUnicast = 1,
    kLocal = 2,
    kBroadcast = 3,
    kAnycast = 4,
    kMulticast = 5,
    kBlackhole = 6,
    kUnreachable = 7,
    kProhibit = 8,
    kThrow = 9,
    kNat = 10,
  };
  // Where it stands among routes that are otherwise the same.
  enum class Place : std::uint8_t { kAlone, kPrepend, kAppend };  // alone: there is no other
  Kind kind = Kind::kUnicast;
  base::Prefix to;                      // 0.0.0.0/0 or ::/0 for a default route
  std::optional<base::Prefix> from;     // IPv6 alone
  std::optional<base::Address> source;  // src
  std::vector<NextHop> hops;  // more than one: shared by weight; none: blackhole and its kin
  std::uint8_t tos = 0;
  std::uint32_t table = kMainTable;
  std::uint8_t protocol = kKeepalivedProtocol;
  std::optional<std::uint8_t> scope;  // RT_SCOPE_*; nothing: what follows from the rest
  std::optional<std::uint32_t> metric;
  std::vector<RouteMetric> metrics;
  std::string congestion_control;
  bool is_congestion_control_locked = false;
  std::optional<std::uint8_t> preference;  // ICMPV6_ROUTER_PREF_*
  std::optional<bool> propagates_ttl;
  base::Duration expires{0};  // IPv6; 0: never
  Place place = Place::kPrepend;
  bool is_tracked = true;                     // its loss is noticed; not no_track
  std::uint16_t track_group = kNoTrackGroup;  // into Model::track_groups; static routes alone
  std::string vrf;                            // its table is meant; empty: `table`
  Position at;
  friend bool operator==(const Route&, const Route&) = default;
};

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

struct UserRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  friend bool operator==(const UserRange&, const UserRange&) = default;
};

struct Rule {
  enum class Action : std::uint8_t {  // FR_ACT_*
    kTable = 1,
    kGoto = 2,
    kNothing = 3,
    kBlackhole = 6,
    kUnreachable = 7,
    kProhibit = 8,
  };
  base::Family family = base::Family::kIpv4;
  bool is_inverted = false;  // not
  std::optional<base::Prefix> from;
  std::optional<base::Prefix> to;
  std::uint32_t preference = 0;  // 0: the kernel chooses one
  std::uint8_t tos = 0;
  std::uint32_t mark = 0;
  std::uint32_t mark_mask = 0;  // 0: the mark is not compared
  std::uint32_t realms = 0;     // from << 16 | to
  std::string incoming;         // iif
  std::string outgoing;         // oif
  std::optional<std::uint8_t> suppress_length;
  std::optional<std::uint32_t> suppress_group;
  std::uint64_t tunnel_id = 0;
  std::optional<UserRange> users;
  bool is_l3mdev = false;
  std::uint8_t protocol = kKeepalivedProtocol;
  std::optional<std::uint8_t> ip_protocol;
  std::optional<PortRange> source_ports;
  std::optional<PortRange> destination_ports;
  Action action = Action::kTable;
  std::uint32_t table = kMainTable;  // of kTable
  std::uint32_t target = 0;          // of kGoto: a preference
  bool is_tracked = true;
  std::uint16_t track_group = kNoTrackGroup;
  Position at;
  friend bool operator==(const Rule&, const Rule&) = default;
};

}  // namespace config
