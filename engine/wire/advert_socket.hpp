// Adverts in and out of a raw socket, in batches, without a wait and without an allocation.
//
// The socket is handed in: SOCK_RAW of protocol 112, bound to one interface, joined to the group, non-blocking, with
// SO_TIMESTAMPNS and, for IPv6, IPV6_RECVPKTINFO and IPV6_RECVHOPLIMIT set. Takes the IP header apart and says what the
// kernel knew about the packet; what the message means is not its business.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/instant.hpp"
#include "base/ip.hpp"

namespace wire {

inline constexpr std::size_t kBatch = 64;  // packets per system call
inline constexpr std::size_t kMaxAdvertBytes =
    8 + 255 * 16 + 8;  // 255 IPv6 addresses and authentication data
inline constexpr std::size_t kMaxPacketBytes =
    60 + kMaxAdvertBytes;  // an IPv4 header with all options before it

struct Datagram {
  std::span<const std::uint8_t> message;  // the IP payload; lives until the next receive()
  base::Address source;
  base::Address destination;
  std::uint8_t ttl = 0;  // TTL or hop limit
  base::Instant received;
};

// Where a kernel stamp, which is CLOCK_REALTIME, lies on the monotonic clock. The distance between the two clocks is
// the one measured this turn, so a realtime clock that was set while the packet waited gives a wrong moment: never one
// after `now`, and never one before `not_before`, when the queue this packet stood in was last known to be empty.
struct StampFrame {
  base::Instant now;
  std::int64_t wall_now_ns = 0;  // CLOCK_REALTIME at `now`
  base::Instant not_before;
  base::Instant instant_of(std::int64_t stamp_ns) const;
};

// What a raw IPv4 socket delivers: a whole IP packet. Answers nothing when it is no IPv4 packet, is shorter than its
// header says, or is a fragment (the kernel reassembles, so one that gets here is none of its making).
// `received` is left alone.
std::optional<Datagram> take_apart_ipv4(std::span<const std::uint8_t> packet);

class Receiver {
 public:
  Receiver();
  ~Receiver();

  struct Batch {
    std::span<const Datagram> datagrams;  // in the order of the queue
    std::size_t malformed = 0;            // packets that were not even that
    bool drained = false;  // the kernel had nothing more: the queue was empty at this call
    int error = 0;         // errno of a call that failed for another reason
  };
  // Reads at most kBatch packets. Only a call that answers `drained` proves the queue empty.
  Batch receive(int fd, base::Family family, const StampFrame& frame);

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

// Collects the messages that leave through one socket and sends them in one call: TTL 255, precedence "internetwork
// control" (TOS 0xc0), from an explicit source.
class Sender {
 public:
  Sender();
  ~Sender();

  bool is_full() const;
  std::size_t size() const;
  // Where the next message is to be written. Requires: not full.
  std::span<std::uint8_t> room();
  // The message of `length` bytes in room() goes from `source` to `destination`, both of the socket's family.
  void add(std::size_t length, const base::Address& source, const base::Address& destination,
           std::uint32_t ifindex);
  // Sends all of them and forgets them. One entry per message in order: 0, or the errno it failed with. A message that
  // fails does not keep the next from being sent.
  std::span<const int> flush(int fd);

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

}  // namespace wire
