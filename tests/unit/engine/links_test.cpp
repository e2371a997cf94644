#include <gtest/gtest.h>

#include "engine/links.hpp"

namespace {

using engine::kNobody;
using engine::Links;

ipc::Interface report(std::uint32_t ifindex, bool carries) {
  ipc::Interface message;
  feed::put_text(message.name, "eth0");
  message.ifindex = ifindex;
  message.up = carries ? 1 : 0;
  message.running = carries ? 1 : 0;
  message.ipv4 = {192, 0, 2, 1};
  return message;
}

wire::LinkEvent event(std::uint32_t ifindex, bool carries, bool gone = false) {
  wire::LinkEvent said{.ifindex = ifindex, .up = carries, .running = carries, .gone = gone};
  feed::put_text(said.name, "eth0");
  return said;
}

TEST(Links, KnowNothingAtFirst) {
  const Links links({"eth0"});
  EXPECT_FALSE(links[0].is_known);
  EXPECT_FALSE(links[0].exists());
  EXPECT_FALSE(links[0].carries());
}

TEST(Links, TakeTheKeepersWord) {
  Links links({"eth1", "eth0"});
  EXPECT_EQ(links.learn(report(3, true)).place, 1);
  EXPECT_TRUE(links[1].carries());
  EXPECT_EQ(links[1].source(base::Family::kIpv4), base::Address::v4(192, 0, 2, 1));
  EXPECT_FALSE(links[1].source(base::Family::kIpv6).is_set());
}

TEST(Links, IgnoreInterfacesNobodyNamed) {
  Links links({"eth1"});
  EXPECT_EQ(links.learn(report(3, true)).place, kNobody);
  EXPECT_EQ(links.learn(event(3, true)).place, kNobody);
}

TEST(Links, AreDownTheMomentTheKernelSaysSo) {
  Links links({"eth0"});
  (void)links.learn(report(3, true));
  const auto change = links.learn(event(3, false));
  EXPECT_EQ(change.place, 0);
  EXPECT_TRUE(change.before.carries());
  EXPECT_FALSE(links[0].carries());
  EXPECT_TRUE(links[0].exists());
}

TEST(Links, AreNotBroughtUpByAnOlderReportOfTheKeeper) {
  Links links({"eth0"});
  (void)links.learn(report(3, true));
  (void)links.learn(event(3, false));
  (void)links.learn(report(3, true));
  EXPECT_FALSE(links[0].carries());
}

TEST(Links, TakeAddressesFromTheKeeperEvenThen) {
  Links links({"eth0"});
  (void)links.learn(event(3, true));
  (void)links.learn(report(3, true));
  (void)links.learn(event(3, true));
  ipc::Interface changed = report(3, false);
  changed.ipv4 = {192, 0, 2, 9};
  (void)links.learn(changed);
  EXPECT_TRUE(links[0].carries());
  EXPECT_EQ(links[0].ipv4, base::Address::v4(192, 0, 2, 9));
}

// FAULT-33
TEST(Links, BelieveTheKeeperAgainAfterEventsWereLost) {
  Links links({"eth0"});
  (void)links.learn(report(3, true));
  (void)links.learn(event(3, false));
  links.ask_again();
  (void)links.learn(report(3, true));
  EXPECT_TRUE(links[0].carries());
}

TEST(Links, AreGoneTheMomentTheKernelSaysSoAndStayGone) {
  Links links({"eth0"});
  (void)links.learn(report(3, true));
  (void)links.learn(event(3, false, true));
  EXPECT_FALSE(links[0].exists());
  EXPECT_EQ(links.learn(report(3, true)).place, kNobody);  // older than the event
  EXPECT_FALSE(links[0].exists());
}

// FAULT-28
TEST(Links, ComeBackUnderAnotherIndex) {
  Links links({"eth0"});
  (void)links.learn(report(3, true));
  (void)links.learn(event(3, false, true));
  EXPECT_EQ(links.learn(report(9, true)).place, 0);
  EXPECT_EQ(links[0].ifindex, 9U);
  EXPECT_TRUE(links[0].carries());
}

TEST(Links, ComeBackUnderTheSameIndex) {
  Links links({"eth0"});
  (void)links.learn(report(3, true));
  (void)links.learn(event(3, false, true));
  (void)links.learn(event(3, false));  // moved back into this namespace
  (void)links.learn(report(3, true));
  EXPECT_TRUE(links[0].carries());
}

// FAULT-29
TEST(Links, ThatWereRenamedAreGone) {
  Links links({"eth0"});
  (void)links.learn(report(3, true));
  wire::LinkEvent renamed = event(3, true);
  feed::put_text(renamed.name, "wan0");
  EXPECT_EQ(links.learn(renamed).place, 0);
  EXPECT_FALSE(links[0].exists());
}

}  // namespace
