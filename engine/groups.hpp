// Sync groups: after whatever happened to a member, the group is asked again what it is, and its members are told until
// they agree. What a group is, is core's business (engine/core/sync_group.hpp); here it is written down.
//
// A member that changed marks its group; only marked groups are looked at.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/config/model.hpp"
#include "engine/core/sync_group.hpp"
#include "engine/instances.hpp"
#include "engine/past.hpp"
#include "engine/publication.hpp"

namespace engine {

class Groups {
 public:
  // Everything referred to outlives this, but `past`, which is copied.
  Groups(const config::Model& model, const Assembly& assembly, const Past& past,
         Instances& instances, Publication& publication);

  // Goes on with what was known of those that were there. Requires: the publication has inherited.
  void inherit(const Publication& before, const Heritage& from);

  // This member is on its way out of the configuration: what becomes of it is nothing to the others.
  void leave(std::uint16_t instance) { has_left_[instance] = true; }
  void mark_all();

  // The instance was told or advanced.
  void mark(std::uint16_t instance);
  // All members of a group that change because of each other change in this call. What does not settle within its bound
  // stays marked, for the next.
  void settle(base::Instant now);

 private:
  void show(std::size_t group, feed::GroupRow row, bool lives_on);
  void settle_one(std::uint16_t group, base::Instant now);
  core::Member view(std::uint16_t instance) const;
  base::State shown(std::uint16_t group, base::State standing);
  void note_change(std::uint16_t group, const core::Standing& standing, base::Instant now);

  const config::Model& model_;
  const Assembly& assembly_;
  Instances& instances_;
  Publication& publication_;
  std::vector<std::uint16_t> marked_;
  std::vector<bool> is_marked_;
  std::vector<bool> has_left_;          // by instance
  std::vector<std::uint16_t> members_;  // of the group that is settled, those that have not left
  std::vector<core::Member> room_;      // for the largest group
};

}  // namespace engine
