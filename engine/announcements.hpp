// Gratuitous ARP and unsolicited NA for the addresses of masters: what is due this turn, in frames, in one system call.
// The pacing is core::Announcer's.
#pragma once

#include <array>
#include <cstdint>

#include "engine/assembly.hpp"
#include "engine/config/model.hpp"
#include "engine/core/announcer.hpp"
#include "engine/heritage.hpp"
#include "engine/links.hpp"
#include "engine/publication.hpp"
#include "engine/wire/announcement.hpp"

namespace engine {

class Announcements {
 public:
  // Everything referred to outlives this.
  Announcements(const config::Model& model, const Assembly& assembly, const Links& links,
                Publication& publication);

  static constexpr std::size_t kPerTurn = wire::FrameSender::kFrames;

  // The packet socket frames leave through, from the keeper.
  void put(base::os::UniqueFd packets) { packets_ = std::move(packets); }

  void inherit(Announcements& before, const Heritage& from);

  void start(std::uint16_t instance, base::Instant now,
             core::Announcer::Burst burst = core::Announcer::Burst::kMaster);
  void stop(std::uint16_t instance);
  base::Instant deadline() const { return announcer_.deadline(); }
  void send(base::Instant now);

 private:
  const config::Model& model_;
  const Assembly& assembly_;
  const Links& links_;
  Publication& publication_;
  base::os::UniqueFd packets_;
  core::Announcer announcer_;
  wire::FrameSender frames_;
  std::array<core::Announcement, kPerTurn> due_;
};

}  // namespace engine
