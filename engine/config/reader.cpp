#include "engine/config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/config/command_line.hpp"

namespace config {
namespace {

std::optional<long long> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "1", "1.5", ".5": microseconds, which is as fine as keepalived counts. Digits behind the sixth are rounded.
std::optional<Duration> decimal_seconds(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::string_view before = text.substr(0, dot);
  const std::string_view after = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  const auto is_digits = [](std::string_view digits) {
    return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if ((before.empty() && after.empty()) || before.size() > 10 || !is_digits(before) ||
      !is_digits(after))
    return std::nullopt;
  std::int64_t seconds = 0;
  for (const char c : before) seconds = seconds * 10 + (c - '0');
  std::int64_t micro = 0;
  for (std::size_t i = 0; i < 6; ++i) micro = micro * 10 + (i < after.size() ? after[i] - '0' : 0);
  if (after.size() > 6 && after[6] >= '5') ++micro;
  // More than a hundred years is no duration anybody configures, and must not overflow.
  if (seconds > std::int64_t{3'600'000'000}) return std::nullopt;
  return std::chrono::seconds{seconds} + std::chrono::microseconds{micro};
}

std::string bare(double number) { return fmt::format("{:g}", number); }

std::string range_of(const Keyword& keyword) {
  if (keyword.most >= 2147483647) return fmt::format("must be {} or more", bare(keyword.least));
  return fmt::format("must be {} to {}", bare(keyword.least), bare(keyword.most));
}

std::string readable_choices(std::string_view choices) {
  std::string made;
  for (const char c : choices) made += c == '|' ? std::string(" or ") : std::string(1, c);
  return made;
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> made;
  while (true) {
    const std::size_t bar = choices.find('|');
    made.push_back(choices.substr(0, bar));
    if (bar == std::string_view::npos) return made;
    choices.remove_prefix(bar + 1);
  }
}

bool is_block(Takes takes) {
  return takes == Takes::kBlock || takes == Takes::kNamed || takes == Takes::kLines;
}

// How many words may follow; the most there can be for those that look for themselves.
std::size_t most_words(const Keyword& keyword) {
  switch (keyword.takes) {
    case Takes::kNothing:
    case Takes::kNothingOff: return 0;
    case Takes::kBlock:
      // `flags` takes the names of instances.
      return keyword.opens == Block::kFlags ? kMaxWords : 0;
    case Takes::kLines: return 0;
    case Takes::kBool:
    case Takes::kNumber:
    case Takes::kSeconds:
    case Takes::kSpan:
    case Takes::kWord:
    case Takes::kChoice:
    case Takes::kInterface:
    case Takes::kPath:
    case Takes::kNamed: return 1;
    case Takes::kWords: return static_cast<std::size_t>(keyword.most);
    case Takes::kCommand:
    case Takes::kAnything: return kMaxWords;
  }
  return kMaxWords;
}

bool needs_value(Takes takes) {
  return takes == Takes::kNumber || takes == Takes::kSeconds || takes == Takes::kSpan ||
         takes == Takes::kWord || takes == Takes::kWords || takes == Takes::kChoice ||
         takes == Takes::kInterface || takes == Takes::kPath || takes == Takes::kCommand;
}

// What the operating system would take for a user or group, by name or number.
bool is_account(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.' || c == '$';
         });
}

std::string did_you_mean(std::string_view near) {
  return near.empty() ? std::string() : fmt::format("did you mean `{}`?", near);
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

bool Reader::read_argument(const Keyword& keyword, Argument& a) {
  const Word& word = a.line->words[0];
  if (a.words.size() > most_words(keyword)) {
    const std::size_t from = 1 + most_words(keyword);
    findings_.add(Code::kSurplus, a.line->words[from].at, a.line->width_from(from),
                  fmt::format("words are left over after `{}`", word.text), "ignored",
                  "one keyword per line");
    a.words = a.words.first(most_words(keyword));
  }
  if (needs_value(keyword.takes) && a.words.empty()) {
    add(Code::kMissingValue, word, fmt::format("`{}` lacks its value", word.text),
        "nothing follows", "keepalived ends with status 2 on such a line");
    return false;
  }
  switch (keyword.takes) {
    case Takes::kNothing: a.on = true; return true;
    case Takes::kNothingOff: a.on = false; return true;
    case Takes::kBool: {
      a.on = true;
      if (a.words.empty()) return true;
      const std::string& text = a.words[0].text;
      if (text == "on" || text == "true" || text == "yes") return true;
      a.on = false;
      if (text == "off" || text == "false" || text == "no") return true;
      add(Code::kBadValue, a.words[0], fmt::format("`{}` is neither on nor off", text),
          "must be on, off, true, false, yes or no");
      return false;
    }
    case Takes::kNumber: return read_number(keyword, a);
    case Takes::kSeconds: return read_seconds(keyword, a);
    case Takes::kSpan: return read_span(a);
    case Takes::kChoice: {
      const auto choices = split_choices(keyword.choices);
      if (std::find(choices.begin(), choices.end(), a.words[0].text) != choices.end()) return true;
      const std::string_view near = nearest(a.words[0].text, choices);
      add(Code::kBadValue, a.words[0], fmt::format("{} cannot be `{}`", word.text, a.words[0].text),
          near.empty() ? "must be " + readable_choices(keyword.choices) : did_you_mean(near),
          std::string(keyword.bad));
      return false;
    }
    case Takes::kInterface: return is_interface(a.words[0]);
    case Takes::kPath:
      if (a.words[0].text.starts_with('/')) return true;
      add(Code::kBadValue, a.words[0], fmt::format("`{}` is no absolute path", a.words[0].text),
          "must start with /");
      return false;
    case Takes::kCommand: return read_command(a);
    case Takes::kNamed:
      if (!a.words.empty() && !a.words[0].text.empty()) return true;
      add(Code::kBadName, word, fmt::format("this {} has no name", word.text), "a name must follow",
          "keepalived skips the block");
      return false;
    case Takes::kWord:
    case Takes::kWords:
    case Takes::kBlock:
    case Takes::kLines:
    case Takes::kAnything: return true;
  }
  return true;
}

void Reader::refuse_range(const Keyword& keyword, const Word& word, const std::string& range) {
  add(Code::kOutOfRange, word, fmt::format("{} {} is out of range", keyword.name, word.text), range,
      std::string(keyword.bad));
}

bool Reader::read_number(const Keyword& keyword, Argument& a) {
  const Word& word = a.words[0];
  const auto number = whole_number(word.text);
  if (!number) {
    add(Code::kBadValue, word, fmt::format("`{}` is no whole number", word.text), range_of(keyword),
        std::string(keyword.bad));
    return false;
  }
  a.number = *number;
  if (keyword.zero_is_one && a.number == 0) {
    add(Code::kAdjusted, word, fmt::format("{} cannot be 0", keyword.name), "1 is used");
    a.number = 1;
  }
  const auto value = static_cast<double>(a.number);
  if (value < keyword.least || value > keyword.most) {
    refuse_range(keyword, word,
                 keyword.name == "priority" ? "must be 1 to 254, or 255 for the address owner"
                                            : range_of(keyword));
    return false;
  }
  a.duration = std::chrono::seconds{a.number};
  return true;
}

bool Reader::read_seconds(const Keyword& keyword, Argument& a) {
  const Word& word = a.words[0];
  const auto duration = decimal_seconds(word.text);
  if (!duration) {
    add(Code::kBadValue, word, fmt::format("`{}` is no number of seconds", word.text),
        range_of(keyword), std::string(keyword.bad));
    return false;
  }
  a.duration = *duration;
  if (keyword.zero_is_one && a.duration == Duration{0}) {
    add(Code::kAdjusted, word, fmt::format("{} cannot be 0", keyword.name), "1 is used");
    a.duration = std::chrono::seconds{1};
  }
  const double value = std::chrono::duration<double>(a.duration).count();
  if (value < keyword.least || value > keyword.most) {
    refuse_range(keyword, word, range_of(keyword));
    return false;
  }
  return true;
}

bool Reader::read_span(Argument& a) {
  const Word& word = a.words[0];
  std::string_view text = word.text;
  std::int64_t unit = 1;
  if (!text.empty()) {
    const std::size_t at = std::string_view("smhdw").find(text.back());
    constexpr std::int64_t kUnits[] = {1, 60, 3600, 86400, 7 * 86400};
    if (at != std::string_view::npos) {
      unit = kUnits[at];
      text.remove_suffix(1);
    }
  }
  const auto number = whole_number(text);
  // A hundred years; more would not fit the nanoseconds it is kept in.
  if (!number || *number < 0 || *number > std::int64_t{3'153'600'000} / unit) {
    add(Code::kBadValue, word, fmt::format("`{}` is no span of time", word.text),
        "must be like 30s, 10m, 12h, 365d or 8w");
    return false;
  }
  a.duration = std::chrono::seconds{*number * unit};
  return true;
}

bool Reader::read_user(std::span<const Word> words, std::string& user, std::string& group) {
  for (std::size_t i = 0; i < words.size() && i < 2; ++i) {
    std::string_view text = words[i].text;
    if (i == 1 && text.starts_with(':')) {
      add(Code::kNoEffect, words[i], "supplementary groups have no effect in this version of vigie",
          "taken as the group");
      text.remove_prefix(1);
    }
    if (!is_account(text)) {
      add(Code::kBadCommand, words[i],
          fmt::format("`{}` is no {}", words[i].text, i == 0 ? "user" : "group"),
          "a command and its parameters must be quoted together");
      return false;
    }
    (i == 0 ? user : group) = text;
  }
  return true;
}

bool Reader::read_command(Argument& a) {
  const Line& line = *a.line;
  const auto outer = split_command_line(line.tail);
  if (!outer || outer->empty()) {
    findings_.add(Code::kUnterminatedQuote, a.words[0].at, line.width_from(1),
                  "a quote in this command is not closed");
    return false;
  }
  const auto word_of = [&](const Piece& piece) {
    Word word;
    word.text = piece.text;
    word.at = line.tail_at;
    word.at.column = static_cast<std::uint16_t>(word.at.column + piece.offset);
    word.width = static_cast<std::uint16_t>(piece.width);
    return word;
  };
  const Word command = word_of(outer->front());
  const auto inner = split_command_line(command.text);
  if (!inner) {
    add(Code::kUnterminatedQuote, command, "a quote in this command is not closed");
    return false;
  }
  if (inner->empty()) {
    add(Code::kBadCommand, command, "the command is empty", {}, std::string(a.keyword->bad));
    return false;
  }
  if (inner->front().text.starts_with('<')) {
    add(Code::kBadCommand, command, "commands read from a file are not supported",
        "name a program");
    return false;
  }
  for (const Piece& piece : *inner) {
    if (piece.text.find('\0') != std::string::npos) {
      add(Code::kBadCommand, command, "a command cannot hold a NUL byte");
      return false;
    }
    a.command.arguments.push_back(piece.text);
  }
  std::vector<Word> account;
  for (std::size_t i = 1; i < outer->size(); ++i) account.push_back(word_of((*outer)[i]));
  if (account.size() > 2) {
    Line rest;
    rest.words = account;
    findings_.add(Code::kSurplus, account[2].at, rest.width_from(2),
                  fmt::format("words are left over after `{}`", a.name().text), "ignored",
                  "a command and its parameters must be quoted together");
  }
  return read_user(account, a.command.user, a.command.group);
}

bool Reader::is_interface(const Word& word) {
  const std::string& name = word.text;
  const bool has_bad =
      std::any_of(name.begin(), name.end(), [](char c) { return c == '/' || c == ' ' || c < '!'; });
  if (name.empty() || name.size() > 15 || has_bad || name == "." || name == "..") {
    add(Code::kBadInterface, word, fmt::format("`{}` cannot be an interface", name),
        "1 to 15 characters, no blanks, no slashes");
    return false;
  }
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
