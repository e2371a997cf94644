// What one vigied leaves for another: written, read, and refused.
#include "supervisor/handover.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

namespace supervisor {
namespace {

Handover an_example() {
  Handover handover;
  handover.version = "1.2.3";
  handover.messages = 7;
  handover.command_line = {"vigied", "-f", "a file"};
  handover.run_dir = "/run/vigie";
  handover.state_dir = "/var/lib/vigie";
  handover.config_id = "left";
  handover.file = "a file";
  handover.log_to_journal = 1;
  handover.was_ready = 1;
  handover.lock = 3;
  handover.config = 4;
  handover.board = {5, 6};
  handover.ledger = {7, 8};
  handover.memory = {9, 10};
  for (std::size_t i = 0; i < handover.wiring.size(); ++i)
    handover.wiring[i] = static_cast<int>(20 + i);
  handover.control = {.listener = 11, .accepted = 17, .oldest = 3, .clients = {{2, 17, 12}}};
  handover.directory = "/usr/libexec/vigie";
  handover.vigied = "/usr/bin/vigied";
  for (std::size_t i = 0; i < handover.programs.size(); ++i)
    handover.programs[i] = static_cast<int>(64 + i);
  handover.programs[2] = -1;
  for (std::size_t i = 0; i < kRoles.size(); ++i)
    handover.seats.push_back({.role = static_cast<std::uint8_t>(i),
                              .runs_kept = 1,
                              .pid = static_cast<std::int32_t>(i == 4 ? 0 : 1000 + i),
                              .pidfd = static_cast<std::int32_t>(i == 4 ? -1 : 40 + i),
                              .started_ns = 12345,
                              .start_at_ns = 67890,
                              .deaths = static_cast<std::uint32_t>(i)});
  handover.uid = 1000;
  handover.place = 2;
  handover.connection = 17;
  handover.to = "1.3.0";
  handover.failure = "it hangs";
  handover.reloads = {{.uid = 5, .waits = 1, .place = 1, .connection = 16, .how = "vigie reload"}};
  return handover;
}

void set(std::vector<std::byte>& bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::byte>(value);
}

TEST(Handover, SaysWhatWasWritten) {
  const Handover written = an_example();
  const auto read = decode(encode(written));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->version, "1.2.3");
  EXPECT_EQ(read->messages, 7U);
  EXPECT_EQ(read->command_line, written.command_line);
  EXPECT_EQ(read->config_id, "left");
  EXPECT_EQ(read->log_to_journal, 1);
  EXPECT_EQ(read->board, written.board);
  EXPECT_EQ(read->wiring, written.wiring);
  EXPECT_EQ(read->programs, written.programs);
  ASSERT_EQ(read->control.clients.size(), 1U);
  EXPECT_EQ(read->control.clients[0].descriptor, 12);
  ASSERT_EQ(read->seats.size(), kRoles.size());
  EXPECT_EQ(read->seats[5].pid, 1005);
  EXPECT_EQ(read->seats[5].deaths, 5U);
  EXPECT_EQ(read->failure, "it hangs");
  ASSERT_EQ(read->reloads.size(), 1U);
  EXPECT_EQ(read->reloads[0].how, "vigie reload");
  // Whatever it holds, what was read says the same when it is written again.
  EXPECT_EQ(encode(*read), encode(written));
}

TEST(Handover, OfAnotherVersionIsRefusedWithBothVersions) {
  auto bytes = encode(an_example());
  set(bytes, 8, kHandoverVersion + 1);
  const auto read = decode(bytes);
  ASSERT_FALSE(read);
  EXPECT_NE(to_string(read.error()).find("version 4, and only version 3 is read"),
            std::string::npos)
      << to_string(read.error());
}

TEST(Handover, CutAnywhereIsRefused) {
  const auto bytes = encode(an_example());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decode(std::span(bytes).first(length))) << length;
}

TEST(Handover, WithOneBitTurnedIsRefused) {
  const auto bytes = encode(an_example());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto damaged = bytes;
    damaged[at] ^= std::byte{1};
    EXPECT_FALSE(decode(damaged)) << at;
  }
}

TEST(Handover, GarbageIsRefused) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::byte> bytes(random() % 600);
    for (std::byte& one : bytes) one = static_cast<std::byte>(random());
    EXPECT_FALSE(decode(bytes));
  }
  EXPECT_FALSE(decode({}));
}

TEST(Handover, ThatNobodyCanHaveMeantIsRefused) {
  const auto refused = [](auto change) {
    Handover handover = an_example();
    change(handover);
    return !decode(encode(handover));
  };
  EXPECT_TRUE(refused([](Handover& h) { h.seats.pop_back(); }));
  EXPECT_TRUE(refused([](Handover& h) { h.seats[1].role = h.seats[0].role; }));
  EXPECT_TRUE(refused([](Handover& h) { h.seats[1].role = 200; }));
  EXPECT_TRUE(refused([](Handover& h) { h.seats[1].pidfd = -1; }));
  EXPECT_TRUE(refused([](Handover& h) { h.seats[1].pid = -1; }));
  EXPECT_TRUE(refused([](Handover& h) { h.control.clients[0].place = 16; }));
  EXPECT_TRUE(refused([](Handover& h) { h.control.clients.push_back(h.control.clients[0]); }));
  EXPECT_TRUE(refused([](Handover& h) { h.place = 16; }));
  EXPECT_TRUE(refused([](Handover& h) { h.reloads[0].place = 16; }));
  EXPECT_TRUE(refused([](Handover& h) { h.command_line.clear(); }));
  EXPECT_TRUE(refused([](Handover& h) { h.run_dir.clear(); }));
}

TEST(Handover, NamesDescriptorsThatMustBeOpenAndDifferent) {
  const base::os::UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  std::vector<base::os::UniqueFd> open;
  const auto another = [&] {
    return open.emplace_back(::fcntl(null.get(), F_DUPFD_CLOEXEC, 0)).get();
  };
  Handover handover = an_example();
  for (int* fd :
       {&handover.lock, &handover.config, &handover.board[0], &handover.board[1],
        &handover.ledger[0], &handover.ledger[1], &handover.memory[0], &handover.memory[1],
        &handover.control.listener, &handover.control.clients[0].descriptor})
    *fd = another();
  for (int& fd : handover.wiring) fd = another();
  for (int& fd : handover.programs) fd = fd < 0 ? -1 : another();
  for (Handover::Seat& seat : handover.seats) seat.pidfd = seat.pid == 0 ? -1 : another();
  EXPECT_TRUE(check_open(handover));
  handover.lock = handover.config;
  EXPECT_FALSE(check_open(handover));
  handover.lock = 1'000'000;
  EXPECT_FALSE(check_open(handover));
}

TEST(Handover, GoesThroughAFileWithoutAName) {
  const auto written = write_handover(an_example());
  ASSERT_TRUE(written);
  const auto read = read_handover(written->get());
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(encode(*read), encode(an_example()));
  EXPECT_FALSE(read_handover(-1));
}

}  // namespace
}  // namespace supervisor
