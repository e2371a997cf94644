#include <gtest/gtest.h>

#include <vector>

#include "engine/wire/advert_socket.hpp"

namespace {

using base::Address;
using base::Duration;
using base::Instant;
using wire::take_apart_ipv4;
using Bytes = std::vector<std::uint8_t>;

constexpr Instant at_ms(std::int64_t ms) { return Instant::from_ns(ms * 1'000'000); }

// 192.0.2.2 -> 224.0.0.18, TTL 255, protocol 112, a payload of four bytes.
Bytes packet() {
  return {0x45, 0xc0, 0x00, 0x18, 0x12, 0x34, 0x00, 0x00, 0xff, 0x70, 0x00, 0x00,
          192,  0,    2,    2,    224,  0,    0,    18,   0x31, 0x32, 0x64, 0x01};
}

TEST(Ipv4Packet, GivesTheMessageAndWhatTheHeaderSays) {
  const Bytes bytes = packet();
  const auto datagram = take_apart_ipv4(bytes);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(Bytes(datagram->message.begin(), datagram->message.end()),
            (Bytes{0x31, 0x32, 0x64, 0x01}));
  EXPECT_EQ(datagram->source, Address::v4(192, 0, 2, 2));
  EXPECT_EQ(datagram->destination, Address::v4(224, 0, 0, 18));
  EXPECT_EQ(datagram->ttl, 255);
}

// FAULT-50
TEST(Ipv4Packet, SkipsOptionsByTheHeaderLength) {
  Bytes bytes = packet();
  bytes[0] = 0x46;                                             // 24 bytes of header
  bytes[3] = 0x1c;                                             // 28 in all
  bytes.insert(bytes.begin() + 20, {0x94, 0x04, 0x00, 0x00});  // router alert
  const auto datagram = take_apart_ipv4(bytes);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(Bytes(datagram->message.begin(), datagram->message.end()),
            (Bytes{0x31, 0x32, 0x64, 0x01}));
}

TEST(Ipv4Packet, EndsAtItsTotalLengthAndNotAtTheLinksPadding) {
  Bytes bytes = packet();
  bytes.resize(46, 0xee);  // Ethernet's least payload
  const auto datagram = take_apart_ipv4(bytes);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->message.size(), 4U);
}

TEST(Ipv4Packet, MayCarryNothing) {
  Bytes bytes = packet();
  bytes[3] = 20;
  const auto datagram = take_apart_ipv4(bytes);
  ASSERT_TRUE(datagram);
  EXPECT_TRUE(datagram->message.empty());
}

TEST(Ipv4Packet, IsRefusedWhenItIsShorterThanItSays) {
  Bytes bytes = packet();
  bytes[3] = 0x19;  // 25 of 24
  EXPECT_FALSE(take_apart_ipv4(bytes));
}

TEST(Ipv4Packet, IsRefusedWhenItsHeaderIsShorterThanAHeader) {
  Bytes bytes = packet();
  bytes[0] = 0x44;
  EXPECT_FALSE(take_apart_ipv4(bytes));
}

TEST(Ipv4Packet, IsRefusedWhenItsHeaderIsLongerThanThePacket) {
  Bytes bytes = packet();
  bytes[0] = 0x4f;
  EXPECT_FALSE(take_apart_ipv4(bytes));
}

TEST(Ipv4Packet, IsRefusedWhenItIsOfAnotherVersion) {
  Bytes bytes = packet();
  bytes[0] = 0x65;
  EXPECT_FALSE(take_apart_ipv4(bytes));
}

// FAULT-50
TEST(Ipv4Packet, IsRefusedAsAFirstFragment) {
  Bytes bytes = packet();
  bytes[6] = 0x20;  // more fragments
  EXPECT_FALSE(take_apart_ipv4(bytes));
}

// FAULT-50
TEST(Ipv4Packet, IsRefusedAsALaterFragment) {
  Bytes bytes = packet();
  bytes[7] = 0x01;  // offset 8
  EXPECT_FALSE(take_apart_ipv4(bytes));
}

TEST(Ipv4Packet, IsAcceptedWithDontFragment) {
  Bytes bytes = packet();
  bytes[6] = 0x40;
  EXPECT_TRUE(take_apart_ipv4(bytes));
}

// FAULT-50
TEST(Ipv4Packet, SurvivesBeingCutAnywhere) {
  const Bytes bytes = packet();
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(take_apart_ipv4(std::span(bytes).first(length))) << length;
}

TEST(Ipv4Packet, SurvivesEveryValueOfEveryHeaderByte) {
  for (std::size_t at = 0; at < 20; ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      Bytes bytes = packet();
      bytes[at] = static_cast<std::uint8_t>(value);
      if (const auto datagram = take_apart_ipv4(bytes)) {
        EXPECT_LE(datagram->message.size(), 4U);
      }
    }
  }
}

TEST(Stamp, IsAsOldOnOneClockAsOnTheOther) {
  const wire::StampFrame frame{
      .now = at_ms(5'000), .wall_now_ns = 1'000'000'000'000, .not_before = at_ms(1'000)};
  // 40 ms before the wall clock's now.
  EXPECT_EQ(frame.instant_of(999'960'000'000), at_ms(4'960));
}

TEST(Stamp, IsNeverInTheFuture) {
  const wire::StampFrame frame{
      .now = at_ms(5'000), .wall_now_ns = 1'000'000'000'000, .not_before = at_ms(1'000)};
  // The wall clock was set back by a minute after the packet came.
  EXPECT_EQ(frame.instant_of(1'060'000'000'000), at_ms(5'000));
}

TEST(Stamp, IsNeverBeforeTheQueueWasEmpty) {
  const wire::StampFrame frame{
      .now = at_ms(5'000), .wall_now_ns = 1'000'000'000'000, .not_before = at_ms(4'900)};
  // The wall clock was set ahead by a minute after the packet came.
  EXPECT_EQ(frame.instant_of(940'000'000'000), at_ms(4'900));
}

TEST(Ipv4Header, IsWhatTakingApartGivesBack) {
  Bytes room(24, 0xee);
  wire::write_ipv4_header({.envelope = {.source = Address::v4(192, 0, 2, 1),
                                        .destination = Address::v4(192, 0, 2, 2),
                                        .ttl = 7},
                           .protocol = 51,
                           .identification = 0x1234,
                           .packet_bytes = 24},
                          room);
  EXPECT_EQ(room, (Bytes{0x45, 0xc0, 0, 24, 0x12, 0x34, 0, 0, 7,    51,   0,    0,
                         192,  0,    2, 1,  192,  0,    2, 2, 0xee, 0xee, 0xee, 0xee}));
  const auto datagram = take_apart_ipv4(room);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->ttl, 7);
  EXPECT_EQ(datagram->header.size(), wire::kIpv4HeaderBytes);
  EXPECT_EQ(datagram->header.data(), room.data());
  EXPECT_EQ(datagram->message.size(), 4U);
}

TEST(LostPackets, AreCountedOnceHoweverTheReadingsCome) {
  wire::LostPackets lost;
  EXPECT_EQ(lost.since(0), 0U);
  EXPECT_EQ(lost.since(10), 10U);
  // Read off a packet that was queued before the kernel was asked.
  EXPECT_EQ(lost.since(7), 0U);
  EXPECT_EQ(lost.since(10), 0U);
  EXPECT_EQ(lost.since(13), 3U);
}

TEST(LostPackets, AreCountedOnWhenTheKernelsCounterWraps) {
  wire::LostPackets lost;
  (void)lost.since(0x7fffffff);
  (void)lost.since(0xfffffff0);
  EXPECT_EQ(lost.since(0x10), 0x20U);
}

}  // namespace
