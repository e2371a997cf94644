#include "engine/config/lexer.hpp"

#include <gtest/gtest.h>

#include "memory_files.hpp"

namespace config {
namespace {

// The tree as one line: words with a blank between them, blocks in braces, lines ended by a semicolon.
std::string flat(const std::vector<Line>& lines) {
  std::string made;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.words.size(); ++i)
      made += (i == 0 ? "" : " ") + line.words[i].text;
    if (line.has_block) made += "{" + flat(line.block) + "}";
    made += ";";
  }
  return made;
}

struct Lexed {
  std::vector<Line> lines;
  std::vector<SourceFile> files;
  std::vector<Diagnostic> findings;
};

Lexed lex(const MemoryFiles& files, const std::string& path = "/etc/a.conf",
          const Options& options = {}) {
  Lexed made;
  Findings findings;
  made.lines = read_lines(path, reader_of(files), options, made.files, findings).lines;
  made.findings = findings.take();
  return made;
}

Lexed lex_text(const std::string& text) { return lex({{"/etc/a.conf", text}}); }

TEST(Lexer, SplitsAtBlanksAndKeepsQuotedWordsWhole) {
  EXPECT_EQ(flat(lex_text("\ta  b\t\"c d\" 'e f'\r\n").lines), "a b c d 'e f';");
  EXPECT_EQ(lex_text("a \"c d\" 'e f'").lines[0].words.size(), 4U);  // ' does not quote here
}

TEST(Lexer, GluedTextBesideAQuoteIsAWordOfItsOwn) {
  EXPECT_EQ(flat(lex_text("a b\"c\"d").lines), "a b c d;");
}

TEST(Lexer, EndsALineAtACommentOutsideQuotes) {
  EXPECT_EQ(flat(lex_text("a b # c { }\n! d\ne \"f#g!\" h!i\n").lines), "a b;e f#g! h;");
}

TEST(Lexer, SaysWhenACommentCutsAWordInTwo) {
  const Lexed lexed = lex_text("auth_pass 11#11");
  EXPECT_EQ(flat(lexed.lines), "auth_pass 11;");
  ASSERT_EQ(lexed.findings.size(), 1U);
  EXPECT_EQ(lexed.findings[0].code, "C0124");
  EXPECT_EQ(lexed.findings[0].at, (Position{0, 1, 13}));
}

TEST(Lexer, ReadsAnEscapedCommentCharacterAsItself) {
  const Lexed lexed = lex_text("auth_pass 11\\#1\\!1");
  EXPECT_EQ(flat(lexed.lines), "auth_pass 11#1!1;");
  EXPECT_TRUE(lexed.findings.empty());
}

TEST(Lexer, TakesBracesAnywhereOutsideQuotes) {
  EXPECT_EQ(flat(lex_text("a{b c}d\n").lines), "a{b c;};d;");
  EXPECT_EQ(flat(lex_text("a x\n\n  # between\n{\nb\n} c\n").lines), "a x{b;};c;");
  EXPECT_EQ(flat(lex_text("a { b { c } d }\n").lines), "a{b{c;};d;};");
  EXPECT_EQ(flat(lex_text("a \"{\" {\n}\n").lines), "a {{};");
}

TEST(Lexer, KnowsWhereEveryWordStands) {
  const Lexed lexed = lex_text("\n  ab \"c d\" {\n\te\n}\n");
  const Line& line = lexed.lines.at(0);
  EXPECT_EQ(line.words[0].at, (Position{0, 2, 3}));
  EXPECT_EQ(line.words[1].at, (Position{0, 2, 6}));
  EXPECT_EQ(line.words[1].width, 5);
  EXPECT_EQ(line.opened_at, (Position{0, 2, 12}));
  EXPECT_EQ(line.block.at(0).words[0].at, (Position{0, 3, 2}));
}

TEST(Lexer, ComplainsOfBracesThatDoNotPair) {
  const auto code = [](const std::string& text) {
    const Lexed lexed = lex_text(text);
    return lexed.findings.empty() ? "" : lexed.findings[0].code;
  };
  EXPECT_EQ(code("a {\n"), "C0109");
  EXPECT_EQ(code("}\n"), "C0109");
  EXPECT_EQ(code("{ a }\n"), "C0109");
  EXPECT_EQ(code("a { } { }\n"), "C0109");
  EXPECT_EQ(code("a { }\n"), "");
}

TEST(Lexer, ReadsIncludedFilesInPlaceAndRelativeToTheIncludingOne) {
  const MemoryFiles files{{"/etc/a.conf", "one\nblock {\ninclude sub/*.conf\n}\nlast\n"},
                          {"/etc/sub/b.conf", "two\ninclude c.inc\n"},
                          {"/etc/sub/c.inc", "three\n"},
                          {"/etc/sub/d.conf", "four\n"}};
  const Lexed lexed = lex(files);
  EXPECT_EQ(flat(lexed.lines), "one;block{two;three;four;};last;");
  EXPECT_TRUE(lexed.findings.empty());
  ASSERT_EQ(lexed.files.size(), 4U);
  EXPECT_EQ(lexed.lines[1].block[1].at(), (Position{2, 1, 1}));
  EXPECT_EQ(lexed.files[2].path, "/etc/sub/c.inc");
}

TEST(Lexer, AnIncludedFileCannotCloseTheBlockAroundIt) {
  const Lexed lexed = lex({{"/etc/a.conf", "a {\ninclude b\nc\n}\n"}, {"/etc/b", "}\nx {\n"}});
  EXPECT_EQ(flat(lexed.lines), "a{x{};c;};");
  EXPECT_EQ(lexed.findings.size(), 2U);
}

TEST(Lexer, StopsAtAnIncludeThatGoesInACircle) {
  const Lexed lexed = lex({{"/etc/a.conf", "include b\n"}, {"/etc/b", "include ./a.conf\nz\n"}});
  ASSERT_EQ(lexed.findings.size(), 1U);
  EXPECT_EQ(lexed.findings[0].code, "C0104");
  EXPECT_EQ(flat(lexed.lines), "z;");
}

TEST(Lexer, AnIncludeWithoutMatchIsAWarningAndAnErrorWhereOneIsDemanded) {
  EXPECT_EQ(lex_text("include none\na").findings.at(0).code, "C0103");
  EXPECT_EQ(lex_text("includem none\na").findings.at(0).code, "C0101");
  EXPECT_TRUE(lex_text("include none*\na").findings.empty());
}

TEST(Lexer, BoundsTheDepthOfIncludes) {
  MemoryFiles files;
  for (int i = 0; i < 40; ++i)
    files["/etc/" + std::to_string(i)] = "include " + std::to_string(i + 1) + "\n";
  const Lexed lexed = lex(files, "/etc/0");
  EXPECT_EQ(lexed.findings.at(0).code, "C0102");
  EXPECT_EQ(lexed.files.size(), kMaxIncludeDepth);
}

TEST(Lexer, BoundsTheNumberOfFiles) {
  MemoryFiles files{{"/etc/a.conf", "include b\ninclude b\n"}};
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "include c\n";
  files["/etc/b"] = many;
  files["/etc/c"] = "x\n";
  const Lexed lexed = lex(files);
  EXPECT_EQ(lexed.files.size(), kMaxFiles);
  EXPECT_EQ(lexed.findings.at(0).code, "C0102");
}

TEST(Lexer, BoundsTheSizeOfAFile) {
  std::string text;
  while (text.size() < kMaxBytes) text += "#" + std::string(1022, 'x') + "\n";
  ASSERT_EQ(text.size(), kMaxBytes);
  EXPECT_TRUE(lex_text(text).findings.empty());
  EXPECT_EQ(lex_text(text + "\n").findings.at(0).code, "C0102");
}

// At a bound of a thousand, which a Debug build reaches at once; how many it is by itself is said beside it.
TEST(Lexer, BoundsTheNumberOfWords) {
  EXPECT_EQ(Options{}.most_words, kMaxWords);
  Options options;
  options.most_words = 1000;
  std::string text;
  for (std::size_t i = 0; i < options.most_words; ++i) text += "a\n";
  EXPECT_TRUE(lex({{"/etc/a.conf", text}}, "/etc/a.conf", options).findings.empty());
  EXPECT_EQ(lex({{"/etc/a.conf", text + "a\n"}}, "/etc/a.conf", options).findings.at(0).code,
            "C0102");
}

TEST(Lexer, BoundsTheDepthOfBlocks) {
  std::string text;
  for (std::size_t i = 0; i < 2 * kMaxBlockDepth; ++i) text += "a {\n";
  EXPECT_EQ(lex_text(text).findings.at(0).code, "C0102");
}

TEST(Lexer, ReadsALineThatKeepalivedWouldIgnoreForItsLengthAndSaysSo) {
  const Lexed lexed = lex_text("a " + std::string(1022, 'b') + "\nc\n");
  EXPECT_EQ(lexed.findings.at(0).code, "C0105");
  EXPECT_EQ(lexed.lines.size(), 2U);
  EXPECT_TRUE(lex_text("a " + std::string(1021, 'b') + "\n").findings.empty());
}

TEST(Lexer, SkipsAByteOrderMark) {
  EXPECT_EQ(flat(lex_text("\xef\xbb\xbf"
                          "a b\n")
                     .lines),
            "a b;");
}

}  // namespace
}  // namespace config
