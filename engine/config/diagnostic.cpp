#include "engine/config/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/config/secrets.hpp"

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

// The lines of a file, asked for in rising order mostly: a file may have millions, and a thousand findings at its end.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text), rest_(text) {}

  // Empty when there is none.
  std::string_view line(std::uint32_t number) {
    if (number < at_) {
      at_ = 1;
      rest_ = text_;
    }
    for (; at_ < number; ++at_) {
      const std::size_t end = rest_.find('\n');
      if (end == std::string_view::npos) return {};
      rest_.remove_prefix(end + 1);
    }
    return rest_.substr(0, rest_.find('\n'));
  }

 private:
  std::string_view text_;
  std::string_view rest_;  // from line at_ on
  std::uint32_t at_ = 1;
};

std::string shown_line(const SourceFile& file, std::uint32_t number, Lines& lines) {
  const std::string_view line = lines.line(number);
  return file.is_secret(number) ? without_values(line) : without_secrets(line);
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

void render_one(const Diagnostic& finding, const std::vector<SourceFile>& files,
                std::map<std::uint16_t, Lines>& lines, std::string& out) {
  out += fmt::format("{}[{}]: {}\n", word_for(finding.severity), finding.code,
                     printable(finding.message));
  const bool has_file = finding.at.file < files.size();
  const std::string number = std::to_string(finding.at.line);
  const std::string margin(std::max<std::size_t>(number.size(), 2), ' ');
  if (has_file)
    out += fmt::format("{}--> {}:{}:{}\n", margin, printable(files[finding.at.file].path),
                       finding.at.line, finding.at.column);
  std::string line;
  if (has_file) {
    const SourceFile& file = files[finding.at.file];
    line = shown_line(file, finding.at.line,
                      lines.try_emplace(finding.at.file, file.text).first->second);
  }
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
  for (const std::string& step : finding.trace)
    out += fmt::format("{} = note: {}\n", margin, printable(step));
  if (!finding.note.empty()) out += fmt::format("{} = note: {}\n", margin, printable(finding.note));
}

}  // namespace

std::string source_line(const SourceFile& file, std::uint32_t number) {
  Lines lines(file.text);
  return shown_line(file, number, lines);
}

std::string render(const std::vector<Diagnostic>& findings, const std::vector<SourceFile>& files) {
  std::string out;
  std::map<std::uint16_t, Lines> lines;
  for (const Diagnostic& finding : findings) {
    if (!out.empty()) out += '\n';
    render_one(finding, files, lines, out);
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
