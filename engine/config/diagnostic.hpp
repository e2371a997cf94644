// What the reader thinks of a configuration: findings with a place, a stable code and a sentence for the operator.
//
//   error[C0107]: priority 300 is out of range
//     --> /etc/keepalived/keepalived.conf:14:14
//      |
//   14 |     priority 300
//      |              ^^^ must be 1 to 254, or 255 for the address owner
//      = note: keepalived ignores this line and uses its default
//
// What came out of a definition is shown where it is used; notes below say where it was written.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/model.hpp"

namespace config {

enum class Severity : std::uint8_t { kNote, kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;     // "C0107"; stable
  std::string message;  // one line, no full stop
  Position at;
  std::uint16_t width = 1;  // characters under the caret
  std::string label;        // what stands beside the carets
  std::string note;         // may be empty
  // How the text came there, when it was written somewhere else: "out of `$PRIO`, written at /etc/a.conf:3:7".
  std::vector<std::string> trace = {};
};

struct SourceFile {
  std::string path;
  std::string text;
  std::set<std::uint32_t> secret_lines = {};  // parts of passwords and keys are written there

  bool is_secret(std::uint32_t line) const { return secret_lines.contains(line); }
  void mark_secret(std::uint32_t line) { secret_lines.insert(line); }
};

// The line of a file, fit to be shown: passwords and keys are asterisks. Empty when there is no such line.
std::string source_line(const SourceFile& file, std::uint32_t number);
// As above, for a terminal. Lists all, in file order. Passwords and keys in the lines shown are asterisks.
std::string render(const std::vector<Diagnostic>& findings, const std::vector<SourceFile>& files);
// 0 clean, 1 warnings only, 2 errors.
int exit_code(const std::vector<Diagnostic>& findings);

}  // namespace config
