// The words of one line, taken one by one. The first complaint stays; after it everything answers nothing.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/router.hpp"

namespace scenario {

class Words {
 public:
  explicit Words(std::string_view text) {
    while (true) {
      const std::size_t begin = text.find_first_not_of(" \t");
      if (begin == std::string_view::npos) break;
      const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
      words_.push_back(text.substr(begin, end - begin));
      text.remove_prefix(end);
    }
  }

  bool done() const { return next_ >= words_.size() || !complaint_.empty(); }
  std::string_view peek() const { return done() ? std::string_view{} : words_[next_]; }
  std::string_view take() {
    if (done()) complain("the line ends too early");
    return complaint_.empty() ? words_[next_++] : std::string_view{};
  }
  // Takes the next word if it is this one.
  bool accept(std::string_view word) {
    if (peek() != word || done()) return false;
    ++next_;
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word))
      complain("'" + std::string(word) + "' belongs here, not '" + std::string(peek()) + "'");
  }
  void complain(std::string what) {
    if (complaint_.empty()) complaint_ = std::move(what);
  }
  const std::string& complaint() const { return complaint_; }

  int number(int least, int most) {
    const std::string_view word = take();
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || value < least || value > most)
      complain("'" + std::string(word) + "' is no number from " + std::to_string(least) + " to " +
               std::to_string(most));
    return value;
  }
  core::Priority priority() { return core::Priority{static_cast<std::uint8_t>(number(0, 255))}; }

  core::Address address() {
    const std::string word{take()};
    const auto parsed = core::Address::parse(word);
    if (!parsed) complain("'" + word + "' is no address");
    return parsed.value_or(core::Address{});
  }
  bool is_address() const { return core::Address::parse(peek()).has_value(); }

  // "[+-]N[.N](s|ms|us|ns)", exact to the nanosecond.
  core::Duration duration() {
    const std::string_view word = take();
    std::string_view rest = word;
    const bool is_negative = rest.starts_with('-');
    if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    const std::string_view unit = rest.substr(digits);
    std::int64_t scale = unit == "s"    ? 1'000'000'000
                         : unit == "ms" ? 1'000'000
                         : unit == "us" ? 1'000
                         : unit == "ns" ? 1
                                        : 0;
    std::int64_t value = 0;
    bool is_fraction = false;
    bool is_good = digits > 0 && digits <= 19 && scale > 0;
    for (const char digit : rest.substr(0, digits)) {
      if (digit == '.') {
        is_good = is_good && !is_fraction;
        is_fraction = true;
        continue;
      }
      if (is_fraction) {
        is_good = is_good && scale % 10 == 0;
        scale /= 10;
        value += (digit - '0') * scale;
      } else {
        value = value * 10 + (digit - '0') * scale;
      }
    }
    // No scenario lasts longer than a day, and so nothing here overflows.
    if (!is_good || value > 86'400'000'000'000)
      complain("'" + std::string(word) + "' is no duration such as 3.609375s or 10ms");
    return core::Duration{is_negative ? -value : value};
  }

 private:
  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
  std::string complaint_;
};

}  // namespace scenario
