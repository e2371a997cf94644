// Any bytes as a received packet, for every kind of virtual router. Aborts when a promise of the codec is broken:
// a dropped packet leaves the advert alone, and an accepted one can be said again and is read back the same.
//
// Three bytes choose the router, the fourth the packet's surroundings; the rest is the message, whose checksum is put right
// when asked for, since nobody guesses one.
#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "engine/core/advert.hpp"
#include "engine/wire/advert_socket.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using core::Address;
using core::Advert;
using core::Family;
using core::Version;

const Address kSource4 = Address::v4(192, 0, 2, 3);
const Address kSource6 = *Address::parse("fe80::3");

core::Router make_router(fuzz::Input& in) {
  core::Router router;
  const std::uint8_t kind = in.u8();
  router.vrid = core::Vrid{51};
  router.version = (kind & 1) != 0 ? Version::kV3 : Version::kV2;
  router.family = (kind & 2) != 0 && router.version == Version::kV3 ? Family::kIpv6 : Family::kIpv4;
  if ((kind & 4) != 0) {
    router.auth_type = core::AuthType::kPassword;
    router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  }
  router.advert_interval =
      std::chrono::seconds{1 + in.below(router.version == Version::kV2 ? 255 : 40)};
  const std::size_t addresses = in.below(5);
  for (std::size_t i = 0; i < addresses; ++i)
    router.addresses.push_back(router.family == Family::kIpv4
                                   ? Address::v4(192, 0, 2, static_cast<std::uint8_t>(100 + i))
                                   : *Address::parse("fe80::" + std::to_string(100 + i)));
  return router;
}

// Puts the right checksum into a message long enough to have one.
void put_checksum(std::vector<std::uint8_t>& message, const core::Packet& packet, bool pseudo) {
  message[6] = message[7] = 0;
  std::vector<std::uint8_t> header;
  if (pseudo) {
    for (const Address& address : {packet.source, packet.destination})
      header.insert(header.end(), address.bytes().begin(), address.bytes().end());
    const auto high = static_cast<std::uint8_t>(message.size() >> 8);
    const auto low = static_cast<std::uint8_t>(message.size() & 0xff);
    if (packet.source.family() == Family::kIpv6)
      header.insert(header.end(), {0, 0, high, low, 0, 0, 0, 112});
    else
      header.insert(header.end(), {0, 112, high, low});
  }
  const std::uint16_t sum = core::internet_checksum(header, message);
  message[6] = static_cast<std::uint8_t>(sum >> 8);
  message[7] = static_cast<std::uint8_t>(sum & 0xff);
}

bool same(const Advert& a, const Advert& b) {
  return a.version == b.version && a.vrid == b.vrid && a.priority == b.priority &&
         a.interval == b.interval && a.source == b.source && a.checksum == b.checksum &&
         a.addresses_match == b.addresses_match && a.interval_matches == b.interval_matches &&
         a.address_count == b.address_count;
}

// What was heard, said by a router configured as its sender must have been, is heard the same.
void say_again(const Advert& heard, std::span<const std::uint8_t> message,
               const core::Router& router, const Address& destination) {
  CHECK(heard.version == router.version && heard.vrid == router.vrid, "it is for this router");
  CHECK(heard.interval > core::Duration{0}, "no accepted interval is zero");
  core::Router sender = router;
  sender.advert_interval = heard.interval;
  sender.addresses.clear();
  const std::size_t width = router.family == Family::kIpv6 ? 16 : 4;
  CHECK(message.size() >= 8 + heard.address_count * width, "the whole list was there");
  for (std::size_t i = 0; i < heard.address_count; ++i)
    sender.addresses.push_back(
        Address::from_bytes(router.family, message.subspan(8 + i * width, width)));
  std::array<std::uint8_t, core::kMaxMessage> room{};
  const std::size_t size =
      core::build(sender, heard.priority, heard.checksum, heard.source, destination, room);
  CHECK(size == message.size(), "as long as it was");
  Advert again;
  const base::Drop drop =
      core::parse({std::span(room).first(size), heard.source, destination, 255}, router, again);
  CHECK(drop == base::Drop::kNone, "what was accepted is accepted again");
  CHECK(same(heard, again), "and says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in{data, size};
  const core::Router router = make_router(in);
  const std::uint8_t around = in.u8();
  std::vector<std::uint8_t> message(in.rest().begin(), in.rest().end());
  core::Packet packet;
  packet.source = router.family == Family::kIpv6 ? kSource6 : kSource4;
  packet.destination = core::multicast_group(router.family);
  packet.ttl = (around & 1) != 0 ? 254 : 255;
  if ((around & 2) != 0) packet.destination = packet.source;
  if ((around & 4) == 0 && message.size() >= 8)
    put_checksum(message, packet, router.family == Family::kIpv6 || (around & 8) != 0);
  packet.message = message;

  Advert untouched;
  untouched.priority = core::Priority{77};
  untouched.source = Address::v4(10, 0, 0, 1);
  untouched.address_count = 9;
  Advert advert = untouched;
  const base::Drop drop = core::parse(packet, router, advert);
  if (drop == base::Drop::kNone) {
    CHECK(packet.ttl == 255 && (around & 2) == 0, "only from this link, only to the group");
    say_again(advert, message, router, packet.destination);
  } else {
    CHECK(same(advert, untouched), "a dropped packet leaves the advert alone");
  }
  core::Vrid vrid;
  CHECK(core::peek_vrid(packet.message, vrid) == (message.size() >= 2), "two bytes hold a VRID");

  // The same bytes as a whole IP packet: what is found lies within.
  if (const auto datagram = wire::take_apart_ipv4(packet.message); datagram) {
    CHECK(datagram->message.size() + 20 <= message.size(), "the header is not part of the message");
    CHECK(datagram->message.empty() || (datagram->message.data() >= message.data() + 20 &&
                                        datagram->message.data() + datagram->message.size() <=
                                            message.data() + message.size()),
          "the message lies within the packet");
  }
  return 0;
}
