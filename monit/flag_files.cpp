#include "monit/flag_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "monit/small_file.hpp"

namespace monit {

using base::Error;
using base::Result;
using base::Status;

namespace {

// How far the time of an active file may lag behind before it is set again.
constexpr std::int64_t kRefreshNs = 1'000'000'000;

}  // namespace

Permit look_at_permit(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) return {.present = true, .uid = facts.st_uid};
  if (errno == ENOENT || errno == ENOTDIR) return {};
  return {.known = false, .error = errno};
}

Result<PermitWatch> PermitWatch::open(std::vector<std::string> paths) {
  auto directories = PathWatch::open(std::move(paths));
  if (!directories) return directories.error();
  PermitWatch watch{*std::move(directories)};
  (void)watch.look();  // everything is news to a caller who has seen nothing yet
  return watch;
}

std::vector<std::size_t> PermitWatch::look() {
  directories_.watch_all();
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < permits_.size(); ++i) {
    const Permit now = look_at_permit(directories_.paths()[i]);
    if (now == permits_[i]) continue;
    permits_[i] = now;
    changed.push_back(i);
  }
  return changed;
}

std::vector<std::size_t> PermitWatch::handle_events() {
  if (!directories_.read_events()) return {};
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
