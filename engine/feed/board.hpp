// The board: what every instance is right now, in a file on tmpfs. Rows under a seqlock each, written by the engine,
// mapped read-only by everybody else.
//
//   | header, one page | rows | groups | peers: kPeersPerRow for each row | strangers: kStrangers |
//
// Every entry of every region begins with its seqlock: odd while being written, and even entries are whole. Reading
// costs the engine nothing, and it publishes only what changed. The board outlives the engine, and the next one adopts
// what it finds (docs/feed.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/feed/record.hpp"

namespace feed {

inline constexpr std::uint64_t kBoardMagic = 0x31'64'72'61'6f'62'67'76;  // "vgboard1"
inline constexpr std::uint32_t kBoardVersion = 2;
inline constexpr std::size_t kPeersPerRow = 16;  // routers heard for one instance
inline constexpr std::size_t kStrangers = 64;  // virtual routers of others, heard on our interfaces
inline constexpr std::size_t kPeerAddresses = 4;  // of a peer's list, how many are shown
inline constexpr std::uint16_t kNoGroup = 0xffff;
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
  // 1: another board, of another configuration, has taken its place under its name; nothing here changes any more.
  std::uint32_t superseded = 0;
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
  // The other regions: how many entries, of what size. They follow the rows in this order.
  std::uint64_t groups = 0;
  std::uint32_t group_size = 0;
  std::uint32_t peers_per_row = 0;
  std::uint32_t peer_size = 0;
  std::uint32_t strangers = 0;
  std::uint32_t stranger_size = 0;
  std::uint32_t reserved = 0;
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
  std::uint8_t auth_type = 0;  // 0 none, 1 password, 2 AH, 3 HMAC
  std::uint8_t departing = 0;
  std::array<std::uint8_t, 16> master{};  // family as the row's; all zero when unknown
  std::array<std::uint8_t, 16> source{};  // address our adverts leave from
  std::array<std::uint8_t, 6> interface_mac{};
  std::uint16_t faults = 0;
  std::uint16_t addresses = 0;  // configured
  std::uint16_t addresses_installed = 0;
  std::uint8_t link_usable = 0;
  std::uint8_t unicast = 0;             // adverts go to configured peers
  std::uint16_t group = kNoGroup;       // its place among the board's groups
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
  std::uint8_t contest = 0;             // 1: another master of this virtual router is there
  std::uint8_t contest_priority = 0;    // the other one's
  std::uint8_t differs =
      0;  // set of Differs: what any peer heard of late is configured differently in
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
  // The two-masters condition: with whom, since when, why.
  std::array<std::uint8_t, 16> rival{};
  std::int64_t contest_since_ns = 0;      // monotonic
  std::uint64_t contests = 0;             // raised so often
  std::array<char, 32> contest_reason{};  // in a word: "checksum", "one-way"
  // When the holds that end by themselves end at the latest; 0 when they are not on.
  std::int64_t start_delay_until_ns = 0;
  std::int64_t quiet_until_ns = 0;
  std::uint64_t clock_bad = 0;  // accepted as a sign of life, signed by a clock outside the window
  std::uint64_t peers_forgotten = 0;  // there was no room for so many
  std::array<std::uint8_t, 16>
      contest_other{};                          // who else is master, when we are not; zero: we are
  base::Drop contest_drop = base::Drop::kNone;  // why the rival is not accepted, where that is it
  std::uint8_t contest_crowd = 0;               // 1: many sources; `rival` is the newest
  // 1: a backup about to push a master aside, while the kernel takes its addresses
  std::uint8_t preparing = 0;
  // 1: it was told to switch over, 2: its addresses are fought here; it obeys its successor whatever its priority
  std::uint8_t gave_way = 0;
  // 1: somebody removes its addresses from the kernel again and again
  std::uint8_t fought = 0;
  std::uint8_t reserved2[3] = {};
  std::array<std::uint64_t, 43> reserved3{};
};
static_assert(sizeof(Row) == 1024);

// A sync group. Members are told by Row::group.
struct GroupRow {
  std::uint64_t lock = 0;
  std::array<char, 64> name{};
  base::State state = base::State::kInitialize;
  base::State from = base::State::kInitialize;
  base::Cause cause = base::Cause::kNone;  // of the last change
  std::uint16_t decider = 0xffff;          // instance whose change it was
  std::uint16_t members = 0;
  std::uint64_t change_sequence = 0;  // its record in the ledger; 0 before the first
  std::int64_t change_wall_ns = 0;
  std::int64_t since_ns = 0;  // monotonic
  std::uint64_t changes = 0;
  std::array<std::uint64_t, 2> reserved{};
};
static_assert(sizeof(GroupRow) == 128);

// Another router of one of our virtual routers, accepted or not. `family` kNone: the entry is free.
struct PeerRow {
  std::uint64_t lock = 0;
  std::array<std::uint8_t, 16> address{};
  base::Family family = base::Family::kNone;
  std::uint8_t priority = 0;  // of its last advert that could be read
  std::uint8_t version = 0;
  std::uint8_t auth_type = 0;
  std::uint8_t differs = 0;    // set of Differs
  std::uint8_t clock_bad = 0;  // 1: its signatures are right and its clock is not
  std::uint8_t address_count = 0;
  base::Drop last_drop =
      base::Drop::kNone;            // why its newest advert was not accepted; kNone when it was
  std::int64_t interval_ns = 0;     // as it says
  std::int64_t first_heard_ns = 0;  // monotonic, accepted or not
  std::int64_t last_heard_ns = 0;
  std::int64_t jitter_ns =
      0;  // smoothed distance of its adverts from their interval (RFC 3550 6.4.1)
  std::int64_t clock_offset_ns = 0;  // of a signed peer, ahead of ours
  std::uint64_t adverts = 0;         // accepted
  std::array<std::array<std::uint8_t, 16>, kPeerAddresses> addresses{};  // the first it advertises
  std::array<std::uint32_t, base::kDropReasons> drops{};
  std::int64_t last_accepted_ns = 0;
  std::array<std::uint64_t, 5> reserved{};
};
static_assert(sizeof(PeerRow) == 320);

// A virtual router of others, heard on one of our interfaces. `family` kNone: the entry is free.
struct Stranger {
  std::uint64_t lock = 0;
  std::array<char, 16> interface {};
  std::array<std::uint8_t, 16> source{};  // who said it last
  base::Family family = base::Family::kNone;
  std::uint8_t vrid = 0;
  std::uint8_t version = 0;
  std::uint8_t priority = 0;
  std::uint8_t address_count = 0;
  std::uint8_t protocol = 0;  // 112, or 51 for AH
  std::uint16_t reserved1 = 0;
  std::int64_t interval_ns = 0;
  std::int64_t first_heard_ns = 0;  // monotonic
  std::int64_t last_heard_ns = 0;
  std::uint64_t adverts = 0;               // at least: the kernel keeps a few at a time
  std::array<std::uint8_t, 16> address{};  // the first it advertises
  std::array<std::uint64_t, 4> reserved{};
};
static_assert(sizeof(Stranger) == 128);

inline constexpr std::size_t kBoardHeaderBytes = 4096;
static_assert(sizeof(BoardHeader) <= kBoardHeaderBytes);
constexpr std::size_t board_bytes(std::size_t rows, std::size_t groups = 0) {
  return kBoardHeaderBytes + rows * (sizeof(Row) + kPeersPerRow * sizeof(PeerRow)) +
         groups * sizeof(GroupRow) + kStrangers * sizeof(Stranger);
}

// The engine publishes at least this often even when nothing happens.
inline constexpr std::int64_t kHeartbeatPeriodNs = 50'000'000;

// What records and board name a configuration by: half of its hash.
constexpr std::uint32_t generation_of(std::uint64_t configuration_hash) {
  return static_cast<std::uint32_t>(configuration_hash);
}

// Requires: memory is zeroed, 8-byte aligned and board_bytes(rows, groups) long.
void format_board(std::span<std::byte> memory, std::size_t rows, std::uint64_t configuration_hash,
                  std::string_view boot_id, std::string_view router_id, std::size_t groups = 0);
bool is_board(std::span<const std::byte> memory, std::string_view boot_id);

class BoardWriter {
 public:
  // Requires: is_board(memory).
  explicit BoardWriter(std::span<std::byte> memory);
  void publish(std::size_t row, const Row& value);
  void publish(const Global& global);
  void publish_group(std::size_t group, const GroupRow& value);
  // Requires: slot < kPeersPerRow.
  void publish_peer(std::size_t row, std::size_t slot, const PeerRow& value);
  // Requires: slot < kStrangers.
  void publish_stranger(std::size_t slot, const Stranger& value);

 private:
  std::uint64_t* words_;
  std::size_t rows_;
  std::size_t groups_;
};

class BoardReader {
 public:
  // Requires: is_board(memory).
  explicit BoardReader(std::span<const std::byte> memory);
  std::size_t rows() const { return rows_; }
  std::size_t groups() const { return groups_; }
  // A whole row as it was at one moment. Waits out a writer in mid-write; nothing when the writer died in it, in which
  // case the row's words are a mixture of two writes.
  std::optional<Row> row(std::size_t index) const;
  std::optional<Global> global() const;
  std::optional<GroupRow> group(std::size_t index) const;
  std::optional<PeerRow> peer(std::size_t row, std::size_t slot) const;
  std::optional<Stranger> stranger(std::size_t slot) const;
  BoardHeader header() const;  // its `global` may be torn: ask global()

 private:
  const std::uint64_t* words_;
  std::size_t rows_;
  std::size_t groups_;
};

}  // namespace feed
