#include "supervisor/shared_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/feed/memory.hpp"

namespace supervisor {
namespace {

using base::os::Mapping;

class SharedFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "vigie-shared-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string path(const char* name) const { return dir_ + "/" + name; }
  static std::uint64_t identity(const SharedFile& file) {
    return feed::ledger_header(Mapping::read_only(file.readable.get())->bytes()).identity;
  }
  std::string dir_;
};

constexpr const char* kBoot = "11111111-2222-3333-4444-555555555555";
constexpr const char* kNextBoot = "99999999-2222-3333-4444-555555555555";

TEST_F(SharedFiles, LockRefusesASecondHolderAndNamesTheFirst) {
  const auto first = take_lock(path("vigied.pid"));
  ASSERT_TRUE(first);
  const auto second = take_lock(path("vigied.pid"));
  ASSERT_FALSE(second);
  EXPECT_NE(
      to_string(second.error()).find("another vigied (pid " + std::to_string(::getpid()) + ")"),
      std::string::npos);
}

TEST_F(SharedFiles, LockIsFreeAgainWhenItsHolderIsGone) {
  { ASSERT_TRUE(take_lock(path("vigied.pid"))); }
  EXPECT_TRUE(take_lock(path("vigied.pid")));
}

TEST_F(SharedFiles, LedgerOfThisBootIsKeptWithItsIdentity) {
  const auto first = open_ledger(path("ledger"), kBoot);
  ASSERT_TRUE(first);
  const auto second = open_ledger(path("ledger"), kBoot);
  ASSERT_TRUE(second);
  EXPECT_NE(identity(*first), 0U);
  EXPECT_EQ(identity(*first), identity(*second));
}

TEST_F(SharedFiles, LedgerOfAnEarlierBootIsReplacedByOneOfAnotherIdentity) {
  const auto before = open_ledger(path("ledger"), kBoot);
  const auto after = open_ledger(path("ledger"), kNextBoot);
  ASSERT_TRUE(before && after);
  EXPECT_NE(identity(*before), identity(*after));
}

TEST_F(SharedFiles, DamagedLedgerIsReplaced) {
  ASSERT_TRUE(open_ledger(path("ledger"), kBoot));
  std::filesystem::resize_file(path("ledger"), 5000);
  const auto fresh = open_ledger(path("ledger"), kBoot);
  ASSERT_TRUE(fresh);
  EXPECT_TRUE(feed::is_ledger(Mapping::read_only(fresh->readable.get())->bytes(), kBoot));
}

TEST_F(SharedFiles, BoardIsKeptForTheSameConfigurationAndReplacedForAnother) {
  const BoardShape shape{.rows = 2, .configuration_hash = 77, .router_id = "gulp"};
  const auto inode = [&] {
    struct stat facts {};
    EXPECT_EQ(::stat(path("board").c_str(), &facts), 0);
    return facts.st_ino;
  };
  const auto open = [&](const BoardShape& wanted, const char* boot) {
    EXPECT_TRUE(open_board(path("board"), wanted, boot));
    return inode();
  };
  auto current = open(shape, kBoot);
  EXPECT_EQ(open(shape, kBoot), current);
  // The file before is kept open so that its inode number is not given again.
  const auto replaced = [&](const BoardShape& wanted, const char* boot) {
    const base::os::UniqueFd holder{::open(path("board").c_str(), O_RDONLY | O_CLOEXEC)};
    const auto before = current;
    current = open(wanted, boot);
    return current != before;
  };
  EXPECT_TRUE(replaced({.rows = 3, .configuration_hash = 77, .router_id = "gulp"}, kBoot));
  EXPECT_TRUE(replaced({.rows = 3, .configuration_hash = 78, .router_id = "gulp"}, kBoot));
  EXPECT_TRUE(replaced({.rows = 3, .configuration_hash = 78, .router_id = "gulp"}, kNextBoot));
}

TEST_F(SharedFiles, AreOpenForWritingOnlyToTheEngine) {
  const auto ledger = open_ledger(path("ledger"), kBoot);
  ASSERT_TRUE(ledger);
  EXPECT_TRUE(Mapping::read_write(ledger->writable.get()));
  EXPECT_FALSE(Mapping::read_write(ledger->readable.get()));
}

const feed::Memory::Router kRouter{"crans", base::Family::kIpv4, 50};

bool knows_peer(const OpenedMemory& opened) {
  auto mapping = Mapping::read_write(opened.file.writable.get());
  return feed::Memory(mapping->writable()).knows_peer(kRouter);
}

void remember_peer(const OpenedMemory& opened) {
  auto mapping = Mapping::read_write(opened.file.writable.get());
  feed::Memory(mapping->writable()).heard(kRouter, base::Address::v4(192, 0, 2, 2), 100, 1);
}

void keep_copy(const OpenedMemory& opened, const std::string& path) {
  const auto copy = feed::copy_of(Mapping::read_only(opened.file.readable.get())->bytes());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(copy.data()), static_cast<std::streamsize>(copy.size()));
}

TEST_F(SharedFiles, MemoryIsKeptWhateverTheBootOrTheConfiguration) {
  const auto first = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_FALSE(knows_peer(*first));
  EXPECT_EQ(first->note, "");
  remember_peer(*first);
  const auto second = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(second);
  EXPECT_TRUE(knows_peer(*second));
  EXPECT_FALSE(Mapping::read_write(second->file.readable.get()));
}

TEST_F(SharedFiles, MemoryThatIsGoneBeginsWithItsCopy) {
  const auto before = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(before);
  remember_peer(*before);
  keep_copy(*before, path("copy"));
  std::filesystem::remove(path("memory"));
  const auto after = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(after);
  EXPECT_TRUE(knows_peer(*after));
  EXPECT_EQ(after->note, "");
}

TEST_F(SharedFiles, DamagedCopyOfTheMemoryIsSetAsideAndSaid) {
  const auto before = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(before);
  remember_peer(*before);
  keep_copy(*before, path("copy"));
  {
    std::fstream damage(path("copy"), std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(feed::kMemoryHeaderBytes + 10);
    damage.put('x');
  }
  std::filesystem::remove(path("memory"));
  const auto after = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(after);
  EXPECT_FALSE(knows_peer(*after));
  EXPECT_NE(after->note.find("is damaged"), std::string::npos) << after->note;
  EXPECT_NE(after->note.find("moved to " + path("copy.damaged")), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path("copy")));
  EXPECT_TRUE(std::filesystem::exists(path("copy.damaged")));
}

TEST_F(SharedFiles, CopyOfTheMemoryThatIsNoPlainFileIsNeverFatal) {
  const auto opens = [&] {
    std::filesystem::remove(path("memory"));
    const auto opened = open_memory(path("memory"), path("copy"));
    return opened && !opened->note.empty();
  };
  std::ofstream(path("copy")).close();  // empty
  EXPECT_TRUE(opens());
  ASSERT_EQ(::mkfifo(path("copy").c_str(), 0600), 0);
  EXPECT_TRUE(opens());
  std::filesystem::create_symlink("/etc/passwd", path("copy"));
  EXPECT_TRUE(opens());
  std::filesystem::create_directory(path("copy"));
  EXPECT_TRUE(opens());
  std::filesystem::remove(path("copy"));
  std::ofstream(path("copy")).close();
  std::filesystem::resize_file(path("copy"), feed::memory_bytes() + 1);
  EXPECT_TRUE(opens());
}

TEST_F(SharedFiles, MemoryOfAnotherVersionIsReplaced) {
  const auto before = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(before);
  remember_peer(*before);
  auto mapping = Mapping::read_write(before->file.writable.get());
  mapping->writable()[8] = std::byte{99};
  const auto after = open_memory(path("memory"), path("copy"));
  ASSERT_TRUE(after);
  EXPECT_FALSE(knows_peer(*after));
}

TEST_F(SharedFiles, DirectoriesAreMadeWithTheirParents) {
  ASSERT_TRUE(make_directory(path("a/b/c"), 0750));
  EXPECT_TRUE(std::filesystem::is_directory(path("a/b/c")));
  ASSERT_TRUE(make_directory(path("a/b/c"), 0750));
  ASSERT_TRUE(take_lock(path("file")));
  EXPECT_FALSE(make_directory(path("file"), 0750));
}

}  // namespace
}  // namespace supervisor
