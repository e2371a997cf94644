// Real files, real inotify.
#include "monit/flag_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "monit/small_file.hpp"

namespace monit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

namespace fs = std::filesystem;

class Directory : public testing::Test {
 protected:
  Directory() {
    std::string pattern = (fs::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Directory() override { fs::remove_all(directory_); }
  std::string in(const std::string& name) const { return directory_ + "/" + name; }
  static void make(const std::string& path) { std::ofstream(path) << ""; }
  static std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::int64_t modified(const std::string& path) {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec;
  }
  std::string directory_;
};

class Permits : public Directory {
 protected:
  // What changed, heard from inotify alone: nothing here looks without being told.
  static std::vector<std::size_t> hear(PermitWatch& watch, int at_most_ms = 2000) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(at_most_ms);
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      pollfd events{watch.fd(), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&events, 1, static_cast<int>(left.count())) != 1) return {};
      if (const auto changed = watch.handle_events(); !changed.empty()) return changed;
    }
  }
  static PermitWatch watch(std::vector<std::string> paths) {
    auto opened = PermitWatch::open(std::move(paths));
    EXPECT_TRUE(opened);
    return *std::move(opened);
  }
};

TEST_F(Permits, AreKnownFromTheFirstMoment) {
  make(in("MASTER"));
  const PermitWatch it = watch({in("MASTER"), in("OTHER")});
  EXPECT_EQ(it.permit(0), (Permit{.present = true, .uid = ::getuid()}));
  EXPECT_EQ(it.permit(1), Permit{});
}

TEST_F(Permits, AreHeardComingAndGoing) {
  PermitWatch it = watch({in("OTHER"), in("MASTER")});
  make(in("MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(1));
  EXPECT_TRUE(it.permit(1).present);
  fs::remove(in("MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(1));
  EXPECT_FALSE(it.permit(1).present);
  EXPECT_TRUE(it.permit(1).known);
}

TEST_F(Permits, AreHeardWithinFiftyMilliseconds) {
  PermitWatch it = watch({in("MASTER")});
  make(in("MASTER"));
  EXPECT_THAT(hear(it, 50), ElementsAre(0));
}

TEST_F(Permits, AreHeardBeingRenamedInAndOut) {
  PermitWatch it = watch({in("MASTER")});
  make(in("MASTER.off"));
  fs::rename(in("MASTER.off"), in("MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(0));
  fs::rename(in("MASTER"), in("MASTER.off"));
  EXPECT_THAT(hear(it), ElementsAre(0));
  EXPECT_FALSE(it.permit(0).present);
}

TEST_F(Permits, SayWhenTheirOwnerChanges) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root to give a file away";
  make(in("MASTER"));
  PermitWatch it = watch({in("MASTER")});
  if (::chown(in("MASTER").c_str(), 1, 1) != 0)
    GTEST_SKIP() << "this user namespace maps no other user";
  EXPECT_THAT(hear(it), ElementsAre(0));
  EXPECT_EQ(it.permit(0).uid, 1U);
}

TEST_F(Permits, AreHeardInDirectoriesThatAppearLater) {
  PermitWatch it = watch({in("a/b/MASTER")});
  fs::create_directory(in("a"));
  fs::create_directory(in("a/b"));
  make(in("a/b/MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(0));
  fs::remove(in("a/b/MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(0));
}

TEST_F(Permits, AreFollowedWhenTheirDirectoryIsReplaced) {
  fs::create_directory(in("d"));
  make(in("d/MASTER"));
  PermitWatch it = watch({in("d/MASTER")});
  // Replaced by an empty one: gone.
  fs::rename(in("d"), in("d.old"));
  fs::create_directory(in("d"));
  EXPECT_THAT(hear(it), ElementsAre(0));
  EXPECT_FALSE(it.permit(0).present);
  // What happens in the directory that was moved away is nobody's business.
  fs::remove(in("d.old/MASTER"));
  EXPECT_THAT(hear(it, 100), IsEmpty());
  // And the new one is watched.
  make(in("d/MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(0));
  EXPECT_TRUE(it.permit(0).present);
}

TEST_F(Permits, AreFollowedWhenTheirDirectoryIsRemovedAndMadeAgain) {
  for (int round = 0; round < 20; ++round) {
    fs::create_directories(in("x/y"));
    PermitWatch it = watch({in("x/y/MASTER")});
    fs::remove_all(in("x"));
    fs::create_directories(in("x/y"));
    make(in("x/y/MASTER"));
    EXPECT_THAT(hear(it), ElementsAre(0)) << "round " << round;
    fs::remove(in("x/y/MASTER"));
    EXPECT_THAT(hear(it), ElementsAre(0)) << "round " << round;
    fs::remove_all(in("x"));
  }
}

TEST_F(Permits, AreFollowedThroughALinkedDirectoryThatIsTurnedElsewhere) {
  fs::create_directory(in("one"));
  fs::create_directory(in("two"));
  make(in("two/MASTER"));
  fs::create_symlink("one", in("link"));
  PermitWatch it = watch({in("link/MASTER")});
  EXPECT_FALSE(it.permit(0).present);
  fs::create_symlink("two", in("link.new"));
  fs::rename(in("link.new"), in("link"));
  EXPECT_THAT(hear(it), ElementsAre(0));
  EXPECT_TRUE(it.permit(0).present);
  fs::remove(in("two/MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(0));
}

TEST_F(Permits, AreNotKnownWhenTheyCannotBeLookedAt) {
  // A loop of links cannot be followed, even by root.
  fs::create_symlink("loop", in("loop"));
  const PermitWatch it = watch({in("loop/MASTER")});
  EXPECT_EQ(it.permit(0), (Permit{.present = false, .known = false, .error = ELOOP}));
}

TEST_F(Permits, AreAbsentWhenTheyAreLinksToNothing) {
  fs::create_symlink("nothing", in("MASTER"));
  const PermitWatch it = watch({in("MASTER")});
  EXPECT_EQ(it.permit(0), Permit{});
}

TEST_F(Permits, AreFoundByLookingWhereNoEventTells) {
  fs::create_symlink("elsewhere", in("MASTER"));
  PermitWatch it = watch({in("MASTER")});
  make(in("elsewhere"));  // the link's target: no name in the permit's own path
  EXPECT_THAT(hear(it, 50), IsEmpty());
  EXPECT_THAT(it.look(), ElementsAre(0));
  EXPECT_TRUE(it.permit(0).present);
}

TEST_F(Permits, AreNotLostInAFloodOfOtherFiles) {
  PermitWatch it = watch({in("MASTER")});
  // More events than the kernel keeps for one watcher (16384 by default): it says that some were dropped.
  for (int i = 0; i < 10'000; ++i) {
    make(in("noise"));
    fs::remove(in("noise"));
  }
  make(in("MASTER"));
  EXPECT_THAT(hear(it), ElementsAre(0));
}

using ActiveFiles = Directory;

TEST_F(ActiveFiles, AreThereWithTheirContentAndTheTimeTheEngineWasSeenAlive) {
  ActiveFile file(in("BACKUP_ACTIVE"));
  ASSERT_TRUE(file.keep("one\n", 1'700'000'000'000'000'000));
  EXPECT_EQ(content(in("BACKUP_ACTIVE")), "one\n");
  EXPECT_EQ(modified(in("BACKUP_ACTIVE")), 1'700'000'000'000'000'000);
  EXPECT_EQ(fs::status(in("BACKUP_ACTIVE")).permissions(), fs::perms{0644});
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 1);  // nothing left beside it
}

TEST_F(ActiveFiles, AreRefreshedOncePerSecondAndNotWrittenAnewForThat) {
  ActiveFile file(in("F"));
  ASSERT_TRUE(file.keep("one\n", 1'700'000'000'000'000'000));
  struct stat before {};
  ASSERT_EQ(::stat(in("F").c_str(), &before), 0);
  ASSERT_TRUE(file.keep("one\n", 1'700'000'000'900'000'000));
  EXPECT_EQ(modified(in("F")), 1'700'000'000'000'000'000);
  ASSERT_TRUE(file.keep("one\n", 1'700'000'001'000'000'000));
  EXPECT_EQ(modified(in("F")), 1'700'000'001'000'000'000);
  struct stat after {};
  ASSERT_EQ(::stat(in("F").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(ActiveFiles, AreReplacedWholeWhenTheirContentChanges) {
  ActiveFile file(in("F"));
  ASSERT_TRUE(file.keep("one\n", 1'700'000'000'000'000'000));
  std::ifstream reader(in("F"));
  ASSERT_TRUE(file.keep("two\n", 1'700'000'000'000'000'000));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "one\n");  // an open reader
  EXPECT_EQ(content(in("F")), "two\n");
}

TEST_F(ActiveFiles, AreCorrectedWhateverStoodThere) {
  std::ofstream(in("F")) << "of a former life";
  ASSERT_TRUE(ActiveFile(in("F")).keep("one\n", 1'700'000'000'000'000'000));
  EXPECT_EQ(content(in("F")), "one\n");
  // A link must not lead to the destruction of what it points to.
  std::ofstream(in("precious")) << "precious";
  fs::create_symlink("precious", in("L"));
  fs::create_symlink("precious", in("L.vigie-new"));
  ActiveFile linked(in("L"));
  ASSERT_TRUE(linked.keep("one\n", 1'700'000'000'000'000'000));
  EXPECT_EQ(content(in("L")), "one\n");
  EXPECT_EQ(content(in("precious")), "precious");
}

TEST_F(ActiveFiles, ArePutBackWhenSomebodyRemovesThem) {
  ActiveFile file(in("F"));
  ASSERT_TRUE(file.keep("one\n", 1'700'000'000'000'000'000));
  fs::remove(in("F"));
  ASSERT_TRUE(file.keep("one\n", 1'700'000'000'100'000'000));
  EXPECT_EQ(content(in("F")), "one\n");
}

TEST_F(ActiveFiles, AreRemovedAlsoWhenSomebodyElseMadeThem) {
  ActiveFile file(in("F"));
  EXPECT_TRUE(file.remove());  // absent already is fine
  make(in("F"));
  EXPECT_TRUE(file.remove());
  EXPECT_FALSE(fs::exists(in("F")));
}

TEST_F(ActiveFiles, SayWhyTheyCannotBeWrittenAndAreWrittenOnceTheyCan) {
  ActiveFile file(in("later/F"));
  const auto written = file.keep("one\n", 1'700'000'000'000'000'000);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ENOENT);
  fs::create_directory(in("later"));
  EXPECT_TRUE(file.keep("one\n", 1'700'000'000'000'000'000));
  EXPECT_EQ(content(in("later/F")), "one\n");
}

TEST(ActiveFileText, NamesWhoIsMasterSinceWhen) {
  // 1 700 000 000 s after the epoch: Tuesday 14 November 2023, 22:13:20 UTC.
  EXPECT_EQ(
      describe({{"VI_ALL", 1'700'000'000'000'000'000}, {"VI_ALL6", 1'700'000'001'999'999'999}},
               4711),
      "VI_ALL master since 2023-11-14T22:13:20Z\n"
      "VI_ALL6 master since 2023-11-14T22:13:21Z\n"
      "pid 4711\n");
}

}  // namespace
}  // namespace monit
