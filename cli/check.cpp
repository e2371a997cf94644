#include "cli/check.hpp"

#include <fmt/format.h>

#include <algorithm>

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

long count(const config::Parsed& parsed, config::Severity severity) {
  return std::ranges::count(parsed.findings, severity, &config::Diagnostic::severity);
}

std::string plural(long count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string render_check(const std::string& file, const config::Parsed& parsed) {
  std::string text = config::render(parsed.findings, parsed.files);
  if (!text.empty() && text.back() != '\n') text += '\n';
  const long errors = count(parsed, config::Severity::kError);
  const long warnings = count(parsed, config::Severity::kWarning);
  return text + fmt::format("{}: {}, {}, {}\n", file, plural(errors, "error"),
                            plural(warnings, "warning"),
                            plural(static_cast<long>(parsed.model.instances.size()), "instance"));
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
                        {"note", finding.note}});
  }
  return {{"file", file},
          {"errors", count(parsed, config::Severity::kError)},
          {"warnings", count(parsed, config::Severity::kWarning)},
          {"instances", parsed.model.instances.size()},
          {"findings", std::move(findings)}};
}

}  // namespace cli
