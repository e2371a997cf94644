// Any bytes as the files of a configuration, read into a tree of lines: definitions, conditions, repetitions, includes and
// blocks, all of them at once. Aborts when a promise of engine/config/lexer.hpp is broken.
//
// \x01 stands between files (/etc/vigie.conf, /etc/1, /etc/2, ...), which are read where the id is "here". The bounds of
// work and words are such that a short text reaches them: what never ends is found out early.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "engine/config/lexer.hpp"
#include "tests/fuzz/config_promises.hpp"
#include "tests/fuzz/files.hpp"

namespace {

constexpr std::size_t kMostWords = 300;
constexpr std::size_t kMostWork = 12 * 1024;

struct Walk {
  const std::vector<config::SourceFile>& files;
  const config::Origins& origins;
  std::size_t words = 0;
};

void expect_place(const Walk& walk, const config::Position& at) {
  CHECK(at.file < walk.files.size() && at.line >= 1 && at.column >= 1, "words have places");
}

void walk_block(Walk& walk, const std::vector<config::Line>& lines, std::size_t depth) {
  CHECK(lines.empty() || depth <= config::kMaxBlockDepth, "blocks are no deeper than they may be");
  for (const config::Line& line : lines) {
    CHECK(!line.words.empty() || line.has_block, "a line holds something");
    CHECK(line.has_block || line.block.empty(), "lines are in blocks");
    walk.words += line.words.size();
    if (line.has_block) expect_place(walk, line.opened_at);
    for (const config::Word& word : line.words) {
      expect_place(walk, word.at);
      CHECK(word.text.find('\n') == std::string::npos && word.text.find('\0') == std::string::npos,
            "a word is of one line");
    }
    if (!line.words.empty()) {
      CHECK(line.tail.size() <= config::kMaxLineBytes, "a line is no longer than it may be");
      expect_place(walk, line.at_in_tail(line.tail.size() / 2));
      CHECK(line.width_from(line.words.size() - 1) >= 1, "words are seen");
      // The story of a word ends, however often it was put in.
      CHECK(walk.origins.trace(line.words.back().at, walk.files).size() <=
                2 * config::kMaxExpansionDepth + 2,
            "what is told of a word is bounded");
    }
    walk_block(walk, line.block, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Files files({reinterpret_cast<const char*>(data), size});
  const config::FileReader reader = files.reader();
  config::Options options;
  options.id = "here";
  options.most_words = kMostWords;
  options.most_work = kMostWork;
  std::vector<config::SourceFile> read;
  config::Findings findings;
  const config::Tree tree = config::read_lines("/etc/vigie.conf", reader, options, read, findings);
  CHECK(!read.empty() && read.size() <= config::kMaxFiles, "files are bounded");
  Walk walk{read, tree.origins};
  walk_block(walk, tree.lines, 0);
  CHECK(walk.words <= kMostWords, "words are bounded");
  std::vector<config::Diagnostic> found = findings.take();
  for (config::Diagnostic& finding : found) finding.trace = tree.origins.trace(finding.at, read);
  fuzz::expect_findings(found, read, size);
  return 0;
}
