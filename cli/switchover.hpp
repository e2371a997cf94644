// `vigie switchover` moves mastership to or from this router; `vigie maintenance` holds every instance back. Both ask the
// supervisor, who knows who asked, and then watch the board for what becomes of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "cli/facts.hpp"
#include "engine/config/model.hpp"

namespace cli {

// The instance of this name with the members of its group, or the members of the group of this name.
base::Result<std::vector<std::uint16_t>> moved_together(const config::Model& model,
                                                        const std::string& name);

enum class Move { kGive, kTake };

// One of those that move, as the board has it.
struct Moved {
  feed::Row row;
};

// What would be done, or the sentence that says why nothing is.
base::Result<Move> move_of(const std::vector<Moved>& rows, base::Instant now);

// 0: done; 1: refused, or not possible; 3: asked, and it did not come about.
int switch_over(const std::string& name, bool is_forced, const Directories& directories);

enum class MaintenanceWish { kOn, kOff, kStatus };

// "2h": nothing when it is no time span.
std::optional<base::Duration> span_of(std::string_view text);

// `lasts`: a time span, or empty. 0: done; 1: not possible; 2: not understood; 3: not seen to take effect within its time.
// Of kStatus, 0: off, 3: on.
int maintain(MaintenanceWish wish, const std::optional<std::string>& lasts,
             const Directories& directories);

}  // namespace cli
