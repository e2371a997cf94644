#include "engine/config/parser.hpp"

#include <algorithm>

#include "engine/config/codes.hpp"
#include "engine/config/lexer.hpp"
#include "engine/config/reader.hpp"

namespace config {

bool Parsed::usable() const {
  return std::none_of(findings.begin(), findings.end(), [](const Diagnostic& finding) {
    return finding.severity == Severity::kError;
  });
}

Parsed parse(const std::string& path, const FileReader& reader, const Options& options) {
  Parsed parsed;
  Findings findings;
  const Tree tree = read_lines(path, reader, options, parsed.files, findings);
  Reader walk(parsed.model, findings, reader);
  walk.read(tree.lines);
  walk.finish();
  for (const SourceFile& file : parsed.files) parsed.model.files.push_back(file.path);
  parsed.findings = findings.take();
  for (Diagnostic& finding : parsed.findings)
    finding.trace = tree.origins.trace(finding.at, parsed.files);
  return parsed;
}

}  // namespace config
