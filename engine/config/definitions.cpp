#include "engine/config/definitions.hpp"

#include <charconv>

#include "engine/config/keywords.hpp"

namespace config {
namespace {

constexpr std::uint32_t kMostRandom = 32767;

// Digits alone, so that 0 to 4294967295 are all there is.
std::optional<std::uint32_t> small_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool ends_a_name(std::string_view text, std::size_t i) {
  return i >= text.size() || is_blank(text[i]) || text[i] == ',' || text[i] == ')' ||
         text[i] == '/';
}

}  // namespace

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

std::optional<std::size_t> Definitions::definition_in(std::string_view line) {
  if (line.size() < 3 || line[0] != '$' || !is_name_start(line[1])) return std::nullopt;
  std::size_t i = 2;
  while (i < line.size() && is_name(line[i])) ++i;
  if (i >= line.size() || line[i] != '=') return std::nullopt;
  return i;
}

Definition& Definitions::enter(std::string name) {
  Definition& made = all_.emplace_back();
  made.number = static_cast<std::uint32_t>(all_.size());
  newest_[name] = made.number;
  made.name = std::move(name);
  return made;
}

Definition& Definitions::define(const Text& line, std::size_t equals) {
  Definition& made = enter(line.bytes().substr(1, equals - 1));
  made.what = "$" + made.name;
  made.at = line.written_at(0);
  made.first = line.part(equals + 1, line.size()).trimmed();
  return made;
}

const Definition& Definitions::set(const std::string& name, const Text& value, const Position& at,
                                   const std::string& what) {
  Definition& made = enter(name);
  made.what = what;
  made.at = at;
  made.first = value;
  return made;
}

const Definition* Definitions::find(std::string_view name) const {
  const auto found = newest_.find(name);
  return found == newest_.end() ? nullptr : &all_[found->second - 1];
}

std::optional<Definitions::Reference> Definitions::reference_in(std::string_view text,
                                                                std::size_t from) {
  bool is_closed = true;  // as far as is known: whether a `}` follows
  for (std::size_t i = text.find('$', from); i != std::string_view::npos;
       i = text.find('$', i + 1)) {
    Reference made;
    made.begin = i;
    made.has_braces = i + 1 < text.size() && text[i + 1] == '{';
    std::size_t end = i + (made.has_braces ? 2 : 1);
    const std::size_t begin = end;
    if (end >= text.size() || !is_name_start(text[end])) continue;
    while (end < text.size() && is_name(text[end])) ++end;
    made.name = text.substr(begin, end - begin);
    if (!made.has_braces) {
      if (!ends_a_name(text, end)) continue;
      made.end = end;
      return made;
    }
    if (end >= text.size() || (text[end] != '}' && !is_blank(text[end])) || !is_closed) continue;
    const std::size_t close = text.find('}', end);
    is_closed = close != std::string_view::npos;
    if (!is_closed) continue;
    made.parameters = trimmed(text.substr(end, close - end));
    made.end = close + 1;
    return made;
  }
  return std::nullopt;
}

std::string_view Definitions::nearest_name(std::string_view name) const {
  constexpr std::size_t kMostCompared = 1000;
  std::vector<std::string_view> names;
  if (newest_.size() > kMostCompared) return {};
  for (const auto& [known, number] : newest_) names.push_back(known);
  return nearest(name, names);
}

std::optional<std::string> Definitions::random(std::string_view parameters) {
  std::uint32_t least = 0;
  std::uint32_t most = kMostRandom;
  const std::size_t blank = parameters.find_first_of(" \t");
  if (!parameters.empty()) {
    const auto first = small_number(parameters.substr(0, blank));
    if (!first) return std::nullopt;
    least = *first;
  }
  if (blank != std::string_view::npos) {
    const auto second = small_number(trimmed(parameters.substr(blank)));
    if (!second) return std::nullopt;
    most = *second;
  }
  if (most < least) return std::nullopt;
  // By hand: the library's distributions need not be the same everywhere.
  const std::uint64_t span = std::uint64_t{most} - least + 1;
  return std::to_string(least + random_() % span);
}

}  // namespace config
