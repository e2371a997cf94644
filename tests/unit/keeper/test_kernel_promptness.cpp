// How soon vigie-keeper, as a process against the real kernel, tells what changed: by notification, not by audit.
#include <gtest/gtest.h>

#include "base/os/clock.hpp"
#include "tests/unit/keeper/namespace.hpp"
#include "tests/unit/keeper/process.hpp"

namespace keeper_test {
namespace {

using namespace std::chrono_literals;

TEST(KeeperPromptness, TellsAtOnceWhichAddressAnInterfaceHasToSpeakFrom) {
  if (const auto reason = enter_fresh_network()) GTEST_SKIP() << *reason;
  ASSERT_EQ(0, run("ip link add crans type veth peer name far && ip link set crans up && "
                   "ip link set far up"));
  config::Model model;
  model.instances.resize(1);
  model.instances[0].name = "VI_1";
  model.instances[0].interface = "crans";
  model.instances[0].vrid = 50;
  KeeperProcess keeper{model};
  ASSERT_TRUE(keeper.waits_for_caught_up());
  const auto& crans = keeper.interfaces["crans"];
  const base::Instant begun = base::os::now();
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(0, run("ip addr add 198.51.100.1/24 dev crans"));
    ASSERT_TRUE(keeper.listen_until([&] { return crans.ipv4[0] == 198; }));
    ASSERT_EQ(0, run("ip addr del 198.51.100.1/24 dev crans"));
    ASSERT_TRUE(keeper.listen_until([&] { return crans.ipv4 == decltype(crans.ipv4){}; }));
  }
  // Eight changes; audits, of which there is one a second, would need seven seconds to find them all.
  EXPECT_LT(base::os::now() - begun, 2s);
}

}  // namespace
}  // namespace keeper_test
