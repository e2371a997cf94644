// The text of a configuration as a tree of lines, by keepalived's line grammar:
//
//   - `#` and `!` start a comment anywhere outside double quotes (`\#` and `\!` do not);
//   - blanks separate words; only `"` quotes, and what is glued to a quoted word is a word of its own;
//   - a brace outside quotes ends the line wherever it stands, so `{` may stand on the keyword's line or the next;
//   - one keyword per line; there is no continuation;
//   - `include` reads other files in place, relative to the file that says so.
//
// A block belongs to the line before it, so a block nobody knows is skipped whole.
#pragma once

#include <string>
#include <vector>

#include "engine/config/codes.hpp"
#include "engine/config/parser.hpp"

namespace config {

inline constexpr std::size_t kMaxFileBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxFiles = 1000;
inline constexpr std::size_t kMaxIncludeDepth = 16;
inline constexpr std::size_t kMaxBlockDepth = 32;
inline constexpr std::size_t kMaxWords = 1'000'000;
inline constexpr std::size_t kKeepalivedLineBytes = 1024;

struct Word {
  std::string text;
  Position at;
  std::uint16_t width = 1;  // in the file, quotes included
};

struct Line {
  std::vector<Word> words;  // [0] is the keyword; none for a block without one
  // What follows the keyword, untouched, for those who split it their own way.
  std::string tail;
  Position tail_at;
  bool has_block = false;
  Position opened_at;
  std::vector<Line> block;

  Position at() const { return words.empty() ? opened_at : words[0].at; }
  std::size_t width() const { return words.empty() ? 1 : words[0].width; }
  // From the first to the last of words[from] and all behind it.
  std::size_t width_from(std::size_t from) const;
};

// Reads `path` and all it includes. Appends to `files` what was read; positions refer to it.
std::vector<Line> read_lines(const std::string& path, const FileReader& reader,
                             std::vector<SourceFile>& files, Findings& findings);

}  // namespace config
