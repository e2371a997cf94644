// Who said it, and is it new: the authenticators of all instances, between the sockets and the codec in both directions,
// and the memory in which the numbers of signers and our own survive a restart, a reload and a reboot.
//
// Whatever authentication an instance has configured, its packets go in and out through here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/config/model.hpp"
#include "engine/core/auth.hpp"
#include "engine/feed/memory.hpp"
#include "engine/heritage.hpp"

namespace engine {

class Trust {
 public:
  // Everything referred to outlives this. Then one of the two: it begins with what is remembered, `mapped` being what
  // `memory` was made from; or it goes on with what `before` knows, and remembers for whoever has other keys now.
  Trust(const config::Model& model, const Assembly& assembly, feed::Memory& memory);
  void recall(std::span<const std::byte> mapped, base::Instant now);
  void inherit(Trust& before, const Heritage& from, std::span<const std::byte> mapped,
               base::Instant now);

  // The moment of this turn.
  void begin(base::Instant now, std::int64_t wall_ns);

  // The advert in the packet, or why not. What an accepted one proves is written down before this returns.
  core::Verdict open(std::uint16_t instance, const core::Packet& packet, base::Instant received,
                     core::Advert& advert);
  // Some router of this instance's VRID was heard, acceptably: a later start will know that there is one.
  void knew(std::uint16_t instance, const core::Advert& advert);
  bool knows_peer(std::uint16_t instance) const;

  // Somebody else spoke in our name and came as far as this mark of our own. No instance: nothing.
  void went_on(std::uint16_t instance, const core::Mark& own);

  // As core::Authenticator says. Our own numbers are written down before the packet leaves.
  std::size_t bytes_before(std::uint16_t instance) const;
  std::size_t copies(std::uint16_t instance) const;
  std::size_t seal(std::uint16_t instance, std::span<std::uint8_t> room, std::size_t length,
                   const base::Address& source, const base::Address& destination, std::size_t copy);

 private:
  core::Authenticator& of(std::uint16_t instance) const;
  void recall_for(std::span<const std::uint16_t> instances, std::span<const std::byte> mapped,
                  base::Instant now);
  void keep(std::uint16_t instance, const core::Mark& mark);

  const config::Model& model_;
  const Assembly& assembly_;
  feed::Memory& memory_;
  core::Clock clock_;
  std::vector<feed::Memory::Router> names_;  // by instance
  // By instance; nothing where no key is involved. Those share one, which keeps nothing from packet to packet.
  std::vector<std::unique_ptr<core::Authenticator>> authenticators_;
  std::unique_ptr<core::Authenticator> keyless_;
};

}  // namespace engine
