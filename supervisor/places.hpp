// Where things are: the directories of this daemon and the programs it starts.
#pragma once

#include <string>

#include "base/result.hpp"

namespace supervisor {

struct Places {
  std::string run_dir;
  std::string state_dir;
  std::string programs;        // libexec/vigie
  std::string config_id = {};  // -i; empty: the host's name

  std::string config() const { return run_dir + "/config"; }
  std::string board() const { return run_dir + "/board"; }
  // What a reload makes, until it takes the place of the two above.
  std::string next_config() const { return run_dir + "/config.next"; }
  std::string next_board() const { return run_dir + "/board.next"; }
  std::string findings() const { return run_dir + "/findings"; }  // of the latest reload, as text
  std::string ledger() const { return run_dir + "/ledger"; }
  std::string memory() const { return run_dir + "/memory"; }
  std::string memory_copy() const { return state_dir + "/memory"; }
  std::string lock() const { return run_dir + "/vigied.pid"; }
};

// <directory of this executable>/../libexec/vigie
base::Result<std::string> programs_directory();

}  // namespace supervisor
