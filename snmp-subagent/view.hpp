// What a MIB is computed from: the configuration and one reading of the board.
#pragma once

#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/board.hpp"

namespace snmp {

struct View {
  const config::Model& model;
  std::vector<std::optional<feed::Row>>
      rows;  // by instance; none while the engine died in the middle of writing it
  feed::Global global;
  base::Instant now;                  // when the board was read
  std::uint64_t agent_uptime_cs = 0;  // the master agent's sysUpTime at that moment
  // No engine runs (engine/feed/presence.hpp): what the rows say was true once.
  bool is_engine_missing = false;
};

// A monotonic moment as sysUpTime was then (TimeStamp of RFC 2579); 0 when it was before the master agent started.
inline std::uint64_t time_stamp(const View& view, std::int64_t moment_ns) {
  const auto ago = static_cast<std::uint64_t>(view.now.ns() - moment_ns) / 10'000'000;
  return ago < view.agent_uptime_cs ? view.agent_uptime_cs - ago : 0;
}

}  // namespace snmp
