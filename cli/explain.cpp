#include "cli/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/kernel_words.hpp"
#include "cli/listed.hpp"
#include "cli/row_words.hpp"
#include "cli/words.hpp"
#include "engine/core/timing.hpp"

namespace cli {
namespace {

using base::Duration;

std::string command_text(const config::Command& command) {
  std::string text;
  for (const std::string& word : command.arguments)
    text += fmt::format("{}{}", text.empty() ? "" : " ", word);
  return text;
}

// VRRP's own, where nothing else is configured (RFC 9568 5.1.1.2, 5.1.2.2).
std::string destination(const config::Instance& instance) {
  if (!instance.unicast_peers.empty())
    return "by unicast to " + listed(instance.unicast_peers, [](const config::UnicastPeer& peer) {
             return to_string(peer.address);
           });
  if (instance.multicast_group) return "to " + to_string(*instance.multicast_group);
  return instance.family == base::Family::kIpv6 ? "to ff02::12" : "to 224.0.0.18";
}

std::string identity(const config::Instance& instance) {
  return fmt::format(
      "Is virtual router {} of {} on {}, with priority {}{}; as master it speaks VRRP version {} "
      "every {} {}.",
      instance.vrid, family_text(instance.family), instance.interface, instance.priority,
      instance.priority == base::kOwnerPriority.value ? " (owner of the addresses)" : "",
      instance.version, span_text(instance.advert_interval), destination(instance));
}

std::string holdings(const config::Instance& instance) {
  if (instance.addresses.empty()) return "Holds no address: it moves nothing but its scripts.";
  const auto unlisted = static_cast<std::size_t>(std::ranges::count_if(
      instance.addresses, [](const auto& address) { return !address.is_advertised; }));
  std::string text = "While it is master it holds ";
  const auto name_of = [&](const config::VirtualAddress& address) {
    return address.interface == instance.interface ? to_string(address.prefix)
                                                   : fmt::format("{} on {}",
                                                                 to_string(address.prefix),
                                                                 address.interface);
  };
  text += listed(instance.addresses, name_of, instance.addresses.size());
  if (unlisted > 0)
    text += fmt::format("; {} of them {} not in adverts", unlisted, unlisted == 1 ? "is" : "are");
  return text + ".";
}

std::string manners(const config::Instance& instance) {
  const auto version = instance.version == 3 ? core::Version::kV3 : core::Version::kV2;
  const Duration patience =
      core::master_down_interval(version, base::Priority{instance.priority},
                                 instance.advert_interval, instance.down_timer_adverts);
  if (instance.priority == base::kOwnerPriority.value)
    return "As the owner it is master as soon as it can be.";
  std::string text =
      fmt::format("Becomes master when it has heard nobody for {}", span_text(patience));
  if (!instance.preempt)
    text += ", and leaves a master of lower priority alone (nopreempt)";
  else if (instance.preempt_delay > Duration{0})
    text += fmt::format(", and takes over from a master of lower priority after {}",
                        span_text(instance.preempt_delay));
  else
    text += ", and takes over from a master of lower priority";
  return text + ".";
}

// What the weight of a thing that is well or failing does. A positive weight is worth having, a negative one costs.
std::string worth(int weight, bool reverse, std::string_view failing, std::string_view well) {
  if (reverse) std::swap(failing, well);
  if (weight == 0) return fmt::format("is no master while {}", failing);
  return weight > 0 ? fmt::format("gains {} of priority while {}", weight, well)
                    : fmt::format("loses {} of priority while {}", -weight, failing);
}

void explain_trackers(const config::Model& model, const config::Instance& instance,
                      std::vector<std::string>& said) {
  for (const auto& tracked : instance.track_scripts) {
    const config::Script& script = model.scripts[tracked.script];
    said.push_back(
        fmt::format("It {} ({}, every {}).",
                    worth(tracked.weight, tracked.reverse, "script " + script.name + " fails",
                          "script " + script.name + " succeeds"),
                    command_text(script.command), span_text(script.interval)));
  }
  for (const auto& tracked : instance.track_interfaces)
    said.push_back(fmt::format("It {}.", worth(tracked.weight, tracked.reverse,
                                               "interface " + tracked.interface + " is down",
                                               "interface " + tracked.interface + " is up")));
  for (const auto& tracked : instance.track_files) {
    const config::File& file = model.tracked_files[tracked.file];
    if (tracked.weight == 0)
      said.push_back(fmt::format("It is no master while {} holds {}.", file.path,
                                 tracked.reverse ? "0" : "another number than 0"));
    else
      said.push_back(fmt::format("Its priority moves by {} times the number in {}.",
                                 tracked.reverse ? -tracked.weight : tracked.weight, file.path));
  }
  for (const auto& tracked : instance.track_processes) {
    const config::Process& process = model.processes[tracked.process];
    said.push_back(fmt::format("It {}.", worth(tracked.weight, tracked.reverse,
                                               "process " + process.name + " does not run",
                                               "process " + process.name + " runs")));
  }
  if (!instance.track_primary)
    said.push_back(fmt::format("It stays master while {} is down.", instance.interface));
}

void explain_authentication(const config::Instance& instance, std::vector<std::string>& said) {
  if (instance.hmac.is_set())
    said.push_back(
        fmt::format("Adverts are signed with key {}; {}.", instance.hmac.active_key,
                    instance.hmac.mode == config::Hmac::Mode::kEnforce ? "unsigned ones are dropped"
                    : instance.hmac.mode == config::Hmac::Mode::kPermissive
                        ? "unsigned ones are still believed"
                        : "ours are not signed yet, and unsigned ones are still believed"));
  else if (instance.auth_type == 1)
    said.push_back("Adverts carry a password that everybody on the LAN can read.");
  else if (instance.auth_type == 2)
    said.push_back("Adverts are authenticated with AH.");
}

template <typename Notified>
void explain_notify(const Notified& notified, std::vector<std::string>& said) {
  const auto runs = [&](const config::Command& command, std::string_view when) {
    if (command.is_set()) said.push_back(fmt::format("Runs {} {}.", command_text(command), when));
  };
  runs(notified.notify_master, "when it becomes master");
  runs(notified.notify_backup, "when it becomes backup");
  runs(notified.notify_fault, "when something keeps it from being master");
  runs(notified.notify_stop, "when vigie stops");
  runs(notified.notify, "at every change of state");
  if (notified.smtp_alert) said.push_back("Sends a mail at every change of state.");
}

std::string instance_names(const config::Model& model, const std::vector<std::uint16_t>& places) {
  return listed(places, [&](std::uint16_t place) { return model.instances[place].name; });
}

std::string paragraph(const std::string& title, const std::vector<std::string>& sentences) {
  std::string text = title + "\n";
  for (const std::string& sentence : sentences) text += "    " + sentence + "\n";
  return text;
}

}  // namespace

std::string outline(const config::Model& model) {
  std::size_t addresses = 0;
  for (const config::Instance& instance : model.instances) addresses += instance.addresses.size();
  std::string text = fmt::format("{} with {}", plural(model.instances.size(), "instance"),
                                 plural(addresses, "address"));
  if (model.instances.empty()) return text;
  return text + ": " + listed(model.instances, [](const config::Instance& instance) {
           return fmt::format("{} (VRID {} on {}, priority {})", instance.name, instance.vrid,
                              instance.interface, instance.priority);
         });
}

std::vector<std::string> explain(const config::Model& model, const config::Instance& instance) {
  std::vector<std::string> said{identity(instance), holdings(instance), manners(instance)};
  for (std::string& sentence : explain_kernel(instance)) said.push_back(std::move(sentence));
  explain_trackers(model, instance, said);
  if (instance.group != config::kNoGroup)
    said.push_back(fmt::format("It is master together with the other members of {} or not at all.",
                               model.groups[instance.group].name));
  explain_authentication(instance, said);
  explain_notify(instance, said);
  return said;
}

std::vector<std::string> explain_rest(const config::Model& model) {
  std::vector<std::string> said = explain_kernel(model);
  for (const config::SyncGroup& group : model.groups) {
    said.push_back(fmt::format("{} are master together or not at all (group {}).",
                               instance_names(model, group.members), group.name));
    std::vector<std::string> notified;
    explain_notify(group, notified);
    for (const std::string& sentence : notified)
      said.push_back(fmt::format("Group {}: {}", group.name, sentence));
  }
  for (const config::Flags& flags : model.flags) {
    const std::string who =
        flags.instances.empty() ? "all instances" : instance_names(model, flags.instances);
    if (!flags.permit_file.empty())
      said.push_back(
          fmt::format("Without the file {}, {} may not be master.", flags.permit_file, who));
    if (!flags.active_file.empty())
      said.push_back(
          fmt::format("The file {} is there exactly while {} is master.", flags.active_file, who));
  }
  if (!model.mail.server.empty() && !model.mail.to.empty())
    said.push_back(fmt::format("Mails go to {} through {}.",
                               listed(model.mail.to, [](const std::string& to) { return to; }),
                               model.mail.server));
  if (model.agentx.enabled)
    said.push_back(fmt::format("Answers SNMP through the agent at {}{}.", model.agentx.socket,
                               model.agentx.traps ? ", and sends traps" : ""));
  said.push_back(model.history.keep == Duration{0}
                     ? std::string("What happens is kept for ever.")
                     : fmt::format("What happened is kept for {}.", span_text(model.history.keep)));
  return said;
}

std::string render_explanation(const config::Model& model) {
  std::string text;
  for (const config::Instance& instance : model.instances)
    text += paragraph(instance.name, explain(model, instance)) + "\n";
  return text + paragraph("All together", explain_rest(model));
}

}  // namespace cli
