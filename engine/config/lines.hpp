// The lines of a file without their comments.
//
//   - `#` and `!` start a comment anywhere outside double quotes;
//   - `\#` and `\!` outside quotes are those characters; every other backslash stays, and what follows it neither quotes nor
//     starts a comment, so that scripts may hold `\"`;
//   - a backslash at the very end says that a definition goes on. It is cut off.
//
// A line that holds a NUL byte, or a quote that is not closed, is complained about and read as an empty one.
#pragma once

#include <string_view>

#include "engine/config/codes.hpp"
#include "engine/config/text.hpp"

namespace config {

inline constexpr std::size_t kKeepalivedLineBytes = 1024;

struct FileLine {
  Text text;               // without blanks at both ends
  bool continues = false;  // a backslash was at the end
  Position end;            // of that backslash
  bool is_empty = false;   // nothing at all, not even blanks or a comment
};

// Takes the next line off the front of `rest`. Requires: `at` is where it begins; the caller counts.
FileLine next_line(std::string_view& rest, Position at, Findings& findings);

}  // namespace config
