#include "engine/config/includes.hpp"

namespace config {
namespace {

constexpr Demands kAll{true, true, true};

// Where the `}` to text[open] is; npos when there is none. Sets whether there is a comma between them.
std::size_t close_of(std::string_view text, std::size_t open, bool& has_comma) {
  int depth = 0;
  has_comma = false;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == ',' && depth == 1) has_comma = true;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

// All that is ever looked at for one pattern: braces within braces that end nowhere are looked for again and again.
constexpr std::size_t kMostSteps = 1'000'000;

struct Alternatives {
  std::vector<std::string> made;
  std::size_t steps = 0;
};

bool expand(std::string_view done, std::string_view rest, Alternatives& all) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != '{') continue;
    bool has_comma = false;
    all.steps += rest.size() - i + done.size();
    if (all.steps > kMostSteps) return false;
    const std::size_t close = close_of(rest, i, has_comma);
    if (close == std::string_view::npos || !has_comma) continue;
    const std::string front = std::string(done) + std::string(rest.substr(0, i));
    const std::string back(rest.substr(close + 1));
    int depth = 0;
    for (std::size_t from = i + 1, at = from; at <= close; ++at) {
      if (rest[at] == '{') ++depth;
      if (rest[at] == '}' && at < close) --depth;
      if (at < close && (rest[at] != ',' || depth > 0)) continue;
      if (!expand(front, std::string(rest.substr(from, at - from)) + back, all)) return false;
      from = at + 1;
    }
    return true;
  }
  if (all.made.size() >= kMaxAlternatives) return false;
  all.made.push_back(std::string(done) + std::string(rest));
  return true;
}

}  // namespace

std::optional<Demands> demands_of(std::string_view keyword, const Demands& current) {
  constexpr std::string_view kInclude = "include";
  if (!keyword.starts_with(kInclude) || keyword.size() > kInclude.size() + 1) return std::nullopt;
  Demands made = current;
  if (keyword.size() == kInclude.size()) return made;
  switch (keyword.back()) {
    case 'r': return made;
    case 'm': made.match = true; return made;
    case 'w': made.wildcard_match = true; return made;
    case 'b': made.brace_match = true; return made;
    case 'a': return kAll;
    default: return std::nullopt;
  }
}

bool apply_check(std::string_view word, bool& adds, Demands& demands) {
  if (word.starts_with('+') || word.starts_with('-')) {
    adds = word[0] == '+';
    word.remove_prefix(1);
  }
  if (word == "match") {
    demands.match = adds;
  } else if (word == "wildcard_match") {
    demands.wildcard_match = adds;
  } else if (word == "brace_match") {
    demands.brace_match = adds;
  } else if (word != "read" && word != "readable" && !word.empty()) {
    return false;
  }
  return true;
}

std::optional<std::vector<std::string>> alternatives_of(std::string_view pattern) {
  Alternatives all;
  if (!expand({}, pattern, all)) return std::nullopt;
  return std::move(all.made);
}

bool has_wildcard(std::string_view pattern) {
  return pattern.find_first_of("*?[") != std::string_view::npos;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string tidy(std::string_view path) {
  std::string made;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    const bool is_last = slash == std::string_view::npos;
    if (part != "." && !(part.empty() && !made.empty())) {
      made += part;
      if (!is_last) made += '/';
    }
    path.remove_prefix(is_last ? path.size() : slash + 1);
  }
  return made;
}

}  // namespace config
