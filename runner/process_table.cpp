#include "runner/process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "base/os/fd.hpp"
#include "runner/process_match.hpp"

namespace runner {
namespace {

// A command line beyond this is compared by its beginning.
constexpr std::size_t kMostBytes = 65536;

// Empty when there is no such file any more.
std::string read_all(const std::string& path) {
  const base::os::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string all;
  if (!fd) return all;
  std::array<char, 4096> buffer;
  while (all.size() < kMostBytes) {
    const ssize_t length = ::read(fd.get(), buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;  // ESRCH: it ended while we read
    all.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return all;
}

// "4711 (name) S ...": the name may hold anything, parentheses too.
struct Stat {
  std::string name;
  char state = 'X';
};
Stat stat_in(const std::string& text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 2 >= text.size())
    return {};
  return {text.substr(open + 1, close - open - 1), text[close + 2]};
}

std::vector<std::string> words_in(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

ProcessTable::ProcessTable(std::vector<config::Process> wanted, std::string proc)
    : wanted_(std::move(wanted)), proc_(std::move(proc)) {
  needs_command_lines_ = std::any_of(wanted_.begin(), wanted_.end(), needs_command_line);
}

base::Status ProcessTable::scan() {
  struct Close {
    void operator()(DIR* directory) const { (void)::closedir(directory); }
  };
  const std::unique_ptr<DIR, Close> directory{::opendir(proc_.c_str())};
  if (!directory) return base::Error::last("list processes in", proc_);
  std::map<int, std::vector<std::size_t>> found;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name.empty() || name.find_first_not_of("0123456789") != std::string_view::npos) continue;
    const int pid = std::atoi(entry->d_name);
    if (auto which = wanted_at(pid); !which.empty()) found[pid] = std::move(which);
  }
  if (errno != 0) return base::Error::last("list processes in", proc_);
  found_ = std::move(found);
  return base::ok();
}

void ProcessTable::look(int pid) {
  auto which = wanted_at(pid);
  if (which.empty()) {
    found_.erase(pid);
  } else {
    found_[pid] = std::move(which);
  }
}

std::vector<std::size_t> ProcessTable::wanted_at(int pid) const {
  const std::string directory = proc_ + "/" + std::to_string(pid);
  const Stat stat = stat_in(read_all(directory + "/stat"));
  if (stat.state == 'Z' || stat.state == 'X' || stat.state == 'x') return {};
  const auto command_line = needs_command_lines_ ? words_in(read_all(directory + "/cmdline"))
                                                 : std::vector<std::string>{};
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < wanted_.size(); ++i)
    if (needs_command_line(wanted_[i]) ? matches_command_line(wanted_[i], command_line)
                                       : matches_name(wanted_[i], stat.name))
      which.push_back(i);
  return which;
}

std::uint32_t ProcessTable::running(std::size_t index) const {
  return static_cast<std::uint32_t>(
      std::count_if(found_.begin(), found_.end(), [&](const auto& entry) {
        return std::find(entry.second.begin(), entry.second.end(), index) != entry.second.end();
      }));
}

}  // namespace runner
