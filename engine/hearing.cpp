#include "engine/hearing.hpp"

namespace engine {

using base::Drop;
using base::State;

Hearing::Hearing(const Assembly& assembly, const World& world, const Instances& instances,
                 Publication& publication, Audience& audience)
    : assembly_(assembly),
      world_(world),
      instances_(instances),
      publication_(publication),
      audience_(audience) {}

void Hearing::hear(std::size_t ear, const wire::Datagram& datagram) {
  base::Vrid vrid;
  if (!core::peek_vrid(datagram.message, vrid)) return publication_.count(Drop::kLength);
  const std::uint16_t id = assembly_.ears[ear].instance_of[vrid.value];
  // The first rung of the ladder is the TTL: what came from elsewhere is no neighbour's mistake about a VRID.
  if (id == kNobody)
    return publication_.count(datagram.ttl != 255 ? Drop::kTtl : Drop::kUnknownVrid);
  const core::Instance& instance = instances_[id];
  const Link& link = world_.links()[assembly_.interface_of[id]];
  if (datagram.source == link.source(assembly_.ears[ear].family))
    return publication_.count(Drop::kOwnPacket, id);
  core::Advert advert;
  const core::Packet packet{.message = datagram.message,
                            .source = datagram.source,
                            .destination = datagram.destination,
                            .ttl = datagram.ttl};
  const Drop reason = core::parse(packet, instance.router(), advert);
  if (reason != Drop::kNone) return publication_.count(reason, id);
  const State state = instance.state();
  if (state != State::kBackup && state != State::kMaster)
    return publication_.count(Drop::kNotListening, id);
  feed::Row& row = publication_.row(id);
  ++row.adverts_received;
  if (advert.priority == base::kReleasePriority) ++row.zero_received;
  if (!advert.addresses_match) ++row.address_list_errors;
  if (!advert.interval_matches) ++row.interval_differences;
  audience_.tell(id, core::Heard{.advert = advert, .received = datagram.received});
}

}  // namespace engine
