// The offsets docs/feed.md promises to readers that are not written in C++. A change here is a change of the version.
#include <gtest/gtest.h>

#include <cstddef>

#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/feed/memory.hpp"

namespace {

TEST(LedgerFormat, IsAsDocumented) {
  using feed::LedgerHeader;
  using feed::Record;
  EXPECT_EQ(feed::kLedgerVersion, 1U);
  EXPECT_EQ(feed::kLedgerCapacity, 16384U);
  EXPECT_EQ(feed::kLedgerHeaderBytes, 4096U);
  EXPECT_EQ(sizeof(Record), 512U);
  EXPECT_EQ(offsetof(LedgerHeader, version), 8U);
  EXPECT_EQ(offsetof(LedgerHeader, record_size), 12U);
  EXPECT_EQ(offsetof(LedgerHeader, capacity), 16U);
  EXPECT_EQ(offsetof(LedgerHeader, identity), 24U);
  EXPECT_EQ(offsetof(LedgerHeader, boot_id), 32U);
  EXPECT_EQ(offsetof(LedgerHeader, head), 72U);
  EXPECT_EQ(offsetof(Record, wall_ns), 8U);
  EXPECT_EQ(offsetof(Record, monotonic_ns), 16U);
  EXPECT_EQ(offsetof(Record, silence_ns), 24U);
  EXPECT_EQ(offsetof(Record, lateness_ns), 32U);
  EXPECT_EQ(offsetof(Record, duration_ns), 40U);
  EXPECT_EQ(offsetof(Record, generation), 48U);
  EXPECT_EQ(offsetof(Record, status), 52U);
  EXPECT_EQ(offsetof(Record, uid), 56U);
  EXPECT_EQ(offsetof(Record, instance), 60U);
  EXPECT_EQ(offsetof(Record, kind), 62U);
  EXPECT_EQ(offsetof(Record, cause), 64U);
  EXPECT_EQ(offsetof(Record, from), 66U);
  EXPECT_EQ(offsetof(Record, to), 67U);
  EXPECT_EQ(offsetof(Record, priority), 68U);
  EXPECT_EQ(offsetof(Record, peer_priority), 69U);
  EXPECT_EQ(offsetof(Record, peer_family), 70U);
  EXPECT_EQ(offsetof(Record, peer), 72U);
  EXPECT_EQ(offsetof(Record, name), 88U);
  EXPECT_EQ(offsetof(Record, subject), 152U);
  EXPECT_EQ(offsetof(Record, text), 216U);
}

TEST(BoardFormat, IsAsDocumented) {
  using feed::BoardHeader;
  using feed::Global;
  using feed::Row;
  EXPECT_EQ(feed::kBoardVersion, 2U);
  EXPECT_EQ(feed::kBoardHeaderBytes, 4096U);
  EXPECT_EQ(sizeof(Row), 1024U);
  EXPECT_EQ(offsetof(BoardHeader, version), 8U);
  EXPECT_EQ(offsetof(BoardHeader, row_size), 12U);
  EXPECT_EQ(offsetof(BoardHeader, rows), 16U);
  EXPECT_EQ(offsetof(BoardHeader, configuration_hash), 24U);
  EXPECT_EQ(offsetof(BoardHeader, boot_id), 32U);
  EXPECT_EQ(offsetof(BoardHeader, router_id), 72U);
  EXPECT_EQ(offsetof(BoardHeader, lock), 136U);
  constexpr std::size_t kGlobal = offsetof(BoardHeader, global);
  EXPECT_EQ(kGlobal + offsetof(Global, heartbeat_ns), 144U);
  EXPECT_EQ(kGlobal + offsetof(Global, engine_started_ns), 152U);
  EXPECT_EQ(kGlobal + offsetof(Global, ledger_head), 160U);
  EXPECT_EQ(kGlobal + offsetof(Global, turns), 168U);
  EXPECT_EQ(kGlobal + offsetof(Global, engine_pid), 176U);
  EXPECT_EQ(kGlobal + offsetof(Global, engine_starts), 180U);
  EXPECT_EQ(kGlobal + offsetof(Global, generation), 184U);
  EXPECT_EQ(kGlobal + offsetof(Global, lateness_ns_max), 192U);
  EXPECT_EQ(kGlobal + offsetof(Global, lateness), 200U);
  EXPECT_EQ(kGlobal + offsetof(Global, drops), 392U);
  constexpr std::size_t kRegions = offsetof(BoardHeader, groups);
  EXPECT_EQ(kRegions, 648U);
  EXPECT_EQ(offsetof(BoardHeader, group_size), kRegions + 8);
  EXPECT_EQ(offsetof(BoardHeader, peers_per_row), kRegions + 12);
  EXPECT_EQ(offsetof(BoardHeader, peer_size), kRegions + 16);
  EXPECT_EQ(offsetof(BoardHeader, strangers), kRegions + 20);
  EXPECT_EQ(offsetof(BoardHeader, stranger_size), kRegions + 24);
  EXPECT_EQ(offsetof(Row, name), 8U);
  EXPECT_EQ(offsetof(Row, interface), 72U);
  EXPECT_EQ(offsetof(Row, ifindex), 88U);
  EXPECT_EQ(offsetof(Row, vrid), 92U);
  EXPECT_EQ(offsetof(Row, version), 93U);
  EXPECT_EQ(offsetof(Row, family), 94U);
  EXPECT_EQ(offsetof(Row, state), 95U);
  EXPECT_EQ(offsetof(Row, base_priority), 96U);
  EXPECT_EQ(offsetof(Row, effective_priority), 97U);
  EXPECT_EQ(offsetof(Row, master_priority), 98U);
  EXPECT_EQ(offsetof(Row, holds), 99U);
  EXPECT_EQ(offsetof(Row, preempt), 100U);
  EXPECT_EQ(offsetof(Row, accept), 101U);
  EXPECT_EQ(offsetof(Row, auth_type), 102U);
  EXPECT_EQ(offsetof(Row, departing), 103U);
  EXPECT_EQ(offsetof(Row, master), 104U);
  EXPECT_EQ(offsetof(Row, source), 120U);
  EXPECT_EQ(offsetof(Row, interface_mac), 136U);
  EXPECT_EQ(offsetof(Row, faults), 142U);
  EXPECT_EQ(offsetof(Row, addresses), 144U);
  EXPECT_EQ(offsetof(Row, addresses_installed), 146U);
  EXPECT_EQ(offsetof(Row, link_usable), 148U);
  EXPECT_EQ(offsetof(Row, unicast), 149U);
  EXPECT_EQ(offsetof(Row, group), 150U);
  EXPECT_EQ(offsetof(Row, advert_interval_ns), 152U);
  EXPECT_EQ(offsetof(Row, master_interval_ns), 160U);
  EXPECT_EQ(offsetof(Row, deadline_ns), 168U);
  EXPECT_EQ(offsetof(Row, last_heard_ns), 176U);
  EXPECT_EQ(offsetof(Row, in_state_since_ns), 184U);
  EXPECT_EQ(offsetof(Row, active_since_ns), 192U);
  EXPECT_EQ(offsetof(Row, transition_sequence), 200U);
  EXPECT_EQ(offsetof(Row, transition_wall_ns), 208U);
  EXPECT_EQ(offsetof(Row, transition_cause), 216U);
  EXPECT_EQ(offsetof(Row, transition_from), 218U);
  EXPECT_EQ(offsetof(Row, new_master_reason), 219U);
  EXPECT_EQ(offsetof(Row, proto_error_reason), 220U);
  EXPECT_EQ(offsetof(Row, contest), 221U);
  EXPECT_EQ(offsetof(Row, contest_priority), 222U);
  EXPECT_EQ(offsetof(Row, differs), 223U);
  EXPECT_EQ(offsetof(Row, became_master), 224U);
  EXPECT_EQ(offsetof(Row, send_errors), 296U);
  EXPECT_EQ(offsetof(Row, drops), 304U);
  EXPECT_EQ(offsetof(Row, rival), 560U);
  EXPECT_EQ(offsetof(Row, contest_since_ns), 576U);
  EXPECT_EQ(offsetof(Row, contests), 584U);
  EXPECT_EQ(offsetof(Row, contest_reason), 592U);
  EXPECT_EQ(offsetof(Row, preparing), 674U);
  EXPECT_EQ(offsetof(Row, gave_way), 675U);
  EXPECT_EQ(offsetof(Row, fought), 676U);
  EXPECT_EQ(offsetof(Row, start_delay_until_ns), 624U);
  EXPECT_EQ(offsetof(Row, quiet_until_ns), 632U);
  EXPECT_EQ(offsetof(Row, clock_bad), 640U);
  EXPECT_EQ(offsetof(Row, peers_forgotten), 648U);
  EXPECT_EQ(offsetof(Row, contest_other), 656U);
  EXPECT_EQ(offsetof(Row, contest_drop), 672U);
  EXPECT_EQ(offsetof(Row, contest_crowd), 673U);
}

TEST(BoardFormat, OfTheOtherRegionsIsAsDocumented) {
  using feed::GroupRow;
  using feed::PeerRow;
  using feed::Stranger;
  EXPECT_EQ(sizeof(GroupRow), 128U);
  EXPECT_EQ(offsetof(GroupRow, name), 8U);
  EXPECT_EQ(offsetof(GroupRow, state), 72U);
  EXPECT_EQ(offsetof(GroupRow, from), 73U);
  EXPECT_EQ(offsetof(GroupRow, cause), 74U);
  EXPECT_EQ(offsetof(GroupRow, decider), 76U);
  EXPECT_EQ(offsetof(GroupRow, members), 78U);
  EXPECT_EQ(offsetof(GroupRow, change_sequence), 80U);
  EXPECT_EQ(offsetof(GroupRow, change_wall_ns), 88U);
  EXPECT_EQ(offsetof(GroupRow, since_ns), 96U);
  EXPECT_EQ(offsetof(GroupRow, changes), 104U);
  EXPECT_EQ(sizeof(PeerRow), 320U);
  EXPECT_EQ(feed::kPeersPerRow, 16U);
  EXPECT_EQ(offsetof(PeerRow, address), 8U);
  EXPECT_EQ(offsetof(PeerRow, family), 24U);
  EXPECT_EQ(offsetof(PeerRow, priority), 25U);
  EXPECT_EQ(offsetof(PeerRow, version), 26U);
  EXPECT_EQ(offsetof(PeerRow, auth_type), 27U);
  EXPECT_EQ(offsetof(PeerRow, differs), 28U);
  EXPECT_EQ(offsetof(PeerRow, clock_bad), 29U);
  EXPECT_EQ(offsetof(PeerRow, address_count), 30U);
  EXPECT_EQ(offsetof(PeerRow, last_drop), 31U);
  EXPECT_EQ(offsetof(PeerRow, interval_ns), 32U);
  EXPECT_EQ(offsetof(PeerRow, first_heard_ns), 40U);
  EXPECT_EQ(offsetof(PeerRow, last_heard_ns), 48U);
  EXPECT_EQ(offsetof(PeerRow, jitter_ns), 56U);
  EXPECT_EQ(offsetof(PeerRow, clock_offset_ns), 64U);
  EXPECT_EQ(offsetof(PeerRow, adverts), 72U);
  EXPECT_EQ(offsetof(PeerRow, addresses), 80U);
  EXPECT_EQ(offsetof(PeerRow, drops), 144U);
  EXPECT_EQ(offsetof(PeerRow, last_accepted_ns), 272U);
  EXPECT_EQ(sizeof(Stranger), 128U);
  EXPECT_EQ(feed::kStrangers, 64U);
  EXPECT_EQ(offsetof(Stranger, interface), 8U);
  EXPECT_EQ(offsetof(Stranger, source), 24U);
  EXPECT_EQ(offsetof(Stranger, family), 40U);
  EXPECT_EQ(offsetof(Stranger, vrid), 41U);
  EXPECT_EQ(offsetof(Stranger, version), 42U);
  EXPECT_EQ(offsetof(Stranger, priority), 43U);
  EXPECT_EQ(offsetof(Stranger, address_count), 44U);
  EXPECT_EQ(offsetof(Stranger, protocol), 45U);
  EXPECT_EQ(offsetof(Stranger, interval_ns), 48U);
  EXPECT_EQ(offsetof(Stranger, first_heard_ns), 56U);
  EXPECT_EQ(offsetof(Stranger, last_heard_ns), 64U);
  EXPECT_EQ(offsetof(Stranger, adverts), 72U);
  EXPECT_EQ(offsetof(Stranger, address), 80U);
}

TEST(MemoryFormat, IsAsDocumented) {
  using feed::MemoryHeader;
  using feed::MemorySlot;
  EXPECT_EQ(feed::kMemoryVersion, 1U);
  EXPECT_EQ(feed::kMemoryEntries, 8192U);
  EXPECT_EQ(offsetof(MemoryHeader, version), 8U);
  EXPECT_EQ(offsetof(MemoryHeader, slot_size), 12U);
  EXPECT_EQ(offsetof(MemoryHeader, slots), 16U);
  EXPECT_EQ(offsetof(MemoryHeader, changes), 24U);
  EXPECT_EQ(offsetof(MemoryHeader, checksum), 32U);
  EXPECT_EQ(sizeof(MemorySlot), 64U);
  EXPECT_EQ(offsetof(MemorySlot, kind), 0U);
  EXPECT_EQ(offsetof(MemorySlot, family), 1U);
  EXPECT_EQ(offsetof(MemorySlot, vrid), 2U);
  EXPECT_EQ(offsetof(MemorySlot, key), 3U);
  EXPECT_EQ(offsetof(MemorySlot, turn), 4U);
  EXPECT_EQ(offsetof(MemorySlot, interface), 8U);
  EXPECT_EQ(offsetof(MemorySlot, address), 24U);
  EXPECT_EQ(offsetof(MemorySlot, number), 40U);
  EXPECT_EQ(offsetof(MemorySlot, wall_ns), 48U);
}

}  // namespace
