#include "snmp-subagent/oid.hpp"

#include <gtest/gtest.h>

namespace {

using snmp::List;
using snmp::Object;
using snmp::Oid;

List three() {
  List list{{{1, 3, 6, 2}, {}}, {{1, 3, 6}, {}}, {{1, 3, 6, 1, 9}, {}}};
  snmp::sort(list);
  return list;
}

TEST(List, IsWalkedInLexicographicOrder) {
  const List list = three();
  std::vector<Oid> walked;
  for (const Object* at = snmp::next(list, {1}, false); at != nullptr;
       at = snmp::next(list, at->name, false))
    walked.push_back(at->name);
  EXPECT_EQ(walked, (std::vector<Oid>{{1, 3, 6}, {1, 3, 6, 1, 9}, {1, 3, 6, 2}}));
}

TEST(List, AnswersAnExactNameOnly) {
  const List list = three();
  ASSERT_NE(snmp::find(list, {1, 3, 6, 2}), nullptr);
  EXPECT_EQ(snmp::find(list, {1, 3, 6, 1}), nullptr);
  EXPECT_EQ(snmp::find(list, {1, 3, 6, 2, 0}), nullptr);
}

TEST(List, NextIncludesTheNameItselfOnlyWhenAsked) {
  const List list = three();
  EXPECT_EQ(snmp::next(list, {1, 3, 6, 1, 9}, true)->name, (Oid{1, 3, 6, 1, 9}));
  EXPECT_EQ(snmp::next(list, {1, 3, 6, 1, 9}, false)->name, (Oid{1, 3, 6, 2}));
  EXPECT_EQ(snmp::next(list, {1, 3, 6, 2}, false), nullptr);
}

TEST(List, HasNothingWhenEmpty) {
  EXPECT_EQ(snmp::find({}, {1}), nullptr);
  EXPECT_EQ(snmp::next({}, {1}, true), nullptr);
}

}  // namespace
