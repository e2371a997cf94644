// `vigie history` and `vigie why`: what happened, in the words it was recorded with. Rendering is pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/facts.hpp"
#include "cli/status.hpp"
#include "store/history.hpp"

namespace cli {

// The names an event's kind may have: "transition", "contest".
std::vector<std::string> kinds_of_events();

std::string render_history(const std::vector<store::Event>& events);
nlohmann::ordered_json history_json(const std::vector<store::Event>& events);

// "VI_ROUTEUR is MASTER since 2026-11-22 00:13:10 (3 min 2 s): no advert from 192.0.2.2 (priority 150) for 3.61 s".
std::string render_why(const store::Event& last, std::int64_t now_wall_ns);
std::string render_why(const InstanceStatus& instance, const Status& status);

// The database the daemon writes: named by its configuration when that can be read, else in the state directory.
std::string history_file(const Directories& directories);

// What the board says while an engine runs, else the newest row of the history.
base::Result<std::string> why(const std::string& instance, const Directories& directories);

}  // namespace cli
