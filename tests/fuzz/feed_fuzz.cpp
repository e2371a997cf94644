// Any bytes as a board, as a ledger and as a memory, as a reader finds them in a file that something scribbled over. Aborts when a reader
// leaves the memory, does not come to an end, or counts wrong; and every record it gives can be shown to people.
//
// The first byte chooses. A well-formed file is made, then the input is written over it piece by piece: where (two bytes),
// how long (one), what.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/feed/memory.hpp"
#include "engine/feed/sentence.hpp"
#include "tests/fuzz/input.hpp"

namespace {

constexpr std::string_view kBoot = "00000000-0000-0000-0000-000000000001";

// Whole words, as mapped memory is; exactly as long as said, so that a sanitizer sees a step outside.
class Memory {
 public:
  explicit Memory(std::size_t bytes) : words_(bytes / 8) {}
  std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words_)); }

 private:
  std::vector<std::uint64_t> words_;
};

void scribble(fuzz::Input& in, std::span<std::byte> memory) {
  while (!in.done()) {
    // The header's first bytes are where it hurts; the rest of that page is empty.
    const std::size_t where = in.u16() % memory.size();
    const std::size_t length = in.below(64) + 1;
    for (std::size_t i = 0; i < length && !in.done(); ++i)
      memory[(where + i) % memory.size()] = static_cast<std::byte>(in.u8());
  }
}

void show(const feed::Record& record) {
  for (const std::string& text : {feed::because(record), feed::headline(record)})
    CHECK(std::none_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }),
          "what is shown is one line without control characters");
  (void)feed::to_string(record.kind);
}

void read_ledger(fuzz::Input& in) {
  constexpr std::uint64_t kCapacity = 8;
  Memory memory{feed::ledger_bytes(kCapacity)};
  feed::format_ledger(memory.bytes(), 7, kBoot, kCapacity);
  feed::LedgerWriter writer{memory.bytes()};
  const std::size_t records = in.below(20);
  for (std::size_t i = 0; i < records; ++i) {
    feed::Record record;
    record.kind = static_cast<feed::Kind>(in.below(25));
    writer.append(record);
  }
  const std::uint64_t after = (in.u8() & 1) != 0 ? in.u64() : 0;
  scribble(in, memory.bytes());

  if (!feed::is_ledger(memory.bytes(), kBoot)) return;
  feed::LedgerReader reader{memory.bytes(), after};
  std::uint64_t place = reader.place();
  // Every answer moves on; a head far ahead is caught up with in one step, and then slot by slot.
  for (std::uint64_t step = 0; step < 3 * kCapacity; ++step) {
    const auto record = reader.next();
    if (!record) {
      CHECK(reader.place() == place, "nothing read, nothing passed");
      CHECK(reader.place() >= reader.head(), "nothing is left unread");
      return;
    }
    CHECK(reader.place() > place && record->sequence == reader.place(), "every answer moves on");
    // What was overwritten unread is counted; everything else is dense.
    if (record->sequence != place + 1)
      CHECK(record->kind == feed::Kind::kLost && record->status > 1,
            "a gap is told, with its size");
    place = reader.place();
    show(*record);
  }
  CHECK(reader.place() >= reader.head(), "a reader comes to the end");
}

void read_board(fuzz::Input& in) {
  constexpr std::size_t kRows = 3;
  constexpr std::size_t kGroups = 2;
  Memory memory{feed::board_bytes(kRows, kGroups)};
  feed::format_board(memory.bytes(), kRows, 1, kBoot, "router", kGroups);
  feed::BoardWriter writer{memory.bytes()};
  feed::Row row;
  row.version = 3;
  writer.publish(1, row);
  scribble(in, memory.bytes());

  if (!feed::is_board(memory.bytes(), kBoot)) return;
  const feed::BoardReader reader{memory.bytes()};
  CHECK(feed::board_bytes(reader.rows(), reader.groups()) <= memory.bytes().size(),
        "no more entries than there is room for");
  for (std::size_t i = 0; i < reader.rows(); ++i) {
    // A row whose lock is odd costs the reader its patience; once is enough to see that it ends.
    const auto found = reader.row(i);
    if (!found) break;
    (void)feed::get_text(found->name);
    (void)feed::get_text(found->interface);
  }
  (void)reader.global();
  for (std::size_t i = 0; i < reader.groups(); ++i) {
    const auto found = reader.group(i);
    if (!found) break;
    (void)feed::get_text(found->name);
  }
  for (std::size_t i = 0; i < reader.rows() * feed::kPeersPerRow; ++i)
    if (!reader.peer(i / feed::kPeersPerRow, i % feed::kPeersPerRow)) break;
  for (std::size_t i = 0; i < feed::kStrangers; ++i)
    if (!reader.stranger(i)) break;
}

base::Address some_address(fuzz::Input& in) {
  return base::Address::v4(192, 0, 2, static_cast<std::uint8_t>(in.below(4)));
}

feed::Memory::Router some_router(fuzz::Input& in) {
  return {.interface = "if0",
          .family = in.flag() ? base::Family::kIpv4 : base::Family::kIpv6,
          .vrid = static_cast<std::uint8_t>(1 + in.below(3))};
}

// A memory that something scribbled over is made sense of, and goes on keeping its promises; a copy is taken back whole
// or not at all.
void use_memory(fuzz::Input& in) {
  constexpr std::size_t kEntries = 64;
  constexpr std::size_t kTouched = feed::memory_bytes(kEntries);
  Memory memory{kTouched};
  feed::format_memory(memory.bytes(), kEntries);
  // Told when there is room for one more: entries that were scribbled may fill it.
  const auto act = [&](feed::Memory& memory_of) {
    const bool has_room = memory_of.used() < memory_of.capacity();
    const feed::Memory::Router router = some_router(in);
    const auto key = static_cast<std::uint8_t>(in.below(2));
    const base::Address address = some_address(in);
    const std::uint64_t number = in.u16();
    if (in.flag()) {
      memory_of.heard(router, address, 100, static_cast<std::int64_t>(in.u64()));
      CHECK(memory_of.knows_peer(router) || !has_room, "who was heard is known");
      return;
    }
    const auto before = memory_of.mark(router, key, address);
    const bool is_kept = memory_of.raise_mark(router, key, address, number, 1);
    CHECK(is_kept || (!has_room && !before), "there is room");
    const auto after = memory_of.mark(router, key, address);
    CHECK(after.has_value() == is_kept, "what is kept is known");
    CHECK(!after || *after == std::max(number, before.value_or(0)), "a mark never goes back");
  };
  auto subject = std::make_unique<feed::Memory>(memory.bytes());
  for (std::size_t i = in.below(16); i > 0; --i) act(*subject);
  const std::size_t pieces = in.below(4);
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::size_t where =
        in.below(2) == 0 ? in.u8() : feed::kMemoryHeaderBytes + in.u16() % 2048;
    const std::size_t length = in.below(64) + 1;
    for (std::size_t at = where; at < where + length && at < kTouched; ++at)
      memory.bytes()[at] = static_cast<std::byte>(in.u8());
  }
  if (!feed::is_memory(memory.bytes())) return;
  subject = std::make_unique<feed::Memory>(memory.bytes());
  for (std::size_t i = in.below(16); i > 0; --i) act(*subject);
  CHECK(feed::entries_of(memory.bytes()).size() == subject->used(), "what is in use can be read");
}

void take_copy_back(fuzz::Input& in) {
  constexpr std::size_t kEntries = 64;
  Memory memory{feed::memory_bytes(kEntries)};
  feed::format_memory(memory.bytes(), kEntries);
  const auto rest = in.rest();
  std::vector<std::byte> copy(feed::kMemoryHeaderBytes);
  for (const std::uint8_t byte : rest) copy.push_back(static_cast<std::byte>(byte));
  // A header that is right, so that the entries are looked at.
  feed::MemoryHeader header;
  header.slots = (copy.size() - feed::kMemoryHeaderBytes) / sizeof(feed::MemorySlot);
  copy.resize(feed::kMemoryHeaderBytes + header.slots * sizeof(feed::MemorySlot));
  header.checksum = 0xcbf29ce484222325;
  for (const std::byte byte : std::span(copy).subspan(feed::kMemoryHeaderBytes)) {
    header.checksum ^= static_cast<std::uint64_t>(byte);
    header.checksum *= 0x100000001b3;
  }
  std::memcpy(copy.data(), &header, sizeof header);
  if (!feed::fill(memory.bytes(), copy)) {
    CHECK(feed::entries_of(memory.bytes()).empty(), "a refused copy leaves nothing behind");
    return;
  }
  CHECK(feed::entries_of(memory.bytes()).size() == header.slots, "all of it, or nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in{data, size};
  switch (in.below(4)) {
    case 0: read_ledger(in); break;
    case 1: read_board(in); break;
    case 2: use_memory(in); break;
    default: take_copy_back(in); break;
  }
  return 0;
}
