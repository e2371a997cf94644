// What every process the supervisor starts begins with: its arguments and its log, the order to end, the configuration,
// its confinement. Descriptors and arguments are those of engine/ipc/role.hpp.
//
//   int main(int argc, char** argv) { return role::exit_status(run(argc, argv)); }
//
// where run() calls begin() first, says in a Confinement of its own what it keeps, and returns what ended it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/os/confine.hpp"
#include "base/os/fd.hpp"
#include "base/result.hpp"
#include "engine/config/model.hpp"

namespace role {

struct Arguments {
  std::string run_dir;
  std::string state_dir;
  bool to_journal = false;
  bool stand_by = false;
};
// Every role is told both directories, whether or not it needs them.
base::Result<Arguments> read_arguments(int argc, char** argv);

// Reads the arguments and opens the log under `name`.
base::Result<Arguments> begin(std::string_view name, int argc, char** argv);

// Of a process that is to succeed one that still runs (ipc::kBirthFd): returns when that one is gone; an error when it is
// not wanted any more. Before this nothing may be done that two at a time must not do. Any other returns at once.
base::Status stand_by(const Arguments& arguments);
// The successor has taken over. Of any other this does nothing.
void say_it_took_over(const Arguments& arguments);

// From here on SIGTERM ends nothing: it makes the descriptor readable. SIGINT and SIGHUP are the terminal's way to the
// supervisor, which ends us in its own order, and a pipe whose reader is gone is an error, not a signal.
base::Result<base::os::UniqueFd> hold_signals();
// Takes a SIGTERM from the descriptor, if one is there.
bool take_signal(const base::os::UniqueFd& signals);
// Takes it likewise; whether it was the supervisor who sent it.
bool take_signal_of_parent(const base::os::UniqueFd& signals);

// Empties the bell that says the ledger has news. True when it had rung; an error when it can never ring again.
base::Result<bool> take_kick(int kick);

// The compiled configuration that was handed in.
base::Result<config::Model> read_configuration();

// One by descriptor: what was handed in at the start, or came with ipc::Hello.
struct Configuration {
  config::Model model;
  std::uint64_t hash = 0;  // config::hash_of
};
base::Result<Configuration> read_configuration(int fd);

// Gives up what is not wanted, and logs what could not be given up.
base::Status confine(const base::os::Confinement& wanted);

// Logs the error, if there is one: 0, or 1.
int exit_status(const base::Status& ended);

}  // namespace role
