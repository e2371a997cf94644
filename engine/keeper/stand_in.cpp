#include "engine/keeper/stand_in.hpp"

#include <algorithm>
#include <utility>

#include "engine/authentication.hpp"
#include "engine/digest/hmac.hpp"
#include "engine/feed/memory.hpp"
#include "engine/keeper/open.hpp"

namespace keeper {

using base::Error;
using base::Instant;
using base::Status;

namespace {

// Of one look; a flood that goes on is looked at again at once.
constexpr int kMostBatches = 16;

// RFC 2402 2.2: the length of the header counts 32-bit words and leaves out two.
std::span<const std::uint8_t> vrrp_part(std::span<const std::uint8_t> payload,
                                        std::uint8_t protocol) {
  if (protocol != kAhProtocol || payload.size() < 2) return payload;
  const std::size_t header = (std::size_t{payload[1]} + 2) * 4;
  return header <= payload.size() ? payload.subspan(header) : std::span<const std::uint8_t>{};
}

std::uint8_t protocol_of(const core::Router& router) {
  return router.auth_type == core::AuthType::kAh ? kAhProtocol : kVrrpProtocol;
}

}  // namespace

StandIn::StandIn(config::Model model, base::os::Mapping memory)
    : model_(std::make_unique<config::Model>(std::move(model))),
      assembly_(engine::assemble(*model_)),
      memory_(std::move(memory)),
      sender_(std::make_unique<wire::Sender>()),
      receiver_(std::make_unique<wire::Receiver>()) {
  for (Ear& ear : ears_of(*model_)) ears_.push_back({std::move(ear), {}, {}});
}

Status StandIn::listen(const Whom& whom, Instant now) {
  stop(whom.instance);
  if (!assembly_) return assembly_.error();
  const core::Router& router = assembly_->routers[whom.instance];
  const config::Instance& instance = model_->instances[whom.instance];
  const auto ear = std::ranges::find_if(ears_, [&](const Open& one) {
    return one.ear.interface == instance.interface && one.ear.family == router.family &&
           one.ear.protocol == protocol_of(router);
  });
  if (ear == ears_.end() || whom.index.value == 0)
    return Error::because("listen for a successor", "its interface is not there",
                          instance.interface);
  if (!ear->socket || ear->index != whom.index) {
    auto socket = open_ear(ear->ear, whom.index, Side::kOurs);
    if (!socket) return socket.error();
    ear->socket = std::move(*socket);
    ear->index = whom.index;
    new_sockets_.push_back(ear->socket.get());
  }
  Listened listened;
  listened.whom = whom;
  listened.ear = static_cast<std::size_t>(ear - ears_.begin());
  listened.authenticator = std::make_unique<core::Authenticator>(
      router, engine::auth_settings_of(instance, router.auth_type), digest::digests());
  recall(listened, now);
  listened_.push_back(std::move(listened));
  return base::ok();
}

void StandIn::recall(Listened& listened, Instant now) const {
  if (!feed::is_memory(memory_.bytes())) return;
  const config::Instance& instance = model_->instances[listened.whom.instance];
  for (const feed::MemoryEntry& entry : feed::entries_of(memory_.bytes())) {
    const feed::MemoryName& name = entry.name;
    const bool is_own = name.kind == feed::Remembered::kOwn;
    if (!is_own && name.kind != feed::Remembered::kMark) continue;
    if (name.family != instance.family || name.vrid != instance.vrid ||
        std::string_view(name.interface.data()) != instance.interface)
      continue;
    const std::size_t length = name.family == Family::kIpv4 ? 4 : 16;
    const Address signer =
        is_own ? Address{}
               : Address::from_bytes(name.family, std::span(name.address).first(length));
    // Without room for it, it is as if it had been forgotten.
    (void)listened.authenticator->remember(
        {.key = name.key, .signer = signer, .number = entry.number}, now);
  }
}

void StandIn::stop(std::uint16_t instance) {
  std::erase_if(listened_, [&](const Listened& one) { return one.whom.instance == instance; });
  for (std::size_t i = 0; i < ears_.size(); ++i) {
    const bool is_needed =
        std::ranges::any_of(listened_, [&](const Listened& one) { return one.ear == i; });
    if (is_needed || !ears_[i].socket) continue;
    std::erase(new_sockets_, ears_[i].socket.get());
    ears_[i].socket.reset();
  }
}

Status StandIn::say_zero(std::uint16_t instance, std::int64_t wall_ns) {
  const auto found = std::ranges::find_if(
      listened_, [&](const Listened& one) { return one.whom.instance == instance; });
  const std::string& name = model_->instances[instance].name;
  if (found == listened_.end())
    return Error::because("say priority 0", "there is no socket for it", name);
  const core::Router& router = assembly_->routers[instance];
  const Whom& whom = found->whom;
  if (!whom.source.is_set())
    return Error::because("say priority 0", "there is no address to say it from", name);
  core::Authenticator& authenticator = *found->authenticator;
  const int socket = ears_[found->ear].socket.get();
  // The form most routers of version 3 send, and all of vigie take.
  const core::ChecksumForm form = router.v3_checksum == core::V3Checksum::kMessageOnly
                                      ? core::ChecksumForm::kMessageOnly
                                      : core::ChecksumForm::kPseudoHeader;
  std::vector<std::pair<Address, std::uint8_t>> destinations;
  // RFC 9568 5.1.1.3, 5.1.2.3: multicast leaves with 255 whatever is configured.
  if (!router.is_unicast()) destinations.emplace_back(core::group_of(router), std::uint8_t{255});
  for (const core::UnicastPeer& peer : router.peers)
    if (router.is_unicast()) destinations.emplace_back(peer.address, router.ttl);
  int failure = 0;
  const auto flush = [&] {
    for (const int error : sender_->flush(socket))
      if (error != 0) failure = error;
  };
  for (const auto& [destination, ttl] : destinations) {
    const std::size_t copies = authenticator.copies(wall_ns);
    for (std::size_t copy = 0; copy < copies; ++copy) {
      if (sender_->is_full()) flush();
      const std::size_t before = authenticator.bytes_before();
      const std::span<std::uint8_t> room = sender_->room();
      const std::size_t length =
          before + core::build(router, base::kReleasePriority, form, whom.source, destination,
                               room.subspan(before));
      const wire::Envelope envelope{.source = whom.source,
                                    .destination = destination,
                                    .ifindex = whom.index.value,
                                    .ttl = ttl};
      // A packet behind an authentication header is written whole, for its IP header is part of what is signed.
      if (before > 0) headers_.write(envelope, length, room);
      sender_->add(authenticator.seal(room, length, whom.source, destination, wall_ns, copy),
                   envelope);
    }
  }
  flush();
  if (failure != 0) return Error::of(failure, "say priority 0", name);
  return base::ok();
}

std::optional<core::Mark> StandIn::number(std::uint16_t instance) const {
  const auto found = std::ranges::find_if(
      listened_, [&](const Listened& one) { return one.whom.instance == instance; });
  return found == listened_.end() ? std::nullopt : found->authenticator->own();
}

void StandIn::hear(Instant now, std::int64_t wall_ns, const Heard& heard) {
  const wire::StampFrame frame{.now = now, .wall_now_ns = wall_ns, .not_before = {}};
  const core::Clock clock{.now = now, .wall_ns = wall_ns};
  for (std::size_t i = 0; i < ears_.size(); ++i) {
    const Open& ear = ears_[i];
    for (int batches = 0; ear.socket && batches < kMostBatches; ++batches) {
      const auto batch = receiver_->receive(ear.socket.get(), ear.ear.family, frame);
      for (const wire::Datagram& datagram : batch.datagrams)
        for (Listened& listened : listened_)
          if (listened.ear == i) take(listened, datagram, ear.ear.protocol, clock, heard);
      if (batch.drained || batch.error != 0) break;
    }
  }
}

void StandIn::take(Listened& listened, const wire::Datagram& datagram, std::uint8_t protocol,
                   const core::Clock& clock, const Heard& heard) {
  const core::Router& router = assembly_->routers[listened.whom.instance];
  base::Vrid vrid;
  if (!core::peek_vrid(vrrp_part(datagram.message, protocol), vrid) || vrid != router.vrid ||
      datagram.source == listened.whom.source)
    return;
  // Several unicast virtual routers may share a VRID: each hears its own peers.
  if (router.is_unicast() && core::find_peer(router, datagram.source) == nullptr) return;
  core::Advert advert;
  const core::Packet packet{.message = datagram.message,
                            .source = datagram.source,
                            .destination = datagram.destination,
                            .ttl = datagram.ttl,
                            .own = listened.whom.source,
                            .header = datagram.header};
  const core::Verdict verdict =
      listened.authenticator->open(packet, router, datagram.received, clock, advert);
  if (verdict.drop == base::Drop::kNone) heard(listened.whom.instance, advert);
}

}  // namespace keeper
