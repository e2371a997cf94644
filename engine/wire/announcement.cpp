#include "engine/wire/announcement.hpp"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "engine/wire/batch.hpp"

namespace wire {
namespace {

constexpr base::Mac kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr base::Mac kAllNodesMac{0x33, 0x33, 0, 0, 0, 1};  // RFC 2464 7, of ff02::1
constexpr std::array<std::uint8_t, 16> kAllNodes{0xff, 0x02, 0, 0, 0, 0, 0, 0,
                                                 0,    0,    0, 0, 0, 0, 0, 1};

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kIpv6Bytes = 40;
constexpr std::size_t kIcmpBytes = 32;
constexpr std::size_t kIcmpChecksumAt = kEthernetBytes + kIpv6Bytes + 2;

std::uint32_t sum_words(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  return sum;
}

// RFC 4443 2.3: over source, destination, length, next header and the message whose checksum field is zero.
std::uint16_t icmpv6_checksum(std::span<const std::uint8_t> source,
                              std::span<const std::uint8_t> destination,
                              std::span<const std::uint8_t> message) {
  std::uint32_t sum = sum_words(source) + sum_words(destination) + sum_words(message) +
                      static_cast<std::uint32_t>(message.size()) + IPPROTO_ICMPV6;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

std::size_t build_gratuitous_arp(const base::Mac& mac, const base::Address& address,
                                 std::span<std::uint8_t> room) {
  CHECK(address.family() == base::Family::kIpv4, "ARP speaks of IPv4");
  base::ByteWriter frame(room);
  frame.put(kBroadcast);
  frame.put(mac);
  frame.u16(ETHERTYPE_ARP);
  frame.u16(1);  // Ethernet
  frame.u16(ETHERTYPE_IP);
  frame.u8(6);
  frame.u8(4);
  frame.u16(1);  // request
  frame.put(mac);
  frame.put(address.bytes());
  frame.put(base::Mac{});  // asked for: unknown, as in any request
  frame.put(address.bytes());
  CHECK(frame.ok() && frame.size() == kGratuitousArpBytes, "room for the whole frame");
  return frame.size();
}

std::size_t build_unsolicited_na(const base::Mac& mac, const base::Address& address, bool is_router,
                                 std::span<std::uint8_t> room) {
  CHECK(address.family() == base::Family::kIpv6, "neighbour discovery speaks of IPv6");
  constexpr std::uint32_t kRouterFlag = 0x8000'0000;
  constexpr std::uint32_t kOverrideFlag = 0x2000'0000;
  base::ByteWriter frame(room);
  frame.put(kAllNodesMac);
  frame.put(mac);
  frame.u16(ETHERTYPE_IPV6);
  frame.u32(0x6000'0000);
  frame.u16(kIcmpBytes);
  frame.u8(IPPROTO_ICMPV6);
  frame.u8(255);  // RFC 4861 7.1.2: anything less is ignored
  frame.put(address.bytes());
  frame.put(kAllNodes);
  frame.u8(136);  // neighbour advertisement
  frame.u8(0);
  frame.u16(0);  // checksum, below
  frame.u32(kOverrideFlag | (is_router ? kRouterFlag : 0));
  frame.put(address.bytes());
  frame.u8(2);  // target link-layer address
  frame.u8(1);  // in units of eight bytes
  frame.put(mac);
  CHECK(frame.ok() && frame.size() == kNeighbourAdvertisementBytes, "room for the whole frame");
  const std::uint16_t checksum = icmpv6_checksum(
      address.bytes(), kAllNodes, frame.written().subspan(kEthernetBytes + kIpv6Bytes));
  room[kIcmpChecksumAt] = static_cast<std::uint8_t>(checksum >> 8);
  room[kIcmpChecksumAt + 1] = static_cast<std::uint8_t>(checksum & 0xff);
  return frame.size();
}

std::size_t build_announcement(const base::Mac& mac, const base::Address& address,
                               std::span<std::uint8_t> room) {
  return address.family() == base::Family::kIpv4 ? build_gratuitous_arp(mac, address, room)
                                                 : build_unsolicited_na(mac, address, true, room);
}

struct FrameSender::Slots {
  struct Slot {
    sockaddr_ll name;
    iovec bytes;
    std::array<std::uint8_t, kMaxFrameBytes> frame;
  };
  std::size_t used = 0;
  std::array<mmsghdr, kFrames> headers{};
  std::array<int, kFrames> errors{};
  std::array<Slot, kFrames> slots{};
};

FrameSender::FrameSender() : slots_(std::make_unique<Slots>()) {}
FrameSender::~FrameSender() = default;

bool FrameSender::is_full() const { return slots_->used == kFrames; }

std::span<std::uint8_t> FrameSender::room() {
  CHECK(!is_full(), "a full batch must be flushed first");
  return slots_->slots[slots_->used].frame;
}

void FrameSender::add(std::size_t length, std::uint32_t ifindex) {
  CHECK(!is_full() && length >= kEthernetBytes && length <= kMaxFrameBytes, "a whole frame");
  auto& slot = slots_->slots[slots_->used];
  msghdr& message = slots_->headers[slots_->used].msg_hdr;
  ++slots_->used;
  slot.bytes = {slot.frame.data(), length};
  slot.name = {};
  slot.name.sll_family = AF_PACKET;
  slot.name.sll_ifindex = static_cast<int>(ifindex);
  std::memcpy(&slot.name.sll_protocol, slot.frame.data() + 12, 2);  // both in network order
  slot.name.sll_halen = 6;
  std::copy_n(slot.frame.begin(), 6, slot.name.sll_addr);
  message = {};
  message.msg_name = &slot.name;
  message.msg_namelen = sizeof slot.name;
  message.msg_iov = &slot.bytes;
  message.msg_iovlen = 1;
}

std::span<const int> FrameSender::flush(int fd) {
  const std::size_t used = std::exchange(slots_->used, 0);
  const auto errors = std::span(slots_->errors).first(used);
  send_batch(fd, std::span(slots_->headers).first(used), errors);
  return errors;
}

}  // namespace wire
