// How long an address may outlive whoever wants it, and how that is renewed.
#include <map>

#include "tests/unit/keeper/addresses_subject.hpp"

namespace keeper {
namespace {

using config::Safety;

Lease lease(Duration interval, unsigned adverts = 3, Duration least = 0s,
            Safety::Lease how = Safety::Lease::kOn) {
  config::Instance instance;
  instance.advert_interval = interval;
  instance.down_timer_adverts = static_cast<std::uint8_t>(adverts);
  Safety safety;
  safety.lease = how;
  safety.least_lease = least;
  return lease_of(instance, safety);
}

TEST(Lease, LastsForATakeoverAndASecondInWholeSeconds) {
  EXPECT_EQ((Lease{true, 5, 900ms}), lease(1s));
  EXPECT_EQ((Lease{true, 41, 900ms}), lease(10s));
  EXPECT_EQ((Lease{true, 7, 900ms}), lease(1300ms));     // 4 x 1.3 s + 1 s = 6.2 s
  EXPECT_EQ((Lease{true, 165, 900ms}), lease(40950ms));  // the longest there is: 163.8 s + 1 s
  EXPECT_EQ((Lease{true, 12, 900ms}), lease(1s, 10))
      << "who waits for ten adverts takes over later";
}

TEST(Lease, LastsForTwoSecondsAtLeastAndIsThenRenewedMoreOften) {
  EXPECT_EQ((Lease{true, 2, 500ms}), lease(10ms));
  EXPECT_EQ((Lease{true, 2, 500ms}), lease(250ms));
  EXPECT_EQ((Lease{true, 3, 750ms}), lease(260ms));  // 4 x 0.26 s + 1 s = 2.04 s
}

TEST(Lease, HasAtAnyTimeMoreLeftThanTheSlowestTakeoverTakesAndOneAndAHalfSeconds) {
  for (Duration interval = 10ms; interval <= 40950ms; interval += 10ms)
    for (const Duration least : {0s, 3s, 6s, 20s}) {
      const Lease made = lease(interval, 3, least);
      EXPECT_GE(made.remaining(), 4 * interval + 100ms);
      EXPECT_GE(made.remaining(), 1500ms);
    }
}

TEST(Lease, LastsAsLongAsTheOperatorWantsButNeverShorterThanUsual) {
  EXPECT_EQ((Lease{true, 20, 10s}), lease(1s, 3, 20s));
  EXPECT_EQ((Lease{true, 6, 1900ms}), lease(1s, 3, 6s));  // 4.1 s are to be left
  EXPECT_EQ((Lease{true, 5, 900ms}), lease(1s, 3, 2s));
  EXPECT_EQ(Lease{}, lease(1s, 3, 20s, Safety::Lease::kOff));
}

TEST(Lease, IsHeldByAKeeperThatIsReplacedBeforeTheShortestRunsOut) {
  config::Model model;
  model.instances.resize(2);
  model.instances[0].advert_interval = 10s;
  model.instances[1].advert_interval = 100ms;
  EXPECT_EQ(1500ms, shortest_remaining(model));
  model.safety.lease = Safety::Lease::kOff;
  EXPECT_EQ(Duration::max(), shortest_remaining(model));
}

class LeasesTest : public AddressesTest {
 protected:
  void make(std::vector<std::vector<config::VirtualAddress>> instances,
            Safety::Lease how = Safety::Lease::kOn) {
    config::Model made = model(std::move(instances));
    made.safety.lease = how;
    table.emplace(made);
    table->interface_is("crans", kCrans);
  }
  void hold(unsigned instance) {
    ASSERT_TRUE(table->want(static_cast<std::uint16_t>(instance), true));
    settle();
  }
  // What is renewed at this moment, and answered with `error`.
  std::vector<Request> renew(int error = 0) {
    std::vector<Request> renewed;
    for (auto tasks = table->take_renewals(20, now); !tasks.empty();
         tasks = table->take_renewals(20, now))
      for (const auto& task : tasks) {
        EXPECT_EQ(Request::Verb::kRenew, task.request.verb);
        renewed.push_back(task.request);
        table->done(task, error, now);
      }
    return renewed;
  }
  AddressFact seen(const std::string& text, unsigned length, std::uint32_t valid_s,
                   std::uint8_t origin) const {
    AddressFact made = fact(text, length, true);
    made.valid_s = valid_s;
    made.origin = origin;
    return made;
  }
};

TEST_F(LeasesTest, AddsAddressesThatExpireByThemselves) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("2001:db8::fe", 64)}});
  ASSERT_TRUE(table->want(0, true));
  for (const auto& task : table->take(20, now)) {
    EXPECT_EQ(5U, task.request.valid_s);
    EXPECT_EQ(5U, task.request.preferred_s);
  }
}

TEST_F(LeasesTest, RenewsInTimeAndAgainAndAgain) {
  make({{virtual_address("198.51.100.254", 24)}});
  hold(0);
  const Instant added = now;
  // The first of its table for the first time after a 64th of 0.9 s.
  EXPECT_EQ(added + 14062500ns, table->deadline());
  EXPECT_TRUE(renew().empty());
  now = table->deadline();
  const auto renewed = renew();
  ASSERT_EQ(1U, renewed.size());
  EXPECT_EQ(5U, renewed[0].valid_s);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(now + 900ms, table->deadline());
    now += 900ms;
    EXPECT_EQ(1U, renew().size());
  }
}

TEST_F(LeasesTest, RenewsAFewTogether) {
  make({{virtual_address("198.51.100.1", 24), virtual_address("198.51.100.2", 24),
         virtual_address("198.51.100.3", 24)}});
  hold(0);
  now = table->deadline();
  EXPECT_EQ(3U, renew().size());
  EXPECT_EQ(now + 900ms, table->deadline());
}

TEST_F(LeasesTest, SpreadsTheRenewalsOfManyOverTheTimeBetweenThem) {
  std::vector<config::VirtualAddress> many;
  for (int i = 0; i < 640; ++i)
    many.push_back(
        virtual_address("10.2." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250), 32));
  make({many});
  hold(0);
  // As the keeper does it: one group a turn, a turn when one is due, and one of them costs it a millisecond.
  const auto in_one_round = [&] {
    std::size_t all = 0;
    std::map<std::int64_t, std::size_t> by_part;
    for (const Instant until = now + 900ms; now < until; now += 1ms)
      for (const auto& task : table->take_renewals(20, now)) {
        table->done(task, 0, now);
        ++all;
        ++by_part[(until - now) / 112500us];
      }
    std::size_t most = 0;
    for (const auto& [part, count] : by_part) most = std::max(most, count);
    return std::pair{all, most};
  };
  // Until they are in step some are early.
  EXPECT_LE(in_one_round().first, 2U * 640);
  const auto [all, most] = in_one_round();
  EXPECT_EQ(640U, all);
  EXPECT_LE(most, 640U / 3) << "within an eighth of the time";
}

TEST_F(LeasesTest, RenewsTheOthersInTimeWhenSomeAreRefused) {
  std::vector<config::VirtualAddress> many;
  for (int i = 1; i <= 60; ++i) many.push_back(virtual_address("10.2.0." + std::to_string(i), 32));
  make({many});
  hold(0);
  std::map<base::Address, Instant> renewed;
  for (const Instant until = now + 10s; now < until; now += 10ms)
    for (const auto& task : table->take_renewals(20, now)) {
      const bool is_refused = task.slot < 30;
      table->done(task, is_refused ? ENOBUFS : 0, now);
      if (is_refused) continue;
      auto& last = renewed.try_emplace(task.request.prefix.address, now).first->second;
      EXPECT_LE(now - last, 1s);
      last = now;
    }
  EXPECT_EQ(30U, renewed.size());
}

TEST_F(LeasesTest, TriesAFailedRenewalAgainSoon) {
  make({{virtual_address("198.51.100.254", 24)}});
  hold(0);
  now += 2s;
  EXPECT_EQ(1U, renew(ENOBUFS).size());
  EXPECT_EQ(now + Addresses::kRenewAgainAfter, table->deadline());
}

TEST_F(LeasesTest, RenewsNothingThatIsReleasedOrGone) {
  make({{virtual_address("198.51.100.254", 24)}, {virtual_address("198.51.100.253", 24)}});
  hold(0);
  hold(1);
  ASSERT_TRUE(table->want(0, false));
  settle();
  somebody_removes("198.51.100.253", 24);
  now += 10s;
  EXPECT_TRUE(renew().empty()) << "what is gone is added, not renewed";
  settle();
  EXPECT_TRUE(kernel.has({kCrans, {*Address::parse("198.51.100.253"), 24}}));
}

TEST_F(LeasesTest, BlamesNobodyForWhatExpiredWhileItStoodStillAndTellsOfIt) {
  make({{virtual_address("198.51.100.254", 24)}});
  hold(0);
  somebody_removes("198.51.100.254", 24);
  settle();
  EXPECT_EQ(1U, table->take_restored().size()) << "that was somebody";
  EXPECT_TRUE(table->take_expired().empty());
  // 5 s, less what the kernel may be early.
  now += 4979ms;
  somebody_removes("198.51.100.254", 24);
  settle();
  EXPECT_EQ(1U, table->take_restored().size()) << "it could not have expired yet";
  now += 4980ms;
  somebody_removes("198.51.100.254", 24);
  settle();
  EXPECT_TRUE(table->take_restored().empty());
  EXPECT_EQ(1, holding(0).installed);
  const auto expired = table->take_expired();
  ASSERT_EQ(1U, expired.size());
  EXPECT_EQ("198.51.100.254/24", base::to_string(expired[0].prefix));
  EXPECT_EQ("crans", expired[0].interface);
  EXPECT_EQ(4980ms, expired[0].unrenewed);
  EXPECT_TRUE(table->take_expired().empty());
}

TEST_F(LeasesTest, RenewsNothingAndPutsNothingBackWhileNobodySpeaks) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24)}});
  hold(0);
  table->speaker_is(false);
  now += 10s;
  EXPECT_TRUE(renew().empty());
  somebody_removes("198.51.100.254", 24);
  EXPECT_TRUE(table->take(20, now).empty());
  EXPECT_TRUE(table->deadline().is_never()) << "nothing to wait for but a speaker";
  EXPECT_TRUE(table->take_restored().empty());

  table->speaker_is(true);
  EXPECT_EQ(1U, renew().size()) << "the one that is still there";
  settle();
  EXPECT_EQ(2, holding(0).installed);
}

TEST_F(LeasesTest, ReleasesAlsoWhenNobodySpeaks) {
  make({{virtual_address("198.51.100.254", 24)}});
  hold(0);
  table->speaker_is(false);
  table->release_all();
  settle();
  EXPECT_EQ(0, holding(0).installed);
}

TEST_F(LeasesTest, RenewsWhatItFindsOfItsPredecessorAtOnceAndBeforeAnybodyHasSpoken) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->observe(seen("198.51.100.254", 24, 3, kOurOrigin), now);
  EXPECT_EQ(1U, renew().size());
}

TEST_F(LeasesTest, KnowsItsOwnByTheShortLifetimeWhereTheKernelKeepsNoOrigin) {
  make({{virtual_address("198.51.100.254", 24)}});
  table->observe(seen("198.51.100.254", 24, 3, 0), now);
  EXPECT_EQ(1U, renew().size());
}

TEST_F(LeasesTest, LeavesTheLifetimeOfAnAddressThatSomebodyElseMade) {
  make({{virtual_address("198.51.100.254", 24), virtual_address("198.51.100.253", 24)}});
  table->observe(seen("198.51.100.254", 24, kForEver, 0), now);
  table->observe(seen("198.51.100.253", 24, 7200, 0), now);
  hold(0);
  now += 10s;
  EXPECT_TRUE(renew().empty());
}

TEST_F(LeasesTest, MakesAPermanentOneOfItsOwnALeasedOneAndBack) {
  make({{virtual_address("2001:db8::fe", 64)}});
  table->observe(seen("2001:db8::fe", 64, kForEver, kOurOrigin), now);
  EXPECT_TRUE(renew().empty()) << "nobody has said that it is wanted";
  hold(0);
  auto renewed = renew();
  ASSERT_EQ(1U, renewed.size());
  EXPECT_EQ(5U, renewed[0].valid_s);
  EXPECT_TRUE(renewed[0].was_permanent);

  config::Model off = model({{virtual_address("2001:db8::fe", 64)}});
  table->reconfigure(off);
  hold(0);
  renewed = renew();
  ASSERT_EQ(1U, renewed.size());
  EXPECT_EQ(kForEver, renewed[0].valid_s);
  EXPECT_FALSE(renewed[0].was_permanent);
  now += 1h;
  EXPECT_TRUE(renew().empty());
}

TEST_F(LeasesTest, KeepsAnAddressThatIsNotToBeASourceOutOfTheWay) {
  make({{virtual_address("2001:db8::fe", 128)}});
  ASSERT_TRUE(table->want(0, true));
  const auto tasks = table->take(20, now);
  ASSERT_EQ(1U, tasks.size());
  EXPECT_EQ(0U, tasks[0].request.preferred_s);
  table->done(tasks[0], 0, now);
  now += 2s;
  const auto renewed = renew();
  ASSERT_EQ(1U, renewed.size());
  EXPECT_EQ(0U, renewed[0].preferred_s);
  EXPECT_EQ(5U, renewed[0].valid_s);
}

TEST_F(LeasesTest, RemovesALeasedAddressTogetherWithItsShareInTheRoute) {
  make({{virtual_address("2001:db8::fe", 64)}});
  hold(0);
  ASSERT_TRUE(table->want(0, false));
  const auto tasks = table->take(20, now);
  ASSERT_EQ(1U, tasks.size());
  EXPECT_TRUE(tasks[0].request.is_leased);
}

TEST_F(LeasesTest, RenewsNoIpv6AddressThatTheKernelHasNotTold) {
  kernel.is_slow = true;
  make({{virtual_address("2001:db8::fe", 64)}});
  hold(0);
  const Instant added = now;
  now += 100ms;
  EXPECT_TRUE(renew().empty());
  EXPECT_EQ(added + Addresses::kBeginsWithin, table->deadline());
  table->observe(fact("2001:db8::fe", 64, true), now);
  EXPECT_EQ(1U, renew().size());
}

TEST_F(LeasesTest, LeavesAnIpv6AddressToTheKernelForAMomentBeforeItIsRemoved) {
  kernel.is_slow = true;
  make({{virtual_address("2001:db8::fe", 64), virtual_address("198.51.100.254", 24)}},
       Safety::Lease::kOff);
  hold(0);
  const Instant added = now;
  now += 5ms;
  ASSERT_TRUE(table->want(0, false));
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 1, .total = 2}), holding(0));
  EXPECT_EQ(added + Addresses::kBeginsWithin, table->deadline());
  now = table->deadline();
  settle();
  EXPECT_EQ((Addresses::Holding{.installed = 0, .total = 2, .is_settled = true}), holding(0));
}

TEST_F(LeasesTest, LastsAsLongAsTheSlowestOwnerNeeds) {
  config::Model made =
      model({{virtual_address("198.51.100.254", 24)}, {virtual_address("198.51.100.254", 24)}});
  made.safety.lease = Safety::Lease::kOn;
  made.instances[0].advert_interval = 100ms;
  made.instances[1].advert_interval = 2s;
  table.emplace(made);
  table->interface_is("crans", kCrans);
  ASSERT_TRUE(table->want(0, true));
  const auto tasks = table->take(20, now);
  ASSERT_EQ(1U, tasks.size());
  EXPECT_EQ(9U, tasks[0].request.valid_s);  // 4 x 2 s + 1 s
}

TEST_F(LeasesTest, IsPermanentWithoutLeases) {
  make({{virtual_address("198.51.100.254", 24)}}, Safety::Lease::kOff);
  hold(0);
  now += 1h;
  EXPECT_TRUE(renew().empty());
  EXPECT_TRUE(table->deadline().is_never());
}

}  // namespace
}  // namespace keeper
