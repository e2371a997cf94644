// Maintenance: an operator holds every instance back, until he says otherwise or until a time. Kept in a small file of the state
// directory, so that neither a restart nor a reboot ends it; by the wall clock, so that it ends at its time though nothing ran.
//
// Written by the supervisor alone, whole or not at all, and on the disk before anybody is told. A file that cannot be read
// counts as maintenance without an end: a router must not rise in the middle of somebody's work.
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

// "until 2026-11-22 14:00:00 UTC", "until it is taken off"
std::string end_text(const Maintenance& maintenance);

}  // namespace control
