// What keeps a router that has just come up from taking over: quiet starts, start delays, and links that must last.
#include "engine/feed/memory.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

class EngineAtTheStart : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    model_ = one_instance();
  }
  void TearDown() override { House::since_boot = 1h; }
  void start() {
    house_ = std::make_unique<House>(model_);
    if (knew_peer_)
      feed::Memory(house_->memory())
          .heard({"lan0", base::Family::kIpv4, kVrid}, kPeer, 200, base::os::wall_ns());
    house_->start_engine();
    house_->send_everything();
    ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  }
  bool holds(base::Hold hold) const {
    return (house_->row().holds & static_cast<std::uint8_t>(hold)) != 0;
  }
  config::Model model_;
  bool knew_peer_ = false;
};

TEST_F(EngineAtTheStart, IsQuietAfterBootWhenItKnewAPeerUntilTheCapPasses) {
  knew_peer_ = true;
  model_.safety.quiet_cap = 2500ms;
  House::since_boot = 1min;
  start();
  EXPECT_TRUE(holds(base::Hold::kQuiet));
  EXPECT_GT(house_->row().quiet_until_ns, base::os::now().ns());
  house_->run_for(2 * kDownInterval);  // two times the silence it would have believed
  EXPECT_TRUE(house_->is(State::kBackup));
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  const auto holds = house_->records(Kind::kHold);
  ASSERT_EQ(holds.size(), 2U);
  EXPECT_EQ(feed::get_text(holds[0].subject), "quiet start");
  EXPECT_EQ(holds[0].status, 1);
  EXPECT_EQ(holds[0].duration_ns, 2'500'000'000);
  EXPECT_EQ(holds[1].status, 0);
  EXPECT_EQ(house_->row().quiet_until_ns, 0);
}

TEST_F(EngineAtTheStart, EndsItsQuietStartWhenAnyAdvertIsHeard) {
  knew_peer_ = true;
  House::since_boot = 1min;
  start();
  ASSERT_TRUE(holds(base::Hold::kQuiet));
  peer_->advertise(Peer::Words{.priority = 77, .vrid = 99});
  ASSERT_TRUE(house_->run_until([&] { return !holds(base::Hold::kQuiet); }));
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_EQ(feed::get_text(house_->records(Kind::kHold).back().text), "the LAN was heard");
}

TEST_F(EngineAtTheStart, IsNotKeptQuietByAnAdvertThatNobodyAccepts) {
  knew_peer_ = true;
  House::since_boot = 1min;
  start();
  peer_->advertise(Peer::Words{.priority = 77, .with_good_checksum = false});
  peer_->advertise(Peer::Words{.priority = 77, .vrid = 99, .ttl = 64});
  ASSERT_TRUE(house_->run_until(
      [&] { return house_->global().drops[static_cast<std::size_t>(base::Drop::kTtl)] == 1; }));
  EXPECT_TRUE(holds(base::Hold::kQuiet));
}

TEST_F(EngineAtTheStart, IsNotQuietWhenTheHostHasBeenUpForLong) {
  knew_peer_ = true;
  start();
  EXPECT_FALSE(holds(base::Hold::kQuiet));
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
}

TEST_F(EngineAtTheStart, IsNotQuietWhenItNeverKnewAPeer) {
  House::since_boot = 1min;
  start();
  EXPECT_FALSE(holds(base::Hold::kQuiet));
}

TEST_F(EngineAtTheStart, RemembersAPeerItHasHeard) {
  start();
  say(200);
  EXPECT_TRUE(feed::Memory(house_->memory()).knows_peer({"lan0", base::Family::kIpv4, kVrid}));
}

TEST_F(EngineAtTheStart, WaitsForItsStartDelay) {
  model_.safety.startup_delay = 2s;
  start();
  EXPECT_TRUE(holds(base::Hold::kStartDelay));
  house_->run_for(kDownInterval + 300ms);
  EXPECT_TRUE(house_->is(State::kBackup));
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_EQ(feed::get_text(house_->records(Kind::kHold)[0].subject), "start delay");
}

TEST_F(EngineAtTheStart, CountsTheDelayAfterBootFromTheBoot) {
  model_.safety.delay_after_boot = 60s;
  House::since_boot = 59'400ms;
  start();
  EXPECT_TRUE(holds(base::Hold::kStartDelay));
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  const Duration waited = Duration{house_->records(Kind::kHold)[0].duration_ns};
  EXPECT_EQ(waited, 600ms);
}

TEST_F(EngineAtTheStart, GoesOnWaitingUnderANewEngine) {
  model_.safety.startup_delay = 2s;
  start();
  const std::int64_t until = house_->row().start_delay_until_ns;
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  house_->run_for(300ms);
  EXPECT_TRUE(holds(base::Hold::kStartDelay));
  EXPECT_EQ(house_->row().start_delay_until_ns, until);
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_GE(base::os::now().ns(), until);
  EXPECT_EQ(house_->row().start_delay_until_ns, 0);
}

TEST_F(EngineAtTheStart, BelievesAFlappingLinkOnlyWhenItLasts) {
  model_.interface_delays.push_back({.interface = "lan0", .down = 800ms, .up = 150ms, .at = {}});
  start();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  house_->send_interface(true, false);
  house_->run_for(100ms);
  house_->send_interface(true, true);
  house_->run_for(900ms);
  EXPECT_TRUE(house_->is(State::kMaster));
  EXPECT_TRUE(house_->records(Kind::kLink).empty());
  house_->send_interface(true, false);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kLinkDown);
  ASSERT_EQ(house_->records(Kind::kLink).size(), 1U);
  const Instant up = base::os::now();
  house_->send_interface(true, true);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_GE(base::os::now() - up, 150ms);
}

// What a link has been down for counts on in another configuration, and what it was believed to be stays believed.
TEST_F(EngineAtTheStart, GoesOnWithWhatALinkHasLastedAfterAReload) {
  model_.interface_delays.push_back({.interface = "lan0", .down = 3s, .up = 150ms, .at = {}});
  start();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  const Instant down = base::os::now();
  house_->send_interface(true, false);
  house_->run_for(2s);
  model_.instances[0].priority = 130;
  house_->reload(model_);
  ASSERT_TRUE(house_->run_until([&] {
    const auto answer = house_->reconfigured();
    return answer && answer->done == 1;
  }));
  // The keeper says once more what it is, which is no news.
  house_->run_for(20ms);
  house_->begin();
  house_->send_interface(true, false);
  house_->run_for(20ms);
  EXPECT_TRUE(house_->is(State::kMaster));
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  const Duration lasted = base::os::now() - down;
  EXPECT_EQ(last_transition().cause, Cause::kLinkDown);
  EXPECT_GE(lasted, 3s);
  EXPECT_LT(lasted, 5s) << "it began anew";
}

}  // namespace
