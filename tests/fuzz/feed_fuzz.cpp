// Any bytes as a board and as a ledger, as a reader finds them in a file that something scribbled over. Aborts when a reader
// leaves the memory, does not come to an end, or counts wrong; and every record it gives can be shown to people.
//
// The first byte chooses. A well-formed file is made, then the input is written over it piece by piece: where (two bytes),
// how long (one), what.
#include <algorithm>
#include <vector>

#include "base/check.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
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
    record.kind = static_cast<feed::Kind>(in.below(17));
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
  Memory memory{feed::board_bytes(kRows)};
  feed::format_board(memory.bytes(), kRows, 1, kBoot, "router");
  feed::BoardWriter writer{memory.bytes()};
  feed::Row row;
  row.version = 3;
  writer.publish(1, row);
  scribble(in, memory.bytes());

  if (!feed::is_board(memory.bytes(), kBoot)) return;
  const feed::BoardReader reader{memory.bytes()};
  CHECK(feed::board_bytes(reader.rows()) <= memory.bytes().size(),
        "no more rows than there is room for");
  for (std::size_t i = 0; i < reader.rows(); ++i) {
    // A row whose lock is odd costs the reader its patience; once is enough to see that it ends.
    const auto found = reader.row(i);
    if (!found) break;
    (void)feed::get_text(found->name);
    (void)feed::get_text(found->interface);
  }
  (void)reader.global();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in{data, size};
  if (in.flag())
    read_board(in);
  else
    read_ledger(in);
  return 0;
}
