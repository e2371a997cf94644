// The text of a configuration as a tree of lines, by keepalived's line grammar. One keyword per line, its words behind it; a
// block belongs to the line before it, so a block nobody knows is skipped whole.
//
// What becomes of a line of a file, in this order:
//
//   lines.hpp         its comment goes
//   definitions.hpp   it belongs to a definition that goes on, or
//   conditionals.hpp  `@id`: it counts here or it is dropped
//   definitions.hpp   `$NAME=...`: it is kept for later
//   sequences.hpp     `~SEQ`, `~LST`: it stands for many; each goes on from here
//   definitions.hpp   `$NAME`, `${NAME}`: what is meant is put in, and looked at again from the top
//   includes.hpp      `include`: other lines take its place
//   words.hpp         words up to the first brace; what is behind a brace is a line of its own, from the top
//
// Words know where they stand (text.hpp): one that came out of a definition points at the place where it is used.
//
// Whatever the text says, reading it ends: all that can grow is bounded below, and what goes beyond is an error with a
// place, at which reading stops.
#pragma once

#include <string>
#include <vector>

#include "engine/config/codes.hpp"
#include "engine/config/definitions.hpp"
#include "engine/config/parser.hpp"
#include "engine/config/text.hpp"
#include "engine/config/words.hpp"

namespace config {

// Of all files together.
inline constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxFiles = 1000;
inline constexpr std::size_t kMaxIncludeDepth = 16;
inline constexpr std::size_t kMaxBlockDepth = 32;
// Of a line in its file, and when all its definitions are put in.
inline constexpr std::size_t kMaxLineBytes = 64 * 1024;
// Definitions within definitions, and repetitions on one line.
inline constexpr std::size_t kMaxExpansionDepth = 32;

struct Line {
  std::vector<Word> words;  // [0] is the keyword; none for a block without one
  // What follows the keyword, for those who split it their own way.
  std::string tail;
  bool has_block = false;
  Position opened_at;
  std::vector<Line> block;

  Position at() const { return words.empty() ? opened_at : words[0].at; }
  std::size_t width() const { return words.empty() ? 1 : words[0].width; }
  // From the first to the last of words[from] and all behind it.
  std::size_t width_from(std::size_t from) const;
  // Where a piece of the tail stands.
  Position at_in_tail(std::size_t offset) const;

  struct TailRun {
    std::size_t offset = 0;
    Position at;
    bool advances = true;
  };
  std::vector<TailRun> tail_runs;  // by offset
};

// What was read, and how it came about; the definitions are what the origins talk of.
struct Tree {
  std::vector<Line> lines;
  Definitions definitions{0};
  Origins origins;
};

// Reads `path` and all it includes. Appends to `files` what was read; positions refer to it.
Tree read_lines(const std::string& path, const FileReader& reader, const Options& options,
                std::vector<SourceFile>& files, Findings& findings);

}  // namespace config
