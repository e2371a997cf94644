#include "store/memory_copy.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/feed/memory.hpp"
#include "tests/unit/store/bench.hpp"

namespace {

using base::Instant;
using namespace std::chrono_literals;

const feed::Memory::Router kRouter{"crans", base::Family::kIpv4, 50};
const base::Address kPeer = base::Address::v4(192, 0, 2, 2);

class Copying : public testing::Test {
 protected:
  Copying() : words_(feed::memory_bytes() / 8) {
    feed::format_memory(bytes());
    memory_ = std::make_unique<feed::Memory>(bytes());
  }
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)); }
  void raise(std::uint64_t number) { memory_->raise_mark(kRouter, 1, kPeer, number, 1); }
  // The mark in the copy; nothing when there is no copy that can be believed.
  std::optional<std::uint64_t> copied() const {
    std::ifstream file(path_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::uint64_t> words(feed::memory_bytes() / 8);
    const auto fresh = std::as_writable_bytes(std::span(words));
    feed::format_memory(fresh);
    if (!feed::fill(fresh, std::as_bytes(std::span(text)))) return std::nullopt;
    return feed::Memory(fresh).mark(kRouter, 1, kPeer);
  }
  bench::Directory directory_;
  std::string path_ = directory_ / "memory";
  std::vector<std::uint64_t> words_;
  std::unique_ptr<feed::Memory> memory_;
  Instant now_ = Instant::from_ns(1'000'000'000'000);
};

TEST_F(Copying, HappensAtMostOnceASecondAndOnlyWhenSomethingChanged) {
  store::MemoryCopy copy{path_, bytes()};
  raise(1);
  copy.turn(now_);
  EXPECT_EQ(copied(), 1U);
  EXPECT_EQ(copy.deadline(), now_ + 1s);
  raise(2);
  copy.turn(now_ + 999ms);
  EXPECT_EQ(copied(), 1U);
  copy.turn(now_ + 1s);
  EXPECT_EQ(copied(), 2U);
  std::filesystem::remove(path_);
  copy.turn(now_ + 2s);
  EXPECT_EQ(copied(), std::nullopt) << "nothing changed, so nothing was written";
}

TEST_F(Copying, FinishesWithWhatChangedLast) {
  store::MemoryCopy copy{path_, bytes()};
  raise(1);
  copy.turn(now_);
  raise(2);
  copy.finish();
  EXPECT_EQ(copied(), 2U);
}

TEST_F(Copying, SaysOnceThatItCannotAndGoesOnTrying) {
  store::MemoryCopy copy{directory_ / "missing/memory", bytes()};
  raise(1);
  testing::internal::CaptureStderr();
  copy.turn(now_);
  copy.turn(now_ + 10s);
  EXPECT_EQ(copy.deadline(), now_ + 20s);
  std::filesystem::create_directory(directory_ / "missing");
  copy.turn(now_ + 20s);
  const std::string log = testing::internal::GetCapturedStderr();
  const std::string complaint = "cannot be kept over a reboot";
  EXPECT_NE(log.find(complaint), std::string::npos) << log;
  EXPECT_EQ(log.find(complaint), log.rfind(complaint)) << log;
  EXPECT_NE(log.find("is kept again"), std::string::npos) << log;
  path_ = directory_ / "missing/memory";
  EXPECT_EQ(copied(), 1U);
}

TEST_F(Copying, LeavesTheOldCopyWhenTheNewOneCannotBeWrittenWhole) {
  store::MemoryCopy copy{path_, bytes()};
  raise(1);
  copy.turn(now_);
  // In the way of the new one.
  std::filesystem::create_directory(path_ + ".new");
  raise(2);
  copy.turn(now_ + 1s);
  EXPECT_EQ(copied(), 1U);
  std::filesystem::remove(path_ + ".new");
  copy.turn(now_ + 11s);
  EXPECT_EQ(copied(), 2U);
}

// The process itself: started, fed by an engine's memory, killed, and asked to end.
TEST_F(Copying, IsWhatTheRecorderDoes) {
  bench::Ledger ledger{directory_ / "ledger", 7, 64};
  bench::Role recorder{VIGIE_RECORDER, directory_.path(), config::Model{}, ledger.fd()};
  feed::Memory engines(recorder.memory());
  engines.raise_mark(kRouter, 1, kPeer, 1, 1);
  recorder.start();
  EXPECT_TRUE(bench::eventually([&] { return copied() == 1U; }));
  engines.raise_mark(kRouter, 1, kPeer, 2, 1);
  EXPECT_TRUE(bench::eventually([&] { return copied() == 2U; })) << "without a kick";
  recorder.kill9();
  recorder.start();
  engines.raise_mark(kRouter, 1, kPeer, 3, 1);
  EXPECT_TRUE(bench::eventually([&] { return copied() == 3U; }));
  engines.raise_mark(kRouter, 1, kPeer, 4, 1);
  EXPECT_EQ(recorder.terminate(), 0);
  EXPECT_EQ(copied(), 4U);
}

}  // namespace
