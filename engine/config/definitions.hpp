// `$NAME=value`, what `$NAME` and `${NAME}` mean, and the names that are defined from the start.
//
// A definition takes the rest of its line, blanks at both ends left out, comments long gone. With a backslash at the end it
// goes on over the next lines, up to and with the first one without; each of them is a line of its own where the
// definition is used. The last definition of a name counts; what it holds is looked at when it is used, not when it is
// made, so a definition may use names that are defined later.
//
//   ${NAME}   anywhere
//   $NAME     when a blank, `,`, `)`, `/` or the end of the line follows
//
// A definition of several lines is only put in at the end of a line. What nobody defined stays as it is written.
//
//   ${_PWD}                the folder of the file that is read
//   ${_INSTANCE}           the configuration's id: the host's name, or what -i says
//   ${_HASH}  ${_BANG}     # and ! that start no comment
//   ${_RANDOM [min [max]]} a number in 0 to 32767, or as it says: the same at each reading on the same host
//   ${_ENV NAME}           a variable of the environment
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/text.hpp"

namespace config {

struct Definition {
  std::string name;
  std::string what;  // "$NAME", "i = 3"
  Position at;
  Text first;              // its only line, or the first of several
  std::vector<Text> more;  // the others
  bool has_lines = false;  // several, although there may be one alone
  std::uint32_t number = 0;
};

bool is_name_start(char c);
bool is_name(char c);

class Definitions {
 public:
  // Where a name stands in a text, from `$` to behind its last byte.
  struct Reference {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view name;
    std::string_view parameters;  // of ${_RANDOM 1 6}, blanks trimmed
    bool has_braces = false;
  };

  // `seed` decides what ${_RANDOM} yields.
  explicit Definitions(std::uint32_t seed) : random_(seed) {}

  // Where the name of a definition ends, if this line is one: the place of its `=`.
  static std::optional<std::size_t> definition_in(std::string_view line);
  // Enters `$NAME=value`. It stands until the name is given again; the returned one can be added to until then.
  // Requires: definition_in(line) says where `=` is.
  Definition& define(const Text& line, std::size_t equals);
  // Enters what a repetition counts; `what` says it for people.
  const Definition& set(const std::string& name, const Text& value, const Position& at,
                        const std::string& what);

  // Null when nobody defined it.
  const Definition* find(std::string_view name) const;
  // The next reference at or behind `from`, defined or not.
  static std::optional<Reference> reference_in(std::string_view text, std::size_t from);
  // The defined name nearest to a misspelt one; empty when none is near.
  std::string_view nearest_name(std::string_view name) const;
  bool has_any() const { return !newest_.empty(); }

  void seed(std::uint32_t seed) { random_.seed(seed); }
  // What ${_RANDOM parameters} yields; nothing when the parameters are no range.
  std::optional<std::string> random(std::string_view parameters);

 private:
  Definition& enter(std::string name);

  std::deque<Definition> all_;  // never moved: expansions refer to them
  std::map<std::string, std::uint32_t, std::less<>> newest_;
  std::mt19937 random_;
};

}  // namespace config
