// The program the kernel runs on every packet of an advert socket before it is queued: pure, no socket.
//
// It lets pass what could be for a virtual router of ours on that interface: at least a VRRP header long, and a
// configured VRID. That keeps other routers' adverts on a shared segment, and junk, from waking the engine and from
// filling the queue that our own masters' adverts wait in.
//
// A packet dropped here is seen by no counter. So a packet that claims a VRID of ours passes whatever is wrong with it:
// a TTL that is not 255, a bad checksum, another version are things an operator must be able to find on the board, and
// the ladder of core/advert counts them by reason.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/ip.hpp"

namespace keeper {

// A raw IPv4 socket shows the program the IP header, a raw IPv6 socket only what follows the headers.
// Requires: at least one VRID. Answers at most 3 * 128 + 6 instructions, far below the kernel's limit of 4096.
std::vector<sock_filter> advert_filter(base::Family family, std::span<const std::uint8_t> vrids);

}  // namespace keeper
