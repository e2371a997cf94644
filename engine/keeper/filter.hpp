// The program the kernel runs on every packet of an advert socket before it is queued: pure, no socket.
//
// Two sockets hear every packet, each through a filter that lets pass exactly what the other's drops:
//
//   kOurs    claims a VRID of ours and, where that one is spoken by multicast, has come over no router (TTL or hop limit
//            255, RFC 9568 5.1.1.3, 5.1.2.3). Whatever else is wrong with it (length, checksum, version, password) the
//            ladder of core/advert finds, and counts by reason.
//   kStray   everything else: other routers' adverts on a shared segment, adverts from afar, junk. It keeps them from
//            waking the engine and from filling the queue that our own masters' adverts wait in.
//
// Of protocol 51 both take only what carries VRRP: the rest is a host's own IPsec and no business of ours.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "engine/keeper/ears.hpp"

namespace keeper {

enum class Side : std::uint8_t { kOurs, kStray };

// A raw IPv4 socket shows the program the IP header, a raw IPv6 socket only what follows the headers; the hop limit is
// reached from where the network header starts.
// Requires: the VRIDs ascend. Answers at most 6 * 255 + 9 instructions, below the kernel's limit of 4096.
std::vector<sock_filter> advert_filter(Family family, std::uint8_t protocol,
                                       std::span<const HeardVrid> vrids, Side side);

// Lets nothing pass: what a socket has until it is bound to its interface.
std::vector<sock_filter> closed_filter();

}  // namespace keeper
