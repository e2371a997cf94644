#include "engine/config/rule_line.hpp"

#include <fmt/format.h>

#include "engine/config/reader.hpp"

namespace config {
namespace {

using base::Family;
using Action = Rule::Action;

// "FIRST-LAST", or one number for both.
struct Range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool is_single = false;
};
std::optional<Range> range_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = c_number(text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return Range{*first, *first, true};
  const auto last = c_number(text.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return Range{*first, *last};
}

}  // namespace

std::optional<Rule> RuleLine::read() {
  while (const Word* word = take()) {
    if (const Keyword* known = keyword(*word))
      read_word(known->name, *word, *known);
    else
      unknown(*word);
    if (!is_good()) return std::nullopt;
  }
  finish();
  if (!is_good()) return std::nullopt;
  return std::move(rule_);
}

void RuleLine::act(Action action, const Word& word) {
  if (acts_) return refuse(word, "a rule does one thing", "the second one");
  acts_ = true;
  rule_.action = action;
}

void RuleLine::read_word(std::string_view name, const Word& word, const Keyword& known) {
  if (name == "inet") {
    be(Family::kIpv4, word);
  } else if (name == "inet6") {
    be(Family::kIpv6, word);
  } else if (name == "not") {
    rule_.is_inverted = true;
  } else if (name == "table") {
    act(Action::kTable, word);
    if (const auto made = named(word, IprouteNames::Kind::kTable, 0xffffffff)) rule_.table = *made;
  } else if (name == "l3mdev") {
    act(Action::kTable, word);
    rule_.is_l3mdev = true;
  } else if (name == "goto") {
    act(Action::kGoto, word);
    if (const auto made = number(word, known)) rule_.target = static_cast<std::uint32_t>(*made);
  } else if (name == "nop") {
    act(Action::kNothing, word);
  } else if (name == "blackhole") {
    act(Action::kBlackhole, word);
  } else if (name == "unreachable") {
    act(Action::kUnreachable, word);
  } else if (name == "prohibit") {
    act(Action::kProhibit, word);
  } else if (name == "type") {
    constexpr Action kTypes[] = {Action::kTable, Action::kBlackhole, Action::kUnreachable,
                                 Action::kProhibit};
    // `type unicast` is what a table gives.
    if (const auto made = choice(word, known.choices); made && *made > 0) act(kTypes[*made], word);
  } else if (name == "no_track") {
    rule_.is_tracked = false;
  } else if (name == "track_group") {
    track_group_ = value_of(word);
  } else {
    read_selector(name, word, known);
  }
}

void RuleLine::read_selector(std::string_view name, const Word& word, const Keyword& known) {
  if (name == "from") {
    read_network(word, rule_.from);
  } else if (name == "to") {
    read_network(word, rule_.to);
  } else if (name == "preference") {
    has_preference_ = true;
    if (const auto made = number(word, known)) rule_.preference = static_cast<std::uint32_t>(*made);
  } else if (name == "tos") {
    if (const auto made = named(word, IprouteNames::Kind::kTos, 255))
      rule_.tos = static_cast<std::uint8_t>(*made);
  } else if (name == "fwmark") {
    read_mark(word);
  } else if (name == "realms") {
    if (const auto made = realms(word)) rule_.realms = *made;
  } else if (name == "iif") {
    if (auto made = interface(word)) rule_.incoming = std::move(*made);
  } else if (name == "oif") {
    if (auto made = interface(word)) rule_.outgoing = std::move(*made);
  } else if (name == "suppress_prefixlength") {
    if (const auto made = number(word, known))
      rule_.suppress_length = static_cast<std::uint8_t>(*made);
  } else if (name == "suppress_ifgroup") {
    rule_.suppress_group = named(word, IprouteNames::Kind::kGroup, 0xffffffff);
  } else if (name == "tunnel-id") {
    if (const auto made = number(word, known)) rule_.tunnel_id = *made;
  } else if (name == "uidrange") {
    const Word* value = value_of(word);
    if (value == nullptr) return;
    const auto range = range_of(value->text);
    if (!range || range->is_single)
      return refuse(*value, fmt::format("`{}` is no range of users", value->text), "FIRST-LAST");
    rule_.users = UserRange{range->first, range->last};
  } else if (name == "protocol") {
    if (const auto made = named(word, IprouteNames::Kind::kProtocol, 255))
      rule_.protocol = static_cast<std::uint8_t>(*made);
  } else if (name == "ipproto") {
    if (const auto made = named(word, IprouteNames::Kind::kIpProtocol, 255))
      rule_.ip_protocol = static_cast<std::uint8_t>(*made);
  } else if (name == "sport") {
    rule_.source_ports = ports(word);
  } else if (name == "dport") {
    rule_.destination_ports = ports(word);
  } else {
    unknown(word);
  }
}

void RuleLine::read_network(const Word& word, std::optional<base::Prefix>& made) {
  const Word* value = value_of(word);
  if (value == nullptr) return;
  if (value->text == "all" || value->text == "any" || value->text == "default") return;
  const auto read = prefix(*value);
  if (!read) return;
  be(read->address.family(), *value);
  made = network_of(*read, *value);
}

void RuleLine::read_mark(const Word& word) {
  const Word* value = value_of(word);
  if (value == nullptr) return;
  const std::string_view text = value->text;
  const std::size_t slash = text.find('/');
  const auto mark = c_number(text.substr(0, slash));
  const auto mask = slash == std::string_view::npos ? std::optional<std::uint32_t>(0xffffffff)
                                                    : c_number(text.substr(slash + 1));
  if (!mark || !mask || *mask == 0)
    return refuse(*value, fmt::format("`{}` is no mark", text), "NUMBER or NUMBER/MASK");
  rule_.mark = *mark;
  rule_.mark_mask = *mask;
}

std::optional<PortRange> RuleLine::ports(const Word& word) {
  const Word* value = value_of(word);
  if (value == nullptr) return std::nullopt;
  const auto range = range_of(value->text);
  if (!range || range->first == 0 || range->last > 65535) {
    refuse(*value, fmt::format("`{}` is no range of ports", value->text), "1-65535");
    return std::nullopt;
  }
  if (range->is_single)
    say(Code::kReadsOtherwise, *value, "a range of one port", "read as it says",
        fmt::format("keepalived leaves such a rule out: it wants {0}-{0}", range->first));
  return PortRange{static_cast<std::uint16_t>(range->first),
                   static_cast<std::uint16_t>(range->last)};
}

void RuleLine::finish() {
  const Word& word = line().words.front();
  rule_.at = word.at;
  rule_.family = family() == Family::kIpv6 ? Family::kIpv6 : Family::kIpv4;
  const std::uint8_t most = rule_.family == Family::kIpv6 ? 128 : 32;
  if (!acts_)
    return refuse(word, "this rule does nothing",
                  "table, goto, nop, blackhole, unreachable or prohibit");
  if (rule_.suppress_length && *rule_.suppress_length > most)
    return refuse(word, "suppress_prefixlength is longer than an address",
                  fmt::format("0 to {}", most));
  if (rule_.action == Action::kGoto && has_preference_ && rule_.target <= rule_.preference)
    return refuse(word, "a rule can only go to a later one",
                  fmt::format("{} is not behind {}", rule_.target, rule_.preference));
  if (!has_preference_)
    say(Code::kRuleWithoutPreference, word, "this rule has no preference", "the kernel chooses one",
        "`preference N` says where it stands");
}

}  // namespace config
