#include "engine/config/lines.hpp"

#include <fmt/format.h>

namespace config {
namespace {

// What may stand before a comment without being cut by it.
bool ends_a_word(char c) { return is_blank(c) || c == '"' || c == '{' || c == '}'; }

// Where the text of a line ends and what becomes of it on the way.
class Decommenter {
 public:
  Decommenter(std::string_view line, Position start, Findings& findings)
      : line_(line), start_(start), findings_(findings) {}

  FileLine read() {
    for (std::size_t i = 0; i < line_.size(); ++i) {
      const char c = line_[i];
      if (c == '"' && !in_comment_) {
        quoted_ = !quoted_;
        quote_at_ = i;
      } else if (c == '\\') {
        if (i + 1 == line_.size()) {
          if (!in_comment_) take(i);
          made_.continues = true;
          made_.end = place(i);
          from_ = line_.size();
          break;
        }
        ++i;
        if (!quoted_ && !in_comment_ && (line_[i] == '#' || line_[i] == '!')) {
          take(i - 1);
          from_ = i;
        }
      } else if ((c == '#' || c == '!') && !quoted_ && !in_comment_) {
        start_comment(i);
      }
    }
    if (!in_comment_) take(line_.size());
    if (quoted_) {
      findings_.add(Code::kUnterminatedQuote, place(quote_at_), 1, "this quote is not closed",
                    "it must end on the same line");
      made_.text = Text({}, start_);
    }
    made_.text = made_.text.trimmed();
    return std::move(made_);
  }

 private:
  Position place(std::size_t i) const {
    Position at = start_;
    at.column = narrow(at.column + i);
    return at;
  }

  // What has not been taken yet, up to `end`.
  void take(std::size_t end) {
    if (end > from_) made_.text.append(Text(line_.substr(from_, end - from_), place(from_)));
    from_ = end;
  }

  void start_comment(std::size_t i) {
    take(i);
    in_comment_ = true;
    if (i == 0 || ends_a_word(line_[i - 1])) return;
    findings_.add(
        Code::kCommentInWord, place(i), line_.size() - i, "a comment starts inside a word",
        "the value ends before it",
        fmt::format("write `\\{}` or quote the value if the character is meant", line_[i]));
  }

  const std::string_view line_;
  const Position start_;
  Findings& findings_;
  FileLine made_;
  bool quoted_ = false;
  bool in_comment_ = false;
  std::size_t quote_at_ = 0;
  std::size_t from_ = 0;
};

}  // namespace

FileLine next_line(std::string_view& rest, Position at, Findings& findings) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  // A byte order mark is no part of the first word.
  if (at.line == 1 && line.starts_with("\xef\xbb\xbf")) {
    line.remove_prefix(3);
    at.column = 4;
  }
  while (line.ends_with('\r')) line.remove_suffix(1);
  FileLine none;
  none.text = Text({}, at);
  none.is_empty = line.empty();
  if (line.find('\0') != std::string_view::npos) {
    findings.add(Code::kNulByte, at, 1, "this line holds a NUL byte and is ignored");
    return none;
  }
  if (line.size() >= kKeepalivedLineBytes)
    findings.add(Code::kLongLine, at, 1, fmt::format("a line of {} bytes", line.size()),
                 "keepalived ignores this line; vigie reads it");
  if (line.empty()) return none;
  return Decommenter(line, at, findings).read();
}

}  // namespace config
