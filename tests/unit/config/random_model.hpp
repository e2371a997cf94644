// Models that no operator would write but every reader must survive: every field takes every kind of value it can hold.
#pragma once

#include <random>
#include <string>

#include "engine/config/model.hpp"

namespace config {

class RandomModel {
 public:
  explicit RandomModel(std::uint64_t seed) : generator_(seed) {}

  Model make() {
    Model model;
    fill(model.files, [&] { return text(); });
    model.router_id = text();
    model.script_user = text();
    model.script_group = text();
    model.script_security = coin();
    fill(model.scripts, [&] { return script(); });
    fill(model.instances, [&] { return instance(model.scripts.size()); });
    if (!model.instances.empty()) fill(model.flags, [&] { return flags(model.instances.size()); });
    model.mail = mail();
    model.agentx = {coin(), text(), coin()};
    model.history = {text(), duration()};
    fill(model.former, [&] { return FormerAddress{prefix(), text(), maybe_address()}; });
    return model;
  }

 private:
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(generator_);
  }
  bool coin() { return below(2) == 1; }
  template <typename T>
  T any() {
    return static_cast<T>(generator_());
  }
  std::string text() {
    std::string made(below(4) == 0 ? 0 : below(40), '\0');
    for (char& c : made) c = any<char>();
    return made;
  }
  Duration duration() { return Duration{any<std::int64_t>()}; }
  Position position() { return {any<std::uint16_t>(), any<std::uint32_t>(), any<std::uint16_t>()}; }
  template <typename T, typename Make>
  void fill(std::vector<T>& list, Make make) {
    for (std::uint64_t left = below(5); left > 0; --left) list.push_back(make());
  }
  Address address() {
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes) byte = any<std::uint8_t>();
    return coin() ? Address::from_bytes(Family::kIpv4, std::span(bytes).first(4))
                  : Address::from_bytes(Family::kIpv6, bytes);
  }
  std::optional<Address> maybe_address() {
    return coin() ? std::optional(address()) : std::nullopt;
  }
  Command command() {
    Command made;
    fill(made.arguments, [&] { return text(); });
    made.user = text();
    made.group = text();
    return made;
  }
  Script script() {
    return {text(),     command(), duration(),           duration(),
            any<int>(), coin(),    any<std::uint32_t>(), any<std::uint32_t>(),
            coin(),     position()};
  }
  base::Prefix prefix() {
    base::Prefix made;
    made.address = address();
    made.length = static_cast<std::uint8_t>(below(8 * made.address.bytes().size() + 1));
    return made;
  }
  VirtualAddress virtual_address() {
    VirtualAddress made;
    made.prefix = prefix();
    made.interface = text();
    made.broadcast = maybe_address();
    made.scope = any<std::uint8_t>();
    made.label = text();
    made.peer = maybe_address();
    made.is_advertised = coin();
    made.at = position();
    return made;
  }
  Instance instance(std::size_t scripts) {
    Instance made;
    made.name = text();
    made.interface = text();
    made.family = coin() ? Family::kIpv4 : Family::kIpv6;
    made.vrid = static_cast<std::uint8_t>(1 + below(255));
    made.version = coin() ? 2 : 3;
    made.priority = any<std::uint8_t>();
    made.advert_interval = duration();
    made.starts_as_master = coin();
    made.preempt = coin();
    made.preempt_delay = duration();
    made.accept = coin();
    made.v3_checksum_as_v2 = coin();
    made.down_timer_adverts = any<std::uint8_t>();
    made.auth_type = any<std::uint8_t>();
    made.auth_pass = text();
    fill(made.addresses, [&] { return virtual_address(); });
    if (scripts > 0)
      fill(made.track_scripts, [&] {
        return TrackedScript{static_cast<std::uint16_t>(below(scripts)), any<int>(), coin(),
                             position()};
      });
    fill(made.track_interfaces, [&] {
      return TrackedInterface{text(), any<int>(), coin(), position()};
    });
    made.track_primary = coin();
    made.notify_master = command();
    made.notify_backup = command();
    made.notify_fault = command();
    made.notify_stop = command();
    made.notify = command();
    made.smtp_alert = coin();
    made.announcing.delay = duration();
    made.announcing.repeat = any<std::uint32_t>();
    made.at = position();
    return made;
  }
  Flags flags(std::size_t instances) {
    Flags made;
    fill(made.instances, [&] { return static_cast<std::uint16_t>(below(instances)); });
    made.permit_file = text();
    made.active_file = text();
    made.at = position();
    return made;
  }
  Mail mail() {
    Mail made;
    made.server = text();
    made.port = any<std::uint16_t>();
    made.from = text();
    fill(made.to, [&] { return text(); });
    made.helo = text();
    made.connect_timeout = duration();
    made.no_faults = coin();
    made.tls = static_cast<Mail::Tls>(below(3));
    made.user = text();
    made.password = text();
    made.ca_file = text();
    made.expire = duration();
    return made;
  }

  std::mt19937_64 generator_;
};

}  // namespace config
