// Runs vigie-config, the one-shot process that reads the operator's text, and waits for it a bounded time.
//
// Its findings go to our standard error. Whatever ends it other than an exit status of its own is a refusal.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/config/model.hpp"

namespace supervisor {

enum class Verdict { kClean, kWarnings, kErrors };

// Writes the compiled form of `file` to `output` unless there are errors.
base::Result<Verdict> read_configuration(const std::string& programs, const std::string& file,
                                         const std::string& output);

struct Compiled {
  config::Model model;
  std::uint64_t hash = 0;
};
base::Result<Compiled> load_compiled(const std::string& path);
// Replaces the file at `path`, which must not be in use.
base::Result<Compiled> store_compiled(const std::string& path, config::Model model);

// What every process we start gets for an environment: a path, who we are, and of ours language and time zone.
std::vector<std::string> child_environment();

}  // namespace supervisor
