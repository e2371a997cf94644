#include "engine/config/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "engine/config/dump.hpp"

namespace config {
namespace {

using Places = Lineage::Places;
using Lines = std::vector<std::pair<std::string, std::string>>;

// Where the dump's word is not the one that stands in a file.
struct Word {
  std::string_view line;
  std::string_view keyword;
  Meaning meaning = Meaning::kNothingMore;
};

constexpr Word kInstanceWords[] = {
    {"version", "vrrp_version", Meaning::kPeers},
    {"priority", "priority", Meaning::kMastership},
    {"advert_interval", "advert_int", Meaning::kPeers},
    {"starts_as_master", "state MASTER", Meaning::kNothingMore},
    {"preempt", "preempt", Meaning::kContest},
    {"preempt_delay", "preempt_delay", Meaning::kContest},
    {"down_timer_adverts", "down_timer_adverts", Meaning::kContest},
    {"accept", "accept", Meaning::kNotYet},
    {"v3_checksum_as_v2", "v3_checksum_as_v2", Meaning::kPeers},
    {"auth_type", "auth_type", Meaning::kPeers},
    {"auth_pass", "auth_pass", Meaning::kPeers},
    {"hmac", "auth_hmac", Meaning::kPeers},
    {"hmac_key", "auth_hmac key", Meaning::kPeers},
    {"hmac_active_key", "auth_hmac active_key", Meaning::kPeers},
    {"hmac_replay", "auth_hmac anti_replay", Meaning::kNothingMore},
    {"hmac_mode", "auth_hmac mode", Meaning::kNothingMore},
    {"unicast_peer", "unicast_peer", Meaning::kReach},
    {"source", "unicast_src_ip or mcast_src_ip", Meaning::kReach},
    {"multicast_group", "mcast_dst_ip", Meaning::kReach},
    {"strict", "strict_mode", Meaning::kContest},
    {"owner_ignore_adverts", "owner_ignore_adverts", Meaning::kContest},
    {"lower_prio_no_advert", "lower_prio_no_advert", Meaning::kContest},
    {"higher_prio_send_advert", "higher_prio_send_advert", Meaning::kContest},
    {"timer_expired_backup", "timer_expired_backup", Meaning::kContest},
    {"track_primary", "track_primary", Meaning::kMastership},
    {"track_src_ip", "track_src_ip", Meaning::kMastership},
    {"sync_group", "member of vrrp_sync_group", Meaning::kMastership},
    {"track_script", "track_script", Meaning::kMastership},
    {"track_interface", "track_interface", Meaning::kMastership},
    {"track_file", "track_file", Meaning::kMastership},
    {"track_process", "track_process", Meaning::kMastership},
    {"garp_master", "garp_master_repeat, garp_master_delay", Meaning::kClients},
    {"garp_refresh", "garp_master_refresh", Meaning::kClients},
    {"garp_lower_prio", "garp_lower_prio_repeat, garp_lower_prio_delay", Meaning::kClients},
    {"route", "virtual_routes", Meaning::kNotYet},
    {"rule", "virtual_rules", Meaning::kNotYet},
    {"own_interface", "use_vmac or use_ipvlan", Meaning::kNotYet},
    {"vrf", "vrf", Meaning::kNotYet},
};

constexpr Word kPartWords[] = {
    {"effect", "weight", Meaning::kMastership},
    {"quorum", "quorum", Meaning::kMastership},
    {"member", "group", Meaning::kMastership},
    {"instance", "instances", Meaning::kMastership},
    {"permit_file", "permit_file", Meaning::kMastership},
    {"rt_priority", "vrrp_rt_priority", Meaning::kNextStart},
    {"cpus", "vrrp_cpu_affinity", Meaning::kNextStart},
    {"local_igmp", "reports for link-local groups", Meaning::kNothingMore},
    {"tracking_weight", "sync_group_tracking_weight", Meaning::kNothingMore},
    {"address", "static_ipaddress", Meaning::kNotYet},
    {"route", "static_routes", Meaning::kNotYet},
    {"rule", "static_rules", Meaning::kNotYet},
    {"firewall", "nftables or vrrp_iptables", Meaning::kNotYet},
    {"nftables", "nftables", Meaning::kNotYet},
    {"iptables", "vrrp_iptables", Meaning::kNotYet},
    {"ipsets", "vrrp_ipsets", Meaning::kNotYet},
    {"vmac_prefix", "vmac_prefix", Meaning::kNotYet},
    {"vmac_addr_prefix", "vmac_addr_prefix", Meaning::kNotYet},
};

struct KindWord {
  std::string_view kind;  // in the dump
  std::string_view words;
};
constexpr KindWord kKinds[] = {
    {"script", "vrrp_script"},
    {"track_file", "vrrp_track_file"},
    {"track_process", "vrrp_track_process"},
    {"interface_delay", "interface_up_down_delays"},
    {"sync_group", "vrrp_sync_group"},
    {"global", "global_defs"},
    {"mail", "alerts"},
};

std::string kind_in_words(std::string_view kind) {
  const auto found = std::ranges::find(kKinds, kind, &KindWord::kind);
  return std::string(found == std::end(kKinds) ? kind : found->words);
}

Word word_of(std::span<const Word> words, std::string_view line) {
  const auto found = std::ranges::find(words, line, &Word::line);
  return found == words.end() ? Word{line, line} : *found;
}

std::vector<std::string> values_of(const Lines& lines, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [line, value] : lines)
    if (line == name) values.push_back(value);
  return values;
}

// What tells the values of one name apart; two that have it in common are the same thing, changed. A route begins with its
// kind and where it leads; of a rule nothing is the name.
std::string_view identity_of(std::string_view line, std::string_view value) {
  if (line == "rule") return value;
  std::size_t end = value.find(' ');
  if (line == "route" && end != std::string_view::npos) end = value.find(' ', end + 1);
  return value.substr(0, end);
}

// As an operator would have written it.
std::string in_their_words(std::string_view line, const std::string& value) {
  constexpr std::string_view kWeight = "weight ";
  if (line == "effect" && value.starts_with(kWeight)) return value.substr(kWeight.size());
  constexpr std::int64_t kDay = 86'400;
  std::int64_t seconds = 0;
  const char* const end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, seconds);
  const bool is_seconds = read.ec == std::errc() && std::string_view(read.ptr, end) == "s";
  return is_seconds && seconds >= kDay && seconds % kDay == 0 ? fmt::format("{}d", seconds / kDay)
                                                              : value;
}

// What is in one of the two alone is left in it, in its order.
void drop_common(std::vector<std::string>& was, std::vector<std::string>& is) {
  std::erase_if(was, [&](const std::string& value) {
    const auto same = std::ranges::find(is, value);
    if (same == is.end()) return false;
    is.erase(same);
    return true;
  });
}

// Those of one name.
void compare_values(const Word& word, std::vector<std::string> was, std::vector<std::string> is,
                    std::vector<Change>& changes) {
  const auto change = [&](const std::string& before, const std::string& after) {
    changes.push_back({.what = std::string(word.keyword),
                       .before = in_their_words(word.line, before),
                       .after = in_their_words(word.line, after),
                       .meaning = word.meaning});
  };
  if (was == is) return;
  const bool is_single = was.size() == 1 && is.size() == 1;
  drop_common(was, is);
  if (was.empty() && is.empty()) {
    changes.push_back({.kind = Change::Kind::kOrder,
                       .what = std::string(word.keyword),
                       .before = {},
                       .after = {},
                       .meaning = Meaning::kNothingMore});
    return;
  }
  if (is_single && word.line != "route" && word.line != "rule")
    return change(was.front(), is.front());
  for (const std::string& before : was) {
    const auto same = std::ranges::find_if(is, [&](const std::string& after) {
      return identity_of(word.line, after) == identity_of(word.line, before);
    });
    change(before, same == is.end() ? std::string() : *same);
    if (same != is.end()) is.erase(same);
  }
  for (const std::string& after : is) change({}, after);
}

std::vector<Change> compare_lines(std::span<const Word> words, const Lines& was, const Lines& is) {
  std::vector<std::string_view> names;
  for (const Lines* lines : {&was, &is})
    for (const auto& [name, value] : *lines)
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  std::vector<Change> changes;
  for (const std::string_view name : names)
    compare_values(word_of(words, name), values_of(was, name), values_of(is, name), changes);
  return changes;
}

void note_secret(std::string_view what, bool differs, std::vector<Change>& changes) {
  if (!differs) return;
  // Where its length changed, or whether there is one, the line said so.
  if (std::ranges::find(changes, what, &Change::what) != changes.end()) return;
  changes.push_back({.kind = Change::Kind::kSecret,
                     .what = std::string(what),
                     .before = {},
                     .after = {},
                     .meaning = Meaning::kPeers});
}

// Nothing changes without a word, even where the dump has none for it.
void note_the_rest(std::vector<Change>& changes) {
  if (changes.empty())
    changes.push_back({.kind = Change::Kind::kSecret,
                       .what = "what has no word here",
                       .before = {},
                       .after = {},
                       .meaning = Meaning::kNothingMore});
}

const VirtualAddress* find_address(const Instance& in, const VirtualAddress& address) {
  const auto found = std::ranges::find_if(in.addresses, [&](const VirtualAddress& one) {
    return one.prefix == address.prefix && one.interface == address.interface;
  });
  return found == in.addresses.end() ? nullptr : &*found;
}

std::string address_details(const VirtualAddress& was, const VirtualAddress& is) {
  std::string text;
  const auto say = [&](const std::string& words) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", words);
  };
  if (was.prefix.length != is.prefix.length)
    say(fmt::format("/{} -> /{}", was.prefix.length, is.prefix.length));
  if (was.interface != is.interface) say(fmt::format("dev {} -> {}", was.interface, is.interface));
  if (was.label != is.label)
    say(fmt::format("label {} -> {}", was.label.empty() ? "none" : was.label,
                    is.label.empty() ? "none" : is.label));
  if (was.scope != is.scope) say(fmt::format("scope {} -> {}", was.scope, is.scope));
  const auto shown = [](const std::optional<Address>& address) {
    return address ? base::to_string(*address) : std::string("none");
  };
  if (was.broadcast != is.broadcast)
    say(fmt::format("brd {} -> {}", shown(was.broadcast), shown(is.broadcast)));
  if (was.peer != is.peer) say(fmt::format("peer {} -> {}", shown(was.peer), shown(is.peer)));
  return text.empty() ? "its options" : text;
}

// Everything on both sides, to follow an address from one instance to another.
struct Sides {
  const Model& before;
  const Model& now;
  Places now_of;  // by place before: where it is now
  const Lineage& lineage;
};

class AddressComparison {
 public:
  AddressComparison(const Sides& sides, const Instance* was, const Instance* is)
      : sides_(sides), was_(was), is_(is) {}

  std::vector<AddressChange> take() {
    if (is_ != nullptr)
      for (const VirtualAddress& address : is_->addresses) compare_new(address);
    if (was_ != nullptr)
      for (const VirtualAddress& address : was_->addresses) compare_old(address);
    return std::move(changes_);
  }

 private:
  void say(AddressChange::Kind kind, const VirtualAddress& address, std::string detail = {}) {
    changes_.push_back({kind, address.prefix, address.interface, std::move(detail)});
  }

  void compare_new(const VirtualAddress& address) {
    using Kind = AddressChange::Kind;
    const VirtualAddress* same = was_ == nullptr ? nullptr : find_address(*was_, address);
    if (same != nullptr) {
      VirtualAddress as_it_was = address;
      as_it_was.is_advertised = same->is_advertised;
      if (!is_same(*same, as_it_was))
        return say(Kind::kAnew, address, address_details(*same, address));
      if (same->is_advertised != address.is_advertised)
        say(Kind::kAdvertised, address, address.is_advertised ? "yes" : "no");
      return;
    }
    if (const Instance* giver = giver_of(address))
      return say(Kind::kMovesHere, address, giver->name);
    if (was_ != nullptr)
      for (const VirtualAddress& old : was_->addresses)
        if (old.prefix.address == address.prefix.address && find_address(*is_, old) == nullptr) {
          replaced_.push_back(&old);
          return say(Kind::kAnew, address, address_details(old, address));
        }
    say(Kind::kComes, address);
  }

  void compare_old(const VirtualAddress& address) {
    using Kind = AddressChange::Kind;
    if (is_ != nullptr && find_address(*is_, address) != nullptr) return;
    if (std::ranges::find(replaced_, &address) != replaced_.end()) return;
    if (const Instance* taker = taker_of(address))
      return say(Kind::kMovesAway, address, taker->name);
    say(Kind::kLeaves, address);
  }

  // Another instance had it and has it no more.
  const Instance* giver_of(const VirtualAddress& address) const {
    for (std::size_t i = 0; i < sides_.before.instances.size(); ++i) {
      const Instance& other = sides_.before.instances[i];
      if (&other == was_ || find_address(other, address) == nullptr) continue;
      const auto then = sides_.now_of[i];
      if (!then || find_address(sides_.now.instances[*then], address) == nullptr) return &other;
    }
    return nullptr;
  }

  // Another instance has it and did not have it.
  const Instance* taker_of(const VirtualAddress& address) const {
    for (std::size_t i = 0; i < sides_.now.instances.size(); ++i) {
      const Instance& other = sides_.now.instances[i];
      if (&other == is_ || find_address(other, address) == nullptr) continue;
      const auto then = sides_.lineage.instances[i];
      if (!then || find_address(sides_.before.instances[*then], address) == nullptr) return &other;
    }
    return nullptr;
  }

  const Sides& sides_;
  const Instance* was_;
  const Instance* is_;
  std::vector<const VirtualAddress*> replaced_;
  std::vector<AddressChange> changes_;
};

std::string_view family_name(Family family) { return family == Family::kIpv6 ? "IPv6" : "IPv4"; }

// What makes another virtual router of it.
std::string identity_change(const Instance& was, const Instance& is) {
  std::string text;
  const auto say = [&](const std::string& words) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", words);
  };
  if (was.interface != is.interface)
    say(fmt::format("interface {} -> {}", was.interface, is.interface));
  if (was.family != is.family)
    say(fmt::format("{} -> {}", family_name(was.family), family_name(is.family)));
  if (was.vrid != is.vrid) say(fmt::format("virtual_router_id {} -> {}", was.vrid, is.vrid));
  return text;
}

const Instance* instance_named(const Model& model, const std::string& name) {
  const auto found = std::ranges::find(model.instances, name, &Instance::name);
  return found == model.instances.end() ? nullptr : &*found;
}

// The old one with the names that its things have now, so that a rename is told once and not by everybody who refers to it.
Model with_new_names(Model before, const Model& now, const Lineage& lineage) {
  const auto rename = [](auto& was, const auto& is, const Places& places) {
    for (std::size_t i = 0; i < is.size(); ++i)
      if (places[i]) was[*places[i]].name = is[i].name;
  };
  rename(before.instances, now.instances, lineage.instances);
  rename(before.groups, now.groups, lineage.groups);
  rename(before.scripts, now.scripts, lineage.scripts);
  rename(before.tracked_files, now.tracked_files, lineage.tracked_files);
  rename(before.processes, now.processes, lineage.processes);
  return before;
}

std::vector<const Part*> of_kind(const std::vector<Part>& parts, std::string_view kind) {
  std::vector<const Part*> found;
  for (const Part& part : parts)
    if (part.kind == kind) found.push_back(&part);
  return found;
}

std::string unquoted(const std::string& name) {
  return name.size() >= 2 && name.front() == '"' && name.back() == '"'
             ? name.substr(1, name.size() - 2)
             : name;
}

class Comparison {
 public:
  Comparison(const Model& before, const Model& now)
      : before_(before),
        now_(now),
        lineage_(lineage_of(before, now)),
        old_parts_(parts_of(with_new_names(before, now, lineage_))),
        new_parts_(parts_of(now)) {}

  Difference take() {
    compare_instances();
    const auto by_lineage = [&](const auto& was, const auto& is) {
      return is_same(was, is, lineage_);
    };
    const auto alone = [](const auto& was, const auto& is) { return is_same(was, is); };
    compare_things("sync_group", before_.groups, now_.groups, lineage_.groups, by_lineage);
    compare_things("script", before_.scripts, now_.scripts, lineage_.scripts, alone);
    compare_things("track_file", before_.tracked_files, now_.tracked_files, lineage_.tracked_files,
                   alone);
    compare_things("track_process", before_.processes, now_.processes, lineage_.processes, alone);
    compare_things("flags", before_.flags, now_.flags, lineage_.flags, by_lineage);
    compare_the_rest();
    return std::move(difference_);
  }

 private:
  void compare_instances() {
    const Places now_of = reversed(lineage_.instances, before_.instances.size());
    const Sides sides{before_, now_, now_of, lineage_};
    const auto old_parts = of_kind(old_parts_, "instance");
    const auto new_parts = of_kind(new_parts_, "instance");
    for (std::size_t i = 0; i < now_.instances.size(); ++i) {
      const Instance& is = now_.instances[i];
      InstanceDifference& one = difference_.instances.emplace_back();
      one.name = is.name;
      one.now = static_cast<std::uint16_t>(i);
      one.before = lineage_.instances[i];
      const Instance* was = one.before ? &before_.instances[*one.before] : nullptr;
      if (was == nullptr) {
        one.fate = Fate::kAdded;
        if (const Instance* other = instance_named(before_, is.name))
          one.because = identity_change(*other, is);
      } else if (!is_same(*was, is, lineage_)) {
        one.fate = Fate::kChanged;
        if (was->name != is.name) one.former = was->name;
        compare_settings(*was, is, *old_parts[*one.before], *new_parts[i], one);
      }
      one.addresses = AddressComparison(sides, was, &is).take();
      if (was != nullptr && one.fate == Fate::kChanged && one.former.empty() &&
          one.addresses.empty())
        note_the_rest(one.changes);
    }
    for (std::size_t i = 0; i < before_.instances.size(); ++i) {
      if (now_of[i]) continue;
      const Instance& was = before_.instances[i];
      InstanceDifference& one = difference_.instances.emplace_back();
      one.fate = Fate::kRemoved;
      one.name = was.name;
      one.before = static_cast<std::uint16_t>(i);
      if (const Instance* other = instance_named(now_, was.name))
        one.because = identity_change(was, *other);
      one.addresses = AddressComparison(sides, &was, nullptr).take();
    }
  }

  static void compare_settings(const Instance& was, const Instance& is, const Part& old_part,
                               const Part& new_part, InstanceDifference& one) {
    one.changes = compare_lines(kInstanceWords, old_part.lines, new_part.lines);
    // Addresses are told apart, one by one; their order alone is a change of the advert.
    std::erase_if(one.changes, [](const Change& change) {
      return change.what == "address" && change.kind != Change::Kind::kOrder;
    });
    for (Change& change : one.changes)
      if (change.what == "address") change.what = "virtual_ipaddress";
    note_secret("auth_pass", was.auth_pass != is.auth_pass, one.changes);
    note_secret("auth_hmac key", was.hmac.keys != is.hmac.keys, one.changes);
  }

  template <typename Thing, typename Same>
  void compare_things(std::string_view kind, const std::vector<Thing>& was,
                      const std::vector<Thing>& is, const Places& places, Same same) {
    const auto old_parts = of_kind(old_parts_, kind);
    const auto new_parts = of_kind(new_parts_, kind);
    for (std::size_t i = 0; i < is.size(); ++i) {
      PartDifference one{.fate = Fate::kAdded,
                         .kind = kind_in_words(kind),
                         .name = name_of(is[i], i),
                         .former = {},
                         .changes = {}};
      if (places[i]) {
        const Thing& then = was[*places[i]];
        if (name_of(then, i) != one.name) one.former = name_of(then, i);
        if (same(then, is[i]) && one.former.empty()) continue;
        one.fate = Fate::kChanged;
        one.changes = compare_lines(kPartWords, old_parts[*places[i]]->lines, new_parts[i]->lines);
        if (one.former.empty()) note_the_rest(one.changes);
      }
      difference_.parts.push_back(std::move(one));
    }
    const Places now_of = reversed(places, was.size());
    for (std::size_t i = 0; i < was.size(); ++i)
      if (!now_of[i])
        difference_.parts.push_back({.fate = Fate::kRemoved,
                                     .kind = kind_in_words(kind),
                                     .name = name_of(was[i], i),
                                     .former = {},
                                     .changes = {}});
  }

  template <typename Thing>
  static std::string name_of(const Thing& thing, std::size_t) {
    return thing.name;
  }
  // Flags have none: they are their files.
  static std::string name_of(const Flags& flags, std::size_t) {
    return flags.permit_file.empty() ? flags.active_file : flags.permit_file;
  }

  // Everything that has no place of its own in the model, by what it is called in the dump.
  void compare_the_rest() {
    constexpr std::string_view kDone[] = {"instance",   "sync_group",    "script",
                                          "track_file", "track_process", "flags"};
    const auto is_done = [&](const Part& part) {
      return std::ranges::find(kDone, std::string_view(part.kind)) != std::end(kDone);
    };
    // The n-th of a kind and name is the n-th of that kind and name: most have a name of their own.
    using Key = std::pair<std::string, std::string>;
    std::map<Key, std::vector<const Part*>> olds;
    for (const Part& part : old_parts_)
      if (!is_done(part)) olds[{part.kind, part.name}].push_back(&part);
    for (const Part& part : new_parts_) {
      if (is_done(part)) continue;
      auto& same = olds[{part.kind, part.name}];
      if (same.empty()) {
        add_rest(Fate::kAdded, part, {});
        continue;
      }
      auto changes = compare_lines(kPartWords, same.front()->lines, part.lines);
      same.erase(same.begin());
      if (part.kind == "mail")
        note_secret("password", before_.mail.password != now_.mail.password, changes);
      if (!changes.empty()) add_rest(Fate::kChanged, part, std::move(changes));
    }
    for (const auto& [key, left] : olds)
      for (const Part* part : left) add_rest(Fate::kRemoved, *part, {});
  }

  void add_rest(Fate fate, const Part& part, std::vector<Change> changes) {
    difference_.parts.push_back({.fate = fate,
                                 .kind = kind_in_words(part.kind),
                                 .name = unquoted(part.name),
                                 .former = {},
                                 .changes = std::move(changes)});
  }

  const Model& before_;
  const Model& now_;
  const Lineage lineage_;
  const std::vector<Part> old_parts_;
  const std::vector<Part> new_parts_;
  Difference difference_;
};

}  // namespace

bool InstanceDifference::moves_an_address() const {
  return std::ranges::any_of(addresses, [](const AddressChange& change) {
    return change.kind != AddressChange::Kind::kAdvertised;
  });
}

bool InstanceDifference::may_move_mastership() const {
  return fate == Fate::kAdded || fate == Fate::kRemoved ||
         std::ranges::any_of(changes, [](const Change& change) {
           return change.meaning == Meaning::kMastership || change.meaning == Meaning::kPeers ||
                  change.meaning == Meaning::kReach;
         });
}

bool Difference::is_empty() const {
  return parts.empty() && count(Fate::kKept) == instances.size();
}

std::size_t Difference::count(Fate fate) const {
  return static_cast<std::size_t>(std::ranges::count(instances, fate, &InstanceDifference::fate));
}

Difference difference_of(const Model& before, const Model& now) {
  return Comparison(before, now).take();
}

}  // namespace config
