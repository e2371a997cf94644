#include "cli/explain.hpp"

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

}  // namespace
}  // namespace cli
