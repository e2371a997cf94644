// A keeper without an engine, on a real wire: what it says, to whom it listens, and what it tells the next engine.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/os/clock.hpp"
#include "base/os/mapping.hpp"
#include "engine/assembly.hpp"
#include "engine/authentication.hpp"
#include "engine/core/auth.hpp"
#include "engine/digest/hmac.hpp"
#include "engine/feed/board.hpp"
#include "engine/keeper/guardian.hpp"
#include "tests/unit/keeper/fixture.hpp"
#include "tests/unit/keeper/frames.hpp"

namespace keeper_test {
namespace {

using namespace std::chrono_literals;
using base::Address;
using Bytes = std::vector<std::uint8_t>;

const Address kOurs = Address::v4(198, 51, 100, 1);
const Address kPeer = Address::v4(198, 51, 100, 2);
const Address kGroup = Address::v4(224, 0, 0, 18);

// The board of an engine that was master and has just died.
class DeadEngine {
 public:
  DeadEngine(const KeeperProcess& keeper, base::Duration interval) {
    const int fd =
        ::open((keeper.run_dir() + "/board").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    const base::os::UniqueFd file{fd};
    CHECK(::ftruncate(fd, static_cast<off_t>(feed::board_bytes(1))) == 0, "a board for the test");
    auto mapped = base::os::Mapping::read_write(fd);
    CHECK(mapped, "a board for the test");
    board_ = std::move(*mapped);
    feed::format_board(board_.writable(), 1, keeper.configuration(), base::os::boot_id(), "test");
    const base::Instant now = base::os::now();
    feed::BoardWriter writer(board_.writable());
    feed::Row row;
    row.state = base::State::kMaster;
    row.family = Family::kIpv4;
    row.ifindex = index_of("crans");
    row.source = kOurs.padded();
    row.advert_interval_ns = interval.count();
    row.deadline_ns = (now + interval).ns();
    writer.publish(0, row);
    feed::Global global;
    global.heartbeat_ns = global.engine_started_ns = now.ns();
    writer.publish(global);
  }

 private:
  base::os::Mapping board_;
};

// The other router of the instance, as an engine there would speak.
class Successor {
 public:
  explicit Successor(const config::Model& model)
      : assembly_(*engine::assemble(model)),
        router_(assembly_.routers[0]),
        authenticator_(router_, engine::auth_settings_of(model.instances[0], router_.auth_type),
                       digest::digests()) {}

  void advertise(bool is_signed = true) {
    Bytes room(core::kMaxMessage + core::kMaxSealing);
    std::size_t length = core::build(router_, base::Priority{90}, core::ChecksumForm::kPseudoHeader,
                                     kPeer, kGroup, room);
    if (is_signed) length = authenticator_.seal(room, length, kPeer, kGroup, base::os::wall_ns());
    Bytes packet = frame({.vrid = 50, .length = length}, {});
    std::copy_n(room.begin(), length, packet.end() - static_cast<std::ptrdiff_t>(length));
    (void)wire_.send_many(packet, 1);
  }
  // Priorities of the adverts that came from us, and are accepted here.
  std::vector<std::uint8_t> hear() {
    std::vector<std::uint8_t> priorities;
    const int protocol = router_.auth_type == core::AuthType::kAh ? 51 : 112;
    for (const Bytes& packet : tap_.packets()) {
      if (packet.at(9) != protocol) continue;
      core::Advert advert;
      const core::Packet heard{.message = std::span(packet).subspan(20),
                               .source = kOurs,
                               .destination = kGroup,
                               .ttl = packet[8],
                               .header = std::span(packet).first(20)};
      const base::Instant now = base::os::now();
      const auto verdict = authenticator_.open(
          heard, router_, now, {.now = now, .wall_ns = base::os::wall_ns()}, advert);
      EXPECT_EQ(verdict.drop, base::Drop::kNone);
      priorities.push_back(advert.priority.value);
    }
    return priorities;
  }

 private:
  engine::Assembly assembly_;
  core::Router router_;
  core::Authenticator authenticator_;
  Wire wire_{"far"};
  Tap tap_{"far", ETH_P_IP};
};

class KeeperWithoutEngine : public KeeperInKernel {
 protected:
  static config::Model one_model(base::Duration interval = 1s) {
    config::Model model = small_model();
    model.instances[0].version = 3;
    model.instances[0].advert_interval = interval;
    return model;
  }
  static config::Model signed_model() {
    config::Model model = one_model();
    model.instances[0].hmac = {.keys = {{7, "a secret of sixteen"}}, .active_key = 7, .window = 5s};
    return model;
  }
  void hold(KeeperProcess& keeper) {
    ASSERT_TRUE(keeper.waits_for_caught_up());
    keeper.want(0, true);
    ASSERT_TRUE(keeper.waits_for_held(0, 2));
  }
  static void die_in_a_loop(KeeperProcess& keeper) {
    for (std::size_t i = 0; i < keeper::Guardian::kDeaths; ++i) keeper.engine_dies();
  }
  // Its engines die in a loop, and it says that it stands in for them.
  static void stands_in(KeeperProcess& keeper) {
    keeper.remarks.clear();
    die_in_a_loop(keeper);
    ASSERT_TRUE(keeper.listen_until([&] { return !keeper.remarks.empty(); }));
  }
  static bool holds() {
    return has_address("crans", "198.51.100.254") && has_address("crans", "198.51.100.253");
  }
  static bool is_let_go() {
    return !has_address("crans", "198.51.100.254") && !has_address("crans", "198.51.100.253");
  }
};

TEST_F(KeeperWithoutEngine, SaysPriorityZeroOnceAndLetsGoForASuccessor) {
  KeeperProcess keeper{one_model()};
  hold(keeper);
  Successor peer{one_model()};
  DeadEngine engine{keeper, 1s};
  stands_in(keeper);
  EXPECT_THAT(keeper.remarks[0],
              testing::AllOf(testing::HasSubstr("engines died in a row"),
                             testing::HasSubstr("the keeper stands in for VI_1")));
  EXPECT_EQ(peer.hear(), (std::vector<std::uint8_t>{0}));
  keeper.engine_dies();
  keeper.listen_for(200ms);
  EXPECT_TRUE(holds());
  EXPECT_TRUE(peer.hear().empty()) << "nothing is said twice";

  peer.advertise();
  ASSERT_TRUE(keeper.waits_for_held(0, 0));
  EXPECT_TRUE(is_let_go());

  keeper.hello();
  ASSERT_TRUE(keeper.waits_for_caught_up());
  ASSERT_EQ(keeper.stood_in.size(), 1U);
  const ipc::StoodIn account = keeper.stood_in[0];
  EXPECT_EQ(account.said_zero, 1);
  EXPECT_EQ(account.let_go, 1);
  EXPECT_EQ(account.is_loop, 1);
  EXPECT_EQ(account.peer_priority, 90);
  EXPECT_EQ(account.peer, kPeer.padded());
  EXPECT_GT(account.let_go_ns, account.began_ns);
  // The next engine is master, whatever was done meanwhile: it wants them back.
  keeper.want(0, true);
  ASSERT_TRUE(keeper.waits_for_held(0, 2));
  EXPECT_TRUE(holds());
  keeper.stood_in.clear();
  keeper.hello();
  ASSERT_TRUE(keeper.waits_for_caught_up());
  EXPECT_TRUE(keeper.stood_in.empty()) << "that is over";
}

TEST_F(KeeperWithoutEngine, SignsWhatItSaysAndListensToNobodyWhoDoesNot) {
  KeeperProcess keeper{signed_model()};
  hold(keeper);
  Successor peer{signed_model()};
  DeadEngine engine{keeper, 1s};
  stands_in(keeper);
  EXPECT_EQ(peer.hear(), (std::vector<std::uint8_t>{0}));
  peer.advertise(false);
  keeper.listen_for(200ms);
  EXPECT_TRUE(holds());
  peer.advertise();
  ASSERT_TRUE(keeper.waits_for_held(0, 0));
  EXPECT_TRUE(is_let_go());
}

// All routers of a virtual router count adverts with one counter, and whoever repeats a number is taken for a recording.
TEST_F(KeeperWithoutEngine, BehindAnAuthenticationHeaderTellsTheNextEngineHowFarItHasCounted) {
  config::Model model = one_model();
  model.instances[0].version = 2;
  model.instances[0].auth_type = 2;
  model.instances[0].auth_pass = "secret";
  KeeperProcess keeper{model};
  hold(keeper);
  Successor peer{model};
  DeadEngine engine{keeper, 1s};
  constexpr std::uint64_t kSaid = 1'000;
  keeper.remembers({"crans", Family::kIpv4, 50}, 0, {}, kSaid);
  stands_in(keeper);
  EXPECT_EQ(peer.hear(), (std::vector<std::uint8_t>{0}));
  keeper.hello();
  ASSERT_TRUE(keeper.waits_for_caught_up());
  ASSERT_EQ(keeper.stood_in.size(), 1U);
  EXPECT_EQ(keeper.stood_in[0].key, 0);
  EXPECT_EQ(keeper.stood_in[0].number, kSaid + core::kOwnSkipAh);
}

TEST_F(KeeperWithoutEngine, IsNotFooledByARecordingAfterItWasStartedAgain) {
  KeeperProcess keeper{signed_model()};
  hold(keeper);
  Successor peer{signed_model()};
  DeadEngine engine{keeper, 1s};
  // The engine has accepted a later number than any the recording can hold.
  keeper.remembers({"crans", Family::kIpv4, 50}, 7, kPeer,
                   static_cast<std::uint64_t>(base::os::wall_ns() / 1'000'000'000 + 3) << 32);
  stands_in(keeper);
  peer.advertise();
  keeper.listen_for(200ms);
  EXPECT_TRUE(holds());
}

TEST_F(KeeperWithoutEngine, OfWhichNobodyHasToldItSpeaksWhenTheThirdAdvertIsMissed) {
  KeeperProcess keeper{one_model(100ms)};
  hold(keeper);
  Successor peer{one_model(100ms)};
  const base::Instant last = base::os::now();
  DeadEngine engine{keeper, 100ms};
  keeper.remarks.clear();
  ASSERT_TRUE(keeper.listen_until([&] { return !keeper.remarks.empty(); }));
  EXPECT_GE(base::os::now() - last, 300ms);
  EXPECT_THAT(keeper.remarks[0], testing::HasSubstr("no sign of life of the engine for 0.3 s"));
  EXPECT_EQ(peer.hear(), (std::vector<std::uint8_t>{0}));
  EXPECT_TRUE(holds());
}

TEST_F(KeeperWithoutEngine, WithLeaseStrictLetsGoFirst) {
  auto model = one_model();
  model.safety.lease = config::Safety::Lease::kStrict;
  KeeperProcess keeper{model};
  hold(keeper);
  Successor peer{model};
  DeadEngine engine{keeper, 1s};
  die_in_a_loop(keeper);
  std::vector<std::uint8_t> said;
  ASSERT_TRUE(keeper.listen_until([&] {
    said = peer.hear();
    return !said.empty() || is_let_go();
  }));
  EXPECT_TRUE(is_let_go()) << "before a word is said";
  if (said.empty()) keeper.listen_for(100ms);
  if (said.empty()) said = peer.hear();
  EXPECT_EQ(said, (std::vector<std::uint8_t>{0}));
}

// The keeper dies as well: the one that comes has no engine to ask, and what there is to be said is on the board.
TEST_F(KeeperWithoutEngine, ThatIsStartedAgainGoesOnStandingIn) {
  KeeperProcess keeper{one_model(100ms)};
  hold(keeper);
  Successor peer{one_model(100ms)};
  DeadEngine engine{keeper, 100ms};
  keeper.respawn();
  keeper.remarks.clear();
  ASSERT_TRUE(keeper.listen_until([&] { return !keeper.remarks.empty(); }));
  EXPECT_EQ(peer.hear(), (std::vector<std::uint8_t>{0}));
  peer.advertise();
  ASSERT_TRUE(keeper.listen_until([] { return is_let_go(); }));
}

}  // namespace
}  // namespace keeper_test
