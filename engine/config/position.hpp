// Where something stands in the files that were read.
#pragma once

#include <cstdint>

namespace config {

struct Position {
  std::uint16_t file = 0;  // into Model::files
  std::uint32_t line = 0;  // from 1
  std::uint16_t column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace config
