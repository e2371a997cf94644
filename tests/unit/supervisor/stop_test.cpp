#include "supervisor/stop.hpp"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

config::Model advertising_each(base::Duration interval) {
  config::Model model;
  model.instances.resize(2);
  model.instances[0].version = model.instances[1].version = 3;
  model.instances[0].advert_interval = milliseconds{100};
  model.instances[1].advert_interval = interval;
  return model;
}

// The runner 12 + 1, the keeper 5 + 1, the readers of the ledger 8 + 1, the engine 5 + 1: 34 s after the departure.
TEST(StopBound, IsThatOfTheManual) {
  EXPECT_EQ(departure_bound(advertising_each(seconds{1})), seconds{3 + 2});
  EXPECT_EQ(stop_bound(advertising_each(seconds{1})), seconds{39});
}

TEST(StopBound, GrowsWithTheSlowestInstance) {
  EXPECT_EQ(stop_bound(advertising_each(seconds{20})), seconds{60 + 2 + 34});
}

TEST(StopBound, LeavesTheShutdownScriptItsTime) {
  config::Model model = advertising_each(seconds{1});
  model.notifying.shutdown.command.arguments = {"/bin/true"};
  model.notifying.shutdown.timeout = seconds{30};
  EXPECT_EQ(stop_bound(model), seconds{39 + 30 + 2} + milliseconds{500});
}

}  // namespace
}  // namespace supervisor
