// engine/wire on the sockets a keeper opens: what leaves them and what they give, with the real kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <unistd.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/os/clock.hpp"
#include "engine/keeper/open.hpp"
#include "engine/wire/advert_socket.hpp"
#include "tests/unit/keeper/fixture.hpp"
#include "tests/unit/keeper/frames.hpp"

namespace keeper_test {
namespace {

using base::Address;
using base::os::UniqueFd;
using keeper::Ear;
using keeper::Side;
using Bytes = std::vector<std::uint8_t>;

const Address kGroup4 = Address::v4(224, 0, 0, 18);
const Address kOurs4 = Address::v4(198, 51, 100, 1);
const Address kPeer4 = Address::v4(198, 51, 100, 2);
const Address kAbsent4 = Address::v4(198, 51, 100, 99);
const Address kGroup6 = *Address::parse("ff02::12");
const Address kLinkLocal6 = *Address::parse("fe80::1");
const Address kOurs6 = *Address::parse("2001:db8::1");
const Address kPeer6 = *Address::parse("2001:db8::2");
const Address kAbsent6 = *Address::parse("2001:db8::99");

class WireInKernel : public KeeperInKernel {
 protected:
  void SetUp() override {
    KeeperInKernel::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(0, run("ip addr add 2001:db8::1/64 dev crans nodad && "
                     "ip addr add fe80::1/64 dev crans nodad"));
    // The far end has no address and answers nobody.
    const std::string mac = base::to_string(mac_of("far"));
    for (const Address& peer : {kPeer4, kPeer6})
      ASSERT_EQ(0, run("ip neigh add " + base::to_string(peer) + " lladdr " + mac + " dev crans"));
    index = index_of("crans");
  }
  UniqueFd open(Family family, std::uint8_t protocol = 112, Side side = Side::kOurs) const {
    Ear ear;
    ear.interface = "crans";
    ear.family = family;
    ear.protocol = protocol;
    ear.vrids = {{50, false}};
    ear.groups = {family == Family::kIpv4 ? kGroup4 : kGroup6};
    auto opened = keeper::open_ear(ear, base::IfIndex{index}, side);
    EXPECT_TRUE(opened) << base::to_string(opened.error());
    return opened ? std::move(*opened) : UniqueFd{};
  }
  // An advert-like message of 20 bytes that starts with this one.
  static void write(wire::Sender& sender, std::uint8_t first) {
    const auto room = sender.room();
    std::fill_n(room.begin(), 20, std::uint8_t{0});
    room[0] = first;
  }
  // From the IP header on, of this protocol.
  static std::vector<Bytes> of_protocol(std::uint8_t protocol, std::vector<Bytes> packets) {
    std::erase_if(packets, [&](const Bytes& packet) {
      return (packet[0] >> 4 == 4 ? packet.at(9) : packet.at(6)) != protocol;
    });
    return packets;
  }
  std::uint32_t index = 0;
};

TEST_F(WireInKernel, SendsIpv4WithTheTtlAndSourceOfEachMessage) {
  const UniqueFd socket = open(Family::kIpv4);
  const Tap tap{"far", ETH_P_IP};
  wire::Sender sender;
  write(sender, 0x21);
  sender.add(20, {.source = kOurs4, .destination = kGroup4, .ifindex = index});
  write(sender, 0x22);
  sender.add(20, {.source = kOurs4, .destination = kPeer4, .ifindex = index, .ttl = 7});
  EXPECT_THAT(sender.flush(socket.get()), testing::ElementsAre(0, 0));
  const auto packets = of_protocol(112, tap.packets());
  ASSERT_EQ(2U, packets.size());
  for (const Bytes& packet : packets) {
    EXPECT_EQ(0xc0, packet[1]) << "type of service";
    EXPECT_EQ((Bytes{198, 51, 100, 1}), Bytes(packet.begin() + 12, packet.begin() + 16));
  }
  EXPECT_EQ(255, packets[0][8]);
  EXPECT_EQ((Bytes{224, 0, 0, 18, 0x21}), Bytes(packets[0].begin() + 16, packets[0].begin() + 21));
  EXPECT_EQ(7, packets[1][8]);
  EXPECT_EQ((Bytes{198, 51, 100, 2, 0x22}),
            Bytes(packets[1].begin() + 16, packets[1].begin() + 21));
}

TEST_F(WireInKernel, SendsIpv6WithTheHopLimitAndSourceOfEachMessage) {
  const UniqueFd socket = open(Family::kIpv6);
  const Tap tap{"far", ETH_P_IPV6};
  wire::Sender sender;
  write(sender, 0x31);
  sender.add(20, {.source = kLinkLocal6, .destination = kGroup6, .ifindex = index});
  write(sender, 0x32);
  sender.add(20, {.source = kOurs6, .destination = kPeer6, .ifindex = index, .ttl = 7});
  EXPECT_THAT(sender.flush(socket.get()), testing::ElementsAre(0, 0));
  const auto packets = of_protocol(112, tap.packets());
  ASSERT_EQ(2U, packets.size());
  const auto address = [](const Bytes& packet, std::size_t at) {
    return Address::from_bytes(Family::kIpv6, std::span(packet).subspan(at, 16));
  };
  EXPECT_EQ(255, packets[0][7]);
  EXPECT_EQ(kLinkLocal6, address(packets[0], 8));
  EXPECT_EQ(kGroup6, address(packets[0], 24));
  EXPECT_EQ(7, packets[1][7]);
  EXPECT_EQ(kOurs6, address(packets[1], 8));
  EXPECT_EQ(kPeer6, address(packets[1], 24));
  EXPECT_EQ(0x6c, packets[1][0]) << "traffic class 0xc0";
}

// A message that cannot leave says so, and the others leave.
TEST_F(WireInKernel, RefusesASourceThisHostHasNot) {
  const auto refused = testing::AnyOf(EINVAL, ENETUNREACH);  // kernels differ
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const bool is_ipv4 = family == Family::kIpv4;
    const UniqueFd socket = open(family);
    const Tap tap{"far", static_cast<std::uint16_t>(is_ipv4 ? ETH_P_IP : ETH_P_IPV6)};
    wire::Sender sender;
    for (const Address& destination :
         is_ipv4 ? std::array{kGroup4, kPeer4} : std::array{kGroup6, kPeer6}) {
      write(sender, 0x21);
      sender.add(
          20,
          {.source = is_ipv4 ? kAbsent4 : kAbsent6, .destination = destination, .ifindex = index});
      write(sender, 0x22);
      sender.add(
          20, {.source = is_ipv4 ? kOurs4 : kOurs6, .destination = destination, .ifindex = index});
    }
    const auto errors = sender.flush(socket.get());
    EXPECT_THAT(std::vector<int>(errors.begin(), errors.end()),
                testing::ElementsAre(refused, 0, refused, 0));
    EXPECT_EQ(2U, of_protocol(112, tap.packets()).size());
  }
}

TEST_F(WireInKernel, SendsThePacketItWasToldThroughASocketForAuthenticationHeaders) {
  const UniqueFd socket = open(Family::kIpv4, 51);
  const Tap tap{"far", ETH_P_IP};
  wire::Sender sender;
  Bytes written;
  for (const Address& destination : {kGroup4, kPeer4}) {
    const wire::Envelope envelope{
        .source = kOurs4, .destination = destination, .ifindex = index, .ttl = 255};
    const auto room = sender.room();
    constexpr std::size_t kLength = wire::kIpv4HeaderBytes + 24 + 20;
    std::fill_n(room.begin(), kLength, std::uint8_t{0xab});
    wire::write_ipv4_header(
        {.envelope = envelope, .protocol = 51, .identification = 0x1234, .packet_bytes = kLength},
        room);
    if (written.empty()) written.assign(room.begin(), room.begin() + kLength);
    sender.add(kLength, envelope);
  }
  EXPECT_THAT(sender.flush(socket.get()), testing::ElementsAre(0, 0));
  auto packets = of_protocol(51, tap.packets());
  ASSERT_EQ(2U, packets.size());
  std::uint32_t sum = 0;
  base::ByteReader header{std::span(packets[0]).first(20)};
  while (header.left() >= 2) sum += header.u16();
  EXPECT_EQ(0xffffU, (sum & 0xffff) + (sum >> 16)) << "the checksum is the kernel's";
  packets[0][10] = packets[0][11] = 0;
  EXPECT_EQ(written, packets[0]);
}

TEST_F(WireInKernel, GivesHeaderTtlSourceDestinationAndMessageOfBothFamilies) {
  Wire far{"far"};
  wire::Receiver receiver;
  const auto receive = [&](int fd, Family family) {
    ::usleep(20'000);
    return receiver.receive(
        fd, family, {.now = base::os::now(), .wall_now_ns = base::os::wall_ns(), .not_before = {}});
  };
  {
    const UniqueFd socket = open(Family::kIpv4);
    far.send({.length = 24});
    const auto batch = receive(socket.get(), Family::kIpv4);
    ASSERT_EQ(1U, batch.datagrams.size());
    const wire::Datagram& datagram = batch.datagrams[0];
    EXPECT_EQ(20U, datagram.header.size());
    EXPECT_EQ(112, datagram.header[9]);
    EXPECT_EQ(24U, datagram.message.size());
    EXPECT_EQ(kPeer4, datagram.source);
    EXPECT_EQ(kGroup4, datagram.destination);
    EXPECT_EQ(255, datagram.ttl);
    EXPECT_FALSE(batch.lost);
  }
  const UniqueFd socket = open(Family::kIpv6);
  far.send({.family = Family::kIpv6, .length = 24});
  const auto batch = receive(socket.get(), Family::kIpv6);
  ASSERT_EQ(1U, batch.datagrams.size());
  const wire::Datagram& datagram = batch.datagrams[0];
  EXPECT_TRUE(datagram.header.empty());
  EXPECT_EQ(24U, datagram.message.size());
  EXPECT_EQ(*Address::parse("fe80::2"), datagram.source);
  EXPECT_EQ(kGroup6, datagram.destination);
  EXPECT_EQ(255, datagram.ttl);
}

TEST_F(WireInKernel, SaysWithTheNextPacketHowManyWereLostBeforeIt) {
  const UniqueFd socket = open(Family::kIpv4, 112, Side::kStray);
  const Wire far{"far"};
  const auto stray = frame({.vrid = 99}, mac_of("crans"));
  wire::Receiver receiver;
  std::size_t read = 0;
  std::optional<std::uint32_t> lost;
  const auto drain = [&] {
    for (;;) {
      const auto batch = receiver.receive(
          socket.get(), Family::kIpv4,
          {.now = base::os::now(), .wall_now_ns = base::os::wall_ns(), .not_before = {}});
      read += batch.datagrams.size();
      if (batch.lost) lost = batch.lost;
      if (batch.drained) return;
    }
  };
  ASSERT_EQ(500U, far.send_many(stray, 500));
  ::usleep(20'000);
  drain();
  EXPECT_FALSE(lost) << "all of them were lost after the last that was queued";
  EXPECT_EQ(500U, read + *wire::lost_packets(socket.get()));
  ASSERT_EQ(1U, far.send_many(stray, 1));
  ::usleep(20'000);
  drain();
  ASSERT_TRUE(lost);
  EXPECT_EQ(501U, read + *lost);
}

}  // namespace
}  // namespace keeper_test
