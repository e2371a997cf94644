#include "engine/feed/ledger.hpp"

#include <algorithm>
#include <cstddef>

#include "base/check.hpp"
#include "engine/feed/words.hpp"

namespace feed {
namespace {

static_assert(Words<LedgerHeader> && Words<Record>);

constexpr std::size_t kHeadWord = offsetof(LedgerHeader, head) / 8;
constexpr std::size_t kRecordWords = sizeof(Record) / 8;

constexpr std::size_t slot_word(std::uint64_t sequence, std::uint64_t capacity) {
  return kLedgerHeaderBytes / 8 + (sequence % capacity) * kRecordWords;
}

const std::uint64_t* words_of(std::span<const std::byte> memory) {
  return reinterpret_cast<const std::uint64_t*>(memory.data());
}

}  // namespace

void format_ledger(std::span<std::byte> memory, std::uint64_t identity, std::string_view boot_id,
                   std::uint64_t capacity) {
  CHECK(memory.size() >= ledger_bytes(capacity), "room for the whole ledger");
  LedgerHeader header;
  header.capacity = capacity;
  header.identity = identity;
  put_text(header.boot_id, boot_id);
  store_words(reinterpret_cast<std::uint64_t*>(memory.data()), header);
}

LedgerHeader ledger_header(std::span<const std::byte> memory) {
  LedgerHeader header;
  load_words(words_of(memory), header);
  return header;
}

bool is_ledger(std::span<const std::byte> memory, std::string_view boot_id) {
  if (memory.size() < kLedgerHeaderBytes) return false;
  const LedgerHeader header = ledger_header(memory);
  return header.magic == kLedgerMagic && header.version == kLedgerVersion &&
         header.record_size == sizeof(Record) && header.capacity > 0 &&
         header.capacity <= (memory.size() - kLedgerHeaderBytes) / sizeof(Record) &&
         get_text(header.boot_id) == boot_id;
}

LedgerWriter::LedgerWriter(std::span<std::byte> memory)
    : words_(reinterpret_cast<std::uint64_t*>(memory.data())) {
  const LedgerHeader header = ledger_header(memory);
  capacity_ = header.capacity;
  head_ = header.head;
}

std::uint64_t LedgerWriter::append(const Record& record) {
  Record stamped = record;
  stamped.sequence = 0;
  std::uint64_t* slot = words_ + slot_word(head_ + 1, capacity_);
  // The slot says "being written" until every word of the record is there.
  store_word(slot[0], 0);
  store_words(slot, stamped);
  store_word(slot[0], ++head_);
  store_word(words_[kHeadWord], head_);
  return head_;
}

LedgerReader::LedgerReader(std::span<const std::byte> memory, std::uint64_t after)
    : words_(words_of(memory)), place_(after) {
  const LedgerHeader header = ledger_header(memory);
  capacity_ = header.capacity;
  identity_ = header.identity;
}

std::uint64_t LedgerReader::head() const { return load_word(words_[kHeadWord]); }

std::optional<Record> LedgerReader::lost_up_to(std::uint64_t last) {
  Record lost;
  lost.kind = Kind::kLost;
  lost.sequence = last;
  lost.status = static_cast<std::int32_t>(std::min<std::uint64_t>(last - place_, 0x7fffffff));
  place_ = last;
  return lost;
}

std::optional<Record> LedgerReader::next() {
  const std::uint64_t newest = head();
  if (place_ >= newest) return std::nullopt;
  // The slot after the newest may be in the writer's hands: what it held counts as gone.
  if (newest - place_ >= capacity_) return lost_up_to(newest - capacity_ + 1);
  const std::uint64_t wanted = place_ + 1;
  const std::uint64_t* slot = words_ + slot_word(wanted, capacity_);
  Record record;
  const std::uint64_t before = load_word(slot[0]);
  load_words(slot, record);
  if (before != wanted || load_word(slot[0]) != wanted) {
    // Overtaken while reading: everything up to the slot being overwritten is gone.
    return lost_up_to(std::max(wanted, head() - capacity_ + 1));
  }
  record.sequence = wanted;
  place_ = wanted;
  return record;
}

}  // namespace feed
