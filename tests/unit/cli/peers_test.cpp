#include "cli/peers.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <filesystem>
#include <fstream>

#include "base/os/clock.hpp"

namespace cli {
namespace {

using base::Address;
using feed::Differs;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWall = 1'795'306'390'000'000'000;  // 2026-11-22 00:13:10 UTC
constexpr std::int64_t kUp = 5'000 * kSecond;

std::uint8_t operator|(Differs a, Differs b) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}

feed::PeerRow peer(std::uint8_t host) {
  feed::PeerRow row;
  row.address = Address::v4(192, 0, 2, host).padded();
  row.family = base::Family::kIpv4;
  row.priority = 150;
  row.version = 3;
  row.interval_ns = kSecond;
  row.address_count = 1;
  row.addresses[0] = Address::v4(192, 0, 2, 100).padded();
  row.first_heard_ns = kUp - 60 * kSecond;
  row.last_heard_ns = row.last_accepted_ns = kUp - 400'000'000;
  row.jitter_ns = 1'250'000;
  row.adverts = 60;
  return row;
}

Peers with(std::vector<feed::PeerRow> rows) {
  Peers peers{.instances = {}, .now = base::Instant::from_ns(kUp), .now_wall_ns = kWall};
  InstancePeers& one = peers.instances.emplace_back();
  feed::put_text(one.row.name, "VI_1");
  feed::put_text(one.row.interface, "crans");
  one.row.vrid = 50;
  one.row.version = 3;
  one.row.family = base::Family::kIpv4;
  one.row.advert_interval_ns = kSecond;
  one.row.effective_priority = 100;
  one.row.addresses = 2;  // one of them excluded from adverts
  one.addresses = {Address::v4(192, 0, 2, 100)};
  one.peers = std::move(rows);
  return peers;
}

TEST(PeersTable, ShowsAPeerThatAgrees) {
  EXPECT_EQ(
      render_peers(with({peer(2)})),
      "INSTANCE  PEER       PRIORITY  VERSION  AUTH  INTERVAL  ADDRESSES  LAST HEARD  JITTER  "
      "ACCEPTED  DROPPED\n"
      "VI_1      192.0.2.2  150       3        none  1.0 s     1          400 ms      1.2 ms  "
      "60        0\n");
}

TEST(PeersTable, ShowsBothValuesOfWhatDiffers) {
  feed::PeerRow other = peer(2);
  other.version = 2;
  other.interval_ns = 2 * kSecond;
  other.auth_type = 1;
  other.address_count = 3;
  other.addresses[1] = Address::v4(192, 0, 2, 101).padded();
  other.addresses[2] = Address::v4(192, 0, 2, 102).padded();
  other.differs = static_cast<std::uint8_t>((Differs::kVersion | Differs::kInterval) |
                                            (Differs::kAuth | Differs::kAddresses));
  const std::string text = render_peers(with({other}));
  EXPECT_NE(text.find("2 (ours 3)  pass (ours none)  2.0 s (ours 1.0 s)  3 (ours 1)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("VI_1: 192.0.2.2: announces 192.0.2.100, 192.0.2.101, 192.0.2.102; ours: "
                      "192.0.2.100\n"),
            std::string::npos)
      << text;
}

TEST(PeersTable, SaysThatAsManyAddressesAreNotTheSame) {
  feed::PeerRow other = peer(2);
  other.addresses[0] = Address::v4(192, 0, 2, 200).padded();
  other.differs = static_cast<std::uint8_t>(Differs::kAddresses);
  EXPECT_NE(render_peers(with({other})).find("1 (not ours)"), std::string::npos);
}

TEST(PeersTable, CountsAddressesThereIsNoRoomToShow) {
  feed::PeerRow other = peer(2);
  other.address_count = 9;
  for (std::uint8_t i = 0; i < feed::kPeerAddresses; ++i)
    other.addresses[i] = Address::v4(10, 0, 0, static_cast<std::uint8_t>(i + 1)).padded();
  other.differs = static_cast<std::uint8_t>(Differs::kAddresses);
  EXPECT_NE(
      render_peers(with({other})).find("10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 5 more; ours"),
      std::string::npos);
}

TEST(PeersTable, NamesWhatWasDroppedAndAWrongClock) {
  feed::PeerRow other = peer(2);
  other.adverts = 0;
  other.jitter_ns = 0;
  other.drops[static_cast<std::size_t>(base::Drop::kTtl)] = 3;
  other.drops[static_cast<std::size_t>(base::Drop::kChecksum)] = 1;
  other.last_drop = base::Drop::kTtl;
  other.clock_bad = 1;
  other.clock_offset_ns = -12 * kSecond;
  const std::string text = render_peers(with({other}));
  EXPECT_NE(text.find("VI_1: 192.0.2.2: dropped: 3 ttl, 1 checksum; its newest advert among them"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("VI_1: 192.0.2.2: its clock is 12 s behind ours"), std::string::npos) << text;
  EXPECT_NE(text.find("-       0         4\n"), std::string::npos) << text;
}

TEST(PeersTable, SaysSoWhenNobodyWasHeard) {
  EXPECT_EQ(render_peers(with({})), "nobody was heard yet\n");
}

TEST(PeersJson, CarriesBothValues) {
  ::setenv("TZ", "UTC0", 1);
  feed::PeerRow other = peer(2);
  other.interval_ns = 2 * kSecond;
  other.differs = static_cast<std::uint8_t>(Differs::kInterval);
  other.drops[static_cast<std::size_t>(base::Drop::kReplay)] = 2;
  const auto json = to_json(with({other}))["instances"][0];
  EXPECT_EQ(json["name"], "VI_1");
  const auto& one = json["peers"][0];
  EXPECT_EQ(one["address"], "192.0.2.2");
  EXPECT_EQ(one["last_heard"], "2026-11-22T00:13:09.600Z");
  EXPECT_EQ(one["jitter_ms"], 1.25);
  EXPECT_EQ(one["dropped"], 2);
  EXPECT_EQ(one["drops"], nlohmann::ordered_json({{"replay", 2}}));
  EXPECT_TRUE(one["last_drop"].is_null());
  EXPECT_EQ(one["differs"], nlohmann::ordered_json::array(
                                {{{"what", "interval"}, {"ours", 1000.0}, {"theirs", 2000.0}}}));
}

// From the files a daemon leaves: the newest heard first, free entries left out, our addresses from the configuration.
TEST(PeersOnTheBoard, AreReadForOneInstanceOrAll) {
  std::string dir = testing::TempDir() + "vigie-peers-XXXXXX";
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  const auto write = [&](const char* name, std::size_t size, const auto& fill) {
    std::vector<std::uint64_t> words(size / 8);
    fill(std::as_writable_bytes(std::span(words)));
    std::ofstream(dir + "/" + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(words.data()), static_cast<std::streamsize>(size));
  };
  const std::string boot = base::os::boot_id();
  write("board", feed::board_bytes(2), [&](std::span<std::byte> memory) {
    feed::format_board(memory, 2, 1, boot, "r");
    feed::BoardWriter writer(memory);
    for (std::size_t i = 0; i < 2; ++i) {
      feed::Row row;
      feed::put_text(row.name, i == 0 ? "VI_1" : "VI_2");
      writer.publish(i, row);
    }
    feed::PeerRow old = peer(3);
    old.last_heard_ns = kUp - 10 * kSecond;
    writer.publish_peer(1, 0, old);
    writer.publish_peer(1, 7, peer(2));
  });
  write("ledger", feed::ledger_bytes(4),
        [&](std::span<std::byte> memory) { feed::format_ledger(memory, 9, boot, 4); });
  const auto facts = Facts::open({.run = dir, .state = dir});
  ASSERT_TRUE(facts);
  config::Model model;
  config::Instance& instance = model.instances.emplace_back();
  instance.name = "VI_2";
  instance.addresses.resize(2);
  instance.addresses[0].prefix.address = Address::v4(192, 0, 2, 100);
  instance.addresses[1].is_advertised = false;
  const base::Instant now = base::Instant::from_ns(kUp);
  EXPECT_EQ(read_peers(*facts, "", &model, now, kWall).instances.size(), 2U);
  EXPECT_TRUE(read_peers(*facts, "VI_3", &model, now, kWall).instances.empty());
  const Peers peers = read_peers(*facts, "VI_2", &model, now, kWall);
  ASSERT_EQ(peers.instances.size(), 1U);
  EXPECT_EQ(peers.instances[0].addresses, std::vector{Address::v4(192, 0, 2, 100)});
  ASSERT_EQ(peers.instances[0].peers.size(), 2U);
  EXPECT_EQ(peers.instances[0].peers[0].address[3], 2);
  EXPECT_EQ(peers.instances[0].peers[1].address[3], 3);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace cli
