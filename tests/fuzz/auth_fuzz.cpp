// Any bytes as the trailer of a signed advert, or as an authentication header and what it covers. Aborts when a promise of
// the authenticator is broken: what is dropped moves no mark and fills no advert, and what is accepted carries a signature
// that was asked for and a number that was not there before.
//
// The digest is a cheap one that mixes every byte, so that a fuzzer's time goes where decisions are made. The first byte
// chooses the virtual router; then follow packets: what is done to it, how far the listener's clock is off by then, and
// either changes to what the sender really says or the bytes themselves.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "base/check.hpp"
#include "engine/core/auth.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using core::Address;
using core::Advert;
using core::Authenticator;
using core::AuthType;
using core::Digest;
using core::Version;

const Address kOwn4 = Address::v4(192, 0, 2, 2);
const Address kOwn6 = *Address::parse("fe80::2");

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kToday = 1'800'000'000 * kSecond;

void set_key(Digest::Bytes key, core::KeyState& state) {
  state.words[0] = key.empty() ? 0 : key[0];
}

void sum(core::KeyState& state, std::span<const Digest::Bytes> parts,
         std::span<std::uint8_t> room) {
  std::uint64_t hash = 0xcbf29ce484222325U + state.words[0];
  for (const Digest::Bytes part : parts)
    for (const std::uint8_t byte : part) hash = (hash ^ byte) * 0x100000001b3U;
  for (std::size_t i = 0; i < room.size(); ++i)
    room[i] = static_cast<std::uint8_t>(hash >> (i % 8) * 8);
}

constexpr core::Digests kDigests{{set_key, sum}, {set_key, sum}};

constexpr std::array<std::uint8_t, 2> kSecrets{7, 9};

// A kind of virtual router, and its two ends. Making them costs more than a packet does, so they serve a while: every
// execution is that of a sender never heard before, days after the one before, and so the first of its kind.
struct Kind {
  core::Router router;
  core::AuthSettings settings;
  std::optional<Authenticator> sender;
  std::optional<Authenticator> end;
  std::uint8_t executions = 0;
  core::Instant now = core::Instant::from_ns(kSecond);

  Address source() const { return source_; }
  void begin() {
    constexpr std::uint8_t kServes = 32;
    if (executions % kServes == 0) {
      now = core::Instant::from_ns(kSecond);
      sender.emplace(router, settings, kDigests);
      end.emplace(router, settings, kDigests);
    }
    executions = static_cast<std::uint8_t>((executions + 1) % kServes);
    now += std::chrono::hours{48};
    std::array<std::uint8_t, 16> bytes = own().padded();
    bytes[own().bytes().size() - 1] = static_cast<std::uint8_t>(3 + executions);
    source_ = Address::from_bytes(router.family, std::span(bytes).first(own().bytes().size()));
    if (router.is_unicast()) router.peers[0].address = source_;
  }
  Address own() const { return router.family == core::Family::kIpv6 ? kOwn6 : kOwn4; }
  Address destination() const {
    return router.is_unicast() ? own() : core::multicast_group(router.family);
  }
  bool is_ah() const { return router.auth_type == AuthType::kAh; }

 private:
  Address source_;
};

std::unique_ptr<Kind> make_kind(std::uint8_t number) {
  auto kind = std::make_unique<Kind>();
  core::Router& router = kind->router;
  router.vrid = core::Vrid{51};
  router.auth_type = (number & 1) != 0 ? AuthType::kAh : AuthType::kHmac;
  const bool is_six = (number & 2) != 0 && router.auth_type == AuthType::kHmac;
  router.family = is_six ? core::Family::kIpv6 : core::Family::kIpv4;
  router.version = is_six || ((number & 4) != 0 && router.auth_type == AuthType::kHmac)
                       ? Version::kV3
                       : Version::kV2;
  router.addresses.push_back(is_six ? *Address::parse("fe80::100") : Address::v4(192, 0, 2, 100));
  if ((number & 8) != 0) router.peers.push_back({kind->own(), 0, 255});
  kind->settings.is_monotonic = (number & 16) != 0;
  kind->settings.mode = (number & 32) != 0 ? core::HmacMode::kPermissive : core::HmacMode::kEnforce;
  kind->settings.keys.push_back({1, std::span(kSecrets).first(1)});
  kind->settings.keys.push_back({2, std::span(kSecrets).last(1)});
  kind->settings.active_key = 1;
  kind->settings.ah_password = {'s'};
  return kind;
}

Kind& kind_of(std::uint8_t number) {
  static std::array<std::unique_ptr<Kind>, 64> kinds;
  auto& kind = kinds[number % kinds.size()];
  if (!kind) kind = make_kind(number % 64);
  return *kind;
}

struct Bytes {
  std::array<std::uint8_t, core::kMaxMessage + core::kMaxSealing> room{};
  std::size_t length = 0;
  std::span<std::uint8_t> used() { return std::span(room).first(length); }
};

// What the sender really says, IP header and all.
void say(Kind& kind, std::int64_t wall, Bytes& bytes) {
  Authenticator& sender = *kind.sender;
  const Address destination = kind.destination();
  const std::size_t before = sender.bytes_before();
  const std::size_t length =
      before + core::build(kind.router, core::Priority{100}, core::ChecksumForm::kMessageOnly,
                           kind.source(), destination, std::span(bytes.room).subspan(before));
  if (before > 0) {
    const std::array<std::uint8_t, 12> header{
        0x45, 0xc0, 0, static_cast<std::uint8_t>(length), 0, 1, 0, 0, 255, 51, 0, 0};
    std::copy(header.begin(), header.end(), bytes.room.begin());
    std::copy_n(kind.source().bytes().begin(), 4, bytes.room.begin() + 12);
    std::copy_n(destination.bytes().begin(), 4, bytes.room.begin() + 16);
  }
  bytes.length = sender.seal(bytes.room, length, kind.source(), destination, wall);
}

void put_ipv4_checksum(std::span<std::uint8_t> message) {
  if (message.size() < 8) return;
  message[6] = message[7] = 0;
  const std::uint16_t sum_of_all = core::internet_checksum({}, message);
  message[6] = static_cast<std::uint8_t>(sum_of_all >> 8);
  message[7] = static_cast<std::uint8_t>(sum_of_all & 0xff);
}

// Hears one packet and holds the listener to its promises.
void hear(Kind& kind, const core::Packet& packet, const core::Clock& clock) {
  Authenticator& end = *kind.end;
  const std::size_t signers = end.signers();
  const std::uint8_t first_key = kind.is_ah() ? 0 : 1;
  const auto before = end.mark_of(first_key, packet.source);
  const auto before_second = end.mark_of(2, packet.source);
  Advert advert;
  advert.address_count = 77;
  const core::Verdict verdict = end.open(packet, kind.router, clock.now, clock, advert);
  const auto after = end.mark_of(first_key, packet.source);
  const auto after_second = end.mark_of(2, packet.source);

  if (verdict.drop != base::Drop::kNone) {
    CHECK(after == before && after_second == before_second && end.signers() == signers,
          "what is dropped moves no mark");
    CHECK(advert.address_count == 77 && !advert.source.is_set(), "and fills no advert");
    return;
  }
  CHECK(advert.source == packet.source, "an accepted advert is filled");
  if (!verdict.is_signed) {
    CHECK(!kind.is_ah() && kind.settings.mode != core::HmacMode::kEnforce,
          "unsigned only where it is allowed");
    CHECK(after == before && after_second == before_second, "and vouches for nothing");
    return;
  }
  CHECK(packet.source != kind.own(), "nobody hears himself");
  const auto& mark = verdict.mark.key == 2 ? after_second : after;
  const auto& mark_before = verdict.mark.key == 2 ? before_second : before;
  CHECK(mark && *mark == verdict.mark && mark->signer == packet.source, "the mark is the signer's");
  CHECK(!mark_before || static_cast<std::int64_t>(mark->number - mark_before->number) >= 0,
        "a mark never goes back");
  const core::Verdict again = end.open(packet, kind.router, clock.now, clock, advert);
  CHECK(again.drop == base::Drop::kReplay || again.drop == base::Drop::kAuthStale,
        "nothing is taken twice");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kMostPackets = 4;
  fuzz::Input in{data, size};
  Kind& kind = kind_of(in.u8());
  kind.begin();
  static Bytes bytes;
  for (int i = 0; i < kMostPackets && !in.done(); ++i) {
    const std::uint8_t deed = in.u8();
    const auto off = static_cast<std::int8_t>(in.u8());
    kind.now += std::chrono::seconds{1};
    const std::int64_t wall = kToday + kind.now.ns();
    const core::Clock clock{kind.now, wall + off * kSecond};

    if ((deed & 1) != 0) {  // else what was there before is heard again, with changes
      if ((deed & 2) != 0) {
        bytes.length = std::min<std::size_t>(in.u8(), in.rest().size());
        std::copy_n(in.rest().begin(), bytes.length, bytes.room.begin());
        for (std::size_t taken = 0; taken < bytes.length; ++taken) in.u8();
      } else {
        say(kind, wall, bytes);
      }
    }
    if (i == 0 && (deed & 1) == 0) bytes.length = 0;
    for (std::size_t changes = deed >> 6; changes > 0 && bytes.length > 0; --changes) {
      const std::size_t at = in.u8() % bytes.length;
      bytes.room[at] ^= in.u8();
    }
    if ((deed & 4) != 0) bytes.length = std::min<std::size_t>(bytes.length, in.u8());
    const std::size_t before = kind.is_ah() ? core::kMaxSealing : 0;
    const std::size_t behind = kind.is_ah() ? 0 : core::kTrailerBytes;
    if ((deed & 8) != 0 && bytes.length >= before + behind)
      put_ipv4_checksum(bytes.used().subspan(before, bytes.length - before - behind));

    core::Packet packet;
    packet.source = (deed & 16) != 0 ? kind.own() : kind.source();
    packet.destination = kind.destination();
    packet.own = kind.own();
    packet.ttl = (deed & 32) != 0 ? 254 : 255;
    packet.message = bytes.used();
    if (kind.is_ah() && bytes.length >= core::kIpHeaderBytes) {
      packet.header = bytes.used().first(core::kIpHeaderBytes);
      packet.message = bytes.used().subspan(core::kIpHeaderBytes);
    }
    hear(kind, packet, clock);
  }
  return 0;
}
