#include "engine/feed/memory.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

namespace {

using base::Address;
using base::Family;
using feed::Memory;
using feed::MemoryEntry;
using feed::Remembered;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWall = 1'795'306'390 * kSecond;

const Memory::Router kRouter{.interface = "crans", .family = Family::kIpv4, .vrid = 50};
const Address kPeer = Address::v4(192, 0, 2, 2);

class Remembering : public testing::Test {
 protected:
  Remembering() : words_(feed::memory_bytes() / 8) { feed::format_memory(bytes()); }
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)); }
  std::vector<MemoryEntry> entries() { return feed::entries_of(bytes()); }
  std::uint64_t* slot(std::size_t index) {
    return words_.data() + (feed::kMemoryHeaderBytes + index * sizeof(feed::MemorySlot)) / 8;
  }
  std::vector<std::uint64_t> words_;
};

TEST_F(Remembering, StartsWithNothing) {
  ASSERT_TRUE(feed::is_memory(bytes()));
  const Memory memory(bytes());
  EXPECT_FALSE(memory.knows_peer(kRouter));
  EXPECT_EQ(memory.mark(kRouter, 1, kPeer), std::nullopt);
  EXPECT_EQ(memory.own(kRouter, 1), std::nullopt);
  EXPECT_TRUE(entries().empty());
}

TEST_F(Remembering, IsNoMemoryWhenAnythingOfItsShapeIsWrong) {
  const auto broken = [&](std::size_t word, std::uint64_t value) {
    const std::uint64_t before = std::exchange(words_[word], value);
    const bool answer = feed::is_memory(bytes());
    words_[word] = before;
    return !answer;
  };
  EXPECT_TRUE(broken(0, 0));
  EXPECT_TRUE(broken(1, words_[1] + 1));
  EXPECT_TRUE(broken(2, feed::kMemoryEntries + 1));
  EXPECT_FALSE(feed::is_memory(bytes().first(feed::memory_bytes() - 1)));
}

TEST_F(Remembering, KnowsAPeerByInterfaceFamilyAndVrid) {
  Memory memory(bytes());
  memory.heard(kRouter, kPeer, 150, kWall);
  EXPECT_TRUE(memory.knows_peer(kRouter));
  EXPECT_FALSE(memory.knows_peer({"crans", Family::kIpv6, 50}));
  EXPECT_FALSE(memory.knows_peer({"crans", Family::kIpv4, 51}));
  EXPECT_FALSE(memory.knows_peer({"adm", Family::kIpv4, 50}));
}

TEST_F(Remembering, WritesAPeerThatGoesOnBeingHeardOnceAMinute) {
  Memory memory(bytes());
  memory.heard(kRouter, kPeer, 150, kWall);
  const auto changes = feed::changes_of(bytes());
  memory.heard(kRouter, kPeer, 150, kWall + 59 * kSecond);
  EXPECT_EQ(feed::changes_of(bytes()), changes);
  memory.heard(kRouter, kPeer, 151, kWall + 60 * kSecond);
  EXPECT_EQ(feed::changes_of(bytes()), changes + 1);
  ASSERT_EQ(entries().size(), 1U);
  EXPECT_EQ(entries()[0].number, 151U);
  EXPECT_EQ(entries()[0].wall_ns, kWall + 60 * kSecond);
  // A clock that was set back is no reason to wait until it has caught up.
  memory.heard(kRouter, kPeer, 151, kWall - 3'600 * kSecond);
  EXPECT_EQ(entries()[0].wall_ns, kWall - 3'600 * kSecond);
}

TEST_F(Remembering, KeepsTheNewestPeersOfAVirtualRouter) {
  Memory memory(bytes());
  for (std::uint8_t i = 0; i < 200; ++i)
    memory.heard(kRouter, Address::v4(192, 0, 2, i), 100, kWall + i * kSecond);
  memory.heard({"crans", Family::kIpv4, 51}, kPeer, 100, kWall);
  EXPECT_EQ(memory.used(), feed::kKnownPeers + 1);
  std::vector<std::uint8_t> last;
  for (const MemoryEntry& entry : entries())
    if (entry.name.vrid == 50) last.push_back(entry.name.address[3]);
  std::ranges::sort(last);
  EXPECT_EQ(last, (std::vector<std::uint8_t>{196, 197, 198, 199}));
}

TEST_F(Remembering, AMarkNeverGoesBack) {
  Memory memory(bytes());
  EXPECT_TRUE(memory.raise_mark(kRouter, 1, kPeer, 1000, kWall));
  EXPECT_TRUE(memory.raise_mark(kRouter, 1, kPeer, 999, kWall + kSecond));
  EXPECT_EQ(memory.mark(kRouter, 1, kPeer), 1000U);
  EXPECT_TRUE(memory.raise_mark(kRouter, 1, kPeer, 1001, kWall));
  EXPECT_EQ(memory.mark(kRouter, 1, kPeer), 1001U);
}

TEST_F(Remembering, AMarkIsOfOneSignerAndOneKey) {
  Memory memory(bytes());
  memory.raise_mark(kRouter, 1, kPeer, 7, kWall);
  memory.raise_mark(kRouter, 2, kPeer, 8, kWall);
  memory.raise_mark(kRouter, 1, Address::v4(192, 0, 2, 3), 9, kWall);
  memory.raise_own(kRouter, 1, 10, kWall);
  EXPECT_EQ(memory.mark(kRouter, 1, kPeer), 7U);
  EXPECT_EQ(memory.mark(kRouter, 2, kPeer), 8U);
  EXPECT_EQ(memory.mark(kRouter, 1, Address::v4(192, 0, 2, 3)), 9U);
  EXPECT_EQ(memory.own(kRouter, 1), 10U);
  EXPECT_EQ(memory.own(kRouter, 2), std::nullopt);
  EXPECT_FALSE(memory.knows_peer(kRouter));
}

TEST_F(Remembering, OutlivesTheEngineThatWroteIt) {
  {
    Memory memory(bytes());
    memory.heard(kRouter, kPeer, 150, kWall);
    memory.raise_mark(kRouter, 1, kPeer, 1000, kWall);
  }
  Memory next(bytes());
  EXPECT_TRUE(next.knows_peer(kRouter));
  EXPECT_EQ(next.mark(kRouter, 1, kPeer), 1000U);
  EXPECT_EQ(next.used(), 2U);
}

TEST_F(Remembering, AnEntryItsWriterDiedInIsFreeAgain) {
  {
    Memory memory(bytes());
    memory.raise_mark(kRouter, 1, kPeer, 1000, kWall);
  }
  std::uint64_t& first = *slot(0);
  first &= ~std::uint64_t{0xff};  // "free", with the rest of the entry behind it
  Memory next(bytes());
  EXPECT_EQ(next.mark(kRouter, 1, kPeer), std::nullopt);
  EXPECT_TRUE(next.raise_mark(kRouter, 1, kPeer, 5, kWall));
  EXPECT_EQ(next.mark(kRouter, 1, kPeer), 5U);
  EXPECT_EQ(entries().size(), 1U);
}

TEST_F(Remembering, OfTwoEntriesOfOneNameTheGreaterNumberCounts) {
  {
    Memory memory(bytes());
    memory.raise_mark(kRouter, 1, kPeer, 1000, kWall);
  }
  std::copy_n(slot(0), sizeof(feed::MemorySlot) / 8, slot(1));
  slot(1)[offsetof(feed::MemorySlot, number) / 8] = 2000;
  Memory next(bytes());
  EXPECT_EQ(next.used(), 1U);
  EXPECT_EQ(next.mark(kRouter, 1, kPeer), 2000U);
}

TEST_F(Remembering, FullItGivesUpTheOldestPeerForANumberAndNothingForAPeer) {
  Memory memory(bytes());
  memory.heard({"old", Family::kIpv4, 1}, kPeer, 100, kWall - kSecond);
  memory.heard({"new", Family::kIpv4, 1}, kPeer, 100, kWall);
  for (std::uint32_t i = 2; i < feed::kMemoryEntries; ++i)
    ASSERT_TRUE(memory.raise_mark(
        kRouter, 1,
        Address::v4(10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)), i,
        kWall));
  EXPECT_EQ(memory.used(), feed::kMemoryEntries);
  memory.heard({"more", Family::kIpv4, 1}, kPeer, 100, kWall);
  EXPECT_FALSE(memory.knows_peer({"more", Family::kIpv4, 1}));
  EXPECT_TRUE(memory.raise_mark(kRouter, 2, kPeer, 1, kWall));
  EXPECT_FALSE(memory.knows_peer({"old", Family::kIpv4, 1}));
  EXPECT_TRUE(memory.knows_peer({"new", Family::kIpv4, 1}));
  EXPECT_TRUE(memory.raise_mark(kRouter, 3, kPeer, 1, kWall));
  EXPECT_FALSE(memory.raise_mark(kRouter, 4, kPeer, 1, kWall)) << "only numbers are left";
  for (std::uint32_t i = 2; i < feed::kMemoryEntries; ++i)
    ASSERT_EQ(memory.mark(kRouter, 1,
                          Address::v4(10, 0, static_cast<std::uint8_t>(i >> 8),
                                      static_cast<std::uint8_t>(i))),
              i);
}

// The table inside is compared with a std::map over many random acts, restarts among them.
TEST_F(Remembering, SaysWhatAPlainMapWouldSay) {
  std::mt19937 random(1);
  std::map<std::pair<int, int>, std::uint64_t> model;
  auto memory = std::make_unique<Memory>(bytes());
  for (int act = 0; act < 20'000; ++act) {
    if (random() % 500 == 0) memory = std::make_unique<Memory>(bytes());
    const int vrid = static_cast<int>(random() % 200) + 1;
    const int host = static_cast<int>(random() % 20);
    const std::uint64_t number = random() % 1'000;
    const Memory::Router router{"if0", Family::kIpv4, static_cast<std::uint8_t>(vrid)};
    const Address signer = Address::v4(192, 0, 2, static_cast<std::uint8_t>(host));
    if (random() % 3 == 0) {
      memory->heard(router, signer, 100, kWall + act);
    } else {
      ASSERT_TRUE(memory->raise_mark(router, 0, signer, number, kWall + act));
      auto& mark = model.try_emplace({vrid, host}, number).first->second;
      mark = std::max(mark, number);
    }
    const auto known = model.find({vrid, host});
    ASSERT_EQ(memory->mark(router, 0, signer),
              known == model.end() ? std::nullopt : std::optional(known->second));
  }
}

TEST_F(Remembering, TheCopyHoldsTheEntriesInUseAndGivesThemBack) {
  {
    Memory memory(bytes());
    memory.heard(kRouter, kPeer, 150, kWall);
    memory.raise_mark(kRouter, 1, kPeer, 1000, kWall);
  }
  const auto copy = feed::copy_of(bytes());
  EXPECT_EQ(copy.size(), feed::kMemoryHeaderBytes + 2 * sizeof(feed::MemorySlot));
  std::vector<std::uint64_t> other(feed::memory_bytes() / 8);
  const auto fresh = std::as_writable_bytes(std::span(other));
  feed::format_memory(fresh);
  ASSERT_TRUE(feed::fill(fresh, copy));
  EXPECT_EQ(feed::entries_of(fresh), entries());
  Memory next(fresh);
  EXPECT_TRUE(next.knows_peer(kRouter));
  EXPECT_EQ(next.mark(kRouter, 1, kPeer), 1000U);
}

TEST_F(Remembering, ADamagedCopyIsRefusedAndLeavesTheMemoryAsItWas) {
  {
    Memory memory(bytes());
    memory.raise_mark(kRouter, 1, kPeer, 1000, kWall);
    memory.raise_mark(kRouter, 2, kPeer, 1000, kWall);
  }
  const auto copy = feed::copy_of(bytes());
  const auto before = words_;
  const auto refuses = [&](std::span<const std::byte> damaged) {
    return !feed::fill(bytes(), damaged) && words_ == before;
  };
  for (std::size_t length = 0; length < copy.size(); length += 7)
    ASSERT_TRUE(refuses(std::span(copy).first(length))) << length;
  // Every bit that means something: the changes counter and the rest of the header page do not.
  for (std::size_t at = 0; at < copy.size(); ++at) {
    if (at >= 24 && at < 32) continue;
    if (at >= sizeof(feed::MemoryHeader) && at < feed::kMemoryHeaderBytes) continue;
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = copy;
      damaged[at] ^= static_cast<std::byte>(1 << bit);
      ASSERT_TRUE(refuses(damaged)) << at << "." << bit;
    }
  }
  auto longer = copy;
  longer.resize(longer.size() + sizeof(feed::MemorySlot));
  EXPECT_TRUE(refuses(longer));
}

// An engine that is killed at any moment while it raises marks leaves every mark whole and none that went back.
TEST(KilledMidway, NoMarkIsTornOrWentBack) {
  const std::size_t size = feed::memory_bytes();
  void* shared =
      ::mmap(nullptr, size + 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  const std::span bytes(static_cast<std::byte*>(shared), size);
  auto* promised = reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(shared) + size);
  feed::format_memory(bytes);
  std::mt19937 random(2);
  for (int life = 0; life < 200; ++life) {
    const pid_t engine = ::fork();
    ASSERT_GE(engine, 0);
    if (engine == 0) {
      Memory memory(bytes);
      std::uint64_t number = std::atomic_ref(*promised).load();
      for (;;) {
        // Low and high half are equal, so that a torn number shows.
        ++number;
        memory.raise_mark(kRouter, 1, kPeer, number << 32 | number, kWall);
        std::atomic_ref(*promised).store(number);
        memory.heard({"churn", Family::kIpv4, static_cast<std::uint8_t>(1 + number % 255)},
                     Address::v4(10, 0, 0, static_cast<std::uint8_t>(number / 255)), 1, kWall);
      }
    }
    ::usleep(static_cast<useconds_t>(random() % 1'000));
    ASSERT_EQ(::kill(engine, SIGKILL), 0);
    ASSERT_EQ(::waitpid(engine, nullptr, 0), engine);
    const Memory next(bytes);
    const auto mark = next.mark(kRouter, 1, kPeer);
    if (*promised == 0) continue;  // killed before its first
    ASSERT_TRUE(mark);
    EXPECT_EQ(*mark >> 32, *mark & 0xffffffff);
    EXPECT_GE(*mark & 0xffffffff, *promised);
  }
  EXPECT_GT(*promised, 0U);
  ::munmap(shared, size + 4096);
}

}  // namespace
