#include <gmock/gmock.h>

#include <cstdlib>
#include <thread>

#include "tests/unit/engine/allocations.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::Cause;
using base::Drop;
using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

TEST_F(Engine, StartsAsBackupWhenTheKeeperHasCaughtUp) {
  house_->start_engine();
  house_->send_sockets();
  house_->send_interface();
  house_->run_for(20ms);
  EXPECT_EQ(house_->state(), State::kInitialize);
  EXPECT_TRUE(house_->told_supervisor().empty());
  house_->send_caught_up();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(house_->told_supervisor(), (std::vector{ipc::Type::kReady}));
  const auto records = house_->records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].kind, Kind::kEngineStarted);
  EXPECT_EQ(records[0].status, 1);
  EXPECT_EQ(records[1].kind, Kind::kTransition);
  EXPECT_EQ(records[1].cause, Cause::kStartup);
  EXPECT_EQ(feed::get_text(records[1].name), "VI_1");
  EXPECT_EQ(house_->row().transition_sequence, 2U);
  // Level, not edge: the keeper is told to let go of whatever an engine before may have wished.
  ASSERT_EQ(house_->wishes.size(), 1U);
  EXPECT_EQ(house_->wishes[0].hold, 0);
}

TEST_F(Engine, TakesOverAfterThreeIntervalsAndTheSkewOfSilence) {
  start_as_backup();
  const Instant heard = Instant::from_ns(house_->row().last_heard_ns);
  (void)peer_->hear();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  const Duration silence = Instant::from_ns(house_->row().in_state_since_ns) - heard;
  EXPECT_GE(silence, kDownInterval);
  const feed::Record record = last_transition();
  EXPECT_EQ(record.from, State::kBackup);
  EXPECT_EQ(record.to, State::kMaster);
  EXPECT_EQ(record.cause, Cause::kSilence);
  EXPECT_EQ(feed::peer_of(record), kPeer);
  EXPECT_EQ(record.peer_priority, 200);
  EXPECT_EQ(record.silence_ns, silence.count());
  EXPECT_EQ(house_->row().new_master_reason, 3);  // RFC 6527: masterNoResponse
  ASSERT_EQ(house_->wishes.size(), 2U);
  EXPECT_EQ(house_->wishes[1].hold, 1);

  // On the wire: the advert, and once the kernel holds it the address.
  ASSERT_TRUE(house_->run_until([&] { return house_->row().announcements_sent > 0; }));
  const auto frames = peer_->hear();
  ASSERT_FALSE(frames.adverts.empty());
  EXPECT_EQ(frames.adverts[0], 100);
  EXPECT_EQ(frames.last_advert[15], 0xc0);  // precedence
  EXPECT_EQ(frames.last_advert[22], 255);   // TTL
  EXPECT_EQ(
      base::Address::from_bytes(base::Family::kIpv4, std::span(frames.last_advert).subspan(26, 4)),
      kOurs);
  ASSERT_FALSE(frames.announced.empty());
  EXPECT_EQ(frames.announced[0], kVirtual);
}

TEST_F(Engine, AnnouncesNothingBeforeTheKernelHoldsTheAddress) {
  house_->answers_wishes = false;
  start_as_backup();
  (void)peer_->hear();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  house_->run_for(120ms);
  EXPECT_TRUE(peer_->hear().announced.empty());
  house_->from_keeper(ipc::Held{.installed = 1, .wanted = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->row().announcements_sent > 0; }));
  EXPECT_FALSE(peer_->hear().announced.empty());
}

TEST_F(Engine, TakesOverAfterTheSkewWhenTheMasterLeaves) {
  start_as_backup();
  say(0);
  const Instant heard = Instant::from_ns(house_->row().last_heard_ns);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  const Duration waited = Instant::from_ns(house_->row().in_state_since_ns) - heard;
  EXPECT_GE(waited, kSkew);
  EXPECT_EQ(last_transition().cause, Cause::kPriorityZeroHeard);
  EXPECT_EQ(house_->row().zero_received, 1U);
}

TEST_F(Engine, AnswersPriorityZeroAtOnceAsMaster) {
  start_as_master();
  // Until one was heard before the next advert was due anyway, which a busy machine may prevent.
  for (std::uint64_t zeros = 1; zeros <= 40; ++zeros) {
    const std::uint64_t sent = house_->row().adverts_sent;
    const Instant due = Instant::from_ns(house_->row().deadline_ns);
    peer_->advertise(0);
    ASSERT_TRUE(house_->run_until([&] { return house_->row().zero_received == zeros; }));
    EXPECT_EQ(house_->state(), State::kMaster);
    EXPECT_GT(house_->row().adverts_sent, sent);
    if (base::os::now() < due) return;
    house_->run_for(kInterval);  // two answers an interval are the limit
  }
  FAIL() << "this machine is too busy to be on time once";
}

TEST_F(Engine, YieldsToAHigherPriorityAndLetsGoWhenItHasSpoken) {
  start_as_master();
  peer_->advertise(200);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kHigherPriorityHeard);
  EXPECT_EQ(house_->wishes.back().hold, 1);  // until the successor has had its moment
  ASSERT_TRUE(house_->run_until([&] { return house_->wishes.back().hold == 0; }));
  EXPECT_EQ(house_->row().released_master, 1U);
}

// FAULT-11
TEST_F(Engine, HearsWhatIsQueuedBeforeItBelievesInSilence) {
  start_as_backup();
  peer_->advertise(200);
  // Asleep until long after the deadline, with the advert unread.
  std::this_thread::sleep_for(kDownInterval + 40ms);
  ASSERT_GT(base::os::now(), Instant::from_ns(house_->row().deadline_ns));
  peer_->advertise(200);
  house_->turn();
  EXPECT_EQ(house_->state(), State::kBackup);
  EXPECT_EQ(house_->row().adverts_received, 3U);
}

TEST_F(Engine, ReadsWholeFloodsBeforeItBelievesInSilence) {
  start_as_backup();
  constexpr std::size_t kBound = engine::Ears::kBatchesPerVisit * wire::kBatch;
  // Junk, received well before the deadline, and the master's advert behind it.
  for (std::size_t i = 0; i < kBound; ++i) peer_->advertise({.vrid = 77});
  peer_->advertise(200);
  std::this_thread::sleep_for(kDownInterval + 40ms);
  house_->turn();
  EXPECT_EQ(house_->global().drops[static_cast<std::size_t>(Drop::kUnknownVrid)], kBound);
  EXPECT_EQ(house_->row().adverts_received, 1U);  // the bound was hit
  EXPECT_EQ(house_->state(), State::kBackup);     // and nothing decided
  house_->turn();
  EXPECT_EQ(house_->row().adverts_received, 2U);
}

// FAULT-52
TEST_F(Engine, TakesOverInTheMiddleOfAFloodThatNeverEnds) {
  start_as_backup();
  const Instant due = Instant::from_ns(house_->row().deadline_ns);
  const Instant end = base::os::now() + 20s;
  while (!house_->is(State::kMaster) && base::os::now() < end) {
    // More than one turn reads.
    for (int i = 0; i < 300; ++i) peer_->advertise({.vrid = 77});
    house_->turn();
  }
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_GE(Instant::from_ns(house_->row().in_state_since_ns), due);
}

// FAULT-51
TEST_F(Engine, CountsWhatItDropsByReasonAndChangesNothingElse) {
  start_as_backup();
  const feed::Row before = house_->row();
  peer_->advertise({.ttl = 254});
  peer_->advertise({.with_good_checksum = false});
  peer_->advertise({.source = kOurs});
  peer_->advertise({.vrid = 77});
  ASSERT_TRUE(house_->run_until(
      [&] { return house_->global().drops[static_cast<std::size_t>(Drop::kUnknownVrid)] == 1; }));
  const feed::Row row = house_->row();
  EXPECT_EQ(row.drops[static_cast<std::size_t>(Drop::kTtl)], 1U);
  EXPECT_EQ(row.drops[static_cast<std::size_t>(Drop::kChecksum)], 1U);
  EXPECT_EQ(row.proto_error_reason, 3);  // RFC 6527: the last one that has a number there
  EXPECT_EQ(row.adverts_received, before.adverts_received);
  EXPECT_EQ(row.deadline_ns, before.deadline_ns);
  EXPECT_EQ(house_->global().drops[static_cast<std::size_t>(Drop::kTtl)], 1U);
}

// FAULT-25
TEST_F(Engine, GoesToFaultTheMomentTheKernelSaysTheLinkIsDown) {
  start_as_master();
  ASSERT_EQ(std::system("ip link set lan1 down"), 0);
  const bool is_down = house_->run_until([&] { return house_->is(State::kFault); });
  ASSERT_EQ(std::system("ip link set lan1 up"), 0);
  ASSERT_TRUE(is_down);
  EXPECT_EQ(last_transition().cause, Cause::kLinkDown);
  EXPECT_EQ(feed::get_text(last_transition().subject), "lan0");
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  EXPECT_EQ(last_transition().cause, Cause::kFaultCleared);
  const auto links = house_->records(Kind::kLink);
  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(links[0].status, 0);
  EXPECT_EQ(links[1].status, 1);
}

TEST_F(Engine, SaysPriorityZeroAndLetsGoWhenItIsStopped) {
  start_as_master();
  house_->from_supervisor(ipc::Stop{});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kStopped); }));
  ASSERT_TRUE(house_->run_until([&] {
    const auto told = house_->told_supervisor();
    return !told.empty() && told.back() == ipc::Type::kStopped;
  }));
  EXPECT_EQ(peer_->hear().adverts.back(), 0);
  EXPECT_EQ(house_->wishes.back().hold, 0);
  EXPECT_EQ(house_->row().addresses_installed, 0);
  EXPECT_EQ(last_transition().cause, Cause::kStop);
  EXPECT_EQ(house_->records().back().kind, Kind::kStopped);
  EXPECT_EQ(house_->records(Kind::kStopped).size(), 1U);
}

TEST_F(Engine, AnnouncesNothingOnceItHasSaidThatItLeaves) {
  start_as_master();
  // The second announcement goes out 100 ms after the first and the third is due 400 ms later; the departure lasts one
  // interval, 250 ms, around that moment.
  ASSERT_TRUE(house_->run_until([&] { return house_->row().announcements_sent == 2; }));
  house_->run_for(275ms);
  const std::uint64_t before = house_->row().announcements_sent;
  house_->from_supervisor(ipc::Stop{});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kStopped); }));
  EXPECT_EQ(house_->row().announcements_sent, before);
}

TEST_F(Engine, EndsWhenTheSupervisorIsGone) {
  start_as_backup();
  house_->kill_engine();
  House other(one_instance());
  other.start_engine();
  EXPECT_TRUE(other.engine().turn());
  other.leave_as_supervisor();
  EXPECT_FALSE(other.engine().turn());
}

TEST_F(Engine, TakesUpTheMastershipOfTheEngineBeforeWithoutATransition) {
  start_as_master();
  house_->run_for(120ms);
  const feed::Row before = house_->row();
  const std::size_t transitions = house_->records(Kind::kTransition).size();
  house_->kill_engine();
  (void)peer_->hear();
  house_->wishes.clear();

  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_sent > before.adverts_sent; }));
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(house_->records(Kind::kTransition).size(), transitions);
  const auto adopted = house_->records(Kind::kEngineAdopted);
  ASSERT_EQ(adopted.size(), 1U);
  EXPECT_EQ(adopted[0].to, State::kMaster);
  EXPECT_GT(adopted[0].duration_ns, 0);
  EXPECT_EQ(house_->records(Kind::kEngineStarted).size(), 1U);
  ASSERT_FALSE(house_->wishes.empty());
  EXPECT_EQ(house_->wishes[0].hold, 1);
  const feed::Row after = house_->row();
  EXPECT_EQ(after.became_master, before.became_master);
  EXPECT_EQ(after.in_state_since_ns, before.in_state_since_ns);
  EXPECT_EQ(after.transition_sequence, before.transition_sequence);
  EXPECT_EQ(house_->global().engine_starts, 2U);
}

TEST_F(Engine, SaysThatItLeavesWhenItsPeersMustHaveTakenOver) {
  start_as_master();
  house_->run_for(120ms);
  house_->kill_engine();
  std::this_thread::sleep_for(kDownInterval + kInterval);
  (void)peer_->hear();
  const feed::Row before = house_->row();
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().departing != 0; }));
  EXPECT_THAT(peer_->hear().adverts, testing::ElementsAre(0));
  EXPECT_EQ(house_->row().zero_sent, before.zero_sent + 1);
  EXPECT_EQ(house_->row().send_errors, before.send_errors);
}

TEST_F(Engine, LeavesTheRowsAsTheyWereUntilItHasTakenThemUp) {
  start_as_master();
  const feed::Row before = house_->row();
  house_->kill_engine();
  house_->start_engine();
  house_->send_sockets();
  house_->send_interface();
  // The keeper tells what the kernel holds before it has caught up.
  house_->from_keeper(ipc::Held{.installed = 1, .wanted = 1});
  house_->run_for(60ms);
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(house_->row().deadline_ns, before.deadline_ns);
  house_->send_caught_up();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_sent > before.adverts_sent; }));
  EXPECT_EQ(house_->state(), State::kMaster);
  EXPECT_EQ(house_->row().addresses_installed, 1);
  EXPECT_EQ(last_transition().sequence, before.transition_sequence);
}

TEST_F(Engine, AsAdoptedBackupHearsWhatWaitedInItsSocketFirst) {
  start_as_backup();
  house_->kill_engine();
  house_->start_engine();
  house_->send_sockets();
  // While nobody reads: the master goes on, and the old deadline passes.
  std::this_thread::sleep_for(3 * kInterval);
  peer_->advertise(200);
  std::this_thread::sleep_for(kInterval);
  house_->send_interface();
  house_->send_caught_up();
  const Instant start = base::os::now();
  house_->run_for(20ms);
  EXPECT_EQ(house_->state(), State::kBackup);
  EXPECT_EQ(house_->row().adverts_received, 2U);
  // The deadline counts from the stamp, not from the reading.
  EXPECT_LT(Instant::from_ns(house_->row().last_heard_ns), start - kInterval + 10ms);
}

TEST_F(Engine, AsAdoptedBackupListensForAnIntervalBeforeItBelievesInSilence) {
  start_as_backup();
  house_->kill_engine();
  std::this_thread::sleep_for(kDownInterval +
                              70ms);  // the old deadline has passed, and the sockets are new
  house_->start_engine();
  house_->send_everything();
  house_->turn();
  const Instant start = base::os::now();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  // One interval and the skew: 250 ms + 152.34 ms.
  EXPECT_GE(base::os::now() - start, kInterval + kSkew - 5ms);
}

TEST_F(Engine, RepeatsEveryWishWhenTheKeeperStartedAgain) {
  start_as_master();
  house_->wishes.clear();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return !house_->wishes.empty(); }));
  EXPECT_EQ(house_->wishes[0].hold, 1);
  // And goes on with the new sockets.
  (void)peer_->hear();
  const std::uint64_t sent = house_->row().adverts_sent;
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_sent > sent; }));
  EXPECT_FALSE(peer_->hear().adverts.empty());
  EXPECT_EQ(house_->state(), State::kMaster);
  peer_->advertise(200);
  EXPECT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
}

// FAULT-35
TEST_F(Engine, LeavesMastershipWhenTheKernelRefusesAnAddress) {
  house_->answers_wishes = false;
  start_as_backup();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  house_->from_keeper(ipc::Held{.installed = 0, .wanted = 1, .refused = 0, .error = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  const auto refused = house_->records(Kind::kAddressRefused);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(feed::get_text(refused[0].subject), "192.0.2.254/24");
  EXPECT_EQ(refused[0].status, 1);
  EXPECT_EQ(last_transition().cause, Cause::kAddressRefused);
  EXPECT_EQ(feed::get_text(last_transition().subject), "192.0.2.254/24");
}

TEST_F(Engine, IsInFaultWhileAnInterfaceThatShouldCarryAnAddressDoesNotExist) {
  auto model = one_instance();
  model.instances[0].addresses.push_back(model.instances[0].addresses[0]);
  model.instances[0].addresses[1].interface = "late0";
  house_ = std::make_unique<House>(model);
  house_->start_engine();
  house_->send_sockets();
  house_->send_interface();
  ipc::Interface late;
  feed::put_text(late.name, "late0");
  house_->from_keeper(late);
  house_->send_caught_up();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kFault); }));
  EXPECT_EQ(last_transition().cause, Cause::kInterfaceGone);
  EXPECT_EQ(feed::get_text(last_transition().subject), "late0");
  late.ifindex = 99;
  house_->from_keeper(late);
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
}

TEST_F(Engine, RecordsAnAddressThatWasPutBack) {
  start_as_master();
  house_->from_keeper(ipc::Restored{});
  ASSERT_TRUE(
      house_->run_until([&] { return house_->records(Kind::kAddressRestored).size() == 1; }));
  EXPECT_EQ(feed::get_text(house_->records(Kind::kAddressRestored)[0].subject), "192.0.2.254/24");
}

TEST_F(Engine, AppendsWhatTheSupervisorReportsAndKicksItsReadersOnce) {
  start_as_backup();
  (void)house_->kicks();
  ipc::Report report;
  report.record.kind = Kind::kChildDied;
  feed::put_text(report.record.subject, "recorder");
  report.record.sequence = 999;  // the ledger numbers its records
  house_->from_supervisor(report);
  house_->from_supervisor(report);
  ASSERT_TRUE(house_->run_until([&] { return house_->records(Kind::kChildDied).size() == 2; }));
  EXPECT_EQ(house_->kicks(), 1U);
  EXPECT_LT(house_->records().back().sequence, 999U);
}

TEST_F(Engine, TakesRemarksOfItsNeighboursAndNothingElseInTheirWords) {
  start_as_backup();
  ipc::Report remark;
  remark.record.kind = Kind::kNote;
  feed::put_text(remark.record.text, "the reader of /run/fifo ended");
  house_->from_runner(remark);
  house_->from_keeper(remark);
  ASSERT_TRUE(house_->run_until([&] { return house_->records(Kind::kNote).size() == 2; }));
  EXPECT_EQ(feed::get_text(house_->records(Kind::kNote)[0].text), "the reader of /run/fifo ended");
  EXPECT_NE(house_->records(Kind::kNote)[0].wall_ns, 0);
  const std::size_t transitions = house_->records(Kind::kTransition).size();
  remark.record.kind = Kind::kTransition;
  remark.record.to = State::kMaster;
  house_->from_runner(remark);
  house_->from_keeper(remark);
  house_->run_for(60ms);
  EXPECT_EQ(house_->records(Kind::kTransition).size(), transitions);
}

TEST_F(Engine, IgnoresMessagesItDoesNotUnderstandAndSaysSoOnce) {
  start_as_backup();
  house_->from_keeper(ipc::Held{.instance = 7});
  house_->from_runner(ipc::ScriptResult{.script = 7});
  house_->from_runner(ipc::Permit{.flag = 7});
  house_->from_supervisor(ipc::Hello{});
  house_->run_for(60ms);
  EXPECT_EQ(house_->records(Kind::kNote).size(), 1U);
}

TEST_F(Engine, BeatsItsHeartAtLeastEveryFiftyMilliseconds) {
  start_as_backup();
  const std::int64_t before = house_->global().heartbeat_ns;
  const std::int64_t due = house_->row().deadline_ns;
  house_->turn();
  house_->turn();
  // Two turns, of which nothing but a heart makes the second one end: the deadline is much later.
  EXPECT_GT(house_->global().heartbeat_ns, before);
  EXPECT_LT(house_->global().heartbeat_ns, due);
}

TEST_F(Engine, AllocatesNothingInATurn) {
  start_as_backup();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  std::uint64_t made = 0;
  for (int i = 0; i < 40; ++i) {
    // A transition now and then, adverts, drops.
    peer_->advertise(i % 10 == 9 ? 200 : 50);
    peer_->advertise({.ttl = 1});
    const std::uint64_t before = allocations_so_far();
    (void)house_->engine().turn();
    made += allocations_so_far() - before;
    house_->serve_keeper();
  }
  EXPECT_EQ(made, 0U);
  EXPECT_GT(allocations_so_far(), 0U);  // they are counted
  EXPECT_GE(house_->row().released_master, 1U);
}

TEST_F(Engine, SpeaksBeforeItReadsWhenItsTimeHasOnlyJustCome) {
  start_as_master();
  // Until it was on time, which a busy machine may prevent.
  for (int tries = 0; tries < 20; ++tries) {
    const std::uint64_t sent = house_->row().adverts_sent;
    const Instant due = Instant::from_ns(house_->row().deadline_ns);
    peer_->advertise(200);
    while (base::os::now() < due) {
    }
    house_->turn();
    const bool is_on_time = base::os::now() - due <= kInterval / 4;
    ASSERT_EQ(house_->state(), State::kBackup);
    if (is_on_time) {
      // The one that was due, and the last word of a master that yields.
      EXPECT_EQ(house_->row().adverts_sent, sent + 2);
      return;
    }
    ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  }
  FAIL() << "this machine is too busy to wake in time once";
}

TEST_F(Engine, ReadsBeforeItSpeaksWhenItHasSlept) {
  start_as_master();
  const std::uint64_t sent = house_->row().adverts_sent;
  peer_->advertise(200);
  const Instant awake = base::os::now() + 3 * kInterval;
  while (base::os::now() < awake) {
  }
  house_->turn();
  // Only the last word of a master that yields: none of those that were due meanwhile.
  EXPECT_EQ(house_->row().adverts_sent, sent + 1);
  EXPECT_EQ(house_->state(), State::kBackup);
}

// --- IPv6 -------------------------------------------------------------------------------------------------------------

class EngineOnIpv6 : public Engine {
 protected:
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    config::Model model = one_instance();
    model.instances[0].family = base::Family::kIpv6;
    model.instances[0].addresses[0].prefix = {*Address::parse("2001:db8::fe"), 64};
    house_ = std::make_unique<House>(model);
  }
};

TEST_F(EngineOnIpv6, HearsTakesOverAndAnnounces) {
  house_->start_engine();
  house_->send_everything();
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kBackup); }));
  peer_->advertise({.source = *Address::parse("fe80::2")});
  ASSERT_TRUE(house_->run_until([&] { return house_->row().adverts_received == 1; }));
  EXPECT_EQ(house_->row().master, Address::parse("fe80::2")->padded());
  (void)peer_->hear();
  ASSERT_TRUE(house_->run_until([&] { return house_->row().announcements_sent > 0; }));
  const auto frames = peer_->hear();
  ASSERT_FALSE(frames.adverts.empty());
  EXPECT_EQ(frames.adverts[0], 100);
  EXPECT_EQ(frames.last_advert[14], 0x6c);         // traffic class c0,
  EXPECT_EQ(frames.last_advert[15] & 0xf0, 0x00);  // before the flow label
  EXPECT_EQ(frames.last_advert[21], 255);          // hop limit
  EXPECT_EQ(Address::from_bytes(base::Family::kIpv6, std::span(frames.last_advert).subspan(22, 16)),
            *Address::parse("fe80::1"));
  ASSERT_FALSE(frames.announced.empty());
  EXPECT_EQ(frames.announced[0], *Address::parse("2001:db8::fe"));
}

}  // namespace
