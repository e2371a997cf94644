#include "base/utf8.hpp"

namespace base {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::size_t utf8_character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80             ? 1
                             : (lead & 0xe0) == 0xc0 ? 2
                             : (lead & 0xf0) == 0xe0 ? 3
                             : (lead & 0xf8) == 0xf0 ? 4
                                                     : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(text[i])) return 0;
  if (length == 1) return 1;
  // RFC 3629: the shortest form, no surrogates, nothing above U+10FFFF.
  const auto second = static_cast<unsigned char>(text[1]);
  const bool is_none = lead < 0xc2 || lead > 0xf4 || (lead == 0xe0 && second < 0xa0) ||
                       (lead == 0xed && second >= 0xa0) || (lead == 0xf0 && second < 0x90) ||
                       (lead == 0xf4 && second >= 0x90);
  return is_none ? 0 : length;
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_character_length(text);
    if (length == 0) {
      result += '?';
      text.remove_prefix(1);
    } else {
      result += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return result;
}

}  // namespace base
