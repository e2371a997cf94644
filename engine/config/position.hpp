// Where something stands in the files that were read.
#pragma once

#include <cstdint>

namespace config {

struct Position {
  std::uint16_t file = 0;  // into Model::files
  std::uint32_t line = 0;  // from 1
  std::uint16_t column = 0;
  // How the text came there, while the configuration is read (engine/config/text.hpp). Neither kept nor compared.
  std::uint32_t origin = 0;
  friend bool operator==(const Position& a, const Position& b) {
    return a.file == b.file && a.line == b.line && a.column == b.column;
  }
};

}  // namespace config
