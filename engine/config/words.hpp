// A line as words and braces.
//
// Blanks separate words; only `"` quotes, and what is glued to a quoted word is a word of its own. A brace outside quotes
// stands alone wherever it is, but for those of `${NAME}`.
//
// Commands are split once more, like a shell does (engine/config/command_line.hpp): in their lines a backslash inside quotes
// takes what follows it out of this grammar, so that `script "say \"{\""` holds no block.
#pragma once

#include <string>
#include <vector>

#include "engine/config/text.hpp"

namespace config {

struct Word {
  std::string text;
  Position at;
  std::uint16_t width = 1;  // in the file, quotes included
};

// Where the next brace outside quotes is, from `from` on; line.size() when there is none.
std::size_t next_brace(std::string_view line, std::size_t from, bool has_escapes);

// The quote that is not closed; line.size() when there is none.
std::size_t open_quote(std::string_view line, bool has_escapes);

// The words of line[begin, end). `stops` is where each ends in the line.
std::vector<Word> words_of(const Text& line, std::size_t begin, std::size_t end, bool has_escapes,
                           Origins& origins, std::vector<std::size_t>* stops = nullptr);

}  // namespace config
