#include "runner/life.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace runner {
namespace {

namespace fs = std::filesystem;

class Lives : public testing::Test {
 protected:
  Lives() {
    std::string pattern = (fs::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Lives() override { fs::remove_all(directory_); }
  Life of(int pid, std::uint64_t ticks, const std::string& boot = "b-1") const {
    return Life(directory_ + "/runner.life", boot, {.pid = pid, .start_ticks = ticks});
  }
  std::string directory_;
};

TEST_F(Lives, BeginWithTheFirstRunnerSinceBoot) {
  EXPECT_EQ(of(10, 500).begin(), true);
  EXPECT_EQ(of(20, 10, "b-2").begin(), true);
}

TEST_F(Lives, GoOnWhenTheRunnerIsReplacedByTheSameDaemon) {
  EXPECT_EQ(of(10, 500).begin(), true);
  EXPECT_EQ(of(10, 500).begin(), false);  // it was killed
  ASSERT_TRUE(of(10, 500).end());
  EXPECT_EQ(of(10, 500).begin(), false);  // it was asked to end
}

TEST_F(Lives, GoOnWhenTheWholeDaemonWasKilled) {
  EXPECT_EQ(of(10, 500).begin(), true);
  EXPECT_EQ(of(11, 900).begin(), false);
}

TEST_F(Lives, BeginAnewAfterTheDaemonWasStopped) {
  EXPECT_EQ(of(10, 500).begin(), true);
  ASSERT_TRUE(of(10, 500).end());
  EXPECT_EQ(of(11, 900).begin(), true);
  ASSERT_TRUE(of(11, 900).end());
  EXPECT_EQ(of(11, 950).begin(), true);  // the same number, another process
}

TEST_F(Lives, GoOnWhenTheLineCannotBeUnderstood) {
  std::ofstream(directory_ + "/runner.life") << "vigie-runner-life";
  EXPECT_EQ(of(10, 500).begin(), false);
  EXPECT_EQ(of(10, 500).begin(), false);
}

TEST_F(Lives, AreNotKnownWhereNothingCanBeWritten) {
  EXPECT_FALSE(Life(directory_ + "/none/runner.life", "b", {.pid = 1, .start_ticks = 1}).begin());
}

}  // namespace
}  // namespace runner
