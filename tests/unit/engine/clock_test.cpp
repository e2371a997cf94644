// The time of day is set while the engine runs: nothing that decides looks at it.
#include <iostream>
#include <random>

#include "tests/unit/engine/fixture.hpp"

namespace {

using namespace lan;  // NOLINT(google-build-using-namespace): the words of these tests

class EngineWhoseClockIsSet : public Engine {
 protected:
  void TearDown() override { House::clock_ahead_ns = 0; }

  // Two hundred steps of up to an hour to either side, while the peer speaks as `priority` (or nobody does).
  void set_the_clock(std::uint8_t priority) {
    std::mt19937_64 random{17};
    base::Instant next = base::os::now();
    for (int step = 0; step < 200; ++step) {
      House::clock_ahead_ns =
          static_cast<std::int64_t>(random() % 7'200'000'000'000) - 3'600'000'000'000;
      if (priority != 0 && base::os::now() >= next) {
        peer_->advertise(priority);
        next += kInterval;
      }
      const base::Instant began = base::os::now();
      house_->run_for(10ms);
      // A turn ends after a heartbeat of 50 ms at the latest.
      const base::Duration took = base::os::now() - began;
      if (took > 80ms) lost_at_most_ += 1 + static_cast<double>(took / kInterval);
    }
  }

  // So many adverts may have fallen to a machine that stood still.
  double lost_at_most_ = 0;
};

// FAULT-17: 200 steps of up to an hour in 40 intervals of 250 ms: 0 changes of roles
TEST_F(EngineWhoseClockIsSet, StaysBackup) {
  start_as_backup();
  const std::size_t before = house_->records(feed::Kind::kTransition).size();
  const auto heard = house_->row().adverts_received;
  set_the_clock(200);
  const std::size_t changes = house_->records(feed::Kind::kTransition).size() - before;
  std::cout << "figure: 200 steps of up to an hour as backup: " << changes << " changes of roles, "
            << house_->row().adverts_received - heard << " adverts heard\n";
  EXPECT_EQ(changes, 0U);
  EXPECT_TRUE(house_->is(State::kBackup));
}

// FAULT-17: 200 steps of up to an hour: 0 changes of roles, 40 adverts of 40 due
TEST_F(EngineWhoseClockIsSet, StaysMasterAndKeepsItsPace) {
  start_as_master();
  const std::size_t before = house_->records(feed::Kind::kTransition).size();
  (void)peer_->hear();
  const base::Instant began = base::os::now();
  set_the_clock(0);
  const auto adverts = static_cast<double>(peer_->hear().adverts.size());
  const double due = static_cast<double>((base::os::now() - began).count()) /
                     static_cast<double>(kInterval.count());
  const std::size_t changes = house_->records(feed::Kind::kTransition).size() - before;
  std::cout << "figure: 200 steps of up to an hour as master: " << changes << " changes of roles, "
            << adverts << " adverts of " << due << " due\n";
  EXPECT_EQ(changes, 0U);
  EXPECT_LE(adverts, due + 1);
  EXPECT_GE(adverts, due - 1 - lost_at_most_);
}

}  // namespace
