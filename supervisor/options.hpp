// What vigied was told on its command line.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace supervisor {

struct Options {
  enum class Act { kRun, kTest, kVersion, kHelp };
  Act act = Act::kRun;
  std::vector<std::string> command_line;  // all of it
  bool log_to_stderr = false;             // -n; otherwise lines go to the system's log
  std::string file;                       // empty: the first default that exists
  std::string config_id;                  // of `@id` lines; empty: the host's name
  std::string run_dir = "/run/vigie";
  std::string state_dir = "/var/lib/vigie";
};

// The options, or a sentence for who typed them.
base::Result<Options, std::string> parse_options(int argc, const char* const* argv);

// The file named, or the first of the defaults that exists, or the first default.
std::string configuration_file(const Options& options);

std::string help_text();

}  // namespace supervisor
