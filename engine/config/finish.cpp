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

}  // namespace

void Reader::finish() {
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    instances_.emplace(drafts_[i].instance.name, static_cast<std::uint16_t>(i));
    resolve(drafts_[i].tracked);
  }
  finish_groups();
  for (Draft& draft : drafts_) finish_instance(draft);
  finish_garp_groups();
  finish_virtual_routers();
  finish_interface_delays();
  finish_flags();
  finish_mail();
  finish_agentx();
  finish_track_groups();
  finish_statics();
  finish_fifos();
  warn_shared_addresses();
  warn_pacing();
  warn_programs();
  warn_unused(scripts_, Code::kUnusedScript, "script");
  warn_unused(tracked_files_, Code::kUnusedTracker, "track_file");
  warn_unused(processes_, Code::kUnusedTracker, "vrrp_track_process");
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
    add(Code::kBadInterface, draft.value("interface"), "the loopback has no peers",
        "adverts need a link");
  inherit(draft);
  finish_addresses(draft);
  finish_version(draft);
  finish_role(draft);
  finish_authentication(draft);
  finish_interval(draft);
  finish_hmac(draft);
  finish_source(draft);
  finish_peers(draft);
  finish_multicast(draft);
  finish_strict(draft);
  finish_late_backup(draft);
  finish_own_interface(draft);
  if (instance.group == kNoGroup) finish_tracking(draft, nullptr);
  warn_idle_weights(draft);
  warn_stuck_weights(draft);
}

// What global_defs says counts wherever the instance says nothing.
void Reader::inherit(Draft& draft) {
  Instance& instance = draft.instance;
  const auto inherit_one = [&](std::string_view keyword, auto& member, const auto& standard) {
    if (!draft.has(keyword)) member = standard;
  };
  inherit_one("down_timer_adverts", instance.down_timer_adverts, standards_.down_timer_adverts);
  inherit_one("v3_checksum_as_v2", instance.v3_checksum_as_v2, standards_.v3_checksum_as_v2);
  inherit_one("strict_mode", instance.strict, standards_.strict);
  inherit_one("skip_check_adv_addr", instance.skip_check_adv_addr, standards_.skip_check_adv_addr);
  inherit_one("check_unicast_src", instance.check_unicast_src, standards_.check_unicast_src);
  inherit_one("owner_ignore_adverts", instance.owner_ignore_adverts,
              standards_.owner_ignore_adverts);
  inherit_one("higher_prio_send_advert", instance.higher_prio_send_advert,
              standards_.higher_prio_send_advert);
  inherit_one("lower_prio_no_advert", instance.lower_prio_no_advert,
              standards_.lower_prio_no_advert.value_or(false));
  inherit_one("kernel_rx_buf_size", instance.receive_buffer, standards_.receive_buffer);
  // keepalived: the instance's own, else smtp_alert_vrrp, else smtp_alert.
  inherit_one("smtp_alert", instance.smtp_alert,
              standards_.smtp_alert_vrrp.value_or(standards_.smtp_alert.value_or(false)));
  // keepalived: the instance's own, else its group's, else the global one.
  inherit_one("notify_priority_changes", instance.notify_priority_changes,
              instance.group != kNoGroup ? model_.groups[instance.group].notify_priority_changes
                                         : standards_.notify_priority_changes);
  instance.learned_interval_cap = standards_.learned_interval_cap;
  inherit_announcing(draft);
}

void Reader::inherit_announcing(Draft& draft) {
  Announcing standard;
  // vrrp_min_garp changes what nobody has said, and nothing else.
  if (standards_.min_garp) {
    standard.repeat = 1;
    standard.delay = Duration{0};
  }
  standard.repeat = standards_.garp_repeat.value_or(standard.repeat);
  standard.delay = standards_.garp_delay.value_or(standard.delay);
  standard.refresh = standards_.garp_refresh.value_or(standard.refresh);
  standard.refresh_repeat = standards_.garp_refresh_repeat.value_or(standard.refresh_repeat);
  // keepalived: these follow garp_master_* of global_defs, not of the instance.
  standard.lower_prio_repeat = standards_.lower_prio_repeat.value_or(standard.repeat);
  standard.lower_prio_delay = standards_.lower_prio_delay.value_or(standard.delay);
  Announcing& own = draft.instance.announcing;
  if (!draft.has("garp_master_repeat")) own.repeat = standard.repeat;
  if (!draft.has("garp_master_delay")) own.delay = standard.delay;
  if (!draft.has("garp_master_refresh")) own.refresh = standard.refresh;
  if (!draft.has("garp_master_refresh_repeat")) own.refresh_repeat = standard.refresh_repeat;
  if (!draft.has("garp_lower_prio_repeat")) own.lower_prio_repeat = standard.lower_prio_repeat;
  if (!draft.has("garp_lower_prio_delay")) own.lower_prio_delay = standard.lower_prio_delay;
  own.arp_interval = standards_.arp_interval;
  own.na_interval = standards_.na_interval;
  if (!draft.has("garp_extra_if")) {
    own.extra_interval = standards_.extra_interval;
    own.extra_on_all = standards_.extra_on_all;
  }
}

void Reader::finish_addresses(Draft& draft) {
  Instance& instance = draft.instance;
  // The first advertised address decides what family the virtual router speaks; without one, where its adverts go.
  if (instance.source) instance.family = instance.source->family();
  if (!instance.unicast_peers.empty())
    instance.family = instance.unicast_peers.front().address.family();
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
    add(Code::kVersionOfFamily, draft.value("version"),
        fmt::format("{} is IPv6 and cannot use VRRP version 2", instance.name),
        "remove it: version 3 is used for IPv6");
  }
}

void Reader::finish_role(Draft& draft) {
  Instance& instance = draft.instance;
  if (!draft.has("priority") && instance.starts_as_master) {
    instance.priority = 255;
    add(Code::kPriorityOfOwner, draft.value("state"),
        fmt::format("{} has no priority", instance.name),
        "so 255 is used: the owner of the addresses",
        "as keepalived does; write the priority meant");
  }
  strict_role(draft);
  const bool is_owner = instance.priority == 255;
  if (is_owner && !draft.has("state")) instance.starts_as_master = true;
  if (is_owner && !instance.starts_as_master)
    add(Code::kOwnerAsBackup, draft.value("state"),
        fmt::format("{} has priority 255 and starts as backup", instance.name),
        "waits a full master-down interval");
  const bool takes_back = instance.starts_as_master || is_owner;
  const bool was_nopreempt = !instance.preempt;
  if (was_nopreempt && takes_back) {
    add(Code::kNopreemptCleared, draft.word("nopreempt"),
        fmt::format("nopreempt does not work with {}",
                    is_owner ? "priority 255" : "`state MASTER`"),
        "cleared: this router takes mastership back",
        "as keepalived does; write `state BACKUP` on every router");
    instance.preempt = true;
  }
  if (instance.preempt_delay > 0s && (takes_back || was_nopreempt)) {
    add(Code::kPreemptDelayCleared, draft.word("preempt_delay"),
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
      fmt::format("{} is used", readable(made)),
      instance.version == 2 ? "keepalived drops version 2 adverts of another interval: the same on "
                              "every router"
                            : "");
  instance.advert_interval = made;
}

void Reader::warn_idle_weights(const Draft& draft) {
  const Instance& instance = draft.instance;
  const auto moves = [](const auto& tracked) { return tracked.weight != 0; };
  const auto any = [&](const auto& all) { return std::any_of(all.begin(), all.end(), moves); };
  if (instance.preempt || (!any(instance.track_scripts) && !any(instance.track_interfaces) &&
                           !any(instance.track_files) && !any(instance.track_processes)))
    return;
  add(Code::kWeightMovesNothing, draft.word("nopreempt"),
      fmt::format("{} tracks with weights and has nopreempt", instance.name),
      "a lower priority moves no addresses to a router with nopreempt",
      "without a weight a failing check is a fault, and moves them");
}

// A router that wakes late can only step down for others when it does not take back what it has just left.
void Reader::finish_late_backup(Draft& draft) {
  Instance& instance = draft.instance;
  if (!instance.late_backup || !instance.preempt) return;
  add(Code::kIdleHere, draft.word("timer_expired_backup"),
      fmt::format("{} works with nopreempt alone", draft.word("timer_expired_backup").text),
      "cleared", "as keepalived does: it would take back at once what it has left");
  instance.late_backup.reset();
}

void Reader::finish_virtual_routers() {
  // Adverts are told apart by who sends them when every instance of a VRID has peers of its own. One without peers is
  // heard by all: it is the first of its VRID, or it has its finding.
  struct Router {
    const Draft* first = nullptr;
    std::map<Address, const Draft*> by_peer;
  };
  const auto same_as = [](const Router& router, const Instance& instance) -> const Draft* {
    if (router.first == nullptr || instance.unicast_peers.empty() ||
        router.first->instance.unicast_peers.empty())
      return router.first;
    const Draft* earliest = nullptr;
    for (const UnicastPeer& peer : instance.unicast_peers)
      if (const auto other = router.by_peer.find(peer.address); other != router.by_peer.end())
        if (earliest == nullptr || other->second < earliest) earliest = other->second;
    return earliest;
  };
  std::map<std::tuple<std::string_view, Family, std::uint8_t>, Router> known;
  for (const Draft& draft : drafts_) {
    if (findings_.is_full()) return;
    const Instance& instance = draft.instance;
    if (instance.vrid == 0 || instance.interface.empty()) continue;
    Router& router = known[{std::string_view(instance.interface), instance.family, instance.vrid}];
    const Draft* same = same_as(router, instance);
    if (same == nullptr) {
      if (router.first == nullptr) router.first = &draft;
      for (const UnicastPeer& peer : instance.unicast_peers)
        router.by_peer.emplace(peer.address, &draft);
      continue;
    }
    const bool is_unicast =
        !instance.unicast_peers.empty() && !same->instance.unicast_peers.empty();
    add(Code::kSameVrid, draft.value("virtual_router_id"),
        fmt::format("{} and {} are the same virtual router", same->instance.name, instance.name),
        fmt::format("both are {} of {} on {}", instance.vrid, name_of(instance.family),
                    instance.interface),
        is_unicast ? "they have a peer in common" : "keepalived refuses to start");
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
    const auto index = instance_named(word, Code::kUnknownInstance);
    if (!index) continue;
    if (guarded.insert(*index).second) {
      draft.flags.instances.push_back(*index);
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
  const auto warn = [&](const Seen& seen, const Word& name) {
    const auto line = seen.find("smtp_alert");
    add(Code::kMailGoesNowhere, line != seen.end() ? line->second->words[0] : name,
        "mail is asked for but cannot be sent",
        model_.mail.server.empty() ? "global_defs has no smtp_server"
                                   : "global_defs has no notification_email");
  };
  for (const Draft& draft : drafts_)
    if (draft.instance.smtp_alert) return warn(draft.seen, *draft.name);
  for (const GroupDraft& draft : group_drafts_)
    if (draft.group.smtp_alert) return warn(draft.seen, *draft.name);
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
