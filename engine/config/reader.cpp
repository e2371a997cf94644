#include "engine/config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace config {
namespace {

bool is_block(Takes takes) {
  return takes == Takes::kBlock || takes == Takes::kNamed || takes == Takes::kLines;
}

constexpr std::size_t kMaxNamed = 65535;
// Each can be about every instance.
constexpr std::size_t kMaxFlags = 1000;

}  // namespace

void Reader::read(const std::vector<Line>& lines) {
  read_block(Block::kRoot, lines, seen_in_root_);
}

void Reader::read_block(Block block, const std::vector<Line>& lines, Seen& seen) {
  for (const Line& line : lines) {
    if (findings_.is_full()) return;
    if (line.words.empty()) continue;  // a block without a keyword, already complained about
    if (const Keyword* keyword = find_keyword(block, line.words[0].text)) {
      read_keyword(*keyword, line, seen);
    } else {
      unknown(block, line);
    }
  }
}

void Reader::unknown(Block block, const Line& line) {
  const Word& word = line.words[0];
  const bool is_kept =
      findings_.keeps(line.has_block ? Code::kUnknownBlock : Code::kUnknownKeyword);
  const std::string_view home = is_kept ? home_of(word.text) : std::string_view();
  const std::string_view near = is_kept ? nearest_keyword(block, word.text) : std::string_view();
  std::string label = !home.empty()  ? fmt::format("belongs in {}", home)
                      : near.empty() ? std::string("not a keyword here")
                                     : did_you_mean(near);
  if (line.has_block) {
    add(Code::kUnknownBlock, word, fmt::format("unknown block `{}`", word.text), std::move(label),
        "the whole block is skipped");
  } else {
    add(Code::kUnknownKeyword, word, fmt::format("unknown keyword `{}`", word.text),
        std::move(label), "the line is ignored; the default holds for what was meant");
  }
}

void Reader::read_keyword(const Keyword& keyword, const Line& line, Seen& seen) {
  const Word& word = line.words[0];
  if (keyword.effect == Effect::kForeign) {
    add(Code::kForeign, word, fmt::format("`{}` is not about VRRP", word.text), "skipped");
    return;
  }
  if (keyword.effect == Effect::kNone) {
    add(Code::kNoEffect, word,
        fmt::format("`{}` has no effect in this version of vigie", word.text), "ignored",
        std::string(keyword.why));
    return;
  }
  if (keyword.effect == Effect::kNeedless) {
    add(Code::kNeedless, word, fmt::format("`{}` has nothing left to do", word.text), "ignored",
        std::string(keyword.why));
    return;
  }
  if (!check_block(keyword, line)) return;
  // Also when its value turns out bad: the complaint is about the value then, not about a keyword that is missing.
  const auto [earlier, is_first] =
      seen.emplace(keyword.same_as.empty() ? keyword.name : keyword.same_as, &line);
  if (!is_first && keyword.again != Again::kAdds) {
    const bool first_counts = keyword.again == Again::kFirstCounts;
    add(Code::kGivenAgain, word, fmt::format("`{}` is given again", word.text),
        first_counts ? "ignored: the first one counts" : "this one counts",
        fmt::format("first given on line {}", earlier->second->at().line));
    if (first_counts) return;
    earlier->second = &line;
  }
  Argument argument;
  argument.keyword = &keyword;
  argument.line = &line;
  argument.words = std::span(line.words).subspan(1);
  if (!read_argument(keyword, argument)) return;
  (this->*keyword.apply)(argument);
  const bool is_off = keyword.takes == Takes::kBool && !argument.on;
  if (keyword.effect == Effect::kLater && !is_off) warn_later(keyword, line);
}

// Loudly: whoever wrote the line counts on it.
void Reader::warn_later(const Keyword& keyword, const Line& line) {
  const Word& word = line.words[0];
  if (keyword.takes != Takes::kLines) {
    add(keyword.later, word,
        fmt::format("`{}` does not take effect in this version of vigie", word.text),
        "read and checked, and kept for a plan");
    return;
  }
  const auto count = static_cast<std::size_t>(
      std::count_if(line.block.begin(), line.block.end(),
                    [](const Line& inner) { return !inner.words.empty(); }));
  if (count == 0) return;
  const std::string_view kind = keyword.later == Code::kRoutesLater  ? "route"
                                : keyword.later == Code::kRulesLater ? "rule"
                                                                     : "address";
  add(keyword.later, word,
      count == 1 ? fmt::format("one {} is not installed by this version of vigie", kind)
                 : fmt::format("{} {}{} are not installed by this version of vigie", count, kind,
                               kind == "address" ? "es" : "s"),
      "read and checked, and kept for a plan");
}

bool Reader::check_block(const Keyword& keyword, const Line& line) {
  const Word& word = line.words[0];
  if (!is_block(keyword.takes)) {
    if (line.has_block)
      findings_.add(Code::kNoBlockHere, line.opened_at, 1,
                    fmt::format("`{}` takes no block", word.text), "skipped up to its `}`");
    return true;
  }
  if (!line.has_block) {
    add(Code::kBlockExpected, word, fmt::format("`{}` needs a block", word.text),
        "`{` must follow here or on the next line");
    return false;
  }
  // Blocks of our own may be empty: `agentx { }` switches the subagent on.
  if (line.block.empty() && keyword.takes == Takes::kLines)
    add(Code::kEmptyBlock, word, fmt::format("`{}` is empty", word.text), "no effect");
  return true;
}

// --- blocks

void Reader::block(const Argument& a) {
  Seen fresh;
  Seen& seen = a.keyword->opens == Block::kGlobal           ? seen_in_global_
               : a.keyword->opens == Block::kAuthentication ? draft().seen
                                                            : fresh;
  read_block(a.keyword->opens, a.line->block, seen);
}

std::optional<std::uint16_t> Reader::new_named(const Argument& a, Names& names, std::size_t known,
                                               std::string_view kind) {
  const Word& name = a.words[0];
  if (const auto other = names.find(name.text); other != names.end()) {
    add(Code::kBadName, name, fmt::format("there are two {} {}", kind, name.text), "the second one",
        fmt::format("the first one is on line {}", other->second.name->at.line));
    return std::nullopt;
  }
  if (known >= kMaxNamed) {
    add(Code::kTooMuch, name, fmt::format("more than {} {}", kMaxNamed, kind));
    return std::nullopt;
  }
  const auto index = static_cast<std::uint16_t>(known);
  names.emplace(name.text, Definition{&name, index});
  return index;
}

void Reader::new_script(const Argument& a) {
  if (!new_named(a, scripts_, model_.scripts.size(), "scripts")) return;
  const Word& name = a.words[0];
  Script& script = model_.scripts.emplace_back();
  script.name = name.text;
  script.at = name.at;
  Seen seen;
  read_block(Block::kScript, a.line->block, seen);
  if (!seen.contains("timeout")) script.timeout = script.interval;
  if (!seen.contains("script"))
    add(Code::kNoCommand, name, fmt::format("script {} has no script line", name.text),
        "nothing to run", "keepalived removes the check and goes on as if it did not exist");
}

void Reader::new_instance(const Argument& a) {
  const Word& name = a.words[0];
  const auto [other, is_new] = instance_names_.emplace(name.text, &name);
  if (!is_new) {
    add(Code::kBadName, name, fmt::format("there are two instances {}", name.text),
        "the second one", fmt::format("the first one is on line {}", other->second->at.line));
    return;
  }
  if (drafts_.size() >= kMaxNamed) {
    add(Code::kTooMuch, name, fmt::format("more than {} instances", kMaxNamed));
    return;
  }
  Draft& made = drafts_.emplace_back();
  made.name = &name;
  made.instance.name = name.text;
  made.instance.at = name.at;
  tracked_ = &made.tracked;
  read_block(Block::kInstance, a.line->block, made.seen);
}

void Reader::new_flags(const Argument& a) {
  if (flag_drafts_.size() >= kMaxFlags) {
    if (!std::exchange(has_too_many_flags_, true))
      add(Code::kTooMuch, a.name(), fmt::format("more than {} blocks of flags", kMaxFlags),
          "this one and those that follow are left out");
    return;
  }
  FlagDraft& made = flag_drafts_.emplace_back();
  made.names = a.words;
  made.line = a.line;
  made.flags.at = a.name().at;
  Seen seen;
  read_block(Block::kFlags, a.line->block, seen);
  made.names_file = !seen.empty();
}

void Reader::agentx_block(const Argument& a) {
  has_agentx_block_ = true;
  Seen seen;
  read_block(Block::kAgentX, a.line->block, seen);
  if (seen.contains("socket")) has_agentx_socket_ = true;
}

// --- global_defs

void Reader::notification_email(const Argument& a) {
  for (const Line& line : a.line->block) {
    for (const Word& word : line.words) model_.mail.to.push_back(word.text);
    if (line.words.size() > 1)
      add(Code::kNoMailAddress, line.words[0], "several words for one mail address",
          "each is taken for an address", "one address per line, a name with it in quotes");
  }
}

void Reader::smtp_server(const Argument& a) {
  model_.mail.server = a.words[0].text;
  if (a.words.size() < 2) return;
  const auto port = whole_number(a.words[1].text);
  if (!port || *port < 1 || *port > 65535) {
    add(Code::kOutOfRange, a.words[1], fmt::format("port {} is out of range", a.words[1].text),
        "must be 1 to 65535");
    return;
  }
  model_.mail.port = static_cast<std::uint16_t>(*port);
}

void Reader::script_user(const Argument& a) {
  (void)read_user(a.words, model_.script_user, model_.script_group);  // a finding is all it takes
}

void Reader::enable_snmp(const Argument&) { snmp_wanted_ = true; }

void Reader::enable_other_mib(const Argument& a) {
  snmp_wanted_ = true;
  add(Code::kOtherMib, a.name(), fmt::format("`{}` asks for another MIB", a.name().text),
      "VRRP-MIB is answered");
}

void Reader::enable_traps(const Argument&) { traps_wanted_ = true; }

void Reader::checksum_standard(const Argument& a) {
  standards_.v3_checksum_as_v2 = a.on;
  if (!a.on)
    add(Code::kReadsOtherwise, a.words[0], "`v3_checksum_as_v2` is off", "here as it says",
        "in global_defs keepalived sets it whatever follows");
}

void Reader::receive_buffers(const Argument& a) {
  const Word& word = a.words[0];
  if (word.text == "MTU" || word.text == "ADVERT") {
    add(Code::kNoEffect, word,
        fmt::format("`{}` has no effect in this version of vigie", word.text), "ignored",
        "vigie sizes its buffers itself; give a number of bytes to change that");
    return;
  }
  const auto bytes = whole_number(word.text);
  if (!bytes || *bytes < 0 || *bytes > 2147483647) {
    add(Code::kBadValue, word, fmt::format("`{}` is no size", word.text),
        "must be MTU, ADVERT or a number of bytes");
    return;
  }
  standards_.receive_buffer = static_cast<std::uint32_t>(*bytes);
}

// --- safety

void Reader::quiet_start(const Argument& a) {
  const Word& word = a.words[0];
  Safety& safety = model_.safety;
  safety.quiet_cap = Duration{0};
  safety.quiet_start = true;
  if (word.text == "on" || word.text == "yes" || word.text == "true") return;
  safety.quiet_start = false;
  if (word.text == "off" || word.text == "no" || word.text == "false") return;
  const auto cap = decimal_seconds(word.text);
  if (!cap || *cap <= Duration{0} || *cap > std::chrono::hours{1}) {
    add(Code::kBadValue, word, fmt::format("quiet_start cannot be `{}`", word.text),
        "must be on, off, or at most 3600 seconds");
    return;
  }
  safety.quiet_start = true;
  safety.quiet_cap = *cap;
}

void Reader::lease(const Argument& a) {
  Safety& safety = model_.safety;
  safety.least_lease = Duration{0};
  const Word& word = a.words[0];
  if (word.text == "on") {
    safety.lease = Safety::Lease::kOn;
  } else if (word.text == "off") {
    safety.lease = Safety::Lease::kOff;
  } else if (word.text == "strict") {
    safety.lease = Safety::Lease::kStrict;
  } else {
    add(Code::kBadValue, word, fmt::format("lease cannot be `{}`", word.text),
        "must be on, strict or off");
    return;
  }
  if (a.words.size() == 1) return;
  const Word& least = a.words[1];
  const auto seconds = whole_number(least.text);
  if (safety.lease == Safety::Lease::kOff || a.words.size() > 2 || !seconds || *seconds < 2 ||
      *seconds > 3600) {
    add(Code::kBadValue, least, fmt::format("lease cannot last `{}`", least.text),
        "must be 2 to 3600 whole seconds, behind on or strict");
    return;
  }
  safety.least_lease = std::chrono::seconds{*seconds};
}

void Reader::interface_delays(const Argument& a) {
  for (const Line& line : a.line->block) {
    if (line.words.empty() || !is_interface(line.words[0])) continue;
    const Word& name = line.words[0];
    if (line.words.size() < 2) {
      add(Code::kMissingValue, name, fmt::format("{} has no delay", name.text),
          "`INTERFACE DOWN [UP]` in seconds");
      continue;
    }
    if (line.words.size() > 3)
      findings_.add(Code::kSurplus, line.words[3].at, line.width_from(3),
                    fmt::format("words are left over after the delays of {}", name.text), "ignored",
                    "one interface per line");
    InterfaceDelay made;
    made.interface = name.text;
    made.at = name.at;
    bool is_good = true;
    for (std::size_t i = 1; i < std::min<std::size_t>(line.words.size(), 3); ++i) {
      const Word& word = line.words[i];
      const auto delay = decimal_seconds(word.text);
      if (!delay || *delay > std::chrono::seconds{255}) {
        add(Code::kOutOfRange, word, fmt::format("delay {} is out of range", word.text),
            "must be 0 to 255 seconds");
        is_good = false;
      } else {
        (i == 1 ? made.down : made.up) = *delay;
      }
    }
    if (!is_good) continue;
    if (line.words.size() == 2 && made.down > Duration{0})
      add(Code::kUpDelayOmitted, name, fmt::format("{} has no up delay", name.text),
          "up counts at once", "keepalived's manual says otherwise; write it twice for both");
    auto& all = model_.interface_delays;
    const auto [known, is_new] = known_delays_.emplace(name.text, all.size());
    if (is_new) {
      all.push_back(std::move(made));
      continue;
    }
    InterfaceDelay& earlier = all[known->second];
    add(Code::kGivenAgain, name, fmt::format("{} is given again", name.text), "this one counts",
        fmt::format("first given on line {}", earlier.at.line));
    earlier = std::move(made);
  }
}

void Reader::snmp_socket(const Argument& a) { model_.agentx.socket = a.words[0].text; }

void Reader::tls(const Argument& a) {
  const std::string& text = a.words[0].text;
  model_.mail.tls = text == "starttls"   ? Mail::Tls::kStartTls
                    : text == "implicit" ? Mail::Tls::kImplicit
                                         : Mail::Tls::kNone;
}

// --- vrrp_script

void Reader::command_of_script(const Argument& a) {
  Command& command = model_.scripts.back().command;
  command.arguments = a.command.arguments;
  programs_.back().script = static_cast<std::uint16_t>(model_.scripts.size() - 1);
  // A `user` line above stays in force unless this line names its own.
  if (a.command.user.empty()) return;
  command.user = a.command.user;
  command.group = a.command.group;
}

void Reader::user_of_script(const Argument& a) {
  Command& command = model_.scripts.back().command;
  (void)read_user(a.words, command.user, command.group);  // a finding is all it takes
}

// --- vrrp_instance

void Reader::state(const Argument& a) {
  bool& is_master = draft().instance.starts_as_master;
  is_master = is_master || a.words[0].text == "MASTER";
  if (draft().states++ > 0)
    add(Code::kGivenAgain, a.name(), "`state` is given again",
        fmt::format("{} counts", is_master ? "MASTER" : "BACKUP"),
        "MASTER wins wherever it stands");
}

void Reader::timer_expired_backup(const Argument& a) {
  long long priority = 254;
  if (!a.words.empty()) {
    const auto number = whole_number(a.words[0].text);
    if (!number || *number < 1 || *number > 254) {
      add(Code::kOutOfRange, a.words[0],
          fmt::format("{} {} is out of range", a.name().text, a.words[0].text),
          "must be 1 to 254, or nothing for 254");
      return;
    }
    priority = *number;
  }
  draft().instance.late_backup = static_cast<std::uint8_t>(priority);
}

void Reader::skip_check_adv_addr(const Argument& a) {
  draft().instance.skip_check_adv_addr = a.on;
  if (!a.on)
    add(Code::kReadsOtherwise, a.words[0], "`skip_check_adv_addr` is off", "here as it says",
        "keepalived sets it whatever follows");
}

}  // namespace config
