// What of one configuration was what in the one before: the lineage of what the operator wrote, and the same for the places
// the engine made up itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/config/lineage.hpp"
#include "engine/core/tracking.hpp"
#include "engine/terms.hpp"

namespace engine {

struct Heritage {
  using Places = config::Lineage::Places;

  config::Lineage of;                  // by place now: where it was
  Places heirs;                        // by instance before: where it is now
  std::vector<std::uint16_t> removed;  // instances before that are nothing now
  Places interfaces;                   // by place now
  Places ears;
  Places lanes;
  // By instance now: what of it is other than it was, in words; empty: nothing, or it is new. One after the other, as far as
  // somebody has asked for it with compare().
  std::vector<std::string> changes;
  void compare(const Terms& before, const Terms& now, std::uint16_t instance);

  // Where every tracker of this instance was, which is not new. What is known of those that are new is not filled in.
  std::vector<core::TrackerOrigin> trackers(const Terms& before, const Terms& now,
                                            std::uint16_t instance) const;
};

// But for the changes.
Heritage heritage_of(const Terms& before, const Terms& now);

}  // namespace engine
