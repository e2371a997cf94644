#include "runner/file_watch.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace runner {
namespace {

using namespace std::chrono_literals;
using base::Instant;
using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

constexpr Instant at(base::Duration since) { return Instant{} + since; }

class WatchedFile : public testing::Test {
 protected:
  WatchedFile() {
    std::string pattern = (fs::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~WatchedFile() override { fs::remove_all(directory_); }
  std::string in(const std::string& name) const { return directory_ + "/" + name; }
  void write(const std::string& name, const std::string& text) { std::ofstream(in(name)) << text; }
  void open(const std::string& name = "file") {
    auto opened = FileWatch::open({{.index = 7, .path = in(name)}});
    ASSERT_TRUE(opened) << to_string(opened.error());
    watch_ = *std::move(opened);
  }
  bool has_event() const {
    pollfd ready{watch_->fd(), POLLIN, 0};
    return ::poll(&ready, 1, 0) == 1;
  }
  std::vector<int> values(Instant now) {
    std::vector<int> all;
    for (const ipc::Tracked& found : watch_->look(now)) {
      EXPECT_EQ(found.kind, ipc::TrackedKind::kFile);
      EXPECT_EQ(found.index, 7);
      all.push_back(found.value);
    }
    return all;
  }
  std::string directory_;
  std::unique_ptr<FileWatch> watch_;
};

TEST_F(WatchedFile, IsReadAtTheFirstLookAndEverySecondWithoutAnEvent) {
  write("file", "4");
  open();
  EXPECT_THAT(values(at(10s)), ElementsAre(4));
  EXPECT_EQ(watch_->deadline(), at(11s));
  EXPECT_THAT(values(at(10s + 999ms)), IsEmpty());
  EXPECT_THAT(values(at(11s)), ElementsAre(4));
}

TEST_F(WatchedFile, IsReadWhenItIsWrittenReplacedDeletedAndMadeAgain) {
  write("file", "4");
  open();
  EXPECT_THAT(values(at(0s)), ElementsAre(4));
  write("file", "5");
  EXPECT_TRUE(has_event());
  EXPECT_THAT(values(at(1ms)), ElementsAre(5));
  write("beside", "6");
  (void)watch_->look(at(2ms));
  fs::rename(in("beside"), in("file"));
  EXPECT_TRUE(has_event());
  EXPECT_THAT(values(at(3ms)), ElementsAre(6));
  fs::remove(in("file"));
  EXPECT_TRUE(has_event());
  const auto gone = watch_->look(at(4ms));
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].value, 0);
  EXPECT_EQ(feed::get_text(gone[0].text), "No such file or directory");
  write("file", "7");
  EXPECT_THAT(values(at(5ms)), ElementsAre(7));
}

TEST_F(WatchedFile, IsFoundInADirectoryThatIsMadeLater) {
  open("later/file");
  EXPECT_THAT(values(at(0s)), ElementsAre(0));
  fs::create_directory(in("later"));
  EXPECT_THAT(values(at(1ms)), ElementsAre(0));
  write("later/file", "9");
  EXPECT_TRUE(has_event());
  EXPECT_THAT(values(at(2ms)), ElementsAre(9));
}

TEST_F(WatchedFile, IsNotReadForWhatHappensToItsNeighbours) {
  write("file", "4");
  open();
  EXPECT_THAT(values(at(0s)), ElementsAre(4));
  write("neighbour", "1");
  EXPECT_THAT(values(at(1ms)), IsEmpty());
}

TEST_F(WatchedFile, IsNotZeroInTheMomentBetweenBeingEmptiedAndWritten) {
  write("file", "200");
  open();
  EXPECT_THAT(values(at(0s)), ElementsAre(200));
  const int fd = ::open(in("file").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_THAT(values(at(1s)), IsEmpty());
  EXPECT_EQ(watch_->deadline(), at(1s + 20ms));
  ASSERT_EQ(::write(fd, "201", 3), 3);
  ::close(fd);
  EXPECT_THAT(values(at(1s + 20ms)), ElementsAre(201));
}

TEST_F(WatchedFile, ThatStaysEmptyIsZeroAtTheSecondLook) {
  write("file", "200");
  open();
  EXPECT_THAT(values(at(0s)), ElementsAre(200));
  write("file", "");
  EXPECT_THAT(values(at(1s)), IsEmpty());
  EXPECT_THAT(values(at(1s + 20ms)), ElementsAre(0));
  EXPECT_EQ(watch_->deadline(), at(2s + 20ms));
}

TEST_F(WatchedFile, ThatWasMissingIsMissingUntilItHoldsSomething) {
  open();
  EXPECT_THAT(values(at(0s)), ElementsAre(0));
  const int fd = ::open(in("file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_GE(fd, 0);
  EXPECT_THAT(values(at(1ms)), IsEmpty());
  ASSERT_EQ(::write(fd, "8", 1), 1);
  ::close(fd);
  EXPECT_THAT(values(at(2ms)), ElementsAre(8));
}

TEST_F(WatchedFile, MayBeOneOfAFilesystemThatReportsNothing) {
  auto opened = FileWatch::open({{.index = 0, .path = "/proc/sys/kernel/pid_max"}});
  ASSERT_TRUE(opened);
  const auto found = (*opened)->look(at(0s));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_GT(found[0].value, 0);
  EXPECT_EQ((*opened)->look(at(1s)).size(), 1U);
}

TEST_F(WatchedFile, SaysNothingInsteadWhileNoneIsBeingRead) {
  write("file", "1");
  open();
  (void)watch_->look(at(0s));
  EXPECT_FALSE(watch_->when_stuck());
}

}  // namespace
}  // namespace runner
