// The AgentX session with snmpd; the only file that knows Net-SNMP.
//
// Net-SNMP blocks whenever snmpd does, and only this process waits with it. One per process: the library keeps its state
// in globals. Values come from a List the caller hands over; requests never reach further than that.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "snmp-subagent/oid.hpp"

namespace snmp {

class Agent {
 public:
  // Registers `root` with the master agent at `socket` ("unix:/var/agentx/master"), and goes on trying every second
  // until there is one. `objects` is asked once per request and told the master agent's sysUpTime.
  static base::Result<Agent> open(const std::string& socket, const Oid& root,
                                  std::function<const List&(std::uint64_t uptime_cs)> objects);
  Agent(Agent&&) noexcept = default;
  Agent& operator=(Agent&&) noexcept = default;

  // Serves requests until one of the descriptors is readable or `deadline` has come.
  void serve(std::array<int, 2> descriptors, base::Instant deadline);
  // Sends an SNMPv2 notification. False when no master agent is connected: keep it and try again.
  bool notify(const Oid& name, const List& objects);
  bool is_connected() const;
  // sysUpTime of the master agent, in hundredths of a second.
  std::uint64_t uptime_cs() const;

 private:
  Agent() = default;
};

}  // namespace snmp
