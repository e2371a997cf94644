// Adverts in and out of a raw socket, in batches, without a wait and without an allocation.
//
// The socket is handed in: SOCK_RAW of protocol 112, or 51 for adverts behind an authentication header, bound to one
// interface, joined to the groups of its virtual routers, non-blocking, with SO_TIMESTAMPNS, SO_RXQ_OVFL and, for IPv6,
// IPV6_RECVPKTINFO and IPV6_RECVHOPLIMIT set. Takes the IP header apart and says what the kernel knew about the packet;
// what the message means is not its business.
//
// A socket of protocol 51 has IP_HDRINCL: what is sent through it is a whole IPv4 packet. The integrity check value of
// RFC 2402 covers the IP header, identification included, so whoever computes it must be the one who writes it.
//
// Sending from an address this host has not fails (EINVAL, or ENETUNREACH), but for protocol 51: with a header of the
// sender's own the kernel does not look. Who sends from a configured source asks ipc::Source first.
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
// 255 IPv6 addresses and a password, and what an authentication needs: headers of 20 and 24 bytes before, or a trailer.
// 255 IPv6 addresses and the authentication data of version 2; and what authentication puts before or behind that: IP and
// authentication headers are 20 and 24 bytes, a trailer 28.
inline constexpr std::size_t kMaxAdvertBytes = 8 + 255 * 16 + 8 + 44;
inline constexpr std::size_t kMaxPacketBytes =
    60 + kMaxAdvertBytes;  // an IPv4 header with all options before it

struct Datagram {
  std::span<const std::uint8_t> message;  // the IP payload; lives until the next receive()
  std::span<const std::uint8_t> header;   // the IPv4 header with its options; none of IPv6
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

// A socket's packets for which its queue had no room, since it was opened. The kernel counts them in 32 bits and says so
// in two ways: with every packet, as it was when that packet was queued (Batch::lost), and when asked. The first costs
// nothing and lags by one packet; the second makes a total exact when nothing follows.
std::optional<std::uint32_t> lost_packets(int fd);  // nothing when the kernel does not tell

// Whether this kernel counts what comes while a raw socket's queue is full before it asks the socket's filter (since 6.10):
// then the numbers above hold packets the filter would have dropped.
bool counts_before_filter();

// Makes a running total of such readings, in whatever order they come.
class LostPackets {
 public:
  // How many more than any reading before.
  std::uint32_t since(std::uint32_t counter);

 private:
  std::uint32_t seen_ = 0;
};

class Receiver {
 public:
  Receiver();
  ~Receiver();

  struct Batch {
    std::span<const Datagram> datagrams;  // in the order of the queue
    std::size_t malformed = 0;            // packets that were not even that
    bool drained = false;  // the kernel had nothing more: the queue was empty at this call
    int error = 0;         // errno of a call that failed for another reason
    // The highest reading of lost packets among these; nothing while none was ever lost.
    std::optional<std::uint32_t> lost{};
  };
  // Reads at most kBatch packets. Only a call that answers `drained` proves the queue empty.
  Batch receive(int fd, base::Family family, const StampFrame& frame);

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

// From where to where, both of the socket's family. Multicast adverts leave with 255 (RFC 9568 5.1.1.3, 5.1.2.3); unicast
// ones may be told otherwise.
struct Envelope {
  base::Address source;
  base::Address destination;
  std::uint32_t ifindex = 0;
  std::uint8_t ttl = 255;  // TTL or hop limit
};

inline constexpr std::size_t kIpv4HeaderBytes = 20;

// The header of a packet for a socket of protocol 51, as it will stand on the wire but for the checksum, which the kernel
// fills in and which no integrity check value covers.
struct Ipv4Header {
  Envelope envelope;
  std::uint8_t protocol = 0;
  std::uint16_t identification = 0;  // not 0: the kernel would choose one itself
  std::size_t packet_bytes = 0;      // this header included
};
// Requires: room holds kIpv4HeaderBytes.
void write_ipv4_header(const Ipv4Header& header, std::span<std::uint8_t> room);

// Of one packet after the other, each with an identification of its own.
class HeaderWriter {
 public:
  // Requires: as above.
  void write(const Envelope& envelope, std::size_t packet_bytes, std::span<std::uint8_t> room);

 private:
  std::uint16_t identification_ = 0;
};

// Collects the messages that leave through one socket and sends them in one call, precedence "internetwork control"
// (TOS 0xc0).
class Sender {
 public:
  Sender();
  ~Sender();

  bool is_full() const;
  std::size_t size() const;
  // Where the next message is to be written. Requires: not full.
  std::span<std::uint8_t> room();
  // The message of `length` bytes in room() goes as the envelope says. Through a socket of protocol 51 it is a whole
  // packet, and its header says the same.
  void add(std::size_t length, const Envelope& envelope);
  // Sends all of them and forgets them. One entry per message in order: 0, or the errno it failed with. A message that
  // fails does not keep the next from being sent.
  std::span<const int> flush(int fd);

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

}  // namespace wire
