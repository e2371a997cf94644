#include "engine/feed/memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/check.hpp"
#include "engine/feed/words.hpp"

namespace feed {
namespace {

static_assert(Words<MemoryHeader> && Words<MemorySlot>);

constexpr std::size_t kChangesWord = offsetof(MemoryHeader, changes) / 8;
constexpr std::size_t kSlotWords = sizeof(MemorySlot) / 8;
constexpr std::size_t kNumberWord = offsetof(MemorySlot, number) / 8;
constexpr std::size_t kWallWord = offsetof(MemorySlot, wall_ns) / 8;

constexpr std::size_t slot_word(std::size_t slot) {
  return kMemoryHeaderBytes / 8 + slot * kSlotWords;
}

std::uint64_t fnv1a(std::span<const std::byte> bytes, std::uint64_t hash = 0xcbf29ce484222325) {
  for (const std::byte byte : bytes) {
    hash ^= static_cast<std::uint64_t>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

// The address of a known peer is what the entry says, not whose it is.
bool is_named_by_address(Remembered kind) {
  return kind == Remembered::kMark || kind == Remembered::kOwn;
}

bool is_same(const MemoryName& a, const MemoryName& b) {
  return a.kind == b.kind && a.family == b.family && a.vrid == b.vrid && a.key == b.key &&
         a.interface == b.interface && (!is_named_by_address(a.kind) || a.address == b.address);
}

std::size_t hash_of(const MemoryName& name) {
  const std::array head{static_cast<std::uint8_t>(name.kind),
                        static_cast<std::uint8_t>(name.family), name.vrid, name.key};
  std::uint64_t hash = fnv1a(std::as_bytes(std::span(head)));
  hash = fnv1a(std::as_bytes(std::span(name.interface)), hash);
  if (is_named_by_address(name.kind)) hash = fnv1a(std::as_bytes(std::span(name.address)), hash);
  return hash ^ hash >> 32;
}

bool makes_sense(const MemorySlot& slot) {
  const bool has_family = slot.family == static_cast<std::uint8_t>(base::Family::kIpv4) ||
                          slot.family == static_cast<std::uint8_t>(base::Family::kIpv6);
  const auto kind = static_cast<Remembered>(slot.kind);
  if (!has_family || slot.vrid == 0 || slot.interface.front() == '\0') return false;
  if (slot.interface.back() != '\0') return false;
  if (kind == Remembered::kPeer) return slot.key < kKnownPeers;
  return kind == Remembered::kMark || kind == Remembered::kOwn;
}

MemoryEntry entry_from(const MemorySlot& slot) {
  MemoryEntry entry;
  entry.name.kind = static_cast<Remembered>(slot.kind);
  entry.name.family = static_cast<base::Family>(slot.family);
  entry.name.vrid = slot.vrid;
  entry.name.key = slot.key;
  entry.name.interface = slot.interface;
  entry.name.address = slot.address;
  entry.number = slot.number;
  entry.wall_ns = slot.wall_ns;
  return entry;
}

MemorySlot slot_from(const MemoryEntry& entry, std::uint32_t turn) {
  MemorySlot slot;
  slot.kind = static_cast<std::uint8_t>(entry.name.kind);
  slot.family = static_cast<std::uint8_t>(entry.name.family);
  slot.vrid = entry.name.vrid;
  slot.key = entry.name.key;
  slot.turn = turn;
  slot.interface = entry.name.interface;
  slot.address = entry.name.address;
  slot.number = entry.number;
  slot.wall_ns = entry.wall_ns;
  return slot;
}

// Word 0 of a slot that is free, or becomes so.
std::uint64_t free_word(std::uint32_t turn) {
  MemorySlot slot;
  slot.turn = turn;
  std::uint64_t word = 0;
  std::memcpy(&word, &slot, sizeof word);
  return word;
}

MemoryName name_of(Remembered kind, const Memory::Router& router, std::uint8_t key,
                   const base::Address& address) {
  MemoryName name;
  name.kind = kind;
  name.family = router.family;
  name.vrid = router.vrid;
  name.key = key;
  const std::size_t length = std::min(router.interface.size(), name.interface.size() - 1);
  std::copy_n(router.interface.data(), length, name.interface.data());
  name.address = address.padded();
  return name;
}

const std::uint64_t* words_in(std::span<const std::byte> memory) {
  return reinterpret_cast<const std::uint64_t*>(memory.data());
}

MemoryHeader header_of(std::span<const std::byte> memory) {
  MemoryHeader header;
  load_words(words_in(memory), header);
  return header;
}

}  // namespace

void format_memory(std::span<std::byte> memory, std::size_t entries) {
  CHECK(entries > 0 && entries <= kMemoryEntries, "a size a memory may have");
  CHECK(memory.size() >= memory_bytes(entries), "room for the whole memory");
  store_words(reinterpret_cast<std::uint64_t*>(memory.data()), MemoryHeader{.slots = entries});
}

bool is_memory(std::span<const std::byte> memory) {
  if (memory.size() < kMemoryHeaderBytes) return false;
  const MemoryHeader header = header_of(memory);
  return header.magic == kMemoryMagic && header.version == kMemoryVersion &&
         header.slot_size == sizeof(MemorySlot) && header.slots > 0 &&
         header.slots <= kMemoryEntries && memory.size() >= memory_bytes(header.slots);
}

Memory::Memory(std::span<std::byte> memory)
    : words_(reinterpret_cast<std::uint64_t*>(memory.data())) {
  CHECK(is_memory(memory), "a memory of this version");
  entries_ = header_of(memory).slots;
  places_.fill(kNowhere);
  for (std::size_t i = 0; i < entries_; ++i) {
    MemorySlot slot;
    load_words(words_of(i), slot);
    if (slot.kind == 0) continue;
    if (!makes_sense(slot)) {
      store_word(words_of(i)[0], free_word(slot.turn + 1));
      continue;
    }
    const std::uint16_t twin = find(entry_from(slot).name);
    if (twin != kNowhere) {
      // Of two that claim one name the greater number counts: a mark must not go back.
      const std::uint64_t greater = std::max(slot.number, load_word(words_of(twin)[kNumberWord]));
      store_word(words_of(twin)[kNumberWord], greater);
      store_word(words_of(i)[0], free_word(slot.turn + 1));
      continue;
    }
    enter(static_cast<std::uint16_t>(i));
  }
}

std::uint64_t* Memory::words_of(std::size_t slot) const { return words_ + slot_word(slot); }

MemoryEntry Memory::entry(std::size_t slot) const {
  MemorySlot found;
  load_words(words_of(slot), found);
  return entry_from(found);
}

void Memory::say_changed() {
  store_word(words_[kChangesWord], load_word(words_[kChangesWord]) + 1);
}

std::uint16_t Memory::find(const MemoryName& name) const {
  for (std::size_t place = hash_of(name) % kPlaces;; place = (place + 1) % kPlaces) {
    if (places_[place] == kNowhere) return kNowhere;
    if (is_same(entry(places_[place]).name, name)) return places_[place];
  }
}

void Memory::enter(std::uint16_t slot) {
  const MemoryName name = entry(slot).name;
  std::size_t place = hash_of(name) % kPlaces;
  while (places_[place] != kNowhere) place = (place + 1) % kPlaces;
  places_[place] = slot;
  ++used_;
  if (name.kind == Remembered::kPeer) ++known_peers_;
}

// Linear probing without gravestones: whoever would be cut off from its place moves back into the gap.
void Memory::leave(std::uint16_t slot) {
  const MemoryName name = entry(slot).name;
  std::size_t gap = hash_of(name) % kPlaces;
  while (places_[gap] != slot) gap = (gap + 1) % kPlaces;
  for (std::size_t next = (gap + 1) % kPlaces; places_[next] != kNowhere;
       next = (next + 1) % kPlaces) {
    const std::size_t home = hash_of(entry(places_[next]).name) % kPlaces;
    const std::size_t from_home = (next + kPlaces - home) % kPlaces;
    const std::size_t from_gap = (next + kPlaces - gap) % kPlaces;
    if (from_home < from_gap) continue;
    places_[gap] = places_[next];
    gap = next;
  }
  places_[gap] = kNowhere;
  --used_;
  if (name.kind == Remembered::kPeer) --known_peers_;
}

void Memory::write(std::size_t slot, const MemoryEntry& entry) {
  std::uint64_t* words = words_of(slot);
  MemorySlot before;
  load_words(words, before);
  const MemorySlot after = slot_from(entry, before.turn + 1);
  std::uint64_t raw[kSlotWords];
  std::memcpy(raw, &after, sizeof after);
  // Free until every word behind the first is there.
  store_word(words[0], free_word(after.turn));
  for (std::size_t i = 1; i < kSlotWords; ++i) store_word(words[i], raw[i]);
  store_word(words[0], raw[0]);
}

void Memory::release(std::size_t slot) {
  leave(static_cast<std::uint16_t>(slot));
  MemorySlot before;
  load_words(words_of(slot), before);
  store_word(words_of(slot)[0], free_word(before.turn + 1));
  lowest_free_ = std::min(lowest_free_, slot);
}

std::uint16_t Memory::take() {
  if (used_ == entries_) {
    if (known_peers_ == 0) return kNowhere;
    std::size_t oldest = entries_;
    std::int64_t oldest_wall = 0;
    for (std::size_t i = 0; i < entries_; ++i) {
      const MemoryEntry found = entry(i);
      if (found.name.kind != Remembered::kPeer) continue;
      if (oldest != entries_ && found.wall_ns >= oldest_wall) continue;
      oldest = i;
      oldest_wall = found.wall_ns;
    }
    release(oldest);
  }
  while (entry(lowest_free_).name.kind != Remembered::kFree) ++lowest_free_;
  return static_cast<std::uint16_t>(lowest_free_);
}

bool Memory::add(const MemoryEntry& entry) {
  const std::uint16_t slot = take();
  if (slot == kNowhere) return false;
  write(slot, entry);
  enter(slot);
  say_changed();
  return true;
}

void Memory::heard(const Router& router, const base::Address& peer, std::uint8_t priority,
                   std::int64_t wall_ns) {
  MemoryEntry fresh{
      .name = name_of(Remembered::kPeer, router, 0, peer), .number = priority, .wall_ns = wall_ns};
  std::uint16_t oldest = kNowhere;
  std::int64_t oldest_wall = 0;
  for (std::uint8_t key = 0; key < kKnownPeers; ++key) {
    fresh.name.key = key;
    const std::uint16_t slot = find(fresh.name);
    if (slot == kNowhere) {
      // Room for a number is worth more than one more peer: a full memory gives none up for it.
      if (used_ < entries_) (void)add(fresh);
      return;
    }
    const MemoryEntry known = entry(slot);
    if (known.name.address == fresh.name.address) {
      // Unsigned: what lies in a file may be any two numbers.
      const auto age =
          static_cast<std::uint64_t>(wall_ns) - static_cast<std::uint64_t>(known.wall_ns);
      if (wall_ns >= known.wall_ns && age < static_cast<std::uint64_t>(kKnownPeerGrainNs)) return;
      store_word(words_of(slot)[kNumberWord], fresh.number);
      store_word(words_of(slot)[kWallWord], static_cast<std::uint64_t>(wall_ns));
      say_changed();
      return;
    }
    if (oldest == kNowhere || known.wall_ns < oldest_wall) {
      oldest = slot;
      oldest_wall = known.wall_ns;
    }
  }
  // The name stays, only what it says changes: its place is still right.
  fresh.name.key = entry(oldest).name.key;
  write(oldest, fresh);
  say_changed();
}

bool Memory::knows_peer(const Router& router) const {
  // Keys are given from 0 on, and a peer is given up only for a number: any of them may be the one left.
  for (std::uint8_t key = 0; key < kKnownPeers; ++key)
    if (find(name_of(Remembered::kPeer, router, key, {})) != kNowhere) return true;
  return false;
}

std::optional<std::uint64_t> Memory::number_of(const MemoryName& name) const {
  const std::uint16_t slot = find(name);
  if (slot == kNowhere) return std::nullopt;
  return load_word(words_of(slot)[kNumberWord]);
}

bool Memory::raise(const MemoryName& name, std::uint64_t number, std::int64_t wall_ns) {
  const std::uint16_t slot = find(name);
  if (slot == kNowhere) return add({.name = name, .number = number, .wall_ns = wall_ns});
  std::uint64_t* words = words_of(slot);
  if (number <= load_word(words[kNumberWord])) return true;
  store_word(words[kNumberWord], number);
  store_word(words[kWallWord], static_cast<std::uint64_t>(wall_ns));
  say_changed();
  return true;
}

std::optional<std::uint64_t> Memory::mark(const Router& router, std::uint8_t key,
                                          const base::Address& signer) const {
  return number_of(name_of(Remembered::kMark, router, key, signer));
}

bool Memory::raise_mark(const Router& router, std::uint8_t key, const base::Address& signer,
                        std::uint64_t number, std::int64_t wall_ns) {
  return raise(name_of(Remembered::kMark, router, key, signer), number, wall_ns);
}

std::optional<std::uint64_t> Memory::own(const Router& router, std::uint8_t key) const {
  return number_of(name_of(Remembered::kOwn, router, key, {}));
}

bool Memory::raise_own(const Router& router, std::uint8_t key, std::uint64_t number,
                       std::int64_t wall_ns) {
  return raise(name_of(Remembered::kOwn, router, key, {}), number, wall_ns);
}

std::vector<MemoryEntry> entries_of(std::span<const std::byte> memory) {
  std::vector<MemoryEntry> entries;
  const std::size_t slots = header_of(memory).slots;
  for (std::size_t i = 0; i < slots; ++i) {
    const std::uint64_t* words = words_in(memory) + slot_word(i);
    // A slot that changes hands while it is copied is copied again; its new owner holds it for long.
    for (int looks = 0; looks < 16; ++looks) {
      const std::uint64_t before = load_word(words[0]);
      MemorySlot slot;
      load_words(words, slot);
      if (load_word(words[0]) != before) continue;
      if (slot.kind != 0 && makes_sense(slot)) entries.push_back(entry_from(slot));
      break;
    }
  }
  return entries;
}

std::uint64_t changes_of(std::span<const std::byte> memory) {
  return load_word(words_in(memory)[kChangesWord]);
}

std::vector<std::byte> copy_of(std::span<const std::byte> memory) {
  const std::vector<MemoryEntry> entries = entries_of(memory);
  std::vector<std::byte> copy(kMemoryHeaderBytes + entries.size() * sizeof(MemorySlot));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const MemorySlot slot = slot_from(entries[i], 0);
    std::memcpy(copy.data() + kMemoryHeaderBytes + i * sizeof slot, &slot, sizeof slot);
  }
  MemoryHeader header;
  header.slots = entries.size();
  header.checksum = fnv1a(std::span(copy).subspan(kMemoryHeaderBytes));
  std::memcpy(copy.data(), &header, sizeof header);
  return copy;
}

bool fill(std::span<std::byte> memory, std::span<const std::byte> copy) {
  MemoryHeader header;
  if (copy.size() < kMemoryHeaderBytes) return false;
  std::memcpy(&header, copy.data(), sizeof header);
  const auto body = copy.subspan(kMemoryHeaderBytes);
  if (header.magic != kMemoryMagic || header.version != kMemoryVersion ||
      header.slot_size != sizeof(MemorySlot) || header.slots > header_of(memory).slots ||
      body.size() != header.slots * sizeof(MemorySlot) || header.checksum != fnv1a(body))
    return false;
  for (const bool is_writing : {false, true}) {
    for (std::size_t i = 0; i < header.slots; ++i) {
      MemorySlot slot;
      std::memcpy(&slot, body.data() + i * sizeof slot, sizeof slot);
      if (!makes_sense(slot)) return false;
      slot.turn = 0;
      if (is_writing)
        store_words(reinterpret_cast<std::uint64_t*>(memory.data()) + slot_word(i), slot);
    }
  }
  return true;
}

}  // namespace feed
