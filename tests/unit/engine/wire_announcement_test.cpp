#include <gtest/gtest.h>

#include <vector>

#include "engine/wire/announcement.hpp"

namespace {

using base::Address;
using Bytes = std::vector<std::uint8_t>;

constexpr base::Mac kMac{0x02, 0x00, 0x5e, 0x11, 0x22, 0x33};

TEST(GratuitousArp, AsksEveryoneForTheAddressItSpeaksFrom) {
  Bytes room(64, 0xee);
  const std::size_t length = wire::build_gratuitous_arp(kMac, Address::v4(192, 0, 2, 254), room);
  room.resize(length);
  EXPECT_EQ(room, (Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // to everyone
                         0x02, 0x00, 0x5e, 0x11, 0x22, 0x33,  // from us
                         0x08, 0x06,                          // ARP
                         0x00, 0x01, 0x08, 0x00, 0x06, 0x04,  // Ethernet, IPv4, 6 and 4 bytes
                         0x00, 0x01,                          // request
                         0x02, 0x00, 0x5e, 0x11, 0x22, 0x33,  // sender
                         192,  0,    2,    254,               //
                         0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // target
                         192,  0,    2,    254}));
}

TEST(UnsolicitedNa, OverridesWhatAllNodesKnew) {
  Bytes room(128, 0xee);
  const auto address = *Address::parse("2001:db8::fe");
  const std::size_t length = wire::build_unsolicited_na(kMac, address, true, room);
  room.resize(length);
  // Checksum by hand, in 16-bit words, RFC 4443 2.3:
  //   source       2001 + 0db8 + 00fe                          = 2eb7
  //   destination  ff02 + 0001                                 = ff03
  //   length 32, next header 58: 0020 + 003a                   = 005a
  //   8800 + a000                                              = 12800
  //   target       2001 + 0db8 + 00fe                          = 2eb7
  //   option       0201 + 0200 + 5e11 + 2233                   = 8445
  //   sum: 2eb7 + ff03 = 12dba; + 5a = 12e14; + 12800 = 25614; + 2eb7 = 284cb; + 8445 = 30910
  //   folded 0910 + 3 = 0913; complement f6ec
  EXPECT_EQ(
      room,
      (Bytes{0x33, 0x33, 0x00, 0x00, 0x00, 0x01,              // ff02::1
             0x02, 0x00, 0x5e, 0x11, 0x22, 0x33,              // from us
             0x86, 0xdd,                                      // IPv6
             0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0xff,  // 32 bytes of ICMPv6, hop limit 255
             0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,
             0,    0,    0,    0,    0,    0,    0,    0xfe,  // from the address itself
             0xff, 0x02, 0,    0,    0,    0,    0,    0,
             0,    0,    0,    0,    0,    0,    0,    0x01,  //
             0x88, 0x00, 0xf6, 0xec,                          // advertisement, checksum
             0xa0, 0x00, 0x00, 0x00,                          // router, override
             0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,
             0,    0,    0,    0,    0,    0,    0,    0xfe,     // target
             0x02, 0x01, 0x02, 0x00, 0x5e, 0x11, 0x22, 0x33}));  // its address
}

TEST(UnsolicitedNa, IsNoRoutersWhenTheSenderIsNone) {
  Bytes room(128);
  (void)wire::build_unsolicited_na(kMac, *Address::parse("fe80::1"), false, room);
  EXPECT_EQ(room[58], 0x20);
}

TEST(Announcement, TakesTheFormOfItsFamily) {
  Bytes room(128);
  EXPECT_EQ(wire::build_announcement(kMac, Address::v4(192, 0, 2, 1), room),
            wire::kGratuitousArpBytes);
  EXPECT_EQ(wire::build_announcement(kMac, *Address::parse("2001:db8::1"), room),
            wire::kNeighbourAdvertisementBytes);
}

}  // namespace
