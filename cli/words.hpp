// Times as people read and type them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace cli {

// "12 ms", "3.6 s", "2 min 5 s", "3 h 12 min", "2 d 3 h".
std::string span_text(base::Duration span);

// A wall time as local time: "2026-11-22 00:13:10".
std::string local_time(std::int64_t wall_ns);
// As UTC, for machines: "2026-11-22T00:13:10.123Z".
std::string iso_time(std::int64_t wall_ns);

// "90s", "30m", "2h", "7d", "1w" before `now_wall_ns`; or a local date and time "2026-11-21", "2026-11-21 22:30",
// "2026-11-21T22:30:05", UTC with a "Z" at the end. Nothing when it is none of these.
std::optional<std::int64_t> parse_since(std::string_view text, std::int64_t now_wall_ns);

}  // namespace cli
