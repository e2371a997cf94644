#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Utf8, LeavesWhatIsValidAsItIs) {
  for (const std::string_view text :
       {"", "plain", "na\xc3\xafve", "\xe2\x82\xac 5", "\xf0\x9f\x90\xa2", "\xf4\x8f\xbf\xbf"})
    EXPECT_EQ(valid_utf8(text), text);
}

TEST(Utf8, PutsAQuestionMarkForEveryByteThatBelongsToNoCharacter) {
  EXPECT_EQ(valid_utf8("a\x8e"
                       "b"),
            "a?b");
  EXPECT_EQ(valid_utf8("\xe2\x82"), "??");            // cut off
  EXPECT_EQ(valid_utf8("\xc0\x80"), "??");            // longer than need be
  EXPECT_EQ(valid_utf8("\xe0\x9f\xbf"), "???");       // likewise
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "???");       // half of a pair
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), "????");  // above U+10FFFF
  EXPECT_EQ(valid_utf8("\xff\xfe"), "??");
}

}  // namespace
}  // namespace base
