// `vigie status`: the board as a table, one instance in detail, or JSON. Rendering is pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cli/facts.hpp"
#include "engine/feed/board.hpp"

namespace cli {

// An engine that published nothing for so long is dead or hangs: it beats every 50 ms.
inline constexpr base::Duration kStale = std::chrono::milliseconds{500};

struct InstanceStatus {
  feed::Row row;
  std::string why;         // one sentence; empty when nothing happened yet
  std::string group = {};  // its sync group; empty: none
};

struct GroupStatus {
  feed::GroupRow row;
  std::string decider;  // the member whose change was the last; empty when there was none
  std::string why;      // one sentence
};

struct Status {
  std::string router_id;
  std::optional<feed::Global> engine;  // not set when it could not be read
  std::optional<feed::Record>
      stop;  // the daemon ended in an orderly way and none was started since
  std::vector<InstanceStatus> instances;
  std::vector<GroupStatus> groups = {};
  base::Instant now;
  std::int64_t now_wall_ns = 0;

  base::Duration heartbeat_age() const;
  bool is_stale() const { return heartbeat_age() > kStale; }
  bool is_running() const { return !stop && !is_stale(); }
};

Status read_status(const Facts& facts, base::Instant now, std::int64_t now_wall_ns);

// "MASTER", "MASTER, leaving", "BACKUP, held back (permit absent)"; with a moment, also how long holds that end by
// themselves may last: "BACKUP, held back (quiet start for at most 2.8 s)".
std::string state_text(const feed::Row& row, base::Instant now = base::Instant{});

// What is wrong right now and no transition tells, one sentence each: two masters, peers that are configured differently
// or whose clock is wrong.
std::vector<std::string> conditions(const InstanceStatus& instance, const Status& status);

std::string render_table(const Status& status);
std::string render_detail(const Status& status, const InstanceStatus& instance);
nlohmann::ordered_json to_json(const Status& status);

}  // namespace cli
