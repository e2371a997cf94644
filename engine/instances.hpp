// The instances, and what they ask for put into the hands of whoever does it: adverts to the voice, addresses to the
// wishes, announcements, transitions to ledger and row.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/announcements.hpp"
#include "engine/assembly.hpp"
#include "engine/config/model.hpp"
#include "engine/core/instance.hpp"
#include "engine/heritage.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/neighbours.hpp"
#include "engine/publication.hpp"
#include "engine/voice.hpp"
#include "engine/wishes.hpp"
#include "engine/world.hpp"

namespace engine {

class Instances {
 public:
  // Everything referred to outlives this. There are places at first; make() or inherit() fills each of them.
  Instances(const config::Model& model, const Assembly& assembly, const World& world,
            Publication& publication, Voice& voice, Wishes& wishes, Announcements& announcements,
            Neighbours& neighbours);

  void make(std::uint16_t id);
  // Goes on with the instances of `before`, each in the place it has now and as its configuration is now. Ask for nothing
  // before everybody they turn to has inherited as well; then reconfigure() each of them.
  void inherit(Instances& before, const Heritage& from);
  // Requires: inherited. `origins`: of its trackers.
  void reconfigure(std::uint16_t id, const Heritage& from,
                   const std::vector<core::TrackerOrigin>& origins, base::Instant now);
  // Its departure has lasted long enough.
  void cut_short(std::uint16_t id, base::Instant now);

  std::size_t size() const { return instances_.size(); }
  const core::Instance& operator[](std::uint16_t id) const { return *instances_[id]; }
  // What Instance::deadline() says, kept apart so that looking at all is quick.
  base::Instant deadline(std::uint16_t id) const { return deadlines_[id]; }
  base::Instant earliest_deadline() const;

  void adopt(std::uint16_t id, const core::Adopted& adopted, base::Instant now);
  void handle(std::uint16_t id, const core::Event& event, base::Instant now);
  void advance(std::uint16_t id, base::Instant now);
  // Clients of a master must be told again where its addresses are.
  void announce_again(std::uint16_t id, base::Instant now);
  // The keeper's answer to a wish. False when it is about something that is not there.
  [[nodiscard]] bool take(const ipc::Held& held, base::Instant now);

  // One of its addresses that somebody removes again and again, of those the keeper named last; empty: none is known.
  std::string_view fought(std::uint16_t id) const;

  // Whether all have stopped, and whether any addresses are still in the kernel or wished to be out of it.
  bool have_stopped() const;
  bool hold_addresses() const;

  // Fills in what the row says about the instance and its link.
  void refresh_rows();

 private:
  void carry_out(std::uint16_t id, base::Instant now);
  void changed(std::uint16_t id, const core::Changed& change);
  // Writes down the holds that begin and end by themselves.
  // Before what follows from it is carried out.
  void note_priority(std::uint16_t id);
  void note_holds(std::uint16_t id, bool was_heard, base::Instant now);
  void note_hold(std::uint16_t id, base::Hold hold, bool was_heard, base::Instant now);

  const config::Model& model_;
  const Assembly& assembly_;
  const World& world_;
  Publication& publication_;
  Voice& voice_;
  Wishes& wishes_;
  Announcements& announcements_;
  Neighbours& neighbours_;
  std::vector<std::unique_ptr<core::Instance>>
      instances_;  // they live on by moving from one to the next
  std::vector<base::Instant> deadlines_;
  std::vector<std::uint16_t> refused_;  // the address the kernel refused last
  std::vector<std::uint16_t> fought_;   // one that somebody removed again and again, last
  struct Held {
    std::uint8_t holds = 0;  // as last written down
    base::Instant delayed_until;
    base::Instant quiet_since, delayed_since;
  };
  std::vector<Held> held_;
  core::Actions actions_;
  core::Announcer::Burst burst_ = core::Announcer::Burst::kMaster;  // what an Announce means now
};

}  // namespace engine
