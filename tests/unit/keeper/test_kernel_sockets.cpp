// What the sockets of a vigie-keeper hear and what they do not, with packets on a real wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <set>
#include <thread>

#include "base/os/clock.hpp"
#include "engine/keeper/open.hpp"
#include "engine/keeper/report.hpp"
#include "engine/keeper/sockets.hpp"
#include "engine/wire/advert_socket.hpp"
#include "tests/unit/keeper/fixture.hpp"
#include "tests/unit/keeper/frames.hpp"

namespace keeper_test {
namespace {

using base::Address;
using testing::ElementsAre;

// The VRIDs of all messages waiting in a socket of this family; 0 of one too short for a VRID.
std::vector<unsigned> waiting_vrids(int socket, Family family, std::size_t before = 0) {
  std::vector<unsigned> vrids;
  std::uint8_t buffer[512];
  ::usleep(20'000);
  for (;;) {
    const ssize_t length = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (length < 0) return vrids;
    const std::size_t at = (family == Family::kIpv4 ? 20U : 0U) + before + 1;
    vrids.push_back(static_cast<std::size_t>(length) > at ? buffer[at] : 0U);
  }
}

class KeeperSockets : public KeeperInKernel, public testing::WithParamInterface<Family> {
 protected:
  static bool is_ipv4() { return GetParam() == Family::kIpv4; }
  static Address ours() {
    return is_ipv4() ? Address::v4(198, 51, 100, 1) : *Address::parse("2001:db8::1");
  }
  void SetUp() override {
    KeeperInKernel::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(0, run("ip addr add 2001:db8::1/64 dev crans nodad && "
                     "ip addr add fe80::1/64 dev crans nodad"));
  }
  static config::Model model() {
    auto made = small_model();
    made.instances[0].family = GetParam();
    made.instances.push_back(instance("VI_2", "crans", 52));
    made.instances[1].family = GetParam();
    made.instances[1].addresses = {virtual_address("198.51.100.252", 24, "crans")};
    return made;
  }
  static void make_unicast(config::Instance& instance) {
    config::UnicastPeer peer;
    peer.address = is_ipv4() ? Address::v4(198, 51, 100, 2) : *Address::parse("2001:db8::2");
    instance.unicast_peers = {peer};
  }
  // The sockets of a keeper with this model, and a wire to say something on.
  struct Listening {
    explicit Listening(const config::Model& model) : keeper(model), wire("far") {
      EXPECT_TRUE(keeper.waits_for_caught_up());
      ours = keeper.advert_socket("crans", GetParam());
      stray = keeper.stray_socket("crans", GetParam());
      EXPECT_GE(ours, 0);
      EXPECT_GE(stray, 0);
      (void)waiting_vrids(ours, GetParam());
      (void)waiting_vrids(stray, GetParam());
    }
    void say(Words words) {
      words.family = GetParam();
      wire.send(words);
    }
    std::vector<unsigned> heard() const { return waiting_vrids(ours, GetParam()); }
    std::vector<unsigned> strays() const { return waiting_vrids(stray, GetParam()); }
    KeeperProcess keeper;
    Wire wire;
    int ours = -1, stray = -1;
  };
};
INSTANTIATE_TEST_SUITE_P(BothFamilies, KeeperSockets, testing::Values(Family::kIpv4, Family::kIpv6),
                         [](const auto& param) {
                           return param.param == Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(KeeperSockets, SortWhatIsOursFromWhatIsNot) {
  Listening listening{model()};
  listening.say({.vrid = 50});
  listening.say({.vrid = 51});  // not ours
  listening.say({.vrid = 52, .length = 8});
  listening.say({.vrid = 50, .length = 2});  // too short for a message, and counted as that
  listening.say({.vrid = 52, .ttl = 64});    // from afar
  listening.say({.vrid = 50, .length = 1});  // no VRID to be seen
  EXPECT_THAT(listening.heard(), ElementsAre(50, 52, 50));
  EXPECT_THAT(listening.strays(), ElementsAre(51, 52, 0));
}

TEST_P(KeeperSockets, TakeUnicastAdvertsFromAfarAndHearNoGroupWhereAllIsUnicast) {
  auto unicast = model();
  make_unicast(unicast.instances[0]);
  make_unicast(unicast.instances[1]);
  Listening listening{unicast};
  listening.say({.vrid = 50, .ttl = 3, .destination = ours()});
  listening.say({.vrid = 51, .ttl = 3, .destination = ours()});
  listening.say({.vrid = 52, .destination = ours()});
  listening.say({.vrid = 50});  // to the group
  EXPECT_THAT(listening.heard(), ElementsAre(50, 52));
  EXPECT_THAT(listening.strays(), ElementsAre(51));
}

TEST_P(KeeperSockets, ServeUnicastAndMulticastTogether) {
  auto both = model();
  make_unicast(both.instances[1]);
  Listening listening{both};
  listening.say({.vrid = 50});
  listening.say({.vrid = 50, .ttl = 64});
  listening.say({.vrid = 52, .ttl = 64, .destination = ours()});
  EXPECT_THAT(listening.heard(), ElementsAre(50, 52));
  EXPECT_THAT(listening.strays(), ElementsAre(50));
}

TEST_P(KeeperSockets, HearTheGroupsOfTheirInstancesAndNoOthers) {
  const Address custom = is_ipv4() ? Address::v4(224, 0, 1, 99) : *Address::parse("ff02::99");
  const Address other = is_ipv4() ? Address::v4(224, 0, 1, 98) : *Address::parse("ff02::98");
  // Another program of this host is a member of that one.
  const base::os::UniqueFd member{::socket(is_ipv4() ? AF_INET : AF_INET6, SOCK_DGRAM, 0)};
  ASSERT_TRUE(keeper::join(member, "crans", base::IfIndex{index_of("crans")}, other));
  auto custom_only = model();
  for (auto& instance : custom_only.instances) instance.multicast_group = custom;
  {
    Listening listening{custom_only};
    listening.say({.vrid = 50});
    listening.say({.vrid = 52, .destination = custom});
    // A raw IPv6 socket hears every group the host is in; the ladder looks at destinations.
    if (is_ipv4()) listening.say({.vrid = 52, .destination = other});
    listening.say({.vrid = 51, .destination = custom});
    EXPECT_THAT(listening.heard(), ElementsAre(52));
    EXPECT_THAT(listening.strays(), ElementsAre(51));
  }
  auto mixed = model();
  mixed.instances[1].multicast_group = custom;
  Listening listening{mixed};
  listening.say({.vrid = 50});
  listening.say({.vrid = 52, .destination = custom});
  EXPECT_THAT(listening.heard(), ElementsAre(50, 52));
}

TEST_P(KeeperSockets, AreGivenToTheNextEngineWithWhatTheirQueuesHold) {
  Listening listening{model()};
  listening.say({.vrid = 50});
  listening.say({.vrid = 51});
  listening.keeper.sockets.clear();  // the engine died, and its descriptors with it
  listening.keeper.hello();
  ASSERT_TRUE(listening.keeper.waits_for_caught_up());
  EXPECT_THAT(waiting_vrids(listening.keeper.advert_socket("crans", GetParam()), GetParam()),
              ElementsAre(50));
  EXPECT_THAT(waiting_vrids(listening.keeper.stray_socket("crans", GetParam()), GetParam()),
              ElementsAre(51));
}

TEST_P(KeeperSockets, HearAgainAfterTheLinkWasDown) {
  Listening listening{model()};
  ASSERT_EQ(0, run("ip link set crans down"));
  ASSERT_TRUE(
      listening.keeper.listen_until([&] { return listening.keeper.interfaces["crans"].up == 0; }));
  ASSERT_EQ(0, run("ip link set crans up"));
  ASSERT_TRUE(listening.keeper.listen_until(
      [&] { return listening.keeper.interfaces["crans"].running == 1; }));
  (void)listening.heard();
  listening.say({.vrid = 50});
  EXPECT_THAT(listening.heard(), ElementsAre(50));
}

TEST_P(KeeperSockets, AreTheSameAfterAReloadAndHearWhatItNames) {
  Listening listening{model()};  // of 50 and 52
  listening.say({.vrid = 50});
  const auto inode_of = [](int socket) {
    struct stat facts {};
    EXPECT_EQ(0, ::fstat(socket, &facts));
    return facts.st_ino;
  };
  const auto ours_before = inode_of(listening.ours);
  const auto stray_before = inode_of(listening.stray);
  auto other = model();
  other.instances[1].vrid = 51;
  ASSERT_TRUE(listening.keeper.reconfigure(other));
  const int now_ours = listening.keeper.advert_socket("crans", GetParam());
  const int now_stray = listening.keeper.stray_socket("crans", GetParam());
  EXPECT_EQ(ours_before, inode_of(now_ours));
  EXPECT_EQ(stray_before, inode_of(now_stray));
  listening.say({.vrid = 51});
  listening.say({.vrid = 52});
  EXPECT_THAT(waiting_vrids(now_ours, GetParam()), ElementsAre(50, 51));
  EXPECT_THAT(waiting_vrids(now_stray, GetParam()), ElementsAre(52));
}

TEST_P(KeeperSockets, JoinAndLeaveTheGroupsOfAReload) {
  const Address custom = is_ipv4() ? Address::v4(224, 0, 1, 99) : *Address::parse("ff02::99");
  const Address usual = is_ipv4() ? Address::v4(224, 0, 0, 18) : *Address::parse("ff02::12");
  const base::IfIndex crans{index_of("crans")};
  Listening listening{model()};
  auto other = model();
  for (auto& instance : other.instances) instance.multicast_group = custom;
  ASSERT_TRUE(listening.keeper.reconfigure(other));
  const auto groups = keeper::KernelGroups::read();
  EXPECT_FALSE(groups.lacks(crans, custom));
  EXPECT_TRUE(groups.lacks(crans, usual));
  listening.say({.vrid = 50, .destination = custom});
  EXPECT_THAT(waiting_vrids(listening.keeper.advert_socket("crans", GetParam()), GetParam()),
              ElementsAre(50));
}

TEST_P(KeeperSockets, OfAnInterfaceThatAReloadBringsAreOpenedWithIt) {
  ASSERT_EQ(0, run("ip link add crans.3 type veth peer name far3 && ip link set crans.3 up"));
  Listening listening{model()};
  auto more = model();
  more.instances.push_back(instance("VI_3", "crans.3", 60));
  more.instances.back().family = GetParam();
  ASSERT_TRUE(listening.keeper.reconfigure(more));
  EXPECT_GE(listening.keeper.advert_socket("crans.3", GetParam()), 0);
  EXPECT_EQ(listening.keeper.interfaces["crans.3"].ifindex, index_of("crans.3"));
}

// 100,000 packets a second for half a second, looked at every 50 ms and at most 64 at a time, as the engine does.
// FAULT-52
TEST_P(KeeperSockets, CountJunkToThePacketWithoutWork) {
  Listening listening{model()};
  Words words;
  words.family = GetParam();
  words.vrid = 99;
  const auto junk = frame(words, mac_of("crans"));
  constexpr std::size_t kBursts = 500;
  constexpr std::size_t kBurst = 100;
  wire::LostPackets lost;
  (void)lost.since(wire::lost_packets(listening.stray).value_or(0));
  std::atomic<std::size_t> sent = 0;
  std::atomic<bool> is_over = false;
  std::thread flood([&] {
    const base::Instant start = base::os::now();
    for (std::size_t i = 0; i < kBursts; ++i) {
      sent += listening.wire.send_many(junk, kBurst);
      while (base::os::now() < start + (i + 1) * std::chrono::milliseconds{1}) {
      }
    }
    is_over = true;
  });

  rusage before{}, after{};
  (void)::getrusage(RUSAGE_THREAD, &before);
  const base::Instant start = base::os::now();
  wire::Receiver receiver;
  std::uint64_t read = 0, gone = 0;
  const auto look = [&] {
    const auto batch = receiver.receive(
        listening.stray, GetParam(),
        {.now = base::os::now(), .wall_now_ns = base::os::wall_ns(), .not_before = {}});
    EXPECT_EQ(0, batch.error);
    read += batch.datagrams.size();
    if (batch.lost) gone += lost.since(*batch.lost);
    return batch.drained;
  };
  while (!is_over) {
    ::usleep(50'000);
    (void)look();
  }
  flood.join();
  const double seconds = static_cast<double>((base::os::now() - start).count()) / 1e9;
  while (!look()) {
  }
  // What the queue lost after the last packet it took, no packet tells.
  gone += lost.since(*wire::lost_packets(listening.stray));
  (void)::getrusage(RUSAGE_THREAD, &after);

  std::uint64_t dropped_by_wire = 0;
  for (const auto& link : ip("-s link show dev far"))
    dropped_by_wire = link["stats64"]["tx"]["dropped"].get<std::uint64_t>();
  EXPECT_EQ(sent - dropped_by_wire, read + gone);
  EXPECT_GT(gone, 0U) << "the queue of the stray side is small";
  EXPECT_TRUE(listening.heard().empty());
  const auto us = [](const timeval& time) { return time.tv_sec * 1'000'000 + time.tv_usec; };
  std::printf("%.0f packets/s for %.2f s: %llu read, %llu counted, %ld us user, %ld us system\n",
              static_cast<double>(sent) / seconds, seconds, static_cast<unsigned long long>(read),
              static_cast<unsigned long long>(gone), us(after.ru_utime) - us(before.ru_utime),
              us(after.ru_stime) - us(before.ru_stime));
}

std::uint32_t receive_buffer(int socket) {
  int value = 0;
  socklen_t length = sizeof value;
  EXPECT_EQ(0, ::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &value, &length));
  return static_cast<std::uint32_t>(value);
}

TEST_P(KeeperSockets, HoldSeveralThousandAdvertsAndAFewStrays) {
  Listening listening{model()};
  Words words;
  words.family = GetParam();
  const auto ours = frame(words, mac_of("crans"));
  words.vrid = 99;
  const auto stray = frame(words, mac_of("crans"));
  EXPECT_EQ(2000U, listening.wire.send_many(ours, 2000));
  EXPECT_EQ(2000U, listening.wire.send_many(stray, 2000));
  EXPECT_EQ(2000U, listening.heard().size());
  const std::size_t strays = listening.strays().size();
  EXPECT_GE(strays, 4U);
  EXPECT_LE(strays, 64U);
}

// Where the administrator's limit cannot be passed (a user namespace), it is what an operator gets at most.
TEST_P(KeeperSockets, HaveTheBufferAnOperatorAsksForWhenItIsLarger) {
  auto large = model();
  large.instances[1].receive_buffer = 24 * 1024 * 1024;
  auto small = model();
  small.instances[1].receive_buffer = 4096;
  const std::uint32_t usual = receive_buffer(Listening{model()}.ours);
  EXPECT_EQ(usual, receive_buffer(Listening{small}.ours));
  const std::uint32_t larger = receive_buffer(Listening{large}.ours);
  int limit = 0;
  // NOLINTNEXTLINE(cert-err34-c): a number of the kernel's
  if (std::FILE* file = std::fopen("/proc/sys/net/core/rmem_max", "r"); file != nullptr) {
    EXPECT_EQ(1, std::fscanf(file, "%d", &limit));
    std::fclose(file);
  }
  EXPECT_TRUE(larger == 48U * 1024 * 1024 || larger == 2U * static_cast<std::uint32_t>(limit))
      << larger;
  EXPECT_GE(larger, usual);
}

// In a user namespace nobody passes the administrator's limit, which on no host is that large.
TEST_F(KeeperInKernel, IsToldOnceWhenTheHostAllowsNoQueueOfTheWantedSize) {
  constexpr int kWanted = 0x3fffffff;
  auto model = small_model();
  model.instances[0].receive_buffer = kWanted;
  model.instances.push_back(instance("VI_6", "crans", 52));
  model.instances[1].family = Family::kIpv6;
  const base::os::UniqueFd probe{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 112)};
  const bool passes_limit =
      ::setsockopt(probe.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kWanted, sizeof kWanted) == 0;

  auto sockets = keeper::Sockets::open(model);
  ASSERT_TRUE(sockets);
  const auto errors = sockets->follow("crans", base::IfIndex{::if_nametoindex("crans")});
  if (passes_limit) {
    EXPECT_TRUE(errors.empty());
    return;
  }
  ASSERT_EQ(1U, errors.size());
  EXPECT_THAT(base::to_string(errors[0]),
              testing::HasSubstr("size the queue for adverts on crans"));
  EXPECT_THAT(base::to_string(errors[0]), testing::HasSubstr("of 1048575 KiB"));
  EXPECT_THAT(base::to_string(errors[0]), testing::HasSubstr("net.core.rmem_max"));
}

TEST_F(KeeperInKernel, HearsAdvertsBehindAuthenticationHeadersOnASocketOfTheirOwn) {
  auto model = small_model();
  model.instances[0].auth_type = 2;
  model.instances.push_back(instance("VI_2", "crans", 52));
  KeeperProcess keeper{model};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  const int plain = keeper.advert_socket("crans", Family::kIpv4);
  const int ah = keeper.advert_socket("crans", Family::kIpv4, 51);
  const int stray = keeper.stray_socket("crans", Family::kIpv4, 51);
  ASSERT_GE(ah, 0);
  Wire wire{"far"};
  wire.send({.vrid = 50, .has_ah = true});
  wire.send({.vrid = 50});                                     // counted as a mismatch
  wire.send({.vrid = 52, .has_ah = true});                     // likewise
  wire.send({.vrid = 51, .has_ah = true});                     // not ours
  wire.send({.vrid = 50, .ttl = 254, .has_ah = true});         // from afar
  wire.send({.vrid = 50, .has_ah = true, .next_header = 50});  // no VRRP
  EXPECT_THAT(waiting_vrids(ah, Family::kIpv4, 24), ElementsAre(50, 52));
  EXPECT_THAT(waiting_vrids(stray, Family::kIpv4, 24), ElementsAre(51, 50));
  EXPECT_THAT(waiting_vrids(plain, Family::kIpv4), ElementsAre(50));
}

TEST_F(KeeperInKernel, GivesTwoSocketsPerInterfaceAndFamilyOneForFramesAndOneForLinks) {
  auto model = small_model();
  model.instances.push_back(instance("VI_2", "crans", 51));
  model.instances.push_back(instance("VI_6", "crans", 50));
  model.instances[2].family = Family::kIpv6;
  KeeperProcess keeper{model};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  std::multiset<std::tuple<int, int, int>> given;
  for (const auto& [description, descriptor] : keeper.sockets)
    given.emplace(static_cast<int>(description.kind), static_cast<int>(description.family),
                  description.protocol);
  EXPECT_EQ((std::multiset<std::tuple<int, int, int>>{
                {1, 4, 112}, {1, 6, 112}, {2, 0, 0}, {3, 0, 0}, {4, 4, 112}, {4, 6, 112}}),
            given);
}

}  // namespace
}  // namespace keeper_test
