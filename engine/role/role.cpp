#include "engine/role/role.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/os/log.hpp"
#include "base/os/mapping.hpp"
#include "engine/config/compiled.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/ipc/role.hpp"

namespace role {

using base::Error;
using base::os::UniqueFd;

base::Result<Arguments> read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--journal") {
      arguments.to_journal = true;
      continue;
    }
    if (name == "--stand-by") {
      arguments.stand_by = true;
      continue;
    }
    if (name != "--run-dir" && name != "--state-dir")
      return Error::because("read arguments", "unknown argument", name);
    if (++i == argc) return Error::because("read arguments", "a directory is missing", name);
    (name == "--run-dir" ? arguments.run_dir : arguments.state_dir) = argv[i];
  }
  if (arguments.run_dir.empty() || arguments.state_dir.empty())
    return Error::because(
        "read arguments",
        "--run-dir and --state-dir are needed; this process is started by vigied, not by hand");
  return arguments;
}

base::Result<Arguments> begin(std::string_view name, int argc, char** argv) {
  base::os::open_log(name, false);
  auto arguments = read_arguments(argc, argv);
  if (arguments && arguments->to_journal) base::os::open_log(name, true);
  return arguments;
}

base::Status stand_by(const Arguments& arguments) {
  if (!arguments.stand_by) return base::ok();
  // What it starts must not hold it open.
  if (::fcntl(ipc::kBirthFd, F_SETFD, FD_CLOEXEC) != 0) return Error::last("stand by");
  ipc::StandingBy here;
  std::string_view(VIGIE_VERSION).copy(here.version.data(), here.version.size() - 1);
  if (::send(ipc::kBirthFd, &here, sizeof here, MSG_NOSIGNAL) != sizeof here)
    return Error::last("stand by");
  char go = 0;
  ssize_t length = 0;
  do {
    length = ::recv(ipc::kBirthFd, &go, sizeof go, 0);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return Error::last("stand by");
  if (length == 0) return Error::because("stand by", "it is not wanted any more");
  return base::ok();
}

void say_it_took_over(const Arguments& arguments) {
  if (!arguments.stand_by) return;
  const UniqueFd birth{ipc::kBirthFd};
  const char done = 1;
  // A supervisor that does not hear it ends us for it.
  (void)::send(birth.get(), &done, sizeof done, MSG_NOSIGNAL);
}

base::Result<UniqueFd> hold_signals() {
  for (const int number : {SIGINT, SIGHUP, SIGPIPE})
    (void)::signal(number, SIG_IGN);  // valid numbers: cannot fail
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  if (::sigprocmask(SIG_BLOCK, &held, nullptr) != 0) return Error::last("hold signals");
  UniqueFd signals{::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals) return Error::last("receive signals");
  return signals;
}

bool take_signal(const UniqueFd& signals) {
  signalfd_siginfo signal{};
  return ::read(signals.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal);
}

bool take_signal_of_parent(const UniqueFd& signals) {
  signalfd_siginfo signal{};
  if (::read(signals.get(), &signal, sizeof signal) != static_cast<ssize_t>(sizeof signal))
    return false;
  return signal.ssi_pid == static_cast<std::uint32_t>(::getppid());
}

base::Result<bool> take_kick(int kick) {
  std::uint64_t kicks = 0;
  if (::read(kick, &kicks, sizeof kicks) == static_cast<ssize_t>(sizeof kicks)) return true;
  if (errno == EAGAIN || errno == EINTR) return false;
  return Error::last("read the kick");
}

base::Result<config::Model> read_configuration() {
  auto configuration = read_configuration(ipc::kConfigFd);
  if (!configuration) return configuration.error();
  return std::move(configuration->model);
}

base::Result<Configuration> read_configuration(int fd) {
  const auto mapping = base::os::Mapping::read_only(fd);
  if (!mapping) return mapping.error();
  auto model = config::decompile(mapping->bytes());
  if (!model) return model.error();
  return Configuration{std::move(*model), config::hash_of(mapping->bytes())};
}

base::Status confine(const base::os::Confinement& wanted) {
  const auto notes = base::os::confine(wanted);
  if (!notes) return notes.error();
  for (const std::string& note : *notes) base::os::log_info(note);
  return base::ok();
}

int exit_status(const base::Status& ended) {
  if (ended) return 0;
  base::os::log_error(to_string(ended.error()));
  return 1;
}

}  // namespace role
