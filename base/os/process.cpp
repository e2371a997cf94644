#include "base/os/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace base::os {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// What posix_spawn is told to do in the child, released whichever way we leave.
struct Recipe {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  Recipe() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~Recipe() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Recipe(const Recipe&) = delete;
  Recipe& operator=(const Recipe&) = delete;
};

}  // namespace

Result<Child> spawn(const SpawnOptions& options) {
  const std::string& program =
      options.program.empty() ? options.arguments.front() : options.program;
  Recipe recipe;
  // dup2 in the child must not overwrite a descriptor that a later dup2 still needs: every source is first lifted
  // above all targets.
  int above = 3;
  for (const auto& [ours, theirs] : options.descriptors) above = std::max(above, theirs + 1);
  std::vector<UniqueFd> lifted;
  for (const auto& [ours, theirs] : options.descriptors) {
    UniqueFd copy{::fcntl(ours, F_DUPFD_CLOEXEC, above)};
    if (!copy) return Error::last("duplicate descriptor for", program);
    posix_spawn_file_actions_adddup2(&recipe.actions, copy.get(), theirs);
    lifted.push_back(std::move(copy));
  }

  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigmask(&recipe.attributes, &none);
  posix_spawnattr_setsigdefault(&recipe.attributes, &all);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (options.new_process_group) flags |= POSIX_SPAWN_SETPGROUP;
  if (options.new_session) flags |= POSIX_SPAWN_SETSID;
  posix_spawnattr_setflags(&recipe.attributes, flags);

  Child child;
  const int error =
      ::posix_spawn(&child.pid, program.c_str(), &recipe.actions, &recipe.attributes,
                    pointers(options.arguments).data(), pointers(options.environment).data());
  if (error != 0) return Error::of(error, "start", program);
  // The child cannot have been reaped by anybody else yet, so its pid is still its own.
  child.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  if (!child.pidfd) {
    const Error refused = Error::last("watch", program);
    (void)::kill(child.pid, SIGKILL);
    (void)::waitpid(child.pid, nullptr, 0);
    return refused;
  }
  return child;
}

std::optional<int> try_reap(const Child& child) {
  int status = 0;
  const pid_t reaped = ::waitpid(child.pid, &status, WNOHANG);
  if (reaped != child.pid) return std::nullopt;
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  return WEXITSTATUS(status);
}

std::string describe_exit(int status) {
  if (status >= 0) return "exit status " + std::to_string(status);
  const char* name = ::sigdescr_np(-status);
  return "signal " + std::to_string(-status) +
         (name != nullptr ? std::string(" (") + name + ")" : "");
}

}  // namespace base::os
