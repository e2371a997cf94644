#include "engine/config/sequences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/config/definitions.hpp"

namespace config {
namespace {

// Far more than anything repeats, and far from overflowing when a step is added.
constexpr long long kMostNumber = 1'000'000'000'000;

std::optional<long long> number(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = 8;
  }
  unsigned long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || value > kMostNumber)
    return std::nullopt;
  const auto magnitude = static_cast<long long>(value);
  return is_negative ? -magnitude : magnitude;
}

// The parts of text[begin, end) between commas, braces kept together. With `at_blanks`, blanks part them as well.
std::vector<Text> parts_of(const Text& text, std::size_t begin, std::size_t end, bool at_blanks) {
  std::vector<Text> made;
  std::size_t from = begin;
  int depth = 0;
  bool is_separated = true;  // a blank beside a comma is no separator of its own
  const auto take = [&](std::size_t to) { made.push_back(text.part(from, to).trimmed()); };
  for (std::size_t i = begin; i < end; ++i) {
    const char c = text[i];
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (depth > 0) continue;
    if (c == ',') {
      take(i);
      from = i + 1;
      is_separated = true;
    } else if (at_blanks && is_blank(c) && !is_separated) {
      std::size_t next = i;
      while (next < end && is_blank(text[next])) ++next;
      if (next == end || text[next] == ',') continue;
      take(i);
      from = next;
      i = next - 1;
      is_separated = true;
    } else if (!is_blank(c)) {
      is_separated = false;
    }
  }
  take(end);
  return made;
}

// "{1, 2}" is a row of two, "1" of one.
std::vector<Text> row_of(const Text& parameter) {
  const std::size_t size = parameter.size();
  if (size < 2 || parameter[0] != '{' || parameter[size - 1] != '}') return {parameter};
  return parts_of(parameter, 1, size - 1, false);
}

bool is_variable(std::string_view name) {
  return !name.empty() && is_name_start(name[0]) && std::all_of(name.begin(), name.end(), is_name);
}

std::string hex(long long value) {
  return fmt::format("{:x}", static_cast<unsigned long long>(value));
}

}  // namespace

bool is_repetition(std::string_view line) {
  return line.starts_with("~SEQ") || line.starts_with("~LST");
}

std::optional<Repetition> repetition_in(const Text& line, Trouble& trouble) {
  const std::string_view text = line.bytes();
  Repetition made;
  std::size_t i = 4;
  if (text.starts_with("~LST")) {
    made.kind = Repetition::Kind::kList;
  } else if (i < text.size() && text[i] == 'x') {
    made.kind = Repetition::Kind::kHexNumbers;
    ++i;
  }
  while (i < text.size() && is_blank(text[i])) ++i;
  if (i >= text.size() || text[i] != '(') {
    trouble = {"it needs parameters in `( )`", 0, i};
    return std::nullopt;
  }
  const std::size_t close = text.find(')', i);
  if (close == std::string_view::npos) {
    trouble = {"its `(` is not closed", i, i + 1};
    return std::nullopt;
  }
  made.parameters = parts_of(line, i + 1, close, made.kind != Repetition::Kind::kList);
  made.rest = line.part(close + 1, line.size()).trimmed();
  if (made.rest.empty()) {
    trouble = {"nothing follows that could be repeated: it must stand on the same line", 0,
               close + 1};
    return std::nullopt;
  }
  return made;
}

std::optional<Rounds> Rounds::of(const Repetition& repetition, std::string& why) {
  Rounds made;
  made.is_list_ = repetition.kind == Repetition::Kind::kList;
  made.is_hex_ = repetition.kind == Repetition::Kind::kHexNumbers;
  const bool is_good =
      made.is_list_ ? made.read_list(repetition, why) : made.read_numbers(repetition, why);
  if (!is_good) return std::nullopt;
  for (const std::string& name : made.names_) {
    if (is_variable(name)) continue;
    why = "its variable must be a name: letters, digits and `_`, no digit first";
    return std::nullopt;
  }
  return made;
}

bool Rounds::read_numbers(const Repetition& repetition, std::string& why) {
  const std::vector<Text>& given = repetition.parameters;
  if (given.size() < 2 || given.size() > 4) {
    why = "it takes a variable, a start, a step and an end; start and step may be left out";
    return false;
  }
  names_ = {given[0].bytes()};
  counted_at_ = given[0].written_at(0);
  std::vector<long long> numbers;
  for (std::size_t i = 1; i < given.size(); ++i) {
    const auto read = number(given[i].bytes());
    if (!read) {
      why = fmt::format("`{}` is no number up to {}", given[i].bytes(), kMostNumber);
      return false;
    }
    numbers.push_back(*read);
  }
  last_ = numbers.back();
  value_ = numbers.size() > 1 ? numbers[0] : last_ < 0 ? -1 : 1;
  if (is_hex_ && (value_ < 0 || last_ < 0)) {
    why = "hexadecimal numbers are not below 0";
    return false;
  }
  step_ = numbers.size() > 2 ? numbers[1] : last_ >= value_ ? 1 : -1;
  if (step_ == 0 || (step_ > 0 && last_ < value_) || (step_ < 0 && last_ > value_)) {
    why = fmt::format("{} is never reached from {} by steps of {}", last_, value_, step_);
    return false;
  }
  return true;
}

bool Rounds::read_list(const Repetition& repetition, std::string& why) {
  const std::vector<Text>& given = repetition.parameters;
  if (given.size() < 2) {
    why = "it takes a variable and its values";
    return false;
  }
  for (const Text& name : row_of(given[0])) names_.push_back(name.bytes());
  if (names_.size() > kMaxVariables) {
    why = fmt::format("it takes {} variables at most", kMaxVariables);
    return false;
  }
  for (std::size_t i = 1; i < given.size(); ++i) {
    std::vector<Text> row = row_of(given[i]);
    if (row.size() > names_.size()) {
      why = fmt::format("{} values for {} {}", row.size(), names_.size(),
                        names_.size() == 1 ? "variable" : "variables");
      return false;
    }
    for (const Text& value : row) {
      if (value.bytes().find_first_of(" \t") == std::string::npos) continue;
      why = "its values cannot hold blanks";
      return false;
    }
    rows_.push_back(std::move(row));
  }
  return true;
}

std::optional<std::vector<Text>> Rounds::next() {
  if (is_list_) {
    if (row_ == rows_.size()) return std::nullopt;
    std::vector<Text> row = std::move(rows_[row_++]);
    // Variables without a value are empty, and stand where the row does.
    const Position at = row[0].written_at(0);
    row.resize(names_.size(), Text({}, at));
    return row;
  }
  if (is_over_) return std::nullopt;
  std::vector<Text> made = {
      Text::standing_for(counted_at_, is_hex_ ? hex(value_) : std::to_string(value_))};
  value_ += step_;
  is_over_ = step_ > 0 ? value_ > last_ : value_ < last_;
  return made;
}

}  // namespace config
