#include "engine/body.hpp"

#include <utility>

namespace engine {

Body::Body(Terms its_terms, const Past& past, const Surroundings& around, Audience& audience)
    : terms(std::move(its_terms)),
      publication(terms.board, around.ledger, around.kicks, terms.model, past,
                  feed::generation_of(terms.configuration)),
      ears(terms.assembly.ears, around.poller, publication),
      world(terms.model, terms.assembly, past, ears, publication, audience),
      trust(terms.model, terms.assembly, around.memory),
      voice(terms.assembly, ears, trust, publication),
      wishes(terms.configuration, terms.model.instances.size(), around.keeper, around.poller,
             around.keeper_token),
      announcements(terms.model, terms.assembly, world.links(), publication),
      neighbours(terms.model, terms.assembly, publication),
      instances(terms.model, terms.assembly, world, publication, voice, wishes, announcements,
                neighbours),
      fights(terms.assembly, instances, publication, audience),
      groups(terms.model, terms.assembly, past, instances, publication),
      hearing(terms.assembly, world, instances, trust, neighbours, publication, audience) {}

void Body::make(std::uint16_t instance) {
  instances.make(instance);
  neighbours.make(instance);
}

void Body::inherit(Body& before, const Heritage& from, const Surroundings& around,
                   base::Instant now) {
  publication.inherit(before.publication, from);
  ears.inherit(before.ears, from.ears);
  world.inherit(before.world, from, before.terms, now);
  trust.inherit(before.trust, from, around.mapped_memory, now);
  voice.inherit(before.voice);
  wishes.inherit(before.wishes, from.of.instances);
  announcements.inherit(before.announcements, from);
  neighbours.inherit(before.neighbours, from);
  instances.inherit(before.instances, from);
  fights.inherit(before.fights, from, now);
  groups.inherit(before.publication, from);
}

void Body::begin(base::Instant now, std::int64_t wall_ns) {
  publication.begin(now, wall_ns);
  ears.begin(now, wall_ns);
  trust.begin(now, wall_ns);
  hearing.begin();
}

}  // namespace engine
