#include "cli/facts.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/os/clock.hpp"
#include "cli/status.hpp"

namespace cli {
namespace {

class RunDirectory : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "vigie-facts-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directories_.run = name;
  }
  void TearDown() override { std::filesystem::remove_all(directories_.run); }

  using Fill = std::function<void(std::span<std::byte>)>;
  void write(const char* name, std::size_t size, const Fill& fill) {
    std::vector<std::uint64_t> words(size / 8);
    fill(std::as_writable_bytes(std::span(words)));
    std::ofstream(directories_.run + "/" + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(words.data()), static_cast<std::streamsize>(size));
  }
  void write_feed(const std::string& boot_id, std::uint64_t transition_sequence = 2) {
    write("board", feed::board_bytes(2), [&](std::span<std::byte> memory) {
      feed::format_board(memory, 2, 77, boot_id, "gulp");
      feed::Row row;
      feed::put_text(row.name, "VI");
      row.transition_sequence = transition_sequence;
      row.transition_cause = base::Cause::kStop;
      feed::BoardWriter(memory).publish(1, row);
    });
    write("ledger", feed::ledger_bytes(4), [&](std::span<std::byte> memory) {
      feed::format_ledger(memory, 99, boot_id, 4);
      feed::LedgerWriter ledger(memory);
      feed::Record record;
      record.kind = feed::Kind::kNote;
      ledger.append(record);
      record.kind = feed::Kind::kTransition;
      record.cause = base::Cause::kLinkDown;
      feed::put_text(record.subject, "crans");
      ledger.append(record);
    });
  }
  Directories directories_;
};

TEST_F(RunDirectory, WithoutABoardMeansThatNoDaemonRan) {
  const auto facts = Facts::open(directories_);
  ASSERT_FALSE(facts);
  EXPECT_NE(to_string(facts.error()).find("find a running vigied"), std::string::npos);
}

TEST_F(RunDirectory, OfAnEarlierBootMeansThatNoDaemonRanSince) {
  write_feed("99999999-2222-3333-4444-555555555555");
  EXPECT_FALSE(Facts::open(directories_));
}

TEST_F(RunDirectory, GivesTheReasonOfTheLastTransitionFromTheLedger) {
  write_feed(base::os::boot_id());
  const auto facts = Facts::open(directories_);
  ASSERT_TRUE(facts) << to_string(facts.error());
  const Status status = read_status(*facts, base::os::now(), base::os::wall_ns());
  // The first row was never published and is no instance yet.
  ASSERT_EQ(status.instances.size(), 1U);
  EXPECT_EQ(status.instances[0].why, "interface crans lost its carrier or was set down");
  EXPECT_EQ(facts->find("VI"), 1U);
  EXPECT_EQ(facts->find("VX"), std::nullopt);
}

TEST_F(RunDirectory, SaysStoppedOnlyUntilAnEngineIsStartedAgain) {
  constexpr std::int64_t kStartedNs = 100;
  const auto stop_after = [&](std::vector<feed::Kind> kinds, std::int64_t at_ns) {
    write("board", feed::board_bytes(1), [&](std::span<std::byte> memory) {
      feed::format_board(memory, 1, 77, base::os::boot_id(), "gulp");
      feed::Global engine;
      engine.engine_started_ns = kStartedNs;
      feed::BoardWriter(memory).publish(engine);
    });
    write("ledger", feed::ledger_bytes(16), [&](std::span<std::byte> memory) {
      feed::format_ledger(memory, 99, base::os::boot_id(), 16);
      feed::LedgerWriter ledger(memory);
      for (const feed::Kind kind : kinds) {
        feed::Record record;
        record.kind = kind;
        record.monotonic_ns = at_ns;
        ledger.append(record);
      }
    });
    const auto facts = Facts::open(directories_);
    EXPECT_TRUE(facts);
    return facts && read_status(*facts, base::os::now(), base::os::wall_ns()).stop.has_value();
  };
  using enum feed::Kind;
  EXPECT_FALSE(stop_after({}, 200));
  EXPECT_FALSE(stop_after({kEngineStarted, kNotify}, 200));
  // Its last notify scripts end after the engine has stopped.
  EXPECT_TRUE(stop_after({kEngineStarted, kStopped, kNotify, kNotify}, 200));
  EXPECT_FALSE(stop_after({kEngineStarted, kStopped, kEngineStarted}, 200));
  // The next engine beats already and has recorded nothing.
  EXPECT_FALSE(stop_after({kEngineStarted, kStopped}, kStartedNs - 1));
}

TEST_F(RunDirectory, GivesTheCauseOnTheBoardWhenTheLedgerHasMovedOn) {
  write_feed(base::os::boot_id(), 9);
  const auto facts = Facts::open(directories_);
  ASSERT_TRUE(facts);
  const Status status = read_status(*facts, base::os::now(), base::os::wall_ns());
  ASSERT_EQ(status.instances.size(), 1U);
  EXPECT_EQ(status.instances[0].why, to_string(base::Cause::kStop));
}

}  // namespace
}  // namespace cli
