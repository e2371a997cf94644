// The memory: what the engine must still know after a reload, a restart and a reboot. Who was heard for each virtual
// router, how far each signer's numbers have come, and how far our own.
//
//   | header, one page | entry 0 | entry 1 | ... | entry kMemoryEntries-1 |
//
// It belongs to no configuration and to no boot: an entry names interface, family and VRID itself. The supervisor makes
// the file in the run directory and the engine maps it; the recorder keeps a copy of it in the state directory, from
// which the supervisor fills a new one. The copy is the same header with a checksum, followed by the entries in use.
//
// Killed at any moment, the engine leaves every number whole and never one that went back: an entry's name is written
// while the entry says "free", and afterwards a number changes by one 8-byte store. Who comes back by the copy may have
// lost the last second of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip.hpp"

namespace feed {

inline constexpr std::uint64_t kMemoryMagic = 0x31'6f'6d'65'6d'67'69'76;  // "vigmemo1"
inline constexpr std::uint32_t kMemoryVersion = 1;
inline constexpr std::size_t kMemoryEntries = 8192;  // at most, and as the supervisor makes it
inline constexpr std::size_t kMemoryHeaderBytes = 4096;
// Of one virtual router, so many known peers are kept: the newest. Sources can be forged.
inline constexpr std::size_t kKnownPeers = 4;
// A peer that goes on being heard is written down again this often.
inline constexpr std::int64_t kKnownPeerGrainNs = 60'000'000'000;

enum class Remembered : std::uint8_t {
  kFree = 0,
  // Was heard as another router of this VRID. key: 0 to kKnownPeers-1, the address being no part of the name; number: its
  // priority
  kPeer = 1,
  kMark = 2,  // greatest number accepted of one signer. address: the signer
  kOwn = 3,   // greatest number of our own signatures. address: not set
};

struct MemoryName {
  Remembered kind = Remembered::kFree;
  base::Family family = base::Family::kNone;
  std::uint8_t vrid = 0;
  std::uint8_t key = 0;  // id of the key of kMark and kOwn
  std::array<char, 16> interface {};
  std::array<std::uint8_t, 16> address{};
  friend bool operator==(const MemoryName&, const MemoryName&) = default;
};

struct MemoryEntry {
  MemoryName name;
  std::uint64_t number = 0;
  std::int64_t wall_ns = 0;  // when it was written last
  friend bool operator==(const MemoryEntry&, const MemoryEntry&) = default;
};

// As it lies in the file.
struct MemorySlot {
  // Word 0: kind, family, VRID, key, and above them how often the slot was taken anew: a reader that copies a slot while
  // it changes hands sees another word afterwards.
  std::uint8_t kind = 0;
  std::uint8_t family = 0;
  std::uint8_t vrid = 0;
  std::uint8_t key = 0;
  std::uint32_t turn = 0;
  std::array<char, 16> interface {};
  std::array<std::uint8_t, 16> address{};
  std::uint64_t number = 0;
  std::int64_t wall_ns = 0;
  std::uint64_t reserved = 0;
};
static_assert(sizeof(MemorySlot) == 64);

struct MemoryHeader {
  std::uint64_t magic = kMemoryMagic;
  std::uint32_t version = kMemoryVersion;
  std::uint32_t slot_size = sizeof(MemorySlot);
  std::uint64_t slots = kMemoryEntries;  // in a copy: how many follow
  std::uint64_t changes = 0;             // grows with every change; not kept in a copy
  std::uint64_t checksum = 0;            // of a copy: FNV-1a of the slots; 0 in the run directory
};

constexpr std::size_t memory_bytes(std::size_t entries = kMemoryEntries) {
  return kMemoryHeaderBytes + entries * sizeof(MemorySlot);
}

// Requires: memory is zeroed, 8-byte aligned and memory_bytes(entries) long; 0 < entries <= kMemoryEntries.
void format_memory(std::span<std::byte> memory, std::size_t entries = kMemoryEntries);
bool is_memory(std::span<const std::byte> memory);

// The engine's. Allocates nothing.
class Memory {
 public:
  // Requires: is_memory(memory). Entries that make no sense are freed.
  explicit Memory(std::span<std::byte> memory);

  struct Router {
    std::string_view interface;
    base::Family family = base::Family::kNone;
    std::uint8_t vrid = 0;
  };

  // A peer of this virtual router was heard. Cheap when it is known and was written down of late.
  void heard(const Router& router, const base::Address& peer, std::uint8_t priority,
             std::int64_t wall_ns);
  // Whether another router of it was ever heard.
  bool knows_peer(const Router& router) const;

  // The greatest number accepted of this signer and key, and moving it. A mark never goes back: a smaller number changes
  // nothing. False when there was no room left for it.
  std::optional<std::uint64_t> mark(const Router& router, std::uint8_t key,
                                    const base::Address& signer) const;
  bool raise_mark(const Router& router, std::uint8_t key, const base::Address& signer,
                  std::uint64_t number, std::int64_t wall_ns);
  // The same for what we ourselves sign.
  std::optional<std::uint64_t> own(const Router& router, std::uint8_t key) const;
  bool raise_own(const Router& router, std::uint8_t key, std::uint64_t number,
                 std::int64_t wall_ns);

  std::size_t used() const { return used_; }
  std::size_t capacity() const { return entries_; }

 private:
  static constexpr std::uint16_t kNowhere = 0xffff;
  static constexpr std::size_t kPlaces = 2 * kMemoryEntries;  // a power of two

  std::uint64_t* words_of(std::size_t slot) const;
  MemoryEntry entry(std::size_t slot) const;
  std::uint16_t find(const MemoryName& name) const;
  std::uint16_t
  take();  // a free slot, if need be of a known peer; kNowhere when every slot is a number's
  bool add(const MemoryEntry& entry);
  bool raise(const MemoryName& name, std::uint64_t number, std::int64_t wall_ns);
  std::optional<std::uint64_t> number_of(const MemoryName& name) const;
  void write(std::size_t slot, const MemoryEntry& entry);
  void release(std::size_t slot);
  void enter(std::uint16_t slot);
  void leave(std::uint16_t slot);
  void say_changed();

  std::uint64_t* words_;
  std::size_t entries_ = 0;  // room for so many
  std::size_t used_ = 0;
  std::size_t known_peers_ = 0;
  std::size_t lowest_free_ = 0;  // no slot below it is free
  std::array<std::uint16_t, kPlaces>
      places_;  // by the hash of a name: its slot, or the next place on
};

// What a mapped memory holds, for whoever reads it beside the engine: entries that are whole.
std::vector<MemoryEntry> entries_of(std::span<const std::byte> memory);
std::uint64_t changes_of(std::span<const std::byte> memory);

// The copy for the state directory, and back. `fill` wants a fresh memory; it answers false, and leaves the memory as it
// was, when the copy is damaged or none of ours.
std::vector<std::byte> copy_of(std::span<const std::byte> memory);
bool fill(std::span<std::byte> memory, std::span<const std::byte> copy);

}  // namespace feed
