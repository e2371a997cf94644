#include "monit/flag_files.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "monit/small_file.hpp"

namespace monit {

using base::Error;
using base::Result;
using base::Status;

namespace {

constexpr std::uint32_t kDirectoryEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                           IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// Concern the directory itself, or all watches at once: what they mean is found out by looking again.
constexpr std::uint32_t kAlwaysMatter =
    IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;

// How far the time of an active file may lag behind before it is set again.
constexpr std::int64_t kRefreshNs = 1'000'000'000;

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

Permit look_at_permit(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) return {.present = true, .uid = facts.st_uid};
  if (errno == ENOENT || errno == ENOTDIR) return {};
  return {.known = false, .error = errno};
}

Result<PermitWatch> PermitWatch::open(std::vector<std::string> paths) {
  base::os::UniqueFd inotify{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!inotify) return Error::last("open inotify");
  PermitWatch watch{std::move(inotify), std::move(paths)};
  (void)watch.look();  // everything is news to a caller who has seen nothing yet
  return watch;
}

void PermitWatch::watch_all() {
  std::map<int, std::set<std::string>> wanted;
  trouble_.clear();
  for (const std::string& path : paths_) {
    // From the root down: a directory that appears after its parent is watched makes an event there.
    for (const Step& step : steps_to(path)) {
      const int watch =
          ::inotify_add_watch(inotify_.get(), step.directory.c_str(), kDirectoryEvents);
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

std::vector<std::size_t> PermitWatch::look() {
  watch_all();
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const Permit now = look_at_permit(paths_[i]);
    if (now == permits_[i]) continue;
    permits_[i] = now;
    changed.push_back(i);
  }
  return changed;
}

bool PermitWatch::read_events() {
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

std::vector<std::size_t> PermitWatch::handle_events() {
  if (!read_events()) return {};
  return look();
}

std::string describe(const std::vector<Mastership>& masters, int pid) {
  std::string text;
  for (const Mastership& master : masters) {
    const std::time_t since = static_cast<std::time_t>(master.since_wall_ns / 1'000'000'000);
    std::tm parts{};
    ::gmtime_r(&since, &parts);
    std::array<char, 32> iso;
    const std::size_t length = std::strftime(iso.data(), iso.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    text += master.instance + " master since " + std::string(iso.data(), length) + "\n";
  }
  return text + "pid " + std::to_string(pid) + "\n";
}

Status ActiveFile::keep(const std::string& content, std::int64_t alive_wall_ns) {
  struct stat facts {};
  const bool is_there = ::lstat(path_.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
  if (!is_there || content_ != content) {
    if (auto written = replace_file(path_, content, alive_wall_ns); !written) {
      content_.reset();
      return written;
    }
    content_ = content;
    alive_wall_ns_ = alive_wall_ns;
    return base::ok();
  }
  // Also when the wall clock was set back.
  if (std::abs(alive_wall_ns - alive_wall_ns_) < kRefreshNs) return base::ok();
  if (auto touched = set_modified(path_, alive_wall_ns); !touched) {
    content_.reset();  // write it anew next time
    return touched;
  }
  alive_wall_ns_ = alive_wall_ns;
  return base::ok();
}

Status ActiveFile::remove() {
  content_.reset();
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
    return Error::last("remove", path_);
  return base::ok();
}

}  // namespace monit
