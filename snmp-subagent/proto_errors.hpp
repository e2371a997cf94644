// vrrpv3ProtoError of RFC 6527: adverts for a version 3 instance failed the checks of the protocol.
//
// Counters on the board say so; a notification goes out when one has grown, of each instance and reason at most once in
// kEvery, so that a flood of bad packets is one trap a minute and not one each. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/instant.hpp"
#include "snmp-subagent/view.hpp"
#include "snmp-subagent/vrrp_mib.hpp"

namespace snmp {

extern const Oid kVrrpv3ProtoError;  // 1.3.6.1.2.1.207.0.2

class ProtoErrors {
 public:
  static constexpr base::Duration kEvery = std::chrono::minutes{1};

  // What has grown since the last look. The first look only learns where the counters stand.
  std::vector<Notification> look(const View& view);

 private:
  // In the order of RFC 6527: TTL, version, checksum, VRID.
  static constexpr std::size_t kReasons = 4;
  struct Seen {
    bool is_known = false;
    std::array<std::uint64_t, kReasons> counts{};
    std::array<base::Instant, kReasons> quiet_until{};
  };
  std::vector<Seen> seen_;  // by instance
};

}  // namespace snmp
