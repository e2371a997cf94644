// What the RFCs ask of those who configure a virtual router, as far as a configuration can be told to be wrong.
#include <gtest/gtest.h>

#include "engine/config/codes.hpp"
#include "engine/config/parser.hpp"
#include "tests/unit/config/memory_files.hpp"

namespace config {
namespace {

Parsed instance(const std::string& lines) {
  return parse_text("vrrp_instance V {\n interface eth0\n virtual_router_id 7\n" + lines + "\n}\n");
}

bool says(const Parsed& parsed, Code code) {
  for (const Diagnostic& finding : parsed.findings)
    if (finding.code == to_string(code)) return true;
  return false;
}

constexpr const char* kAddress = "\n virtual_ipaddress { 192.0.2.1/24 }";

// RFC9568-5.2.4-1 negative: no other number makes an owner.
TEST(Priority, OfAnOwnerIsTwoHundredFiftyFiveAndNothingBeyond) {
  EXPECT_EQ(instance(std::string(" priority 255") + kAddress).model.instances.at(0).priority, 255);
  const Parsed beyond = instance(std::string(" priority 256") + kAddress);
  EXPECT_TRUE(says(beyond, Code::kOutOfRange)) << render(beyond.findings, beyond.files);
  EXPECT_LT(beyond.model.instances.at(0).priority, 255);
}

// RFC9568-5.2.4-2 negative: 0 says that a master leaves and is nobody's priority.
TEST(Priority, OfABackupIsNeverZero) {
  const Parsed zero = instance(std::string(" priority 0") + kAddress);
  EXPECT_FALSE(zero.findings.empty());
  EXPECT_GE(zero.model.instances.at(0).priority, 1);
}

// RFC9568-5.2.9-1 negative, RFC9568-6.1-p5 negative: what is written is sent, and strict mode refuses it.
TEST(AddressList, OfIpv6BeginsLinkLocalOrStrictModeRefusesIt) {
  const std::string global_first =
      " version 3\n virtual_ipaddress {\n 2001:db8::1/64\n fe80::1/64\n }";
  const std::string local_first =
      " version 3\n virtual_ipaddress {\n fe80::1/64\n 2001:db8::1/64\n }";
  EXPECT_TRUE(instance(global_first).usable());
  EXPECT_TRUE(says(instance(" strict_mode\n" + global_first), Code::kStrictRefuses));
  EXPECT_FALSE(says(instance(" strict_mode\n" + local_first), Code::kStrictRefuses));
}

}  // namespace
}  // namespace config
