// The frames that tell a LAN where an address lives now: gratuitous ARP and unsolicited neighbour advertisement.
//
// Building is pure. Sending goes through a handed-in AF_PACKET socket of type SOCK_RAW and protocol 0, which receives
// nothing and reaches every interface by its index.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/ip.hpp"

namespace wire {

// Ethernet (14) and ARP (28).
inline constexpr std::size_t kGratuitousArpBytes = 42;
// Ethernet (14), IPv6 (40), neighbour advertisement (24) and the target's link-layer address option (8).
inline constexpr std::size_t kNeighbourAdvertisementBytes = 86;
inline constexpr std::size_t kMaxFrameBytes = kNeighbourAdvertisementBytes;

// An ARP request to everyone in which sender and target are `address`: the form every stack listens to (RFC 5227 3).
// Requires: an IPv4 address, and room for kGratuitousArpBytes. Answers the frame's length.
std::size_t build_gratuitous_arp(const base::Mac& mac, const base::Address& address,
                                 std::span<std::uint8_t> room);

// RFC 4861 7.2.6, to all nodes, with the override flag: neighbours that know another link-layer address replace it.
// Requires: an IPv6 address, and room for kNeighbourAdvertisementBytes. Answers the frame's length.
std::size_t build_unsolicited_na(const base::Mac& mac, const base::Address& address, bool is_router,
                                 std::span<std::uint8_t> room);

// The one of the two that fits the address. We are a router, and say so.
std::size_t build_announcement(const base::Mac& mac, const base::Address& address,
                               std::span<std::uint8_t> room);

// Collects frames, for any interfaces, and sends them in one call.
class FrameSender {
 public:
  static constexpr std::size_t kFrames = 64;

  FrameSender();
  ~FrameSender();

  bool is_full() const;
  // Where the next frame is to be written; kMaxFrameBytes. Requires: not full.
  std::span<std::uint8_t> room();
  void add(std::size_t length, std::uint32_t ifindex);
  // One entry per frame in order: 0, or the errno it failed with. One that fails does not stop the others.
  std::span<const int> flush(int fd);

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

}  // namespace wire
