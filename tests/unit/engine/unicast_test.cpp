// Unicast: one advert for each peer, from the configured source, and what is missing for it.
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

const Address kThird = Address::v4(192, 0, 2, 3);

class UnicastEngine : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
  }
  void start(const std::function<void(config::Instance&)>& change) {
    config::Model model = one_instance();
    model.instances[0].unicast_peers = {{.address = kPeer, .at = {}},
                                        {.address = kThird, .at = {}}};
    change(model.instances[0]);
    house_ = std::make_unique<House>(model);
    house_->start_engine();
    house_->send_everything();
  }
};

TEST_F(UnicastEngine, SpeaksToEachPeerAndToNobodyElse) {
  start([](config::Instance& instance) { instance.unicast_ttl = 7; });
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  house_->run_for(2 * kInterval);
  const auto frames = peer_->hear();
  ASSERT_GE(frames.destinations.size(), 2U);
  for (std::size_t i = 0; i + 1 < frames.destinations.size(); i += 2) {
    EXPECT_EQ(frames.destinations[i], kPeer);
    EXPECT_EQ(frames.destinations[i + 1], kThird);
  }
  EXPECT_EQ(frames.last_advert[22], 7);  // TTL
  EXPECT_EQ(house_->row().unicast, 1);
  EXPECT_EQ(house_->row().send_errors, 0U);
}

TEST_F(UnicastEngine, ObeysAMasterThatSpeaksToItsAddress) {
  start([](config::Instance&) {});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  Peer::Words words;
  words.destination = kOurs;
  peer_->advertise(words);
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received == 1; }));
  EXPECT_EQ(house_->row().master_priority, 200);
}

TEST_F(UnicastEngine, DropsMulticastAndCountsIt) {
  start([](config::Instance&) {});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  peer_->advertise(200);
  ASSERT_TRUE(house_->run_until(
      [&] { return house_->row().drops[static_cast<std::size_t>(base::Drop::kMulticast)] == 1; }));
  EXPECT_EQ(house_->row().adverts_received, 0U);
}

TEST_F(UnicastEngine, WithoutPeersIsAFaultWhereThatWasAskedFor) {
  start([](config::Instance& instance) {
    instance.unicast_peers.clear();
    instance.unicast_fault_no_peer = true;
  });
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kNoPeers);
}

// FAULT-31
TEST_F(UnicastEngine, LetsGoWhenItsSourceLeavesTheInterfaceAndReturnsWithIt) {
  start([](config::Instance& instance) {
    instance.source = kOurs;
    instance.track_src_ip = true;
  });
  house_->from_keeper(ipc::Source{.instance = 0, .present = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  house_->from_keeper(ipc::Source{.instance = 0, .present = 0});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kSourceMissing);
  EXPECT_EQ(feed::get_text(last_transition().subject), "192.0.2.1");
  house_->from_keeper(ipc::Source{.instance = 0, .present = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
}

TEST_F(UnicastEngine, IsNoMasterWhenTheKernelWillNotSendFromItsSource) {
  start([](config::Instance& instance) { instance.source = Address::v4(198, 51, 100, 7); });
  house_->from_keeper(ipc::Source{.instance = 0, .present = 0});
  ASSERT_TRUE(house_->run_until([&] { return house_->row().became_master == 1; }));
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kSourceMissing);
  EXPECT_EQ(feed::get_text(last_transition().subject), "198.51.100.7");
  EXPECT_GT(house_->row().send_errors, 0U);
  EXPECT_TRUE(peer_->hear().adverts.empty());
  // It is on the interface now.
  house_->from_keeper(ipc::Source{.instance = 0, .present = 1});
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
}

TEST_F(UnicastEngine, SpeaksFromASourceThatIsElsewhereOnThisHost) {
  start([](config::Instance& instance) { instance.source = Address::v4(198, 51, 100, 9); });
  house_->from_keeper(ipc::Source{.instance = 0, .present = 0});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  house_->run_for(2 * kInterval);
  EXPECT_TRUE(house_->is(State::kMaster));
}

TEST_F(UnicastEngine, TellsTwoVirtualRoutersOfOneVridApartByTheirPeers) {
  config::Model model = one_instance();
  model.instances[0].unicast_peers = {{.address = kPeer, .at = {}}};
  model.instances.push_back(model.instances[0]);
  model.instances[1].name = "VI_2";
  model.instances[1].unicast_peers = {{.address = kThird, .at = {}}};
  house_ = std::make_unique<House>(model);
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row(1).state == State::kBackup; }));
  Peer::Words words;
  words.destination = kOurs;
  words.source = kThird;
  peer_->advertise(words);
  ASSERT_TRUE(house_->run_until([&] { return house_->row(1).adverts_received == 1; }));
  EXPECT_EQ(house_->row(0).adverts_received, 0U);
}

}  // namespace
