// How a reading of the configuration went, for a supervisor that parses no text: what vigie-config says of its findings
// besides showing them.
#pragma once

#include <array>
#include <cstdint>

namespace config {

struct Summary {
  std::uint32_t errors = 0;
  std::uint32_t warnings = 0;
  std::uint32_t unsafe_scripts = 0;  // of these: what root runs and others can change
  std::array<char, 240>
      first{};  // the first error, else the first warning: "FILE:LINE:COLUMN: what"
};

}  // namespace config
