// What only the whole file can tell: names resolved, defaults of global_defs filled in, contradictions found.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/config/reader.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

// The highest count of IPv6 addresses in one packet on a link of 1,500 bytes: (1500 - 40 - 8) / 16. The byte that
// counts addresses is the bound for IPv4.
constexpr std::size_t kMaxIpv4 = 255;
constexpr std::size_t kMaxIpv6 = 90;

Duration rounded(Duration interval, Duration step) {
  const Duration made = (interval + step / 2) / step * step;
  return std::max(made, step);
}

std::string seconds(Duration duration) {
  return fmt::format("{:g} s", std::chrono::duration<double>(duration).count());
}

std::string_view name_of(Family family) { return family == Family::kIpv6 ? "IPv6" : "IPv4"; }

}  // namespace

void Reader::finish() {
  for (Draft& draft : drafts_) finish_instance(draft);
  finish_virtual_routers();
  finish_flags();
  finish_mail();
  finish_agentx();
  finish_scripts();
  for (Draft& draft : drafts_) model_.instances.push_back(std::move(draft.instance));
  if (model_.instances.empty())
    findings_.add(Code::kNoInstance, {0, 1, 1}, 1, "there is no vrrp_instance",
                  "this router would hold no address");
}

void Reader::finish_instance(Draft& draft) {
  Instance& instance = draft.instance;
  if (!draft.has("virtual_router_id"))
    add(Code::kNoVrid, *draft.name, fmt::format("{} has no virtual_router_id", instance.name),
        "must be 1 to 255", "keepalived ends with status 2");
  if (!draft.has("interface"))
    add(Code::kNoInterface, *draft.name, fmt::format("{} has no interface", instance.name),
        "where would its adverts go?", "keepalived ends with status 2");
  if (instance.interface == "lo")
    add(Code::kBadInterface, draft.at("interface")->words.back(), "the loopback has no peers",
        "adverts need a link");
  if (!draft.has("garp_master_delay")) instance.announcing.delay = standards_.garp_master_delay;
  if (!draft.has("garp_master_repeat")) instance.announcing.repeat = standards_.garp_master_repeat;
  if (!draft.has("down_timer_adverts")) instance.down_timer_adverts = standards_.down_timer_adverts;
  if (!draft.has("v3_checksum_as_v2")) instance.v3_checksum_as_v2 = standards_.v3_checksum_as_v2;
  // keepalived: the instance's own, else smtp_alert_vrrp, else smtp_alert.
  if (!draft.has("smtp_alert"))
    instance.smtp_alert =
        standards_.smtp_alert_vrrp.value_or(standards_.smtp_alert.value_or(false));
  finish_addresses(draft);
  finish_version(draft);
  finish_role(draft);
  finish_interval(draft);
  finish_authentication(draft);
  finish_tracking(draft);
}

void Reader::finish_addresses(Draft& draft) {
  Instance& instance = draft.instance;
  // The first advertised address decides what family the virtual router speaks.
  for (const VirtualAddress& address : instance.addresses) {
    if (!address.is_advertised) continue;
    instance.family = address.prefix.address.family();
    break;
  }
  const std::size_t most = instance.family == Family::kIpv6 ? kMaxIpv6 : kMaxIpv4;
  std::vector<VirtualAddress> advertised;
  std::vector<VirtualAddress> excluded;
  std::set<std::pair<Address, std::string>> known;
  bool has_mixed = false;
  bool has_moved = false;
  for (std::size_t i = 0; i < instance.addresses.size(); ++i) {
    VirtualAddress& address = instance.addresses[i];
    const Word& word = *draft.addresses[i];
    if (address.interface.empty()) address.interface = instance.interface;
    if (!known.emplace(address.prefix.address, address.interface).second) {
      add(Code::kAddressTwice, word, fmt::format("{} is given twice", word.text), "ignored");
      continue;
    }
    if (!address.is_advertised) {
      excluded.push_back(std::move(address));
    } else if (address.prefix.address.family() != instance.family) {
      // One finding is enough: the cure is the same for all of them.
      if (!has_mixed)
        add(Code::kMixedFamilies, word,
            fmt::format("{} has addresses of both families", instance.name),
            fmt::format("the first address is {}", name_of(instance.family)),
            "put them in an instance of their own or in virtual_ipaddress_excluded");
      has_mixed = true;
    } else if (advertised.size() < most) {
      advertised.push_back(std::move(address));
    } else {
      if (!has_moved)
        add(Code::kTooManyAddresses, word,
            fmt::format("more than {} addresses in {}", most, instance.name),
            "held but not advertised, this one and those that follow");
      has_moved = true;
      address.is_advertised = false;
      excluded.push_back(std::move(address));
    }
  }
  instance.addresses = std::move(advertised);
  std::move(excluded.begin(), excluded.end(), std::back_inserter(instance.addresses));
  const bool is_meant = draft.has("no_virtual_ipaddress");
  if (instance.addresses.empty() && !is_meant)
    add(Code::kNoAddress, *draft.name, fmt::format("{} has no virtual address", instance.name),
        "it will hold nothing", "`no_virtual_ipaddress` says that this is meant");
}

void Reader::finish_version(Draft& draft) {
  Instance& instance = draft.instance;
  if (!draft.has("version")) {
    instance.version = instance.family == Family::kIpv6 ? std::uint8_t{3} : standards_.version;
  } else if (instance.version == 2 && instance.family == Family::kIpv6) {
    add(Code::kVersionOfFamily, draft.at("version")->words.back(),
        fmt::format("{} is IPv6 and cannot use VRRP version 2", instance.name),
        "remove it: version 3 is used for IPv6");
  }
}

void Reader::finish_role(Draft& draft) {
  Instance& instance = draft.instance;
  if (!draft.has("priority") && instance.starts_as_master) {
    instance.priority = 255;
    add(Code::kPriorityOfOwner, draft.at("state")->words.back(),
        fmt::format("{} has no priority", instance.name),
        "so 255 is used: the owner of the addresses",
        "as keepalived does; write the priority meant");
  }
  const bool is_owner = instance.priority == 255;
  if (is_owner && !draft.has("state")) instance.starts_as_master = true;
  if (is_owner && !instance.starts_as_master)
    add(Code::kOwnerAsBackup, draft.at("state")->words.back(),
        fmt::format("{} has priority 255 and starts as backup", instance.name),
        "waits a full master-down interval");
  const bool takes_back = instance.starts_as_master || is_owner;
  const bool was_nopreempt = !instance.preempt;
  if (was_nopreempt && takes_back) {
    add(Code::kNopreemptCleared, draft.at("nopreempt")->words[0],
        fmt::format("nopreempt does not work with {}",
                    is_owner ? "priority 255" : "`state MASTER`"),
        "cleared: this router takes mastership back",
        "as keepalived does; write `state BACKUP` on every router");
    instance.preempt = true;
  }
  if (instance.preempt_delay > 0s && (takes_back || was_nopreempt)) {
    add(Code::kPreemptDelayCleared, draft.at("preempt_delay")->words[0],
        fmt::format("preempt_delay does not work with {}", is_owner     ? "priority 255"
                                                           : takes_back ? "`state MASTER`"
                                                                        : "nopreempt"),
        "cleared", "as keepalived does");
    instance.preempt_delay = Duration{0};
  }
}

void Reader::finish_interval(Draft& draft) {
  Instance& instance = draft.instance;
  const Line* line = draft.at("advert_int");
  if (line == nullptr || line->words.size() < 2) return;
  const Word& word = line->words[1];
  if (instance.version == 3 && instance.advert_interval > 40950ms) {
    add(Code::kIntervalOfVersion, word,
        fmt::format("advert_int {} is too long for VRRP version 3", word.text), "40.95 at most");
    return;
  }
  const Duration step = instance.version == 2 ? Duration{1s} : Duration{10ms};
  const Duration made = rounded(instance.advert_interval, step);
  if (made == instance.advert_interval) return;
  add(Code::kIntervalRounded, word,
      fmt::format("VRRP version {} counts {}", instance.version,
                  instance.version == 2 ? "whole seconds" : "hundredths of a second"),
      fmt::format("{} is used", seconds(made)));
  instance.advert_interval = made;
}

void Reader::finish_authentication(Draft& draft) {
  Instance& instance = draft.instance;
  const Line* type = draft.at("auth_type");
  const Line* pass = draft.at("auth_pass");
  if (instance.version == 3 && (type != nullptr || pass != nullptr)) {
    add(Code::kAuthDropped, (type != nullptr ? type : pass)->words[0],
        "VRRP version 3 has no authentication", "dropped: adverts are sent without",
        "as keepalived does");
    instance.auth_type = 0;
    instance.auth_pass.clear();
    return;
  }
  if (type == nullptr && pass != nullptr)
    add(Code::kAuthIncomplete, pass->words[0], "auth_pass without auth_type",
        "add `auth_type PASS`");
  if (instance.auth_type == 1 && instance.auth_pass.empty())
    add(Code::kAuthIncomplete, type->words[0], "auth_type PASS without auth_pass",
        "add `auth_pass`");
}

void Reader::finish_tracking(Draft& draft) {
  Instance& instance = draft.instance;
  std::vector<TrackedInterface>& interfaces = instance.track_interfaces;
  for (auto tracked = interfaces.begin(); tracked != interfaces.end();) {
    if (tracked->interface == instance.interface && instance.track_primary) {
      findings_.add(Code::kOwnInterfaceTracked, tracked->at, tracked->interface.size(),
                    fmt::format("{} is tracked already", tracked->interface),
                    "ignored: it is the instance's own interface");
      tracked = interfaces.erase(tracked);
    } else {
      ++tracked;
    }
  }
  std::set<std::uint16_t> known;
  for (const PendingScript& pending : draft.scripts) {
    const Word& word = *pending.name;
    const auto found = scripts_.find(word.text);
    if (found == scripts_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, script] : scripts_) {
        names.push_back(name);
        if (names.size() == 1000) break;  // a suggestion is not worth more
      }
      const std::string_view near = nearest(word.text, names);
      add(Code::kUnknownScript, word, fmt::format("there is no vrrp_script {}", word.text),
          near.empty() ? "defined nowhere" : did_you_mean(near),
          "keepalived goes on without the check");
      continue;
    }
    NamedScript& script = found->second;
    script.is_used = true;
    const auto place = [](const Position& at) { return std::tuple(at.file, at.line, at.column); };
    if (place(script.name->at) > place(word.at) && script.name->at.file == word.at.file)
      add(Code::kDefinedLater, word, fmt::format("{} is defined below its use", word.text),
          "found all the same", "keepalived would not find it and go on without the check");
    if (!known.insert(script.index).second) {
      add(Code::kTrackedTwice, word, fmt::format("script {} is tracked twice", word.text),
          "ignored");
      continue;
    }
    if (instance.track_scripts.size() + interfaces.size() >= kMaxTrackers) {
      add(Code::kTooManyTrackers, word,
          fmt::format("{} tracks more than {} scripts and interfaces", instance.name,
                      kMaxTrackers));
      break;
    }
    const Script& defined = model_.scripts[script.index];
    instance.track_scripts.push_back({script.index, pending.options.weight.value_or(defined.weight),
                                      pending.options.reverse.value_or(defined.reverse), word.at});
  }
}

void Reader::finish_virtual_routers() {
  std::map<std::tuple<std::string_view, Family, std::uint8_t>, const Draft*> known;
  for (const Draft& draft : drafts_) {
    const Instance& instance = draft.instance;
    if (instance.vrid == 0 || instance.interface.empty()) continue;
    const auto [other, is_new] = known.emplace(
        std::tuple(std::string_view(instance.interface), instance.family, instance.vrid), &draft);
    if (is_new) continue;
    add(Code::kSameVrid, draft.at("virtual_router_id")->words.back(),
        fmt::format("{} and {} are the same virtual router", other->second->instance.name,
                    instance.name),
        fmt::format("both are {} of {} on {}", instance.vrid, name_of(instance.family),
                    instance.interface),
        "keepalived refuses to start");
  }
}

void Reader::finish_scripts() {
  for (const auto& [name, script] : scripts_) {
    if (script.is_used) continue;
    add(Code::kUnusedScript, *script.name, fmt::format("script {} is not used", name),
        "no instance tracks it");
  }
}

void Reader::finish_flags() {
  std::map<std::string_view, const Line*> active_files;
  for (FlagDraft& draft : flag_drafts_) finish_flag(draft, active_files);
  for (const FlagDraft& draft : flag_drafts_) {
    if (draft.flags.permit_file.empty() || !active_files.contains(draft.flags.permit_file))
      continue;
    add(Code::kSameFlagFile, draft.line->words[0],
        fmt::format("{} is both permit_file and active_file", draft.flags.permit_file),
        "a flag is either asked for or told");
  }
  for (FlagDraft& draft : flag_drafts_) model_.flags.push_back(std::move(draft.flags));
}

void Reader::finish_flag(FlagDraft& draft, std::map<std::string_view, const Line*>& active_files) {
  const Word& keyword = draft.line->words[0];
  std::set<std::uint16_t> guarded;
  for (const Word& word : draft.names) {
    const auto found = std::find_if(drafts_.begin(), drafts_.end(), [&](const Draft& other) {
      return other.instance.name == word.text;
    });
    if (found == drafts_.end()) {
      std::vector<std::string_view> names;
      for (const Draft& other : drafts_) names.push_back(other.instance.name);
      const std::string_view near = nearest(word.text, names);
      add(Code::kUnknownInstance, word, fmt::format("there is no vrrp_instance {}", word.text),
          near.empty() ? "defined nowhere" : did_you_mean(near));
      continue;
    }
    const auto index = static_cast<std::uint16_t>(found - drafts_.begin());
    if (guarded.insert(index).second) {
      draft.flags.instances.push_back(index);
    } else {
      add(Code::kGivenAgain, word, fmt::format("{} is named again", word.text), "ignored");
    }
  }
  if (draft.names.empty())
    for (std::size_t i = 0; i < drafts_.size(); ++i)
      draft.flags.instances.push_back(static_cast<std::uint16_t>(i));
  if (!draft.names_file)
    add(Code::kFlagsIncomplete, keyword, "this flags block names no file", "no effect",
        "it takes a permit_file, an active_file, or both");
  if (draft.flags.active_file.empty()) return;
  const auto [other, is_new] = active_files.emplace(draft.flags.active_file, draft.line);
  if (!is_new)
    add(Code::kSameFlagFile, keyword,
        fmt::format("{} is the active_file of another block", draft.flags.active_file),
        fmt::format("the other one is on line {}", other->second->at().line));
}

void Reader::finish_mail() {
  if (!model_.mail.server.empty() && !model_.mail.to.empty()) return;
  for (const Draft& draft : drafts_) {
    if (!draft.instance.smtp_alert) continue;
    const Line* line = draft.at("smtp_alert");
    add(Code::kMailGoesNowhere, line != nullptr ? line->words[0] : *draft.name,
        "mail is asked for but cannot be sent",
        model_.mail.server.empty() ? "global_defs has no smtp_server"
                                   : "global_defs has no notification_email");
    return;
  }
}

void Reader::finish_agentx() {
  if (has_agentx_block_) {
    model_.agentx.enabled = true;
    model_.agentx.traps = agentx_.traps;
    if (has_agentx_socket_) model_.agentx.socket = agentx_.socket;
    return;
  }
  model_.agentx.enabled = snmp_wanted_;
  model_.agentx.traps = traps_wanted_;
}

}  // namespace config
