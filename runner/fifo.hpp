// One FIFO that is told lines: made or found, written without ever waiting, removed at the end when it was made here.
//
// A FIFO holds 64 KiB for a reader that is slow or not there yet. Beyond that kMostWaiting lines wait here; when that is
// too little, the oldest are given up and counted, so that whoever reads in the end is told how it ended.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/os/fd.hpp"
#include "base/result.hpp"
#include "runner/become.hpp"

namespace runner {

class Fifo {
 public:
  static constexpr std::size_t kMostWaiting = 1024;

  Fifo(std::string path, Identity owner) : path_(std::move(path)), owner_(std::move(owner)) {}

  const std::string& path() const { return path_; }
  // Makes it (mode 0600, its owner's) or takes what is there. One that an earlier runner made is ours.
  // An error: it cannot be used; lines wait, and it can be opened at another time.
  base::Status open(bool was_made_by_us);
  bool is_open() const { return static_cast<bool>(fd_); }
  bool is_made_by_us() const { return is_made_by_us_; }

  // A line of the record with this number. Requires: at most PIPE_BUF bytes, so that it goes in whole.
  void put(std::uint64_t sequence, std::string line);
  // Writes what fits. True when lines are left that wait.
  bool flush();
  bool is_waiting() const { return !waiting_.empty(); }
  // Everything up to here was written or given up; `taken` when nothing waits.
  std::uint64_t told(std::uint64_t taken) const;
  std::uint64_t given_up() const { return given_up_; }
  // Written, and not yet read by anybody.
  bool has_unread() const;

  // Readers see its end; what they have not read they still can.
  void close() { fd_.reset(); }
  // From the file system, when it was made here and is still the one.
  void remove();

 private:
  struct Line {
    std::uint64_t sequence;
    std::string text;
  };
  bool is_still_there() const;

  std::string path_;
  Identity owner_;
  base::os::UniqueFd fd_;
  bool is_made_by_us_ = false;
  std::deque<Line> waiting_;
  std::uint64_t given_up_ = 0;
};

}  // namespace runner
