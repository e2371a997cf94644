#include "base/os/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/os/fd.hpp"

namespace base::os {
namespace {

// The one object of a process that is not handed around: a log line may be due anywhere, and there is one stderr.
struct Sink {
  std::string role = "vigie";
  UniqueFd journal;  // a datagram socket connected to /dev/log; unset: stderr
  unsigned long dropped = 0;
};

Sink& sink() {
  static Sink the_sink;
  return the_sink;
}

bool to_stderr(std::string_view line) {
  // A terminal or pipe that is full must not hold us: its readiness is asked first, and a line is shorter than what a
  // ready pipe takes at once.
  pollfd target{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&target, 1, 0) != 1 || (target.revents & POLLOUT) == 0) return false;
  return ::write(STDERR_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

bool to_journal(const UniqueFd& socket, Severity severity, std::string_view line) {
  std::array<char, 16> priority;
  constexpr int kDaemonFacility = 3;
  const int length = std::snprintf(priority.data(), priority.size(), "<%d>",
                                   kDaemonFacility * 8 + static_cast<int>(severity));
  std::string message(priority.data(), static_cast<std::size_t>(length));
  message += line;
  return ::send(socket.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

std::string stamp() {
  timespec at{};
  ::clock_gettime(CLOCK_REALTIME, &at);
  tm parts{};
  ::localtime_r(&at.tv_sec, &parts);
  std::array<char, 32> text;
  const std::size_t length = ::strftime(text.data(), text.size(), "%H:%M:%S", &parts);
  std::array<char, 24> fraction;
  std::snprintf(fraction.data(), fraction.size(), ".%03ld", at.tv_nsec / 1'000'000);
  return std::string(text.data(), length) + fraction.data();
}

bool say(Severity severity, std::string_view text) {
  Sink& out = sink();
  if (out.journal)
    return to_journal(out.journal, severity, "vigie-" + out.role + ": " + std::string(text));
  std::string line = stamp() + " " + out.role + ": ";
  if (severity <= Severity::kError) line += "error: ";
  if (severity == Severity::kWarning) line += "warning: ";
  line += text;
  if (line.size() > 4000) line.resize(4000);
  return to_stderr(line + "\n");
}

}  // namespace

void open_log(std::string_view role, bool journal) {
  sink().role = role;
  if (!journal) return;
  UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, "/dev/log", sizeof address.sun_path - 1);
  if (socket &&
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    sink().journal = std::move(socket);
  } else {
    log_warning("no log daemon listens on /dev/log: lines go to stderr");
  }
}

void log(Severity severity, std::string_view text) {
  Sink& out = sink();
  if (out.dropped > 0) {
    if (!say(Severity::kWarning,
             std::to_string(out.dropped) + " log lines were dropped: the log was full")) {
      ++out.dropped;
      return;
    }
    out.dropped = 0;
  }
  if (!say(severity, text)) ++out.dropped;
}

}  // namespace base::os
