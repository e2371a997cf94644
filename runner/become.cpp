#include "runner/become.hpp"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace runner {
namespace {

int cannot(const std::string& why) {
  std::cerr << "vigie: " << why << std::endl;
  return 126;
}

std::string reason() { return std::strerror(errno); }

// A number stands for itself.
std::optional<unsigned> as_number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return {};
  return static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 10));
}

bool asks_for_all_groups(const Identity& identity) { return identity.group.starts_with(':'); }

}  // namespace

std::optional<Target> look_up(const Identity& identity) {
  Target target;
  if (const passwd* user = ::getpwnam(identity.user.c_str())) {
    target = {user->pw_uid, user->pw_gid, user->pw_name};
  } else if (const auto number = as_number(identity.user)) {
    target = {*number, *number, {}};
  } else {
    return std::nullopt;
  }
  const std::string group_name = identity.group.substr(asks_for_all_groups(identity) ? 1 : 0);
  if (group_name.empty()) return target;
  if (const group* found = ::getgrnam(group_name.c_str())) {
    target.gid = found->gr_gid;
  } else if (const auto number = as_number(group_name)) {
    target.gid = *number;
  } else {
    return std::nullopt;
  }
  return target;
}

namespace {

// 0, or the exit status of having failed.
int switch_to(const Identity& identity, bool all_groups) {
  if (identity.user.empty()) return 0;
  const auto target = look_up(identity);
  if (!target) {
    if (identity.is_default) return 0;
    return cannot("there is no user " + identity.user +
                  (identity.group.empty() ? "" : " or no group " + identity.group));
  }
  if (target->uid == ::getuid() && target->gid == ::getgid()) return 0;
  if (identity.is_default && is_only_user_here()) return 0;
  const bool has_others = !target->name.empty() && (all_groups || asks_for_all_groups(identity));
  const int grouped =
      has_others ? ::initgroups(target->name.c_str(), target->gid) : ::setgroups(1, &target->gid);
  if (grouped != 0 || ::setresgid(target->gid, target->gid, target->gid) != 0 ||
      ::setresuid(target->uid, target->uid, target->uid) != 0)
    return cannot("cannot run as user " + identity.user + ": " + reason());
  // Set-user-id programs stay possible: scripts that call sudo or ping work as they do under keepalived.
  return 0;
}

// Where PATH leads to.
std::string located(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find(':'), rest.size());
    const std::string candidate = rest.substr(0, length) + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.erase(0, length + 1);
  }
  return program;
}

std::optional<std::string> insecure_part(const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string part = end == std::string::npos ? path : path.substr(0, end);
    struct stat facts {};
    if (::lstat(part.c_str(), &facts) != 0) return std::nullopt;  // exec will say why
    if (facts.st_uid != 0) return part + " belongs to another user than root";
    if (S_ISLNK(facts.st_mode))
      continue;  // nobody writes to a link; where it leads is looked at too
    // In a sticky directory nobody can replace what is not his own.
    if (S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0) continue;
    if ((facts.st_mode & S_IWOTH) != 0) return part + " is writable by everybody";
    if ((facts.st_mode & S_IWGRP) != 0 && facts.st_gid != 0)
      return part + " is writable by a group other than root's";
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> to_arguments(const Becoming& becoming) {
  const Identity& identity = becoming.identity;
  std::vector<std::string> list{
      "--as", identity.group.empty() ? identity.user : identity.user + ":" + identity.group};
  if (identity.is_default) list.push_back("--or-stay");
  if (becoming.all_groups) list.push_back("--groups");
  if (becoming.secure) list.push_back("--secure");
  if (becoming.gate) list.push_back("--gate");
  if (becoming.parent != 0) {
    list.push_back("--with-parent");
    list.push_back(std::to_string(becoming.parent));
  }
  list.push_back("--");
  list.insert(list.end(), becoming.command.begin(), becoming.command.end());
  return list;
}

std::optional<Becoming> from_arguments(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2 || arguments[0] != "--as") return std::nullopt;
  Becoming becoming;
  const std::string& who = arguments[1];
  const std::size_t colon = who.find(':');
  becoming.identity.user = who.substr(0, colon);
  if (colon != std::string::npos) becoming.identity.group = who.substr(colon + 1);
  std::size_t i = 2;
  for (; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == "--or-stay") {
      becoming.identity.is_default = true;
    } else if (arguments[i] == "--groups") {
      becoming.all_groups = true;
    } else if (arguments[i] == "--secure") {
      becoming.secure = true;
    } else if (arguments[i] == "--gate") {
      becoming.gate = true;
    } else if (arguments[i] == "--with-parent" && i + 1 < arguments.size()) {
      becoming.parent = std::atoi(arguments[++i].c_str());
    } else {
      return std::nullopt;
    }
  }
  if (i + 1 >= arguments.size()) return std::nullopt;
  becoming.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
  return becoming;
}

std::optional<std::string> insecurity_of(const std::string& program) {
  // Both the path as written and where its links lead: whoever may change either decides what runs.
  if (auto found = insecure_part(program)) return found;
  char resolved[PATH_MAX];
  if (::realpath(program.c_str(), resolved) == nullptr) return std::nullopt;
  return insecure_part(resolved);
}

bool is_only_user_here() {
  std::ifstream map("/proc/self/uid_map");
  std::uint64_t known = 0;
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  while (map >> inside >> outside >> count) known += count;
  return known == 1;
}

int become(const Becoming& becoming) {
  if (becoming.gate) {
    char go = 0;
    ssize_t got = 0;
    do {
      got = ::read(kGateFd, &go, 1);
    } while (got < 0 && errno == EINTR);
    if (got != 1) return kGateClosed;
    (void)::close(kGateFd);
  }
  if (const int failed = switch_to(becoming.identity, becoming.all_groups); failed != 0)
    return failed;
  const std::string program = located(becoming.command.front());
  if (becoming.secure && ::getuid() == 0)
    if (const auto why = insecurity_of(program))
      return cannot("not run, as enable_script_security is set: " + *why);
  // After the change of user, which forgets it.
  if (becoming.parent != 0) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);       // cannot fail for a signal that exists
    if (::getppid() != becoming.parent) return kGateClosed;  // it ended before we asked
  }
  if (::chdir("/") != 0) return cannot("cannot enter /: " + reason());
  // Whatever we were started with ourselves and nobody marked.
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    return cannot("cannot close descriptors: " + reason());
  std::vector<char*> arguments;
  for (const std::string& argument : becoming.command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  // execvp gives a script without an interpreter line to the shell, as keepalived does.
  ::execvp(program.c_str(), arguments.data());
  const int error = errno;
  (void)cannot("cannot run " + becoming.command.front() + ": " + reason());
  return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

}  // namespace runner
