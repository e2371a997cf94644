// A configuration in the form in which processes are given it: compiled, in a file, with a board of its own.
//
// The one that runs has its files under their names in the run directory. The one that a reload made has them beside
// those, until the engine has gone on with it; then they take their place, and whoever opens them by name finds the one
// that runs at any moment.
#pragma once

#include <string>

#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "base/result.hpp"
#include "supervisor/config_reader.hpp"
#include "supervisor/places.hpp"
#include "supervisor/shared_files.hpp"

namespace supervisor {

struct Candidate {
  Compiled configuration;
  // Compiled, read-only; open for as long as there may be somebody to hand it to, even when the run directory is gone.
  base::os::UniqueFd file;
  SharedFile board;
  base::os::Mapping board_view;
};

// Of a compiled configuration at `file`; its board is at `board`, a new one unless one of this boot and configuration is
// there.
base::Result<Candidate> make_candidate(Compiled configuration, const std::string& file,
                                       const std::string& board);

// Those of a reload take the place of the ones before. An error changes nothing for the processes, which have them open.
base::Status put_in_place(const Places& places);
// They are not wanted any more.
void discard_next(const Places& places);

}  // namespace supervisor
