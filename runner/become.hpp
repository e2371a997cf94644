// The few steps between this program and a script: becoming its user, and exec.
//
// posix_spawn cannot change users, so every script is started as
//
//   vigie-runner --as USER[:GROUP] [--or-stay] [--groups] [--secure] [--gate] [--with-parent PID] -- PROGRAM [ARGUMENT...]
//
// which turns into the script, keeping its process number. Nothing the script must not have comes along: no
// descriptor, no environment but PATH, and as another user than root no capability.
//
//   --as          an empty USER stays what we are
//   --or-stay     USER is our default and nobody asked for it: when it does not exist here, stay
//   --groups      with all groups of USER, not GROUP alone; a GROUP that is written `:GROUP` says the same
//   --secure      refuse a program that root would run and somebody else could have written
//   --gate        wait for a byte on descriptor 3; when its other end is closed instead, end without running anything
//   --with-parent be killed when process PID, our parent, ends
//
// What goes wrong is said on stderr, and the exit status is the shell's: 127 for a program that does not exist, 126
// for one that cannot be run as asked. Both are failures of the script.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace runner {

inline constexpr int kGateFd = 3;
inline constexpr int kGateClosed = 125;

struct Identity {
  std::string user;         // empty: stay
  std::string group;        // empty: the user's; with a colon before it: and all others of the user
  bool is_default = false;  // --or-stay
  friend bool operator==(const Identity&, const Identity&) = default;
};

// The numbers behind it; nothing when there is no such user or group. A number stands for itself.
struct Target {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;  // empty: a number that nobody has
};
std::optional<Target> look_up(const Identity& identity);

struct Becoming {
  Identity identity;
  bool secure = false;
  bool gate = false;
  bool all_groups = false;  // --groups
  int parent = 0;           // --with-parent; 0: outlive it
  std::vector<std::string> command;
  friend bool operator==(const Becoming&, const Becoming&) = default;
};

// What follows the program's own name.
std::vector<std::string> to_arguments(const Becoming& becoming);
std::optional<Becoming> from_arguments(const std::vector<std::string>& arguments);

// Why root should not run this program: a part of its path that another user may change. Nothing when none may.
std::optional<std::string> insecurity_of(const std::string& program);

// In a user namespace that knows a single user (a test as a plain user, say) nobody can become anybody else.
bool is_only_user_here();

// Never returns when all goes well.
int become(const Becoming& becoming);

}  // namespace runner
