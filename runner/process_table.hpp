// Which processes of this host are wanted ones, as /proc shows them.
//
// A process number alone says nothing: it may belong to another process by now. So nothing is remembered of a number
// but what the latest look found there, and a look always replaces what was known.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/config/model.hpp"

namespace runner {

class ProcessTable {
 public:
  explicit ProcessTable(std::vector<config::Process> wanted, std::string proc = "/proc");

  // Everything anew.
  base::Status scan();
  // One number: what runs there now, if anything. A process that has ended and is not collected yet does not run.
  void look(int pid);
  void forget(int pid) { found_.erase(pid); }

  // How many run of the wanted process `index`.
  std::uint32_t running(std::size_t index) const;
  std::size_t size() const { return wanted_.size(); }

 private:
  std::vector<std::size_t> wanted_at(int pid) const;

  std::vector<config::Process> wanted_;
  std::string proc_;
  bool needs_command_lines_ = false;
  std::map<int, std::vector<std::size_t>> found_;  // number -> which wanted processes it is
};

}  // namespace runner
