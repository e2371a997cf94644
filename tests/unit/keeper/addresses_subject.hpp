// A table of addresses and a kernel to hold them.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "engine/keeper/addresses.hpp"

namespace keeper {

using namespace std::chrono_literals;
using base::Address;

inline constexpr IfIndex kCrans{4};

inline config::VirtualAddress virtual_address(const std::string& text, unsigned length,
                                              const std::string& interface = "crans") {
  config::VirtualAddress made;
  made.prefix = {*Address::parse(text), static_cast<std::uint8_t>(length)};
  made.interface = interface;
  return made;
}

inline config::Model model(std::vector<std::vector<config::VirtualAddress>> instances) {
  config::Model made;
  for (auto& addresses : instances) {
    config::Instance instance;
    instance.interface = "crans";
    instance.addresses = std::move(addresses);
    made.instances.push_back(std::move(instance));
  }
  // Time that passes is another test's subject: lease_test.
  made.safety.lease = config::Safety::Lease::kOff;
  return made;
}

// A kernel small enough to be right by inspection: which addresses are on which interface, and what it refuses.
struct Kernel {
  struct Key {
    IfIndex index;
    base::Prefix prefix;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::set<Key> present;
  std::set<Address> refused;
  int refusal = EINVAL;
  std::set<IfIndex> indices{kCrans};
  bool is_slow = false;          // does not tell of an IPv6 address that was added
  std::vector<std::string> log;  // what it was asked, in order

  bool has(const Key& key) const {
    for (const Key& other : present)
      if (other.index == key.index && other.prefix.address == key.prefix.address &&
          (key.prefix.address.family() == Family::kIpv6 || other.prefix == key.prefix))
        return true;
    return false;
  }

  int perform(const Request& request) {
    const bool adds = request.verb == Request::Verb::kAdd;
    log.push_back((adds ? "+" : "-") + base::to_string(request.prefix));
    if (!indices.contains(request.index)) return ENODEV;
    const Key key{request.index, request.prefix};
    if (adds) {
      if (refused.contains(request.prefix.address)) return refusal;
      if (has(key)) return EEXIST;
      present.insert(key);
      return 0;
    }
    return present.erase(key) == 1 ? 0 : EADDRNOTAVAIL;
  }
};

class AddressesTest : public testing::Test {
 protected:
  void make(std::vector<std::vector<config::VirtualAddress>> instances) {
    table.emplace(model(std::move(instances)));
    table->interface_is("crans", kCrans);
  }
  // Until nothing is due at this moment.
  void settle() {
    for (int rounds = 0; rounds < 1000; ++rounds) {
      const auto tasks = table->take(20, now);
      if (tasks.empty()) return;
      for (const auto& task : tasks) perform(task);
    }
    FAIL() << "never calm";
  }
  void perform(const Addresses::Task& task) {
    const int error = kernel.perform(task.request);
    table->done(task, error, now);
    const base::Prefix& prefix = task.request.prefix;
    if (error != 0 || task.request.verb != Request::Verb::kAdd || kernel.is_slow ||
        prefix.address.family() != Family::kIpv6)
      return;
    AddressFact told = fact(base::to_string(prefix.address), prefix.length, true);
    told.valid_s = task.request.valid_s;
    table->observe(told, now);
  }
  std::vector<std::string> asked() { return std::exchange(kernel.log, {}); }
  AddressFact fact(const std::string& text, unsigned length, bool exists,
                   IfIndex index = kCrans) const {
    AddressFact made;
    made.exists = exists;
    made.index = index;
    made.local = {*Address::parse(text), static_cast<std::uint8_t>(length)};
    made.remote = made.local.address;
    return made;
  }
  void somebody_removes(const std::string& text, unsigned length) {
    kernel.present.erase({kCrans, {*Address::parse(text), static_cast<std::uint8_t>(length)}});
    table->observe(fact(text, length, false), now);
  }
  void somebody_adds(const std::string& text, unsigned length) {
    kernel.present.insert({kCrans, {*Address::parse(text), static_cast<std::uint8_t>(length)}});
    table->observe(fact(text, length, true), now);
  }
  Addresses::Holding holding(unsigned instance) const {
    return table->holding(static_cast<std::uint16_t>(instance), now);
  }

  Instant now = Instant{} + 1h;
  Kernel kernel;
  std::optional<Addresses> table;
};

}  // namespace keeper
