#include "snmp-subagent/proto_errors.hpp"

namespace snmp {

const Oid kVrrpv3ProtoError{1, 3, 6, 1, 2, 1, 207, 0, 2};

namespace {

// vrrpv3StatisticsProtoErrReason: ipTtlError(1), versionError(2), checksumError(3), vrIdError(4).
constexpr std::array kDrops{base::Drop::kTtl, base::Drop::kVersion, base::Drop::kChecksum,
                            base::Drop::kUnknownVrid};

Notification notification(const feed::Row& row, std::uint64_t reason) {
  // vrrpv3StatisticsEntry augments vrrpv3OperationsEntry: ifIndex, VRID, InetAddressType (1 ipv4, 2 ipv6).
  const std::uint32_t family = row.family == base::Family::kIpv6 ? 2 : 1;
  return {kVrrpv3ProtoError,
          {{{1, 3, 6, 1, 2, 1, 207, 1, 2, 5, 1, 6, row.ifindex, row.vrid, family},
            {Syntax::kInteger, reason, {}}}}};
}

}  // namespace

std::vector<Notification> ProtoErrors::look(const View& view) {
  std::vector<Notification> list;
  seen_.resize(view.rows.size());
  for (std::size_t i = 0; i < view.rows.size(); ++i) {
    const auto& row = view.rows[i];
    if (!row || row->version != 3 || row->ifindex == 0) continue;
    Seen& seen = seen_[i];
    for (std::size_t reason = 0; reason < kReasons; ++reason) {
      const std::uint64_t count = row->drops[static_cast<std::size_t>(kDrops[reason])];
      const bool has_grown = count > seen.counts[reason];
      // While it must be quiet the old count stays, so that what came meanwhile is told afterwards.
      if (has_grown && seen.is_known && view.now < seen.quiet_until[reason]) continue;
      seen.counts[reason] = count;
      if (!has_grown || !seen.is_known) continue;
      seen.quiet_until[reason] = view.now + kEvery;
      list.push_back(notification(*row, reason + 1));
    }
    seen.is_known = true;
  }
  return list;
}

}  // namespace snmp
