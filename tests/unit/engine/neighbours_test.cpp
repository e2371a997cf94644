// Who else is there: the table of peers, what they have configured differently, a second master, and strangers.
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Drop;
using base::State;
using feed::Differs;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

constexpr std::uint8_t bit(Differs what) { return static_cast<std::uint8_t>(what); }

class EngineAmongOthers : public Engine {
 protected:
  std::uint64_t drops(Drop reason) const {
    return house_->global().drops[static_cast<std::size_t>(reason)];
  }

  // He speaks once an interval, and is shown as a second master after so many adverts in a row that came in time. One that
  // this machine held up begins a new row: to the engine, its sender had paused.
  template <typename Speak>
  void expect_contest_within(int adverts, Speak speak) {
    int in_time = 0;
    for (int tries = 0; tries < 60 && house_->row().contest == 0; ++tries) {
      const base::Instant began = base::os::now();
      speak();
      house_->run_for(kInterval);
      in_time = base::os::now() - began < kInterval * 6 / 5 ? in_time + 1 : 0;
      ASSERT_TRUE(house_->row().contest != 0 || in_time < adverts);
    }
  }
};

TEST_F(EngineAmongOthers, ShowsAPeerWithWhatItSays) {
  start_as_backup();
  ASSERT_TRUE(house_->run_until([&] { return house_->peer(kPeer).adverts == 1; }));
  const feed::PeerRow peer = house_->peer(kPeer);
  EXPECT_EQ(peer.priority, 200);
  EXPECT_EQ(peer.version, 3);
  EXPECT_EQ(peer.interval_ns, kInterval.count());
  EXPECT_EQ(peer.address_count, 1);
  EXPECT_EQ(peer.addresses[0], kVirtual.padded());
  EXPECT_EQ(peer.differs, 0);
  EXPECT_EQ(peer.last_drop, Drop::kNone);
  EXPECT_EQ(peer.last_accepted_ns, peer.last_heard_ns);
}

TEST_F(EngineAmongOthers, ShowsWhoIsRejectedAndWhy) {
  start_as_backup();
  const Address stranger = Address::v4(192, 0, 2, 66);
  peer_->advertise(Peer::Words{.source = stranger, .ttl = 64});
  ASSERT_TRUE(house_->run_until([&] { return house_->peer(stranger).last_drop == Drop::kTtl; }));
  EXPECT_EQ(house_->peer(stranger).adverts, 0U);
  EXPECT_EQ(house_->peer(stranger).drops[static_cast<std::size_t>(Drop::kTtl)], 1U);
  EXPECT_EQ(house_->peer(stranger).last_accepted_ns, 0);
}

TEST_F(EngineAmongOthers, RecordsADifferenceOnceWithBothValuesAndItsEnd) {
  start_as_backup();
  const auto say_with = [&](Duration interval, bool with_another_address) {
    Peer::Words words;
    words.as = [=](core::Router& router) {
      router.advert_interval = interval;
      if (with_another_address) router.addresses.push_back(Address::v4(192, 0, 2, 252));
    };
    const std::uint64_t before = house_->row().adverts_received;
    peer_->advertise(words);
    ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received > before; }));
  };
  say_with(kInterval, true);
  say_with(kInterval, true);
  auto records = house_->records(Kind::kMismatch);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].status, 1);
  EXPECT_EQ(feed::get_text(records[0].subject), "addresses");
  EXPECT_EQ(feed::get_text(records[0].text), "ours 1, theirs 2 with 192.0.2.252");
  EXPECT_EQ(feed::peer_of(records[0]), kPeer);
  ASSERT_TRUE(house_->run_until([&] { return house_->row().differs != 0; }));
  EXPECT_EQ(house_->row().differs, bit(Differs::kAddresses));
  EXPECT_EQ(house_->row().address_list_errors, 2U);

  say_with(2 * kInterval, true);
  records = house_->records(Kind::kMismatch);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(feed::get_text(records[1].text), "ours 250 ms, theirs 500 ms");
  say_with(kInterval, false);
  records = house_->records(Kind::kMismatch);
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[2].status, 0);
  EXPECT_EQ(records[3].status, 0);
  EXPECT_TRUE(house_->is(State::kBackup));
  ASSERT_TRUE(house_->run_until([&] { return house_->row().differs == 0; }));
}

TEST_F(EngineAmongOthers, WritesNoMoreThanTwentyDifferencesAMinuteWhoeverMakesThemUp) {
  start_as_backup();
  for (int i = 0; i < 200; ++i) {
    Peer::Words words;
    words.source = Address::v4(192, 0, 2, static_cast<std::uint8_t>(10 + i));
    words.as = [](core::Router& router) {
      router.version = core::Version::kV2;
      router.advert_interval = 1s;
    };
    peer_->advertise(words);
  }
  ASSERT_TRUE(house_->run_until([&] { return drops(Drop::kVersion) == 200; }));
  EXPECT_EQ(house_->records(Kind::kMismatch).size(), engine::Neighbours::kRowsPerMinute);
  EXPECT_EQ(feed::get_text(house_->records(Kind::kMismatch)[0].text), "ours 3, theirs 2");
  // The peer that is accepted is still there.
  say(200);
  ASSERT_TRUE(house_->run_until([&] { return house_->peer(kPeer).adverts == 2; }));
}

TEST_F(EngineAmongOthers, RaisesASecondMasterThatDoesNotObeyAndClearsItWhenHeIsSilent) {
  start_as_master();
  expect_contest_within(5, [&] { peer_->advertise(50); });  // loses, and goes on
  EXPECT_EQ(house_->row().contest, 1);
  EXPECT_EQ(feed::get_text(house_->row().contest_reason), "one-way");
  EXPECT_EQ(house_->row().contest_priority, 50);
  EXPECT_EQ(house_->row().rival, kPeer.padded());
  EXPECT_EQ(house_->row().contests, 1U);
  ASSERT_TRUE(house_->run_until([&] { return house_->row().contest == 0; }, 1s));
  const auto records = house_->records(Kind::kContest);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].status, 1);
  EXPECT_EQ(feed::get_text(records[0].subject), "one-way");
  EXPECT_EQ(feed::get_text(records[0].text), "ours 100 every 250 ms, theirs 50 every 250 ms");
  EXPECT_EQ(feed::peer_of(records[0]), kPeer);
  EXPECT_EQ(records[1].status, 0);
  EXPECT_EQ(feed::peer_of(records[1]), kPeer);
  EXPECT_GT(records[1].duration_ns, 0);
  EXPECT_TRUE(house_->is(State::kMaster));
}

TEST_F(EngineAmongOthers, RaisesASecondMasterItCannotAcceptWithTheReason) {
  start_as_master();
  expect_contest_within(
      6, [&] { peer_->advertise(Peer::Words{.priority = 200, .with_good_checksum = false}); });
  EXPECT_EQ(house_->row().contest, 1);
  EXPECT_EQ(feed::get_text(house_->row().contest_reason), "checksum");
  EXPECT_TRUE(house_->is(State::kMaster));
}

TEST_F(EngineAmongOthers, AnOwnerThatIsToldToIgnoreAdvertsCountsThemAndStillSeesTheOther) {
  config::Model model = one_instance();
  model.instances[0].priority = 255;
  model.instances[0].owner_ignore_adverts = true;
  house_ = std::make_unique<House>(model);
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  expect_contest_within(6, [&] { peer_->advertise(255); });  // from a higher address: it would win
  EXPECT_TRUE(house_->is(State::kMaster));
  EXPECT_EQ(house_->row().adverts_received, 0U);
  EXPECT_GT(house_->row().drops[static_cast<std::size_t>(Drop::kOwnerIgnores)], 1U);
  EXPECT_EQ(house_->row().contest, 1);
  const auto records = house_->records(Kind::kMismatch);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(feed::get_text(records[0].text), "ours 255, theirs 255");
}

TEST_F(EngineAmongOthers, AnEngineThatTakesOverLooksAnewForASecondMaster) {
  start_as_master();
  expect_contest_within(6, [&] { peer_->advertise(50); });
  ASSERT_EQ(house_->row().contest, 1);
  house_->kill_engine();
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().contest == 0; }));
  EXPECT_EQ(house_->peer(kPeer).family, base::Family::kNone);
  const auto records = house_->records(Kind::kContest);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1].status, 0);
}

TEST_F(EngineAmongOthers, KeepsVirtualRoutersOfOthersForAScan) {
  start_as_backup();
  peer_->advertise(Peer::Words{.priority = 77, .vrid = 99});
  ASSERT_TRUE(house_->run_until([&] { return !house_->strangers().empty(); }));
  const feed::Stranger stranger = house_->strangers()[0];
  EXPECT_EQ(stranger.vrid, 99);
  EXPECT_EQ(stranger.priority, 77);
  EXPECT_EQ(stranger.source, kPeer.padded());
  EXPECT_EQ(stranger.address, kVirtual.padded());
  EXPECT_EQ(stranger.protocol, 112);
  EXPECT_EQ(feed::get_text(stranger.interface), "lan0");
  EXPECT_EQ(drops(Drop::kUnknownVrid), 1U);
}

TEST_F(EngineAmongOthers, ReadsStraysWithTheHeartbeatAndNeverForAnInstance) {
  start_as_backup();
  const std::uint64_t received = house_->row().adverts_received;
  house_->send_stray_socket();
  house_->run_for(20ms);
  house_->deafen();  // so that only the socket for strays is left to hear it
  peer_->advertise(Peer::Words{.priority = 77, .vrid = 99});
  peer_->advertise(Peer::Words{.priority = 77, .ttl = 3});
  ASSERT_TRUE(
      house_->run_until([&] { return drops(Drop::kUnknownVrid) == 1 && drops(Drop::kTtl) == 1; }));
  EXPECT_EQ(house_->row().adverts_received, received);
  EXPECT_EQ(house_->strangers().size(), 1U);
}

}  // namespace
