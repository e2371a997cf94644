#include "supervisor/once.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "supervisor/service_manager.hpp"

namespace supervisor {

using base::Duration;
using base::Error;
using base::Instant;
using base::Result;

namespace {

// What the shell says of a program that cannot be run.
constexpr int kCannotExecute = 126;
// How often a signal that is blocked is looked for.
constexpr std::chrono::milliseconds kLook{100};

std::vector<std::string> arguments_for(const config::OnceScript& script, const config::Model& model,
                                       const std::string& programs) {
  std::string user = script.command.user;
  std::string group = script.command.group;
  bool is_default = false;
  if (user.empty()) {
    user = model.script_user;
    group = model.script_group;
  }
  if (user.empty()) {
    // The name that keepalived gives the user it prefers for scripts nobody chose one for.
    user = "keepalived_script";
    is_default = true;
  }
  std::vector<std::string> list{programs + "/vigie-runner", "--as",
                                group.empty() ? user : user + ":" + group};
  if (is_default) list.emplace_back("--or-stay");
  if (model.supplementary_groups) list.emplace_back("--groups");
  if (model.script_security) list.emplace_back("--secure");
  list.emplace_back("--");
  list.insert(list.end(), script.command.arguments.begin(), script.command.arguments.end());
  return list;
}

bool is_asked_to_end() {
  sigset_t waiting;
  return ::sigpending(&waiting) == 0 &&
         (::sigismember(&waiting, SIGTERM) == 1 || ::sigismember(&waiting, SIGINT) == 1);
}

}  // namespace

Result<Once> Once::start(std::string what, const config::OnceScript& script,
                         const config::Model& model, const std::string& programs, Instant now) {
  const base::os::UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  if (!null) return Error::last("open", "/dev/null");
  base::os::SpawnOptions options;
  options.arguments = arguments_for(script, model, programs);
  options.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  options.descriptors = {{null.get(), 0}};
  options.new_process_group = true;
  auto child = base::os::spawn(options);
  if (!child) return child.error();
  return Once(std::move(what), *std::move(child), now, script.timeout);
}

void Once::signal(int number) {
  (void)::kill(-child_.pid, number);  // gone already: nobody is left to hear it
}

void Once::advance(Instant now) {
  if (now < deadline_) return;
  if (why_ended_.empty()) {
    why_ended_ =
        fmt::format("it had not ended after {} s",
                    std::chrono::duration_cast<std::chrono::seconds>(now - began_).count());
    signal(SIGTERM);
    deadline_ = now + kAfterTerm;
  } else {
    signal(SIGKILL);
    was_killed_ = true;
    deadline_ = now + kAfterTerm;  // until it is collected
  }
}

void Once::cut_short(Instant now) {
  if (!why_ended_.empty()) return;
  why_ended_ = "the daemon was asked to stop";
  signal(SIGTERM);
  deadline_ = now + kAfterTerm;
}

std::optional<feed::Record> Once::try_end(Instant now) {
  const auto status = base::os::try_reap(child_);
  if (!status) return std::nullopt;
  feed::Record record;
  record.kind = feed::Kind::kNotify;
  // One that ends well when it is asked to has not done its work all the same.
  record.status = *status == 0 && !why_ended_.empty() ? -SIGTERM : *status;
  record.duration_ns = (now - began_).count();
  feed::put_text(record.subject, what_);
  feed::put_text(record.text, why_ended_);
  if (record.status != 0)
    base::os::log_error(fmt::format("{} failed: {}{}{}", what_,
                                    base::os::describe_exit(record.status),
                                    why_ended_.empty() ? "" : ": ", why_ended_));
  return record;
}

feed::Record not_started(const std::string& what, const Error& error) {
  base::os::log_error(fmt::format("{} cannot be started: {}", what, to_string(error)));
  feed::Record record;
  record.kind = feed::Kind::kNotify;
  record.status = kCannotExecute;
  feed::put_text(record.subject, what);
  feed::put_text(record.text, to_string(error));
  return record;
}

Startup run_startup_script(const config::Model& model, const std::string& programs) {
  const config::OnceScript& script = model.notifying.startup;
  if (!script.command.is_set()) return {};
  ServiceManager().takes_longer(script.timeout + 2 * Once::kAfterTerm);
  base::os::log_info("startup_script is run; nothing else begins before it has ended");
  auto once = Once::start("startup_script", script, model, programs, base::os::now());
  if (!once) return {.row = not_started("startup_script", once.error())};
  Startup startup;
  for (;;) {
    const Instant now = base::os::now();
    startup.row = once->try_end(now);
    if (startup.row) return startup;
    once->advance(now);
    if (is_asked_to_end()) {
      startup.was_interrupted = true;
      once->cut_short(now);
    }
    pollfd ended{once->ended_fd(), POLLIN, 0};
    (void)::poll(&ended, 1, static_cast<int>(kLook.count()));  // interrupted, or not: we look again
  }
}

}  // namespace supervisor
