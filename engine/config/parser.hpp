// Text -> Model. Pure: files come from the FileReader that is handed in; no name is resolved, no user looked up.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/diagnostic.hpp"
#include "engine/config/model.hpp"
#include "engine/config/path_facts.hpp"

namespace config {

// How the parser gets at files: all paths matching a pattern without braces, no folders among them, nothing when that is
// asking too much; a file's content, and why there is none.
struct FileReader {
  std::function<std::optional<std::vector<std::string>>(const std::string& pattern)> glob;
  std::function<std::optional<std::string>(const std::string& path)> read;
  std::function<std::string(const std::string& path)> explain = {};  // empty: the rules are told
  std::function<bool(const std::string& path)> is_exposed =
      {};                                  // others than its owner may read it
  std::function<std::string()> host = {};  // the host's name, up to its first dot
  std::function<std::optional<std::string>(const std::string& name)> environment = {};
  std::function<PathFacts(const std::string& path)> look =
      {};  // empty: nothing is said of programs
};

inline constexpr std::size_t kMaxWords = 1'000'000;
inline constexpr std::size_t kMaxWork = 64 * 1024 * 1024;

struct Options {
  std::string id = {};  // of the configuration, for `@id` lines; empty: the host's name
  // How much is read before the text is refused as endless: words, and an account of all that is put in for definitions
  // and repetitions.
  std::size_t most_words = kMaxWords;
  std::size_t most_work = kMaxWork;
};

struct Parsed {
  Model model;
  std::vector<Diagnostic> findings;  // all of them
  std::vector<SourceFile> files;     // what was read, for rendering
  bool usable() const;               // no error among the findings
};

Parsed parse(const std::string& path, const FileReader& reader, const Options& options = {});

// The FileReader that reads real files.
FileReader disk();

}  // namespace config
