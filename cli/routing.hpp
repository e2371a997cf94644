// `vigie enable-routing` and `vigie disable-routing`: put the permit files there or take them away, have it recorded,
// and say what became of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/facts.hpp"
#include "engine/config/model.hpp"

namespace cli {

enum class Routing { kEnable, kDisable };

// One permit file and the instances it guards.
struct Guard {
  std::string permit_file;
  std::vector<std::size_t> instances;
  friend bool operator==(const Guard&, const Guard&) = default;
};

// The guards of one instance, or of all when the name is empty. Refuses an unknown instance and an unguarded one.
base::Result<std::vector<Guard>> guards_of(const config::Model& model, const std::string& instance);

// Makes or removes the file; whether it had to. What it says survives a loss of power.
base::Result<bool> set_permit(const std::string& path, Routing routing);

// Whether a row shows that the engine knows: held back and no master any more, or not held back.
bool has_taken_effect(const feed::Row& row, Routing routing);

// Does it all. 0: done; 1: a file could not be changed; 3: changed, but no engine acted on it within a second.
int set_routing(Routing routing, const std::string& instance, const Directories& directories);

}  // namespace cli
