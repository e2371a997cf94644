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

std::string text_of(const VirtualAddress& address) {
  std::string made = fmt::format("{} dev {} scope {}", base::to_string(address.prefix),
                                 address.interface, address.scope);
  if (address.broadcast) made += " brd " + base::to_string(*address.broadcast);
  if (address.peer) made += " peer " + base::to_string(*address.peer);
  if (!address.label.empty()) made += " label " + quoted(address.label);
  if (!address.is_advertised) made += " excluded";
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
  for (const VirtualAddress& address : instance.addresses) page.line("address", text_of(address));
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
}

void put(Page& page, const Safety& safety) {
  page.part("safety");
  page.line("startup_delay", seconds(safety.startup_delay));
  page.line("delay_after_boot", seconds(safety.delay_after_boot));
  page.line("quiet_start", !safety.quiet_start               ? "off"
                           : safety.quiet_cap == Duration{0} ? std::string("on")
                                                             : seconds(safety.quiet_cap));
  page.line("log_unknown_vrids", yes(safety.log_unknown_vrids));
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

}  // namespace

std::vector<Part> parts_of(const Model& model) {
  Page page;
  page.part("global");
  page.line("router_id", quoted(model.router_id));
  page.line("script_user", account(model.script_user, model.script_group));
  page.line("script_security", yes(model.script_security));
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
