// The pages that are written by the keyword table and the table of codes, and never by hand. A test compares each with the
// file in the tree.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/keywords.hpp"

namespace config {

// docs/config.md: every block and every keyword.
std::string manual_page();
// vigie.conf(5), the same for man.
std::string manual_roff();

// One keyword for a terminal: what the manual says of it in every block that has it, by any of its spellings. Empty: there
// is no such keyword.
std::string keyword_help(std::string_view name);
// Every word a configuration may begin a line with, or have on one, all spellings; sorted, each once.
std::vector<std::string_view> keyword_names();

// docs/differences.md: where the same file behaves otherwise than with keepalived.
std::string differences_page();

// How the value of a keyword is written: "SECONDS, 0 to 1000". Empty: it takes none.
std::string value_text(const Keyword& keyword);

struct BlockEntry {
  Block block;
  std::string_view title;
  std::string_view about;
};
// The blocks in the order of the manual.
std::span<const BlockEntry> block_table();

}  // namespace config
