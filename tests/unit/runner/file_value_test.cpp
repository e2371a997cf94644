#include "runner/file_value.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

namespace runner {
namespace {

namespace fs = std::filesystem;

TEST(FileValue, IsTheFirstNumberAsCWritesOne) {
  EXPECT_EQ(value_of("10"), (FileValue{10, "", false}));
  EXPECT_EQ(value_of("10\n").value, 10);
  EXPECT_EQ(value_of(" \t\n -7 then words").value, -7);
  EXPECT_EQ(value_of("+12").value, 12);
  EXPECT_EQ(value_of("0x1f").value, 31);
  EXPECT_EQ(value_of("017").value, 15);
  EXPECT_EQ(value_of("12abc").value, 12);
  EXPECT_EQ(value_of("0"), (FileValue{0, "", false}));
}

TEST(FileValue, OfGarbageIsZeroWithAReason) {
  for (const char* garbage : {"down", "-", " \n", ".5"})
    EXPECT_EQ(value_of(garbage), (FileValue{0, "no number is at its beginning", false})) << garbage;
  EXPECT_EQ(value_of(""), (FileValue{0, "it is empty", true}));
}

TEST(FileValue, IsReadFromTheFirst127BytesOnly) {
  EXPECT_EQ(value_of(std::string(126, ' ') + "45").value, 4);
  EXPECT_EQ(value_of(std::string(127, ' ') + "45").trouble, "no number is at its beginning");
}

TEST(FileValue, StaysWithinItsType) {
  EXPECT_EQ(value_of("2147483648").value, std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(value_of("-99999999999999999999999").value, std::numeric_limits<std::int32_t>::min());
}

class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = (fs::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { fs::remove_all(directory_); }
  std::string in(const std::string& name) const { return directory_ + "/" + name; }
  void write(const std::string& name, const std::string& text) { std::ofstream(in(name)) << text; }
  std::string content(const std::string& name) const {
    std::ifstream file(in(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string directory_;
};

TEST_F(Files, ThatAreMissingOrNoFilesAreZeroWithAReason) {
  EXPECT_EQ(read_value(in("none")), (FileValue{0, "No such file or directory", false}));
  EXPECT_EQ(read_value(directory_), (FileValue{0, "Is a directory", false}));
  write("file", "3");
  EXPECT_EQ(read_value(in("file/below")), (FileValue{0, "Not a directory", false}));
  EXPECT_EQ(read_value(in("file")), (FileValue{3, "", false}));
}

TEST_F(Files, ThatAreFifosKeepNobodyWaiting) {
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  EXPECT_TRUE(read_value(in("fifo")).is_empty);  // nobody writes
}

TEST_F(Files, AreMadeWithTheirFirstValueOnlyWhenNothingStandsThere) {
  EXPECT_EQ(make_file(in("new"), -5, false), true);
  EXPECT_EQ(content("new"), "-5\n");
  EXPECT_EQ(make_file(in("new"), 9, false), false);
  EXPECT_EQ(content("new"), "-5\n");
  EXPECT_EQ(make_file(in("new"), 9, true), true);
  EXPECT_EQ(content("new"), "9\n");
  // Nothing is left beside it.
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 1);
}

TEST_F(Files, AreNeverMadeThroughALink) {
  write("precious", "old");
  fs::create_symlink(in("precious"), in("link"));
  fs::create_symlink(in("nowhere"), in("dangling"));
  EXPECT_EQ(make_file(in("link"), 1, false), false);
  EXPECT_EQ(make_file(in("dangling"), 1, false), false);
  const auto overwritten = make_file(in("link"), 1, true);
  ASSERT_FALSE(overwritten);
  EXPECT_EQ(to_string(overwritten.error()),
            "overwrite tracked file " + in("link") + ": it is not a regular file");
  EXPECT_EQ(content("precious"), "old");
  EXPECT_FALSE(fs::exists(in("nowhere")));
}

TEST_F(Files, ThatCannotBeMadeAreAnError) {
  EXPECT_FALSE(make_file(in("no/such/directory"), 1, false));
  EXPECT_FALSE(make_file(in("no/such/directory"), 1, true));
}

}  // namespace
}  // namespace runner
