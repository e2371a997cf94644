// What a tracked file says: the first number in its first 127 bytes.
//
// The number is written as C writes one (10, 0x0a, 012, a sign, white space before it) and ends at the first other
// character. A file that is missing, unreadable or begins with anything else says 0, and why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace runner {

inline constexpr std::size_t kFileBytesRead = 127;

struct FileValue {
  std::int32_t value = 0;
  std::string trouble;    // why it is 0 although nobody wrote 0; empty when a number was read
  bool is_empty = false;  // it is there and holds nothing: perhaps somebody is about to write it
  friend bool operator==(const FileValue&, const FileValue&) = default;
};

// A number that is too large counts as the largest.
FileValue value_of(std::string_view bytes);
FileValue read_value(const std::string& path);

// Makes the file with `value` in it: whole from its first moment, and only when nothing stands there, unless
// `overwrite` says that a former file is replaced. A symbolic link is never followed and never replaced. True when the
// file was made.
base::Result<bool> make_file(const std::string& path, std::int32_t value, bool overwrite);

}  // namespace runner
