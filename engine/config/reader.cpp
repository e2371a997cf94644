#include "engine/config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace config {
namespace {

bool is_block(Takes takes) {
  return takes == Takes::kBlock || takes == Takes::kNamed || takes == Takes::kLines;
}

constexpr std::size_t kMaxNamed = 65535;

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
  const std::string_view home = home_of(word.text);
  const std::string_view near = nearest_keyword(block, word.text);
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
        std::string(keyword.bad));
    return;
  }
  if (!check_block(keyword, line)) return;
  // Also when its value turns out bad: the complaint is about the value then, not about a keyword that is missing.
  const auto [earlier, is_first] = seen.emplace(keyword.name, &line);
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
  if (read_argument(keyword, argument)) (this->*keyword.apply)(argument);
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

void Reader::new_script(const Argument& a) {
  const Word& name = a.words[0];
  if (const auto other = scripts_.find(name.text); other != scripts_.end()) {
    add(Code::kBadName, name, fmt::format("there are two scripts {}", name.text), "the second one",
        fmt::format("the first one is on line {}", other->second.name->at.line));
    return;
  }
  if (scripts_.size() >= kMaxNamed) {
    add(Code::kTooMuch, name, fmt::format("more than {} scripts", kMaxNamed));
    return;
  }
  const auto index = static_cast<std::uint16_t>(model_.scripts.size());
  scripts_.emplace(name.text, NamedScript{&name, index, false});
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
  read_block(Block::kInstance, a.line->block, made.seen);
}

void Reader::new_flags(const Argument& a) {
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
  for (const Line& line : a.line->block)
    for (const Word& word : line.words) model_.mail.to.push_back(word.text);
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
  // A `user` line above stays in force unless this line names its own.
  if (a.command.user.empty()) return;
  command.user = a.command.user;
  command.group = a.command.group;
}

void Reader::user_of_script(const Argument& a) {
  Command& command = model_.scripts.back().command;
  (void)read_user(a.words, command.user, command.group);  // a finding is all it takes
}

void Reader::weight_of_script(const Argument& a) {
  Script& script = model_.scripts.back();
  const auto weight = whole_number(a.words[0].text);
  if (!weight || *weight < -253 || *weight > 253) {
    add(Code::kOutOfRange, a.words[0], fmt::format("weight {} is out of range", a.words[0].text),
        "must be -253 to 253", std::string(a.keyword->bad));
    return;
  }
  script.weight = static_cast<int>(*weight);
  script.reverse = false;
  if (a.words.size() < 2) return;
  if (a.words[1].text == "reverse") {
    script.reverse = true;
  } else {
    add(Code::kBadValue, a.words[1], fmt::format("`{}` cannot follow a weight", a.words[1].text),
        "only `reverse` can");
  }
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

void Reader::auth_type(const Argument& a) {
  if (a.words[0].text == "AH") {
    add(Code::kAuthIncomplete, a.words[0], "auth_type AH is not supported", "use PASS, or none",
        "peers that use it drop adverts without it, and both routers would be master");
    return;
  }
  draft().instance.auth_type = 1;
}

void Reader::auth_pass(const Argument& a) {
  std::string pass = a.words[0].text;
  if (pass.size() > 8) {
    add(Code::kPasswordCut, a.words[0], "auth_pass is longer than eight bytes",
        "the first eight are used");
    pass.resize(8);
  }
  draft().instance.auth_pass = std::move(pass);
}

void Reader::weight(const Argument& a) {
  weight_ = static_cast<int>(std::clamp(a.number, -253LL, 253LL));
  if (weight_ != a.number)
    add(Code::kAdjusted, a.words[0], fmt::format("weight {} is out of range", a.number),
        fmt::format("{} is used", weight_));
}

void Reader::warn_unknown_option(Block block, const Word& word, std::string_view otherwise) {
  const std::string_view near = nearest_keyword(block, word.text);
  add(Code::kUnknownKeyword, word, fmt::format("unknown option `{}`", word.text),
      near.empty() ? std::string(otherwise) : did_you_mean(near), "ignored");
}

bool Reader::read_track_options(const Line& line, TrackOptions& options) {
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const Word& word = line.words[i];
    const Keyword* keyword = find_keyword(Block::kTrack, word.text);
    if (keyword == nullptr) {
      warn_unknown_option(Block::kTrack, word, "only weight, reverse and noreverse can follow");
      continue;
    }
    if (keyword->takes == Takes::kNothing) {
      options.reverse = word.text == "reverse";
      continue;
    }
    Argument argument;
    argument.keyword = keyword;
    argument.line = &line;
    argument.words = std::span(line.words).subspan(i + 1);
    if (argument.words.empty()) {
      add(Code::kMissingValue, word, "`weight` lacks its value", "a number must follow");
      return false;
    }
    argument.words = argument.words.first(1);
    if (!read_number(*keyword, argument)) return false;
    (this->*keyword->apply)(argument);
    options.weight = weight_;
    ++i;
  }
  return true;
}

void Reader::track_script(const Argument& a) {
  for (const Line& line : a.line->block) {
    if (line.words.empty()) continue;
    PendingScript pending{&line.words[0], {}};
    if (read_track_options(line, pending.options)) draft().scripts.push_back(pending);
  }
}

void Reader::track_interface(const Argument& a) {
  for (const Line& line : a.line->block) {
    if (line.words.empty() || !is_interface(line.words[0])) continue;
    TrackOptions options;
    if (!read_track_options(line, options)) continue;
    std::vector<TrackedInterface>& all = draft().instance.track_interfaces;
    const std::string& name = line.words[0].text;
    const bool is_known = std::any_of(all.begin(), all.end(), [&](const TrackedInterface& other) {
      return other.interface == name;
    });
    if (is_known) {
      add(Code::kTrackedTwice, line.words[0], fmt::format("interface {} is tracked twice", name),
          "ignored");
    } else if (all.size() >= kMaxTrackers) {
      add(Code::kTooManyTrackers, line.words[0],
          fmt::format("more than {} things are tracked", kMaxTrackers));
      return;
    } else {
      all.push_back(
          {name, options.weight.value_or(0), options.reverse.value_or(false), line.words[0].at});
    }
  }
}

}  // namespace config
