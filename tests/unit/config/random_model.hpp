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
    fill(model.tracked_files, [&] { return file(); });
    fill(model.processes, [&] { return process(); });
    fill(model.interface_delays, [&] {
      return InterfaceDelay{text(), duration(), duration(), position()};
    });
    fill(model.instances, [&] { return instance(model); });
    // Every instance is in one group at most, and both know it.
    fill(model.groups, [&] { return group(); });
    for (std::size_t i = 0; i < model.instances.size() && !model.groups.empty(); ++i) {
      if (coin()) continue;
      const auto place = below(model.groups.size());
      model.instances[i].group = static_cast<std::uint16_t>(place);
      model.groups[place].members.push_back(static_cast<std::uint16_t>(i));
    }
    model.safety = {duration(), duration(), coin(), duration(), coin()};
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
  template <typename T>
  std::uint16_t place_in(const std::vector<T>& list) {
    return static_cast<std::uint16_t>(below(list.size()));
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
  File file() {
    File made;
    made.name = text();
    made.path = text();
    made.weight = any<int>();
    made.reverse = coin();
    if (coin()) made.initial = any<int>();
    made.overwrites_initial = coin();
    made.at = position();
    return made;
  }
  Process process() {
    Process made;
    made.name = text();
    fill(made.command, [&] { return text(); });
    made.parameters = static_cast<Process::Match>(below(4));
    made.full_command = coin();
    made.weight = any<int>();
    made.reverse = coin();
    made.quorum = any<std::uint32_t>();
    made.quorum_max = any<std::uint32_t>();
    made.fork_delay = duration();
    made.terminate_delay = duration();
    made.at = position();
    return made;
  }
  SyncGroup group() {
    SyncGroup made;
    made.name = text();
    made.keeps_member_weights = coin();
    made.notify_master = command();
    made.notify_backup = command();
    made.notify_fault = command();
    made.notify_stop = command();
    made.notify = command();
    made.smtp_alert = coin();
    made.at = position();
    return made;
  }
  Hmac hmac() {
    Hmac made;
    fill(made.keys, [&] { return HmacKey{any<std::uint8_t>(), text()}; });
    made.active_key =
        made.keys.empty() ? any<std::uint8_t>() : made.keys[below(made.keys.size())].id;
    made.is_monotonic = coin();
    made.window = duration();
    made.mode = static_cast<Hmac::Mode>(below(3));
    return made;
  }
  Announcing announcing() {
    return {any<std::uint32_t>(), duration(), duration(), any<std::uint32_t>(),
            any<std::uint32_t>(), duration(), duration(), duration()};
  }
  Instance instance(const Model& model) {
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
    if (!model.scripts.empty())
      fill(made.track_scripts, [&] {
        return TrackedScript{place_in(model.scripts), any<int>(), coin(), position()};
      });
    if (!model.tracked_files.empty())
      fill(made.track_files, [&] {
        return TrackedFile{place_in(model.tracked_files), any<int>(), coin(), position()};
      });
    if (!model.processes.empty())
      fill(made.track_processes, [&] {
        return TrackedProcess{place_in(model.processes), any<int>(), coin(), position()};
      });
    made.hmac = hmac();
    fill(made.unicast_peers, [&] {
      return UnicastPeer{address(), any<std::uint8_t>(), any<std::uint8_t>(), position()};
    });
    made.source = maybe_address();
    made.multicast_group = maybe_address();
    made.unicast_ttl = any<std::uint8_t>();
    made.check_unicast_src = coin();
    made.unicast_fault_no_peer = coin();
    made.track_src_ip = coin();
    made.strict = coin();
    made.skip_check_adv_addr = coin();
    made.owner_ignore_adverts = coin();
    made.lower_prio_no_advert = coin();
    made.higher_prio_send_advert = coin();
    if (coin()) made.late_backup = any<std::uint8_t>();
    made.learned_interval_cap = any<std::uint8_t>();
    made.receive_buffer = any<std::uint32_t>();
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
    made.announcing = announcing();
    made.notify_master_rx_lower_pri = command();
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
