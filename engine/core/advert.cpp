#include "engine/core/advert.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace core {
namespace {

using base::Drop;

constexpr std::uint8_t kExpectedTtl = 255;
constexpr std::uint8_t kAdvertisement = 1;  // the only type there is
constexpr std::uint8_t kIpProtocol = 112;
constexpr std::size_t kAuthBytes = 8;    // v2 only
constexpr std::uint8_t kAuthHeader = 2;  // RFC 2338's third type; nobody here has it configured
constexpr Duration kCentisecond = std::chrono::milliseconds{10};

constexpr std::size_t address_bytes(Family family) { return family == Family::kIpv6 ? 16 : 4; }

// RFC 8200 8.1 for IPv6, RFC 793's for IPv4. Answers how much of `room` it filled.
std::size_t write_pseudo_header(const Address& source, const Address& destination,
                                std::size_t length, std::span<std::uint8_t> room) {
  base::ByteWriter out{room};
  out.put(source.bytes());
  out.put(destination.bytes());
  if (source.family() == Family::kIpv6) {
    out.u32(static_cast<std::uint32_t>(length));
    out.u32(kIpProtocol);
  } else {
    out.u16(kIpProtocol);
    out.u16(static_cast<std::uint16_t>(length));
  }
  return out.size();
}

std::uint16_t checksum_with_pseudo_header(const Address& source, const Address& destination,
                                          std::span<const std::uint8_t> message) {
  std::array<std::uint8_t, 40> room{};
  const std::size_t size = write_pseudo_header(source, destination, message.size(), room);
  return internet_checksum(std::span(room).first(size), message);
}

// Whether a checksum of `message` is right, and which.
bool verify_checksum(const Packet& packet, const Router& router, ChecksumForm& form) {
  // RFC 3768 5.3.8 and RFC 9568 5.2.8: IPv4 sums the message alone.
  if (router.family == Family::kIpv4 && internet_checksum({}, packet.message) == 0) {
    form = ChecksumForm::kMessageOnly;
    return true;
  }
  form = ChecksumForm::kPseudoHeader;
  return router.version == Version::kV3 &&
         checksum_with_pseudo_header(packet.source, packet.destination, packet.message) == 0;
}

// Takes the same time whatever differs, so that a password cannot be guessed byte by byte.
bool same_secret(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

using AddressList = base::InlineList<Address, kMaxAddresses>;

// As sets. The usual case, the same list in the same order, costs one pass.
bool same_addresses(std::span<const std::uint8_t> bytes, std::size_t count, const Router& router) {
  const std::size_t width = address_bytes(router.family);
  AddressList heard;
  for (std::size_t i = 0; i < count; ++i)
    heard.push_back(Address::from_bytes(router.family, bytes.subspan(i * width, width)));
  if (heard == router.addresses) return true;

  AddressList ours;
  for (const Address& address : router.addresses)
    if (address.family() == router.family) ours.push_back(address);
  std::sort(heard.begin(), heard.end());
  std::sort(ours.begin(), ours.end());
  return std::equal(heard.begin(), std::unique(heard.begin(), heard.end()), ours.begin(),
                    std::unique(ours.begin(), ours.end()));
}

Drop check_authentication(std::uint8_t type, std::span<const std::uint8_t> data,
                          const Router& router) {
  if (type > kAuthHeader) return Drop::kAuthType;
  if (type != static_cast<std::uint8_t>(router.auth_type)) return Drop::kAuthMismatch;
  // RFC 3768 5.3.10: without authentication the eight bytes are ignored.
  if (router.auth_type == AuthType::kPassword && !same_secret(data, router.auth_data))
    return Drop::kAuthFailed;
  return Drop::kNone;
}

}  // namespace

bool peek_vrid(std::span<const std::uint8_t> message, Vrid& vrid) {
  if (message.size() < 2) return false;
  vrid = Vrid{message[1]};
  return true;
}

base::Drop parse(const Packet& packet, const Router& router, Advert& advert) {
  if (packet.ttl != kExpectedTtl) return Drop::kTtl;

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
  // RFC 3768 7.1: a different interval is discarded. RFC 9568 7.1, erratum 8301: only zero is.
  if (is_v2 ? interval != router.advert_interval : interval == Duration{0}) return Drop::kInterval;
  if (is_v2) {
    if (const Drop reason = check_authentication(fourth, auth_data, router); reason != Drop::kNone)
      return reason;
  } else if (count == 0) {
    return Drop::kNoAddresses;
  }
  if (packet.destination != multicast_group(router.family)) return Drop::kMulticast;

  advert.version = router.version;
  advert.vrid = vrid;
  advert.priority = priority;
  advert.interval = interval;
  advert.source = packet.source;
  advert.checksum = form;
  advert.addresses_match = same_addresses(listed, count, router);
  advert.interval_matches = interval == router.advert_interval;
  advert.address_count = count;
  return Drop::kNone;
}

std::size_t build(const Router& router, Priority priority, ChecksumForm form, const Address& source,
                  const Address& destination, std::span<std::uint8_t> room) {
  const bool is_v2 = router.version == Version::kV2;
  // RFC 9568 5.2.9: all listed addresses are of the family that carries them.
  const auto is_listed = [&](const Address& a) { return a.family() == router.family; };
  base::ByteWriter out{room};
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(router.version) << 4 | kAdvertisement));
  out.u8(router.vrid.value);
  out.u8(priority.value);
  out.u8(static_cast<std::uint8_t>(
      std::count_if(router.addresses.begin(), router.addresses.end(), is_listed)));
  if (is_v2) {
    const auto seconds = router.advert_interval / std::chrono::seconds{1};
    CHECK(seconds >= 1 && seconds <= 255, "a v2 interval fits its byte");
    out.u8(static_cast<std::uint8_t>(router.auth_type));
    out.u8(static_cast<std::uint8_t>(seconds));
  } else {
    const auto centiseconds = router.advert_interval / kCentisecond;
    CHECK(centiseconds >= 1 && centiseconds <= 4095, "a v3 interval fits its twelve bits");
    out.u16(static_cast<std::uint16_t>(centiseconds));
  }
  out.u16(0);  // the checksum is summed as zero
  for (const Address& address : router.addresses)
    if (is_listed(address)) out.put(address.bytes());
  if (is_v2) out.put(router.auth_data);
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

}  // namespace core
