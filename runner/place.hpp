// The runner's place in the ledger, on tmpfs beside it: <run-dir>/runner.place.
//
//   vigie-runner-place 1
//   ledger 8f3a51c20e774d10
//   place 120
//   record 121 1 2 4711 99887766 123456789000
//          |   | | |    |        monotonic nanoseconds of its start
//          |   | | pid  start ticks of /proc/PID/stat
//          |   | the part that runs; the line ends before it when none does
//          |   parts that have ended
//          sequence
//
// Replaced as a whole (rename), so a reader finds the former state or the new one. Text, so that an operator can read
// what is pending. It does not survive a reboot, and neither does the ledger it speaks of.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runner/notify.hpp"

namespace runner {

std::string write_place(const Progress& progress);
// Nothing when the text is damaged or of another version.
std::optional<Progress> read_place(std::string_view text);

base::Status save_place(const std::string& path, const Progress& progress);
// An empty Progress when there is no such file; an error when there is one that cannot be used.
base::Result<Progress> load_place(const std::string& path);

}  // namespace runner
