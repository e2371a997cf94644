// The few steps between this program and a script: becoming its user, and exec.
//
// posix_spawn cannot change users, so every script is started as
//
//   vigie-runner --as USER[:GROUP] [--or-stay] [--secure] [--gate] [--with-parent PID] -- PROGRAM [ARGUMENT...]
//
// which turns into the script, keeping its process number. Nothing the script must not have comes along: no
// descriptor, no environment but PATH, and as another user than root no capability.
//
//   --as          an empty USER stays what we are
//   --or-stay     USER is our default and nobody asked for it: when it does not exist here, stay
//   --secure      refuse a program that root would run and somebody else could have written
//   --gate        wait for a byte on descriptor 3; when its other end is closed instead, end without running anything
//   --with-parent be killed when process PID, our parent, ends
//
// What goes wrong is said on stderr, and the exit status is the shell's: 127 for a program that does not exist, 126
// for one that cannot be run as asked. Both are failures of the script.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace runner {

inline constexpr int kGateFd = 3;
inline constexpr int kGateClosed = 125;

struct Identity {
  std::string user;         // empty: stay
  std::string group;        // empty: the user's
  bool is_default = false;  // --or-stay
};

struct Becoming {
  Identity identity;
  bool secure = false;
  bool gate = false;
  int parent = 0;  // --with-parent; 0: outlive it
  std::vector<std::string> command;
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
