// Lines that stand for many: the rest of the line is read once for each value of a variable.
//
//   ~SEQ(i, 3) text              i = 1, 2, 3
//   ~SEQ(i, 0, 3) text           i = 0, 1, 2, 3; backwards when the end is the smaller one
//   ~SEQ(i, 10, 20, 50) text     i = 10, 30, 50
//   ~SEQx(i, 8, 0xb) text        i = 8, 9, a, b
//   ~LST(v, red, green) text     v = red, green
//   ~LST({a, b}, {1, 2}, {3, 4}) text     a = 1 and b = 2, then a = 3 and b = 4
//
// Numbers are written as in C: 16, 0x10, 020. The parameters end at the first `)`. Repetitions may follow each other on a
// line; the last one counts fastest. A variable keeps its last value afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/text.hpp"

namespace config {

// Of one list.
inline constexpr std::size_t kMaxVariables = 32;

bool is_repetition(std::string_view line);

// The head of such a line, taken apart; references in the parameters are not resolved yet.
struct Repetition {
  enum class Kind : std::uint8_t { kNumbers, kHexNumbers, kList };
  Kind kind = Kind::kNumbers;
  std::vector<Text> parameters;  // blanks at both ends left out
  Text rest;                     // what is repeated
};

// Why it cannot be read, and where.
struct Trouble {
  std::string why;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Requires: is_repetition(line.bytes()). Nothing when it cannot be read; `trouble` says why.
std::optional<Repetition> repetition_in(const Text& line, Trouble& trouble);

// What the variables are, round by round.
class Rounds {
 public:
  // Nothing when the parameters mean nothing; `why` says so. Requires: references in them are resolved.
  static std::optional<Rounds> of(const Repetition& repetition, std::string& why);

  const std::vector<std::string>& names() const { return names_; }
  // The next values, as many as names; nothing after the last round.
  std::optional<std::vector<Text>> next();

 private:
  bool read_numbers(const Repetition& repetition, std::string& why);
  bool read_list(const Repetition& repetition, std::string& why);

  std::vector<std::string> names_;
  bool is_list_ = false;
  bool is_hex_ = false;
  Position counted_at_;
  long long value_ = 0;
  long long step_ = 1;
  long long last_ = 0;
  bool is_over_ = false;
  std::vector<std::vector<Text>> rows_;  // without those that are empty
  std::size_t row_ = 0;
};

}  // namespace config
