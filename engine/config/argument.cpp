// The words behind a keyword, as the keyword table says they must be.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/config/command_line.hpp"
#include "engine/config/reader.hpp"

namespace config {
namespace {

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

// How many words must follow.
std::size_t least_words(const Keyword& keyword) {
  switch (keyword.takes) {
    case Takes::kNumber:
    case Takes::kSeconds:
    case Takes::kSpan:
    case Takes::kWord:
    case Takes::kChoice:
    case Takes::kInterface:
    case Takes::kPath:
    case Takes::kCommand: return 1;
    case Takes::kWords: return static_cast<std::size_t>(keyword.least);
    case Takes::kNothing:
    case Takes::kNothingOff:
    case Takes::kBool:
    case Takes::kBlock:
    case Takes::kNamed:
    case Takes::kLines:
    case Takes::kAnything: return 0;
  }
  return 0;
}

bool is_yes_or_no(std::string_view text) {
  return text == "on" || text == "true" || text == "yes" || text == "off" || text == "false" ||
         text == "no";
}

// The note of a number that is none.
std::string note_of(const Keyword& keyword, const Word& word) {
  return word.text.ends_with(';') ? std::string("a `;` ends nothing: one keyword per line")
                                  : std::string(keyword.bad);
}

// What the operating system would take for a user or group, by name or number.
bool is_account(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.' || c == '$';
         });
}

}  // namespace

std::optional<long long> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Digits behind the sixth are rounded.
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

std::string readable(Duration duration) {
  return fmt::format("{:g} s", std::chrono::duration<double>(duration).count());
}

std::string_view name_of(Family family) { return family == Family::kIpv6 ? "IPv6" : "IPv4"; }

std::string did_you_mean(std::string_view near) {
  return near.empty() ? std::string() : fmt::format("did you mean `{}`?", near);
}

// A value with a `;` at its end: for words it becomes part of them, numbers are refused with it.
void Reader::warn_semicolon(const Keyword& keyword, const Argument& a) {
  const bool is_word = keyword.takes == Takes::kWord || keyword.takes == Takes::kWords ||
                       keyword.takes == Takes::kInterface || keyword.takes == Takes::kPath ||
                       keyword.takes == Takes::kNamed;
  const bool is_secret =
      keyword.name == "auth_pass" || keyword.name == "password" || keyword.name == "key";
  if (!is_word || is_secret || a.words.empty() || !a.words.back().text.ends_with(';')) return;
  add(Code::kSemicolon, a.words.back(),
      fmt::format("`{}` ends in a semicolon", a.words.back().text), "it is part of the word",
      "one keyword per line, and nothing ends it");
}

bool Reader::read_argument(const Keyword& keyword, Argument& a) {
  const Word& word = a.line->words[0];
  if (a.words.size() > most_words(keyword)) {
    const std::size_t from = 1 + most_words(keyword);
    const Word& surplus = a.line->words[from];
    const bool is_switch = keyword.takes == Takes::kNothing || keyword.takes == Takes::kNothingOff;
    if (surplus.text.starts_with(';'))
      findings_.add(Code::kSemicolon, surplus.at, a.line->width_from(from),
                    fmt::format("words are left over after `{}`", word.text),
                    "ignored: a `;` ends nothing", "one keyword per line");
    else if (is_switch && is_yes_or_no(surplus.text))
      add(Code::kFlagWithWord, surplus, fmt::format("`{}` takes no word", word.text),
          "ignored: it is set by being there", "remove the line to unset it");
    else
      findings_.add(Code::kSurplus, surplus.at, a.line->width_from(from),
                    fmt::format("words are left over after `{}`", word.text), "ignored",
                    "one keyword per line");
    a.words = a.words.first(most_words(keyword));
  }
  if (a.words.size() < least_words(keyword)) {
    add(Code::kMissingValue, word, fmt::format("`{}` lacks its value", word.text),
        a.words.empty() ? "nothing follows" : "a second word must follow",
        "keepalived ends with status 2 on such a line");
    return false;
  }
  warn_semicolon(keyword, a);
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
        note_of(keyword, word));
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
        range_of(keyword), note_of(keyword, word));
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
    // With all other groups of the user: so it is handed on.
    const bool has_colon = i == 1 && text.starts_with(':');
    if (!is_account(text.substr(has_colon ? 1 : 0))) {
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
    word.at = line.at_in_tail(piece.offset);
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
  // `</dev/tcp/HOST/PORT` is a word of bash, and means what it does there: succeed when it can be opened.
  const bool is_redirection = inner->front().text.starts_with("</");
  if (is_redirection) {
    add(Code::kRedirection, command, "this is no program but a redirection", "bash runs it",
        "a vrrp_script with a program of its own, or track_file, says it plainly");
    a.command.arguments = {"/bin/bash", "-c"};
  }
  for (const Piece& piece : *inner) {
    if (piece.text.find('\0') != std::string::npos) {
      add(Code::kBadCommand, command, "a command cannot hold a NUL byte");
      return false;
    }
    if (!is_redirection) a.command.arguments.push_back(piece.text);
  }
  if (is_redirection) a.command.arguments.push_back(command.text);
  programs_.push_back({command, a.command.arguments.front(), {}, std::nullopt});
  std::vector<Word> account;
  for (std::size_t i = 1; i < outer->size(); ++i) account.push_back(word_of((*outer)[i]));
  if (account.size() > 2) {
    Line rest;
    rest.words = account;
    findings_.add(Code::kSurplus, account[2].at, rest.width_from(2),
                  fmt::format("words are left over after `{}`", a.name().text), "ignored",
                  "a command and its parameters must be quoted together");
  }
  if (!read_user(account, a.command.user, a.command.group)) return false;
  programs_.back().user = a.command.user;
  return true;
}

bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), [](char c) { return c == '/' || c < '!'; });
}

bool Reader::is_interface(const Word& word) {
  const std::string& name = word.text;
  if (!is_interface_name(name)) {
    add(Code::kBadInterface, word, fmt::format("`{}` cannot be an interface", name),
        "1 to 15 characters, no blanks, no slashes");
    return false;
  }
  return true;
}

}  // namespace config
