#include "engine/feed/board.hpp"

#include <cstddef>

#include "base/check.hpp"
#include "engine/feed/words.hpp"

namespace feed {
namespace {

static_assert(Words<BoardHeader> && Words<Row> && Words<Global>);
static_assert(offsetof(Row, lock) == 0);

constexpr std::size_t kGlobalLockWord = offsetof(BoardHeader, lock) / 8;
constexpr std::size_t kGlobalWord = offsetof(BoardHeader, global) / 8;

// A writer holds the lock for well under a microsecond. One that is still in it after this many looks died there.
constexpr int kPatience = 100'000;

constexpr std::size_t row_word(std::size_t row) {
  return kBoardHeaderBytes / 8 + row * sizeof(Row) / 8;
}

// The lock stays odd if the writer dies between its two stores; the next writer makes it even again.
template <typename T>
void write_locked(std::uint64_t& lock, std::uint64_t* to, const T& value) {
  const std::uint64_t odd = load_word(lock) | 1;
  store_word(lock, odd);
  store_words(to, value);
  store_word(lock, odd + 1);
}

template <typename T>
std::optional<T> read_locked(const std::uint64_t& lock, const std::uint64_t* from) {
  for (int looks = 0; looks < kPatience; ++looks) {
    const std::uint64_t before = load_word(lock);
    if (before & 1) continue;
    T value;
    load_words(from, value);
    if (load_word(lock) == before) return value;
  }
  return std::nullopt;
}

// A row without its lock word, so that publishing never touches the lock through the payload.
struct Payload {
  std::byte bytes[sizeof(Row) - 8];
};

}  // namespace

void format_board(std::span<std::byte> memory, std::size_t rows, std::uint64_t configuration_hash,
                  std::string_view boot_id, std::string_view router_id) {
  CHECK(memory.size() >= board_bytes(rows), "room for the whole board");
  BoardHeader header;
  header.row_size = sizeof(Row);
  header.rows = rows;
  header.configuration_hash = configuration_hash;
  put_text(header.boot_id, boot_id);
  put_text(header.router_id, router_id);
  store_words(reinterpret_cast<std::uint64_t*>(memory.data()), header);
}

bool is_board(std::span<const std::byte> memory, std::string_view boot_id) {
  if (memory.size() < kBoardHeaderBytes) return false;
  BoardHeader header;
  load_words(reinterpret_cast<const std::uint64_t*>(memory.data()), header);
  return header.magic == kBoardMagic && header.version == kBoardVersion &&
         header.row_size == sizeof(Row) &&
         header.rows <= (memory.size() - kBoardHeaderBytes) / sizeof(Row) &&
         get_text(header.boot_id) == boot_id;
}

BoardWriter::BoardWriter(std::span<std::byte> memory)
    : words_(reinterpret_cast<std::uint64_t*>(memory.data())) {
  rows_ = BoardReader(memory).rows();
}

void BoardWriter::publish(std::size_t row, const Row& value) {
  CHECK(row < rows_, "a row of this board");
  Payload payload;
  std::memcpy(&payload, reinterpret_cast<const std::byte*>(&value) + 8, sizeof payload);
  std::uint64_t* words = words_ + row_word(row);
  write_locked(words[0], words + 1, payload);
}

void BoardWriter::publish(const Global& global) {
  write_locked(words_[kGlobalLockWord], words_ + kGlobalWord, global);
}

BoardReader::BoardReader(std::span<const std::byte> memory)
    : words_(reinterpret_cast<const std::uint64_t*>(memory.data())) {
  rows_ = header().rows;
}

std::optional<Row> BoardReader::row(std::size_t index) const {
  CHECK(index < rows_, "a row of this board");
  const std::uint64_t* words = words_ + row_word(index);
  const auto payload = read_locked<Payload>(words[0], words + 1);
  if (!payload) return std::nullopt;
  Row row;
  std::memcpy(reinterpret_cast<std::byte*>(&row) + 8, &*payload, sizeof *payload);
  return row;
}

std::optional<Global> BoardReader::global() const {
  return read_locked<Global>(words_[kGlobalLockWord], words_ + kGlobalWord);
}

BoardHeader BoardReader::header() const {
  BoardHeader header;
  load_words(words_, header);
  return header;
}

}  // namespace feed
