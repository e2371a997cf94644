// What the tests of the ledger's followers stand on: a directory that goes away again, a ledger in a real file, and a
// follower as a real process with the descriptors the supervisor would give it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/os/clock.hpp"
#include "base/os/mapping.hpp"
#include "base/os/process.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"

namespace bench {

class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Ledger {
 public:
  Ledger(const std::string& path, std::uint64_t identity,
         std::uint64_t capacity = feed::kLedgerCapacity);
  std::uint64_t append(feed::Record record);  // stamped with the time
  std::span<const std::byte> bytes() const { return mapping_.bytes(); }
  int fd() const { return fd_.get(); }

 private:
  base::os::UniqueFd fd_;
  base::os::Mapping mapping_;
  std::optional<feed::LedgerWriter> writer_;
};

feed::Record transition(const std::string& instance, base::State from, base::State to,
                        base::Cause cause = base::Cause::kSilence);

// With the descriptors engine/ipc/role.hpp has for it; killed when it goes out of scope. On the board is an engine that shows
// itself for longer than any test lasts.
class Role {
 public:
  Role(std::string program, std::string state_dir, const config::Model& model, int ledger);
  ~Role();
  void start();
  void kick();
  void kill9();
  // SIGTERM, then how it ended.
  int terminate();
  bool is_running();
  // As the engine has it.
  std::span<std::byte> memory() { return memory_mapping_.writable(); }

 private:
  int reap();
  std::string program_;
  std::string state_dir_;
  base::os::UniqueFd config_;
  base::os::UniqueFd kick_;
  base::os::UniqueFd memory_;
  base::os::UniqueFd board_;
  base::os::Mapping memory_mapping_;
  base::os::Mapping board_mapping_;
  int ledger_;
  std::optional<base::os::Child> child_;
};

// Waits until `done` says so, at most this long; answers whether it did.
template <typename Condition>
bool eventually(Condition done, base::Duration limit = std::chrono::seconds{10}) {
  const base::Instant until = base::os::now() + limit;
  while (!done()) {
    if (base::os::now() > until) return false;
    timespec pause{0, 5'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return true;
}

}  // namespace bench
