// Whether a process is one of those that a vrrp_track_process block speaks of.
//
// By the kernel's short name, unless the block has parameters or says full_command: then by the command line, whose
// first word must be the configured one as it is written.
//
//   parameters      process /usr/bin/foo -a b
//   exact           foo -a b
//   initial         foo -a b, foo -a b c
//   partial         foo -a b, foo -a b c, foo -a bcd
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/model.hpp"

namespace runner {

// What the kernel keeps of a longer name.
inline constexpr std::size_t kShortName = 15;

bool needs_command_line(const config::Process& wanted);
bool matches_name(const config::Process& wanted, std::string_view short_name);
bool matches_command_line(const config::Process& wanted, const std::vector<std::string>& words);

}  // namespace runner
