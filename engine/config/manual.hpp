// The pages that are written by the keyword table and the table of codes, and never by hand. A test compares each with the
// file in the tree.
#pragma once

#include <span>
#include <string>

#include "engine/config/keywords.hpp"

namespace config {

// docs/config.md: every block and every keyword.
std::string manual_page();
// vigie.conf(5), the same for man.
std::string manual_roff();

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
