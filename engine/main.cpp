// vigie-engine: the parts, the confinement, the loop.
#include <signal.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/clock.hpp"
#include "base/os/confine.hpp"
#include "base/os/log.hpp"
#include "base/os/mapping.hpp"
#include "engine/config/compiled.hpp"
#include "engine/engine.hpp"
#include "engine/ipc/role.hpp"
#include "engine/role/role.hpp"

namespace {

using base::os::UniqueFd;

// The whole life after the start. No socket, no open, no exec, no fork: what it needs was handed in. fstat is for mapping
// the board of another configuration; the others that do no work of the engine's are for the allocator and for saying
// which invariant broke.
constexpr auto kAllowed = std::to_array<std::string_view>(
    {"epoll_pwait2", "epoll_ctl", "recvmmsg",       "sendmmsg",        "recvmsg",    "sendmsg",
     "write",        "close",     "clock_gettime",  "restart_syscall", "getsockopt", "rt_sigreturn",
     "exit_group",   "exit",      "mmap",           "munmap",          "mremap",     "brk",
     "madvise",      "futex",     "rt_sigprocmask", "getpid",          "gettid",     "tgkill",
     "fstat",        "newfstatat"});

int fail(const base::Error& error) {
  base::os::log_error(base::to_string(error));
  return 1;
}

}  // namespace

int main(int argument_count, char** arguments) {
  // Of what every role is given (engine/ipc/role.hpp), the engine uses the descriptors; before it has a ledger to write
  // to, it needs to know where its complaints go.
  const auto begun = role::begin("engine", argument_count, arguments);
  if (!begun) return fail(begun.error());

  // It is ended by ipc::Stop, and by SIGKILL when it does not turn any more.
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2})
    (void)::signal(number, SIG_IGN);  // valid numbers: cannot fail

  auto configuration = base::os::Mapping::read_only(ipc::kConfigFd);
  if (!configuration) return fail(configuration.error());
  auto model = config::decompile(configuration->bytes());
  if (!model) return fail(model.error());
  auto board = base::os::Mapping::read_write(ipc::kBoardFd);
  if (!board) return fail(board.error());
  auto ledger = base::os::Mapping::read_write(ipc::kLedgerFd);
  if (!ledger) return fail(ledger.error());

  auto memory = base::os::Mapping::read_write(ipc::kMemoryFd);
  if (!memory) return fail(memory.error());

  const config::Scheduling scheduling = model->scheduling;
  engine::Parts parts;
  parts.model = std::move(*model);
  parts.configuration_hash = config::hash_of(configuration->bytes());
  parts.configuration = UniqueFd{ipc::kConfigFd};
  parts.boot_id = base::os::boot_id();
  parts.board = board->writable();
  parts.ledger = ledger->writable();
  parts.memory = memory->writable();
  parts.keeper = UniqueFd{ipc::kKeeperFd};
  parts.runner = UniqueFd{ipc::kRunnerFd};
  parts.supervisor = UniqueFd{ipc::kSupervisorFd};
  for (int i = 0; i < ipc::kKickCount; ++i)
    parts.kicks[static_cast<std::size_t>(i)] = UniqueFd{ipc::kFirstKickFd + i};
  // What the one before left is complete when that one is gone.
  if (auto alone = role::stand_by(*begun); !alone) return fail(alone.error());
  auto engine = engine::Engine::open(std::move(parts));
  if (!engine) return fail(engine.error());

  // --- Confinement: dies with the supervisor, its own user, no capability, real time, nothing paged out, a short list of system calls. ---
  base::os::Confinement wanted;
  wanted.user = "vigie-engine";
  wanted.round_robin_priority = scheduling.rt_priority != 0 ? scheduling.rt_priority : 20;
  wanted.processors = scheduling.cpus;
  wanted.lock_memory = true;
  wanted.die_with_parent = true;  // docs/decisions/0004-supervisor-death.md
  wanted.process_name = "vigie-engine";
  const auto impossible = base::os::confine(wanted);
  if (!impossible) return fail(impossible.error());
  for (const std::string& what : *impossible) (*engine)->note_once(what);
  role::say_it_took_over(*begun);
  if (auto filtered = base::os::allow_only(kAllowed); !filtered) return fail(filtered.error());

  while ((*engine)->turn()) {
  }
  return 0;
}
