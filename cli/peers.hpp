// `vigie peers`: who was heard for each virtual router, accepted or not, and in what it differs from us. Rendering is
// pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cli/facts.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/board.hpp"

namespace cli {

struct InstancePeers {
  feed::Row row;
  std::vector<base::Address>
      addresses;  // ours, advertised; empty when the configuration is not at hand
  std::vector<feed::PeerRow> peers;  // the newest heard first
};

struct Peers {
  std::vector<InstancePeers> instances;
  base::Instant now;
  std::int64_t now_wall_ns = 0;
};

// Of one instance, or of all when the name is empty. `model`: the running configuration, if it can be read.
Peers read_peers(const Facts& facts, const std::string& instance, const config::Model* model,
                 base::Instant now, std::int64_t now_wall_ns);

std::string render_peers(const Peers& peers);
nlohmann::ordered_json to_json(const Peers& peers);

}  // namespace cli
