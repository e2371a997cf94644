// What a look at a path tells about it: for findings about programs, never for opening anything.
#pragma once

#include <cstdint>
#include <string>

namespace config {

struct PathFacts {
  enum class Kind : std::uint8_t { kAbsent, kHidden, kFile, kFolder, kLink, kOther };
  Kind kind = Kind::kHidden;  // hidden: we may not look
  std::uint32_t owner = 0;    // user and group by number: names would ask the network
  std::uint32_t group = 0;
  std::uint32_t permissions = 0;  // 07777
  std::string real = {};          // where it leads with all links followed; empty when nowhere
};

// Of the file system. A link is looked at itself.
PathFacts look_at_path(const std::string& path);

}  // namespace config
