// The board: what every instance is right now, in a file on tmpfs. One row per instance under a seqlock, written by the
// engine, mapped read-only by everybody else.
//
//   | header, one page | row 0 | row 1 | ... |
//
// A row is 1024 bytes; its first word is the seqlock: odd while being written, and even rows are whole. Reading costs
// the engine nothing. The board outlives the engine, and the next one adopts what it finds (docs/feed.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/feed/record.hpp"

namespace feed {

inline constexpr std::uint64_t kBoardMagic = 0x31'64'72'61'6f'62'67'76;  // "vgboard1"
inline constexpr std::uint32_t kBoardVersion = 1;
inline constexpr std::size_t kLatenessBuckets =
    24;  // bucket b counts lateness below 2^b microseconds

// Router-wide facts, republished every turn.
struct Global {
  std::int64_t heartbeat_ns =
      0;  // monotonic; written every turn and at least every kHeartbeatPeriod
  std::int64_t engine_started_ns = 0;  // monotonic
  std::uint64_t ledger_head = 0;       // newest record when this was written
  std::uint64_t turns = 0;
  std::int32_t engine_pid = 0;
  std::uint32_t engine_starts = 0;  // since the board was made
  std::uint32_t generation = 0;     // of the configuration
  std::uint32_t reserved = 0;
  std::int64_t lateness_ns_max = 0;  // of a due timer
  std::array<std::uint64_t, kLatenessBuckets> lateness{};
  std::array<std::uint64_t, base::kDropReasons> drops{};  // all instances and packets for none
};

struct BoardHeader {
  std::uint64_t magic = kBoardMagic;
  std::uint32_t version = kBoardVersion;
  std::uint32_t row_size = 0;
  std::uint64_t rows = 0;
  std::uint64_t configuration_hash = 0;  // of the compiled configuration the rows belong to
  std::array<char, 40> boot_id{};
  std::array<char, 64> router_id{};
  std::uint64_t lock = 0;  // seqlock of `global`
  Global global;
};

struct Row {
  std::uint64_t lock = 0;
  std::array<char, 64> name{};
  std::array<char, 16> interface {};
  std::uint32_t ifindex = 0;
  std::uint8_t vrid = 0;
  std::uint8_t version = 0;
  base::Family family = base::Family::kNone;
  base::State state = base::State::kInitialize;
  std::uint8_t base_priority = 0;
  std::uint8_t effective_priority = 0;
  std::uint8_t master_priority = 0;
  std::uint8_t holds = 0;  // set of base::Hold
  std::uint8_t preempt = 0;
  std::uint8_t accept = 0;
  std::uint8_t auth_type = 0;  // 0 none, 1 password
  std::uint8_t departing = 0;
  std::array<std::uint8_t, 16> master{};  // family as the row's; all zero when unknown
  std::array<std::uint8_t, 16> source{};  // address our adverts leave from
  std::array<std::uint8_t, 6> interface_mac{};
  std::uint16_t faults = 0;
  std::uint16_t addresses = 0;  // configured
  std::uint16_t addresses_installed = 0;
  std::uint8_t link_usable = 0;
  std::uint8_t reserved1[3] = {};
  std::int64_t advert_interval_ns = 0;  // ours
  std::int64_t master_interval_ns = 0;  // in force
  std::int64_t deadline_ns = 0;         // next advert when master, master-down when backup
  std::int64_t last_heard_ns = 0;       // monotonic
  std::int64_t in_state_since_ns = 0;   // monotonic
  std::int64_t active_since_ns = 0;     // monotonic: left Initialize or Fault; 0 while there
  // The last transition.
  std::uint64_t transition_sequence = 0;  // its record in the ledger; 0 before the first
  std::int64_t transition_wall_ns = 0;
  base::Cause transition_cause = base::Cause::kNone;
  base::State transition_from = base::State::kInitialize;
  std::uint8_t new_master_reason =
      0;  // RFC 6527: 0 not master, 1 priority, 2 preempted, 3 no response
  std::uint8_t proto_error_reason = 0;  // RFC 6527: 0 none, 1 TTL, 2 version, 3 checksum, 4 VRID
  std::uint8_t reserved2[3] = {};
  // Counters, since the board was made.
  std::uint64_t became_master = 0;
  std::uint64_t released_master = 0;
  std::uint64_t adverts_received = 0;  // accepted
  std::uint64_t adverts_sent = 0;
  std::uint64_t zero_received = 0;
  std::uint64_t zero_sent = 0;
  std::uint64_t address_list_errors = 0;   // accepted, with other addresses than ours
  std::uint64_t interval_differences = 0;  // v3: accepted, with another interval than ours
  std::uint64_t announcements_sent = 0;    // ARP and NA frames
  std::uint64_t send_errors = 0;
  std::array<std::uint64_t, base::kDropReasons> drops{};
  std::array<std::uint64_t, 58> reserved3{};
};
static_assert(sizeof(Row) == 1024);

inline constexpr std::size_t kBoardHeaderBytes = 4096;
static_assert(sizeof(BoardHeader) <= kBoardHeaderBytes);
constexpr std::size_t board_bytes(std::size_t rows) {
  return kBoardHeaderBytes + rows * sizeof(Row);
}

// The engine publishes at least this often even when nothing happens.
inline constexpr std::int64_t kHeartbeatPeriodNs = 50'000'000;

// What records and board name a configuration by: half of its hash.
constexpr std::uint32_t generation_of(std::uint64_t configuration_hash) {
  return static_cast<std::uint32_t>(configuration_hash);
}

// Requires: memory is zeroed, 8-byte aligned and board_bytes(rows) long.
void format_board(std::span<std::byte> memory, std::size_t rows, std::uint64_t configuration_hash,
                  std::string_view boot_id, std::string_view router_id);
bool is_board(std::span<const std::byte> memory, std::string_view boot_id);

class BoardWriter {
 public:
  // Requires: is_board(memory).
  explicit BoardWriter(std::span<std::byte> memory);
  void publish(std::size_t row, const Row& value);
  void publish(const Global& global);

 private:
  std::uint64_t* words_;
  std::size_t rows_;
};

class BoardReader {
 public:
  // Requires: is_board(memory).
  explicit BoardReader(std::span<const std::byte> memory);
  std::size_t rows() const { return rows_; }
  // A whole row as it was at one moment. Waits out a writer in mid-write; nothing when the writer died in it, in which
  // case the row's words are a mixture of two writes.
  std::optional<Row> row(std::size_t index) const;
  std::optional<Global> global() const;
  BoardHeader header() const;  // its `global` may be torn: ask global()

 private:
  const std::uint64_t* words_;
  std::size_t rows_;
};

}  // namespace feed
