// The offsets docs/feed.md promises to readers that are not written in C++. A change here is a change of the version.
#include <gtest/gtest.h>

#include <cstddef>

#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"

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
  EXPECT_EQ(feed::kBoardVersion, 1U);
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
  EXPECT_EQ(offsetof(Row, became_master), 224U);
  EXPECT_EQ(offsetof(Row, send_errors), 296U);
  EXPECT_EQ(offsetof(Row, drops), 304U);
}

}  // namespace
