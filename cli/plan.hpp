// `vigie plan FILE`: what a reload to FILE would do. What changes is engine/config/difference.hpp's to say, who is master
// afterwards cli/forecast.hpp's; here both are put together for people and for programs. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/forecast.hpp"
#include "engine/config/difference.hpp"

namespace cli {

struct Plan {
  std::string from;  // "the running configuration", or a file's name
  std::string to;
  config::Difference difference;
  // By place in the configuration before: what the instance is now. Empty: nothing runs.
  std::vector<base::State> states = {};
  // Of the configuration that is to be; not set: nothing runs.
  std::optional<Forecast> forecast = {};
};

// Both with their difference, and what becomes of it on this router; without a running daemon `facts` is null.
Plan make_plan(const config::Model& before, const config::Model& now, const Facts* facts,
               const Directories& directories, base::Instant at, std::int64_t at_wall_ns);

// Whether an address is put on or taken off on this router, as it is now.
bool moves_now(const Plan& plan, const config::InstanceDifference& instance);

std::string render_plan(const Plan& plan);
nlohmann::ordered_json to_json(const Plan& plan);

}  // namespace cli
