// VRRP-MIB (RFC 2787): operations, associated addresses and statistics of every IPv4 instance.
//
// The MIB knows VRRPv2 and IPv4. VRRPv3 instances with IPv4 addresses are listed too, because most pollers read this
// table only; their interval is rounded up to whole seconds. IPv6 cannot be expressed here. Everything is read-only.
//
// While no engine runs nobody speaks for a virtual router, whatever the keeper answers for: each is initialize(1), out of
// operation since the board fell silent, and knows no master. The module has no object and no notification that could say more.
#pragma once

#include "engine/feed/record.hpp"
#include "snmp-subagent/oid.hpp"
#include "snmp-subagent/view.hpp"

namespace snmp {

extern const Oid kVrrpMib;            // 1.3.6.1.2.1.68
extern const Oid kVrrpTrapNewMaster;  // 1.3.6.1.2.1.68.0.1

// All objects of the module, sorted.
List vrrp_mib(const View& view);

struct Notification {
  Oid name;
  List objects;
};

// vrrpTrapNewMaster when `record` says that an IPv4 instance became master; nothing otherwise.
std::optional<Notification> vrrp_trap(const feed::Record& record, const View& view);

}  // namespace snmp
