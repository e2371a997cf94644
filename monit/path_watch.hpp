// Says that something happened to one of a few paths: inotify on every directory of each, so that a directory that is
// created later, removed, renamed or replaced is followed, and so is a file that another is renamed over.
//
// An event is a reason to look, never a fact: the caller looks at its paths itself, by level, and also now and then
// without an event, for filesystems that report nothing (procfs, NFS, FUSE) and for what a symbolic link leads to.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/os/fd.hpp"
#include "base/result.hpp"

namespace monit {

class PathWatch {
 public:
  // `contents`: also when one of the files was written and closed.
  static base::Result<PathWatch> open(std::vector<std::string> paths, bool contents = false);

  int fd() const { return inotify_.get(); }
  // Takes waiting events; true when one concerns a path.
  bool read_events();
  // Watches the directories that are there now. To be called before each look: what appears between the two makes an
  // event.
  void watch_all();
  const std::vector<std::string>& paths() const { return paths_; }
  // Why a directory cannot be watched (a change there is then found by looking alone); empty when all can.
  const std::string& trouble() const { return trouble_; }

 private:
  PathWatch(base::os::UniqueFd inotify, std::vector<std::string> paths, std::uint32_t events)
      : inotify_(std::move(inotify)), paths_(std::move(paths)), events_(events) {}

  base::os::UniqueFd inotify_;
  std::vector<std::string> paths_;
  std::uint32_t events_;
  std::map<int, std::set<std::string>> watched_;  // watch -> names in that directory that matter
  std::string trouble_;
};

}  // namespace monit
