// Lifetimes of virtual addresses in the real kernel.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/check.hpp"
#include "base/os/clock.hpp"
#include "base/os/mapping.hpp"
#include "engine/feed/board.hpp"
#include "engine/keeper/netlink.hpp"
#include "engine/keeper/speaker.hpp"
#include "tests/unit/keeper/fixture.hpp"

namespace keeper_test {
namespace {

using namespace std::chrono_literals;

class KeeperLeases : public KeeperInKernel {
 protected:
  // The shortest lease there is: two seconds, of which one and a half are left at least.
  static config::Model quick_model(config::Safety::Lease how = config::Safety::Lease::kOn) {
    config::Model model = small_model();
    model.instances[0].advert_interval = 100ms;
    model.instances[0].addresses = {virtual_address("198.51.100.254", 24, "crans"),
                                    virtual_address("2001:db8::fe", 64, "crans"),
                                    virtual_address("2001:db8:1::fe", 64, "crans")};
    model.safety.lease = how;
    return model;
  }
  void SetUp() override {
    KeeperInKernel::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(0, run("ip addr add 2001:db8::1/64 dev crans nodad"));
  }
  static nlohmann::json address(const std::string& local) {
    for (const auto& one : addresses_of("crans"))
      if (one.value("local", "") == local) return one;
    return {};
  }
  static bool are_there() {
    return has_address("crans", "198.51.100.254") && has_address("crans", "2001:db8::fe") &&
           has_address("crans", "2001:db8:1::fe");
  }
  // How the route to the prefix ends: "", "for ever", or "expires".
  static std::string route(const std::string& prefix) {
    for (const auto& one : ip("-6 route show dev crans"))
      if (one.value("dst", "") == prefix) return one.contains("expires") ? "expires" : "for ever";
    return "";
  }
};

TEST_F(KeeperLeases, EndByThemselvesWhenNobodyIsLeftAndNotBefore) {
  KeeperProcess keeper{quick_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  for (const char* one : {"198.51.100.254", "2001:db8::fe"}) {
    EXPECT_LE(address(one)["valid_life_time"], 2);
    EXPECT_EQ(address(one)["preferred_life_time"], address(one)["valid_life_time"]);
  }
  // Longer than any of them lasts.
  for (int i = 0; i < 30; ++i) {
    keeper.listen_for(100ms);
    ASSERT_TRUE(are_there()) << "while the keeper lives, after " << i << " tenths of a second";
  }
  keeper.signal(SIGKILL);
  const base::Instant died = base::os::now();
  // Renewed half a second ago at the most, and a keeper that was late by as much.
  while (base::os::now() < died + 1000ms) {
    ASSERT_TRUE(are_there()) << "before a peer has taken over";
    ::usleep(20'000);
  }
  while (has_address("crans", "198.51.100.254") || has_address("crans", "2001:db8::fe") ||
         has_address("crans", "2001:db8:1::fe")) {
    ASSERT_LT(base::os::now(), died + 30s);
    ::usleep(5000);
  }
  std::printf("a lease of 2 s: all gone %.2f s after the keeper died\n",
              static_cast<double>((base::os::now() - died).count()) / 1e9);
  EXPECT_TRUE(has_address("crans", "198.51.100.1"));
  EXPECT_TRUE(has_address("crans", "2001:db8::1"));
  EXPECT_EQ("for ever", route("2001:db8::/64")) << "the host's own is in it too";
}

TEST_F(KeeperLeases, EndWhileTheKeeperIsStoppedAndComeBackWithIt) {
  KeeperProcess keeper{quick_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  keeper.signal(SIGSTOP);
  const base::Instant stopped = base::os::now();
  while (has_address("crans", "198.51.100.254")) {
    ASSERT_LT(base::os::now(), stopped + 30s);
    ::usleep(5000);
  }
  keeper.remarks.clear();
  keeper.signal(SIGCONT);
  ASSERT_TRUE(keeper.listen_until([&] { return are_there() && !keeper.remarks.empty(); }));
  EXPECT_THAT(keeper.remarks.front(), testing::HasSubstr("ran out: renewed "));
  EXPECT_THAT(keeper.remarks.front(), testing::HasSubstr("; put back"));
  EXPECT_TRUE(keeper.restored.empty()) << "nobody took it";
}

TEST_F(KeeperLeases, LeaveNoRouteBehindWhenTheyAreReleased) {
  KeeperProcess keeper{quick_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  EXPECT_EQ("for ever", route("2001:db8::/64"));
  EXPECT_EQ("expires", route("2001:db8:1::/64"));
  keeper.want(0, false);
  ASSERT_TRUE(keeper.waits_for_held(0, 0));
  EXPECT_EQ("for ever", route("2001:db8::/64"));
  EXPECT_EQ("", route("2001:db8:1::/64"));
}

// How many addresses of this host are in the solicited-node group that ends so.
unsigned users_of_group(const std::string& end) {
  std::ifstream file("/proc/self/net/igmp6");
  std::string index, interface, group;
  unsigned users = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    if (words >> index >> interface >> group >> users && interface == "crans" &&
        group == "ff0200000000000000000001ff" + end)
      return users;
  }
  return 0;
}

TEST_F(KeeperLeases, LeaveTheGroupThatTheyShareWithTheHostsOwnAddressWhenTheyAreRemoved) {
  ASSERT_EQ(0, run("ip addr add 2001:db8:2::fe/64 dev crans nodad"));
  auto before = quick_model();
  before.instances[0].advert_interval = 1s;
  KeeperProcess keeper{before};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  ASSERT_TRUE(keeper.listen_until([&] {
    keeper.listen_for(5ms);
    return users_of_group("0000fe") == 3;
  }));
  // As a reload has it: what is named no more is both an orphan and of a former configuration.
  auto after = before;
  for (int i = 0; i < 2; ++i) {
    after.former.push_back({after.instances[0].addresses.back().prefix, "crans", {}});
    after.instances[0].addresses.pop_back();
  }
  ASSERT_TRUE(keeper.reconfigure(after));
  // In the turn in which it hears what is wanted it also looks at everything.
  keeper.signal(SIGSTOP);
  keeper.want(0, true);
  ::usleep(1'100'000);
  keeper.signal(SIGCONT);
  ASSERT_TRUE(keeper.waits_for_held(0, 1));
  ASSERT_TRUE(keeper.listen_until([&] {
    keeper.listen_for(5ms);
    return !has_address("crans", "2001:db8::fe") && !has_address("crans", "2001:db8:1::fe");
  }));
  keeper.listen_for(100ms);
  EXPECT_EQ(1U, users_of_group("0000fe")) << "of the host's own address";
}

TEST_F(KeeperLeases, AreNotAddedByTheRemovalOfWhatIsGone) {
  ASSERT_EQ(0, run("ip addr add 2001:db8:2::fe/64 dev crans nodad"));
  auto netlink = keeper::Netlink::open();
  ASSERT_TRUE(netlink);
  keeper::Request removal;
  removal.verb = keeper::Request::Verb::kRemove;
  removal.index = base::IfIndex{index_of("crans")};
  removal.prefix = {*base::Address::parse("2001:db8::fe"), 64};
  removal.is_leased = true;
  for (int i = 0; i < 20; ++i) {
    const auto errors = netlink->perform({&removal, 1});
    ASSERT_TRUE(errors);
    ASSERT_EQ(std::vector<int>{EADDRNOTAVAIL}, *errors);
  }
  ::usleep(100'000);
  EXPECT_EQ(1U, users_of_group("0000fe"));
}

TEST_F(KeeperLeases, AreTakenUpByTheNextKeeperWithoutAMomentWithoutTheAddress) {
  KeeperProcess keeper{quick_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  for (int i = 0; i < 3; ++i) {
    keeper.respawn();
    for (int tenths = 0; tenths < 25; ++tenths) {
      keeper.listen_for(100ms);
      ASSERT_TRUE(are_there());
    }
  }
}

TEST_F(KeeperLeases, ComeAndGoWithTheConfigurationWhileTheAddressStays) {
  KeeperProcess keeper{quick_model(config::Safety::Lease::kOff)};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  ASSERT_EQ("for ever", route("2001:db8:1::/64"));
  const auto settle_with = [&](config::Safety::Lease how) {
    ASSERT_TRUE(keeper.reconfigure(quick_model(how)));
    keeper.want(0, true);
    ASSERT_TRUE(keeper.waits_for_held(0, 3));
    keeper.listen_for(1500ms);
    ASSERT_TRUE(are_there());
  };
  settle_with(config::Safety::Lease::kOn);
  EXPECT_LE(address("198.51.100.254")["valid_life_time"].get<std::uint32_t>(), 2U);
  EXPECT_EQ("for ever", route("2001:db8::/64"));
  EXPECT_EQ("expires", route("2001:db8:1::/64"));
  settle_with(config::Safety::Lease::kOff);
  EXPECT_GT(address("198.51.100.254")["valid_life_time"].get<std::uint32_t>(), 1U << 30);
  EXPECT_EQ("for ever", route("2001:db8::/64"));
  EXPECT_EQ("for ever", route("2001:db8:1::/64"));
}

TEST_F(KeeperLeases, LeaveTheHostsOwnAddressAsPermanentAsItWas) {
  ASSERT_EQ(0, run("ip addr add 198.51.100.254/24 dev crans"));
  KeeperProcess keeper{quick_model()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  keeper.listen_for(1500ms);
  EXPECT_FALSE(address("198.51.100.254").value("dynamic", false));
  EXPECT_TRUE(address("2001:db8::fe").value("dynamic", false));
}

// A board, and the heartbeat of an engine on it, in the hands of a test.
class Engine {
 public:
  explicit Engine(const std::string& run_dir) {
    const int fd = ::open((run_dir + "/board").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    const base::os::UniqueFd file{fd};
    const std::size_t size = feed::board_bytes(1, 0);
    CHECK(::ftruncate(fd, static_cast<off_t>(size)) == 0, "a board for the test");
    auto mapped = base::os::Mapping::read_write(fd);
    CHECK(mapped, "a board for the test");
    board_ = std::move(*mapped);
    feed::format_board(board_.writable(), 1, 0, base::os::boot_id(), "test");
  }
  void beat() {
    feed::Global global;
    global.heartbeat_ns = base::os::now().ns();
    feed::BoardWriter(board_.writable()).publish(global);
  }

 private:
  base::os::Mapping board_;
};

TEST(KeeperSpeaker, IsNotSilentForTheTimeInWhichWeStoodStillOurselves) {
  const std::string run_dir = testing::TempDir() + "speaker-" + std::to_string(::getpid());
  ASSERT_EQ(0, run("mkdir " + run_dir));
  Engine engine{run_dir};
  base::Instant now = base::os::now();
  keeper::Speaker speaker{run_dir + "/board", now};
  engine.beat();
  now += 10s;
  EXPECT_FALSE(speaker.silence(now)) << "it may have stood still as we did";
  for (int i = 0; i < 39; ++i) EXPECT_FALSE(speaker.silence(now += 100ms)) << i;
  now += 200ms;
  EXPECT_TRUE(speaker.silence(now));
  (void)run("rm -r " + run_dir);
}

TEST_F(KeeperLeases, EndWhenNoEngineSpeaksAndComeBackWithIt) {
  KeeperProcess keeper{quick_model()};
  Engine engine{keeper.run_dir()};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 3));
  // For longer than an engine may be silent.
  for (int i = 0; i < 25; ++i) {
    engine.beat();
    keeper.listen_for(200ms);
  }
  EXPECT_TRUE(keeper.remarks.empty()) << keeper.remarks.front();
  engine.beat();
  const base::Instant died = base::os::now();
  ASSERT_TRUE(keeper.waits_for_held(0, 0) || keeper.waits_for_held(0, 0) ||
              keeper.waits_for_held(0, 0));
  std::printf("gone %.2f s after the engine's last heartbeat\n",
              static_cast<double>((base::os::now() - died).count()) / 1e9);
  // 4 s of patience, and 1.5 s that are left.
  EXPECT_GT(base::os::now(), died + 5400ms);
  keeper.listen_for(1500ms);
  EXPECT_FALSE(has_address("crans", "198.51.100.254")) << "put back while nobody speaks for it";
  engine.beat();
  ASSERT_TRUE(keeper.listen_until([] { return are_there(); }));
}

// CPU time of a process so far, in milliseconds.
double processor_ms(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
  double ns = 0;
  file >> ns;
  return ns / 1e6;
}

TEST_F(KeeperLeases, OfAThousandAddressesCostLittle) {
  const auto cost = [&](int count, bool of_ipv6, config::Safety::Lease how) {
    config::Model model = small_model();
    model.instances[0].addresses.clear();
    for (int i = 0; i < count; ++i) {
      const std::string place = std::to_string(i / 250) + (of_ipv6 ? ":" : ".");
      model.instances[0].addresses.push_back(
          of_ipv6 ? virtual_address("2001:db8:" + place + ":" + std::to_string(1 + i % 250), 128,
                                    "crans")
                  : virtual_address("10.2." + place + std::to_string(1 + i % 250), 32, "crans"));
    }
    model.safety.lease = how;
    KeeperProcess keeper{model};
    EXPECT_TRUE(keeper.waits_for_caught_up());
    keeper.want(0, true);
    EXPECT_TRUE(keeper.waits_for_held(0, static_cast<unsigned>(count)));
    const double before = processor_ms(keeper.pid());
    keeper.listen_for(2s);  // each of them is renewed
    const double spent = (processor_ms(keeper.pid()) - before) / 2;
    keeper.want(0, false);
    EXPECT_TRUE(keeper.waits_for_held(0, 0));
    return spent;
  };
  using enum config::Safety::Lease;
  std::printf(
      "a keeper, in ms of a processor per second: without leases %.1f with 1,000 addresses\n",
      cost(1000, false, kOff));
  for (const bool of_ipv6 : {false, true}) {
    const double hundred = cost(100, of_ipv6, kOn);
    const double thousand = cost(1000, of_ipv6, kOn);
    std::printf("with leases, %s: %.1f with 100, %.1f with 1,000\n", of_ipv6 ? "IPv6" : "IPv4",
                hundred, thousand);
    // Order, not speed: far from a whole processor on any machine that can run the tests.
    EXPECT_LT(thousand, 500.0);
  }
}

}  // namespace
}  // namespace keeper_test
