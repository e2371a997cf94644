// Tracked files: looked at when something happens in their directories, and once a second whatever happens, for
// filesystems that report nothing and for files that are written without ever being closed.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "monit/path_watch.hpp"
#include "runner/file_value.hpp"
#include "runner/lookout.hpp"

namespace runner {

class FileWatch final : public Lookout {
 public:
  static constexpr base::Duration kEvery = std::chrono::seconds{1};
  // An empty file is believed when it is still empty so much later: who writes a file empties it first.
  static constexpr base::Duration kSecondLook = std::chrono::milliseconds{20};

  struct Wanted {
    std::uint16_t index = 0;  // into Model::tracked_files
    std::string path;
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  // `former`: what it knows of the same paths is known from the beginning.
  static base::Result<std::unique_ptr<FileWatch>> open(std::vector<Wanted> files,
                                                       const FileWatch* former = nullptr);

  int fd() const override { return watch_.fd(); }
  base::Instant deadline() const override { return next_; }
  std::vector<ipc::Tracked> look(base::Instant now) override;
  // The file that is being read counts as unreadable.
  std::optional<ipc::Tracked> when_stuck() const override;

 private:
  struct Slot {
    Wanted wanted;
    FileValue value;
    bool is_known = false;
    std::optional<base::Instant> empty_since;  // not yet believed
  };
  FileWatch(std::vector<Wanted> files, monit::PathWatch watch);

  std::vector<Slot> slots_;
  monit::PathWatch watch_;
  base::Instant next_;
  std::atomic<std::size_t> reading_;  // slots_.size(): none
};

}  // namespace runner
