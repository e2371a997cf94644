// The real vigie-runner, with the test as its engine: it writes board and ledger, and holds the other end of the
// channel.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "base/os/channel.hpp"
#include "base/os/clock.hpp"
#include "base/os/mapping.hpp"
#include "base/os/process.hpp"
#include "engine/config/compiled.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/ipc/role.hpp"

namespace runner_test {

using namespace std::chrono_literals;
using base::State;
namespace fs = std::filesystem;

inline constexpr std::uint64_t kSmallLedger = 64;

inline bool wait_for(const std::function<bool()>& what, std::chrono::milliseconds at_most = 8s) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (!what()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

inline base::os::UniqueFd memory_file(std::size_t size) {
  base::os::UniqueFd fd{::memfd_create("vigie", MFD_CLOEXEC)};
  EXPECT_EQ(::ftruncate(fd.get(), static_cast<off_t>(size)), 0);
  return fd;
}

class RealRunner : public testing::Test {
 protected:
  RealRunner() {
    std::string pattern = (fs::temp_directory_path() / "vigie-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    fs::create_directory(in("run"));
    model_.script_user = "root";  // whoever we are: 0 in a namespace, and no need to change
    auto ends = base::os::channel_pair();
    EXPECT_TRUE(ends);
    ours_ = base::os::Channel(std::move(ends->first));
    theirs_ = std::move(ends->second);
    kick_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  }
  ~RealRunner() override {
    kill_runner();
    fs::remove_all(directory_);
  }

  std::string in(const std::string& name) const { return directory_ + "/" + name; }
  std::string content(const std::string& name) const {
    std::ifstream file(in(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> lines(const std::string& name) const {
    std::istringstream text(content(name));
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }
  std::string script(const std::string& name, const std::string& text) {
    std::ofstream(in(name)) << "#!/bin/sh\n" << text;
    ::chmod(in(name).c_str(), 0755);
    return in(name);
  }
  config::Instance& add_instance(const std::string& name) {
    model_.instances.emplace_back();
    model_.instances.back().name = name;
    model_.instances.back().vrid = static_cast<std::uint8_t>(model_.instances.size());
    return model_.instances.back();
  }
  config::Script& add_check(const std::string& path, base::Duration interval) {
    model_.scripts.emplace_back();
    model_.scripts.back().name = path;
    model_.scripts.back().command.arguments = {path};
    model_.scripts.back().interval = interval;
    model_.scripts.back().timeout = interval;
    if (model_.instances.empty()) add_instance("VI");
    model_.instances.front().track_scripts.push_back(
        {.script = static_cast<std::uint16_t>(model_.scripts.size() - 1), .at = {}});
    return model_.scripts.back();
  }

  // What supervisor and engine make before the runner starts.
  void make_feed(std::uint64_t capacity = kSmallLedger) {
    const auto compiled = config::compile(model_);
    configuration_ = config::hash_of(compiled);
    config_ = memory_file(compiled.size());
    ASSERT_EQ(::pwrite(config_.get(), compiled.data(), compiled.size(), 0),
              static_cast<ssize_t>(compiled.size()));
    const std::size_t rows = model_.instances.size();
    board_ = memory_file(feed::board_bytes(rows));
    auto board = base::os::Mapping::read_write(board_.get());
    ASSERT_TRUE(board);
    board_memory_ = *std::move(board);
    feed::format_board(board_memory_.writable(), rows, config::hash_of(compiled),
                       base::os::boot_id(), "test");
    ledger_ = memory_file(feed::ledger_bytes(capacity));
    auto ledger = base::os::Mapping::read_write(ledger_.get());
    ASSERT_TRUE(ledger);
    ledger_memory_ = *std::move(ledger);
    feed::format_ledger(ledger_memory_.writable(), 0xabc, base::os::boot_id(), capacity);
    ledger_writer_.emplace(ledger_memory_.writable());
    board_writer_.emplace(board_memory_.writable());
    rows_.resize(rows);
    for (std::size_t i = 0; i < rows; ++i) feed::put_text(rows_[i].name, model_.instances[i].name);
    beat();
  }
  void start() {
    if (!config_) make_feed();
    const base::os::UniqueFd log{
        ::open(in("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    base::os::SpawnOptions options;
    options.arguments = {VIGIE_RUNNER, "--run-dir", in("run"), "--state-dir", in("state")};
    options.environment = {"SECRET=1"};
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS"})
      if (const char* value = std::getenv(name))
        options.environment.push_back(std::string(name) + "=" + value);
    options.descriptors = {{log.get(), 2},
                           {config_.get(), ipc::kConfigFd},
                           {board_.get(), ipc::kBoardFd},
                           {ledger_.get(), ipc::kLedgerFd},
                           {theirs_.get(), ipc::kEngineFd},
                           {kick_.get(), ipc::kKickFd}};
    auto child = base::os::spawn(options);
    ASSERT_TRUE(child) << to_string(child.error());
    runner_ = *std::move(child);
  }
  void kill_runner() {
    if (runner_.pid == 0) return;
    ::kill(runner_.pid, SIGKILL);
    ::waitpid(runner_.pid, nullptr, 0);
    runner_.pid = 0;
  }
  // SIGTERM; its exit status, or 9999 when it does not end.
  int stop(std::chrono::milliseconds at_most = 15s) {
    ::kill(runner_.pid, SIGTERM);
    std::optional<int> status;
    if (!wait_for([&] { return (status = base::os::try_reap(runner_)).has_value(); }, at_most))
      return 9999;
    runner_.pid = 0;
    return *status;
  }

  void beat() {
    feed::Global global;
    global.heartbeat_ns = base::os::now().ns();
    global.engine_pid = 4711;
    global.ledger_head = ledger_writer_->head();
    board_writer_->publish(global);
  }
  void kick() {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(kick_.get(), &one, sizeof one), 8);
  }
  void transition(std::size_t instance, State to, std::uint8_t priority = 150,
                  base::Cause cause = base::Cause::kNone) {
    feed::Record record;
    record.kind = feed::Kind::kTransition;
    record.instance = static_cast<std::uint16_t>(instance);
    record.from = rows_[instance].state;
    record.to = to;
    record.priority = priority;
    record.cause = cause;
    record.generation = feed::generation_of(configuration_);
    record.name = rows_[instance].name;
    rows_[instance].transition_sequence = ledger_writer_->append(record);
    rows_[instance].state = to;
    rows_[instance].effective_priority = priority;
    rows_[instance].transition_wall_ns = base::os::wall_ns();
    board_writer_->publish(instance, rows_[instance]);
    beat();
    kick();
  }

  // Another configuration in force, as engine and supervisor make it known: a board of its own under its name, and Hello.
  void reload() {
    const auto compiled = config::compile(model_);
    configuration_ = config::hash_of(compiled);
    config_ = memory_file(compiled.size());
    ASSERT_EQ(::pwrite(config_.get(), compiled.data(), compiled.size(), 0),
              static_cast<ssize_t>(compiled.size()));
    const std::size_t count = model_.instances.size();
    const std::vector<feed::Row> before = std::exchange(rows_, std::vector<feed::Row>(count));
    const base::os::UniqueFd board{
        ::open(in("run/board.next").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    ASSERT_EQ(::ftruncate(board.get(), static_cast<off_t>(feed::board_bytes(count))), 0);
    auto memory = base::os::Mapping::read_write(board.get());
    ASSERT_TRUE(memory);
    board_writer_.reset();
    board_memory_ = *std::move(memory);
    feed::format_board(board_memory_.writable(), count, configuration_, base::os::boot_id(),
                       "test");
    board_writer_.emplace(board_memory_.writable());
    for (std::size_t i = 0; i < count; ++i) {
      feed::put_text(rows_[i].name, model_.instances[i].name);
      for (const feed::Row& row : before)
        if (row.name == rows_[i].name) rows_[i] = row;
      board_writer_->publish(i, rows_[i]);
    }
    beat();
    fs::rename(in("run/board.next"), in("run/board"));
    ASSERT_TRUE(ours_.send(ipc::Hello{.configuration = configuration_}, config_.get()));
    for (;;) {
      const auto begin = hear<ipc::Begin>();
      ASSERT_TRUE(begin);
      if (begin->configuration == configuration_) return;
    }
  }

  // The next message of this kind; others are passed over.
  template <typename T>
  std::optional<T> hear(std::chrono::milliseconds at_most = 5s) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    for (;;) {
      auto received = ours_.receive();
      EXPECT_TRUE(received);
      if (!received) return std::nullopt;
      if (*received) {
        if (const auto message = ipc::as<T>((*received)->message)) return message;
        continue;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (left.count() <= 0) return std::nullopt;
      pollfd ready{ours_.fd(), POLLIN, 0};
      (void)::poll(&ready, 1, static_cast<int>(left.count()));
    }
  }

  std::string directory_;
  config::Model model_;
  std::uint64_t configuration_ = 0;
  base::os::UniqueFd config_, board_, ledger_, theirs_, kick_;
  base::os::Mapping board_memory_, ledger_memory_;
  std::optional<feed::LedgerWriter> ledger_writer_;
  std::optional<feed::BoardWriter> board_writer_;
  std::vector<feed::Row> rows_;
  base::os::Channel ours_;
  base::os::Child runner_;
};

}  // namespace runner_test
