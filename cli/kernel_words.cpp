#include "cli/kernel_words.hpp"

#include <fmt/format.h>

#include "cli/listed.hpp"

namespace cli {
namespace {

using config::OwnInterface;
using config::Route;
using config::Rule;

constexpr std::string_view kNotYet = "this version of vigie does not do it";

std::string hop_text(const config::NextHop& hop) {
  std::string text;
  if (hop.via) text += " via " + to_string(*hop.via);
  if (!hop.interface.empty()) text += " on " + hop.interface;
  return text;
}

std::string route_text(const Route& route) {
  constexpr std::string_view kKinds[] = {"",         "",          "local",     "broadcast",
                                         "anycast",  "multicast", "blackhole", "unreachable",
                                         "prohibit", "throw",     "nat"};
  const std::string_view kind = kKinds[static_cast<std::size_t>(route.kind)];
  std::string text = fmt::format("{}{}{}", kind, kind.empty() ? "" : " ", to_string(route.to));
  for (std::size_t i = 0; i < route.hops.size(); ++i)
    text += (i > 0 ? " or" : "") + hop_text(route.hops[i]);
  if (!route.vrf.empty())
    text += " in VRF " + route.vrf;
  else if (route.table != config::kMainTable)
    text += fmt::format(" in table {}", route.table);
  return text;
}

std::string action_text(const Rule& rule) {
  switch (rule.action) {
    case Rule::Action::kTable:
      return rule.is_l3mdev ? "to the table of its VRF" : fmt::format("to table {}", rule.table);
    case Rule::Action::kGoto: return fmt::format("to rule {}", rule.target);
    case Rule::Action::kNothing: return "to the next rule";
    case Rule::Action::kBlackhole: return "nowhere";
    case Rule::Action::kUnreachable: return "back as unreachable";
    case Rule::Action::kProhibit: return "back as prohibited";
  }
  return {};
}

// The words that most rules have; how many others there are is said, and a plan shows them.
std::string rule_text(const Rule& rule) {
  std::string text = rule.is_inverted ? "all but packets" : "packets";
  std::size_t others = 0;
  if (rule.from) text += " from " + to_string(*rule.from);
  if (rule.to) text += " to " + to_string(*rule.to);
  if (!rule.incoming.empty()) text += " that came by " + rule.incoming;
  if (!rule.outgoing.empty()) text += " that leave by " + rule.outgoing;
  if (rule.mark_mask != 0) text += fmt::format(" marked {:#x}", rule.mark);
  for (const bool is_told : {rule.tos != 0, rule.ip_protocol.has_value(),
                             rule.source_ports.has_value(), rule.destination_ports.has_value(),
                             rule.users.has_value(), rule.tunnel_id != 0, rule.realms != 0})
    if (is_told) ++others;
  if (others > 0) text += fmt::format(" ({} more)", plural(others, "condition"));
  return fmt::format("{} {}", text, action_text(rule));
}

template <typename Thing>
void ask_for(std::string_view when, std::string_view noun, const std::vector<Thing>& things,
             std::string (*text_of)(const Thing&), std::vector<std::string>& said) {
  if (things.empty()) return;
  said.push_back(fmt::format("{} have {} ({}): {}.", when, plural(things.size(), noun),
                             listed(things, text_of), kNotYet));
}

std::string address_text(const config::VirtualAddress& address) {
  return fmt::format("{} on {}", to_string(address.prefix), address.interface);
}

void explain_own_interface(const config::Instance& instance, std::vector<std::string>& said) {
  const OwnInterface& own = instance.own_interface;
  const std::string named = own.name.empty() ? std::string() : " " + own.name;
  const auto virtual_mac = [&] { return base::virtual_mac(instance.family, instance.vrid); };
  switch (own.kind) {
    case OwnInterface::Kind::kNone: break;
    case OwnInterface::Kind::kMacvlan:
      said.push_back(fmt::format(
          "It is to have the hardware address {} on a macvlan{} above {}: {}, and its addresses "
          "have the hardware address of {}.",
          base::to_string(own.mac ? *own.mac : virtual_mac()), named, instance.interface, kNotYet,
          instance.interface));
      break;
    case OwnInterface::Kind::kIpvlan:
      said.push_back(fmt::format(
          "It is to have an ipvlan{} above {}{}: {}, and its addresses are on {}.", named,
          instance.interface, own.address ? " with " + to_string(*own.address) : std::string(),
          kNotYet, instance.interface));
      break;
  }
  std::vector<config::VirtualAddress> with_mac = instance.addresses;
  std::erase_if(with_mac, [](const auto& address) { return !address.has_virtual_mac; });
  if (own.kind == OwnInterface::Kind::kNone && !with_mac.empty())
    said.push_back(
        fmt::format("{} {} to have the hardware address {}: {}, and the interface's own is used.",
                    listed(with_mac, address_text), with_mac.size() == 1 ? "is" : "are",
                    base::to_string(virtual_mac()), kNotYet));
}

}  // namespace

std::vector<std::string> explain_kernel(const config::Instance& instance) {
  std::vector<std::string> said;
  if (!instance.accept)
    said.push_back(fmt::format(
        "Packets to its addresses are to be kept out (no accept): {}, and they are answered.",
        kNotYet));
  ask_for("While it is master the kernel is to", "route", instance.routes, route_text, said);
  ask_for("While it is master the kernel is to", "rule", instance.rules, rule_text, said);
  explain_own_interface(instance, said);
  if (!instance.vrf.empty())
    said.push_back(fmt::format("It is to be in VRF {}: {}, and the VRF is what {} is in.",
                               instance.vrf, kNotYet, instance.interface));
  return said;
}

std::vector<std::string> explain_kernel(const config::Model& model) {
  constexpr std::string_view kWhen = "For as long as vigie runs the kernel is to";
  std::vector<std::string> said;
  ask_for(kWhen, "static address", model.statics.addresses, address_text, said);
  ask_for(kWhen, "static route", model.statics.routes, route_text, said);
  ask_for(kWhen, "static rule", model.statics.rules, rule_text, said);
  using By = config::Firewall::By;
  if (model.firewall.by != By::kAuto)
    said.push_back(fmt::format(
        "What is to be kept out is to be kept out by {}: {}.",
        model.firewall.by == By::kNftables
            ? "nftables, table " + model.firewall.table
            : "iptables, chains " + model.firewall.chain_in + " and " + model.firewall.chain_out,
        kNotYet));
  return said;
}

}  // namespace cli
