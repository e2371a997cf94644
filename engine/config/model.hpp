// The typed configuration: what a keepalived.conf (or vigie.conf) says, every name resolved, every default filled in.
//
// Made by the parser (engine/config/parser.hpp), carried to every process in compiled form (engine/config/compiled.hpp).
// Instances, scripts, flags and addresses are known to all processes by their place in these vectors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/ip.hpp"

namespace config {

using base::Address;
using base::Duration;
using base::Family;

struct Position {
  std::uint16_t file = 0;  // into Model::files
  std::uint32_t line = 0;  // from 1
  std::uint16_t column = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

// A command an operator wrote, split as keepalived splits it.
struct Command {
  std::vector<std::string> arguments;  // empty: none configured
  std::string user;  // empty: the daemon's default (script_user, keepalived_script, root)
  std::string group;
  bool is_set() const { return !arguments.empty(); }
  friend bool operator==(const Command&, const Command&) = default;
};

struct VirtualAddress {
  base::Prefix prefix;
  std::string interface;             // where it goes: `dev`, or the instance's
  std::optional<Address> broadcast;  // `brd`, computed for `brd +`
  std::uint8_t scope = 0;            // RT_SCOPE_*
  std::string label;                 // IPv4 only
  std::optional<Address> peer;
  bool is_advertised = true;  // virtual_ipaddress; not virtual_ipaddress_excluded
  Position at;
  friend bool operator==(const VirtualAddress&, const VirtualAddress&) = default;
};

struct Script {
  std::string name;
  Command command;
  Duration interval = std::chrono::seconds{1};
  Duration timeout = std::chrono::seconds{1};  // interval when not configured
  int weight = 0;
  bool reverse = false;
  std::uint32_t rise = 1;
  std::uint32_t fall = 1;
  bool init_fail = false;
  Position at;
  friend bool operator==(const Script&, const Script&) = default;
};

struct TrackedScript {
  std::uint16_t script = 0;  // into Model::scripts
  int weight = 0;            // the script's own unless the reference says otherwise
  bool reverse = false;
  Position at;
  friend bool operator==(const TrackedScript&, const TrackedScript&) = default;
};

struct TrackedInterface {
  std::string interface;
  int weight = 0;
  bool reverse = false;
  Position at;
  friend bool operator==(const TrackedInterface&, const TrackedInterface&) = default;
};

struct Instance {
  std::string name;
  std::string interface;
  Family family = Family::kIpv4;  // of the first virtual address
  std::uint8_t vrid = 0;
  std::uint8_t version = 2;
  std::uint8_t priority = 100;
  Duration advert_interval = std::chrono::seconds{1};
  bool starts_as_master =
      false;  // `state MASTER`: a hint, as in keepalived; decides only for an owner
  bool preempt = true;
  Duration preempt_delay{0};
  bool accept = true;
  bool v3_checksum_as_v2 = false;
  std::uint8_t down_timer_adverts = 3;
  std::uint8_t auth_type = 0;             // 0 none, 1 PASS
  std::string auth_pass;                  // at most 8 bytes
  std::vector<VirtualAddress> addresses;  // advertised ones first
  std::vector<TrackedScript> track_scripts;
  std::vector<TrackedInterface> track_interfaces;
  bool track_primary = true;  // not dont_track_primary
  Command notify_master, notify_backup, notify_fault, notify_stop, notify;
  bool smtp_alert = false;
  Duration garp_master_delay = std::chrono::seconds{5};
  std::uint32_t garp_master_repeat = 5;
  Position at;
  friend bool operator==(const Instance&, const Instance&) = default;
};

// Our own block: a permit flag that lets instances be master, a state flag that says they are.
struct Flags {
  std::vector<std::uint16_t> instances;  // guarded by both; all when the block names none
  std::string permit_file;               // its absence keeps them from being master; empty: none
  std::string active_file;               // present exactly while one of them is master; empty: none
  Position at;
  friend bool operator==(const Flags&, const Flags&) = default;
};

struct Mail {
  std::string server;  // empty: no mail
  std::uint16_t port = 25;
  std::string from;
  std::vector<std::string> to;
  std::string helo;  // empty: host name
  Duration connect_timeout = std::chrono::seconds{30};
  bool no_faults = false;
  // From our own `alerts` block.
  enum class Tls : std::uint8_t { kNone, kStartTls, kImplicit } tls = Tls::kNone;
  std::string user;
  std::string password;
  std::string ca_file;  // empty: the system's
  Duration expire = std::chrono::hours{72};
  friend bool operator==(const Mail&, const Mail&) = default;
};

struct AgentX {
  bool enabled = false;  // `agentx` block, snmp keywords of keepalived
  std::string socket = "unix:/var/agentx/master";
  bool traps = true;
  friend bool operator==(const AgentX&, const AgentX&) = default;
};

struct History {
  std::string database;  // empty: history.db in the state directory
  Duration keep{0};      // 0: for ever
  friend bool operator==(const History&, const History&) = default;
};

// An address that a daemon of the same run directory may have left in the kernel when it was killed, and that this
// configuration does not name: nobody wants it any more. Written by the supervisor, not by the operator.
struct FormerAddress {
  base::Prefix prefix;
  std::string interface;
  std::optional<Address> peer;
  friend bool operator==(const FormerAddress&, const FormerAddress&) = default;
};

struct Model {
  std::vector<std::string> files;  // every file read, for positions
  std::string router_id;
  std::string script_user;  // script_user of global_defs
  std::string script_group;
  bool script_security = false;
  std::vector<Script> scripts;
  std::vector<Instance> instances;
  std::vector<Flags> flags;
  Mail mail;
  AgentX agentx;
  History history;
  std::vector<FormerAddress> former;
  friend bool operator==(const Model&, const Model&) = default;
};

}  // namespace config
