#include "engine/core/peers.hpp"

#include <algorithm>

namespace core {
namespace {

using namespace std::chrono_literals;

bool is_silent(Instant last_heard, Duration interval, Instant now) {
  constexpr Duration kShortest = 1s;
  constexpr Duration kLongest = 40950ms;  // the longest of version 3
  return now - last_heard > 3 * std::clamp(interval, kShortest, kLongest);
}

// Which a newcomer may replace, lower first; kKept: never.
enum class Worth : std::uint8_t {
  kFree,
  kSeenOnce,
  kSilentStranger,
  kStranger,
  kHeardOnce,
  kSilent,
  kKept
};

Worth worth_of(const Peer& peer, Instant now) {
  if (!peer.address.is_set()) return Worth::kFree;
  if (peer.was_accepted()) {
    if (peer.adverts == 1) return Worth::kHeardOnce;
    return is_silent(peer.last_accepted, peer.interval, now) ? Worth::kSilent : Worth::kKept;
  }
  if (peer.rejected == 1) return Worth::kSeenOnce;
  return is_silent(peer.last_heard, peer.interval, now) ? Worth::kSilentStranger : Worth::kStranger;
}

// The finalizer of splitmix64: every bit in decides every bit out.
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9;
  x ^= x >> 27;
  x *= 0x94d049bb133111eb;
  return x ^ x >> 31;
}

std::uint64_t word_of(std::span<const std::uint8_t> bytes) {
  std::uint64_t word = 0;
  for (const std::uint8_t byte : bytes) word = word << 8 | byte;
  return word;
}

}  // namespace

Duration next_jitter(Duration jitter, Duration gap, Duration interval) {
  if (gap < Duration{0} || gap >= 2 * interval) return jitter;
  const Duration difference = gap > interval ? gap - interval : interval - gap;
  return jitter + (difference - jitter) / 16;
}

std::uint64_t hash_of_set(std::span<const std::uint8_t> addresses, Family family) {
  const std::size_t each = address_bytes(family);
  std::uint64_t sum = 0;
  for (; addresses.size() >= each; addresses = addresses.subspan(each)) {
    const std::uint64_t high = word_of(addresses.first(each / 2));
    const std::uint64_t low = word_of(addresses.subspan(each / 2, each / 2));
    sum += mix(mix(high + 0x9e3779b97f4a7c15) + low);  // a sum: the order does not matter
  }
  return sum;
}

Peer* Peers::find(const Address& source) {
  for (Peer& peer : entries_)
    if (peer.address == source) return &peer;
  return nullptr;
}

Peer* Peers::place_for(const Address& source, bool is_accepted, Instant received) {
  if (Peer* known = find(source)) return known;
  const Worth most = is_accepted ? Worth::kSilent : Worth::kSilentStranger;
  Peer* best = nullptr;
  Worth least = Worth::kKept;
  for (Peer& peer : entries_) {
    const Worth worth = worth_of(peer, received);
    if (worth > most) continue;
    if (best != nullptr &&
        (worth > least || (worth == least && peer.last_heard >= best->last_heard)))
      continue;
    best = &peer;
    least = worth;
  }
  if (least != Worth::kFree) ++forgotten_;
  if (best == nullptr) return nullptr;
  *best = {};
  best->address = source;
  best->first_heard = received;
  return best;
}

void Peers::accept(const Advert& advert, std::span<const std::uint8_t> addresses, bool is_clock_bad,
                   Instant received) {
  Peer* peer = place_for(advert.source, true, received);
  if (peer == nullptr) return;
  // Who leaves and comes back was away in between.
  if (peer->was_accepted() && peer->priority != base::kReleasePriority)
    peer->jitter = next_jitter(peer->jitter, received - peer->last_accepted, peer->interval);
  peer->priority = advert.priority;
  peer->version = static_cast<std::uint8_t>(advert.version);
  peer->interval = advert.interval;
  peer->checksum = advert.checksum;
  peer->is_clock_bad = is_clock_bad;
  peer->addresses_match = advert.addresses_match;
  peer->interval_matches = advert.interval_matches;
  peer->last_drop = base::Drop::kNone;
  peer->address_count = advert.address_count;
  const Family family = advert.source.family();
  peer->address_hash = hash_of_set(addresses, family);
  const std::size_t each = address_bytes(family);
  for (std::size_t i = 0; i < peer->addresses.size(); ++i) {
    const bool is_there = (i + 1) * each <= addresses.size();
    peer->addresses[i] =
        is_there ? Address::from_bytes(family, addresses.subspan(i * each, each)) : Address{};
  }
  peer->last_heard = peer->last_accepted = received;
  ++peer->adverts;
}

Peer* Peers::note_rejected(const Address& source, base::Drop reason, Instant received) {
  if (!source.is_set()) return nullptr;
  Peer* peer = place_for(source, false, received);
  if (peer == nullptr) return nullptr;
  peer->last_heard = received;
  peer->last_drop = reason;
  ++peer->rejected;
  ++peer->drops[static_cast<std::size_t>(reason)];
  return peer;
}

void Peers::reject(const Claim& claim, base::Drop reason, Instant received) {
  Peer* peer = note_rejected(claim.source, reason, received);
  if (peer == nullptr) return;
  // Anybody can put a peer's address on a packet: what was accepted stays shown while the peer goes on being accepted.
  if (peer->was_accepted() && !is_silent(peer->last_accepted, peer->interval, received)) return;
  peer->priority = claim.priority;
  peer->version = claim.version;
  peer->auth_type = claim.auth_type;
  peer->interval = claim.interval;
  peer->address_count = claim.address_count;
}

void Peers::reject(const Address& source, base::Drop reason, Instant received) {
  (void)note_rejected(source, reason, received);  // nothing more is known of it
}

void Foreign::hear(std::uint16_t interface, Family family, const Claim& claim, Instant received) {
  ForeignRouter* best = nullptr;
  int least = 0;
  for (ForeignRouter& entry : entries_) {
    if (entry.family == family && entry.interface == interface && entry.claim.vrid == claim.vrid) {
      entry.claim = claim;
      entry.last_heard = received;
      ++entry.adverts;
      return;
    }
    const bool silent = is_silent(entry.last_heard, entry.claim.interval, received);
    const int worth = entry.family == Family::kNone ? 0 : entry.adverts == 1 ? 1 : silent ? 2 : 3;
    if (worth == 3) continue;
    if (best != nullptr &&
        (worth > least || (worth == least && entry.last_heard >= best->last_heard)))
      continue;
    best = &entry;
    least = worth;
  }
  if (best == nullptr || least != 0) ++forgotten_;
  if (best == nullptr) return;
  *best = {interface, family, claim, received, received, 1};
}

}  // namespace core
