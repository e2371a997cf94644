#include "engine/config/secrets.hpp"

#include <algorithm>
#include <utility>

#include "engine/config/definitions.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/sequences.hpp"
#include "engine/config/text.hpp"

namespace config {
namespace {

bool is_gap(char c) { return is_blank(c) || c == '{' || c == '}'; }

void mask(std::string& line, std::size_t from) {
  for (std::size_t i = from; i < line.size(); ++i)
    if (!is_blank(line[i])) line[i] = '*';
}

// "$DB_PASSWORD": a name that says what it holds.
bool names_secret(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const std::string_view part : {"pass", "secret", "key", "psk"})
    if (lower.find(part) != std::string::npos) return true;
  return false;
}

// Behind `$NAME=` at `at`; npos when there is no definition. Says whether its name gives it away.
std::size_t behind_definition(std::string_view line, std::size_t at, bool& is_secret) {
  if (at >= line.size() || line[at] != '$') return std::string_view::npos;
  std::size_t end = at + 1;
  while (end < line.size() && is_name(line[end])) ++end;
  if (end == at + 1 || end >= line.size() || line[end] != '=') return std::string_view::npos;
  is_secret = names_secret(line.substr(at + 1, end - at - 1));
  return end + 1;
}

// Behind `~SEQ(...)` or `~LST(...)` at `at`; npos when there is none.
std::size_t behind_repetition(std::string_view line, std::size_t at) {
  if (!is_repetition(line.substr(at))) return std::string_view::npos;
  const std::size_t close = line.find(')', at);
  return close == std::string_view::npos ? line.size() : close + 1;
}

std::size_t end_of_word(std::string_view line, std::size_t at) {
  while (at < line.size() && !is_gap(line[at])) ++at;
  return at;
}

// What may stand before a keyword: `@id`, `$NAME=`, `~SEQ(...)`.
std::size_t behind_prefix(std::string_view line, std::size_t at, bool& is_secret) {
  if (at < line.size() && line[at] == '@') return end_of_word(line, at);
  const std::size_t behind = behind_definition(line, at, is_secret);
  return behind != std::string_view::npos ? behind : behind_repetition(line, at);
}

std::size_t behind_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && is_blank(line[at])) ++at;
  return at;
}

// Behind a keyword that introduces a secret: where the secret begins. The end of the line when it is in a file.
std::size_t secret_behind(std::string_view line, std::string_view keyword, std::size_t at) {
  at = behind_blanks(line, at);
  std::size_t digits = at;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  const bool has_id = keyword.starts_with("key") && digits > at && digits - at <= 3 &&
                      digits < line.size() && is_blank(line[digits]);
  if (!has_id) return at;
  at = behind_blanks(line, digits);
  return line.substr(at).starts_with("file:/") ? line.size() : at;
}

}  // namespace

bool introduces_secret(std::string_view keyword) {
  constexpr std::string_view kSecrets[] = {"auth_pass", "password", "key"};
  return !nearest(keyword, kSecrets).empty();
}

std::string without_secrets(std::string_view line) {
  std::string made(line);
  bool is_first = true;
  for (std::size_t at = 0; at < line.size();) {
    if (is_gap(line[at])) {
      is_first = is_first || !is_blank(line[at]);
      ++at;
      continue;
    }
    bool is_secret = false;
    const std::size_t behind =
        is_first ? behind_prefix(line, at, is_secret) : std::string_view::npos;
    if (behind != std::string_view::npos) {
      at = behind;
      if (!is_secret) continue;
      mask(made, at);
      return made;
    }
    const std::size_t end = end_of_word(line, at);
    const std::string_view word = line.substr(at, end - at);
    at = end;
    if (!std::exchange(is_first, false) || !introduces_secret(word)) continue;
    mask(made, secret_behind(line, word, at));
    return made;
  }
  return made;
}

std::string without_values(std::string_view line) {
  std::string made(line);
  for (std::size_t at = behind_blanks(line, 0); at < line.size(); at = behind_blanks(line, at)) {
    bool is_secret = false;
    const std::size_t equals = behind_definition(line, at, is_secret);
    if (equals != std::string_view::npos) {
      mask(made, equals);
      return made;
    }
    if (is_repetition(line.substr(at))) {
      mask(made, std::min(line.find('(', at), line.size()));
      return made;
    }
    const std::size_t end = end_of_word(line, at);
    if (line[at] != '@') {
      mask(made, introduces_secret(line.substr(at, end - at)) ? end : at);
      return made;
    }
    at = end;
  }
  return made;
}

}  // namespace config
