#include "engine/core/auth.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "engine/core/auth_number.hpp"
#include "engine/core/secret.hpp"

namespace core {
namespace {

using base::Drop;

constexpr std::uint8_t kTrailerType = 1;
constexpr std::size_t kSignatureBytes = 16;
constexpr std::size_t kSignedTrailer = kTrailerBytes - kSignatureBytes;
constexpr std::size_t kBinding = 20;  // what is signed before the message
constexpr std::size_t kChecksumAt = 6;
constexpr std::size_t kMessageHeader = 8;

constexpr std::uint8_t kVrrpProtocol = 112;
constexpr std::uint8_t kAhProtocol = 51;
constexpr std::size_t kIpProtocolAt = 9;
constexpr std::size_t kCheckValueBytes = 12;
constexpr std::uint8_t kAhLength = (kAuthHeaderBytes / 4) - 2;  // RFC 2402 2.2
constexpr std::uint8_t kAhKey = 0;                              // AH names no key

constexpr std::array<std::uint8_t, kSignatureBytes> kZeros{};

using Bytes = Digest::Bytes;

// What every part of a signature is made of. Requires: message holds its header.
void hmac(const Digest& digest, KeyState& key, Bytes message, Bytes signed_trailer,
          const Address& source, std::span<std::uint8_t, kSignatureBytes> room) {
  std::array<std::uint8_t, kBinding> binding{};
  binding[0] = static_cast<std::uint8_t>(source.family());
  binding[1] = static_cast<std::uint8_t>(message[0] >> 4);
  binding[2] = message[1];
  std::copy(source.padded().begin(), source.padded().end(), binding.begin() + 4);
  const std::array<Bytes, 6> parts{binding,
                                   message.first(kChecksumAt),
                                   Bytes{kZeros}.first(2),
                                   message.subspan(kMessageHeader),
                                   signed_trailer,
                                   kZeros};
  digest.sum(key, parts, room);
}

// RFC 2402 3.3.3.1.1.1, and as the routers in the field do it: over multicast the TTL is part of it.
void check_value(const Digest& digest, KeyState& key, Bytes ip_header, Bytes auth_header,
                 Bytes message, bool is_unicast, std::span<std::uint8_t, kCheckValueBytes> room) {
  constexpr std::size_t kLongestIpHeader = 60;
  std::array<std::uint8_t, kLongestIpHeader> steady{};
  std::copy(ip_header.begin(), ip_header.end(), steady.begin());
  steady[1] = 0;                  // type of service
  steady[6] = steady[7] = 0;      // flags, fragment offset
  if (is_unicast) steady[8] = 0;  // TTL
  steady[10] = steady[11] = 0;    // checksum
  const std::array<Bytes, 4> parts{Bytes{steady}.first(ip_header.size()),
                                   auth_header.first(kAuthHeaderBytes - kCheckValueBytes),
                                   Bytes{kZeros}.first(kCheckValueBytes), message};
  digest.sum(key, parts, room);
}

// How long the message is that its header announces; what follows is a trailer, or too much.
std::size_t announced_length(Bytes message, const Router& router) {
  if (message.size() < kMessageHeader) return message.size();
  return kMessageHeader + message[3] * address_bytes(router.family) +
         (router.version == Version::kV2 ? 8 : 0);
}

bool has_auth_header(const Packet& packet) {
  return packet.header.size() >= kIpHeaderBytes && packet.header[kIpProtocolAt] == kAhProtocol;
}

// What we signed ourselves comes back: whoever reflects it proves nothing.
bool is_own(const Packet& packet) { return packet.own.is_set() && packet.source == packet.own; }

Verdict dropped(Drop reason) {
  Verdict verdict;
  verdict.drop = reason;
  return verdict;
}

}  // namespace

KeyState::~KeyState() {
  // Through a volatile: the compiler may not leave out what nobody reads afterwards.
  for (std::uint64_t& word : words) *const_cast<volatile std::uint64_t*>(&word) = 0;
}

bool peek_vrid(const Packet& packet, Vrid& vrid) {
  if (!has_auth_header(packet)) return peek_vrid(packet.message, vrid);
  return packet.message.size() >= kAuthHeaderBytes &&
         peek_vrid(packet.message.subspan(kAuthHeaderBytes), vrid);
}

Authenticator::Authenticator(const Router& router, const AuthSettings& settings,
                             const Digests& digests)
    : type_(router.auth_type),
      digests_(digests),
      mode_(settings.mode),
      is_monotonic_(settings.is_monotonic),
      window_(settings.window),
      active_key_(settings.active_key),
      is_unicast_(router.is_unicast()) {
  if (type_ == AuthType::kHmac) {
    for (const AuthKey& key : settings.keys) {
      CHECK(key_of(key.id) == nullptr, "the ids of keys differ");
      keys_[key_count_].id = key.id;
      digests_.hmac_sha256.set_key(key.secret, keys_[key_count_].state);
      ++key_count_;
    }
    CHECK(key_of(active_key_) != nullptr, "the key we sign with is one of the keys");
  } else if (type_ == AuthType::kAh) {
    CHECK(router.version == Version::kV2 && router.family == Family::kIpv4,
          "AH is of version 2 over IPv4");
    active_key_ = kAhKey;
    is_monotonic_ = true;
    keys_[0].id = kAhKey;
    digests_.hmac_md5.set_key(settings.ah_password, keys_[0].state);
    key_count_ = 1;
  }
}

bool Authenticator::remember(const Mark& mark, Instant now) {
  if (!mark.signer.is_set()) {
    if (mark.key != active_key_) return true;  // another key's numbers begin anew
    if (!own_ || is_after(mark.number, *own_)) own_ = mark.number;
    is_own_remembered_ = true;
    return true;
  }
  Slot* slot = find(mark.key, mark.signer);
  if (slot == nullptr) {
    if (slots_.full()) return false;
    slots_.push_back({});
    slot = slots_.end() - 1;
  } else if (!is_after(mark.number, slot->mark.number)) {
    return true;
  }
  *slot = {};
  slot->mark = mark;
  slot->in_window = mark.number;
  slot->has_first = true;
  slot->heard = now;
  return true;
}

Verdict Authenticator::open(const Packet& packet, const Router& router, Instant received,
                            const Clock& clock, Advert& advert) {
  if (has_auth_header(packet) != (type_ == AuthType::kAh)) return dropped(Drop::kAuthMismatch);
  if (type_ == AuthType::kAh) return open_ah(packet, router, clock, advert);
  if (type_ == AuthType::kHmac) return open_hmac(packet, router, received, clock, advert);
  return dropped(parse(packet, router, advert));
}

Verdict Authenticator::open_hmac(const Packet& packet, const Router& router, Instant received,
                                 const Clock& clock, Advert& advert) {
  Packet inner = packet;
  const std::size_t length = announced_length(packet.message, router);
  const bool is_signed = packet.message.size() == length + kTrailerBytes;
  Bytes trailer;
  if (is_signed) {
    inner.message = packet.message.first(length);
    trailer = packet.message.subspan(length);
    // Over the message and its trailer: most routers let their kernel compute it, which sums all there is.
    inner.is_checksum_known =
        router.family == Family::kIpv6 &&
        checksum_with_pseudo_header(packet.source, packet.destination, packet.message) == 0;
  }
  Advert heard;
  if (const Drop drop = parse(inner, router, heard); drop != Drop::kNone) return dropped(drop);
  if (!is_signed) {
    if (mode_ == HmacMode::kEnforce) return dropped(Drop::kAuthMissing);
    advert = heard;
    return {};
  }
  if (is_own(packet)) return dropped(Drop::kOwnPacket);

  base::ByteReader in{trailer};
  const std::uint8_t type = in.u8();
  const std::uint8_t id = in.u8();
  const std::uint16_t reserved = in.u16();
  const std::uint64_t seconds = in.u32();
  const std::uint64_t number = seconds << 32 | in.u32();
  const Bytes signature = in.take(kSignatureBytes);
  if (type != kTrailerType || reserved != 0) return dropped(Drop::kAuthMalformed);
  Key* key = key_of(id);
  if (key == nullptr) return dropped(Drop::kAuthKey);

  // What is not new needs no digest to be dropped; what is, proves nothing yet.
  Slot* slot = find(id, packet.source);
  const std::int64_t waited = std::max<std::int64_t>((clock.now - received).count(), 0);
  const Novelty novelty = judge(slot, number, clock.wall_ns - waited);
  if (novelty.drop != Drop::kNone) {
    Verdict verdict = dropped(novelty.drop);
    verdict.clock_ahead = novelty.ahead;
    return verdict;
  }
  if (!may_digest(slot, packet.source, clock.now)) return dropped(Drop::kRateLimited);
  std::array<std::uint8_t, kSignatureBytes> ours{};
  hmac(digests_.hmac_sha256, key->state, inner.message, trailer.first(kSignedTrailer),
       packet.source, ours);
  if (!is_same_secret(signature, ours)) return dropped(Drop::kAuthFailed);

  Verdict verdict;
  if (!vouch(slot, id, packet.source, number, novelty.is_in_window, clock, verdict.mark))
    return dropped(Drop::kReplay);
  verdict.is_signed = true;
  verdict.is_clock_bad = !novelty.is_in_window;
  verdict.clock_ahead = novelty.ahead;
  advert = heard;
  return verdict;
}

Verdict Authenticator::open_ah(const Packet& packet, const Router& router, const Clock& clock,
                               Advert& advert) {
  if (packet.message.size() < kAuthHeaderBytes) return dropped(Drop::kAuthMalformed);
  const Bytes header = packet.message.first(kAuthHeaderBytes);
  base::ByteReader in{header};
  const std::uint8_t next = in.u8();
  const std::uint8_t length = in.u8();
  in.u16();  // reserved, but covered by the check value
  const Bytes spi = in.take(4);
  const std::uint64_t number = in.u32();
  const Bytes value = in.take(kCheckValueBytes);
  if (next != kVrrpProtocol || length != kAhLength) return dropped(Drop::kAuthMalformed);

  Packet inner = packet;
  inner.message = packet.message.subspan(kAuthHeaderBytes);
  Advert heard;
  if (const Drop drop = parse(inner, router, heard); drop != Drop::kNone) return dropped(drop);
  if (is_own(packet)) return dropped(Drop::kOwnPacket);
  if (!std::equal(spi.begin(), spi.end(), packet.source.bytes().begin(),
                  packet.source.bytes().end()))
    return dropped(Drop::kAuthMalformed);

  Slot* slot = find(kAhKey, packet.source);
  if (slot != nullptr && number <= slot->mark.number) return dropped(Drop::kReplay);
  if (!may_digest(slot, packet.source, clock.now)) return dropped(Drop::kRateLimited);
  std::array<std::uint8_t, kCheckValueBytes> ours{};
  check_value(digests_.hmac_md5, keys_[0].state, packet.header, header, inner.message, is_unicast_,
              ours);
  if (!is_same_secret(value, ours)) return dropped(Drop::kAuthFailed);

  Verdict verdict;
  if (!vouch(slot, kAhKey, packet.source, number, true, clock, verdict.mark))
    return dropped(Drop::kReplay);
  // All routers of a virtual router count together.
  own_ = std::max(own_.value_or(0), number);
  verdict.is_signed = true;
  advert = heard;
  return verdict;
}

Authenticator::Novelty Authenticator::judge(const Slot* slot, std::uint64_t number,
                                            std::int64_t wall_ns) const {
  Novelty novelty;
  if (!is_monotonic_) {
    novelty.ahead = between(number, number_of(wall_ns));
    novelty.is_in_window = novelty.ahead <= window_ && novelty.ahead >= -window_;
  }
  bool is_new = false;
  if (slot == nullptr) {
    is_new = novelty.is_in_window || novelty.ahead > Duration{0};
  } else {
    const bool is_between = slot->has_second && is_after(slot->off_from, number) &&
                            (!slot->has_first || is_after(number, slot->in_window));
    is_new = is_after(number, slot->mark.number) || (is_between && novelty.is_in_window);
  }
  if (!is_new) novelty.drop = novelty.is_in_window ? Drop::kReplay : Drop::kAuthStale;
  return novelty;
}

bool Authenticator::may_digest(Slot* slot, const Address& source, Instant now) {
  return slot != nullptr ? slot->bucket.take(kPeerAllowance, now) : strangers_.take(source, now);
}

bool Authenticator::vouch(Slot* slot, std::uint8_t key, const Address& signer, std::uint64_t number,
                          bool is_in_window, const Clock& clock, Mark& mark) {
  if (slot != nullptr) {
    slot->bucket.give_back();
  } else {
    strangers_.give_back();
    slot = place(clock);
    if (slot == nullptr) {
      ++refused_;
      return false;
    }
    *slot = {};
    slot->mark = {key, signer, number};
    slot->off_from = number;
  }
  if (is_in_window) {
    slot->in_window = number;
    slot->has_first = true;
  } else if (!slot->has_second) {
    slot->off_from = number;
  }
  if (!is_after(slot->mark.number, number)) {  // above both
    slot->mark.number = number;
    slot->has_second = !is_in_window;
  }
  slot->heard = clock.now;
  mark = slot->mark;
  return true;
}

Authenticator::Slot* Authenticator::find(std::uint8_t key, const Address& signer) {
  for (Slot& slot : slots_)
    if (slot.mark.key == key && slot.mark.signer == signer) return &slot;
  return nullptr;
}

Authenticator::Slot* Authenticator::place(const Clock& clock) {
  if (!slots_.full()) {
    slots_.push_back({});
    return slots_.end() - 1;
  }
  for (Slot& slot : slots_)
    if (key_of(slot.mark.key) == nullptr) return &slot;
  if (is_monotonic_) return nullptr;  // its marks are all the protection there is
  const std::uint64_t now = number_of(clock.wall_ns);
  for (Slot& slot : slots_)
    if (clock.now - slot.heard > kMarkAge && between(now, slot.mark.number) > window_) return &slot;
  return nullptr;
}

Authenticator::Key* Authenticator::key_of(std::uint8_t id) {
  for (std::size_t i = 0; i < key_count_; ++i)
    if (keys_[i].id == id) return &keys_[i];
  return nullptr;
}

bool Authenticator::is_stranded(std::int64_t wall_ns) const {
  return type_ == AuthType::kHmac && mode_ != HmacMode::kReceiveOnly && !is_monotonic_ && own_ &&
         between(*own_, number_of(wall_ns)) > window_;
}

std::size_t Authenticator::copies(std::int64_t wall_ns) const {
  return is_stranded(wall_ns) ? 2 : 1;
}

std::uint64_t Authenticator::next_number(std::int64_t wall_ns, std::size_t copy) {
  const std::uint64_t by_clock = number_of(wall_ns);
  if (copy > 0) {
    if (!own_by_clock_ || is_after(by_clock, *own_by_clock_) ||
        between(*own_by_clock_, by_clock) > window_)
      own_by_clock_ = by_clock;
    else
      ++*own_by_clock_;
    return *own_by_clock_;
  }
  if (!own_ || is_after(by_clock, *own_)) {
    own_ = by_clock;
  } else {
    if (is_own_remembered_)
      *own_ += static_cast<std::uint64_t>(kOwnSkip / std::chrono::seconds{1}) << 32;
    ++*own_;
  }
  is_own_remembered_ = false;
  return *own_;
}

std::size_t Authenticator::seal(std::span<std::uint8_t> room, std::size_t length,
                                const Address& source, const Address& destination,
                                std::int64_t wall_ns, std::size_t copy) {
  CHECK(room.size() >= length, "the room holds what was built in it");
  if (type_ == AuthType::kAh) {
    CHECK(length >= kMaxSealing + kMessageHeader, "an IP header, room for AH and a message");
    seal_ah(room.first(length), source, !destination.is_multicast());
    return length;
  }
  if (type_ != AuthType::kHmac || mode_ == HmacMode::kReceiveOnly) return length;
  return seal_hmac(room, length, source, destination, wall_ns, copy);
}

std::size_t Authenticator::seal_hmac(std::span<std::uint8_t> room, std::size_t length,
                                     const Address& source, const Address& destination,
                                     std::int64_t wall_ns, std::size_t copy) {
  CHECK(room.size() >= length + kTrailerBytes && length >= kMessageHeader,
        "a message, and room for its signature");
  const auto trailer = room.subspan(length, kTrailerBytes);
  const std::uint64_t number = next_number(wall_ns, copy);
  base::ByteWriter out{trailer};
  out.u8(kTrailerType);
  out.u8(active_key_);
  out.u16(0);
  out.u32(static_cast<std::uint32_t>(number >> 32));
  out.u32(static_cast<std::uint32_t>(number));
  const auto message = room.first(length);
  hmac(digests_.hmac_sha256, key_of(active_key_)->state, message, trailer.first(kSignedTrailer),
       source, trailer.last<kSignatureBytes>());
  if (source.family() == Family::kIpv6) {
    message[kChecksumAt] = message[kChecksumAt + 1] = 0;
    const std::uint16_t sum =
        checksum_with_pseudo_header(source, destination, room.first(length + kTrailerBytes));
    message[kChecksumAt] = static_cast<std::uint8_t>(sum >> 8);
    message[kChecksumAt + 1] = static_cast<std::uint8_t>(sum & 0xff);
  }
  return length + kTrailerBytes;
}

void Authenticator::seal_ah(std::span<std::uint8_t> packet, const Address& source,
                            bool is_unicast) {
  constexpr std::uint64_t kLast = 0xffff'ffff;  // AH numbers do not wrap: RFC 2402 3.3.2
  own_ = std::min(own_.value_or(0) + (is_own_remembered_ ? kOwnSkipAh : 1), kLast);
  is_own_remembered_ = false;
  const auto header = packet.subspan(kIpHeaderBytes, kAuthHeaderBytes);
  base::ByteWriter out{header};
  out.u8(kVrrpProtocol);
  out.u8(kAhLength);
  out.u16(0);
  out.put(source.bytes());
  out.u32(static_cast<std::uint32_t>(*own_));
  check_value(digests_.hmac_md5, keys_[0].state, packet.first(kIpHeaderBytes), header,
              packet.subspan(kMaxSealing), is_unicast, header.last<kCheckValueBytes>());
}

std::optional<Mark> Authenticator::own() const {
  if (!own_ || (type_ != AuthType::kHmac && type_ != AuthType::kAh)) return std::nullopt;
  return Mark{active_key_, Address{}, *own_};
}

std::optional<Mark> Authenticator::mark_of(std::uint8_t key, const Address& signer) const {
  for (const Slot& slot : slots_)
    if (slot.mark.key == key && slot.mark.signer == signer) return slot.mark;
  return std::nullopt;
}

}  // namespace core
