// Whether the daemon has just been started, or only this process of it.
//
// What is done "at start" (making tracked files, counting a check as failing until it succeeds) must not happen again
// when the runner is replaced or the daemon is started after a crash: that would move masters for nothing. So each
// runner leaves a line in the run directory: whose it was, and, when it was asked to end, that it was.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace runner {

class Life {
 public:
  struct Parent {
    int pid = 0;
    std::uint64_t start_ticks = 0;  // with the pid, unique since boot
    friend bool operator==(const Parent&, const Parent&) = default;
  };
  Life(std::string path, std::string boot_id, Parent parent)
      : path_(std::move(path)), boot_id_(std::move(boot_id)), parent_(parent) {}

  // True when nobody ran before us since boot, or the one before was asked to end by another parent than ours. A line
  // that cannot be read counts as a life that goes on. Writes our own.
  base::Result<bool> begin() const;
  // We were asked to end.
  base::Status end() const;

 private:
  std::string line(std::string_view word) const;

  std::string path_;
  std::string boot_id_;
  Parent parent_;
};

}  // namespace runner
