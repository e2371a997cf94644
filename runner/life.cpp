#include "runner/life.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "monit/small_file.hpp"

namespace runner {
namespace {

constexpr std::string_view kRuns = "runs";
constexpr std::string_view kEnded = "ended";

}  // namespace

std::string Life::line(std::string_view word) const {
  std::ostringstream text;
  text << "vigie-runner-life 1 " << boot_id_ << ' ' << parent_.pid << ' ' << parent_.start_ticks
       << ' ' << word << '\n';
  return text.str();
}

base::Result<bool> Life::begin() const {
  std::ifstream file(path_);
  bool is_new = false;
  if (!file) {
    if (errno != ENOENT) return base::Error::last("read", path_);
    is_new = true;
  } else {
    std::string heading;
    std::string version;
    std::string boot;
    std::string word;
    Parent parent;
    if (file >> heading >> version >> boot >> parent.pid >> parent.start_ticks >> word)
      is_new = boot != boot_id_ || (word == kEnded && parent != parent_);
  }
  if (auto written = monit::replace_file(path_, line(kRuns)); !written) return written.error();
  return is_new;
}

base::Status Life::end() const { return monit::replace_file(path_, line(kEnded)); }

}  // namespace runner
