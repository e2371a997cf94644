// Signed adverts: what is believed, what is sent, and what a new engine still knows.
#include "engine/core/auth.hpp"
#include "engine/digest/hmac.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Drop;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

constexpr std::string_view kSecret = "a secret of thirty-two letters..";

// A router on the other end that signs as we do.
class Signer {
 public:
  Signer() : auth_(router(), settings(), digest::digests()) {}

  static core::Router router() {
    core::Router router;
    router.vrid = base::Vrid{kVrid};
    router.version = core::Version::kV3;
    router.advert_interval = kInterval;
    router.auth_type = core::AuthType::kHmac;
    router.addresses.push_back(kVirtual);
    return router;
  }
  static core::AuthSettings settings() {
    core::AuthSettings settings;
    settings.keys.push_back(
        {.id = 1,
         .secret = {reinterpret_cast<const std::uint8_t*>(kSecret.data()), kSecret.size()}});
    settings.active_key = 1;
    return settings;
  }
  void seal(std::vector<std::uint8_t>& message) {
    const std::size_t length = message.size();
    message.resize(length + core::kMaxSealing);
    message.resize(auth_.seal(message, length, kPeer, core::multicast_group(base::Family::kIpv4),
                              base::os::wall_ns()));
    last = message;
  }
  core::Verdict open(const std::vector<std::uint8_t>& frame) {
    core::Advert advert;
    const core::Packet packet{.message = std::span(frame).subspan(34),
                              .source = kOurs,
                              .destination = core::multicast_group(base::Family::kIpv4),
                              .ttl = 255,
                              .own = kPeer,
                              .header = std::span(frame).subspan(14, 20)};
    const base::Instant now = base::os::now();
    return auth_.open(packet, router(), now, {.now = now, .wall_ns = base::os::wall_ns()}, advert);
  }
  // Of the engine, or of whoever spoke in its name.
  void has_taken(std::uint64_t number) {
    ASSERT_TRUE(auth_.remember({.key = 1, .signer = kOurs, .number = number}, base::os::now()));
  }
  std::vector<std::uint8_t> last;  // as it was sent

 private:
  core::Authenticator auth_;
};

class SigningEngine : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    config::Model model = one_instance();
    model.instances[0].hmac.keys = {{.id = 1, .secret = std::string(kSecret)}};
    model.instances[0].hmac.active_key = 1;
    model.instances[0].hmac.window = 5s;
    house_ = std::make_unique<House>(model);
  }
  void TearDown() override { House::clock_ahead_ns = 0; }
  void start() {
    house_->start_engine();
    house_->send_everything();
    ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  }
  void has_spoken_as_master() {
    ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
    house_->run_for(2 * kInterval);
    ASSERT_EQ(signer_.open(peer_->hear().last_advert).drop, Drop::kNone);
  }
  // The next adverts of its own, `count` at least.
  std::vector<std::vector<std::uint8_t>> hear(std::size_t count) {
    std::vector<std::vector<std::uint8_t>> said;
    EXPECT_TRUE(house_->run_until([&] {
      const auto heard = peer_->hear().all_adverts;
      said.insert(said.end(), heard.begin(), heard.end());
      return said.size() >= count;
    }));
    return said;
  }
  void say_signed() {
    Peer::Words words;
    words.sealed = [&](std::vector<std::uint8_t>& message) { signer_.seal(message); };
    peer_->advertise(words);
  }
  void say_again() {
    Peer::Words words;
    words.sealed = [&](std::vector<std::uint8_t>& message) { message = signer_.last; };
    peer_->advertise(words);
  }
  std::uint64_t drops(Drop reason) const {
    return house_->row().drops[static_cast<std::size_t>(reason)];
  }
  Signer signer_;
};

TEST_F(SigningEngine, BelievesASignedAdvertAndNoOther) {
  start();
  peer_->advertise(200);
  ASSERT_TRUE(house_->run_until([&] { return drops(Drop::kAuthMissing) == 1; }));
  EXPECT_EQ(house_->row().adverts_received, 0U);
  EXPECT_EQ(house_->row().master_priority, 0);
  say_signed();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received == 1; }));
  EXPECT_EQ(house_->row().master_priority, 200);
  EXPECT_EQ(house_->row().auth_type, 3);
}

TEST_F(SigningEngine, SignsWhatItSaysWithNumbersThatGrow) {
  start();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  for (int i = 0; i < 3; ++i) {
    (void)peer_->hear();
    house_->run_for(kInterval);
    const auto frames = peer_->hear();
    ASSERT_FALSE(frames.adverts.empty());
    EXPECT_EQ(signer_.open(frames.last_advert).drop, Drop::kNone);
  }
}

// FAULT-19
TEST_F(SigningEngine, RefusesARecordingAlsoAfterItsEngineDied) {
  start();
  say_signed();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received == 1; }));
  say_again();
  ASSERT_TRUE(house_->run_until([&] { return drops(Drop::kReplay) == 1; }));
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  say_again();
  ASSERT_TRUE(house_->run_until([&] { return drops(Drop::kReplay) == 2; }));
  EXPECT_EQ(house_->row().adverts_received, 1U);
}

TEST_F(SigningEngine, GoesOnWithItsOwnNumbersWhenANewEngineHasAClockBehind) {
  start();
  has_spoken_as_master();
  house_->kill_engine();
  House::clock_ahead_ns = -2'000'000'000;
  house_->start_engine();
  house_->send_everything();
  (void)peer_->hear();
  const auto said = hear(3);
  ASSERT_GE(said.size(), 3U);
  // It begins above what it may have said last. From then on it is ahead of its clock by more than the window, and every
  // advert goes out twice, the second for those who forget marks.
  EXPECT_EQ(signer_.open(said[0]).drop, Drop::kNone);
  EXPECT_EQ(signer_.open(said[1]).drop, Drop::kNone);
  EXPECT_EQ(signer_.open(said[2]).drop, Drop::kReplay);
}

// FAULT-18
TEST_F(SigningEngine, KeepsDownBeforeARouterWhoseClockIsWrongAndSaysSo) {
  start();
  say_signed();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received == 1; }));
  House::clock_ahead_ns = -60'000'000'000;  // to us the peer is a minute ahead now
  for (int i = 0; i < 8; ++i) {
    say_signed();
    house_->run_for(kInterval);
  }
  EXPECT_TRUE(house_->is(State::kBackup));
  EXPECT_GT(house_->row().clock_bad, 0U);
  const auto records = house_->records(Kind::kClock);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].status, 1);
  EXPECT_EQ(feed::peer_of(records[0]), kPeer);
  EXPECT_NEAR(static_cast<double>(records[0].duration_ns), 60e9, 1e9);
  EXPECT_TRUE(house_->run_until([&] { return house_->peer(kPeer).clock_bad == 1; }));
}

TEST_F(SigningEngine, SpeaksBehindAnAuthenticationHeaderWhereThatIsConfigured) {
  config::Model model = one_instance();
  model.instances[0].version = 2;
  model.instances[0].advert_interval = 1s;
  model.instances[0].priority = 255;  // at once
  model.instances[0].auth_type = 2;
  model.instances[0].auth_pass = "secret";
  house_ = std::make_unique<House>(model);
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_sent > 0; }));
  const auto frames = peer_->hear();
  EXPECT_EQ(frames.behind_ah, 1U);
  ASSERT_EQ(frames.adverts.size(), 1U);
  EXPECT_EQ(frames.adverts[0], 255);
  EXPECT_EQ(frames.destinations[0], core::multicast_group(base::Family::kIpv4));
  EXPECT_EQ(house_->row().send_errors, 0U);
}

// --- Another configuration ----------------------------------------------------------------------------------------------

class SigningEngineAfterAnInterim : public SigningEngine {
 protected:
  void SetUp() override {
    SigningEngine::SetUp();
    if (IsSkipped()) return;
    start();
    has_spoken_as_master();
    house_->kill_engine();
    signer_.has_taken(number_);
  }
  void start_and_tell() {
    house_->start_engine();
    house_->begin();
    house_->from_keeper(
        ipc::StoodIn{.instance = 0, .said_zero = 1, .key = 1, .began_ns = 1, .number = number_});
  }
  void speaks_and_is_believed() {
    (void)peer_->hear();
    const auto said = hear(1);
    ASSERT_GE(said.size(), 1U);
    EXPECT_EQ(signer_.open(said[0]).drop, Drop::kNone);
  }
  // What the keeper has said. Ahead of the clock, as numbers are after a clock has been put right.
  std::uint64_t number_ = static_cast<std::uint64_t>(base::os::wall_ns() / 1'000'000'000 + 3) << 32;
};

TEST_F(SigningEngineAfterAnInterim, GoesOnBehindWhatTheKeeperSaid) {
  start_and_tell();
  house_->send_sockets();
  house_->send_interface();
  house_->send_caught_up();
  speaks_and_is_believed();
}

TEST_F(SigningEngineAfterAnInterim, AnotherGoesOnThereWhenItDiedBeforeItSpoke) {
  start_and_tell();
  house_->run_for(60ms);
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  speaks_and_is_believed();
}

class SigningEngineReloaded : public SigningEngine {
 protected:
  void reload(config::Model model) {
    house_->reload(std::move(model));
    std::optional<ipc::Reconfigured> answer;
    ASSERT_TRUE(house_->run_until([&] { return (answer = house_->reconfigured()).has_value(); }));
    ASSERT_EQ(answer->done, 1) << feed::get_text(answer->text);
  }
  config::Model other_priority() const {
    config::Model model = house_->model();
    model.instances[0].priority = 130;
    return model;
  }
};

// FAULT-19
TEST_F(SigningEngineReloaded, RefusesARecordingOfTheTimeBefore) {
  start();
  say_signed();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received == 1; }));
  reload(other_priority());
  say_again();
  ASSERT_TRUE(house_->run_until([&] { return drops(Drop::kReplay) == 1; }));
  say_signed();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received == 2; }));
  // With one more key everything is set up anew, and remembered all the same.
  config::Model model = house_->model();
  model.instances[0].hmac.keys.push_back({.id = 2, .secret = "another secret of thirty-two...."});
  reload(model);
  say_again();
  ASSERT_TRUE(house_->run_until([&] { return drops(Drop::kReplay) == 2; }));
  EXPECT_EQ(house_->row().adverts_received, 2U);
}

TEST_F(SigningEngineReloaded, GoesOnWithItsOwnNumbers) {
  start();
  has_spoken_as_master();
  // Without its numbers it would begin at a clock that is behind, and nobody would believe it.
  House::clock_ahead_ns = -2'000'000'000;
  reload(other_priority());
  const auto said = hear(2);
  ASSERT_GE(said.size(), 2U);
  EXPECT_EQ(signer_.open(said[0]).drop, Drop::kNone);
}

// The ear behind the header is one of its own, and stays open with the other.
TEST_F(SigningEngineReloaded, SpeaksOnBehindAnAuthenticationHeaderBeforeTheKeeperHasCaughtUp) {
  config::Model model = one_instance();
  model.instances[0].version = 2;
  model.instances[0].advert_interval = 1s;
  model.instances[0].priority = 255;
  model.instances[0].auth_type = 2;
  model.instances[0].auth_pass = "secret";
  house_ = std::make_unique<House>(model);
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_sent > 0; }));
  (void)peer_->hear();
  model.instances[0].priority = 254;
  reload(model);
  const auto frames = peer_->hear();
  EXPECT_EQ(frames.behind_ah, 1U);
  ASSERT_EQ(frames.adverts.size(), 1U);
  EXPECT_EQ(frames.adverts[0], 254);
  EXPECT_EQ(house_->row().send_errors, 0U);
}

}  // namespace
