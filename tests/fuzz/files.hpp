// The bytes of one execution as files: \x01 stands between /etc/vigie.conf, /etc/1, /etc/2, ... No disk is touched.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/parser.hpp"
#include "tests/fuzz/config_promises.hpp"

namespace fuzz {

class Files {
 public:
  explicit Files(std::string_view text) {
    for (std::size_t number = 0;; ++number) {
      const std::size_t end = text.find('\x01');
      files_.emplace_back(number == 0 ? "/etc/vigie.conf" : "/etc/" + std::to_string(number),
                          text.substr(0, end));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
  }

  // Requires: this outlives the reader.
  config::FileReader reader() const {
    config::FileReader made;
    made.glob = [this](const std::string& pattern) {
      std::vector<std::string> found;
      for (const auto& [path, content] : files_)
        if (pattern == path || pattern == "/etc/*") found.push_back(path);
      return found;
    };
    made.read = [this](const std::string& path) -> std::optional<std::string> {
      for (const auto& [name, content] : files_)
        if (name == path) return std::string(content);
      return std::nullopt;
    };
    made.environment = [](const std::string& name) -> std::optional<std::string> {
      if (name != "HOME") return std::nullopt;
      return "/root";
    };
    made.is_exposed = [](const std::string& path) { return path.ends_with('1'); };
    made.look = look;
    return made;
  }

 private:
  std::vector<std::pair<std::string, std::string_view>> files_;
};

}  // namespace fuzz
