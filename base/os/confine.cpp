#include "base/os/confine.hpp"

#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <memory>

namespace base::os {
namespace {

struct FreeCapabilities {
  void operator()(cap_t set) const { cap_free(set); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

struct ReleaseFilter {
  void operator()(scmp_filter_ctx filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

using Notes = std::vector<std::string>;

// Real-time scheduling may be refused (a container, a kernel that gives the group no budget): worth knowing, and
// survivable.
void schedule(const Confinement& wanted, Notes& notes) {
  if (!wanted.processors.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const std::uint16_t processor : wanted.processors)
      if (processor < CPU_SETSIZE) CPU_SET(processor, &set);
    // Those that are not there do not matter beside one that is.
    if (::sched_setaffinity(0, sizeof set, &set) != 0)
      notes.push_back(to_string(Error::last("run on the processors asked for")));
  }
  if (wanted.round_robin_priority > 0) {
    // A runaway loop is ended by the kernel before it can freeze the machine.
    const rlimit budget{200'000, 400'000};
    if (::setrlimit(RLIMIT_RTTIME, &budget) != 0)
      notes.push_back(to_string(Error::last("limit real-time CPU time")));
    sched_param parameter{};
    parameter.sched_priority = wanted.round_robin_priority;
    if (::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameter) != 0)
      notes.push_back(to_string(Error::last("run with real-time priority")));
    (void)::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);  // cannot fail for ourselves
  }
}

// The stack is locked like everything else, and it grows inside the limit or not at all: a process that locked almost all
// it may would die of its next deep call. So it grows now, while growing can only fail to be locked.
void grow_stack() {
  volatile std::byte depth[256 * 1024];
  for (std::size_t at = 0; at < sizeof depth; at += 4096) depth[at] = std::byte{};
}

// What is mapped later must not fail for want of lockable memory once the capability is gone, so that is locked only
// where the limit could be lifted.
void lock_memory(Notes& notes) {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  int what = MCL_CURRENT | MCL_FUTURE;
  if (::setrlimit(RLIMIT_MEMLOCK, &unlimited) != 0) {
    notes.push_back(to_string(Error::last("lift the limit of locked memory")) +
                    "; what is mapped from here on can be paged out");
    what = MCL_CURRENT;
    grow_stack();
  }
  if (::mlockall(what) != 0) notes.push_back(to_string(Error::last("lock memory")));
}

// Becomes the user while keeping capabilities, so that those wanted can be chosen afterwards.
Status become(const Confinement& wanted, Notes& notes) {
  if (wanted.user.empty()) return ok();
  errno = 0;
  const passwd* user = ::getpwnam(wanted.user.c_str());
  if (user == nullptr) {
    notes.push_back("user " + wanted.user + " does not exist: running as uid " +
                    std::to_string(::getuid()));
    return ok();
  }
  std::vector<gid_t> groups{user->pw_gid};
  for (const std::string& name : wanted.groups) {
    if (const group* found = ::getgrnam(name.c_str())) {
      groups.push_back(found->gr_gid);
    } else {
      notes.push_back("group " + name + " does not exist");
    }
  }
  if (::prctl(PR_SET_KEEPCAPS, 1UL, 0, 0, 0) != 0) return Error::last("keep capabilities");
  if (::setgroups(groups.size(), groups.data()) != 0 ||
      ::setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
      ::setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0) {
    // EINVAL: a user namespace that does not map this user. What matters, the capabilities, is dropped all the same.
    if (errno != EINVAL && errno != EPERM) return Error::last("become user", wanted.user);
    notes.push_back(to_string(Error::last("become user", wanted.user)));
  }
  return ok();
}

Result<std::vector<cap_value_t>> values_of(std::span<const std::string_view> names) {
  std::vector<cap_value_t> values;
  for (const std::string_view name : names) {
    cap_value_t value = 0;
    if (cap_from_name(std::string(name).c_str(), &value) != 0)
      return Error::because("keep capability", "no such capability", name);
    values.push_back(value);
  }
  return values;
}

// Takes CAP_SETPCAP in effect, so it must come before the change of user.
Status limit_bounding_set(const std::vector<cap_value_t>& kept, Notes& notes) {
  for (cap_value_t value = 0; cap_get_bound(value) >= 0; ++value) {
    if (std::find(kept.begin(), kept.end(), value) != kept.end() || cap_get_bound(value) == 0)
      continue;
    if (cap_drop_bound(value) == 0) continue;
    const Error refused = Error::last("drop capabilities from the bounding set");
    if (refused.code != EPERM) return refused;
    notes.push_back(to_string(refused));
    return ok();
  }
  return ok();
}

Status keep_only(const std::vector<cap_value_t>& kept) {
  const Capabilities set{cap_init()};
  if (!set) return Error::last("prepare capabilities");
  const int count = static_cast<int>(kept.size());
  if (count > 0 && (cap_set_flag(set.get(), CAP_PERMITTED, count, kept.data(), CAP_SET) != 0 ||
                    cap_set_flag(set.get(), CAP_EFFECTIVE, count, kept.data(), CAP_SET) != 0))
    return Error::last("choose capabilities");
  if (cap_set_proc(set.get()) != 0) return Error::last("drop capabilities");
  return ok();
}

}  // namespace

Result<std::vector<std::string>> confine(const Confinement& wanted) {
  Notes notes;
  if (!wanted.process_name.empty())
    (void)::prctl(PR_SET_NAME, wanted.process_name.c_str(), 0, 0, 0);  // only a name
  if (wanted.open_files > 0) {
    const rlimit files{wanted.open_files, wanted.open_files};
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0)
      notes.push_back(to_string(Error::last("limit open files")));
  }
  schedule(wanted, notes);
  if (wanted.lock_memory) lock_memory(notes);
  const auto kept = values_of(wanted.capabilities);
  if (!kept) return kept.error();
  if (!wanted.keep_bounding_set)
    if (auto limited = limit_bounding_set(*kept, notes); !limited) return limited.error();
  if (auto became = become(wanted, notes); !became) return became.error();
  if (auto dropped = keep_only(*kept); !dropped) return dropped.error();
  if (wanted.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
    return Error::last("forbid new privileges");
  // After the change of user, which resets both.
  if (::prctl(PR_SET_DUMPABLE, wanted.may_dump_core ? 1UL : 0UL, 0UL, 0UL, 0UL) != 0)
    return Error::last("forbid core dumps");
  if (wanted.die_with_parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return Error::last("follow the parent");
    // It may have died before we asked; then somebody else is our parent now.
    const char* parent = ::getenv(kParentVariable);
    if (parent != nullptr && std::to_string(::getppid()) != parent)
      return Error::because("follow the parent", "it is gone already");
  }
  return notes;
}

Status allow_only(std::span<const std::string_view> syscalls) {
  const Filter filter{seccomp_init(SCMP_ACT_KILL_PROCESS)};
  if (!filter) return Error::because("filter system calls", "no filter could be made");
  for (const std::string_view name : syscalls) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (number == __NR_SCMP_ERROR)
      return Error::because("allow system call", "no such system call", name);
    if (const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0); error != 0)
      return Error::of(-error, "allow system call", name);
  }
  if (const int error = seccomp_load(filter.get()); error != 0)
    return Error::of(-error, "filter system calls");
  return ok();
}

}  // namespace base::os
