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
#include "engine/config/position.hpp"
#include "engine/config/routes.hpp"

namespace config {

using base::Address;
using base::Duration;
using base::Family;

// A command an operator wrote, split as keepalived splits it.
struct Command {
  std::vector<std::string> arguments;  // empty: none configured
  std::string user;   // empty: the daemon's default (script_user, keepalived_script, root)
  std::string group;  // with a colon before it: and all other groups of the user
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
  // IFA_F_*, as asked for; duplicate address detection is off unless `-nodad` asks for it.
  bool is_home = false;
  bool makes_temporary = false;  // mngtmpaddr
  bool has_prefix_route = true;  // not noprefixroute
  bool joins = false;            // autojoin
  bool detects_duplicates = false;
  bool is_tracked = true;                     // its loss is noticed; not no_track
  bool has_virtual_mac = false;               // use_vmac on its line
  std::optional<std::uint32_t> preferred;     // preferred_lft in seconds; 0xffffffff: for ever
  std::uint16_t track_group = kNoTrackGroup;  // into Model::track_groups; static addresses alone
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

// A file whose first number, times the weight, moves the priority.
struct File {
  std::string name;
  std::string path;
  int weight = 1;
  bool reverse = false;
  std::optional<int> initial;       // init_file: create it with this when it is not there
  bool overwrites_initial = false;  // ... and also when it is
  Position at;
  friend bool operator==(const File&, const File&) = default;
};

// Processes that should run: how many, found by what.
struct Process {
  enum class Match : std::uint8_t { kNone, kExact, kInitial, kPartial };
  std::string name;
  std::vector<std::string> command;  // the process, then its parameters when they are compared
  Match parameters = Match::kNone;
  bool full_command = false;  // compares the command line, not the kernel's short name
  int weight = 0;
  bool reverse = false;
  std::uint32_t quorum = 1;
  std::uint32_t quorum_max = 65535;
  Duration fork_delay{0};       // how long it must have been enough before it counts as well
  Duration terminate_delay{0};  // how long it must have been too few before it counts as failing
  Position at;
  friend bool operator==(const Process&, const Process&) = default;
};

struct TrackedFile {
  std::uint16_t file = 0;  // into Model::tracked_files
  int weight = 1;
  bool reverse = false;
  Position at;
  friend bool operator==(const TrackedFile&, const TrackedFile&) = default;
};

struct TrackedProcess {
  std::uint16_t process = 0;  // into Model::processes
  int weight = 0;
  bool reverse = false;
  Position at;
  friend bool operator==(const TrackedProcess&, const TrackedProcess&) = default;
};

// How long an interface must stay up or down before anybody who depends on it is told.
struct InterfaceDelay {
  std::string interface;
  Duration down{0};
  Duration up{0};
  Position at;
  friend bool operator==(const InterfaceDelay&, const InterfaceDelay&) = default;
};

struct UnicastPeer {
  Address address;
  std::uint8_t min_ttl = 0;
  std::uint8_t max_ttl = 255;
  Position at;
  friend bool operator==(const UnicastPeer&, const UnicastPeer&) = default;
};

struct HmacKey {
  std::uint8_t id = 0;
  std::string secret;  // the bytes themselves, whatever notation they were written in
  friend bool operator==(const HmacKey&, const HmacKey&) = default;
};

// auth_hmac: a signed trailer behind every advert.
struct Hmac {
  enum class Mode : std::uint8_t { kEnforce, kPermissive, kReceiveOnly };
  std::vector<HmacKey> keys;  // empty: not configured
  std::uint8_t active_key = 0;
  bool is_monotonic = false;  // anti_replay monotonic: no window, only growing numbers
  Duration window{0};         // time_window, its default filled in
  Mode mode = Mode::kEnforce;
  bool is_set() const { return !keys.empty(); }
  friend bool operator==(const Hmac&, const Hmac&) = default;
};

// When ARP and NA announcements are sent, times as configured.
struct Announcing {
  std::uint32_t repeat = 5;                  // in a burst on becoming master
  Duration delay = std::chrono::seconds{5};  // until the second burst; 0: none
  Duration refresh{0};                       // every so often while master; 0: never
  std::uint32_t refresh_repeat = 1;
  std::uint32_t lower_prio_repeat = 5;  // after a losing advert; 0: none
  Duration lower_prio_delay = std::chrono::seconds{5};
  Duration arp_interval{0};  // least distance of two on one interface
  Duration na_interval{0};
  Duration extra_interval{0};  // garp_extra_if: on interfaces other than the instance's; 0: never
  bool extra_on_all = false;   // ... and on those that have no virtual MAC
  friend bool operator==(const Announcing&, const Announcing&) = default;
};

// use_vmac, use_ipvlan: an interface of the virtual router's own, below the configured one.
struct OwnInterface {
  enum class Kind : std::uint8_t { kNone, kMacvlan, kIpvlan };
  enum class Mode : std::uint8_t { kBridge, kPrivate, kVepa };  // of an ipvlan
  Kind kind = Kind::kNone;
  std::string name;                     // empty: made from vmac_prefix and the VRID
  std::optional<base::Mac> mac;         // empty: the virtual router's
  std::optional<base::Prefix> address;  // of an ipvlan
  Mode mode = Mode::kBridge;
  std::optional<std::uint32_t> group;  // the interface group it is put in
  bool sends_from_parent = false;      // vmac_xmit_base
  bool for_other_interfaces = false;   // use_vmac_addr
  bool is_told = false;                // netlink_notify_msg
  friend bool operator==(const OwnInterface&, const OwnInterface&) = default;
};

inline constexpr std::uint16_t kNoGroup = 0xffff;

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
  std::uint8_t auth_type = 0;  // 0 none, 1 PASS, 2 AH; HMAC stands apart in `hmac`
  std::string auth_pass;       // at most 8 bytes
  Hmac hmac;
  std::vector<VirtualAddress> addresses;  // advertised ones first
  // A group's trackers are here too, on every member; what a member tracks itself counts as well, weights included.
  std::vector<TrackedScript> track_scripts;
  std::vector<TrackedInterface> track_interfaces;
  std::vector<TrackedFile> track_files;
  std::vector<TrackedProcess> track_processes;
  std::uint16_t group = kNoGroup;  // into Model::groups
  // Where adverts go. With peers they are unicast.
  std::vector<UnicastPeer> unicast_peers;
  std::optional<Address> source;           // unicast_src_ip, mcast_src_ip
  std::optional<Address> multicast_group;  // mcast_dst_ip, vrrp_mcast_group4/6
  std::uint8_t unicast_ttl = 255;
  bool check_unicast_src = false;
  bool unicast_fault_no_peer =
      false;                  // set only without peers: unicast was meant, so fault, not multicast
  bool track_src_ip = false;  // a missing `source` is a fault
  bool strict = false;
  bool skip_check_adv_addr = false;
  bool owner_ignore_adverts = false;
  bool lower_prio_no_advert = false;
  bool higher_prio_send_advert = false;
  std::optional<std::uint8_t> late_backup;  // timer_expired_backup: with this priority's skew
  std::uint8_t learned_interval_cap =
      3;                             // a learned interval is believed up to this many times our own
  std::uint32_t receive_buffer = 0;  // kernel_rx_buf_size; 0: ours
  Announcing announcing;
  bool track_primary = true;  // not dont_track_primary
  Command notify_master, notify_backup, notify_fault, notify_stop, notify;
  bool smtp_alert = false;
  Command notify_master_rx_lower_pri;
  Position at;
  std::vector<Route> routes;  // virtual_routes
  std::vector<Rule> rules;    // virtual_rules
  OwnInterface own_interface;
  std::string vrf;
  bool promote_secondaries = false;
  bool tells_deletion = false;  // notify_deleted: DELETED, not FAULT, when a reload removes it
  Command notify_deleted;
  bool notify_priority_changes = false;  // to the FIFO
  friend bool operator==(const Instance&, const Instance&) = default;
};

// vrrp_sync_group: its members are master together or not at all.
struct SyncGroup {
  std::string name;
  std::vector<std::uint16_t> members;  // into Model::instances
  bool keeps_member_weights = false;   // sync_group_tracking_weight; they count here either way
  Command notify_master, notify_backup, notify_fault, notify_stop, notify;
  bool smtp_alert = false;
  Position at;
  bool notify_priority_changes = false;
  friend bool operator==(const SyncGroup&, const SyncGroup&) = default;
};

// What keeps a router that has just come up from taking over too early, and peers from teaching too much.
struct Safety {
  Duration startup_delay{0};     // vrrp_startup_delay
  Duration delay_after_boot{0};  // vrrp_delay_after_boot; the later end counts
  bool quiet_start = true;       // who knew a peer waits until the LAN was heard
  Duration quiet_cap{0};         // at most this long; 0: the default, see docs
  bool log_unknown_vrids = false;
  // Whether the kernel takes a virtual address away by itself when nobody says any more that it is wanted
  // (engine/config/lease.hpp). kStrict: nor while another router may have taken over (engine/keeper/guardian.hpp).
  enum class Lease : std::uint8_t { kOff, kOn, kStrict };
  Lease lease = Lease::kOn;
  Duration least_lease{0};  // it lasts at least so long; 0: the default, see docs
  friend bool operator==(const Safety&, const Safety&) = default;
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

// What track_group ties together: items of the static blocks follow the interfaces of these instances.
struct TrackGroup {
  std::string name;
  std::vector<std::uint16_t> instances;  // into Model::instances
  Position at;
  friend bool operator==(const TrackGroup&, const TrackGroup&) = default;
};

// static_ipaddress, static_routes, static_rules: there while vigie runs, whoever is master.
struct Statics {
  std::vector<VirtualAddress> addresses;
  std::vector<Route> routes;
  std::vector<Rule> rules;
  friend bool operator==(const Statics&, const Statics&) = default;
};

// A FIFO that is told of every change of state, and the program that reads it.
struct Fifo {
  std::string path;  // empty: none
  std::string user;  // its owner; empty: the daemon
  std::string group;
  Command reader;
  friend bool operator==(const Fifo&, const Fifo&) = default;
};

// A program run once, at the start or at the end.
struct OnceScript {
  Command command;
  Duration timeout = std::chrono::seconds{10};
  friend bool operator==(const OnceScript&, const OnceScript&) = default;
};

struct Notifying {
  Fifo all;                        // notify_fifo
  Fifo vrrp;                       // vrrp_notify_fifo
  bool repeats_on_reload = false;  // fifo_write_vrrp_states_on_reload
  OnceScript startup;
  OnceScript shutdown;
  friend bool operator==(const Notifying&, const Notifying&) = default;
};

// How packets to addresses that are not accepted, and those of virtual MACs, are kept out.
struct Firewall {
  enum class By : std::uint8_t { kAuto, kNftables, kIptables };
  By by = By::kAuto;  // nftables when it is needed
  std::string table = "keepalived";
  std::int32_t priority = -1;  // of the nftables chains
  bool counts = false;
  bool by_ifindex = false;  // the key of the sets
  std::string chain_in = "INPUT";
  std::string chain_out = "OUTPUT";
  std::vector<std::string> ipsets;  // empty: none asked for
  friend bool operator==(const Firewall&, const Firewall&) = default;
};

// global_defs about the kernel's part of the work.
struct Kernel {
  std::string macvlan_prefix = "vrrp";          // vmac_prefix
  std::string address_macvlan_prefix = "vrrp";  // vmac_addr_prefix
  bool reports_igmp = true;                     // not disable_local_igmp
  friend bool operator==(const Kernel&, const Kernel&) = default;
};

// How the engine is scheduled, where global_defs says otherwise than vigie does by itself.
struct Scheduling {
  std::uint8_t rt_priority = 0;     // SCHED_RR; 0: vigie's own choice
  std::vector<std::uint16_t> cpus;  // empty: any
  friend bool operator==(const Scheduling&, const Scheduling&) = default;
};

struct Model {
  std::vector<std::string> files;  // every file read, for positions
  std::string router_id;
  std::string script_user;  // script_user of global_defs
  std::string script_group;
  bool script_security = false;
  std::vector<Script> scripts;
  std::vector<File> tracked_files;
  std::vector<Process> processes;
  std::vector<InterfaceDelay> interface_delays;
  std::vector<Instance> instances;
  std::vector<SyncGroup> groups;
  Safety safety;
  std::vector<Flags> flags;
  Mail mail;
  AgentX agentx;
  History history;
  std::vector<FormerAddress> former;
  std::vector<TrackGroup> track_groups;
  Statics statics;
  Notifying notifying;
  Firewall firewall;
  Kernel kernel;
  Scheduling scheduling;
  bool supplementary_groups = false;  // set_supplementary_groups: scripts keep their user's groups
  friend bool operator==(const Model&, const Model&) = default;
};

}  // namespace config
