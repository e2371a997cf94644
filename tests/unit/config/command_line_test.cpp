#include "engine/config/command_line.hpp"

#include <gtest/gtest.h>

namespace config {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> made;
  const auto pieces = split_command_line(text).value();
  for (const Piece& piece : pieces) made.push_back(piece.text);
  return made;
}

using Words = std::vector<std::string>;

TEST(CommandLine, QuotesWithBothKindsAndJoinsWhatTouches) {
  EXPECT_EQ(split(R"( "/bin/x a" user 'g h' )"), (Words{"/bin/x a", "user", "g h"}));
  EXPECT_EQ(split(R"(a"b c"'d e'f)"), (Words{"ab cd ef"}));
  EXPECT_EQ(split(R"('')"), (Words{""}));
}

TEST(CommandLine, UndoesEscapesOutsideSingleQuotes) {
  EXPECT_EQ(split(R"(a\ b)"), (Words{"a b"}));
  EXPECT_EQ(split(R"("a\"b" \101\x42\tC)"), (Words{"a\"b", "AB\tC"}));
  EXPECT_EQ(split(R"('a\tb')"), (Words{"a\\tb"}));
  EXPECT_EQ(split(R"(\E\cA\#)"), (Words{"\x1b\x01#"}));
}

TEST(CommandLine, RefusesAQuoteThatIsNotClosed) {
  EXPECT_FALSE(split_command_line("a 'b").has_value());
  EXPECT_FALSE(split_command_line("\"b").has_value());
}

TEST(CommandLine, KnowsWhereEveryPieceStands) {
  const auto pieces = split_command_line("  'a b' c").value();
  EXPECT_EQ(pieces[0].offset, 2U);
  EXPECT_EQ(pieces[0].width, 5U);
  EXPECT_EQ(pieces[1].offset, 8U);
}

TEST(CommandLine, SurvivesABackslashAtTheEnd) { EXPECT_EQ(split("a\\"), (Words{"a\\"})); }

}  // namespace
}  // namespace config
