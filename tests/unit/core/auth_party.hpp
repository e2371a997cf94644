// A router that signs and checks, with clocks of its own: two of them are the two ends of every test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "engine/core/auth.hpp"
#include "engine/digest/hmac.hpp"

namespace base {

inline void PrintTo(const Drop& drop, std::ostream* out) { *out << to_string(drop); }

}  // namespace base

namespace core::testing {

using namespace std::chrono_literals;
using base::Drop;
using Bytes = std::vector<std::uint8_t>;

inline const Address kOne = Address::v4(192, 0, 2, 1);
inline const Address kTwo = Address::v4(192, 0, 2, 2);
inline const Address kThree = Address::v4(192, 0, 2, 3);

inline constexpr std::int64_t kSecondNs = 1'000'000'000;
inline constexpr std::int64_t kToday = 1'800'000'000 * kSecondNs;  // a day in January 2027

inline Bytes bytes_of(std::string_view hex) {
  const auto digit = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  return bytes;
}

// 00 01 02 ... of the published images, and one that is not.
inline Bytes secret(std::uint8_t first = 0) {
  Bytes bytes(32);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

// What a Party is made of; to be changed before it is made.
struct Makings {
  Router router;
  AuthSettings settings;
  std::vector<std::pair<std::uint8_t, Bytes>> keys{{std::uint8_t{1}, secret()}};
  Address address = kOne;
};

inline Makings hmac_v3() {
  Makings setup;
  setup.router.vrid = Vrid{51};
  setup.router.version = Version::kV3;
  setup.router.priority = Priority{200};
  setup.router.auth_type = AuthType::kHmac;
  setup.router.addresses.push_back(Address::v4(192, 0, 2, 100));
  setup.settings.active_key = 1;
  return setup;
}

inline Makings hmac_v6() {
  Makings setup = hmac_v3();
  setup.router.family = Family::kIpv6;
  setup.router.addresses = {*Address::parse("fe80::100")};
  setup.address = *Address::parse("fe80::10");
  return setup;
}

inline Makings ah(std::string_view password = "secret") {
  Makings setup;
  setup.router.vrid = Vrid{51};
  setup.router.auth_type = AuthType::kAh;
  setup.router.addresses.push_back(Address::v4(192, 0, 2, 100));
  std::copy(password.begin(), password.end(), setup.settings.ah_password.begin());
  return setup;
}

struct Said {
  Bytes bytes;  // the message with what was put around it; of AH, the whole packet
  Address source;
  Address destination;
  std::uint8_t ttl = 255;
};

class Party {
 public:
  explicit Party(const Makings& setup) : setup_(setup) { restart({}); }

  std::int64_t wall = kToday;
  Instant now = Instant::from_ns(1'000 * kSecondNs);
  Advert heard;  // the last one accepted

  Authenticator& auth() { return *auth_; }
  const Makings& setup() const { return setup_; }
  Router& router() { return setup_.router; }

  void pass(Duration time) {
    now += time;
    wall += time.count();
  }

  // A new process with these marks.
  void restart(const std::vector<Mark>& marks) {
    AuthSettings settings = setup_.settings;
    settings.keys.clear();
    for (const auto& [id, bytes] : setup_.keys) settings.keys.push_back({id, bytes});
    auth_ = std::make_unique<Authenticator>(setup_.router, settings, digest::digests());
    for (const Mark& mark : marks) EXPECT_TRUE(auth_->remember(mark, now));
  }

  Said say(std::size_t copy = 0, Address destination = {}, int priority = 200) {
    if (!destination.is_set())
      destination = setup_.router.is_unicast() ? setup_.router.peers[0].address
                                               : multicast_group(setup_.router.family);
    Said said{Bytes(kMaxMessage + kMaxSealing), setup_.address, destination, 255};
    const std::size_t before = auth_->bytes_before();
    const std::size_t length =
        before + build(setup_.router, Priority{static_cast<std::uint8_t>(priority)},
                       ChecksumForm::kMessageOnly, said.source, destination,
                       std::span(said.bytes).subspan(before));
    if (before > 0) write_ip_header(said, length);
    said.bytes.resize(auth_->seal(said.bytes, length, said.source, destination, wall, copy));
    return said;
  }

  Verdict hear(const Said& said, Duration waited = 0s) {
    Packet packet;
    packet.source = said.source;
    packet.destination = said.destination;
    packet.own = setup_.router.is_unicast() ? said.destination : setup_.address;
    packet.ttl = said.ttl;
    packet.message = said.bytes;
    if (setup_.router.auth_type == AuthType::kAh && said.bytes.size() >= kIpHeaderBytes) {
      packet.header = std::span(said.bytes).first(kIpHeaderBytes);
      packet.message = std::span(said.bytes).subspan(kIpHeaderBytes);
    }
    return auth_->open(packet, setup_.router, now - waited, {now, wall}, heard);
  }
  Drop drop(const Said& said) { return hear(said).drop; }

  std::vector<Mark> marks(const std::vector<Address>& signers) const {
    std::vector<Mark> all;
    for (const auto& [id, bytes] : setup_.keys)
      for (const Address& signer : signers)
        if (const auto mark = auth_->mark_of(id, signer)) all.push_back(*mark);
    if (setup_.router.auth_type == AuthType::kAh)
      for (const Address& signer : signers)
        if (const auto mark = auth_->mark_of(0, signer)) all.push_back(*mark);
    if (const auto own = auth_->own()) all.push_back(*own);
    return all;
  }

 private:
  void write_ip_header(Said& said, std::size_t length) const {
    base::ByteWriter out{said.bytes};
    out.u8(0x45);
    out.u8(0xc0);
    out.u16(static_cast<std::uint16_t>(length));
    out.u16(1);  // identification
    out.u16(0);
    out.u8(said.ttl);
    out.u8(51);
    out.u16(0);
    out.put(said.source.bytes());
    out.put(said.destination.bytes());
  }

  Makings setup_;
  std::unique_ptr<Authenticator> auth_;
};

inline Party party(Makings setup, const Address& address) {
  setup.address = address;
  return Party{setup};
}

}  // namespace core::testing
