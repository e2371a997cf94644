// Who was heard for one virtual router, accepted or not: sixteen sources at most, in fixed memory.
//
// For people to look at; nothing here reaches the state machine. One packet costs one look through the table, whatever
// anybody sends. When the table is full, a newcomer takes the place of the first of these that there is:
//
//   1. a source never accepted and seen once, the longest unseen first
//   2. a source never accepted that has fallen silent (see below), the longest unseen first
//   3. for an accepted newcomer alone: any source never accepted
//   4. for an accepted newcomer alone: an accepted source heard once, the longest unheard first
//   5. for an accepted newcomer alone: an accepted source that has fallen silent, the longest unheard first
//
// Otherwise the newcomer is not written down, only counted. So no number of made-up sources pushes out an accepted peer
// while nothing made up is accepted, nor, if it is, one that goes on speaking.
//
// Silent: unheard for three of its intervals, as it says and we believe: between 1 and 40.95 s.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "engine/core/claim.hpp"

namespace core {

struct Peer {
  static constexpr std::size_t kShownAddresses = 8;

  Address address;  // not set: the entry is free
  // What it said last; in an accepted advert, unless the last of those is long past.
  Priority priority;  // 0: it said it leaves
  std::uint8_t version = 0;
  std::uint8_t auth_type = 0;
  Duration interval{0};
  ChecksumForm checksum = ChecksumForm::kMessageOnly;
  bool is_clock_bad = false;
  bool addresses_match = true;
  bool interval_matches = true;
  std::uint8_t address_count = 0;
  std::array<Address, kShownAddresses> addresses{};  // the first it lists
  std::uint64_t address_hash = 0;  // of the list as a set: two routers that agree have the same
  base::Drop last_drop =
      base::Drop::kNone;  // why its newest advert was not accepted; kNone: it was

  Instant first_heard;  // accepted or not
  Instant last_heard;
  Instant last_accepted;      // Requires: adverts > 0
  Duration jitter{0};         // of the accepted
  std::uint64_t adverts = 0;  // accepted
  std::uint64_t rejected = 0;
  std::array<std::uint32_t, base::kDropReasons> drops{};

  bool was_accepted() const { return adverts > 0; }
};

class Peers {
 public:
  static constexpr std::size_t kCapacity = 16;

  // An accepted advert; `addresses` are those it lists, as on the wire (peek_addresses).
  void accept(const Advert& advert, std::span<const std::uint8_t> addresses, bool is_clock_bad,
              Instant received);
  // One that was not accepted.
  void reject(const Claim& claim, base::Drop reason, Instant received);
  // One that was not accepted and is not even readable as an advert.
  void reject(const Address& source, base::Drop reason, Instant received);

  // The entries, free ones among them; an entry keeps its place until it is replaced.
  std::span<const Peer, kCapacity> entries() const { return entries_; }
  std::uint64_t forgotten() const { return forgotten_; }  // replaced, or never written down

 private:
  Peer* find(const Address& source);
  Peer* place_for(const Address& source, bool is_accepted, Instant received);
  Peer* note_rejected(const Address& source, base::Drop reason, Instant received);

  std::array<Peer, kCapacity> entries_{};
  std::uint64_t forgotten_ = 0;
};

// The jitter of RFC 3550 6.4.1, with the interval a peer announces in place of the sender's timestamps:
//
//   D = (arrival - arrival before) - (interval the advert before announced)
//   J = J + (|D| - J) / 16
//
// A gap of two intervals or more is loss or silence and no jitter: it is not counted.
Duration next_jitter(Duration jitter, Duration gap, Duration interval);

// An order-free fingerprint of a list of addresses.
std::uint64_t hash_of_set(std::span<const std::uint8_t> addresses, Family family);

// Virtual routers of others: VRIDs that nobody has configured here, heard on our interfaces. At most 64; a newcomer takes
// the place of the one longest unheard among those heard once, else of the one longest silent (as above), else it is
// counted only.
struct ForeignRouter {
  std::uint16_t interface = 0;    // its place among our interfaces
  Family family = Family::kNone;  // kNone: the entry is free
  Claim claim;                    // what was said last
  Instant first_heard;
  Instant last_heard;
  std::uint64_t adverts = 0;
};

class Foreign {
 public:
  static constexpr std::size_t kCapacity = 64;

  void hear(std::uint16_t interface, Family family, const Claim& claim, Instant received);
  // Interfaces have other places now: place_of(router) answers where this one is; nothing: it is forgotten.
  template <typename PlaceOf>
  void follow(PlaceOf place_of) {
    for (ForeignRouter& entry : entries_) {
      if (entry.family == Family::kNone) continue;
      if (const auto place = place_of(std::as_const(entry)))
        entry.interface = *place;
      else
        entry = {};
    }
  }
  std::span<const ForeignRouter, kCapacity> entries() const { return entries_; }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  std::array<ForeignRouter, kCapacity> entries_{};
  std::uint64_t forgotten_ = 0;
};

}  // namespace core
