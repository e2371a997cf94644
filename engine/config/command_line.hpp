// How keepalived splits a script line: like a shell, twice.
//
// First the line: `"/path/to/script first second" user group` is a command line, a user and a group. Then the command
// line: `/path/to/script 'two words' third` is a program and its arguments. In both, `"` and `'` quote, pieces that
// touch are one word, and outside single quotes a backslash escapes: \a \b \E \f \n \r \t \v, octal \nnn, hex \xXX,
// \cC and \C for any other C.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

struct Piece {
  std::string text;
  std::size_t offset = 0;  // in the text that was split
  std::size_t width = 0;
};

// Nothing when a quote is not closed.
std::optional<std::vector<Piece>> split_command_line(std::string_view text);

}  // namespace config
