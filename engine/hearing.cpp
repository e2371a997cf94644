#include "engine/hearing.hpp"

#include <utility>

namespace engine {
namespace {

using base::Drop;
using base::State;

// RFC 2402 2.2: the length of the header counts 32-bit words and leaves out two.
std::span<const std::uint8_t> vrrp_part(std::span<const std::uint8_t> payload,
                                        std::uint8_t protocol) {
  if (protocol != kAhProtocol || payload.size() < 2) return payload;
  const std::size_t header = (std::size_t{payload[1]} + 2) * 4;
  return header <= payload.size() ? payload.subspan(header) : std::span<const std::uint8_t>{};
}

}  // namespace

Hearing::Hearing(const Assembly& assembly, const World& world, const Instances& instances,
                 Trust& trust, Neighbours& neighbours, Publication& publication, Audience& audience)
    : assembly_(assembly),
      world_(world),
      instances_(instances),
      trust_(trust),
      neighbours_(neighbours),
      publication_(publication),
      audience_(audience),
      lan_told_(assembly.interfaces.size()) {}

void Hearing::hear(std::size_t ear, const wire::Datagram& datagram) {
  const Ear& heard = assembly_.ears[ear];
  const auto message = vrrp_part(datagram.message, heard.protocol);
  base::Vrid vrid;
  if (!core::peek_vrid(message, vrid)) return publication_.count(Drop::kLength);
  const std::uint16_t id = assembly_.instance_for(ear, vrid.value, datagram.source);
  if (id == kNobody) return (void)hear_stray(ear, datagram);  // counted there
  const core::Instance& instance = instances_[id];
  const base::Address& own = world_.link_of(id).source;
  if (datagram.source == own ||
      datagram.source == world_.links()[heard.interface].source(heard.family))
    return publication_.count_for(id, Drop::kOwnPacket);

  core::Advert advert;
  const core::Packet packet{.message = datagram.message,
                            .source = datagram.source,
                            .destination = datagram.destination,
                            .ttl = datagram.ttl,
                            .own = own,
                            .header = datagram.header};
  Neighbours::Packet seen{.instance = id,
                          .message = message,
                          .source = datagram.source,
                          .received = datagram.received,
                          .verdict = trust_.open(id, packet, datagram.received, advert),
                          .is_ah = heard.protocol == kAhProtocol};
  if (seen.verdict.drop != Drop::kNone) {
    publication_.count_for(id, seen.verdict.drop);
    neighbours_.reject(seen);
    return;
  }
  trust_.knew(id, advert);
  tell_that_lan_carries(heard.interface);
  const State state = instance.state();
  if (state != State::kBackup && state != State::kMaster) {
    publication_.count_for(id, Drop::kNotListening);
  } else if (instance.ignores_adverts()) {
    publication_.count_for(id, Drop::kOwnerIgnores);
  } else {
    feed::Row& row = publication_.row(id);
    ++row.adverts_received;
    if (advert.priority == base::kReleasePriority) ++row.zero_received;
    if (!advert.addresses_match) ++row.address_list_errors;
    if (!advert.interval_matches) ++row.interval_differences;
    audience_.tell(id, core::Heard{.advert = advert,
                                   .received = datagram.received,
                                   .is_clock_bad = seen.verdict.is_clock_bad});
  }
  neighbours_.accept(seen, advert, instance.checksum_form());
}

Drop Hearing::hear_stray(std::size_t ear, const wire::Datagram& datagram) {
  const Ear& heard = assembly_.ears[ear];
  const auto message = vrrp_part(datagram.message, heard.protocol);
  base::Vrid vrid;
  if (!core::peek_vrid(message, vrid)) {
    publication_.count(Drop::kLength);
    return Drop::kLength;
  }
  // The first rung of the ladder is the TTL: what came from elsewhere is no neighbour's mistake about a VRID.
  const bool is_from_afar = datagram.ttl != 255;
  const Drop reason = is_from_afar ? Drop::kTtl : Drop::kUnknownVrid;
  const std::uint16_t id = assembly_.instance_for(ear, vrid.value, datagram.source);
  if (id != kNobody && is_from_afar) {
    publication_.count_for(id, reason);
    core::Verdict verdict;
    verdict.drop = reason;
    neighbours_.reject({.instance = id,
                        .message = message,
                        .source = datagram.source,
                        .received = datagram.received,
                        .verdict = verdict,
                        .is_ah = heard.protocol == kAhProtocol});
    return reason;
  }
  publication_.count(reason);
  if (!is_from_afar && neighbours_.foreign(ear, message, datagram.source, datagram.received))
    tell_that_lan_carries(heard.interface);
  return reason;
}

void Hearing::tell_that_lan_carries(std::uint16_t interface) {
  if (std::exchange(lan_told_[interface], turn_) == turn_) return;
  constexpr auto kQuiet = static_cast<std::uint8_t>(base::Hold::kQuiet);
  for (const std::uint16_t id : assembly_.speakers[interface])
    if ((instances_[id].holds() & kQuiet) != 0) audience_.tell(id, core::LanHeard{});
}

}  // namespace engine
