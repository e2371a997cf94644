#include "runner/process_table.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace runner {
namespace {

namespace fs = std::filesystem;

// A /proc of our own making.
class Table : public testing::Test {
 protected:
  Table() {
    std::string pattern = (fs::temp_directory_path() / "vigie-XXXXXX").string();
    proc_ = ::mkdtemp(pattern.data());
    std::ofstream(proc_ + "/uptime") << "1 1";
  }
  ~Table() override { fs::remove_all(proc_); }
  void runs(int pid, const std::string& name, const std::vector<std::string>& words = {},
            char state = 'S') {
    const std::string directory = proc_ + "/" + std::to_string(pid);
    fs::create_directory(directory);
    std::ofstream(directory + "/stat") << pid << " (" << name << ") " << state << " 1 1 1 0\n";
    std::ofstream line(directory + "/cmdline");
    for (const std::string& word : words) line << word << '\0';
  }
  void ends(int pid) { fs::remove_all(proc_ + "/" + std::to_string(pid)); }
  static config::Process named(const std::string& name) {
    config::Process process;
    process.command = {name};
    return process;
  }
  std::string proc_;
};

TEST_F(Table, CountsWhatRunsUnderItsName) {
  runs(10, "named");
  runs(11, "named");
  runs(12, "other");
  ProcessTable table({named("named"), named("absent")}, proc_);
  ASSERT_TRUE(table.scan());
  EXPECT_EQ(table.running(0), 2U);
  EXPECT_EQ(table.running(1), 0U);
}

TEST_F(Table, DoesNotCountWhatHasEndedAndWaitsToBeCollected) {
  runs(10, "named", {}, 'Z');
  runs(11, "named", {}, 'X');
  runs(12, "named", {}, 'D');
  ProcessTable table({named("named")}, proc_);
  ASSERT_TRUE(table.scan());
  EXPECT_EQ(table.running(0), 1U);
}

TEST_F(Table, ReadsNamesThatLookLikeTheRestOfTheLine) {
  runs(10, "a) S (b", {}, 'S');
  runs(11, "dead) S (x", {}, 'Z');
  ProcessTable table({named("a) S (b"), named("dead) S (x")}, proc_);
  ASSERT_TRUE(table.scan());
  EXPECT_EQ(table.running(0), 1U);
  EXPECT_EQ(table.running(1), 0U);
}

TEST_F(Table, ComparesCommandLinesWhenAsked) {
  runs(10, "python3", {"/usr/bin/python3", "/opt/x.py", ""});
  runs(11, "python3", {"/usr/bin/python3", "/opt/y.py"});
  runs(12, "kthreadd", {});
  config::Process process;
  process.command = {"/usr/bin/python3", "/opt/x.py", ""};
  process.parameters = config::Process::Match::kExact;
  ProcessTable table({process, named("python3")}, proc_);
  ASSERT_TRUE(table.scan());
  EXPECT_EQ(table.running(0), 1U);
  EXPECT_EQ(table.running(1), 2U);
}

TEST_F(Table, BelievesALookAndNotTheNumber) {
  runs(10, "named");
  ProcessTable table({named("named")}, proc_);
  table.look(10);
  EXPECT_EQ(table.running(0), 1U);
  // The same number, another process.
  ends(10);
  runs(10, "other");
  table.look(10);
  EXPECT_EQ(table.running(0), 0U);
  runs(10, "named");
  table.look(10);
  ends(10);
  table.look(10);
  EXPECT_EQ(table.running(0), 0U);
}

TEST_F(Table, ForgetsEverythingAtAScan) {
  runs(10, "named");
  ProcessTable table({named("named")}, proc_);
  ASSERT_TRUE(table.scan());
  ends(10);
  runs(20, "named");
  runs(21, "named");
  ASSERT_TRUE(table.scan());
  EXPECT_EQ(table.running(0), 2U);
}

TEST_F(Table, SaysWhenThereIsNothingToRead) {
  ProcessTable table({named("named")}, proc_ + "/none");
  EXPECT_FALSE(table.scan());
}

}  // namespace
}  // namespace runner
