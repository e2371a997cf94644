// What the operator asked for, one virtual router: the core's view of a vrrp_instance.
//
// Fixed size, so that an Instance allocates nothing. The engine fills it from the compiled configuration.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "base/inline_list.hpp"
#include "base/instant.hpp"
#include "base/ip.hpp"

namespace core {

using base::Address;
using base::Duration;
using base::Family;
using base::IfIndex;
using base::Instant;
using base::Priority;
using base::Vrid;

inline constexpr std::size_t kMaxAddresses = 255;  // the count field is one byte
inline constexpr std::size_t kMaxTrackers = 32;

enum class Version : std::uint8_t { kV2 = 2, kV3 = 3 };

// RFC 9568 5.2.8 sums the IPv4 message alone; RFC 5798 was read to include a pseudo-header, and most of the installed
// base sends that. Both are accepted; kLikePeer sends the form last heard, kPseudoHeader until one was heard.
enum class V3Checksum : std::uint8_t { kLikePeer, kPseudoHeader, kMessageOnly };

// kHmac goes with either version, the others with version 2 alone.
enum class AuthType : std::uint8_t { kNone = 0, kPassword = 1, kAh = 2, kHmac = 3 };

inline constexpr std::size_t kMaxPeers = 64;  // of unicast

struct UnicastPeer {
  Address address;
  std::uint8_t min_ttl = 0;
  std::uint8_t max_ttl = 255;
  friend bool operator==(const UnicastPeer&, const UnicastPeer&) = default;
};

// Something watched besides the own link. Weight 0: its failure is a fault. Otherwise it moves the priority.
struct Tracker {
  enum class Kind : std::uint8_t { kScript, kInterface, kFile, kProcess };
  Kind kind = Kind::kScript;
  std::uint16_t index = 0;  // place of the script, interface ... in the compiled configuration
  std::int16_t weight = 0;  // -253..253; positive adds while well, negative subtracts while failing
  bool reverse = false;     // well and failing swap places
  friend bool operator==(const Tracker&, const Tracker&) = default;
};

struct Router {
  Vrid vrid;
  Version version = Version::kV2;
  Family family = Family::kIpv4;
  Priority priority{100};
  Duration advert_interval = std::chrono::seconds{1};  // v2: whole seconds; v3: 10 ms steps
  bool preempt = true;
  Duration preempt_delay{0};
  std::uint8_t down_timer_adverts = 3;    // Master_Down_Interval counts this many intervals
  std::uint8_t learned_interval_cap = 3;  // one is believed up to this many times our own
  V3Checksum v3_checksum = V3Checksum::kLikePeer;
  AuthType auth_type = AuthType::kNone;
  std::array<std::uint8_t, 8> auth_data{};
  bool needs_permit = false;  // guarded by a permit flag: Hold::kPermit is on until it is seen
  // Where adverts go and come from. With peers: unicast, each peer gets one.
  base::InlineList<UnicastPeer, kMaxPeers> peers;
  bool checks_source = false;  // unicast: only from a peer (always so under HMAC)
  Address multicast_group;     // not set: the family's (RFC 9568 5.1.1.2, 5.1.2.2)
  std::uint8_t ttl = 255;      // of unicast adverts
  // Deviations from the RFCs that keep two routers from being master at once are off, keepalived's strict rules on.
  bool strict = false;
  bool skips_address_check = false;  // differing address lists are not counted
  bool owner_ignores_adverts = false;
  bool answers_lower = true;    // a losing advert is answered at once (RFC 9568 6.4.3)
  bool answers_higher = false;  // says its own priority once more before it yields
  // A master that wakes later than its backups of this priority would have waited steps down without a word; 0: never.
  Priority late_backup{0};
  bool is_grouped = false;                       // rises and falls with its sync group
  Duration quiet_cap = std::chrono::seconds{0};  // how long a quiet start may last; 0: none
  // Advertised, in the order of the configuration.
  base::InlineList<Address, kMaxAddresses> addresses;
  base::InlineList<Tracker, kMaxTrackers> trackers;

  bool is_unicast() const { return !peers.empty(); }
  bool is_owner() const { return priority == base::kOwnerPriority; }
};

}  // namespace core
