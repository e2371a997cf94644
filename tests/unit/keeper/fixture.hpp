// A keeper in a network of its own: `crans`, which it is told about, and `far`, the other end of the wire.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "engine/config/model.hpp"
#include "tests/unit/keeper/namespace.hpp"
#include "tests/unit/keeper/process.hpp"

namespace keeper_test {

using base::Family;

inline config::VirtualAddress virtual_address(const std::string& address, unsigned length,
                                              const std::string& interface) {
  config::VirtualAddress made;
  made.prefix = {*base::Address::parse(address), static_cast<std::uint8_t>(length)};
  made.interface = interface;
  return made;
}

inline config::Instance instance(const std::string& name, const std::string& interface,
                                 unsigned vrid) {
  config::Instance made;
  made.name = name;
  made.interface = interface;
  made.vrid = static_cast<std::uint8_t>(vrid);
  return made;
}

// One instance on `crans` with two addresses there.
inline config::Model small_model() {
  config::Model model;
  model.instances.push_back(instance("VI_1", "crans", 50));
  model.instances[0].addresses = {virtual_address("198.51.100.254", 24, "crans"),
                                  virtual_address("198.51.100.253", 24, "crans")};
  return model;
}

class KeeperInKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = enter_fresh_network()) GTEST_SKIP() << *reason;
    make_link();
  }
  static void make_link() {
    ASSERT_EQ(0, run("ip link add crans type veth peer name far && ip link set crans up && "
                     "ip link set far up && ip addr add 198.51.100.1/24 dev crans"));
  }
};

}  // namespace keeper_test
