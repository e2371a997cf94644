// Maintenance: an operator holds every instance back, until he says otherwise or until a time. Kept in a small file of the state
// directory, so that neither a restart nor a reboot ends it; by the wall clock, so that it ends at its time though nothing ran.
//
// Written by the supervisor alone, whole or not at all. That it is on the disk, is waited for by who asked: the supervisor waits for
// no disk, for it could not replace an engine meanwhile, and work on a router may well begin with a disk that hangs. A file
// that cannot be read counts as maintenance without an end: a router must not rise in the middle of somebody's work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace control {

struct Maintenance {
  std::uint32_t uid = 0;  // who asked
  std::int64_t since_wall_ns = 0;
  std::int64_t until_wall_ns = 0;  // 0: until it is taken off
  bool is_legible = true;

  bool is_over(std::int64_t wall_ns) const {
    return until_wall_ns != 0 && wall_ns >= until_wall_ns;
  }
  friend bool operator==(const Maintenance&, const Maintenance&) = default;
};

std::string maintenance_file(std::string_view state_dir);

// Nothing when there is no file.
base::Result<std::optional<Maintenance>> read_maintenance(const std::string& file);
base::Status write_maintenance(const std::string& file, const Maintenance& wanted);
// Whether there was one.
base::Result<bool> remove_maintenance(const std::string& file);
// Waits until the disk has what was last written or removed. For who asked.
base::Status sync_maintenance(const std::string& file);

// "until 2026-11-22 14:00:00 UTC", "until it is taken off"
std::string end_text(const Maintenance& maintenance);

}  // namespace control
