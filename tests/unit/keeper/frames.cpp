#include "tests/unit/keeper/frames.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "tests/unit/keeper/namespace.hpp"

namespace keeper_test {
namespace {

using base::Address;
using base::os::UniqueFd;

UniqueFd packet_socket(const std::string& interface, std::uint16_t type) {
  UniqueFd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(type))};
  sockaddr_ll name{};
  name.sll_family = AF_PACKET;
  name.sll_protocol = htons(type);
  name.sll_ifindex = static_cast<int>(index_of(interface));
  CHECK(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0,
        "a packet socket for the test");
  return fd;
}

std::uint16_t checksum_of(std::span<const std::uint8_t> header) {
  std::uint32_t sum = 0;
  base::ByteReader reader(header);
  while (reader.left() >= 2) sum += reader.u16();
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

base::Mac mac_of(const std::string& interface) {
  base::Mac mac{};
  for (const auto& link : ip("link show dev " + interface)) {
    const std::string text = link.value("address", "");
    unsigned bytes[6] = {};
    // NOLINTNEXTLINE(cert-err34-c): six two-digit numbers of `ip`
    CHECK(std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
                      &bytes[4], &bytes[5]) == 6,
          "a link-layer address");
    std::ranges::transform(bytes, mac.begin(),
                           [](unsigned byte) { return static_cast<std::uint8_t>(byte); });
  }
  return mac;
}

std::vector<std::uint8_t> frame(const Words& words, const base::Mac& to) {
  const bool is_ipv4 = words.family == Family::kIpv4;
  const Address group = is_ipv4 ? Address::v4(224, 0, 0, 18) : *Address::parse("ff02::12");
  const Address destination = words.destination.value_or(group);
  const Address source = is_ipv4 ? Address::v4(198, 51, 100, 2) : *Address::parse("fe80::2");
  const auto low = destination.bytes().last(is_ipv4 ? 3 : 4);

  std::vector<std::uint8_t> room(2048);
  base::ByteWriter writer(room);
  if (!destination.is_multicast()) {
    writer.put(to);
  } else if (is_ipv4) {
    writer.put(std::to_array<std::uint8_t>({0x01, 0x00, 0x5e}));
    writer.u8(low[0] & 0x7f);
    writer.put(low.last(2));
  } else {
    writer.u16(0x3333);
    writer.put(low);
  }
  writer.put(std::to_array<std::uint8_t>({0, 0, 0x5e, 0, 1, 50}));
  const std::uint8_t protocol = words.has_ah ? 51 : 112;
  const auto payload = static_cast<std::uint16_t>(words.length + (words.has_ah ? 24 : 0));
  if (is_ipv4) {
    writer.u16(ETH_P_IP);
    writer.u16(0x45c0);
    writer.u16(static_cast<std::uint16_t>(20 + payload));
    writer.u32(0);
    writer.u8(words.ttl);
    writer.u8(protocol);
    writer.u16(0);
    writer.put(source.bytes());
    writer.put(destination.bytes());
    const std::uint16_t sum = checksum_of(writer.written().last(20));
    room[24] = static_cast<std::uint8_t>(sum >> 8);
    room[25] = static_cast<std::uint8_t>(sum & 0xff);
  } else {
    writer.u16(ETH_P_IPV6);
    writer.u32(0x6c000000);
    writer.u16(payload);
    writer.u8(protocol);
    writer.u8(words.ttl);
    writer.put(source.bytes());
    writer.put(destination.bytes());
  }
  std::vector<std::uint8_t> message(payload, 0);
  std::size_t start = 0;
  if (words.has_ah) {
    message[0] = words.next_header;
    message[1] = 4;
    start = 24;
  }
  if (words.length > 0) message[start] = 0x21;
  if (words.length > 1) message[start + 1] = static_cast<std::uint8_t>(words.vrid);
  writer.put(message);
  CHECK(writer.ok(), "room for the frame");
  room.resize(writer.size());
  return room;
}

Wire::Wire(const std::string& interface)
    : socket_(packet_socket(interface, 0)), to_(mac_of("crans")) {}

void Wire::send(const Words& words) {
  CHECK(send_many(frame(words, to_), 1) == 1, "the wire takes a frame");
}

std::size_t Wire::send_many(const std::vector<std::uint8_t>& frame, std::size_t count) const {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (::send(socket_.get(), frame.data(), frame.size(), 0) > 0) ++taken;
  return taken;
}

Tap::Tap(const std::string& interface, std::uint16_t type)
    : socket_(packet_socket(interface, type)) {}

std::vector<std::vector<std::uint8_t>> Tap::packets(int milliseconds) const {
  ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
  std::vector<std::vector<std::uint8_t>> all;
  std::uint8_t buffer[2048];
  for (;;) {
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &length);
    // Once after the interface was down.
    if (size < 0 && errno == ENETDOWN) continue;
    if (size < 0) return all;
    if (size < 14 || from.sll_pkttype == PACKET_OUTGOING) continue;
    all.emplace_back(buffer + 14, buffer + size);
  }
}

}  // namespace keeper_test
