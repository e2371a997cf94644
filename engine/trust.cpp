#include "engine/trust.hpp"

#include <algorithm>

#include "engine/authentication.hpp"
#include "engine/digest/hmac.hpp"
#include "engine/feed/record.hpp"

namespace engine {
namespace {

using feed::Remembered;

// Requires: the same virtual router.
bool authenticates_alike(const config::Instance& one, const config::Instance& other) {
  return one.auth_type == other.auth_type && one.auth_pass == other.auth_pass &&
         one.hmac == other.hmac && one.version == other.version &&
         one.unicast_peers.empty() == other.unicast_peers.empty();
}

bool has_key(core::AuthType type) {
  return type == core::AuthType::kHmac || type == core::AuthType::kAh;
}

}  // namespace

Trust::Trust(const config::Model& model, const Assembly& assembly, feed::Memory& memory)
    : model_(model),
      assembly_(assembly),
      memory_(memory),
      keyless_(std::make_unique<core::Authenticator>(core::Router{}, core::AuthSettings{},
                                                     digest::digests())) {
  for (std::size_t id = 0; id < model.instances.size(); ++id) {
    const config::Instance& instance = model.instances[id];
    names_.push_back({instance.interface, instance.family, instance.vrid});
    const core::Router& router = assembly.routers[id];
    authenticators_.push_back(
        has_key(router.auth_type)
            ? std::make_unique<core::Authenticator>(
                  router, auth_settings_of(instance, router.auth_type), digest::digests())
            : nullptr);
  }
}

void Trust::recall(std::span<const std::byte> mapped, base::Instant now) {
  std::vector<std::uint16_t> all;
  for (std::uint16_t id = 0; id < authenticators_.size(); ++id)
    if (authenticators_[id]) all.push_back(id);
  recall_for(all, mapped, now);
}

// One that has the keys it had knows more than is remembered: what it heard in the last second, and from whom too much.
void Trust::inherit(Trust& before, const Heritage& from, std::span<const std::byte> mapped,
                    base::Instant now) {
  clock_ = before.clock_;
  std::vector<std::uint16_t> others;
  for (std::uint16_t id = 0; id < authenticators_.size(); ++id) {
    if (!authenticators_[id]) continue;
    const auto was = from.of.instances[id];
    if (was && before.authenticators_[*was] &&
        authenticates_alike(before.model_.instances[*was], model_.instances[id]))
      authenticators_[id] = std::move(before.authenticators_[*was]);
    else
      others.push_back(id);
  }
  recall_for(others, mapped, now);
}

void Trust::begin(base::Instant now, std::int64_t wall_ns) {
  clock_ = {.now = now, .wall_ns = wall_ns};
}

core::Authenticator& Trust::of(std::uint16_t id) const {
  return authenticators_[id] ? *authenticators_[id] : *keyless_;
}

void Trust::recall_for(std::span<const std::uint16_t> instances, std::span<const std::byte> mapped,
                       base::Instant now) {
  if (instances.empty()) return;
  for (const feed::MemoryEntry& entry : feed::entries_of(mapped)) {
    const feed::MemoryName& name = entry.name;
    if (name.kind != Remembered::kMark && name.kind != Remembered::kOwn) continue;
    const std::size_t length = name.family == base::Family::kIpv4 ? 4 : 16;
    const core::Mark mark{.key = name.key,
                          .signer = name.kind == Remembered::kOwn
                                        ? base::Address{}
                                        : base::Address::from_bytes(
                                              name.family, std::span(name.address).first(length)),
                          .number = entry.number};
    for (const std::uint16_t id : instances) {
      const bool is_its = name.family == names_[id].family && name.vrid == names_[id].vrid &&
                          feed::get_text(name.interface) == names_[id].interface;
      // Without room for it, it is as if it had been forgotten: who signs again begins anew.
      if (is_its) (void)authenticators_[id]->remember(mark, now);
    }
  }
}

core::Verdict Trust::open(std::uint16_t id, const core::Packet& packet, base::Instant received,
                          core::Advert& advert) {
  const core::Verdict verdict =
      of(id).open(packet, assembly_.routers[id], received, clock_, advert);
  if (verdict.drop == base::Drop::kNone && verdict.is_signed) keep(id, verdict.mark);
  return verdict;
}

// A full memory costs protection after the next restart, not service now.
void Trust::keep(std::uint16_t id, const core::Mark& mark) {
  const feed::Memory::Router& router = names_[id];
  if (mark.signer.is_set())
    (void)memory_.raise_mark(router, mark.key, mark.signer, mark.number, clock_.wall_ns);
  else
    (void)memory_.raise_own(router, mark.key, mark.number, clock_.wall_ns);
}

void Trust::went_on(std::uint16_t id, const core::Mark& own) {
  if (id >= authenticators_.size() || !authenticators_[id]) return;
  if (!authenticators_[id]->remember(own, clock_.now)) return;
  keep(id, own);
}

void Trust::knew(std::uint16_t id, const core::Advert& advert) {
  memory_.heard(names_[id], advert.source, advert.priority.value, clock_.wall_ns);
}

bool Trust::knows_peer(std::uint16_t id) const { return memory_.knows_peer(names_[id]); }

std::size_t Trust::bytes_before(std::uint16_t id) const { return of(id).bytes_before(); }

std::size_t Trust::copies(std::uint16_t id) const { return of(id).copies(clock_.wall_ns); }

std::size_t Trust::seal(std::uint16_t id, std::span<std::uint8_t> room, std::size_t length,
                        const base::Address& source, const base::Address& destination,
                        std::size_t copy) {
  core::Authenticator& authenticator = of(id);
  const std::size_t sealed =
      authenticator.seal(room, length, source, destination, clock_.wall_ns, copy);
  if (const auto own = authenticator.own()) keep(id, *own);
  return sealed;
}

}  // namespace engine
