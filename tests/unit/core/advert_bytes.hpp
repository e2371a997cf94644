// Adverts as bytes, written and summed by hand, and what a router says to them.
#pragma once

#include <vector>

#include "subject.hpp"

namespace core::testing {

using base::Drop;
using Bytes = std::vector<std::uint8_t>;

// Who sends: 192.0.2.3 for VRID 51, priority 100, 192.0.2.100.
//
// v2, one second, no authentication. Sum without the checksum:
//   2133 + 6401 + 0001 + c000 + 0264 = 1 4799 -> 479a; complement b865.
inline const Bytes kV2 = {0x21, 0x33, 0x64, 0x01, 0x00, 0x01, 0xb8, 0x65, 0xc0, 0x00,
                          0x02, 0x64, 0,    0,    0,    0,    0,    0,    0,    0};
// v2 with the password "secret".
inline const Bytes kV2Password = {0x21, 0x33, 0x64, 0x01, 0x01, 0x01, 0x7b, 0x19, 0xc0, 0x00,
                                  0x02, 0x64, 's',  'e',  'c',  'r',  'e',  't',  0,    0};
// v3 over IPv4, 100 cs, the message alone summed:
//   3133 + 6401 + 0064 + c000 + 0264 = 1 57fc -> 57fd; complement a802.
inline const Bytes kV3 = {0x31, 0x33, 0x64, 0x01, 0x00, 0x64, 0xa8, 0x02, 0xc0, 0x00, 0x02, 0x64};
// The same with the pseudo-header 192.0.2.3, 224.0.0.18, 0, 112, 12:
//   c000 + 0203 + e000 + 0012 + 0070 + 000c + the 1 57fc above = 2 fa8d -> fa8f; complement 0570.
inline const Bytes kV3Pseudo = {0x31, 0x33, 0x64, 0x01, 0x00, 0x64,
                                0x05, 0x70, 0xc0, 0x00, 0x02, 0x64};
// v3 over IPv6 from fe80::3 to ff02::12, priority 200, fe80::abcd and 2001:db8::1.
inline const Bytes kV3Six = {
    0x31, 0x33, 0xc8, 0x02, 0x00, 0x64, 0x30, 0x2c, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0,    0,    0xab, 0xcd, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01};

inline Router password_router() {
  Router router = v2_router();
  router.auth_type = AuthType::kPassword;
  router.auth_data = {'s', 'e', 'c', 'r', 'e', 't', 0, 0};
  return router;
}

inline Router six_router() {
  Router router = v3_router();
  router.family = Family::kIpv6;
  router.addresses = {*Address::parse("fe80::abcd"), *Address::parse("2001:db8::1")};
  return router;
}

inline const Address kSixPeer = *Address::parse("fe80::3");

inline Packet packet(const Bytes& message) {
  return {message, kPeer, Address::v4(224, 0, 0, 18), 255};
}
inline Packet six_packet(const Bytes& message) {
  return {message, kSixPeer, *Address::parse("ff02::12"), 255};
}

// What `router` says to a packet.
inline Drop verdict(const Packet& packet, const Router& router) {
  Advert advert;
  return parse(packet, router, advert);
}

// Puts the right checksum (of the message alone) into altered bytes.
inline Bytes summed(Bytes message) {
  message[6] = message[7] = 0;
  const std::uint16_t checksum = internet_checksum({}, message);
  message[6] = static_cast<std::uint8_t>(checksum >> 8);
  message[7] = static_cast<std::uint8_t>(checksum & 0xff);
  return message;
}
inline Bytes with(Bytes message, std::size_t at, int value) {
  message[at] = static_cast<std::uint8_t>(value);
  return message;
}

}  // namespace core::testing
