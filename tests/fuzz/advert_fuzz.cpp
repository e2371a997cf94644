// Any bytes as a received packet, for every kind of virtual router. Aborts when a promise of the codec is broken:
// a dropped packet leaves the advert alone, and an accepted one can be said again and is read back the same.
//
// Four bytes choose the router, the fifth the packet's surroundings; the rest is the message, whose checksum is put right
// when asked for, since nobody guesses one.
#include <array>
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

const Address kOwn4 = Address::v4(192, 0, 2, 2);
const Address kOwn6 = *Address::parse("fe80::2");
const std::array kListed4{Address::v4(192, 0, 2, 100), Address::v4(192, 0, 2, 101),
                          Address::v4(192, 0, 2, 102), Address::v4(192, 0, 2, 103)};
const std::array kListed6{*Address::parse("fe80::100"), *Address::parse("fe80::101"),
                          *Address::parse("2001:db8::102"), *Address::parse("2001:db8::103")};

// One for all executions: making it anew would take longer than all that is done with it.
core::Router& make_router(fuzz::Input& in) {
  static core::Router router;
  const std::uint8_t kind = in.u8();
  const std::uint8_t options = in.u8();
  router.vrid = core::Vrid{51};
  router.version = (kind & 1) != 0 ? Version::kV3 : Version::kV2;
  router.family = (kind & 2) != 0 && router.version == Version::kV3 ? Family::kIpv6 : Family::kIpv4;
  router.auth_type = static_cast<core::AuthType>(kind >> 2 & 3);
  router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  router.strict = (options & 1) != 0;
  router.skips_address_check = (options & 2) != 0;
  router.checks_source = (options & 4) != 0;
  const bool is_v4 = router.family == Family::kIpv4;
  router.peers.clear();
  if ((options & 8) != 0)
    router.peers.push_back({.address = (options & 16) != 0 ? is_v4 ? kSource4 : kSource6
                                       : is_v4             ? kOwn4
                                                           : kOwn6,
                            .min_ttl = 64});
  router.multicast_group = {};
  if ((options & 32) != 0 && is_v4) router.multicast_group = Address::v4(224, 0, 0, 19);
  router.advert_interval =
      std::chrono::seconds{1 + in.below(router.version == Version::kV2 ? 255 : 40)};
  router.addresses.clear();
  const std::size_t addresses = in.below(5);
  for (std::size_t i = 0; i < addresses; ++i)
    router.addresses.push_back(is_v4 ? kListed4[i] : kListed6[i]);
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
         a.only_theirs == b.only_theirs && a.only_ours == b.only_ours &&
         a.link_local_first == b.link_local_first && a.address_count == b.address_count;
}

// What was heard, said by a router configured as its sender must have been, is heard the same.
void say_again(const Advert& heard, const core::Packet& packet, const core::Router& router) {
  CHECK(heard.version == router.version && heard.vrid == router.vrid, "it is for this router");
  CHECK(heard.interval > core::Duration{0}, "no accepted interval is zero");
  CHECK(heard.addresses_match != (heard.only_theirs.is_set() || heard.only_ours.is_set()),
        "a mismatch is shown");
  static core::Router sender;
  sender.version = router.version;
  sender.family = router.family;
  sender.vrid = router.vrid;
  sender.auth_type = router.auth_type;
  sender.auth_data = router.auth_data;
  sender.advert_interval = heard.interval;
  sender.addresses.clear();
  const std::size_t width = router.family == Family::kIpv6 ? 16 : 4;
  CHECK(packet.message.size() >= 8 + heard.address_count * width, "the whole list was there");
  for (std::size_t i = 0; i < heard.address_count; ++i)
    sender.addresses.push_back(
        Address::from_bytes(router.family, packet.message.subspan(8 + i * width, width)));
  static std::array<std::uint8_t, core::kMaxMessage> room;
  const std::size_t size =
      core::build(sender, heard.priority, heard.checksum, heard.source, packet.destination, room);
  CHECK(size == packet.message.size(), "as long as it was");
  core::Packet said = packet;
  said.message = std::span(room).first(size);
  Advert again;
  const base::Drop drop = core::parse(said, router, again);
  CHECK(drop == base::Drop::kNone, "what was accepted is accepted again");
  CHECK(same(heard, again), "and says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in{data, size};
  const core::Router& router = make_router(in);
  const bool is_v4 = router.family == Family::kIpv4;
  const std::uint8_t around = in.u8();
  std::vector<std::uint8_t> message(in.rest().begin(), in.rest().end());
  core::Packet packet;
  packet.source = is_v4 ? kSource4 : kSource6;
  packet.own = is_v4 ? kOwn4 : kOwn6;
  packet.destination = router.is_unicast() ? packet.own : core::group_of(router);
  packet.ttl = (around & 1) != 0 ? std::uint8_t{63} : std::uint8_t{255};
  if ((around & 2) != 0) packet.destination = packet.source;
  if ((around & 4) == 0 && message.size() >= 8)
    put_checksum(message, packet, !is_v4 || (around & 8) != 0);
  packet.is_checksum_known = !is_v4 && (around & 16) != 0;
  packet.message = message;

  Advert untouched;
  untouched.priority = core::Priority{77};
  untouched.source = Address::v4(10, 0, 0, 1);
  untouched.address_count = 9;
  Advert advert = untouched;
  const base::Drop drop = core::parse(packet, router, advert);
  if (drop == base::Drop::kNone) {
    const bool is_peer = core::find_peer(router, packet.source) != nullptr;
    CHECK((around & 2) == 0, "only to us");
    CHECK(packet.ttl == 255 || (router.is_unicast() && !is_peer), "only from where it may come");
    CHECK(is_peer || !router.is_unicast() ||
              !(router.checks_source || router.auth_type == core::AuthType::kHmac),
          "only from peers where peers are asked for");
    CHECK(!router.strict || router.version == Version::kV3 || advert.interval_matches,
          "strict means the same interval");
    say_again(advert, packet, router);
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
