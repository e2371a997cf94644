#include "engine/config/conditionals.hpp"

namespace config {

std::optional<Text> where_it_counts(const Text& line, std::string_view id) {
  const bool is_except = line.size() > 1 && line[1] == '^';
  const std::size_t begin = is_except ? 2 : 1;
  std::size_t end = begin;
  while (end < line.size() && !is_blank(line[end])) ++end;
  if (end == line.size()) return std::nullopt;
  const bool is_here = std::string_view(line.bytes()).substr(begin, end - begin) == id;
  if (is_here == is_except) return std::nullopt;
  return line.part(end, line.size()).trimmed();
}

}  // namespace config
