// global_defs beyond the protocol, and blocks that set the pace: FIFOs, the firewall, scheduling, announcements.
#include <fmt/format.h>

#include "engine/config/reader.hpp"

namespace config {

using namespace std::chrono_literals;

// --- FIFOs and scripts

void Reader::notify_fifo(const Argument& a) {
  Fifo& fifo = a.name().text == "notify_fifo" ? model_.notifying.all : model_.notifying.vrrp;
  const Word& path = a.words[0];
  if (!path.text.starts_with('/')) {
    add(Code::kBadValue, path, fmt::format("`{}` is no absolute path", path.text),
        "must start with /");
    return;
  }
  if (read_user(a.words.subspan(1), fifo.user, fifo.group)) fifo.path = path.text;
}

void Reader::finish_fifos() {
  const auto look = [&](const Fifo& fifo, std::string_view script, std::string_view keyword) {
    const auto found = seen_in_global_.find(script);
    if (found == seen_in_global_.end() || !fifo.path.empty()) return;
    add(Code::kIdleHere, found->second->words[0], fmt::format("{} has nothing to read", script),
        fmt::format("there is no {}", keyword));
  };
  look(model_.notifying.all, "notify_fifo_script", "notify_fifo");
  look(model_.notifying.vrrp, "vrrp_notify_fifo_script", "vrrp_notify_fifo");
}

// It may stand alone: then DELETED is told, and nothing is run.
void Reader::notify_deleted(const Argument& a) {
  draft().instance.tells_deletion = true;
  if (a.words.empty()) return;
  Argument with_command = a;
  if (read_command(with_command)) draft().instance.notify_deleted = with_command.command;
}

// --- the kernel

void Reader::disable_local_igmp(const Argument&) { model_.kernel.reports_igmp = false; }

void Reader::iptables(const Argument& a) {
  Firewall& firewall = model_.firewall;
  firewall.by = Firewall::By::kIptables;
  // With one chain there is none for what goes out.
  if (!a.words.empty()) {
    firewall.chain_in = a.words[0].text;
    firewall.chain_out = a.words.size() > 1 ? a.words[1].text : std::string();
  }
}

void Reader::ipsets(const Argument& a) {
  std::vector<std::string>& sets = model_.firewall.ipsets;
  sets.clear();
  if (a.words.empty()) sets.emplace_back("keepalived");
  for (const Word& word : a.words) {
    // IPSET_MAXNAMELEN with its end.
    if (word.text.empty() || word.text.size() > 31) {
      add(Code::kBadValue, word, fmt::format("`{}` cannot be the name of a set", word.text),
          "1 to 31 characters");
      return;
    }
    sets.push_back(word.text);
  }
}

void Reader::nftables(const Argument& a) {
  model_.firewall.by = Firewall::By::kNftables;
  if (!a.words.empty()) model_.firewall.table = a.words[0].text;
}

void Reader::cpu_affinity(const Argument& a) {
  std::vector<std::uint16_t>& cpus = model_.scheduling.cpus;
  cpus.clear();
  for (const Word& word : a.words) {
    const auto cpu = whole_number(word.text);
    if (!cpu || *cpu < 0 || *cpu > 1023) {
      add(Code::kBadValue, word, fmt::format("`{}` is no processor", word.text),
          "must be 0 to 1023");
      continue;
    }
    cpus.push_back(static_cast<std::uint16_t>(*cpu));
  }
}

// --- announcements

bool Reader::read_extra(const Argument& a, long long least, Duration& interval, bool& on_all) {
  const bool is_all = a.words[0].text == "all";
  if (a.words.size() != (is_all ? 2U : 1U)) {
    add(is_all ? Code::kMissingValue : Code::kBadValue, a.words[0],
        is_all ? std::string("`all` lacks its seconds")
               : fmt::format("`{}` is not `all`", a.words[0].text),
        "`[all] SECONDS`");
    return false;
  }
  const Word& word = a.words.back();
  const auto seconds = whole_number(word.text);
  if (!seconds || *seconds < least || *seconds > 86400) {
    add(Code::kOutOfRange, word, fmt::format("{} {} is out of range", a.name().text, word.text),
        fmt::format("must be {} to 86400", least), std::string(a.keyword->bad));
    return false;
  }
  interval = std::chrono::seconds{*seconds};
  on_all = is_all;
  return true;
}

void Reader::extra_standard(const Argument& a) {
  (void)read_extra(a, 1, standards_.extra_interval, standards_.extra_on_all);  // has its finding
}

void Reader::extra_here(const Argument& a) {
  Announcing& announcing = draft().instance.announcing;
  (void)read_extra(a, 0, announcing.extra_interval, announcing.extra_on_all);  // likewise
}

void Reader::new_garp_group(const Argument& a) {
  garp_groups_.emplace_back().keyword = &a.name();
  Seen seen;
  read_block(Block::kGarpGroup, a.line->block, seen);
}

void Reader::interface_of_garp_group(const Argument& a) {
  garp_groups_.back().interfaces.push_back(&a.words[0]);
}

void Reader::interfaces_of_garp_group(const Argument& a) {
  for (const Line& line : a.line->block)
    for (const Word& word : line.words)
      if (is_interface(word)) garp_groups_.back().interfaces.push_back(&word);
}

void Reader::finish_garp_groups() {
  std::map<std::string_view, const GarpGroup*> known;
  for (const GarpGroup& group : garp_groups_) {
    if (group.interfaces.empty() || (!group.arp_interval && !group.na_interval))
      add(Code::kIdleHere, *group.keyword, "this garp_group changes nothing",
          group.interfaces.empty() ? "it names no interface" : "it names no interval",
          "as keepalived does");
    for (const Word* word : group.interfaces)
      if (!known.emplace(word->text, &group).second)
        add(Code::kGivenAgain, *word, fmt::format("{} is in two garp groups", word->text),
            "the first one counts");
  }
  for (Draft& draft : drafts_) {
    const auto found = known.find(draft.instance.interface);
    if (found == known.end()) continue;
    Announcing& own = draft.instance.announcing;
    own.arp_interval = found->second->arp_interval.value_or(own.arp_interval);
    own.na_interval = found->second->na_interval.value_or(own.na_interval);
  }
}

void Reader::warn_pacing() {
  for (const std::string_view keyword : {"vrrp_garp_interval", "vrrp_gna_interval"}) {
    const auto found = seen_in_global_.find(keyword);
    if (found == seen_in_global_.end()) continue;
    const bool is_arp = keyword == "vrrp_garp_interval";
    if ((is_arp ? standards_.arp_interval : standards_.na_interval) > Duration{0}) continue;
    add(Code::kNoPacing, value_of(*found->second), fmt::format("{} is 0", keyword),
        "no pause, as without the line", "keepalived says it is out of range and uses its default");
  }
}

}  // namespace config
