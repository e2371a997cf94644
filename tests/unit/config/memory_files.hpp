// A FileReader over texts in memory.
#pragma once

#include <fnmatch.h>

#include <map>
#include <string>

#include "engine/config/parser.hpp"

namespace config {

using MemoryFiles = std::map<std::string, std::string>;

// A host on which every program below /bin can be run, /bin/plain cannot, and anybody may write to /bin/anybodys.
inline PathFacts look_in_memory(const std::string& path) {
  using Kind = PathFacts::Kind;
  if (path.starts_with("/none")) return {.kind = Kind::kAbsent, .owner = 0, .group = 0};
  if (path == "/bin/plain")
    return {.kind = Kind::kFile, .owner = 0, .group = 0, .permissions = 0644, .real = path};
  if (path == "/bin/anybodys")
    return {.kind = Kind::kFile, .owner = 0, .group = 0, .permissions = 0777, .real = path};
  return {.kind = Kind::kFile, .owner = 0, .group = 0, .permissions = 0755, .real = path};
}

inline FileReader reader_of(const MemoryFiles& files) {
  return {[&files](const std::string& pattern) {
            std::vector<std::string> found;
            for (const auto& [path, text] : files)
              if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0)
                found.push_back(path);
            return found;
          },
          [&files](const std::string& path) -> std::optional<std::string> {
            const auto found = files.find(path);
            if (found == files.end()) return std::nullopt;
            return found->second;
          },
          {},
          [](const std::string& path) { return path == "/etc/open"; },
          {},
          {},
          look_in_memory};
}

// One file, /etc/vigie.conf.
inline Parsed parse_text(const std::string& text) {
  const MemoryFiles files{{"/etc/vigie.conf", text}, {"/etc/open", std::string(32, 'k') + "\n"}};
  return parse("/etc/vigie.conf", reader_of(files));
}

// "C0107@14:14 C0115@15:3": which findings, where.
inline std::string places(const Parsed& parsed) {
  std::string made;
  for (const Diagnostic& finding : parsed.findings) {
    if (!made.empty()) made += ' ';
    made += finding.code + "@" + std::to_string(finding.at.line) + ":" +
            std::to_string(finding.at.column);
  }
  return made;
}

}  // namespace config
