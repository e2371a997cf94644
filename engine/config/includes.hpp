// `include PATTERN`: which files it means, and which of its failures are errors.
//
// Patterns are those of the shell: `*`, `?`, `[...]`, and `{a,b}` for alternatives. A relative one starts in the folder of the
// file it stands in. Folders are passed over, and a pattern with wildcards may match nothing; a name that is not there is a
// warning, or an error where it was demanded:
//
//   read            what matches is a regular file that can be read
//   match           a pattern without wildcards matches
//   wildcard_match  any pattern matches
//   brace_match     each name in braces is there
//
// `include_check` demands for all includes that follow in the file and in those it includes; `includer`, `includem`,
// `includew`, `includeb` and `includea` (all four) for themselves. A file that matches and cannot be read is always an
// error here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

struct Demands {
  bool match = false;
  bool wildcard_match = false;
  bool brace_match = false;
};

// What the keyword demands on top of `current`; nothing when it is none of the include keywords.
std::optional<Demands> demands_of(std::string_view keyword, const Demands& current);
// Applies one word of an include_check line: "+" and "-" at the front say whether it is added or taken away.
// False when there is no such check.
bool apply_check(std::string_view word, bool& adds, Demands& demands);

inline constexpr std::size_t kMaxAlternatives = 1000;

// The patterns without braces that a pattern means, in order; nothing when they are more than kMaxAlternatives.
std::optional<std::vector<std::string>> alternatives_of(std::string_view pattern);
bool has_wildcard(std::string_view pattern);

// "/etc/keepalived/" for "/etc/keepalived/keepalived.conf".
std::string folder_of(const std::string& path);
// Without "." and doubled slashes, so that the same file has the same name. ".." stays: it may cross a symbolic link.
std::string tidy(std::string_view path);

}  // namespace config
