#include "engine/feed/board.hpp"

#include <cstddef>

#include "base/check.hpp"
#include "engine/feed/words.hpp"

namespace feed {
namespace {

static_assert(Words<BoardHeader> && Words<Row> && Words<Global>);
static_assert(Words<GroupRow> && Words<PeerRow> && Words<Stranger>);
static_assert(offsetof(Row, lock) == 0 && offsetof(GroupRow, lock) == 0);
static_assert(offsetof(PeerRow, lock) == 0 && offsetof(Stranger, lock) == 0);

constexpr std::size_t kGlobalLockWord = offsetof(BoardHeader, lock) / 8;
constexpr std::size_t kGlobalWord = offsetof(BoardHeader, global) / 8;

// A writer holds the lock for well under a microsecond. One that is still in it after this many looks died there.
constexpr int kPatience = 100'000;

// Where the regions begin, in words.
constexpr std::size_t row_word(std::size_t row) {
  return (kBoardHeaderBytes + row * sizeof(Row)) / 8;
}
constexpr std::size_t group_word(std::size_t rows, std::size_t group) {
  return row_word(rows) + group * sizeof(GroupRow) / 8;
}
constexpr std::size_t peer_word(std::size_t rows, std::size_t groups, std::size_t peer) {
  return group_word(rows, groups) + peer * sizeof(PeerRow) / 8;
}
constexpr std::size_t stranger_word(std::size_t rows, std::size_t groups, std::size_t stranger) {
  return peer_word(rows, groups, rows * kPeersPerRow) + stranger * sizeof(Stranger) / 8;
}
static_assert(stranger_word(3, 2, kStrangers) * 8 == board_bytes(3, 2));

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

// An entry without its lock word, so that publishing never touches the lock through the payload.
template <typename T>
struct Payload {
  std::byte bytes[sizeof(T) - 8];
};

template <typename T>
void publish_entry(std::uint64_t* words, const T& value) {
  Payload<T> payload;
  std::memcpy(&payload, reinterpret_cast<const std::byte*>(&value) + 8, sizeof payload);
  write_locked(words[0], words + 1, payload);
}

template <typename T>
std::optional<T> read_entry(const std::uint64_t* words) {
  const auto payload = read_locked<Payload<T>>(words[0], words + 1);
  if (!payload) return std::nullopt;
  T value;
  std::memcpy(reinterpret_cast<std::byte*>(&value) + 8, &*payload, sizeof *payload);
  return value;
}

}  // namespace

void format_board(std::span<std::byte> memory, std::size_t rows, std::uint64_t configuration_hash,
                  std::string_view boot_id, std::string_view router_id, std::size_t groups) {
  CHECK(memory.size() >= board_bytes(rows, groups), "room for the whole board");
  BoardHeader header;
  header.row_size = sizeof(Row);
  header.rows = rows;
  header.configuration_hash = configuration_hash;
  put_text(header.boot_id, boot_id);
  put_text(header.router_id, router_id);
  header.groups = groups;
  header.group_size = sizeof(GroupRow);
  header.peers_per_row = kPeersPerRow;
  header.peer_size = sizeof(PeerRow);
  header.strangers = kStrangers;
  header.stranger_size = sizeof(Stranger);
  store_words(reinterpret_cast<std::uint64_t*>(memory.data()), header);
}

bool is_board(std::span<const std::byte> memory, std::string_view boot_id) {
  if (memory.size() < kBoardHeaderBytes) return false;
  BoardHeader header;
  load_words(reinterpret_cast<const std::uint64_t*>(memory.data()), header);
  if (header.magic != kBoardMagic || header.version != kBoardVersion) return false;
  if (header.row_size != sizeof(Row) || header.group_size != sizeof(GroupRow) ||
      header.peers_per_row != kPeersPerRow || header.peer_size != sizeof(PeerRow) ||
      header.strangers != kStrangers || header.stranger_size != sizeof(Stranger))
    return false;
  // Each alone first: their product with a size must not wrap round.
  if (header.rows > memory.size() / sizeof(Row) || header.groups > memory.size() / sizeof(GroupRow))
    return false;
  return board_bytes(header.rows, header.groups) <= memory.size() &&
         get_text(header.boot_id) == boot_id;
}

BoardWriter::BoardWriter(std::span<std::byte> memory)
    : words_(reinterpret_cast<std::uint64_t*>(memory.data())) {
  const BoardReader reader(memory);
  rows_ = reader.rows();
  groups_ = reader.groups();
}

void BoardWriter::publish(std::size_t row, const Row& value) {
  CHECK(row < rows_, "a row of this board");
  publish_entry(words_ + row_word(row), value);
}

void BoardWriter::publish(const Global& global) {
  write_locked(words_[kGlobalLockWord], words_ + kGlobalWord, global);
}

void BoardWriter::publish_group(std::size_t group, const GroupRow& value) {
  CHECK(group < groups_, "a group of this board");
  publish_entry(words_ + group_word(rows_, group), value);
}

void BoardWriter::publish_peer(std::size_t row, std::size_t slot, const PeerRow& value) {
  CHECK(row < rows_ && slot < kPeersPerRow, "a peer of this board");
  publish_entry(words_ + peer_word(rows_, groups_, row * kPeersPerRow + slot), value);
}

void BoardWriter::publish_stranger(std::size_t slot, const Stranger& value) {
  CHECK(slot < kStrangers, "a stranger of this board");
  publish_entry(words_ + stranger_word(rows_, groups_, slot), value);
}

BoardReader::BoardReader(std::span<const std::byte> memory)
    : words_(reinterpret_cast<const std::uint64_t*>(memory.data())) {
  const BoardHeader found = header();
  rows_ = found.rows;
  groups_ = found.groups;
}

std::optional<Row> BoardReader::row(std::size_t index) const {
  CHECK(index < rows_, "a row of this board");
  return read_entry<Row>(words_ + row_word(index));
}

std::optional<Global> BoardReader::global() const {
  return read_locked<Global>(words_[kGlobalLockWord], words_ + kGlobalWord);
}

std::optional<GroupRow> BoardReader::group(std::size_t index) const {
  CHECK(index < groups_, "a group of this board");
  return read_entry<GroupRow>(words_ + group_word(rows_, index));
}

std::optional<PeerRow> BoardReader::peer(std::size_t row, std::size_t slot) const {
  CHECK(row < rows_ && slot < kPeersPerRow, "a peer of this board");
  return read_entry<PeerRow>(words_ + peer_word(rows_, groups_, row * kPeersPerRow + slot));
}

std::optional<Stranger> BoardReader::stranger(std::size_t slot) const {
  CHECK(slot < kStrangers, "a stranger of this board");
  return read_entry<Stranger>(words_ + stranger_word(rows_, groups_, slot));
}

BoardHeader BoardReader::header() const {
  BoardHeader header;
  load_words(words_, header);
  return header;
}

}  // namespace feed
