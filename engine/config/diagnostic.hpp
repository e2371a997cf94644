// What the reader thinks of a configuration: findings with a place, a stable code and a sentence for the operator.
//
//   error[C0107]: priority 300 is out of range
//     --> /etc/keepalived/keepalived.conf:14:14
//      |
//   14 |     priority 300
//      |              ^^^ must be 1 to 254, or 255 for the address owner
//      = note: keepalived ignores this line and uses its default
#pragma once

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
};

struct SourceFile {
  std::string path;
  std::string text;
};

// As above, for a terminal. Lists all, in file order. Passwords and keys in the lines shown are asterisks.
std::string render(const std::vector<Diagnostic>& findings, const std::vector<SourceFile>& files);
// 0 clean, 1 warnings only, 2 errors.
int exit_code(const std::vector<Diagnostic>& findings);

}  // namespace config
