// A control file for monit that watches this vigie: its permit and active files, its process, and whether what the files
// say is still fresh. monit/README.md shows how it is used.
#pragma once

#include <string>

#include "engine/config/model.hpp"

namespace monit {

// What an active file means depends on what the router is for: the router that is usually master should have it, the
// one that usually is not should not.
enum class Role {
  kFromConfiguration,  // `state MASTER` in one of the instances the flags speak of: primary
  kPrimary,
  kBackup,
};

struct SnippetOptions {
  std::string run_dir = "/run/vigie";
  Role role = Role::kFromConfiguration;
  std::string group = "vigie";  // of all checks; also how their names begin
  // A command whose exit status says whether all is well, such as "/usr/bin/vigie status"; empty: no such check.
  std::string status_command;
};

// Never empty: the process is always worth watching. A path that monit's language cannot express becomes a comment that
// says so.
std::string snippets(const config::Model& model, const SnippetOptions& options);

}  // namespace monit
