#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <random>
#include <vector>

#include "base/os/fd.hpp"
#include "engine/wire/link_events.hpp"

namespace {

using wire::LinkEvent;
using wire::LinkMessages;
using Bytes = std::vector<std::uint8_t>;

// Netlink speaks in the host's byte order; these bytes are a little-endian host's.
static_assert(std::endian::native == std::endian::little);

// RTM_NEWLINK (16) of interface 3, "eth0", flags 0x11043: up, broadcast, running, multicast, lower up.
Bytes newlink_up() {
  return {
      0x2c, 0, 0, 0, 0x10, 0,   0,   0,   0,    0,    0,    0,    0, 0, 0, 0,  // 44 bytes
      0,    0, 1, 0, 3,    0,   0,   0,   0x43, 0x10, 0x01, 0x00, 0, 0, 0, 0,
      9,    0, 3, 0, 'e',  't', 'h', '0', 0,    0,    0,    0};  // IFLA_IFNAME, 9 bytes and 3 of padding
}

std::array<char, 16> name(std::string_view text) {
  std::array<char, 16> field{};
  std::copy(text.begin(), text.end(), field.begin());
  return field;
}

std::vector<LinkEvent> all(const Bytes& bytes) {
  LinkMessages messages(std::as_bytes(std::span(bytes)));
  std::vector<LinkEvent> events;
  while (const auto event = messages.next()) events.push_back(*event);
  return events;
}

TEST(LinkMessages, TellAnInterfaceThatIsUpAndRunning) {
  EXPECT_EQ(
      all(newlink_up()),
      (std::vector<LinkEvent>{{.ifindex = 3, .name = name("eth0"), .up = true, .running = true}}));
}

TEST(LinkMessages, TellAnInterfaceThatLostItsCarrier) {
  Bytes bytes = newlink_up();
  bytes[24] = 0x03;  // up, broadcast
  EXPECT_EQ(all(bytes), (std::vector<LinkEvent>{{.ifindex = 3, .name = name("eth0"), .up = true}}));
}

TEST(LinkMessages, TellAnInterfaceThatIsGoneWhateverItsFlagsSay) {
  Bytes bytes = newlink_up();
  bytes[4] = 0x11;  // RTM_DELLINK
  EXPECT_EQ(all(bytes),
            (std::vector<LinkEvent>{{.ifindex = 3, .name = name("eth0"), .gone = true}}));
}

TEST(LinkMessages, DoNotTakeAPortLeavingItsBridgeForAnInterfaceThatIsGone) {
  Bytes bytes = newlink_up();
  bytes[4] = 0x11;
  bytes[16] = AF_BRIDGE;
  EXPECT_TRUE(all(bytes).empty());
}

TEST(LinkMessages, ComeSeveralToADatagram) {
  Bytes bytes = newlink_up();
  Bytes second = newlink_up();
  second[4] = 0x11;
  second[20] = 7;
  bytes.insert(bytes.end(), second.begin(), second.end());
  EXPECT_EQ(all(bytes), (std::vector<LinkEvent>{
                            {.ifindex = 3, .name = name("eth0"), .up = true, .running = true},
                            {.ifindex = 7, .name = name("eth0"), .gone = true}}));
}

TEST(LinkMessages, OfOtherKindsAreSkipped) {
  Bytes bytes = newlink_up();
  bytes[4] = 0x14;  // RTM_NEWADDR
  const Bytes link = newlink_up();
  bytes.insert(bytes.end(), link.begin(), link.end());
  EXPECT_EQ(all(bytes).size(), 1U);
}

TEST(LinkMessages, WithoutANameStillCount) {
  Bytes bytes = newlink_up();
  bytes.resize(32);
  bytes[0] = 32;
  EXPECT_EQ(all(bytes), (std::vector<LinkEvent>{{.ifindex = 3, .up = true, .running = true}}));
}

// FAULT-34
TEST(LinkMessages, CutAnywhereGiveNoEventAndSaySo) {
  const Bytes whole = newlink_up();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    LinkMessages messages(std::as_bytes(std::span(whole).first(length)));
    EXPECT_FALSE(messages.next()) << length;
    EXPECT_TRUE(messages.is_malformed()) << length;
  }
}

// FAULT-34
TEST(LinkMessages, WithALengthOfZeroEndTheDatagram) {
  Bytes bytes = newlink_up();
  bytes[0] = 0;
  LinkMessages messages(std::as_bytes(std::span(bytes)));
  EXPECT_FALSE(messages.next());
  EXPECT_TRUE(messages.is_malformed());
}

TEST(LinkMessages, WithAnAttributeLongerThanTheMessageKeepTheFlags) {
  Bytes bytes = newlink_up();
  bytes[32] = 0xff;
  EXPECT_EQ(all(bytes), (std::vector<LinkEvent>{{.ifindex = 3, .up = true, .running = true}}));
}

TEST(LinkMessages, WithATooLongNameGiveItCutAndTerminated) {
  Bytes bytes = newlink_up();
  bytes.resize(32 + 4 + 40, 'x');
  bytes[0] = static_cast<std::uint8_t>(bytes.size());
  bytes[32] = 44;
  std::fill(bytes.begin() + 36, bytes.end(), std::uint8_t{'x'});
  const auto events = all(bytes);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].name, name("xxxxxxxxxxxxxxx"));
}

// FAULT-34: 20,000 damaged datagrams: two events at most of any of them
TEST(LinkMessages, SurviveDamage) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same bytes on every run
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = newlink_up();
    for (int hits = 0; hits < 4; ++hits)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    EXPECT_LE(all(bytes).size(), 2U);
  }
}

// FAULT-34
TEST(LinkSocket, BelievesOnlyTheKernel) {
  base::os::UniqueFd ours{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  base::os::UniqueFd theirs{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  ASSERT_TRUE(ours && theirs);
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  ASSERT_EQ(::bind(ours.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  socklen_t length = sizeof name;
  ASSERT_EQ(::getsockname(ours.get(), reinterpret_cast<sockaddr*>(&name), &length), 0);
  const Bytes bytes = newlink_up();
  if (::sendto(theirs.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&name),
               sizeof name) < 0)
    GTEST_SKIP() << "this kernel lets no process send to another over netlink route";
  std::array<std::byte, 256> buffer;
  EXPECT_EQ(wire::receive_links(ours.get(), buffer).outcome, wire::LinkDatagram::Outcome::kNothing);
}

}  // namespace
