#include "engine/wire/advert_socket.hpp"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "engine/wire/batch.hpp"

namespace wire {
namespace {

constexpr int kTos = 0xc0;  // precedence 6, as routing protocols use (RFC 791, RFC 1812 4.2.2.2)

// Room for every ancillary item we ask for, in either direction and family.
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(in6_pktinfo)) +
                                      2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(timespec)) +
                                      CMSG_SPACE(sizeof(std::uint32_t));

template <typename T>
T value_of(const cmsghdr& item) {
  T value{};
  // CMSG_DATA of a const header: the macro wants a mutable one and does not write.
  const auto* data = CMSG_DATA(const_cast<cmsghdr*>(&item));
  if (item.cmsg_len >= CMSG_LEN(sizeof value)) std::memcpy(&value, data, sizeof value);
  return value;
}

base::Address address_of(const in6_addr& address) {
  return base::Address::from_bytes(base::Family::kIpv6, address.s6_addr);
}

// Appends one ancillary item to a message whose msg_controllen counts what is used so far.
template <typename T>
void put_item(msghdr& message, int level, int type, const T& value) {
  auto* at = static_cast<std::uint8_t*>(message.msg_control) + message.msg_controllen;
  cmsghdr header{};
  header.cmsg_level = level;
  header.cmsg_type = type;
  header.cmsg_len = CMSG_LEN(sizeof value);
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + CMSG_LEN(0), &value, sizeof value);
  message.msg_controllen += CMSG_SPACE(sizeof value);
}

// What the kernel says beside a packet.
void read_items(msghdr& message, const StampFrame& frame, Datagram& datagram,
                std::optional<std::uint32_t>& lost) {
  for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
       item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
      const auto stamp = value_of<timespec>(*item);
      datagram.received =
          frame.instant_of(std::int64_t{stamp.tv_sec} * 1'000'000'000 + stamp.tv_nsec);
    } else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL) {
      lost = value_of<std::uint32_t>(*item);
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_HOPLIMIT) {
      datagram.ttl = static_cast<std::uint8_t>(value_of<int>(*item));
    } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
      datagram.destination = address_of(value_of<in6_pktinfo>(*item).ipi6_addr);
    }
  }
}

}  // namespace

base::Instant StampFrame::instant_of(std::int64_t stamp_ns) const {
  const base::Instant at = now - base::Duration{wall_now_ns - stamp_ns};
  return std::clamp(at, earlier(not_before, now), now);
}

std::optional<Datagram> take_apart_ipv4(std::span<const std::uint8_t> packet) {
  base::ByteReader reader(packet);
  const unsigned version_and_length = reader.u8();
  (void)reader.u8();  // type of service
  const std::size_t total = reader.u16();
  (void)reader.u16();  // identification
  const unsigned fragment = reader.u16();
  Datagram datagram;
  datagram.ttl = reader.u8();
  (void)reader.u8();   // protocol: the socket asked for one
  (void)reader.u16();  // header checksum: the kernel has looked
  const auto source = reader.take(4);
  const auto destination = reader.take(4);
  if (!reader.ok() || version_and_length >> 4 != 4) return std::nullopt;
  const std::size_t header = (version_and_length & 0xf) * 4;
  constexpr unsigned kMoreFragments = 0x2000;
  constexpr unsigned kFragmentOffset = 0x1fff;
  if (header < 20 || header > total || total > packet.size()) return std::nullopt;
  if ((fragment & (kMoreFragments | kFragmentOffset)) != 0) return std::nullopt;
  datagram.source = base::Address::from_bytes(base::Family::kIpv4, source);
  datagram.destination = base::Address::from_bytes(base::Family::kIpv4, destination);
  // What the link layer padded lies behind the total length.
  datagram.message = packet.subspan(header, total - header);
  datagram.header = packet.first(header);
  return datagram;
}

void write_ipv4_header(const Ipv4Header& header, std::span<std::uint8_t> room) {
  CHECK(header.identification != 0, "the kernel replaces an identification of zero");
  CHECK(header.packet_bytes >= kIpv4HeaderBytes && header.packet_bytes <= 0xffff,
        "a packet of possible length");
  base::ByteWriter writer(room.first(kIpv4HeaderBytes));
  writer.u8(0x45);  // version 4, five words: no options
  writer.u8(kTos);
  writer.u16(static_cast<std::uint16_t>(header.packet_bytes));
  writer.u16(header.identification);
  writer.u16(0);  // may be fragmented, is not
  writer.u8(header.envelope.ttl);
  writer.u8(header.protocol);
  writer.u16(0);  // checksum: the kernel's
  writer.put(header.envelope.source.bytes());
  writer.put(header.envelope.destination.bytes());
  CHECK(writer.ok() && writer.size() == kIpv4HeaderBytes, "both addresses are IPv4");
}

void HeaderWriter::write(const Envelope& envelope, std::size_t packet_bytes,
                         std::span<std::uint8_t> room) {
  constexpr std::uint8_t kAuthenticationHeader = 51;
  if (++identification_ == 0) ++identification_;
  write_ipv4_header({.envelope = envelope,
                     .protocol = kAuthenticationHeader,
                     .identification = identification_,
                     .packet_bytes = packet_bytes},
                    room);
}

std::optional<std::uint32_t> lost_packets(int fd) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> facts{};
  socklen_t length = sizeof facts;
  if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, facts.data(), &length) < 0) return std::nullopt;
  if (length < (SK_MEMINFO_DROPS + 1) * sizeof facts[0]) return std::nullopt;
  return facts[SK_MEMINFO_DROPS];
}

namespace {

bool is_kernel_that_counts_before_filter() {
  utsname names{};
  if (::uname(&names) < 0) return false;
  const std::string_view release(names.release);
  const char* end = release.data() + release.size();
  unsigned major = 0;
  unsigned minor = 0;
  const auto dot = std::from_chars(release.data(), end, major).ptr;
  if (dot != end) (void)std::from_chars(dot + 1, end, minor);  // none: 0, as it is
  return major > 6 || (major == 6 && minor >= 10);
}

}  // namespace

bool counts_before_filter() {
  // Asked once, at the start: a confined engine may not, and has other ears after a reload.
  static const bool does = is_kernel_that_counts_before_filter();
  return does;
}

std::uint32_t LostPackets::since(std::uint32_t counter) {
  const auto ahead = static_cast<std::int32_t>(counter - seen_);
  if (ahead <= 0) return 0;
  seen_ = counter;
  return static_cast<std::uint32_t>(ahead);
}

struct Receiver::Slots {
  struct Slot {
    alignas(cmsghdr) std::array<std::uint8_t, kControlBytes> control;
    sockaddr_in6 name;
    iovec bytes;
    std::array<std::uint8_t, kMaxPacketBytes> packet;
  };
  std::array<mmsghdr, kBatch> headers{};
  std::array<Datagram, kBatch> datagrams{};
  std::array<Slot, kBatch> slots{};
};

Receiver::Receiver() : slots_(std::make_unique<Slots>()) {}
Receiver::~Receiver() = default;

Receiver::Batch Receiver::receive(int fd, base::Family family, const StampFrame& frame) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    auto& slot = slots_->slots[i];
    slot.bytes = {slot.packet.data(), slot.packet.size()};
    msghdr& message = slots_->headers[i].msg_hdr;
    message = {};
    message.msg_name = &slot.name;
    message.msg_namelen = sizeof slot.name;
    message.msg_iov = &slot.bytes;
    message.msg_iovlen = 1;
    message.msg_control = slot.control.data();
    message.msg_controllen = slot.control.size();
  }
  Batch batch;
  const int count = ::recvmmsg(fd, slots_->headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    batch.drained = errno == EAGAIN || errno == EWOULDBLOCK;
    batch.error = batch.drained || errno == EINTR ? 0 : errno;
    return batch;
  }
  std::size_t filled = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto& slot = slots_->slots[i];
    msghdr& message = slots_->headers[i].msg_hdr;
    const auto packet = std::span(slot.packet).first(slots_->headers[i].msg_len);
    Datagram datagram;
    datagram.received = frame.now;  // unless the kernel stamped it
    read_items(message, frame, datagram, batch.lost);
    // No advert is longer than a slot: what was cut is none.
    bool is_whole = (message.msg_flags & MSG_TRUNC) == 0;
    if (family == base::Family::kIpv4) {
      const base::Instant received = datagram.received;
      const auto apart = take_apart_ipv4(packet);
      is_whole = is_whole && apart;
      datagram = apart.value_or(Datagram{});
      datagram.received = received;
    } else {
      datagram.message = packet;
      datagram.source = address_of(slot.name.sin6_addr);
    }
    if (is_whole)
      slots_->datagrams[filled++] = datagram;
    else
      ++batch.malformed;
  }
  batch.datagrams = std::span(slots_->datagrams).first(filled);
  return batch;
}

struct Sender::Slots {
  struct Slot {
    alignas(cmsghdr) std::array<std::uint8_t, kControlBytes> control;
    union {
      sockaddr_in v4;
      sockaddr_in6 v6;
    } name;
    iovec bytes;
    std::array<std::uint8_t, kMaxAdvertBytes> message;
  };
  std::size_t used = 0;
  std::array<mmsghdr, kBatch> headers{};
  std::array<int, kBatch> errors{};
  std::array<Slot, kBatch> slots{};
};

Sender::Sender() : slots_(std::make_unique<Slots>()) {}
Sender::~Sender() = default;

bool Sender::is_full() const { return slots_->used == kBatch; }
std::size_t Sender::size() const { return slots_->used; }

std::span<std::uint8_t> Sender::room() {
  CHECK(!is_full(), "a full batch must be flushed first");
  return slots_->slots[slots_->used].message;
}

void Sender::add(std::size_t length, const Envelope& envelope) {
  CHECK(!is_full() && length <= kMaxAdvertBytes, "a message of possible length");
  CHECK(envelope.source.family() == envelope.destination.family(), "both ends of one family");
  auto& slot = slots_->slots[slots_->used];
  msghdr& message = slots_->headers[slots_->used].msg_hdr;
  ++slots_->used;
  slot.control.fill(0);
  slot.bytes = {slot.message.data(), length};
  message = {};
  message.msg_iov = &slot.bytes;
  message.msg_iovlen = 1;
  message.msg_name = &slot.name;
  message.msg_control = slot.control.data();
  if (envelope.destination.family() == base::Family::kIpv4) {
    slot.name.v4 = {};
    slot.name.v4.sin_family = AF_INET;
    std::memcpy(&slot.name.v4.sin_addr, envelope.destination.bytes().data(), 4);
    message.msg_namelen = sizeof slot.name.v4;
    in_pktinfo from{};
    from.ipi_ifindex = static_cast<int>(envelope.ifindex);
    std::memcpy(&from.ipi_spec_dst, envelope.source.bytes().data(), 4);
    put_item(message, IPPROTO_IP, IP_PKTINFO, from);
    put_item(message, IPPROTO_IP, IP_TTL, int{envelope.ttl});
    put_item(message, IPPROTO_IP, IP_TOS, kTos);
  } else {
    slot.name.v6 = {};
    slot.name.v6.sin6_family = AF_INET6;
    slot.name.v6.sin6_scope_id = envelope.ifindex;
    std::memcpy(&slot.name.v6.sin6_addr, envelope.destination.bytes().data(), 16);
    message.msg_namelen = sizeof slot.name.v6;
    in6_pktinfo from{};
    from.ipi6_ifindex = envelope.ifindex;
    std::memcpy(&from.ipi6_addr, envelope.source.bytes().data(), 16);
    put_item(message, IPPROTO_IPV6, IPV6_PKTINFO, from);
    put_item(message, IPPROTO_IPV6, IPV6_HOPLIMIT, int{envelope.ttl});
    put_item(message, IPPROTO_IPV6, IPV6_TCLASS, kTos);
  }
}

std::span<const int> Sender::flush(int fd) {
  const std::size_t used = std::exchange(slots_->used, 0);
  const auto errors = std::span(slots_->errors).first(used);
  send_batch(fd, std::span(slots_->headers).first(used), errors);
  return errors;
}

}  // namespace wire
