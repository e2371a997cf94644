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
    house_ = std::make_unique<House>(model);
  }
};

TEST_F(BusyEngine, AllocatesNothingInATurn) {
  house_->start_engine();
  house_->send_everything();
  house_->from_runner(ipc::ScriptResult{.well = 1});
  ASSERT_TRUE(house_->run_until([&] { return house_->is(State::kMaster); }));
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
  EXPECT_EQ(made, 0U);
  EXPECT_FALSE(house_->records(Kind::kGroup).empty());
  EXPECT_FALSE(house_->records(Kind::kTracked).empty());
}

}  // namespace
