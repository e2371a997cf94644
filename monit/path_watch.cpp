#include "monit/path_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace monit {

using base::Error;
using base::Result;

namespace {

constexpr std::uint32_t kDirectoryEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                           IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// Not IN_MODIFY: who writes a file anew empties it first, and nobody means that moment.
constexpr std::uint32_t kContentEvents = IN_CLOSE_WRITE;
// Concern the directory itself, or all watches at once: what they mean is found out by looking again.
constexpr std::uint32_t kAlwaysMatter =
    IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;

struct Step {
  std::string directory;
  std::string name;  // of the next part of the path, in that directory
};

// "/run/vigie/MASTER" -> ("/", "run"), ("/run", "vigie"), ("/run/vigie", "MASTER").
std::vector<Step> steps_to(const std::string& path) {
  std::vector<Step> steps;
  std::string directory = path.starts_with('/') ? "/" : ".";
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) {
      const std::string name = path.substr(at, end - at);
      steps.push_back({directory, name});
      directory += directory.ends_with('/') ? name : "/" + name;
    }
    at = end + 1;
  }
  return steps;
}

}  // namespace

Result<PathWatch> PathWatch::open(std::vector<std::string> paths, bool contents) {
  base::os::UniqueFd inotify{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!inotify) return Error::last("open inotify");
  return PathWatch{std::move(inotify), std::move(paths),
                   kDirectoryEvents | (contents ? kContentEvents : 0)};
}

void PathWatch::watch_all() {
  std::map<int, std::set<std::string>> wanted;
  trouble_.clear();
  for (const std::string& path : paths_) {
    // From the root down: a directory that appears after its parent is watched makes an event there.
    for (const Step& step : steps_to(path)) {
      const int watch = ::inotify_add_watch(inotify_.get(), step.directory.c_str(), events_);
      if (watch < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
          trouble_ = to_string(Error::last("watch directory", step.directory));
        break;
      }
      wanted[watch].insert(step.name);
    }
  }
  for (const auto& [watch, names] : watched_)
    if (wanted.count(watch) == 0)
      (void)::inotify_rm_watch(inotify_.get(), watch);  // gone already when its directory is
  watched_ = std::move(wanted);
}

bool PathWatch::read_events() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool matters = false;
  // Bounded: a directory in which others make files without end must not keep us here. What is left stays readable.
  for (int rounds = 0; rounds < 8; ++rounds) {
    const ssize_t length = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (length <= 0) break;
    for (ssize_t at = 0; at < length;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      const auto watch = watched_.find(event.wd);
      matters = matters || (event.mask & IN_Q_OVERFLOW) != 0;
      if (watch != watched_.end())
        // Without a name it is about the directory: who may enter it has changed, say.
        matters = matters || (event.mask & kAlwaysMatter) != 0 || event.len == 0 ||
                  watch->second.count(name) != 0;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  return matters;
}

}  // namespace monit
