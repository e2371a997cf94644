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

// "name value" lines, two blanks further in for every part.
class Page {
 public:
  void part(std::string_view kind, std::string_view name, const Position& at) {
    text_ += fmt::format("{} {} at {}\n", kind, name, place(at));
  }
  void part(std::string_view kind) { text_ += fmt::format("{}\n", kind); }
  void line(std::string_view name, std::string_view value) {
    text_ += fmt::format("  {} {}\n", name, value);
  }
  void line(std::string_view name, std::uint64_t value) { line(name, std::to_string(value)); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
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
  page.line("track_primary", yes(instance.track_primary));
  for (const VirtualAddress& address : instance.addresses) page.line("address", text_of(address));
  for (const TrackedScript& tracked : instance.track_scripts)
    page.line("track_script", fmt::format("{} {}", quoted(model.scripts[tracked.script].name),
                                          weight_of(tracked.weight, tracked.reverse)));
  for (const TrackedInterface& tracked : instance.track_interfaces)
    page.line("track_interface",
              fmt::format("{} {}", tracked.interface, weight_of(tracked.weight, tracked.reverse)));
  page.line("notify_master", text_of(instance.notify_master));
  page.line("notify_backup", text_of(instance.notify_backup));
  page.line("notify_fault", text_of(instance.notify_fault));
  page.line("notify_stop", text_of(instance.notify_stop));
  page.line("notify", text_of(instance.notify));
  page.line("smtp_alert", yes(instance.smtp_alert));
  page.line("garp_master_delay", seconds(instance.announcing.delay));
  page.line("garp_master_repeat", instance.announcing.repeat);
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

std::string dump(const Model& model) {
  Page page;
  page.part("global");
  page.line("router_id", quoted(model.router_id));
  page.line("script_user", account(model.script_user, model.script_group));
  page.line("script_security", yes(model.script_security));
  for (const Script& script : model.scripts) put(page, script);
  for (const Instance& instance : model.instances) put(page, instance, model);
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

}  // namespace config
