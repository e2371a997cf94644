// Multicast membership, as the kernel lists it and as switches are told about it. Pure.
//
// A switch that watches membership (IGMP and MLD snooping) forgets who is never asked: without a querier on the segment,
// after its own restart, or when a port changes under a link that stays up. So what we are members of is said again,
// every kRefreshInterval, and some times in short order when a link comes up, as a port may forward only later.
//
// Leaving and joining again would say it too, but lose what comes in between, tell switches to stop first, and say
// nothing at all while another socket of the host stays a member. So the report is written here, of the kind that
// answers a query (RFC 3376 4.2.12, RFC 3810 5.2.12: "mode is exclude", of no source), and nothing changes but what
// switches know.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/instant.hpp"
#include "base/ip.hpp"

namespace keeper {

using base::Address;
using base::Duration;
using base::Instant;

// --- What is said -------------------------------------------------------------------------------------------------

// One report for all groups, each of the family. The checksum of IGMP is filled in, that of ICMPv6 is the kernel's.
std::vector<std::uint8_t> igmpv3_report(std::span<const Address> groups);
std::vector<std::uint8_t> mldv2_report(std::span<const Address> groups);
// RFC 2236: one for each group, sent to the group itself, where an older querier rules.
std::vector<std::uint8_t> igmpv2_report(const Address& group);

// --- What the kernel lists ----------------------------------------------------------------------------------------

// The text of /proc/net/igmp: of IPv4.
bool lists_ipv4_group(std::string_view text, base::IfIndex index, const Address& group);
// Which version the kernel speaks on that interface, from the queries it has heard; 3 when the text does not say.
unsigned igmp_version(std::string_view text, base::IfIndex index);
// The text of /proc/net/igmp6.
bool lists_ipv6_group(std::string_view text, base::IfIndex index, const Address& group);

// --- When it is said ----------------------------------------------------------------------------------------------

class RefreshTimes {
 public:
  static constexpr Duration kRefreshInterval = std::chrono::seconds{60};
  static constexpr Duration kFirstDistance = std::chrono::seconds{1};

  // The link came up: due now, and then at distances that double until they are the usual one.
  void restart(Instant now);
  // Whether it is to be said now; if so, the next time is set.
  bool take(Instant now);

 private:
  Instant next_;
  Duration distance_ = kFirstDistance;
};

}  // namespace keeper
