// Rows of text in columns as wide as they need to be.
#pragma once

#include <string>
#include <vector>

namespace cli {

// The first row is the heading. Two spaces between columns, none at the end of a line.
std::string table(const std::vector<std::vector<std::string>>& rows);

// Name and value, one pair per line, values in one column.
std::string pairs(const std::vector<std::pair<std::string, std::string>>& lines);

}  // namespace cli
