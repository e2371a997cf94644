// The ledger: a single-writer ring of records in a file on tmpfs that outlives every process.
//
//   | header, one page | slot 0 | slot 1 | ... | slot capacity-1 |
//
// The engine appends; readers map the file read-only, keep their own place and learn exactly how many records they
// missed when they were lapped. A slot's first word is its record's sequence number, zero while being written; the
// header's head is the sequence number of the newest complete record. Sequence s lives in slot s % capacity.
//
// A reader's place is a sequence number together with the ledger's identity: a reboot, or a wiped /run, makes a new
// ledger with a new identity whose sequence starts again at 1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/feed/record.hpp"

namespace feed {

inline constexpr std::uint64_t kLedgerMagic = 0x31'72'67'64'6c'67'69'76;  // "vigldgr1"
inline constexpr std::uint32_t kLedgerVersion = 1;
inline constexpr std::uint32_t kLedgerCapacity = 16384;  // 8 MiB of records

struct LedgerHeader {
  std::uint64_t magic = kLedgerMagic;
  std::uint32_t version = kLedgerVersion;
  std::uint32_t record_size = sizeof(Record);
  std::uint64_t capacity = kLedgerCapacity;
  std::uint64_t identity = 0;      // random, of this file
  std::array<char, 40> boot_id{};  // /proc/sys/kernel/random/boot_id
  std::uint64_t head = 0;          // newest complete sequence; 0 when empty
};

inline constexpr std::size_t kLedgerHeaderBytes = 4096;
constexpr std::size_t ledger_bytes(std::uint64_t capacity = kLedgerCapacity) {
  return kLedgerHeaderBytes + capacity * sizeof(Record);
}

// Writes a fresh header into zeroed memory.
// Requires: memory is 8-byte aligned and ledger_bytes(capacity) long.
void format_ledger(std::span<std::byte> memory, std::uint64_t identity, std::string_view boot_id,
                   std::uint64_t capacity = kLedgerCapacity);

// True when the memory is a ledger of this version and this boot, complete and consistent.
bool is_ledger(std::span<const std::byte> memory, std::string_view boot_id);

class LedgerWriter {
 public:
  // Requires: is_ledger(memory). Continues after the newest complete record.
  explicit LedgerWriter(std::span<std::byte> memory);
  // Stamps the next sequence number and publishes. Never waits.
  std::uint64_t append(const Record& record);
  std::uint64_t head() const { return head_; }

 private:
  std::uint64_t* words_;
  std::uint64_t capacity_;
  std::uint64_t head_;
};

class LedgerReader {
 public:
  // Requires: is_ledger(memory). `after`: the last sequence already dealt with.
  LedgerReader(std::span<const std::byte> memory, std::uint64_t after);

  // The next record; nothing when all were read. A reader that was lapped is told first, once, by a kLost record whose
  // status is how many are missing and whose sequence is the last of them.
  std::optional<Record> next();
  std::uint64_t place() const { return place_; }
  std::uint64_t head() const;
  std::uint64_t identity() const { return identity_; }

 private:
  std::optional<Record> lost_up_to(std::uint64_t last);
  const std::uint64_t* words_;
  std::uint64_t capacity_;
  std::uint64_t identity_;
  std::uint64_t place_;
};

// The header of a mapped ledger.
LedgerHeader ledger_header(std::span<const std::byte> memory);

}  // namespace feed
