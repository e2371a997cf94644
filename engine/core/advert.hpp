// An advertisement as a value, and the ladder a received packet climbs before it may be one.
//
// RFC 9568 5.1 (v3; RFC 3768 5.1 for v2 differs in bytes 4-5 and the trailing authentication data):
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-------+-------+---------------+---------------+---------------+
//   |Version| Type  | Virtual Rtr ID|   Priority    |IPvX Addr Count|
//   +-------+-------+-------+-------+---------------+---------------+
//   |  Reserve  |  Max Advertise Int.   |          Checksum         |   v2: Auth Type, Adver Int (s)
//   +-------+-------+-------+-------+---------------+---------------+
//   |                    IPvX Address(es) ...                       |   v2: then 8 bytes of authentication
//   +---------------------------------------------------------------+
#pragma once

#include <cstdint>
#include <span>

#include "base/vrrp.hpp"
#include "engine/core/router.hpp"

namespace core {

// How the checksum of an accepted advert was computed.
enum class ChecksumForm : std::uint8_t { kMessageOnly, kPseudoHeader };

struct Advert {
  Version version = Version::kV2;
  Vrid vrid;
  Priority priority;
  Duration interval{0};
  Address source;
  ChecksumForm checksum = ChecksumForm::kMessageOnly;
  // As sets, its addresses are those of our configuration. A mismatch is counted and shown, not dropped unless strict.
  bool addresses_match = true;
  Address only_theirs;           // the first it lists that we do not have, when they differ
  Address only_ours;             // the first of ours that it does not list, when they differ
  bool interval_matches = true;  // likewise
  bool link_local_first = true;  // IPv6: as erratum 8300 asks; accepted all the same
  std::uint8_t address_count = 0;
};

// RFC 9568 6.4.3: who of two masters goes on is the greater one.
struct Rank {
  Priority priority;
  Address address;
  friend constexpr auto operator<=>(const Rank&, const Rank&) = default;
};
inline Rank rank_of(const Advert& advert) { return {advert.priority, advert.source}; }

// A VRRP message as it came off the wire, IP header taken apart by engine/wire.
struct Packet {
  std::span<const std::uint8_t> message;  // from the VRRP version byte to the end of the IP payload
  Address source;
  Address destination;
  std::uint8_t ttl = 0;  // TTL or hop limit
  Address own{};         // what we speak from: unicast is for nobody else
  // To be right: an IPv6 sum covers an HMAC trailer that was taken off since.
  bool is_checksum_known = false;
  std::span<const std::uint8_t> header{};  // the IPv4 header with its options; none of IPv6
};

// The VRID the message claims, for finding the virtual router it is for; nothing when it has no second byte.
// Reads only: says nothing about whether the packet is acceptable.
bool peek_vrid(std::span<const std::uint8_t> message, Vrid& vrid);

// Climbs the ladder of RFC 9568 7.1 (RFC 3768 7.1 for v2), errata applied, in that order. Answers kNone and fills
// `advert`, or the first reason not to accept and touches nothing. Knows no state: what the instance makes of it is
// Instance's business. The authentication header or HMAC trailer was verified and taken off before.
//
// Unicast: the TTL is judged by what was configured for its source, the destination is our own address, and under HMAC
// or checks_source the source is a peer. A differing interval or address list is accepted, in version 2 too, and shown in
// the advert; strict drops both in version 2 (an owner's list excepted).
base::Drop parse(const Packet& packet, const Router& router, Advert& advert);

inline constexpr std::size_t kMaxMessage = 8 + kMaxAddresses * 16 + 8;

// Writes the advert `router` sends with this priority, without authentication header or HMAC trailer, and answers its length.
// `source` and `destination` are for the pseudo-header (IPv6 always, IPv4 by `form`).
// Requires: room holds kMaxMessage bytes.
std::size_t build(const Router& router, Priority priority, ChecksumForm form, const Address& source,
                  const Address& destination, std::span<std::uint8_t> room);

// Where the multicast adverts of this virtual router go, and whence they are accepted.
Address group_of(const Router& router);

// Nothing when it is none.
const UnicastPeer* find_peer(const Router& router, const Address& source);

// 224.0.0.18 and ff02::12.
Address multicast_group(Family family);

// What one address takes in a message.
constexpr std::size_t address_bytes(Family family) { return family == Family::kIpv6 ? 16 : 4; }

// RFC 1071 over both, one after the other; the first has an even length.
std::uint16_t internet_checksum(std::span<const std::uint8_t> pseudo_header,
                                std::span<const std::uint8_t> message);

// The same with the pseudo-header of RFC 8200 8.1 (IPv6) or RFC 793 (IPv4) before it.
std::uint16_t checksum_with_pseudo_header(const Address& source, const Address& destination,
                                          std::span<const std::uint8_t> message);

}  // namespace core
