// What a packet says of itself, believed or not: for showing who is rejected, and for noticing that he means to be master.
//
// Reads only the fixed part and judges nothing; a claim never reaches the state machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/core/advert.hpp"

namespace core {

struct Claim {
  Address source;
  std::uint8_t version = 0;  // the number in the packet, whether it exists or not
  Vrid vrid;
  Priority priority;
  Duration interval{0};  // as the claimed version writes it; 0 when that version does not exist
  std::uint8_t auth_type = 0;  // version 2; HMAC is known by its trailer alone
  std::uint8_t address_count = 0;

  // RFC 9568 5.2.4: priority 0 gives mastership up.
  bool is_release() const { return priority == base::kReleasePriority; }
  friend bool operator==(const Claim&, const Claim&) = default;
};

// Nothing when it is shorter than the fixed part or no advertisement.
std::optional<Claim> peek_claim(std::span<const std::uint8_t> message, const Address& source);

// What an accepted advert claims.
Claim claim_of(const Advert& advert);

// The addresses a message lists, as they are on the wire: as many of the counted ones as are there.
std::span<const std::uint8_t> peek_addresses(std::span<const std::uint8_t> message, Family family);

}  // namespace core
