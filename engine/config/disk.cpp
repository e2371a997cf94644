// The FileReader that reads real files.
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "engine/config/lexer.hpp"
#include "engine/config/parser.hpp"

namespace config {
namespace {

// Patterns may mean all that is on the disk. Beyond this many names, in all patterns together, nobody meant them.
constexpr std::size_t kMostNames = 200'000;

// glob(3) hands its callbacks nothing of ours, so what they count stands here, for the thread that asks.
thread_local std::size_t names_left = 0;

struct dirent* next_name(void* folder) {
  if (names_left == 0) return nullptr;
  --names_left;
  return ::readdir(static_cast<DIR*>(folder));
}

// Nothing when too many names were to be looked at. `left` is how many may be, over all questions.
std::optional<std::vector<std::string>> matches(const std::string& pattern, std::size_t& left) {
  glob_t found{};
  found.gl_opendir = [](const char* path) -> void* { return ::opendir(path); };
  found.gl_readdir = next_name;
  found.gl_closedir = [](void* folder) { (void)::closedir(static_cast<DIR*>(folder)); };
  found.gl_stat = ::stat;
  found.gl_lstat = ::lstat;
  names_left = left;
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_MARK | GLOB_ALTDIRFUNC, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      const std::string_view path = found.gl_pathv[i];
      if (!path.ends_with('/')) paths.emplace_back(path);
    }
  ::globfree(&found);
  left = names_left;
  if (left == 0) return std::nullopt;
  return paths;
}

// O_NONBLOCK: a FIFO under this name must not hold up the reader; it is refused below.
std::optional<std::string> content_of(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::optional<std::string> text;
  struct stat about {};
  // keepalived skips what is not regular or may be executed: neither is a configuration.
  if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
      (about.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
    text.emplace();
    char buffer[65536];
    // One byte over the limit is enough for the lexer to refuse it.
    while (text->size() <= kMaxBytes) {
      const ssize_t got = ::read(fd, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) text.reset();
      if (got <= 0) break;
      text->append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return text;
}

// Looked at again, after content_of() had nothing to give.
std::string why_not(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return ::strerror(errno);
  if (S_ISDIR(about.st_mode)) return "it is a directory";
  if (!S_ISREG(about.st_mode)) return "it is not a regular file";
  if ((about.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0)
    return "it is executable, and a configuration is not";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return ::strerror(errno);
  ::close(fd);
  return "reading it failed";
}

bool is_exposed(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

std::string host() {
  struct utsname about {};
  if (::uname(&about) != 0) return {};
  const std::string_view name = about.nodename;
  return std::string(name.substr(0, name.find('.')));
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = ::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

FileReader disk() {
  const auto find = [left = kMostNames](const std::string& pattern) mutable {
    return matches(pattern, left);
  };
  return {find, content_of, why_not, is_exposed, host, environment, look_at_path};
}

}  // namespace config
