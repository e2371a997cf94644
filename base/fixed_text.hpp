// Text that lives where it is declared: for what is written where nothing may be allocated. What does not fit is cut.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace base {

template <std::size_t kCapacity>
class FixedText {
 public:
  FixedText& operator+=(char letter) {
    if (size_ < kCapacity) text_[size_++] = letter;
    return *this;
  }
  FixedText& operator+=(std::string_view text) {
    for (const char letter : text) *this += letter;
    return *this;
  }
  template <std::integral Number>
  requires(!std::same_as<Number, char>) FixedText& operator+=(Number number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this += std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }

  bool empty() const { return size_ == 0; }
  char back() const { return text_[size_ - 1]; }  // Requires: not empty
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, kCapacity> text_{};
  std::size_t size_ = 0;
};

}  // namespace base
