// Whatever is said and whatever is configured: a turn allocates nothing.
#include "tests/unit/engine/allocations.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace {

using base::State;
using feed::Kind;
using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

const Address kNeighbour = *Address::parse("fe80::2");

class BusyEngine : public Engine {
 protected:
  // Two members of a group over IPv6, with a script, a file and a flapping link, one of them signing what it says.
  void SetUp() override {
    if (const std::string reason = make_lan(); !reason.empty()) GTEST_SKIP() << reason;
    peer_ = std::make_unique<Peer>();
    config::Model model = one_instance();
    model.instances[0].family = base::Family::kIpv6;
    model.instances[0].addresses[0].prefix = {*Address::parse("2001:db8::fe"), 64};
    model.instances.push_back(model.instances[0]);
    model.instances[1].name = "VI_2";
    model.instances[1].vrid = kVrid + 1;
    model.instances[1].hmac.keys = {{.id = 1, .secret = "secret"}};
    model.instances[1].hmac.active_key = 1;
    model.scripts.push_back({.name = "check_router", .command = {}, .at = {}});
    model.tracked_files.push_back({.name = "file", .path = "/file", .initial = {}, .at = {}});
    model.instances[0].track_scripts.push_back({.at = {}});
    model.instances[0].track_files.push_back({.weight = 1, .at = {}});
    model.interface_delays.push_back({.interface = "lan0", .down = 10ms, .up = 10ms, .at = {}});
    model.safety.log_unknown_vrids = true;
    config::SyncGroup group;
    group.name = "VG_1";
    group.members = {0, 1};
    model.groups.push_back(group);
    for (config::Instance& instance : model.instances) instance.group = 0;
    model_ = model;
    house_ = std::make_unique<House>(model);
  }

  // Everything that can be said is, turn by turn. Answers how often memory was asked for in these turns.
  std::uint64_t allocations_of_busy_turns() {
    std::uint64_t made = 0;
    for (int i = 0; i < 200; ++i) {
      Peer::Words words;
      words.source = kNeighbour;
      words.priority = static_cast<std::uint8_t>(i % 40 == 39 ? 200 : 50);
      words.vrid = static_cast<std::uint8_t>(kVrid + i % 3);  // ours, the signed one, nobody's
      words.with_good_checksum = i % 7 != 0;
      words.as = [i](core::Router& router) {
        router.advert_interval = (1 + i % 4) * kInterval;
        if (i % 5 == 0)
          router.addresses.push_back(*Address::parse("2001:db8:1234:5678:9abc:def0:1234:5678"));
      };
      peer_->advertise(words);
      if (i % 20 == 0)
        house_->from_runner(
            ipc::ScriptResult{.well = i % 40 == 0 ? std::uint8_t{0} : std::uint8_t{1}});
      if (i % 10 == 0) house_->from_runner(ipc::Tracked{.value = i / 10});
      if (i % 30 == 0) house_->send_interface(true, i % 60 != 0);
      const std::uint64_t before = allocations_so_far();
      (void)house_->engine().turn();
      made += allocations_so_far() - before;
      house_->serve_keeper();
    }
    return made;
  }

  config::Model model_;
};

TEST_F(BusyEngine, AllocatesNothingInATurn) {
  house_->start_engine();
  house_->send_everything();
  house_->from_runner(ipc::ScriptResult{.well = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  EXPECT_EQ(allocations_of_busy_turns(), 0U);
  EXPECT_FALSE(house_->records(Kind::kGroup).empty());
  EXPECT_FALSE(house_->records(Kind::kTracked).empty());
}

// The turns in which the other configuration is taken over allocate; those from then on, with a newcomer and a row for
// everybody on the new board, do not.
TEST_F(BusyEngine, AllocatesNothingInATurnAfterAReloadEither) {
  house_->start_engine();
  house_->send_everything();
  house_->from_runner(ipc::ScriptResult{.well = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
  for (int round = 0; round < 3; ++round) {
    config::Instance more = model_.instances[0];
    more.name = "VI_" + std::to_string(round + 3);
    more.vrid = static_cast<std::uint8_t>(kVrid + 10 + round);
    more.addresses[0].prefix = {*Address::parse("2001:db8::" + std::to_string(round)), 64};
    model_.groups[0].members.push_back(static_cast<std::uint16_t>(model_.instances.size()));
    model_.instances.push_back(more);
    house_->reload(model_);
    ASSERT_TRUE(house_->run_until([&] {
      const auto answer = house_->reconfigured();
      return answer && answer->done == 1;
    }));
    // The neighbours go on with it, and what was left of the other one is destroyed meanwhile.
    house_->run_for(20ms);
    house_->from_runner(ipc::Begin{.configuration = house_->configuration()});
    house_->send_everything();
    house_->run_for(20ms);
    EXPECT_EQ(allocations_of_busy_turns(), 0U) << "after reload " << round + 1;
  }
  EXPECT_EQ(house_->records(Kind::kNote).size(), 0U);
}

}  // namespace
