// Things counted and named in a sentence.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace cli {

// "1 instance", "2 instances".
inline std::string plural(std::size_t count, std::string_view noun) {
  if (count == 1) return fmt::format("1 {}", noun);
  return fmt::format("{} {}{}", count, noun, noun.ends_with('s') ? "es" : "s");
}

// "a", "a and b", "a, b, c, d and 3 more": more than `most` are counted instead of named.
template <typename List, typename Name>
std::string listed(const List& list, Name name, std::size_t most = 4) {
  std::string text;
  std::size_t said = 0;
  const std::size_t count = list.size();
  for (const auto& one : list) {
    if (said == most) break;
    const bool is_last = said + 1 == count;
    text += fmt::format("{}{}", said == 0 ? "" : is_last ? " and " : ", ", name(one));
    ++said;
  }
  if (count > said) text += fmt::format(" and {} more", count - said);
  return text;
}

}  // namespace cli
