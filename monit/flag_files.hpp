// The two files an operator and a monitor see: the permit, whose absence keeps a router from being master, and the
// active file, present exactly while it is master.
//
// Both work by level: every look compares what is with what should be, so a file that somebody else made, changed or
// removed is put right at the next look, and a crash leaves nothing that the next start does not correct.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "monit/path_watch.hpp"

namespace monit {

// What a permit file says.
struct Permit {
  bool present = false;
  bool known = true;      // false: it could not be looked at, which counts as absent
  std::uint32_t uid = 0;  // its owner, when present
  int error = 0;          // errno, when not known
  friend bool operator==(const Permit&, const Permit&) = default;
};

// Follows symbolic links: a link to nothing is absent.
Permit look_at_permit(const std::string& path);

// Watches permit files. A change is seen when fd() is readable; look() is also the back-stop for filesystems that report
// nothing, and should be called every kBackStop.
class PermitWatch {
 public:
  static constexpr base::Duration kBackStop = std::chrono::seconds{2};

  static base::Result<PermitWatch> open(std::vector<std::string> paths);

  int fd() const { return directories_.fd(); }
  // Takes waiting events; looks again when one concerns a path. Answers which permits are not what they were.
  std::vector<std::size_t> handle_events();
  // Looks at everything, whatever the events say.
  std::vector<std::size_t> look();
  const Permit& permit(std::size_t index) const { return permits_[index]; }
  std::size_t size() const { return permits_.size(); }
  // Why a directory cannot be watched (its permit is then found by look() alone); empty when all can.
  const std::string& trouble() const { return directories_.trouble(); }

 private:
  explicit PermitWatch(PathWatch directories)
      : directories_(std::move(directories)), permits_(directories_.paths().size()) {}

  PathWatch directories_;
  std::vector<Permit> permits_;
};

// Who is master, for the content of an active file.
struct Mastership {
  std::string instance;
  std::int64_t since_wall_ns = 0;
  friend bool operator==(const Mastership&, const Mastership&) = default;
};

//   VI_ROUTEUR master since 2026-11-21T22:30:24Z
//   pid 4711
std::string describe(const std::vector<Mastership>& masters, int pid);

// One active file. Its time of modification is when the engine was last seen alive, so a monitor that finds it old
// knows that nobody speaks for what it says.
class ActiveFile {
 public:
  explicit ActiveFile(std::string path) : path_(std::move(path)) {}

  // There, with this content. Harmless when it already is.
  base::Status keep(const std::string& content, std::int64_t alive_wall_ns);
  // Not there.
  base::Status remove();
  const std::string& path() const { return path_; }
  // It stands there because this process wrote it.
  bool is_ours() const { return content_.has_value(); }

 private:
  std::string path_;
  std::optional<std::string> content_;  // what stands there since this process wrote it
  std::int64_t alive_wall_ns_ = 0;      // its time
};

}  // namespace monit
