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
    model.safety = {duration(), duration(), coin(),
                    duration(), coin(),     static_cast<Safety::Lease>(below(3)),
                    duration()};
    if (!model.instances.empty()) fill(model.flags, [&] { return flags(model.instances.size()); });
    model.mail = mail();
    model.agentx = {coin(), text(), coin()};
    model.history = {text(), duration()};
    fill(model.former, [&] { return FormerAddress{prefix(), text(), maybe_address()}; });
    if (!model.instances.empty())
      fill(model.track_groups, [&] { return track_group(model.instances.size()); });
    const std::size_t groups = model.track_groups.size();
    fill(model.statics.addresses, [&] { return virtual_address(groups); });
    fill(model.statics.routes, [&] { return route(groups); });
    fill(model.statics.rules, [&] { return rule(groups); });
    model.notifying = {fifo(), fifo(), coin(), {command(), duration()}, {command(), duration()}};
    model.firewall.by = static_cast<Firewall::By>(below(3));
    model.firewall.table = text();
    model.firewall.priority = any<std::int32_t>();
    model.firewall.counts = coin();
    model.firewall.by_ifindex = coin();
    model.firewall.chain_in = text();
    model.firewall.chain_out = text();
    fill(model.firewall.ipsets, [&] { return text(); });
    model.kernel = {text(), text(), coin()};
    model.scheduling.rt_priority = any<std::uint8_t>();
    fill(model.scheduling.cpus, [&] { return any<std::uint16_t>(); });
    model.supplementary_groups = coin();
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
  std::uint16_t track_group_of(std::size_t groups) {
    return groups == 0 || coin() ? kNoTrackGroup : static_cast<std::uint16_t>(below(groups));
  }
  TrackGroup track_group(std::size_t instances) {
    TrackGroup made;
    made.name = text();
    fill(made.instances, [&] { return static_cast<std::uint16_t>(below(instances)); });
    made.at = position();
    return made;
  }
  Fifo fifo() { return {text(), text(), text(), command()}; }
  template <typename T>
  std::optional<T> maybe() {
    return coin() ? std::optional(any<T>()) : std::nullopt;
  }
  Encapsulation encapsulation() {
    Encapsulation made;
    made.kind = static_cast<Encapsulation::Kind>(below(5));
    made.id = any<std::uint64_t>();
    made.source = maybe_address();
    made.destination = maybe_address();
    made.tos = any<std::uint8_t>();
    made.ttl = any<std::uint8_t>();
    made.flags = any<std::uint16_t>();
    fill(made.labels, [&] { return any<std::uint32_t>(); });
    made.locator = any<std::uint64_t>();
    return made;
  }
  Route route(std::size_t groups) {
    Route made;
    made.kind = static_cast<Route::Kind>(1 + below(10));
    made.to = prefix();
    if (coin()) made.from = prefix();
    made.source = maybe_address();
    fill(made.hops, [&] {
      return NextHop{maybe_address(),      text(),         any<std::uint16_t>(), coin(),
                     any<std::uint32_t>(), encapsulation()};
    });
    made.tos = any<std::uint8_t>();
    made.table = any<std::uint32_t>();
    made.protocol = any<std::uint8_t>();
    made.scope = maybe<std::uint8_t>();
    made.metric = maybe<std::uint32_t>();
    fill(made.metrics, [&] {
      return RouteMetric{any<std::uint8_t>(), any<std::uint32_t>(), coin()};
    });
    made.congestion_control = text();
    made.is_congestion_control_locked = coin();
    made.preference = maybe<std::uint8_t>();
    if (coin()) made.propagates_ttl = coin();
    made.expires = duration();
    made.place = static_cast<Route::Place>(below(3));
    made.vrf = text();
    made.is_tracked = coin();
    made.track_group = track_group_of(groups);
    made.at = position();
    return made;
  }
  Rule rule(std::size_t groups) {
    constexpr Rule::Action kActions[] = {Rule::Action::kTable,       Rule::Action::kGoto,
                                         Rule::Action::kNothing,     Rule::Action::kBlackhole,
                                         Rule::Action::kUnreachable, Rule::Action::kProhibit};
    Rule made;
    made.family = coin() ? Family::kIpv4 : Family::kIpv6;
    made.is_inverted = coin();
    if (coin()) made.from = prefix();
    if (coin()) made.to = prefix();
    made.preference = any<std::uint32_t>();
    made.tos = any<std::uint8_t>();
    made.mark = any<std::uint32_t>();
    made.mark_mask = any<std::uint32_t>();
    made.realms = any<std::uint32_t>();
    made.incoming = text();
    made.outgoing = text();
    made.suppress_length = maybe<std::uint8_t>();
    made.suppress_group = maybe<std::uint32_t>();
    made.tunnel_id = any<std::uint64_t>();
    if (coin()) made.users = UserRange{any<std::uint32_t>(), any<std::uint32_t>()};
    made.is_l3mdev = coin();
    made.protocol = any<std::uint8_t>();
    made.ip_protocol = maybe<std::uint8_t>();
    if (coin()) made.source_ports = PortRange{any<std::uint16_t>(), any<std::uint16_t>()};
    if (coin()) made.destination_ports = PortRange{any<std::uint16_t>(), any<std::uint16_t>()};
    made.action = kActions[below(6)];
    made.table = any<std::uint32_t>();
    made.target = any<std::uint32_t>();
    made.is_tracked = coin();
    made.track_group = track_group_of(groups);
    made.at = position();
    return made;
  }
  OwnInterface own_interface() {
    OwnInterface made;
    made.kind = static_cast<OwnInterface::Kind>(below(3));
    made.name = text();
    if (coin()) made.mac = base::Mac{any<std::uint8_t>(), any<std::uint8_t>(), 3, 4, 5, 6};
    if (coin()) made.address = prefix();
    made.mode = static_cast<OwnInterface::Mode>(below(3));
    made.group = maybe<std::uint32_t>();
    made.sends_from_parent = coin();
    made.for_other_interfaces = coin();
    made.is_told = coin();
    return made;
  }
  VirtualAddress virtual_address(std::size_t groups = 0) {
    VirtualAddress made;
    made.prefix = prefix();
    made.interface = text();
    made.broadcast = maybe_address();
    made.scope = any<std::uint8_t>();
    made.label = text();
    made.peer = maybe_address();
    made.is_advertised = coin();
    made.at = position();
    made.is_home = coin();
    made.makes_temporary = coin();
    made.has_prefix_route = coin();
    made.joins = coin();
    made.detects_duplicates = coin();
    made.is_tracked = coin();
    made.has_virtual_mac = coin();
    made.preferred = maybe<std::uint32_t>();
    made.track_group = track_group_of(groups);
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
    made.notify_priority_changes = coin();
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
            any<std::uint32_t>(), duration(), duration(), duration(),
            duration(),           coin()};
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
    fill(made.routes, [&] { return route(model.track_groups.size()); });
    fill(made.rules, [&] { return rule(model.track_groups.size()); });
    made.own_interface = own_interface();
    made.vrf = text();
    made.promote_secondaries = coin();
    made.tells_deletion = coin();
    made.notify_deleted = command();
    made.notify_priority_changes = coin();
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
