// Text for those who insist on UTF-8: databases, mails. What scripts, packets and files bring may be any bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

// How many bytes the character at the front has; 0 when there is none. Requires: some text.
std::size_t utf8_character_length(std::string_view text);

// The same text where it is valid; every byte that belongs to no character becomes a question mark.
std::string valid_utf8(std::string_view text);

}  // namespace base
