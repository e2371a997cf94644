#include "engine/core/claim.hpp"

#include <algorithm>

namespace core {
namespace {

constexpr std::size_t kFixedPart = 8;
constexpr std::uint8_t kAdvertisement = 1;

}  // namespace

std::optional<Claim> peek_claim(std::span<const std::uint8_t> message, const Address& source) {
  if (message.size() < kFixedPart || (message[0] & 0x0f) != kAdvertisement) return std::nullopt;
  Claim claim;
  claim.source = source;
  claim.version = message[0] >> 4;
  claim.vrid = Vrid{message[1]};
  claim.priority = Priority{message[2]};
  claim.address_count = message[3];
  if (claim.version == 2) {
    claim.auth_type = message[4];
    claim.interval = std::chrono::seconds{message[5]};
  }
  if (claim.version == 3)
    claim.interval = std::chrono::milliseconds{10} * ((message[4] & 0x0f) << 8 | message[5]);
  return claim;
}

Claim claim_of(const Advert& advert) {
  Claim claim;
  claim.source = advert.source;
  claim.version = static_cast<std::uint8_t>(advert.version);
  claim.vrid = advert.vrid;
  claim.priority = advert.priority;
  claim.interval = advert.interval;
  claim.address_count = advert.address_count;
  return claim;
}

std::span<const std::uint8_t> peek_addresses(std::span<const std::uint8_t> message, Family family) {
  if (message.size() < kFixedPart) return {};
  const std::size_t each = address_bytes(family);
  const auto rest = message.subspan(kFixedPart);
  const std::size_t whole = std::min<std::size_t>(message[3], rest.size() / each);
  return rest.first(whole * each);
}

}  // namespace core
