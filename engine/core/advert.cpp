#include "engine/core/advert.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "engine/core/secret.hpp"

namespace core {
namespace {

using base::Drop;

constexpr std::uint8_t kExpectedTtl = 255;
constexpr std::uint8_t kAdvertisement = 1;  // the only type there is
constexpr std::uint8_t kIpProtocol = 112;
constexpr std::size_t kAuthBytes = 8;    // v2 only
constexpr std::uint8_t kAuthHeader = 2;  // RFC 2338's third type
constexpr Duration kCentisecond = std::chrono::milliseconds{10};

// Whether a checksum of `message` is right, and which.
bool verify_checksum(const Packet& packet, const Router& router, ChecksumForm& form) {
  if (packet.is_checksum_known) {
    form = ChecksumForm::kPseudoHeader;
    return true;
  }
  // RFC 3768 5.3.8 and RFC 9568 5.2.8: IPv4 sums the message alone.
  if (router.family == Family::kIpv4 && internet_checksum({}, packet.message) == 0) {
    form = ChecksumForm::kMessageOnly;
    return true;
  }
  form = ChecksumForm::kPseudoHeader;
  return router.version == Version::kV3 &&
         checksum_with_pseudo_header(packet.source, packet.destination, packet.message) == 0;
}

using AddressList = base::InlineList<Address, kMaxAddresses>;

// What a message lists, read where it lies.
struct Listed {
  std::span<const std::uint8_t> bytes;
  std::size_t count;
  Family family;

  Address operator[](std::size_t i) const {
    const std::size_t width = address_bytes(family);
    return Address::from_bytes(family, bytes.subspan(i * width, width));
  }
};

// Of the family the virtual router advertises: RFC 9568 5.2.9 lists no other.
bool is_listed(const Address& address, const Router& router) {
  return address.family() == router.family;
}

bool is_same_in_order(const Listed& theirs, const Router& router) {
  std::size_t place = 0;
  for (const Address& ours : router.addresses) {
    if (!is_listed(ours, router)) continue;
    if (place == theirs.count || theirs[place] != ours) return false;
    ++place;
  }
  return place == theirs.count;
}

// As sets. The usual case, the same list in the same order, costs one pass and copies nothing.
void compare_addresses(const Listed& theirs, const Router& router, Advert& advert) {
  if (is_same_in_order(theirs, router)) return;
  AddressList sorted_theirs;
  AddressList sorted_ours;
  for (std::size_t i = 0; i < theirs.count; ++i) sorted_theirs.push_back(theirs[i]);
  for (const Address& address : router.addresses)
    if (is_listed(address, router)) sorted_ours.push_back(address);
  std::sort(sorted_theirs.begin(), sorted_theirs.end());
  std::sort(sorted_ours.begin(), sorted_ours.end());
  const auto has = [](const AddressList& sorted, const Address& address) {
    return std::binary_search(sorted.begin(), sorted.end(), address);
  };
  // The first of each side in the order it lists them: that is where people look.
  for (std::size_t i = 0; i < theirs.count && !advert.only_theirs.is_set(); ++i)
    if (!has(sorted_ours, theirs[i])) advert.only_theirs = theirs[i];
  for (const Address& address : router.addresses)
    if (is_listed(address, router) && !advert.only_ours.is_set() && !has(sorted_theirs, address))
      advert.only_ours = address;
  advert.addresses_match = !advert.only_theirs.is_set() && !advert.only_ours.is_set();
}

// The authentication type as version 2 writes it. HMAC stands outside the message: to it there is none.
std::uint8_t type_on_the_wire(AuthType type) {
  return type == AuthType::kHmac ? std::uint8_t{0} : static_cast<std::uint8_t>(type);
}

Drop check_authentication(std::uint8_t type, std::span<const std::uint8_t> data,
                          const Router& router) {
  if (type > kAuthHeader) return Drop::kAuthType;
  if (type != type_on_the_wire(router.auth_type)) return Drop::kAuthMismatch;
  // RFC 3768 5.3.10: without authentication the eight bytes are ignored.
  if (router.auth_type == AuthType::kPassword && !is_same_secret(data, router.auth_data))
    return Drop::kAuthFailed;
  return Drop::kNone;
}

// RFC 9568 5.1.1.3: 255, or somebody sent it who is not on this link. Unicast may come from further away: what is demanded
// of it is what was said about that peer.
bool is_ttl_right(const Packet& packet, const Router& router) {
  if (!router.is_unicast()) return packet.ttl == kExpectedTtl;
  const UnicastPeer* const peer = find_peer(router, packet.source);
  return peer == nullptr || (packet.ttl >= peer->min_ttl && packet.ttl <= peer->max_ttl);
}

bool is_for_us(const Packet& packet, const Router& router) {
  return packet.destination == (router.is_unicast() ? packet.own : group_of(router));
}

bool is_source_right(const Packet& packet, const Router& router) {
  if (!router.is_unicast()) return true;
  if (!router.checks_source && router.auth_type != AuthType::kHmac) return true;
  return find_peer(router, packet.source) != nullptr;
}

}  // namespace

bool peek_vrid(std::span<const std::uint8_t> message, Vrid& vrid) {
  if (message.size() < 2) return false;
  vrid = Vrid{message[1]};
  return true;
}

base::Drop parse(const Packet& packet, const Router& router, Advert& advert) {
  if (!is_ttl_right(packet, router)) return Drop::kTtl;

  base::ByteReader in{packet.message};
  const std::uint8_t version_and_type = in.u8();
  const Vrid vrid{in.u8()};
  const Priority priority{in.u8()};
  const std::uint8_t count = in.u8();
  const std::uint8_t fourth = in.u8();  // v2: authentication type; v3: reserved bits and the
  const std::uint8_t fifth = in.u8();   // interval's top; v2: interval in seconds; v3: its rest
  in.u16();                             // checksum, summed with everything else
  if (packet.message.empty()) return Drop::kLength;
  if (version_and_type >> 4 != static_cast<std::uint8_t>(router.version)) return Drop::kVersion;
  if ((version_and_type & 0xf) != kAdvertisement) return Drop::kType;

  const bool is_v2 = router.version == Version::kV2;
  const auto listed = in.take(count * address_bytes(router.family));
  const auto auth_data = in.take(is_v2 ? kAuthBytes : 0);
  if (!in.ok() || in.left() != 0) return Drop::kLength;

  ChecksumForm form{};
  if (!verify_checksum(packet, router, form)) return Drop::kChecksum;
  if (vrid != router.vrid) return Drop::kUnknownVrid;

  const Duration interval =
      is_v2 ? Duration{std::chrono::seconds{fifth}} : kCentisecond * ((fourth & 0xf) << 8 | fifth);
  // RFC 9568 7.1, erratum 8301: zero is none. RFC 3768 7.1 discards any difference, which makes two masters of two
  // routers that hear each other: only strict does.
  if (interval == Duration{0}) return Drop::kInterval;
  const bool interval_matches = interval == router.advert_interval;
  if (is_v2 && router.strict && !interval_matches) return Drop::kInterval;
  if (is_v2) {
    if (const Drop reason = check_authentication(fourth, auth_data, router); reason != Drop::kNone)
      return reason;
  } else if (count == 0) {
    return Drop::kNoAddresses;
  }
  if (!is_for_us(packet, router)) return Drop::kMulticast;
  if (!is_source_right(packet, router)) return Drop::kNotAPeer;

  Advert heard;
  const Listed theirs{listed, count, router.family};
  if (!router.skips_address_check) compare_addresses(theirs, router, heard);
  // RFC 3768 7.1: a list that differs is discarded unless the owner sent it.
  if (is_v2 && router.strict && !heard.addresses_match && priority != base::kOwnerPriority)
    return Drop::kAddressList;
  heard.version = router.version;
  heard.vrid = vrid;
  heard.priority = priority;
  heard.interval = interval;
  heard.source = packet.source;
  heard.checksum = form;
  heard.interval_matches = interval_matches;
  heard.link_local_first = router.family != Family::kIpv6 || theirs[0].is_link_local();
  heard.address_count = count;
  advert = heard;
  return Drop::kNone;
}

std::size_t build(const Router& router, Priority priority, ChecksumForm form, const Address& source,
                  const Address& destination, std::span<std::uint8_t> room) {
  const bool is_v2 = router.version == Version::kV2;
  const auto is_sent = [&](const Address& a) { return is_listed(a, router); };
  base::ByteWriter out{room};
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(router.version) << 4 | kAdvertisement));
  out.u8(router.vrid.value);
  out.u8(priority.value);
  out.u8(static_cast<std::uint8_t>(
      std::count_if(router.addresses.begin(), router.addresses.end(), is_sent)));
  if (is_v2) {
    const auto seconds = router.advert_interval / std::chrono::seconds{1};
    CHECK(seconds >= 1 && seconds <= 255, "a v2 interval fits its byte");
    out.u8(type_on_the_wire(router.auth_type));
    out.u8(static_cast<std::uint8_t>(seconds));
  } else {
    const auto centiseconds = router.advert_interval / kCentisecond;
    CHECK(centiseconds >= 1 && centiseconds <= 4095, "a v3 interval fits its twelve bits");
    out.u16(static_cast<std::uint16_t>(centiseconds));
  }
  out.u16(0);  // the checksum is summed as zero
  for (const Address& address : router.addresses)
    if (is_sent(address)) out.put(address.bytes());
  if (is_v2) {
    const std::array<std::uint8_t, kAuthBytes> nothing{};
    out.put(router.auth_type == AuthType::kPassword ? router.auth_data : nothing);
  }
  CHECK(out.ok(), "the room for an advert holds kMaxMessage bytes");

  const auto message = out.written();
  const bool with_pseudo_header =
      router.family == Family::kIpv6 || (!is_v2 && form == ChecksumForm::kPseudoHeader);
  const std::uint16_t checksum = with_pseudo_header
                                     ? checksum_with_pseudo_header(source, destination, message)
                                     : internet_checksum({}, message);
  message[6] = static_cast<std::uint8_t>(checksum >> 8);
  message[7] = static_cast<std::uint8_t>(checksum & 0xff);
  return message.size();
}

Address group_of(const Router& router) {
  return router.multicast_group.is_set() ? router.multicast_group : multicast_group(router.family);
}

const UnicastPeer* find_peer(const Router& router, const Address& source) {
  for (const UnicastPeer& peer : router.peers)
    if (peer.address == source) return &peer;
  return nullptr;
}

Address multicast_group(Family family) {
  if (family == Family::kIpv4) return Address::v4(224, 0, 0, 18);
  std::array<std::uint8_t, 16> group{0xff, 0x02};
  group[15] = 0x12;
  return Address::from_bytes(Family::kIpv6, group);
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> pseudo_header,
                                std::span<const std::uint8_t> message) {
  std::uint32_t sum = 0;  // at most 40 + kMaxMessage bytes: far from overflowing
  for (const auto part : {pseudo_header, message}) {
    for (std::size_t i = 0; i + 1 < part.size(); i += 2)
      sum += static_cast<std::uint32_t>(part[i] << 8 | part[i + 1]);
    if (part.size() % 2 == 1) sum += static_cast<std::uint32_t>(part.back() << 8);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::uint16_t checksum_with_pseudo_header(const Address& source, const Address& destination,
                                          std::span<const std::uint8_t> message) {
  std::array<std::uint8_t, 40> room{};
  base::ByteWriter out{room};
  out.put(source.bytes());
  out.put(destination.bytes());
  if (source.family() == Family::kIpv6) {
    out.u32(static_cast<std::uint32_t>(message.size()));
    out.u32(kIpProtocol);
  } else {
    out.u16(kIpProtocol);
    out.u16(static_cast<std::uint16_t>(message.size()));
  }
  return internet_checksum(out.written(), message);
}

}  // namespace core
