#include "supervisor/visit.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <vector>

namespace supervisor {
namespace {

std::vector<std::uint32_t> ours() {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) found.push_back(i);
  return found;
}

// Who may be anywhere again stays where he was, as a rule: one of a few visits shows it.
TEST(Visit, IsToTheProcessorNamedAndLeavesTheVisitorFree) {
  const auto home = ours();
  for (const std::uint32_t processor : home) {
    bool was_seen_there = false;
    for (int i = 0; i < 100 && !was_seen_there; ++i) {
      ASSERT_TRUE(visit(processor));
      was_seen_there = ::sched_getcpu() == static_cast<int>(processor);
      ASSERT_EQ(ours(), home);
    }
    EXPECT_TRUE(was_seen_there) << processor;
  }
}

TEST(Visit, IsNoMoreThanAQuestionWhereOneMayNotGo) {
  const auto home = ours();
  EXPECT_FALSE(visit(CPU_SETSIZE - 1));
  EXPECT_FALSE(visit(4'000'000'000U));
  EXPECT_EQ(ours(), home);
}

}  // namespace
}  // namespace supervisor
