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

Parsed parse(const std::string& path, const FileReader& reader) {
  Parsed parsed;
  Findings findings;
  const std::vector<Line> lines = read_lines(path, reader, parsed.files, findings);
  Reader walk(parsed.model, findings, reader);
  walk.read(lines);
  walk.finish();
  for (const SourceFile& file : parsed.files) parsed.model.files.push_back(file.path);
  parsed.findings = findings.take();
  return parsed;
}

}  // namespace config
