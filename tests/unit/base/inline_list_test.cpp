#include "base/inline_list.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

using Three = InlineList<int, 3>;

TEST(InlineList, KeepsItsOrder) {
  Three list{3, 1};
  list.push_back(2);
  EXPECT_EQ(list.size(), 3U);
  EXPECT_TRUE(list.full());
  EXPECT_EQ(list[0], 3);
  EXPECT_EQ(list[1], 1);
  EXPECT_EQ(list[2], 2);
  int sum = 0;
  for (const int item : list) sum += item;
  EXPECT_EQ(sum, 6);
}

TEST(InlineList, ComparesWhatItHoldsAndNotWhatItHeld) {
  Three a{1, 2, 3};
  a.clear();
  a.push_back(1);
  EXPECT_EQ(a, Three{1});
  EXPECT_FALSE(a == (Three{1, 2}));
  EXPECT_FALSE(a == Three{2});
  EXPECT_EQ(Three{}, Three{});
  EXPECT_TRUE(Three{}.empty());
}

TEST(InlineListDeathTest, OverflowingItIsOurMistake) {
  Three list{1, 2, 3};
  EXPECT_DEATH(list.push_back(4), "must not overflow");
}

}  // namespace
}  // namespace base
