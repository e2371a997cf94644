#include "runner/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <poll.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>

namespace runner {

using base::Error;
using base::Result;
using base::os::UniqueFd;

namespace {

// This very program, even when its file was replaced by an upgrade meanwhile.
constexpr std::string_view kOurselves = "/proc/self/exe";
// Nothing of our own environment: it may hold what a script should not see.
constexpr std::string_view kPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// 16 x 16 KiB at a time: a script that prints without end does not keep us from the others.
constexpr int kReadsAtOnce = 16;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error::last("make pipe");
  return Pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

base::os::SpawnOptions options_for(const Becoming& what) {
  base::os::SpawnOptions options;
  options.arguments = to_arguments(what);
  options.arguments.insert(options.arguments.begin(), std::string(kOurselves));
  options.environment = {std::string(kPath)};
  options.new_process_group = true;
  return options;
}

Result<UniqueFd> open_null() {
  UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null) return Error::last("open", "/dev/null");
  return null;
}

}  // namespace

Result<Process> Process::start_check(Becoming what) {
  what.parent = ::getpid();
  what.gate = false;
  auto null = open_null();
  if (!null) return null.error();
  auto pipe = make_pipe();
  if (!pipe) return pipe.error();
  if (::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK) != 0) return Error::last("prepare pipe");
  auto options = options_for(what);
  options.descriptors = {{null->get(), 0}, {pipe->write.get(), 1}, {pipe->write.get(), 2}};
  auto child = base::os::spawn(options);
  if (!child) return child.error();
  Process process;
  process.child_ = *std::move(child);
  process.output_ = std::move(pipe->read);
  return process;
}

Result<Process> Process::start_notify(Becoming what) {
  what.parent = 0;
  what.gate = true;
  auto null = open_null();
  if (!null) return null.error();
  auto gate = make_pipe();
  if (!gate) return gate.error();
  auto options = options_for(what);
  options.descriptors = {
      {null->get(), 0}, {null->get(), 1}, {null->get(), 2}, {gate->read.get(), kGateFd}};
  auto child = base::os::spawn(options);
  if (!child) return child.error();
  Process process;
  process.child_ = *std::move(child);
  process.gate_ = std::move(gate->write);
  return process;
}

std::optional<Process> Process::adopt(int pid, std::uint64_t start_ticks) {
  Process process;
  process.is_adopted_ = true;
  process.child_.pid = pid;
  process.child_.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  // The number is looked at after the descriptor is open: from then on it cannot become another process unnoticed.
  if (!process.child_.pidfd || start_ticks == 0 || start_ticks_of(pid) != start_ticks)
    return std::nullopt;
  pollfd ended{process.child_.pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, 0) == 1) return std::nullopt;  // a zombie that nobody has collected
  return process;
}

std::uint64_t Process::start_ticks() const { return start_ticks_of(child_.pid); }

bool Process::is_not_yet_script() const {
  std::ifstream file("/proc/" + std::to_string(child_.pid) + "/cmdline");
  std::string line{std::istreambuf_iterator<char>(file), {}};
  // Empty for a moment within exec.
  return line.empty() || line.starts_with(std::string(kOurselves) + '\0' + "--as" + '\0');
}

void Process::open_gate() {
  // A process that died at its gate is found out by its end.
  if (gate_) (void)!::write(gate_.get(), "g", 1);
  gate_.reset();
}

void Process::signal(int number) {
  // Its group has its number, and keeps it for as long as the process is not collected. An adopted one may end at any
  // moment: its descriptor is asked first whether it is still there.
  if (is_adopted_ && ::syscall(SYS_pidfd_send_signal, child_.pidfd.get(), 0, nullptr, 0) != 0)
    return;
  (void)::kill(-child_.pid, number);  // none left to hear it: its end is about to be told
}

bool Process::read_output() {
  std::array<char, 16384> buffer;
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const ssize_t length = ::read(output_.get(), buffer.data(), buffer.size());
    if (length < 0) return errno == EAGAIN || errno == EINTR;
    if (length == 0) return false;
    const auto room = std::min(static_cast<std::size_t>(length), kOutputKept - kept_.size());
    kept_.append(buffer.data(), room);
  }
  return true;
}

std::optional<int> Process::try_end() {
  if (!is_adopted_) return base::os::try_reap(child_);
  pollfd ended{child_.pidfd.get(), POLLIN, 0};
  if (::poll(&ended, 1, 0) == 1) return kNotKnown;
  return std::nullopt;
}

bool discard_output(int fd) {
  std::array<char, 16384> buffer;
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const ssize_t length = ::read(fd, buffer.data(), buffer.size());
    if (length < 0) return errno == EAGAIN || errno == EINTR;
    if (length == 0) return false;
  }
  return true;
}

std::uint64_t start_ticks_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return 0;
  // The name in parentheses may hold anything; after it comes field 3.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  for (int number = 3; number < 22; ++number) fields >> field;
  std::uint64_t ticks = 0;
  return fields >> ticks ? ticks : 0;
}

}  // namespace runner
