// Runs vigie-config, the one-shot process that reads the operator's text.
//
// Whatever ends it other than an exit status of its own is a refusal.
#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/os/process.hpp"
#include "base/result.hpp"
#include "engine/config/model.hpp"
#include "engine/config/summary.hpp"

namespace supervisor {

enum class Verdict { kClean, kWarnings, kErrors };

// Files on a dead network filesystem must not keep a start or a reload waiting for ever.
inline constexpr base::Duration kReaderPatience = std::chrono::seconds{30};

// One that was started and is not waited for. Its findings are in a file, in short in the summary.
struct Reader {
  base::os::Child child;
  base::os::UniqueFd summary_fd;
  config::Summary summary() const;  // when it has ended; all zero when it said nothing
};
base::Result<Reader> start_reader(const std::string& programs, const std::string& file,
                                  const std::string& output, int findings,
                                  const std::string& config_id);
// What its end means, by exit status.
base::Result<Verdict> verdict_of(int status, const std::string& file);

// Writes the compiled form of `file` to `output` unless there are errors, and waits for that. Its findings go to our
// standard error.
struct Reading {
  Verdict verdict;
  config::Summary summary;
};
base::Result<Reading> read_configuration(const std::string& programs, const std::string& file,
                                         const std::string& output, const std::string& config_id);

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
