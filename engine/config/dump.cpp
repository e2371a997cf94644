#include "engine/config/dump.hpp"

#include <fmt/format.h>

namespace config {
namespace {

std::string quoted(const std::string& text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      made += '\\';
      made += c;
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      made += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      made += c;
    }
  }
  return made + '"';
}

std::string hidden(const std::string& secret) {
  return secret.empty() ? "none" : fmt::format("({} bytes)", secret.size());
}

std::string seconds(Duration duration) {
  return fmt::format("{}s", std::chrono::duration<double>(duration).count());
}

std::string_view yes(bool answer) { return answer ? "yes" : "no"; }

std::string place(const Position& at) {
  return fmt::format("{}:{}:{}", at.file, at.line, at.column);
}

std::string account(const std::string& user, const std::string& group) {
  if (user.empty()) return "default";
  return group.empty() ? user : user + ":" + group;
}

std::string text_of(const Command& command) {
  if (!command.is_set()) return "none";
  std::string made;
  for (const std::string& argument : command.arguments) made += quoted(argument) + " ";
  return made + "as " + account(command.user, command.group);
}

std::string weight_of(int weight, bool reverse) {
  return fmt::format("weight {}{}", weight, reverse ? " reverse" : "");
}

std::string groups_of(std::uint16_t group, const Model& model) {
  if (group == kNoTrackGroup) return {};
  return " track_group " + quoted(model.track_groups[group].name);
}

std::string text_of(const VirtualAddress& address, const Model& model) {
  std::string made = fmt::format("{} dev {} scope {}", base::to_string(address.prefix),
                                 address.interface, address.scope);
  if (address.broadcast) made += " brd " + base::to_string(*address.broadcast);
  if (address.peer) made += " peer " + base::to_string(*address.peer);
  if (!address.label.empty()) made += " label " + quoted(address.label);
  if (!address.is_advertised) made += " excluded";
  if (address.is_home) made += " home";
  if (address.makes_temporary) made += " mngtmpaddr";
  if (!address.has_prefix_route) made += " noprefixroute";
  if (address.joins) made += " autojoin";
  if (address.detects_duplicates) made += " dad";
  if (!address.is_tracked) made += " no_track";
  if (address.has_virtual_mac) made += " use_vmac";
  if (address.preferred) made += fmt::format(" preferred_lft {}", *address.preferred);
  return made + groups_of(address.track_group, model);
}

std::string text_of(const Encapsulation& encapsulation) {
  constexpr std::string_view kKinds[] = {"none", "ip", "ip6", "mpls", "ila"};
  if (encapsulation.kind == Encapsulation::Kind::kNone) return {};
  std::string made = fmt::format(" encap {}", kKinds[static_cast<std::size_t>(encapsulation.kind)]);
  for (const std::uint32_t label : encapsulation.labels) made += fmt::format(" label {}", label);
  if (encapsulation.id != 0) made += fmt::format(" id {}", encapsulation.id);
  if (encapsulation.source) made += " src " + base::to_string(*encapsulation.source);
  if (encapsulation.destination) made += " dst " + base::to_string(*encapsulation.destination);
  if (encapsulation.tos != 0) made += fmt::format(" tos {}", encapsulation.tos);
  if (encapsulation.ttl != 0) made += fmt::format(" ttl {}", encapsulation.ttl);
  if (encapsulation.flags != 0) made += fmt::format(" flags {:#x}", encapsulation.flags);
  if (encapsulation.locator != 0) made += fmt::format(" locator {:#x}", encapsulation.locator);
  return made;
}

std::string realms_of(std::uint32_t realms) {
  if (realms == 0) return {};
  return fmt::format(" realms {}/{}", realms >> 16, realms & 0xffff);
}

std::string text_of(const NextHop& hop) {
  std::string made;
  if (hop.via) made += " via " + base::to_string(*hop.via);
  if (!hop.interface.empty()) made += " dev " + hop.interface;
  if (hop.weight != 1) made += fmt::format(" weight {}", hop.weight);
  if (hop.is_onlink) made += " onlink";
  return made + realms_of(hop.realms) + text_of(hop.encapsulation);
}

std::string text_of(const Route& route, const Model& model) {
  constexpr std::string_view kKinds[] = {"",         "unicast",   "local",     "broadcast",
                                         "anycast",  "multicast", "blackhole", "unreachable",
                                         "prohibit", "throw",     "nat"};
  constexpr std::string_view kPlaces[] = {" add", "", " append"};
  std::string made =
      fmt::format("{} {} table {} proto {}", kKinds[static_cast<std::size_t>(route.kind)],
                  base::to_string(route.to), route.table, route.protocol);
  if (!route.vrf.empty()) made += " vrf " + route.vrf;
  if (route.from) made += " from " + base::to_string(*route.from);
  if (route.source) made += " src " + base::to_string(*route.source);
  if (route.tos != 0) made += fmt::format(" tos {}", route.tos);
  if (route.scope) made += fmt::format(" scope {}", *route.scope);
  if (route.metric) made += fmt::format(" metric {}", *route.metric);
  for (const RouteMetric& metric : route.metrics)
    made +=
        fmt::format(" rtax {} {}{}", metric.kind, metric.value, metric.is_locked ? " lock" : "");
  if (!route.congestion_control.empty())
    made += " congctl " + quoted(route.congestion_control) +
            (route.is_congestion_control_locked ? " lock" : "");
  if (route.preference) made += fmt::format(" pref {}", *route.preference);
  if (route.propagates_ttl)
    made += fmt::format(" ttl-propagate {}", *route.propagates_ttl ? "enabled" : "disabled");
  if (route.expires > Duration{0}) made += " expires " + seconds(route.expires);
  for (const NextHop& hop : route.hops) made += " nexthop" + text_of(hop);
  made += kPlaces[static_cast<std::size_t>(route.place)];
  if (!route.is_tracked) made += " no_track";
  return made + groups_of(route.track_group, model);
}

std::string text_of(const Rule& rule, const Model& model) {
  std::string made = fmt::format("{}{} preference {}", rule.is_inverted ? "not " : "",
                                 rule.family == Family::kIpv6 ? "inet6" : "inet", rule.preference);
  if (rule.from) made += " from " + base::to_string(*rule.from);
  if (rule.to) made += " to " + base::to_string(*rule.to);
  if (rule.tos != 0) made += fmt::format(" tos {}", rule.tos);
  if (rule.mark_mask != 0) made += fmt::format(" fwmark {:#x}/{:#x}", rule.mark, rule.mark_mask);
  made += realms_of(rule.realms);
  if (!rule.incoming.empty()) made += " iif " + rule.incoming;
  if (!rule.outgoing.empty()) made += " oif " + rule.outgoing;
  if (rule.suppress_length) made += fmt::format(" suppress_prefixlength {}", *rule.suppress_length);
  if (rule.suppress_group) made += fmt::format(" suppress_ifgroup {}", *rule.suppress_group);
  if (rule.tunnel_id != 0) made += fmt::format(" tunnel-id {}", rule.tunnel_id);
  if (rule.users) made += fmt::format(" uidrange {}-{}", rule.users->first, rule.users->last);
  if (rule.is_l3mdev) made += " l3mdev";
  if (rule.ip_protocol) made += fmt::format(" ipproto {}", *rule.ip_protocol);
  if (rule.source_ports)
    made += fmt::format(" sport {}-{}", rule.source_ports->first, rule.source_ports->last);
  if (rule.destination_ports)
    made +=
        fmt::format(" dport {}-{}", rule.destination_ports->first, rule.destination_ports->last);
  made += fmt::format(" proto {}", rule.protocol);
  switch (rule.action) {
    case Rule::Action::kTable:
      // l3mdev names the table itself.
      if (!rule.is_l3mdev) made += fmt::format(" table {}", rule.table);
      break;
    case Rule::Action::kGoto: made += fmt::format(" goto {}", rule.target); break;
    case Rule::Action::kNothing: made += " nop"; break;
    case Rule::Action::kBlackhole: made += " blackhole"; break;
    case Rule::Action::kUnreachable: made += " unreachable"; break;
    case Rule::Action::kProhibit: made += " prohibit"; break;
  }
  if (!rule.is_tracked) made += " no_track";
  return made + groups_of(rule.track_group, model);
}

std::string text_of(const OwnInterface& own) {
  constexpr std::string_view kKinds[] = {"none", "macvlan", "ipvlan"};
  constexpr std::string_view kModes[] = {" bridge", " private", " vepa"};
  std::string made(kKinds[static_cast<std::size_t>(own.kind)]);
  if (own.kind == OwnInterface::Kind::kIpvlan) made += kModes[static_cast<std::size_t>(own.mode)];
  if (!own.name.empty()) made += " " + own.name;
  if (own.mac) made += " mac " + base::to_string(*own.mac);
  if (own.address) made += " address " + base::to_string(*own.address);
  if (own.group) made += fmt::format(" group {}", *own.group);
  if (own.sends_from_parent) made += " vmac_xmit_base";
  if (own.for_other_interfaces) made += " use_vmac_addr";
  if (own.is_told) made += " netlink_notify_msg";
  return made;
}

class Page {
 public:
  void part(std::string_view kind, std::string_view name, const Position& at) {
    parts_.push_back({std::string(kind), std::string(name), at, {}});
  }
  void part(std::string_view kind) { parts_.push_back({std::string(kind), {}, {}, {}}); }
  void line(std::string_view name, std::string_view value) {
    parts_.back().lines.emplace_back(name, value);
  }
  void line(std::string_view name, std::uint64_t value) { line(name, std::to_string(value)); }
  std::vector<Part> take() { return std::move(parts_); }

 private:
  std::vector<Part> parts_;
};

void put(Page& page, const Script& script) {
  page.part("script", quoted(script.name), script.at);
  page.line("command", text_of(script.command));
  page.line("interval", seconds(script.interval));
  page.line("timeout", seconds(script.timeout));
  page.line("effect", weight_of(script.weight, script.reverse));
  page.line("rise", script.rise);
  page.line("fall", script.fall);
  page.line("init_fail", yes(script.init_fail));
}

void put(Page& page, const File& file) {
  page.part("track_file", quoted(file.name), file.at);
  page.line("file", quoted(file.path));
  page.line("effect", weight_of(file.weight, file.reverse));
  page.line("init_file", !file.initial ? std::string("none")
                                       : fmt::format("{}{}", *file.initial,
                                                     file.overwrites_initial ? " overwrite" : ""));
}

void put(Page& page, const Process& process) {
  constexpr std::string_view kMatches[] = {"not compared", "exact", "initial", "partial"};
  page.part("track_process", quoted(process.name), process.at);
  std::string command;
  for (const std::string& word : process.command) {
    if (!command.empty()) command += ' ';
    command += quoted(word);
  }
  page.line("process", command);
  page.line("parameters", kMatches[static_cast<std::size_t>(process.parameters)]);
  page.line("full_command", yes(process.full_command));
  page.line("effect", weight_of(process.weight, process.reverse));
  page.line("quorum", fmt::format("{} to {}", process.quorum, process.quorum_max));
  page.line("fork_delay", seconds(process.fork_delay));
  page.line("terminate_delay", seconds(process.terminate_delay));
}

void put(Page& page, const Hmac& hmac) {
  if (!hmac.is_set()) return page.line("hmac", "none");
  for (const HmacKey& key : hmac.keys)
    page.line("hmac_key", fmt::format("{} {}", key.id, hidden(key.secret)));
  page.line("hmac_active_key", hmac.active_key);
  page.line("hmac_replay", hmac.is_monotonic
                               ? std::string("monotonic")
                               : fmt::format("time, window {}", seconds(hmac.window)));
  page.line("hmac_mode", hmac.mode == Hmac::Mode::kEnforce      ? "enforce"
                         : hmac.mode == Hmac::Mode::kPermissive ? "permissive"
                                                                : "receive-only");
}

void put(Page& page, const Announcing& announcing) {
  page.line("garp_master",
            fmt::format("{} times, again after {}", announcing.repeat, seconds(announcing.delay)));
  page.line("garp_refresh", fmt::format("{} times every {}", announcing.refresh_repeat,
                                        seconds(announcing.refresh)));
  page.line("garp_lower_prio", fmt::format("{} times, again after {}", announcing.lower_prio_repeat,
                                           seconds(announcing.lower_prio_delay)));
  page.line("garp_interval", seconds(announcing.arp_interval));
  page.line("gna_interval", seconds(announcing.na_interval));
  page.line("garp_extra_if", announcing.extra_interval == Duration{0}
                                 ? std::string("off")
                                 : fmt::format("{}every {}", announcing.extra_on_all ? "all " : "",
                                               seconds(announcing.extra_interval)));
}

// Where adverts go and come from.
void put_paths(Page& page, const Instance& instance) {
  const auto shown = [](const std::optional<Address>& address) {
    return address ? base::to_string(*address) : std::string("default");
  };
  for (const UnicastPeer& peer : instance.unicast_peers)
    page.line("unicast_peer", fmt::format("{} ttl {} to {}", base::to_string(peer.address),
                                          peer.min_ttl, peer.max_ttl));
  page.line("source", shown(instance.source));
  page.line("track_src_ip", yes(instance.track_src_ip));
  page.line("multicast_group", shown(instance.multicast_group));
  page.line("unicast_ttl", instance.unicast_ttl);
  page.line("check_unicast_src", yes(instance.check_unicast_src));
  page.line("unicast_fault_no_peer", yes(instance.unicast_fault_no_peer));
  page.line("receive_buffer", instance.receive_buffer);
}

// What it does about the adverts of others.
void put_manners(Page& page, const Instance& instance) {
  page.line("strict", yes(instance.strict));
  page.line("skip_check_adv_addr", yes(instance.skip_check_adv_addr));
  page.line("owner_ignore_adverts", yes(instance.owner_ignore_adverts));
  page.line("lower_prio_no_advert", yes(instance.lower_prio_no_advert));
  page.line("higher_prio_send_advert", yes(instance.higher_prio_send_advert));
  page.line("timer_expired_backup",
            instance.late_backup ? std::to_string(*instance.late_backup) : std::string("off"));
  page.line("learned_interval_cap", instance.learned_interval_cap);
}

template <typename Notified>
void put_notify(Page& page, const Notified& notified) {
  page.line("notify_master", text_of(notified.notify_master));
  page.line("notify_backup", text_of(notified.notify_backup));
  page.line("notify_fault", text_of(notified.notify_fault));
  page.line("notify_stop", text_of(notified.notify_stop));
  page.line("notify", text_of(notified.notify));
}

void put(Page& page, const Instance& instance, const Model& model) {
  page.part("instance", quoted(instance.name), instance.at);
  page.line("interface", instance.interface);
  page.line("family", instance.family == Family::kIpv6 ? "IPv6" : "IPv4");
  page.line("virtual_router_id", instance.vrid);
  page.line("version", instance.version);
  page.line("priority", instance.priority);
  page.line("advert_interval", seconds(instance.advert_interval));
  page.line("starts_as_master", yes(instance.starts_as_master));
  page.line("preempt", yes(instance.preempt));
  page.line("preempt_delay", seconds(instance.preempt_delay));
  page.line("accept", yes(instance.accept));
  page.line("v3_checksum_as_v2", yes(instance.v3_checksum_as_v2));
  page.line("down_timer_adverts", instance.down_timer_adverts);
  page.line("auth_type", instance.auth_type);
  page.line("auth_pass", hidden(instance.auth_pass));
  put(page, instance.hmac);
  put_paths(page, instance);
  put_manners(page, instance);
  page.line("track_primary", yes(instance.track_primary));
  page.line("sync_group",
            instance.group == kNoGroup ? "none" : quoted(model.groups[instance.group].name));
  for (const VirtualAddress& address : instance.addresses)
    page.line("address", text_of(address, model));
  for (const Route& route : instance.routes) page.line("route", text_of(route, model));
  for (const Rule& rule : instance.rules) page.line("rule", text_of(rule, model));
  page.line("own_interface", text_of(instance.own_interface));
  page.line("vrf", instance.vrf.empty() ? "none" : instance.vrf);
  page.line("promote_secondaries", yes(instance.promote_secondaries));
  for (const TrackedScript& tracked : instance.track_scripts)
    page.line("track_script", fmt::format("{} {}", quoted(model.scripts[tracked.script].name),
                                          weight_of(tracked.weight, tracked.reverse)));
  for (const TrackedInterface& tracked : instance.track_interfaces)
    page.line("track_interface",
              fmt::format("{} {}", tracked.interface, weight_of(tracked.weight, tracked.reverse)));
  for (const TrackedFile& tracked : instance.track_files)
    page.line("track_file", fmt::format("{} {}", quoted(model.tracked_files[tracked.file].name),
                                        weight_of(tracked.weight, tracked.reverse)));
  for (const TrackedProcess& tracked : instance.track_processes)
    page.line("track_process", fmt::format("{} {}", quoted(model.processes[tracked.process].name),
                                           weight_of(tracked.weight, tracked.reverse)));
  put_notify(page, instance);
  page.line("notify_master_rx_lower_pri", text_of(instance.notify_master_rx_lower_pri));
  page.line("notify_deleted",
            !instance.tells_deletion ? std::string("as fault") : text_of(instance.notify_deleted));
  page.line("notify_priority_changes", yes(instance.notify_priority_changes));
  page.line("smtp_alert", yes(instance.smtp_alert));
  put(page, instance.announcing);
}

void put(Page& page, const SyncGroup& group, const Model& model) {
  page.part("sync_group", quoted(group.name), group.at);
  for (const std::uint16_t member : group.members)
    page.line("member", quoted(model.instances[member].name));
  page.line("tracking_weight", yes(group.keeps_member_weights));
  put_notify(page, group);
  page.line("smtp_alert", yes(group.smtp_alert));
  page.line("notify_priority_changes", yes(group.notify_priority_changes));
}

void put(Page& page, const Safety& safety) {
  page.part("safety");
  page.line("startup_delay", seconds(safety.startup_delay));
  page.line("delay_after_boot", seconds(safety.delay_after_boot));
  page.line("quiet_start", !safety.quiet_start               ? "off"
                           : safety.quiet_cap == Duration{0} ? std::string("on")
                                                             : seconds(safety.quiet_cap));
  page.line("log_unknown_vrids", yes(safety.log_unknown_vrids));
  std::string lease = safety.lease == Safety::Lease::kOn       ? "on"
                      : safety.lease == Safety::Lease::kStrict ? "strict"
                                                               : "off";
  if (safety.least_lease > Duration{0}) lease += " " + seconds(safety.least_lease);
  page.line("lease", lease);
}

void put(Page& page, const Flags& flags, const Model& model) {
  page.part("flags", fmt::format("of {}", flags.instances.size()), flags.at);
  for (const std::uint16_t instance : flags.instances)
    page.line("instance", quoted(model.instances[instance].name));
  page.line("permit_file", flags.permit_file.empty() ? "none" : quoted(flags.permit_file));
  page.line("active_file", flags.active_file.empty() ? "none" : quoted(flags.active_file));
}

void put(Page& page, const Mail& mail) {
  page.part("mail");
  page.line("server", quoted(mail.server));
  page.line("port", mail.port);
  page.line("from", quoted(mail.from));
  for (const std::string& to : mail.to) page.line("to", quoted(to));
  page.line("helo", quoted(mail.helo));
  page.line("connect_timeout", seconds(mail.connect_timeout));
  page.line("no_faults", yes(mail.no_faults));
  page.line("tls", mail.tls == Mail::Tls::kNone       ? "none"
                   : mail.tls == Mail::Tls::kStartTls ? "starttls"
                                                      : "implicit");
  page.line("user", quoted(mail.user));
  page.line("password", hidden(mail.password));
  page.line("ca_file", quoted(mail.ca_file));
  page.line("expire", seconds(mail.expire));
}

std::string text_of(const Fifo& fifo) {
  if (fifo.path.empty()) return "none";
  return fmt::format("{} of {} read by {}", quoted(fifo.path), account(fifo.user, fifo.group),
                     text_of(fifo.reader));
}

void put(Page& page, const Notifying& notifying) {
  page.part("notifying");
  page.line("notify_fifo", text_of(notifying.all));
  page.line("vrrp_notify_fifo", text_of(notifying.vrrp));
  page.line("repeats_on_reload", yes(notifying.repeats_on_reload));
  page.line("startup_script", text_of(notifying.startup.command));
  page.line("startup_script_timeout", seconds(notifying.startup.timeout));
  page.line("shutdown_script", text_of(notifying.shutdown.command));
  page.line("shutdown_script_timeout", seconds(notifying.shutdown.timeout));
}

void put(Page& page, const Statics& statics, const Model& model) {
  page.part("statics");
  for (const VirtualAddress& address : statics.addresses)
    page.line("address", text_of(address, model));
  for (const Route& route : statics.routes) page.line("route", text_of(route, model));
  for (const Rule& rule : statics.rules) page.line("rule", text_of(rule, model));
}

void put_kernel(Page& page, const Model& model) {
  constexpr std::string_view kBy[] = {"chosen when needed", "nftables", "iptables"};
  const Firewall& firewall = model.firewall;
  page.part("kernel");
  page.line("firewall", kBy[static_cast<std::size_t>(firewall.by)]);
  page.line("nftables",
            fmt::format("{} priority {}{}{}", quoted(firewall.table), firewall.priority,
                        firewall.counts ? " counters" : "", firewall.by_ifindex ? " ifindex" : ""));
  page.line("iptables", quoted(firewall.chain_in) + " " + quoted(firewall.chain_out));
  std::string sets;
  for (const std::string& set : firewall.ipsets)
    sets += fmt::format("{}{}", sets.empty() ? "" : " ", quoted(set));
  page.line("ipsets", sets.empty() ? "none" : sets);
  page.line("vmac_prefix", quoted(model.kernel.macvlan_prefix));
  page.line("vmac_addr_prefix", quoted(model.kernel.address_macvlan_prefix));
  page.line("local_igmp", yes(model.kernel.reports_igmp));
  page.line("rt_priority", model.scheduling.rt_priority);
  std::string cpus;
  for (const std::uint16_t cpu : model.scheduling.cpus)
    cpus += fmt::format("{}{}", cpus.empty() ? "" : " ", cpu);
  page.line("cpus", cpus.empty() ? "any" : cpus);
}

}  // namespace

std::vector<Part> parts_of(const Model& model) {
  Page page;
  page.part("global");
  page.line("router_id", quoted(model.router_id));
  page.line("script_user", account(model.script_user, model.script_group));
  page.line("script_security", yes(model.script_security));
  page.line("supplementary_groups", yes(model.supplementary_groups));
  for (const Script& script : model.scripts) put(page, script);
  for (const File& file : model.tracked_files) put(page, file);
  for (const Process& process : model.processes) put(page, process);
  for (const InterfaceDelay& delay : model.interface_delays) {
    page.part("interface_delay", delay.interface, delay.at);
    page.line("down", seconds(delay.down));
    page.line("up", seconds(delay.up));
  }
  for (const Instance& instance : model.instances) put(page, instance, model);
  for (const SyncGroup& group : model.groups) put(page, group, model);
  for (const TrackGroup& group : model.track_groups) {
    page.part("track_group", quoted(group.name), group.at);
    for (const std::uint16_t instance : group.instances)
      page.line("instance", quoted(model.instances[instance].name));
  }
  put(page, model.statics, model);
  put(page, model.notifying);
  put_kernel(page, model);
  put(page, model.safety);
  for (const Flags& flags : model.flags) put(page, flags, model);
  put(page, model.mail);
  page.part("agentx");
  page.line("enabled", yes(model.agentx.enabled));
  page.line("socket", quoted(model.agentx.socket));
  page.line("traps", yes(model.agentx.traps));
  page.part("history");
  page.line("database", quoted(model.history.database));
  page.line("keep", model.history.keep == Duration{0} ? "for ever" : seconds(model.history.keep));
  return page.take();
}

// "name value" lines, two blanks further in for every part.
std::string dump(const Model& model) {
  std::string text;
  for (const Part& part : parts_of(model)) {
    text += part.kind;
    if (!part.name.empty()) text += fmt::format(" {} at {}", part.name, place(part.at));
    text += '\n';
    for (const auto& [name, value] : part.lines) text += fmt::format("  {} {}\n", name, value);
  }
  return text;
}

}  // namespace config
