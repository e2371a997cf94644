#include "supervisor/config_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/os/confine.hpp"
#include "base/os/fd.hpp"
#include "base/os/process.hpp"
#include "engine/config/compiled.hpp"

namespace supervisor {

using base::Error;
using base::Result;

namespace {

constexpr int kSummaryFd = 3;  // the reader's

// The reader sees all that we were given, since the text may ask for it with `${_ENV NAME}`. What every process gets comes
// first and so counts.
std::vector<std::string> whole_environment() {
  std::vector<std::string> environment = child_environment();
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.emplace_back(*variable);
  return environment;
}

}  // namespace

Result<Reader> start_reader(const std::string& programs, const std::string& file,
                            const std::string& output, int findings, const std::string& config_id) {
  Reader reader;
  reader.summary_fd.reset(::memfd_create("vigie-config-summary", MFD_CLOEXEC));
  if (!reader.summary_fd) return Error::last("make room for what vigie-config says");
  base::os::SpawnOptions options;
  options.arguments = {programs + "/vigie-config",
                       "--file",
                       file,
                       "--output",
                       output,
                       "--config-id",
                       config_id,
                       "--summary-fd",
                       std::to_string(kSummaryFd)};
  options.environment = whole_environment();
  options.descriptors = {{findings, STDERR_FILENO}, {reader.summary_fd.get(), kSummaryFd}};
  // A Ctrl-C in the terminal ends us in order; what a reader says of a half-read file would only confuse.
  options.new_process_group = true;
  auto child = base::os::spawn(options);
  if (!child) return child.error();
  reader.child = std::move(*child);
  return reader;
}

config::Summary Reader::summary() const {
  config::Summary summary;
  if (::pread(summary_fd.get(), &summary, sizeof summary, 0) != sizeof summary) return {};
  summary.first.back() = '\0';
  return summary;
}

Result<Verdict> verdict_of(int status, const std::string& file) {
  switch (status) {
    case 0: return Verdict::kClean;
    case 1: return Verdict::kWarnings;
    case 2: return Verdict::kErrors;
    default:
      return Error::because("read configuration",
                            "vigie-config ended with " + base::os::describe_exit(status), file);
  }
}

Result<Reading> read_configuration(const std::string& programs, const std::string& file,
                                   const std::string& output, const std::string& config_id) {
  const auto reader = start_reader(programs, file, output, STDERR_FILENO, config_id);
  if (!reader) return reader.error();
  const base::os::Child* const child = &reader->child;
  pollfd ended{child->pidfd.get(), POLLIN, 0};
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kReaderPatience);
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, static_cast<int>(patience.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready != 1) {
    (void)::kill(child->pid, SIGKILL);  // not reaped yet, so the pid is its own
    return Error::because("read configuration", "it takes too long", file);
  }
  const auto verdict = verdict_of(base::os::try_reap(*child).value_or(-1), file);
  if (!verdict) return verdict.error();
  return Reading{*verdict, reader->summary()};
}

Result<Compiled> load_compiled(const std::string& path) {
  const base::os::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return Error::last("open compiled configuration", path);
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return Error::last("look at compiled configuration", path);
  std::vector<std::byte> bytes(static_cast<std::size_t>(facts.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t length = ::read(fd.get(), bytes.data() + have, bytes.size() - have);
    if (length < 0) return Error::last("read compiled configuration", path);
    if (length == 0) return Error::because("read compiled configuration", "it got shorter", path);
    have += static_cast<std::size_t>(length);
  }
  auto model = config::decompile(bytes);
  if (!model) return model.error();
  return Compiled{std::move(*model), config::hash_of(bytes)};
}

Result<Compiled> store_compiled(const std::string& path, config::Model model) {
  const std::vector<std::byte> bytes = config::compile(model);
  const base::os::UniqueFd fd{::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return Error::last("open compiled configuration", path);
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t length = ::write(fd.get(), bytes.data() + written, bytes.size() - written);
    if (length < 0) return Error::last("write compiled configuration", path);
    written += static_cast<std::size_t>(length);
  }
  return Compiled{std::move(model), config::hash_of(bytes)};
}

std::vector<std::string> child_environment() {
  std::vector<std::string> environment{
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      std::string(base::os::kParentVariable) + "=" + std::to_string(::getpid())};
  for (const char* name : {"LANG", "TZ"})
    if (const char* value = std::getenv(name))
      environment.push_back(std::string(name) + "=" + value);
  return environment;
}

}  // namespace supervisor
