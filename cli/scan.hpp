// `vigie scan`: which virtual routers are on the LANs we listen on, ours and those of others, and which VRIDs are free.
// Rendering is pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cli/facts.hpp"
#include "engine/feed/board.hpp"

namespace cli {

// A LAN we listen on, by interface and family.
struct Lan {
  std::string interface;
  base::Family family = base::Family::kNone;
  std::vector<feed::Row> ours;            // by VRID
  std::vector<feed::Stranger> strangers;  // by VRID, then by source
};

struct Scan {
  std::vector<Lan> lans;  // in the order of the configuration
  base::Instant now;
  std::int64_t now_wall_ns = 0;
};

Scan read_scan(const Facts& facts, base::Instant now, std::int64_t now_wall_ns);

// The VRIDs nobody was heard with: "1-49, 52-255".
std::string free_vrids(const Lan& lan);

std::string render_scan(const Scan& scan);
nlohmann::ordered_json to_json(const Scan& scan);

}  // namespace cli
