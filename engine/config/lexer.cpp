#include "engine/config/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace config {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

std::uint16_t narrow(std::size_t value) {
  return static_cast<std::uint16_t>(std::min<std::size_t>(value, 0xffff));
}

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

// `$NAME=...` at the start of a line.
bool is_definition(std::string_view word) {
  if (word.size() < 3 || word[0] != '$' || !is_name_start(word[1])) return false;
  std::size_t i = 1;
  while (i < word.size() && is_name(word[i])) ++i;
  return i < word.size() && word[i] == '=';
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// Without "." and doubled slashes, so that the same file has the same name. ".." stays: it may cross a symbolic link.
std::string tidy(std::string_view path) {
  std::string made;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    const bool is_last = slash == std::string_view::npos;
    if (part != "." && !(part.empty() && !made.empty())) {
      made += part;
      if (!is_last) made += '/';
    }
    path.remove_prefix(is_last ? path.size() : slash + 1);
  }
  return made;
}

class Lexer {
 public:
  Lexer(const FileReader& reader, std::vector<SourceFile>& files, Findings& findings)
      : reader_(reader), files_(files), findings_(findings) {}

  std::vector<Line> read(const std::string& path) {
    Line root;
    open_ = {&root};
    read_file(tidy(path), nullptr);
    return std::move(root.block);
  }

 private:
  // Requires: `include` is the word that asked for it, or null for the first file.
  void read_file(const std::string& path, const Word* include) {
    const Position here = include != nullptr ? include->at : Position{0, 1, 1};
    const std::size_t width = include != nullptr ? include->width : 1;
    if (std::find(including_.begin(), including_.end(), path) != including_.end()) {
      findings_.add(Code::kIncludeLoop, here, width, fmt::format("{} includes itself", path),
                    "this closes the circle");
      return;
    }
    if (including_.size() >= kMaxIncludeDepth) {
      stop(here, width, fmt::format("includes are nested deeper than {}", kMaxIncludeDepth));
      return;
    }
    if (files_.size() >= kMaxFiles) {
      stop(here, width, fmt::format("more than {} files", kMaxFiles));
      return;
    }
    std::optional<std::string> text = reader_.read(path);
    if (!text) {
      // The first file keeps its name for the rendering, although there is nothing to show of it.
      if (include == nullptr) files_.push_back({path, {}});
      findings_.add(Code::kUnreadable, here, width, fmt::format("{} cannot be read", path),
                    include != nullptr ? "asked for here" : "",
                    reader_.explain ? reader_.explain(path)
                                    : "it must exist, be a regular file, be readable and not be "
                                      "executable");
      return;
    }
    const auto file = static_cast<std::uint16_t>(files_.size());
    files_.push_back({path, std::move(*text)});
    if (files_[file].text.size() > kMaxFileBytes) {
      files_[file].text.clear();
      stop(Position{file, 1, 1}, 1,
           fmt::format("{} is larger than {} MiB", path, kMaxFileBytes >> 20));
      return;
    }
    // A copy of its own: reading an include moves files_ about.
    const std::string content = files_[file].text;
    including_.push_back(path);
    const std::size_t depth = open_.size();
    read_text(file, content, depth);
    while (open_.size() > depth && !stopped_) {
      findings_.add(Code::kBraces, open_.back()->opened_at, 1, "this block is not closed",
                    fmt::format("no `}}` for it up to the end of {}", path));
      open_.pop_back();
    }
    including_.pop_back();
  }

  void read_text(std::uint16_t file, std::string_view text, std::size_t depth) {
    std::uint32_t number = 0;
    while (!text.empty() && !stopped_) {
      const std::size_t end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++number;
      if (number == 1 && line.starts_with("\xef\xbb\xbf")) {
        // A byte order mark is no part of the first word.
        read_line({file, number, 1}, line, 3, depth);
      } else {
        read_line({file, number, 1}, line, 0, depth);
      }
    }
  }

  void read_line(Position start, std::string_view line, std::size_t from, std::size_t depth) {
    if (line.find('\0') != std::string_view::npos) {
      findings_.add(Code::kNulByte, start, 1, "this line holds a NUL byte and is ignored");
      return;
    }
    if (line.size() >= kKeepalivedLineBytes)
      findings_.add(Code::kLongLine, start, 1, fmt::format("a line of {} bytes", line.size()),
                    "keepalived ignores this line; vigie reads it");
    const auto position = [&](std::size_t i) {
      return Position{start.file, start.line, narrow(i + 1)};
    };
    bool quoted = false;
    std::size_t quote_at = 0;
    std::size_t begin = from;
    std::size_t i = from;
    for (; i < line.size() && !stopped_; ++i) {
      const char c = line[i];
      if (c == '"') {
        quoted = !quoted;
        quote_at = i;
      } else if (quoted) {
        continue;
      } else if (c == '\\' && i + 1 < line.size() && (line[i + 1] == '#' || line[i + 1] == '!')) {
        ++i;
      } else if (c == '$' && i + 1 < line.size() && line[i + 1] == '{') {
        // The braces of a reference are no block.
        const std::size_t close = line.find('}', i);
        if (close == std::string_view::npos) continue;
        if (i + 2 < line.size() && line[i + 2] == '_')
          findings_.add(Code::kDefinition, position(i), close + 1 - i,
                        fmt::format("{} is not understood", line.substr(i, close + 1 - i)),
                        "this version reads no definitions");
        i = close;
      } else if (c == '#' || c == '!') {
        const char before = i > begin ? line[i - 1] : ' ';
        if (!is_blank(before) && before != '"')
          findings_.add(
              Code::kCommentInWord, position(i), line.size() - i, "a comment starts inside a word",
              "the value ends before it",
              fmt::format("write `\\{}` or quote the value if the character is meant", c));
        break;
      } else if (c == '{' || c == '}') {
        finish(line, begin, i, start);
        begin = i + 1;
        if (c == '{') {
          open_block(position(i));
        } else {
          close_block(position(i), depth);
        }
      }
    }
    if (stopped_) return;
    if (quoted) {
      findings_.add(Code::kUnterminatedQuote, position(quote_at), 1, "this quote is not closed",
                    "it must end on the same line");
      return;
    }
    finish(line, begin, i, start);
  }

  // The words of line[begin, end), if any, are a line of the innermost open block.
  void finish(std::string_view line, std::size_t begin, std::size_t end, Position start) {
    Line made;
    std::size_t i = begin;
    while (true) {
      while (i < end && is_blank(line[i])) ++i;
      if (i >= end) break;
      Word word;
      word.at = {start.file, start.line, narrow(i + 1)};
      const std::size_t word_begin = i;
      if (line[i] == '"') {
        const std::size_t close = line.find('"', i + 1);
        word.text = line.substr(i + 1, close - i - 1);
        i = close + 1;
      } else {
        while (i < end && !is_blank(line[i]) && line[i] != '"') {
          if (line[i] == '\\' && i + 1 < end && (line[i + 1] == '#' || line[i + 1] == '!')) ++i;
          word.text += line[i++];
        }
      }
      word.width = narrow(i - word_begin);
      if (made.words.empty()) {
        made.tail = line.substr(i, end - i);
        made.tail_at = {start.file, start.line, narrow(i + 1)};
      }
      made.words.push_back(std::move(word));
      if (++words_ > kMaxWords) {
        stop(made.words.back().at, 1, fmt::format("more than {} words", kMaxWords));
        return;
      }
    }
    if (made.words.empty()) return;
    const Word& first = made.words[0];
    if (is_definition(first.text) || first.text[0] == '@' || first.text[0] == '~') {
      // An empty quoted word has no first character but NUL, which is none of these.
      findings_.add(Code::kDefinition, first.at, first.width,
                    fmt::format("`{}` is not understood", first.text),
                    "this version reads no definitions, conditions and sequences");
      return;
    }
    if (first.text.starts_with("include") && first.text.size() <= 8) {
      const std::string_view kind = std::string_view(first.text).substr(7);
      if (kind.empty() || std::string_view("rmwba").find(kind) != std::string_view::npos) {
        include(made, !kind.empty());
        return;
      }
    }
    open_.back()->block.push_back(std::move(made));
  }

  void include(const Line& line, bool is_demanded) {
    if (line.words.size() < 2) {
      findings_.add(Code::kMissingValue, line.at(), line.width(), "include needs a file",
                    "no file is named");
      return;
    }
    if (line.words.size() > 2)
      findings_.add(Code::kSurplus, line.words[2].at, line.width_from(2),
                    "words are left over after the file to include", "ignored");
    const Word& named = line.words[1];
    const bool is_absolute = named.text.starts_with('/');
    const std::string pattern =
        tidy(is_absolute ? named.text : folder_of(including_.back()) + named.text);
    const std::vector<std::string> found = reader_.glob(pattern);
    if (found.empty()) {
      if (is_demanded) {
        findings_.add(Code::kUnreadable, named.at, named.width,
                      fmt::format("no file matches {}", pattern),
                      fmt::format("{} demands one", line.words[0].text));
      } else {
        findings_.add(Code::kNoMatch, named.at, named.width,
                      fmt::format("no file matches {}", pattern), "reading goes on without it");
      }
      return;
    }
    for (const std::string& path : found) {
      if (stopped_) return;
      read_file(tidy(path), &named);
    }
  }

  void open_block(Position at) {
    if (open_.size() > kMaxBlockDepth) {
      stop(at, 1, fmt::format("blocks are nested deeper than {}", kMaxBlockDepth));
      return;
    }
    std::vector<Line>& here = open_.back()->block;
    if (here.empty() || here.back().has_block) {
      findings_.add(Code::kBraces, at, 1, "this block follows no keyword", "skipped up to its `}`");
      here.emplace_back();
    }
    Line& owner = here.back();
    owner.has_block = true;
    owner.opened_at = at;
    open_.push_back(&owner);
  }

  void close_block(Position at, std::size_t depth) {
    if (open_.size() <= depth) {
      findings_.add(Code::kBraces, at, 1, "this `}` closes nothing",
                    "no block of this file is open here");
      return;
    }
    open_.pop_back();
  }

  // Nothing more is read: what is left could mean anything.
  void stop(Position at, std::size_t width, std::string why) {
    if (stopped_) return;
    stopped_ = true;
    findings_.add(Code::kTooMuch, at, width, std::move(why), "reading stops here");
  }

  const FileReader& reader_;
  std::vector<SourceFile>& files_;
  Findings& findings_;
  std::vector<Line*> open_;  // the blocks we are in; a pointer stays good while its block is open
  std::vector<std::string> including_;
  std::size_t words_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::size_t Line::width_from(std::size_t from) const {
  const Word& first = words[from];
  const Word& last = words.back();
  return static_cast<std::size_t>(last.at.column) + last.width - first.at.column;
}

std::vector<Line> read_lines(const std::string& path, const FileReader& reader,
                             std::vector<SourceFile>& files, Findings& findings) {
  return Lexer(reader, files, findings).read(path);
}

}  // namespace config
