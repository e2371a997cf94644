// All that the engine makes of one configuration: its parts, each made of those before it. For another configuration there
// is another body, made the same way, which then inherits, part by part, what is the same in both and what has come to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/os/channel.hpp"
#include "base/os/poller.hpp"
#include "engine/announcements.hpp"
#include "engine/audience.hpp"
#include "engine/ears.hpp"
#include "engine/feed/memory.hpp"
#include "engine/fights.hpp"
#include "engine/groups.hpp"
#include "engine/hearing.hpp"
#include "engine/heritage.hpp"
#include "engine/instances.hpp"
#include "engine/neighbours.hpp"
#include "engine/past.hpp"
#include "engine/publication.hpp"
#include "engine/terms.hpp"
#include "engine/trust.hpp"
#include "engine/voice.hpp"
#include "engine/wishes.hpp"
#include "engine/world.hpp"

namespace engine {

// What belongs to no configuration.
struct Surroundings {
  base::os::Poller& poller;
  base::os::Channel& keeper;  // watched with `keeper_token`
  std::uint64_t keeper_token = 0;
  std::span<std::byte> ledger;
  std::span<std::byte> mapped_memory;  // what `memory` was made of
  feed::Memory& memory;
  const Kicks& kicks;
};

struct Body {
  // Everything referred to outlives this, but `past`. Then make() for every instance, but those that are inherited.
  Body(Terms its_terms, const Past& past, const Surroundings& around, Audience& audience);
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  // What belongs to this instance and to no configuration before.
  void make(std::uint16_t instance);

  // Once, before anything else is asked of this. `before` is of no use afterwards, but for Publication::retire().
  void inherit(Body& before, const Heritage& from, const Surroundings& around, base::Instant now);

  // The moment of this turn.
  void begin(base::Instant now, std::int64_t wall_ns);

  Terms terms;
  Publication publication;
  Ears ears;
  World world;
  Trust trust;
  Voice voice;
  Wishes wishes;
  Announcements announcements;
  Neighbours neighbours;
  Instances instances;
  Fights fights;
  Groups groups;
  Hearing hearing;
};

}  // namespace engine
