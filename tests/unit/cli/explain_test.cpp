#include "cli/explain.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/config/memory_files.hpp"

namespace cli {
namespace {

config::Model model(const std::string& more = {}) {
  const config::Parsed parsed = config::parse_text(
      "vrrp_script check {\n script \"/bin/check -x\"\n}\n"
      "vrrp_instance VI_1 {\n interface crans\n virtual_router_id 50\n priority 150\n"
      " virtual_ipaddress {\n 192.0.2.1/24\n }\n"
      " virtual_ipaddress_excluded {\n 198.51.100.1 dev dmz\n }\n" +
      more);
  EXPECT_TRUE(parsed.usable()) << render(parsed.findings, parsed.files);
  return parsed.model;
}

TEST(Explain, SaysWhoItIsWhatItHoldsAndWhenItRises) {
  // Version 2, 1 s, priority 150: 3 x 1 s + 106/256 s = 3.414 s.
  const config::Model one = model("}\n");
  EXPECT_EQ(
      explain(one, one.instances[0]),
      (std::vector<std::string>{
          "Is virtual router 50 of IPv4 on crans, with priority 150; as master it speaks VRRP "
          "version 2 every 1.0 s to 224.0.0.18.",
          "While it is master it holds 192.0.2.1/24 and 198.51.100.1/32 on dmz; 1 of them is "
          "not in adverts.",
          "Becomes master when it has heard nobody for 3.4 s, and takes over from a master of "
          "lower priority."}));
}

TEST(Explain, SaysWhatEveryFailureCosts) {
  const config::Model one = model(
      " track_script {\n check weight -20\n }\n track_interface {\n uplink\n dmz weight 30 "
      "reverse\n"
      " }\n}\n");
  const auto said = explain(one, one.instances[0]);
  EXPECT_EQ((std::vector<std::string>(said.begin() + 3, said.end())),
            (std::vector<std::string>{
                "It loses 20 of priority while script check fails (/bin/check -x, every 1.0 s).",
                "It is no master while interface uplink is down.",
                "It gains 30 of priority while interface dmz is down."}));
}

TEST(Explain, SaysWhatHoldsForAll) {
  const config::Model one =
      model("}\nflags {\n permit_file /run/permit\n active_file /run/active\n}\n");
  EXPECT_EQ(explain_rest(one),
            (std::vector<std::string>{"Without the file /run/permit, VI_1 may not be master.",
                                      "The file /run/active is there exactly while VI_1 is master.",
                                      "What happens is kept for ever."}));
}

constexpr const char* kNotYet = "this version of vigie does not do it";

std::vector<std::string> behind_the_first(const std::vector<std::string>& said,
                                          std::ptrdiff_t count) {
  return {said.begin() + count, said.end()};
}

TEST(Explain, SaysWhatIsAskedOfTheKernelAndThatItDoesNotHappenYet) {
  const config::Model one = model(
      " no_accept\n use_vmac vip50\n vrf red\n"
      " virtual_routes {\n 10.1.0.0/16 via 192.0.2.9\n blackhole 10.2.0.0/16 table 7\n }\n"
      " virtual_rules {\n from 192.0.2.0/24 table 7\n }\n}\n");
  EXPECT_EQ(
      behind_the_first(explain(one, one.instances[0]), 3),
      (std::vector<std::string>{
          fmt::format("Packets to its addresses are to be kept out (no accept): {}, and they are "
                      "answered.",
                      kNotYet),
          fmt::format("While it is master the kernel is to have 2 routes (10.1.0.0/16 via "
                      "192.0.2.9 and blackhole 10.2.0.0/16 in table 7): {}.",
                      kNotYet),
          fmt::format("While it is master the kernel is to have 1 rule (packets from 192.0.2.0/24 "
                      "to table 7): {}.",
                      kNotYet),
          // VRID 50 is 0x32; the group of IPv4 has 01 before it (RFC 9568 7.3).
          fmt::format("It is to have the hardware address 00:00:5e:00:01:32 on a macvlan vip50 "
                      "above crans: {}, and its addresses have the hardware address of crans.",
                      kNotYet),
          fmt::format("It is to be in VRF red: {}, and the VRF is what crans is in.", kNotYet)}));
  for (const std::string& sentence : explain(one, one.instances[0]))
    EXPECT_EQ(sentence.find("not accepted"), std::string::npos) << sentence;
}

TEST(Explain, SaysThatAnIpvlanIsNotMadeYet) {
  const config::Model one = model(" use_ipvlan own 192.0.2.77/24\n}\n");
  EXPECT_EQ(behind_the_first(explain(one, one.instances[0]), 3),
            (std::vector<std::string>{fmt::format(
                "It is to have an ipvlan own above crans with 192.0.2.77/24: {}, and its addresses "
                "are on crans.",
                kNotYet)}));
}

TEST(Explain, SaysWhatTheStaticBlocksAskFor) {
  const config::Model one = model(
      "}\nstatic_ipaddress {\n 203.0.113.1/24 dev lo\n 203.0.113.2/24 dev lo\n}\n"
      "static_routes {\n 10.3.0.0/16 via 192.0.2.9 dev crans\n}\n"
      "static_rules {\n to 10.3.0.0/16 iif dmz fwmark 5 ipproto tcp table 9\n}\n"
      "global_defs {\n nftables guard\n}\n");
  const std::string when = "For as long as vigie runs the kernel is to have ";
  EXPECT_EQ(
      explain_rest(one),
      (std::vector<std::string>{
          fmt::format("{}2 static addresses (203.0.113.1/24 on lo and 203.0.113.2/24 on lo): {}.",
                      when, kNotYet),
          fmt::format("{}1 static route (10.3.0.0/16 via 192.0.2.9 on crans): {}.", when, kNotYet),
          fmt::format("{}1 static rule (packets to 10.3.0.0/16 that came by dmz marked 0x5 (1 "
                      "condition more) to table 9): {}.",
                      when, kNotYet),
          fmt::format("What is to be kept out is to be kept out by nftables, table guard: {}.",
                      kNotYet),
          "What happens is kept for ever."}));
}

}  // namespace
}  // namespace cli
