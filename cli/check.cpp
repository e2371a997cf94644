#include "cli/check.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "cli/explain.hpp"
#include "cli/listed.hpp"
#include "engine/config/lexer.hpp"

namespace cli {
namespace {

std::string_view word_of(config::Severity severity) {
  switch (severity) {
    case config::Severity::kNote: return "note";
    case config::Severity::kWarning: return "warning";
    case config::Severity::kError: return "error";
  }
  return "?";
}

std::size_t count(const config::Parsed& parsed, config::Severity severity) {
  return static_cast<std::size_t>(
      std::ranges::count(parsed.findings, severity, &config::Diagnostic::severity));
}

// Nothing when it cannot be read; one byte more than all files may hold says that it is too long.
std::optional<std::string> read_standard_input() {
  std::string text;
  char buffer[65536];
  while (text.size() <= config::kMaxBytes) {
    const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kCyan = "\x1b[1;36m";
constexpr std::string_view kBlue = "\x1b[1;34m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string_view colour_of_heading(std::string_view line) {
  if (line.starts_with("error[")) return kRed;
  if (line.starts_with("warning[")) return kYellow;
  return line.starts_with("note[") ? kCyan : std::string_view{};
}

// `colour`: of the finding the line belongs to.
std::string coloured_line(std::string_view line, std::string_view colour) {
  if (const auto heading = colour_of_heading(line); !heading.empty()) {
    const std::size_t end = std::min(line.find(':'), line.size());
    return fmt::format("{}{}{}{}{}{}", heading, line.substr(0, end), kPlain, kBold,
                       line.substr(end), kPlain);
  }
  // Up to the margin a line holds blanks and its number alone; a line of the file stands behind the bar.
  const std::size_t margin = line.find_first_not_of(" 0123456789");
  if (margin == std::string_view::npos || margin == 0) return std::string(line);
  const bool is_margin =
      line[margin] == '|' || line[margin] == '=' || line.substr(margin).starts_with("-->");
  if (!is_margin) return std::string(line);
  const std::size_t bar = line[margin] == '-' ? 3 : 1;
  const std::string_view rest = line.substr(margin + bar);
  const bool has_number = line.find_first_of("0123456789") < margin;
  const std::size_t first = rest.find_first_not_of(' ');
  const bool has_carets =
      !has_number && line[margin] == '|' && first != std::string_view::npos && rest[first] == '^';
  return fmt::format("{}{}{}{}{}{}", kBlue, line.substr(0, margin + bar), kPlain,
                     has_carets ? colour : std::string_view{}, rest,
                     has_carets ? kPlain : std::string_view{});
}

}  // namespace

config::FileReader check_reader() {
  config::FileReader reader = config::disk();
  const auto read_file = reader.read;
  // Read once: it cannot be read again.
  const auto kept = std::make_shared<std::optional<std::string>>();
  reader.read = [read_file, kept](const std::string& path) -> std::optional<std::string> {
    if (path != "-") return read_file(path);
    if (!*kept) *kept = read_standard_input();
    return *kept;
  };
  return reader;
}

std::string render_check(const std::string& file, const config::Parsed& parsed) {
  std::string text = config::render(parsed.findings, parsed.files);
  if (!text.empty() && text.back() != '\n') text += '\n';
  if (!text.empty()) text += '\n';
  return text + fmt::format("{}: {}, {}: {}\n", file,
                            plural(count(parsed, config::Severity::kError), "error"),
                            plural(count(parsed, config::Severity::kWarning), "warning"),
                            parsed.usable()
                                ? outline(parsed.model)
                                : "refused; a daemon that runs goes on with what it has");
}

std::string coloured(const std::string& rendered) {
  std::string text;
  std::string_view colour;
  for (std::string_view rest = rendered; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (const auto heading = colour_of_heading(line); !heading.empty()) colour = heading;
    text += coloured_line(line, colour);
    if (end == std::string_view::npos) break;
    text += '\n';
    rest.remove_prefix(end + 1);
  }
  return text;
}

bool wants_colour() {
  const char* const none = ::getenv("NO_COLOR");
  const char* const terminal = ::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (none == nullptr || *none == '\0') &&
         terminal != nullptr && std::string_view(terminal) != "dumb";
}

nlohmann::ordered_json check_json(const std::string& file, const config::Parsed& parsed) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const config::Diagnostic& finding : parsed.findings) {
    const std::size_t index = finding.at.file;
    findings.push_back({{"severity", word_of(finding.severity)},
                        {"code", finding.code},
                        {"message", finding.message},
                        {"file", index < parsed.files.size() ? parsed.files[index].path : file},
                        {"line", finding.at.line},
                        {"column", finding.at.column},
                        {"width", finding.width},
                        {"label", finding.label},
                        {"note", finding.note},
                        {"trace", finding.trace}});
  }
  nlohmann::ordered_json routers = nlohmann::ordered_json::array();
  for (const config::Instance& instance : parsed.model.instances)
    routers.push_back({{"name", instance.name}, {"does", explain(parsed.model, instance)}});
  return {{"file", file},
          {"usable", parsed.usable()},
          {"errors", count(parsed, config::Severity::kError)},
          {"warnings", count(parsed, config::Severity::kWarning)},
          {"instances", parsed.model.instances.size()},
          {"findings", std::move(findings)},
          {"routers", parsed.usable() ? std::move(routers) : nlohmann::ordered_json::array()}};
}

}  // namespace cli
