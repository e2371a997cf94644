#include "engine/config/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/config/keywords.hpp"

namespace config {
namespace {

// More of a line is not shown than this: a window around the place that is meant.
constexpr std::size_t kWindow = 120;

std::string_view word_for(Severity severity) {
  switch (severity) {
    case Severity::kNote: return "note";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (std::uint32_t at = 1; at < number; ++at) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// What a terminal can show: tabs as one blank so that carets line up, other control characters as a question mark.
std::string printable(std::string_view text) {
  std::string made(text);
  for (char& c : made) {
    if (c == '\t' || c == '\r') c = ' ';
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  while (!made.empty() && made.back() == ' ') made.pop_back();
  return made;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Also a misspelt one: `auth_pas secret` is a secret all the same.
bool introduces_secret(std::string_view word) {
  constexpr std::string_view kSecrets[] = {"auth_pass", "password", "key"};
  return !nearest(word, kSecrets).empty();
}

// The line with an asterisk for every byte of a secret, so that carets stay where they are. A secret follows its
// keyword, and reaches to the end of the line because what is left over there may be the rest of it. The name of a
// key and the file it is in are none.
std::string without_secrets(std::string_view line) {
  std::string made(line);
  bool is_first = true;
  for (std::size_t at = 0; at < made.size();) {
    if (is_blank(made[at]) || made[at] == '{' || made[at] == '}') {
      is_first = is_first || !is_blank(made[at]);
      ++at;
      continue;
    }
    const std::size_t begin = at;
    while (at < made.size() && !is_blank(made[at]) && made[at] != '{' && made[at] != '}') ++at;
    if (!std::exchange(is_first, false) ||
        !introduces_secret(std::string_view(made).substr(begin, at - begin)))
      continue;
    while (at < made.size() && is_blank(made[at])) ++at;
    std::size_t digits = at;
    while (digits < made.size() && made[digits] >= '0' && made[digits] <= '9') ++digits;
    const bool has_id = made.compare(begin, 3, "key") == 0 && digits > at && digits - at <= 3 &&
                        digits < made.size() && is_blank(made[digits]);
    if (has_id) at = digits;
    while (at < made.size() && is_blank(made[at])) ++at;
    if (has_id && made.compare(at, 6, "file:/") == 0) return made;
    for (; at < made.size(); ++at)
      if (!is_blank(made[at])) made[at] = '*';
  }
  return made;
}

struct Shown {
  std::string text;
  std::size_t indent = 0;  // characters before the carets
  std::size_t carets = 1;
};

Shown show(std::string_view line, std::size_t column, std::size_t width) {
  std::size_t begin = std::min(column == 0 ? 0 : column - 1, line.size());
  std::size_t end = std::min(begin + width, line.size());
  std::size_t from = 0;
  if (line.size() > kWindow && begin > kWindow / 2) from = begin - kWindow / 2;
  while (from > 0 && continues_character(line[from])) --from;
  std::size_t to = std::min(line.size(), from + kWindow);
  while (to < line.size() && continues_character(line[to])) ++to;
  end = std::max(begin, std::min(end, to));
  Shown shown;
  shown.text = printable(line.substr(from, to - from));
  shown.indent = characters(line.substr(from, begin - from));
  shown.carets = std::max<std::size_t>(1, characters(line.substr(begin, end - begin)));
  if (from > 0) {
    shown.text = "..." + shown.text;
    shown.indent += 3;
  }
  if (to < line.size()) shown.text += "...";
  return shown;
}

void render_one(const Diagnostic& finding, const std::vector<SourceFile>& files, std::string& out) {
  out += fmt::format("{}[{}]: {}\n", word_for(finding.severity), finding.code,
                     printable(finding.message));
  const bool has_file = finding.at.file < files.size();
  const std::string number = std::to_string(finding.at.line);
  const std::string margin(std::max<std::size_t>(number.size(), 2), ' ');
  if (has_file)
    out += fmt::format("{}--> {}:{}:{}\n", margin, printable(files[finding.at.file].path),
                       finding.at.line, finding.at.column);
  const std::string line =
      has_file ? without_secrets(line_of(files[finding.at.file].text, finding.at.line))
               : std::string();
  if (!line.empty()) {
    const Shown shown = show(line, finding.at.column, finding.width);
    out += fmt::format("{} |\n", margin);
    out += fmt::format("{:>{}} | {}\n", number, margin.size(), shown.text);
    out += fmt::format("{} | {}{}{}{}\n", margin, std::string(shown.indent, ' '),
                       std::string(shown.carets, '^'), finding.label.empty() ? "" : " ",
                       printable(finding.label));
  } else if (!finding.label.empty()) {
    out += fmt::format("{} = {}\n", margin, printable(finding.label));
  }
  if (!finding.note.empty()) out += fmt::format("{} = note: {}\n", margin, printable(finding.note));
}

}  // namespace

std::string render(const std::vector<Diagnostic>& findings, const std::vector<SourceFile>& files) {
  std::string out;
  for (const Diagnostic& finding : findings) {
    if (!out.empty()) out += '\n';
    render_one(finding, files, out);
  }
  return out;
}

int exit_code(const std::vector<Diagnostic>& findings) {
  int code = 0;
  for (const Diagnostic& finding : findings) {
    if (finding.severity == Severity::kError) return 2;
    if (finding.severity == Severity::kWarning) code = 1;
  }
  return code;
}

}  // namespace config
