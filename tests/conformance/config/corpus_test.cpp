// The corpus: files written so that every keyword stands in one of them, against goldens kept beside them. NAME.model is
// what NAME.conf means, when it can be used; NAME.findings what is said about it, when something is. After a wanted
// change: VIGIE_UPDATE_GOLDENS=1, and read the difference.
//
// And keepalived's own samples, where Debian's package has put them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/config/compiled.hpp"
#include "engine/config/dump.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/lexer.hpp"

namespace config {
namespace {

namespace fs = std::filesystem;
const fs::path kCorpus = fs::path(VIGIE_CONFIG_FIXTURES) / "corpus";
const fs::path kSamples = "/usr/share/doc/keepalived/samples";

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Below `folder` alone, so that the host we run on changes nothing: no names of iproute2, no programs, no host name.
FileReader reader_below(const fs::path& folder) {
  FileReader reader = disk();
  reader.read = [folder,
                 read = reader.read](const std::string& path) -> std::optional<std::string> {
    if (!path.starts_with(folder.string())) return std::nullopt;
    return read(path);
  };
  reader.host = [] { return std::string("west"); };
  reader.environment = [](const std::string&) { return std::optional<std::string>(); };
  reader.look = {};
  return reader;
}

std::vector<fs::path> files_of(const fs::path& folder, std::string_view wanted) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.find(wanted) != std::string::npos && !name.ends_with(".gz")) found.push_back(entry);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void expect_golden(fs::path path, const char* extension, const std::string& found) {
  path.replace_extension(extension);
  if (std::getenv("VIGIE_UPDATE_GOLDENS") != nullptr) {
    if (found.empty())
      fs::remove(path);
    else
      std::ofstream(path, std::ios::binary) << found;
  }
  EXPECT_EQ(found, fs::exists(path) ? slurp(path) : "") << path.filename();
}

TEST(Corpus, MeansWhatItsGoldensSay) {
  const auto files = files_of(kCorpus, ".conf");
  EXPECT_GE(files.size(), 60U);
  for (const fs::path& path : files) {
    Parsed parsed = parse(path.string(), reader_below(kCorpus));
    for (SourceFile& file : parsed.files) file.path = fs::path(file.path).filename().string();
    expect_golden(path, ".findings", render(parsed.findings, parsed.files));
    expect_golden(path, ".model", parsed.usable() ? dump(parsed.model) : std::string());
    if (!parsed.usable()) continue;
    const auto back = decompile(compile(parsed.model));
    ASSERT_TRUE(back.has_value()) << path.filename();
    EXPECT_EQ(*back, parsed.model) << path.filename();
  }
}

// Which rows of the table a tree of lines makes use of.
class Used {
 public:
  void walk(Block block, const std::vector<Line>& lines) {
    for (const Line& line : lines) {
      if (line.words.empty()) continue;
      const Keyword* keyword = use(block, line.words[0].text);
      if (keyword == nullptr) continue;
      if (keyword->opens != Block::kNone) walk(keyword->opens, line.block);
      if (keyword->takes == Takes::kLines) walk_data(*keyword, line.block);
    }
  }
  bool contains(const Keyword& keyword) const { return used_.contains(&keyword); }

 private:
  const Keyword* use(Block block, const std::string& word) {
    const Keyword* keyword = find_keyword(block, word);
    if (keyword != nullptr) used_.insert(keyword);
    return keyword;
  }
  void walk_data(const Keyword& keyword, const std::vector<Line>& lines) {
    const std::string_view name = keyword.name;
    const Block options = name.ends_with("routes")              ? Block::kRoute
                          : name.ends_with("rules")             ? Block::kRule
                          : name.find("ipaddress") != name.npos ? Block::kAddress
                          : name == "unicast_peer"              ? Block::kPeer
                          : name.starts_with("track_")          ? Block::kTrack
                                                                : Block::kNone;
    for (const Line& line : lines)
      for (const Word& word : line.words) (void)use(options, word.text);  // data is no keyword
  }
  std::set<const Keyword*> used_;
};

TEST(Corpus, HasEveryKeywordOfTheTable) {
  Used used;
  for (const fs::path& path : files_of(kCorpus, ".conf")) {
    std::vector<SourceFile> files;
    Findings findings;
    const Tree tree = read_lines(path.string(), reader_below(kCorpus), {}, files, findings);
    used.walk(Block::kRoot, tree.lines);
  }
  for (const Keyword& keyword : keyword_table())
    EXPECT_TRUE(used.contains(keyword))
        << keyword.name << " of block " << static_cast<int>(keyword.block);
}

// --- keepalived's own samples

int status_of(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// What the carets of a finding stand under.
std::string word_at(const std::string& text, const Diagnostic& finding) {
  std::istringstream lines(text);
  std::string line;
  for (std::uint32_t i = 0; i < finding.at.line; ++i) std::getline(lines, line);
  return line.substr(finding.at.column - 1U, finding.width);
}

TEST(Samples, HaveNoErrorThatKeepalivedItselfDoesNotGive) {
  if (!fs::exists(kSamples)) {
    GTEST_SKIP() << "keepalived's samples are not installed: scripts/install-packages test";
  }
  if (status_of("keepalived --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "keepalived does not run here";
  }
  std::size_t read = 0;
  for (const fs::path& path : files_of(kSamples, "keepalived.conf")) {
    const Parsed parsed = parse(path.string(), reader_below(kSamples));
    ++read;
    const std::string findings = render(parsed.findings, parsed.files);
    std::printf("%s: %zu findings%s\n", path.filename().c_str(), parsed.findings.size(),
                parsed.usable() ? "" : ", refused");
    if (parsed.usable()) {
      EXPECT_TRUE(decompile(compile(parsed.model)).has_value()) << path;
      continue;
    }
    // keepalived's own test of the file finds something too, and names the value that is wrong.
    const fs::path said =
        fs::temp_directory_path() / ("vigie-samples-" + std::to_string(::getpid()));
    EXPECT_NE(status_of("keepalived -t -f " + path.string() + " >" + said.string() + " 2>&1"), 0)
        << findings;
    const std::string text = slurp(said);
    fs::remove(said);
    for (const Diagnostic& finding : parsed.findings) {
      if (finding.severity != Severity::kError) continue;
      // Of the line, or of what stands there: it sees some things only at the end of a block.
      const std::string line = "Line " + std::to_string(finding.at.line) + ")";
      const std::string here = word_at(parsed.files.at(finding.at.file).text, finding);
      EXPECT_TRUE(text.find(line) != text.npos || text.find(here) != text.npos)
          << "keepalived says nothing of `" << here << "`\n"
          << findings << text;
    }
  }
  EXPECT_GE(read, 20U);
}

}  // namespace
}  // namespace config
