#include "engine/config/keywords.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/config/reader.hpp"

namespace config {
namespace {

using R = Reader;
constexpr auto kSets = Effect::kSets;
constexpr auto kLater = Effect::kLater;
constexpr auto kForeign = Effect::kForeign;
constexpr double kInt = 2147483647;

constexpr std::string_view kUsesDefault = "keepalived ignores this line and uses its default";
constexpr std::string_view kEnds = "keepalived ends with status 2 on such a line";
constexpr std::string_view kDropsAddress = "keepalived drops the address";

// A word of keepalived that vigie does not act on, and what that means.
constexpr Keyword idle(Block block, std::string_view name, std::string_view argument,
                       std::string_view standard, std::string_view does, std::string_view why) {
  return {.name = name,
          .block = block,
          .standard = standard,
          .does = does,
          .argument = argument,
          .why = why};
}
// The same where there is nothing left to do.
constexpr Keyword needless(Block block, std::string_view name, std::string_view argument,
                           std::string_view standard, std::string_view does, std::string_view why) {
  return {.name = name,
          .block = block,
          .effect = Effect::kNeedless,
          .standard = standard,
          .does = does,
          .argument = argument,
          .why = why};
}
constexpr Keyword foreign(Block block, std::string_view name, std::string_view does) {
  return {.name = name, .block = block, .effect = kForeign, .does = does};
}

constexpr auto kRoot = Block::kRoot;
constexpr auto kGlobal = Block::kGlobal;
constexpr auto kScript = Block::kScript;
constexpr auto kInstance = Block::kInstance;
constexpr auto kAuth = Block::kAuthentication;
constexpr auto kAddress = Block::kAddress;
constexpr auto kTrack = Block::kTrack;
constexpr auto kHmac = Block::kHmac;
constexpr auto kGroup = Block::kGroup;
constexpr auto kFile = Block::kFile;
constexpr auto kProcess = Block::kProcess;
constexpr auto kPeer = Block::kPeer;
constexpr auto kRoute = Block::kRoute;
constexpr auto kRule = Block::kRule;
constexpr auto kTrackGroup = Block::kTrackGroup;
constexpr auto kGarpGroup = Block::kGarpGroup;
constexpr auto kSafety = Block::kSafety;
constexpr auto kFlags = Block::kFlags;
constexpr auto kAgentX = Block::kAgentX;
constexpr auto kAlerts = Block::kAlerts;
constexpr auto kHistory = Block::kHistory;

// clang-format off
const std::array kTable = std::to_array<Keyword>({
  // --- outside blocks
  {.name = "global_defs", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kGlobal, .again = Again::kAdds,
   .does = "What holds for the whole router. May be given in pieces."},
  {.name = "vrrp_script", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_script, .opens = kScript, .again = Again::kAdds,
   .does = "A program run again and again; its exit status is a check that instances and sync groups can track."},
  {.name = "vrrp_instance", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_instance, .opens = kInstance, .again = Again::kAdds,
   .does = "One virtual router: its addresses, and how it and its peers decide who holds them."},
  {.name = "vrrp_sync_group", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_group, .opens = kGroup, .again = Again::kAdds,
   .does = "Instances that are master together or not at all."},
  {.name = "track_file", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_file, .opens = kFile, .again = Again::kAdds,
   .does = "A file whose first number, times a weight, moves the priority of those who track it."},
  {.name = "vrrp_track_file", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_file, .opens = kFile, .again = Again::kAdds, .same_as = "track_file"},
  {.name = "vrrp_track_process", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_process, .opens = kProcess, .again = Again::kAdds,
   .does = "Processes that should run, counted as they come and go."},
  {.name = "track_process", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_process, .opens = kProcess, .again = Again::kAdds, .same_as = "vrrp_track_process"},
  {.name = "interface_up_down_delays", .block = kRoot, .takes = Takes::kLines, .effect = kSets, .apply = &R::interface_delays, .again = Again::kAdds,
   .does = "How long an interface must stay down, and up, before those who depend on it are told.", .argument = "{ INTERFACE DOWN [UP] ... }"},
  {.name = "static_ipaddress", .block = kRoot, .takes = Takes::kLines, .effect = kLater, .apply = &R::static_ipaddress, .again = Again::kAdds,
   .does = "Addresses that are there for as long as vigie runs, whoever is master.", .argument = "{ ADDRESS[/LENGTH] [dev INTERFACE] [OPTION ...] ... }", .later = Code::kStaticsLater},
  {.name = "static_routes", .block = kRoot, .takes = Takes::kLines, .effect = kLater, .apply = &R::static_routes, .again = Again::kAdds,
   .does = "Routes that are there for as long as vigie runs.", .argument = "{ ROUTE ... }", .later = Code::kRoutesLater},
  {.name = "static_rules", .block = kRoot, .takes = Takes::kLines, .effect = kLater, .apply = &R::static_rules, .again = Again::kAdds,
   .does = "Routing rules that are there for as long as vigie runs.", .argument = "{ RULE ... }", .later = Code::kRulesLater},
  {.name = "track_group", .block = kRoot, .takes = Takes::kNamed, .effect = kLater, .apply = &R::new_track_group, .opens = kTrackGroup, .again = Again::kAdds,
   .does = "Ties items of the static blocks to the interfaces of instances.", .later = Code::kStaticsLater},
  {.name = "static_track_group", .block = kRoot, .takes = Takes::kNamed, .effect = kLater, .apply = &R::new_track_group, .opens = kTrackGroup, .again = Again::kAdds, .same_as = "track_group",
   .later = Code::kStaticsLater},
  {.name = "garp_group", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::new_garp_group, .opens = kGarpGroup, .again = Again::kAdds,
   .does = "How fast addresses are announced on some interfaces."},
  needless(kRoot, "linkbeat_interfaces", "{ INTERFACE [MII|ETHTOOL|IOCTL] ... }", "none", "Asks these drivers every second whether there is a carrier.", "the kernel tells every change of a link at once"),
  needless(kRoot, "linkbeat_use_polling", "", "off", "Asks all drivers every second whether there is a carrier.", "the kernel tells every change of a link at once"),
  idle(kRoot, "net_namespace", "NAME", "none", "Runs in this network namespace.", "vigie runs in the namespace it is started in: NetworkNamespacePath= of its service, or `ip netns exec`"),
  needless(kRoot, "net_namespace_ipvs", "NAME", "none", "The namespace of the load balancer.", "load balancing is not vigie's work"),
  needless(kRoot, "namespace_with_ipsets", "", "off", "Lets old kernels use sets in a namespace.", "every kernel vigie runs on can"),
  needless(kRoot, "instance", "NAME", "none", "Tells the files of several daemons on one host apart.", "each has a run directory of its own: `vigied --run-dir`"),
  needless(kRoot, "use_pid_dir", "", "off", "Puts process IDs below /run/keepalived.", "everything a run leaves is in the run directory"),
  needless(kRoot, "child_wait_time", "SECONDS", "5", "How long the parent waits for its children at the end.", "every process has its own bound"),
  {.name = "safety", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kSafety, .again = Again::kAdds,
   .does = "What keeps a router that has just come up from taking over too early. A block of vigie's own."},
  {.name = "flags", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::new_flags, .opens = kFlags, .again = Again::kAdds,
   .does = "Files that permit instances to be master, and files that say they are. Without names it is about all instances. A block of vigie's own.", .argument = "[INSTANCE ...] { ... }"},
  {.name = "agentx", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::agentx_block, .opens = kAgentX, .again = Again::kAdds,
   .does = "Answers SNMP through the master agent. A block of vigie's own; it may be empty."},
  {.name = "alerts", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kAlerts, .again = Again::kAdds,
   .does = "How mail is sent, beyond what global_defs says. A block of vigie's own."},
  {.name = "history", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kHistory, .again = Again::kAdds,
   .does = "Where transitions are kept, and for how long. A block of vigie's own."},
  foreign(kRoot, "bfd_instance", "A BFD session."),
  foreign(kRoot, "virtual_server", "A service of the load balancer."),
  foreign(kRoot, "virtual_server_group", "Services of the load balancer."),
  foreign(kRoot, "real_server", "A server behind the load balancer."),
  foreign(kRoot, "real_server_group", "Servers behind the load balancer."),
  foreign(kRoot, "local_address_group", "Addresses of the load balancer."),
  foreign(kRoot, "SSL", "The certificates of its checks."),

  // --- global_defs
  {.name = "router_id", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::model<&Model::router_id>, .standard = "the host name", .bad = kEnds,
   .does = "Names the router in mails, SNMP and the history."},
  {.name = "notification_email", .block = kGlobal, .takes = Takes::kLines, .effect = kSets, .apply = &R::notification_email, .again = Again::kAdds,
   .does = "Who is told by mail, one address on each line.", .argument = "{ ADDRESS ... }"},
  {.name = "notification_email_from", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::from>, .standard = "user@host", .bad = kEnds,
   .does = "The sender of the mails.", .argument = "ADDRESS"},
  {.name = "smtp_server", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::smtp_server, .least = 1, .most = 2, .standard = "none: no mail", .bad = kEnds,
   .does = "The mail relay. A name is resolved when a mail is sent, by the process that sends it.", .argument = "HOST [PORT]"},
  {.name = "smtp_connect_timeout", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::mail<&Mail::connect_timeout>, .least = 1, .most = kInt, .zero_is_one = true, .standard = "30",
   .does = "How long to wait for the mail relay.", .argument = "SECONDS"},
  {.name = "smtp_helo_name", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::helo>, .standard = "the host name", .bad = kEnds,
   .does = "What the router calls itself to the mail relay.", .argument = "NAME"},
  {.name = "smtp_alert", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::smtp_alert>, .standard = "off",
   .does = "Whether transitions are mailed, where neither the instance nor smtp_alert_vrrp says."},
  {.name = "smtp_alert_vrrp", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::smtp_alert_vrrp>, .standard = "smtp_alert",
   .does = "The same, for VRRP alone."},
  {.name = "no_email_faults", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::mail<&Mail::no_faults>, .standard = "off",
   .does = "Sends no mail when an instance enters fault."},
  {.name = "script_user", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::script_user, .least = 1, .most = 2, .standard = "keepalived_script, else root", .bad = kEnds,
   .does = "Whom scripts run as, unless they name somebody else.", .argument = "USER [GROUP]"},
  {.name = "enable_script_security", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::model<&Model::script_security>, .standard = "off",
   .does = "Refuses to run a script as root when somebody else could change it."},
  {.name = "vrrp_version", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::version>, .least = 2, .most = 3, .standard = "2; 3 for IPv6", .bad = kUsesDefault,
   .does = "The VRRP version of IPv4 instances that do not name one."},
  {.name = "vrrp_garp_master_delay", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_delay>, .least = 0, .most = 86400, .standard = "5", .bad = kUsesDefault,
   .does = "When addresses are announced once more after becoming master; 0 for never.", .argument = "SECONDS"},
  {.name = "vrrp_garp_master_repeat", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "5",
   .does = "How often each address is announced on becoming master."},
  {.name = "vrrp_down_timer_adverts", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::down_timer_adverts>, .least = 1, .most = 100, .standard = "3", .bad = kUsesDefault,
   .does = "How many adverts a backup misses before it takes over."},
  {.name = "v3_checksum_as_v2", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::checksum_standard, .standard = "off",
   .does = "Sends version 3 over IPv4 with the checksum of RFC 9568 from the start, without the pseudo-header. Either form is accepted."},
  {.name = "vrrp_strict", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::strict>, .standard = "off",
   .does = "Holds every instance to the RFCs."},
  {.name = "vrrp_skip_check_adv_addr", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::skip_check_adv_addr>, .standard = "off",
   .does = "Does not compare the address list of an advert with our own."},
  {.name = "vrrp_mcast_group4", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::multicast_group, .standard = "224.0.0.18", .bad = kUsesDefault,
   .does = "The group that IPv4 adverts are sent to.", .argument = "ADDRESS"},
  {.name = "vrrp_mcast_group6", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::multicast_group, .standard = "ff02::12", .bad = kUsesDefault,
   .does = "The group that IPv6 adverts are sent to.", .argument = "ADDRESS"},
  {.name = "vrrp_garp_master_refresh", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_refresh>, .least = 0, .most = 86400, .standard = "0: never", .bad = kUsesDefault,
   .does = "Announces the addresses again every so often while master.", .argument = "SECONDS"},
  {.name = "vrrp_garp_master_refresh_repeat", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_refresh_repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "1",
   .does = "How often each address is announced at such a refresh."},
  {.name = "vrrp_garp_lower_prio_delay", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::lower_prio_delay>, .least = 0, .most = 86400, .standard = "vrrp_garp_master_delay", .bad = kUsesDefault,
   .does = "When addresses are announced once more after an advert of lower priority was heard.", .argument = "SECONDS"},
  {.name = "vrrp_garp_lower_prio_repeat", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::lower_prio_repeat>, .least = 0, .most = 1000, .standard = "vrrp_garp_master_repeat", .bad = kUsesDefault,
   .does = "How often each address is announced after an advert of lower priority; 0 for never."},
  {.name = "vrrp_garp_interval", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::standard<&R::Standards::arp_interval>, .least = 0, .most = 3600, .standard = "0", .bad = kUsesDefault,
   .does = "The least time between two ARP announcements on one interface."},
  {.name = "vrrp_gna_interval", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::standard<&R::Standards::na_interval>, .least = 0, .most = 3600, .standard = "0", .bad = kUsesDefault,
   .does = "The least time between two neighbour advertisements on one interface."},
  {.name = "vrrp_min_garp", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::min_garp>, .standard = "off",
   .does = "One announcement and no second burst, where nothing else is said."},
  {.name = "vrrp_lower_prio_no_advert", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::lower_prio_no_advert>, .standard = "off; on for strict version 2",
   .does = "Does not answer an advert of lower priority. Otherwise it is answered at once."},
  {.name = "vrrp_higher_prio_send_advert", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::higher_prio_send_advert>, .standard = "off",
   .does = "Says its own priority once more before it yields to a higher one."},
  {.name = "vrrp_check_unicast_src", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::standard<&R::Standards::check_unicast_src>, .standard = "off",
   .does = "Drops unicast adverts that come from none of the peers."},
  {.name = "vrrp_owner_ignore_adverts", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::owner_ignore_adverts>, .standard = "off",
   .does = "An owner that is master hears nobody."},
  {.name = "vrrp_startup_delay", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::safety<&Safety::startup_delay>, .least = 0, .most = 86400, .standard = "0", .bad = kUsesDefault,
   .does = "Nobody becomes master for so long after the start; it listens meanwhile."},
  {.name = "vrrp_delay_after_boot", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::safety<&Safety::delay_after_boot>, .least = 0, .most = 86400, .standard = "0", .bad = kUsesDefault,
   .does = "The same, counted from the boot. The later end counts."},
  {.name = "log_unknown_vrids", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::safety<&Safety::log_unknown_vrids>, .standard = "off",
   .does = "Writes a row for adverts of virtual routers that are not configured."},
  {.name = "vrrp_rx_bufs_policy", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::receive_buffers, .standard = "vigie's own", .bad = kUsesDefault,
   .does = "The receive buffer of advert sockets. A number is bytes; MTU and ADVERT leave it to vigie.", .argument = "MTU|ADVERT|BYTES"},
  {.name = "enable_snmp_rfc", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_snmp, .standard = "off",
   .does = "Answers SNMP through the master agent."},
  {.name = "enable_snmp_rfcv2", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_snmp, .standard = "off",
   .does = "Answers SNMP through the master agent."},
  {.name = "enable_snmp_rfcv3", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_other_mib, .standard = "off",
   .does = "Answers SNMP through the master agent, by VRRP-MIB and not by the MIB it names."},
  {.name = "enable_snmp_vrrp", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_other_mib, .standard = "off",
   .does = "Answers SNMP through the master agent, by VRRP-MIB and not by the MIB it names."},
  {.name = "enable_snmp_keepalived", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_other_mib, .standard = "off",
   .does = "Answers SNMP through the master agent, by VRRP-MIB and not by the MIB it names."},
  {.name = "enable_traps", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_traps, .standard = "off",
   .does = "Sends SNMP traps."},
  {.name = "snmp_socket", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::snmp_socket, .standard = "unix:/var/agentx/master", .bad = kEnds,
   .does = "Where the master agent listens.", .argument = "ADDRESS"},
  {.name = "vrrp_garp_extra_if", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::extra_standard, .least = 1, .most = 2, .standard = "off", .bad = kUsesDefault,
   .does = "Announces addresses on interfaces other than the instance's every so often: those with a virtual MAC; with `all` the others too.", .argument = "[all] 1 to 86400 (seconds)"},
  {.name = "vrrp_vmac_garp_intvl", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::extra_standard, .least = 1, .most = 2, .standard = "off", .bad = kUsesDefault, .same_as = "vrrp_garp_extra_if"},
  {.name = "default_interface", .block = kGlobal, .takes = Takes::kInterface, .effect = kSets, .apply = &R::standard<&R::Standards::default_interface>, .standard = "eth0", .bad = kUsesDefault,
   .does = "Where static addresses go that name no interface."},
  {.name = "disable_local_igmp", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::disable_local_igmp, .standard = "off",
   .does = "Has the kernel send no membership reports for link-local groups."},
  {.name = "vrrp_iptables", .block = kGlobal, .takes = Takes::kWords, .effect = kLater, .apply = &R::iptables, .least = 0, .most = 2, .standard = "off; INPUT OUTPUT when it stands alone",
   .does = "Keeps packets out with iptables, in these chains.", .argument = "[CHAIN_IN [CHAIN_OUT]]", .later = Code::kFirewallLater},
  {.name = "vrrp_ipsets", .block = kGlobal, .takes = Takes::kWords, .effect = kLater, .apply = &R::ipsets, .least = 0, .most = 5, .standard = "keepalived and its kin",
   .does = "The names of the sets that hold the addresses.", .argument = "[NAME ...]", .later = Code::kFirewallLater},
  {.name = "nftables", .block = kGlobal, .takes = Takes::kWords, .effect = kLater, .apply = &R::nftables, .least = 0, .most = 1, .standard = "keepalived, when a firewall is needed",
   .does = "Keeps packets out with nftables, in this table.", .argument = "[TABLE]", .later = Code::kFirewallLater},
  {.name = "nftables_priority", .block = kGlobal, .takes = Takes::kNumber, .effect = kLater, .apply = &R::firewall<&Firewall::priority>, .least = -2147483648.0, .most = kInt, .standard = "-1", .bad = kUsesDefault,
   .does = "The priority of the nftables chains.", .later = Code::kFirewallLater},
  {.name = "nftables_counters", .block = kGlobal, .takes = Takes::kNothing, .effect = kLater, .apply = &R::firewall<&Firewall::counts>, .standard = "off",
   .does = "Counts what the nftables rules drop.", .later = Code::kFirewallLater},
  {.name = "nftables_ifindex", .block = kGlobal, .takes = Takes::kNothing, .effect = kLater, .apply = &R::firewall<&Firewall::by_ifindex>, .standard = "off",
   .does = "Names interfaces by their index in nftables sets.", .later = Code::kFirewallLater},
  {.name = "notify_fifo", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::notify_fifo, .least = 1, .most = 3, .standard = "none", .bad = kEnds,
   .does = "A FIFO that is told of every transition, and who owns it.", .argument = "PATH [USER [GROUP]]"},
  {.name = "vrrp_notify_fifo", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::notify_fifo, .least = 1, .most = 3, .standard = "none", .bad = kEnds,
   .does = "The same, for VRRP alone.", .argument = "PATH [USER [GROUP]]"},
  {.name = "notify_fifo_script", .block = kGlobal, .takes = Takes::kCommand, .effect = kSets, .apply = &R::fifo_reader<&Notifying::all>, .standard = "none", .bad = kEnds,
   .does = "The program that reads notify_fifo; its path is the last parameter."},
  {.name = "vrrp_notify_fifo_script", .block = kGlobal, .takes = Takes::kCommand, .effect = kSets, .apply = &R::fifo_reader<&Notifying::vrrp>, .standard = "none", .bad = kEnds,
   .does = "The program that reads vrrp_notify_fifo."},
  {.name = "fifo_write_vrrp_states_on_reload", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::notifying<&Notifying::repeats_on_reload>, .standard = "off",
   .does = "Tells all states to the FIFOs again after a reload."},
  {.name = "vrrp_notify_priority_changes", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::notify_priority_changes>, .standard = "off",
   .does = "Tells changes of priority to the FIFOs too."},
  {.name = "startup_script", .block = kGlobal, .takes = Takes::kCommand, .effect = kSets, .apply = &R::once_script<&Notifying::startup>, .standard = "none", .bad = kEnds,
   .does = "Run once before anything else; not again after a crash."},
  {.name = "shutdown_script", .block = kGlobal, .takes = Takes::kCommand, .effect = kSets, .apply = &R::once_script<&Notifying::shutdown>, .standard = "none", .bad = kEnds,
   .does = "Run once after everything else, when addresses are withdrawn."},
  {.name = "startup_script_timeout", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::once_timeout<&Notifying::startup>, .least = 1, .most = 1000, .standard = "10", .bad = kUsesDefault,
   .does = "How long startup_script may take.", .argument = "SECONDS"},
  {.name = "shutdown_script_timeout", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::once_timeout<&Notifying::shutdown>, .least = 1, .most = 1000, .standard = "10", .bad = kUsesDefault,
   .does = "How long shutdown_script may take.", .argument = "SECONDS"},
  {.name = "vrrp_rt_priority", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::scheduling<&Scheduling::rt_priority>, .least = 1, .most = 99, .standard = "vigie's own", .bad = kUsesDefault,
   .does = "The SCHED_RR priority of the process that sends adverts, from its next start on."},
  {.name = "vrrp_cpu_affinity", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::cpu_affinity, .least = 1, .most = 1024, .standard = "any", .bad = kUsesDefault,
   .does = "The processors it runs on, from its next start on.", .argument = "CPU ..."},
  {.name = "vmac_prefix", .block = kGlobal, .takes = Takes::kWord, .effect = kLater, .apply = &R::kernel<&Kernel::macvlan_prefix>, .standard = "vrrp", .bad = kUsesDefault,
   .does = "What the names of interfaces with a virtual MAC begin with.", .argument = "PREFIX", .later = Code::kVirtualMacLater},
  {.name = "vmac_addr_prefix", .block = kGlobal, .takes = Takes::kWord, .effect = kLater, .apply = &R::kernel<&Kernel::address_macvlan_prefix>, .standard = "vrrp", .bad = kUsesDefault,
   .does = "The same, for interfaces made for a single address.", .argument = "PREFIX", .later = Code::kVirtualMacLater},
  {.name = "iproute_usr_dir", .block = kGlobal, .takes = Takes::kPath, .effect = kSets, .apply = &R::standard<&R::Standards::iproute_usr>, .standard = "/usr/share/iproute2",
   .does = "Where the names of routing tables and protocols are looked up last."},
  {.name = "iproute_etc_dir", .block = kGlobal, .takes = Takes::kPath, .effect = kSets, .apply = &R::standard<&R::Standards::iproute_etc>, .standard = "/etc/iproute2",
   .does = "Where they are looked up first."},
  {.name = "set_supplementary_groups", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::model<&Model::supplementary_groups>, .standard = "off",
   .does = "Scripts have all groups of their user."},
  needless(kGlobal, "use_symlink_paths", "[on|off]", "off", "Whether the path of a script may lead through symbolic links.", "links are followed; with enable_script_security both the path and where it leads are looked at"),
  needless(kGlobal, "vrrp_rx_bufs_multiplier", "NUMBER", "3", "How many packets of the size vrrp_rx_bufs_policy names fit the receive buffer.", "vigie sizes its buffers for bursts and reads them before it believes in silence"),
  needless(kGlobal, "dynamic_interfaces", "[allow_if_changes]", "off", "Lets interfaces be absent, and come and go.", "they always may"),
  needless(kGlobal, "vrrp_priority", "-20 to 19", "0", "The nice value of the process that sends adverts.", "it runs with SCHED_RR where it may; Nice= of the service is for the others"),
  needless(kGlobal, "vrrp_rlimit_rttime", "MICROSECONDS", "10000", "Ends a process that computes for so long without a pause.", "an engine whose heartbeat stops is replaced"),
  {.name = "vrrp_rlimit_rtime", .block = kGlobal, .effect = Effect::kNeedless, .same_as = "vrrp_rlimit_rttime", .why = "an engine whose heartbeat stops is replaced"},
  needless(kGlobal, "vrrp_no_swap", "", "off", "Locks the memory of the process that sends adverts.", "it always does where it may"),
  needless(kGlobal, "max_auto_priority", "[-1 to 99]", "0", "Raises the SCHED_RR priority of a process that woke too late.", "it has its priority from the start; how late it was is measured and shown"),
  needless(kGlobal, "min_auto_priority_delay", "MICROSECONDS", "1000000", "How late that is.", "the priority is not raised"),
  idle(kGlobal, "enable_dbus", "", "off", "Answers on D-Bus.", "vigie has no D-Bus service; `vigie status --json` tells the same"),
  idle(kGlobal, "dbus_service_name", "NAME", "org.keepalived.Vrrp1", "The name on D-Bus.", "vigie has no D-Bus service"),
  idle(kGlobal, "dbus_no_interface_name", "", "off", "Leaves the interface out of the D-Bus path.", "vigie has no D-Bus service"),
  needless(kGlobal, "process_name", "NAME", "keepalived", "What the parent process is called.", "every process has its name"),
  needless(kGlobal, "process_names", "", "off", "Calls the processes by what they do.", "every process has its name"),
  needless(kGlobal, "vrrp_process_name", "NAME", "keepalived_vrrp", "What the VRRP process is called.", "every process has its name"),
  needless(kGlobal, "vrrp_netlink_cmd_rcv_bufs", "BYTES", "the kernel's", "The buffer for answers of the kernel.", "what is missed is noticed and asked for again"),
  needless(kGlobal, "vrrp_netlink_cmd_rcv_bufs_force", "[on|off]", "off", "Goes beyond the kernel's limit for it.", "what is missed is noticed and asked for again"),
  needless(kGlobal, "vrrp_netlink_monitor_rcv_bufs", "BYTES", "the kernel's", "The buffer for news of the kernel.", "what is missed is noticed and asked for again"),
  needless(kGlobal, "vrrp_netlink_monitor_rcv_bufs_force", "[on|off]", "off", "Goes beyond the kernel's limit for it.", "what is missed is noticed and asked for again"),
  needless(kGlobal, "process_monitor_rcv_bufs", "BYTES", "the kernel's", "The buffer for news of processes.", "what is missed is noticed and asked for again"),
  needless(kGlobal, "process_monitor_rcv_bufs_force", "[on|off]", "off", "Goes beyond the kernel's limit for it.", "what is missed is noticed and asked for again"),
  needless(kGlobal, "umask", "NUMBER|BITS", "IXUSR|IRWXG|IRWXO", "The permissions that new files do not have.", "each file vigie makes has its own permissions"),
  {.name = "random_seed", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::nothing, .least = 0, .most = 4294967295.0, .standard = "the id of the configuration",
   .does = "Makes `${_RANDOM}` below it repeatable."},
  needless(kGlobal, "reload_check_config", "[PATH]", "off", "Checks a configuration before it is loaded again.", "every reload is checked, and what runs stays on any error"),
  idle(kGlobal, "reload_time_file", "PATH", "none", "Reloads at the time that stands in this file.", "a systemd timer can `vigie reload`"),
  idle(kGlobal, "reload_repeat", "", "off", "Does so every day.", "a systemd timer can `vigie reload`"),
  needless(kGlobal, "reload_file", "[PATH]", "none", "A file that exists while the configuration is read.", "`vigie reload` returns when it is done"),
  {.name = "include_check", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::nothing, .least = 0, .most = 16, .standard = "none", .again = Again::kAdds,
   .does = "What the includes below it must find: a readable file, a match, a match of a wildcard, a match of each name in braces.", .argument = "[+|-] [readable] [match] [wildcard_match] [brace_match]"},
  needless(kGlobal, "config_save_dir", "PATH", "none", "Where the text that was read is kept.", "the compiled configuration is in the run directory"),
  needless(kGlobal, "tmp_config_directory", "PATH", "memory", "Where the text is handed from process to process.", "it is read once, by one process"),
  needless(kGlobal, "data_use_instance", "[on|off]", "off", "Puts the name of the daemon into the names of dump files.", "there are no dump files: `vigie status --json`"),
  needless(kGlobal, "state_dump_file", "PATH", "/tmp/keepalived.data", "Where a signal writes the state to.", "there are no dump files: `vigie status --json`"),
  needless(kGlobal, "stats_dump_file", "PATH", "/tmp/keepalived.stats", "Where a signal writes the counters to.", "there are no dump files: `vigie status --json`"),
  needless(kGlobal, "json_dump_file", "PATH", "/tmp/keepalived.json", "Where a signal writes JSON to.", "there are no dump files: `vigie status --json`"),
  needless(kGlobal, "json_version", "1|2", "1", "The layout of that JSON.", "there are no dump files: `vigie status --json`"),
  foreign(kGlobal, "lvs_sync_daemon", "The synchronisation of the load balancer."),
  foreign(kGlobal, "lvs_flush", "Clears the load balancer at the start."),
  foreign(kGlobal, "lvs_flush_on_stop", "Clears it at the end."),
  foreign(kGlobal, "lvs_flush_onstop", "Clears it at the end."),
  foreign(kGlobal, "lvs_timeouts", "The timeouts of the load balancer."),
  foreign(kGlobal, "smtp_alert_checker", "Mails what its checks say."),
  foreign(kGlobal, "checker_priority", "How its process is scheduled."),
  foreign(kGlobal, "checker_rt_priority", "How its process is scheduled."),
  foreign(kGlobal, "checker_no_swap", "How its process is scheduled."),
  foreign(kGlobal, "checker_rlimit_rttime", "How its process is scheduled."),
  foreign(kGlobal, "checker_cpu_affinity", "How its process is scheduled."),
  foreign(kGlobal, "checker_process_name", "What its process is called."),
  foreign(kGlobal, "checker_log_all_failures", "What its checks log."),
  foreign(kGlobal, "bfd_priority", "How the BFD process is scheduled."),
  foreign(kGlobal, "bfd_rt_priority", "How the BFD process is scheduled."),
  foreign(kGlobal, "bfd_no_swap", "How the BFD process is scheduled."),
  foreign(kGlobal, "bfd_rlimit_rttime", "How the BFD process is scheduled."),
  foreign(kGlobal, "bfd_cpu_affinity", "How the BFD process is scheduled."),
  foreign(kGlobal, "bfd_process_name", "What the BFD process is called."),
  foreign(kGlobal, "ipvs_process_name", "What the load balancer is called."),
  foreign(kGlobal, "enable_snmp_checker", "Answers SNMP about the load balancer."),
  foreign(kGlobal, "lvs_notify_fifo", "A FIFO told of the load balancer."),
  foreign(kGlobal, "lvs_notify_fifo_script", "The program that reads it."),
  foreign(kGlobal, "lvs_netlink_cmd_rcv_bufs", "The buffers of its process."),
  foreign(kGlobal, "lvs_netlink_monitor_rcv_bufs", "The buffers of its process."),
  foreign(kGlobal, "lvs_netlink_cmd_rcv_bufs_force", "The buffers of its process."),
  foreign(kGlobal, "lvs_netlink_monitor_rcv_bufs_force", "The buffers of its process."),
  foreign(kGlobal, "rs_init_notifies", "Notifications of its servers."),
  foreign(kGlobal, "no_checker_emails", "Mails of its checks."),

  // --- vrrp_script
  {.name = "script", .block = kScript, .takes = Takes::kCommand, .effect = kSets, .apply = &R::command_of_script, .bad = "keepalived removes the check",
   .does = "What is run. A command with parameters is quoted; single quotes inside keep a parameter together. A program that cannot be run has failed."},
  {.name = "interval", .block = kScript, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::script<&Script::interval>, .least = 0.001, .most = kInt, .zero_is_one = true, .standard = "1", .bad = kUsesDefault,
   .does = "How often it is run."},
  {.name = "timeout", .block = kScript, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::script<&Script::timeout>, .least = 0.001, .most = kInt, .zero_is_one = true, .standard = "interval", .bad = kUsesDefault,
   .does = "How long it may take. Longer is a failure, and it is ended."},
  {.name = "weight", .block = kScript, .takes = Takes::kWords, .effect = kSets, .apply = &R::weight_of_script, .least = 1, .most = 2, .standard = "0", .bad = kUsesDefault,
   .does = "0: a failure is a fault of the instance. Above 0: added to the priority while it succeeds. Below 0: added while it fails. `reverse` turns the sign round.", .argument = "-253 to 253 [reverse]"},
  {.name = "rise", .block = kScript, .takes = Takes::kNumber, .effect = kSets, .apply = &R::script<&Script::rise>, .least = 1, .most = kInt, .standard = "1", .bad = kUsesDefault,
   .does = "How many successes in a row make it well again."},
  {.name = "fall", .block = kScript, .takes = Takes::kNumber, .effect = kSets, .apply = &R::script<&Script::fall>, .least = 1, .most = kInt, .standard = "1", .bad = kUsesDefault,
   .does = "How many failures in a row make it fail."},
  {.name = "user", .block = kScript, .takes = Takes::kWords, .effect = kSets, .apply = &R::user_of_script, .least = 1, .most = 2, .standard = "script_user", .bad = "keepalived removes the check",
   .does = "Whom it runs as.", .argument = "USER [GROUP]"},
  {.name = "init_fail", .block = kScript, .takes = Takes::kNothing, .effect = kSets, .apply = &R::script<&Script::init_fail>, .standard = "off",
   .does = "Counts as failing until it has succeeded."},

  // --- vrrp_instance
  {.name = "state", .block = kInstance, .takes = Takes::kChoice, .effect = kSets, .apply = &R::state, .standard = "MASTER for priority 255, else BACKUP", .bad = "keepalived takes BACKUP", .choices = "MASTER|BACKUP", .again = Again::kAdds,
   .does = "Which state is meant at the start. Decides only for an owner: all others start as backup and wait a down interval. Where it is given more than once MASTER counts."},
  {.name = "interface", .block = kInstance, .takes = Takes::kInterface, .effect = kSets, .apply = &R::instance<&Instance::interface>, .bad = "keepalived ends with status 2",
   .does = "Where adverts are sent and received."},
  {.name = "virtual_router_id", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::vrid>, .least = 1, .most = 255, .bad = "keepalived ends with status 2",
   .does = "Which virtual router this is. All routers of one have the same number, and no other on the segment has it."},
  {.name = "priority", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::priority>, .least = 1, .most = 255, .standard = "100", .bad = kUsesDefault,
   .does = "The highest becomes master. 255 is for the router that owns the addresses on its interface."},
  {.name = "advert_int", .block = kInstance, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::instance<&Instance::advert_interval>, .least = 0.01, .most = 255, .standard = "1", .bad = kUsesDefault,
   .does = "How often the master is heard. Whole seconds in version 2; hundredths in version 3, at most 40.95. All routers of one virtual router have the same."},
  {.name = "version", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::version>, .least = 2, .most = 3, .standard = "vrrp_version; 3 for IPv6", .bad = kUsesDefault,
   .does = "The VRRP version. Adverts of the other one are dropped and counted."},
  {.name = "nopreempt", .block = kInstance, .takes = Takes::kNothingOff, .effect = kSets, .apply = &R::instance<&Instance::preempt>, .standard = "preempt",
   .does = "Leaves a master of lower priority in place for as long as it is heard."},
  {.name = "preempt", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::preempt>, .standard = "preempt",
   .does = "Takes over from a master of lower priority."},
  {.name = "preempt_delay", .block = kInstance, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::instance<&Instance::preempt_delay>, .least = 0, .most = 1000, .standard = "0", .bad = kUsesDefault,
   .does = "How long a master of lower priority is left in place first."},
  {.name = "authentication", .block = kInstance, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kAuth,
   .does = "A password or AH, in version 2."},
  {.name = "smtp_alert", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::smtp_alert>, .standard = "smtp_alert_vrrp of global_defs",
   .does = "Mails the transitions of this instance."},
  {.name = "track_script", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_script, .again = Again::kAdds,
   .does = "Checks that count here. A weight goes before that of the script.", .argument = "{ NAME [weight N] [reverse|noreverse] ... }"},
  {.name = "track_interface", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_interface, .again = Again::kAdds,
   .does = "Interfaces that count here. Without a weight a link that is down is a fault; with one it moves the priority.", .argument = "{ INTERFACE [weight N] [reverse|noreverse] ... }"},
  {.name = "dont_track_primary", .block = kInstance, .takes = Takes::kNothingOff, .effect = kSets, .apply = &R::instance<&Instance::track_primary>, .standard = "off",
   .does = "The own interface being down is no fault."},
  {.name = "notify_master", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_master>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run on becoming master."},
  {.name = "notify_backup", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_backup>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run on becoming backup."},
  {.name = "notify_fault", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_fault>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run on entering fault."},
  {.name = "notify_stop", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_stop>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run when vigie stops."},
  {.name = "notify", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run at every transition, after the one above, with INSTANCE, the name, the state and the priority behind its own parameters."},
  {.name = "virtual_ipaddress", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::virtual_ipaddress, .again = Again::kAdds,
   .does = "The addresses the master holds and advertises. The first decides whether the instance speaks IPv4 or IPv6.", .argument = "{ ADDRESS[/LENGTH] [OPTION ...] ... }"},
  {.name = "virtual_ipaddress_excluded", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::virtual_ipaddress_excluded, .again = Again::kAdds,
   .does = "Addresses the master holds and does not advertise, of either family.", .argument = "{ ADDRESS[/LENGTH] [OPTION ...] ... }"},
  {.name = "no_virtual_ipaddress", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::nothing, .standard = "off",
   .does = "Says that having no address is meant."},
  {.name = "garp_master_delay", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::delay>, .least = 0, .most = 86400, .standard = "vrrp_garp_master_delay", .bad = kUsesDefault,
   .does = "As vrrp_garp_master_delay, here.", .argument = "SECONDS"},
  {.name = "garp_master_repeat", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "vrrp_garp_master_repeat",
   .does = "As vrrp_garp_master_repeat, here."},
  {.name = "down_timer_adverts", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::down_timer_adverts>, .least = 1, .most = 100, .standard = "vrrp_down_timer_adverts", .bad = kUsesDefault,
   .does = "As vrrp_down_timer_adverts, here."},
  {.name = "v3_checksum_as_v2", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::v3_checksum_as_v2>, .standard = "v3_checksum_as_v2 of global_defs",
   .does = "As v3_checksum_as_v2 of global_defs, here."},
  {.name = "accept", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::accept>, .standard = "accept",
   .does = "The addresses answer for themselves on a router that does not own them."},
  {.name = "no_accept", .block = kInstance, .takes = Takes::kNothingOff, .effect = kLater, .apply = &R::instance<&Instance::accept>, .standard = "accept",
   .does = "They do not. The mode is told through SNMP; packets are not kept out yet.", .later = Code::kFirewallLater},
  {.name = "auth_hmac", .block = kInstance, .takes = Takes::kBlock, .effect = kSets, .apply = &R::auth_hmac, .opens = kHmac,
   .does = "Signs every advert with a key, in either version."},
  {.name = "track_file", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_file, .again = Again::kAdds,
   .does = "Files that count here.", .argument = "{ NAME [weight N] [reverse|noreverse] ... }"},
  {.name = "track_process", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_process, .again = Again::kAdds,
   .does = "Processes that count here.", .argument = "{ NAME [weight N] [reverse|noreverse] ... }"},
  {.name = "unicast_peer", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::unicast_peer, .again = Again::kAdds,
   .does = "Sends adverts to these routers one by one, and not to a group.", .argument = "{ ADDRESS [min_ttl N] [max_ttl N] ... }"},
  {.name = "unicast_src_ip", .block = kInstance, .takes = Takes::kWord, .effect = kSets, .apply = &R::source, .standard = "the interface's primary address", .bad = kUsesDefault,
   .does = "The source address of adverts.", .argument = "ADDRESS"},
  {.name = "mcast_src_ip", .block = kInstance, .takes = Takes::kWord, .effect = kSets, .apply = &R::source, .standard = "the interface's primary address", .bad = kUsesDefault,
   .does = "The source address of adverts.", .argument = "ADDRESS"},
  {.name = "unicast_ttl", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::unicast_ttl>, .least = 1, .most = 255, .standard = "255", .bad = "keepalived takes 0 too, and such adverts never leave the host",
   .does = "The TTL or hop limit of unicast adverts."},
  {.name = "unicast_fault_no_peer", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::unicast_fault_no_peer>, .standard = "off",
   .does = "Without any peer the instance is in fault, and does not send to the group."},
  {.name = "check_unicast_src", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::check_unicast_src>, .standard = "vrrp_check_unicast_src",
   .does = "Drops unicast adverts that come from none of the peers."},
  {.name = "track_src_ip", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::track_src_ip>, .standard = "off",
   .does = "The source address missing from the router is a fault."},
  {.name = "mcast_dst_ip", .block = kInstance, .takes = Takes::kWord, .effect = kSets, .apply = &R::multicast_group, .standard = "vrrp_mcast_group4 or vrrp_mcast_group6", .bad = kUsesDefault,
   .does = "The group adverts are sent to; an IPv6 group is link-local.", .argument = "ADDRESS"},
  {.name = "notify_master_rx_lower_pri", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_master_rx_lower_pri>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run when a master hears an advert of lower priority."},
  {.name = "garp_master_refresh", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::refresh>, .least = 0, .most = 86400, .standard = "vrrp_garp_master_refresh", .bad = kUsesDefault,
   .does = "As vrrp_garp_master_refresh, here.", .argument = "SECONDS"},
  {.name = "garp_master_refresh_repeat", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::refresh_repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "vrrp_garp_master_refresh_repeat",
   .does = "As vrrp_garp_master_refresh_repeat, here."},
  {.name = "garp_lower_prio_delay", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::lower_prio_delay>, .least = 0, .most = 86400, .standard = "vrrp_garp_lower_prio_delay", .bad = kUsesDefault,
   .does = "As vrrp_garp_lower_prio_delay, here.", .argument = "SECONDS"},
  {.name = "garp_lower_prio_repeat", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::lower_prio_repeat>, .least = 0, .most = 1000, .standard = "vrrp_garp_lower_prio_repeat", .bad = kUsesDefault,
   .does = "As vrrp_garp_lower_prio_repeat, here."},
  {.name = "timer_expired_backup", .block = kInstance, .takes = Takes::kWords, .effect = kSets, .apply = &R::timer_expired_backup, .least = 0, .most = 1, .standard = "off; 254 when it stands alone",
   .does = "A master that woke so late that a backup of this priority has taken over steps down without a word. Needs nopreempt.", .argument = "[1 to 254]"},
  {.name = "thread_timer_expired", .block = kInstance, .takes = Takes::kWords, .effect = kSets, .apply = &R::timer_expired_backup, .least = 0, .most = 1, .standard = "off; 254 when it stands alone", .same_as = "timer_expired_backup"},
  {.name = "lower_prio_no_advert", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::lower_prio_no_advert>, .standard = "vrrp_lower_prio_no_advert",
   .does = "As vrrp_lower_prio_no_advert, here."},
  {.name = "higher_prio_send_advert", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::higher_prio_send_advert>, .standard = "vrrp_higher_prio_send_advert",
   .does = "As vrrp_higher_prio_send_advert, here."},
  {.name = "owner_ignore_adverts", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::owner_ignore_adverts>, .standard = "vrrp_owner_ignore_adverts",
   .does = "As vrrp_owner_ignore_adverts, here."},
  {.name = "skip_check_adv_addr", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::skip_check_adv_addr, .standard = "vrrp_skip_check_adv_addr",
   .does = "As vrrp_skip_check_adv_addr, here."},
  {.name = "strict_mode", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::strict>, .standard = "vrrp_strict",
   .does = "As vrrp_strict, here."},
  {.name = "kernel_rx_buf_size", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::receive_buffer>, .least = 0, .most = kInt, .standard = "vrrp_rx_bufs_policy", .bad = kUsesDefault,
   .does = "The receive buffer of the advert socket; 0 leaves it to vigie.", .argument = "BYTES"},
  {.name = "virtual_routes", .block = kInstance, .takes = Takes::kLines, .effect = kLater, .apply = &R::virtual_routes, .again = Again::kAdds,
   .does = "Routes that are there while this router is master.", .argument = "{ ROUTE ... }", .later = Code::kRoutesLater},
  {.name = "virtual_rules", .block = kInstance, .takes = Takes::kLines, .effect = kLater, .apply = &R::virtual_rules, .again = Again::kAdds,
   .does = "Routing rules that are there while this router is master.", .argument = "{ RULE ... }", .later = Code::kRulesLater},
  {.name = "use_vmac", .block = kInstance, .takes = Takes::kWords, .effect = kLater, .apply = &R::use_vmac, .least = 0, .most = 6, .standard = "off", .bad = "keepalived ignores the line",
   .does = "Adverts and addresses have the virtual router's own hardware address, on an interface made for it.", .argument = "[NAME] [MAC] [netlink_notify_msg] [group GROUP]", .later = Code::kVirtualMacLater},
  {.name = "vmac_xmit_base", .block = kInstance, .takes = Takes::kNothing, .effect = kLater, .apply = &R::own_interface<&OwnInterface::sends_from_parent>, .standard = "off",
   .does = "Adverts leave through the configured interface all the same.", .later = Code::kVirtualMacLater},
  {.name = "use_vmac_addr", .block = kInstance, .takes = Takes::kNothing, .effect = kLater, .apply = &R::own_interface<&OwnInterface::for_other_interfaces>, .standard = "off",
   .does = "Addresses on other interfaces have the virtual MAC too.", .later = Code::kVirtualMacLater},
  {.name = "use_ipvlan", .block = kInstance, .takes = Takes::kWords, .effect = kLater, .apply = &R::use_ipvlan, .least = 0, .most = 6, .standard = "off", .bad = "keepalived ignores the line",
   .does = "The same with an ipvlan, which has the hardware address of the interface below.", .argument = "[NAME] [ADDRESS[/LENGTH]] [bridge|private|vepa] [group GROUP]", .later = Code::kIpvlanLater},
  {.name = "vrf", .block = kInstance, .takes = Takes::kInterface, .effect = kLater, .apply = &R::instance<&Instance::vrf>, .standard = "none", .bad = kUsesDefault,
   .does = "The VRF of an instance without an interface.", .later = Code::kVrfLater},
  {.name = "promote_secondaries", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::promote_secondaries>, .standard = "off",
   .does = "Has the kernel keep the other addresses of a network when the first one goes."},
  {.name = "garp_extra_if", .block = kInstance, .takes = Takes::kWords, .effect = kSets, .apply = &R::extra_here, .least = 1, .most = 2, .standard = "vrrp_garp_extra_if", .bad = kUsesDefault,
   .does = "As vrrp_garp_extra_if, here; 0 for never.", .argument = "[all] 0 to 86400 (seconds)"},
  {.name = "vmac_garp_intvl", .block = kInstance, .takes = Takes::kWords, .effect = kSets, .apply = &R::extra_here, .least = 1, .most = 2, .standard = "vrrp_garp_extra_if", .bad = kUsesDefault, .same_as = "garp_extra_if"},
  {.name = "notify_deleted", .block = kInstance, .takes = Takes::kAnything, .effect = kSets, .apply = &R::notify_deleted, .standard = "fault is told",
   .does = "Run when a reload removes the instance; alone it says that DELETED is told and not FAULT.", .argument = "[COMMAND [USER [GROUP]]]"},
  {.name = "notify_priority_changes", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::notify_priority_changes>, .standard = "vrrp_notify_priority_changes",
   .does = "Tells changes of priority to the FIFOs too."},
  idle(kInstance, "track_bfd", "{ NAME [weight N] [reverse|noreverse] ... }", "none", "BFD sessions that count here.", "vigie does not speak BFD: a path that fails is not noticed by it; a vrrp_script can ask the daemon that does"),
  needless(kInstance, "old_unicast_checksum", "[never]", "noticed by itself", "Speaks to keepalived 1.3.6 and older, which computed another checksum for unicast.", "either form of the version 3 checksum is accepted, and those versions are older than what is supported"),
  needless(kInstance, "debug", "0 to 4", "0", "Once made keepalived say more.", "it has no effect in keepalived either"),
  needless(kInstance, "native_ipv6", "", "off", "Once chose IPv6.", "the first address does; it has no effect in keepalived either"),
  needless(kInstance, "linkbeat_use_polling", "", "off", "Asks the driver every second whether there is a carrier.", "the kernel tells every change of a link at once"),
  foreign(kInstance, "lvs_sync_daemon_interface", "The interface of the load balancer's synchronisation."),

  // --- authentication
  {.name = "auth_type", .block = kAuth, .takes = Takes::kChoice, .effect = kSets, .apply = &R::auth_type, .bad = "keepalived sends adverts without authentication", .choices = "PASS|AH",
   .does = "PASS puts the password into every advert, which keeps mistakes apart and no attacker; AH signs them."},
  {.name = "auth_pass", .block = kAuth, .takes = Takes::kWord, .effect = kSets, .apply = &R::auth_pass, .bad = kEnds,
   .does = "The password. Eight bytes count. Quote it, or write `\\#`, when there is a `#` or `!` in it.", .argument = "PASSWORD"},

  // --- auth_hmac
  {.name = "key", .block = kHmac, .takes = Takes::kWords, .effect = kSets, .apply = &R::hmac_key, .least = 2, .most = 2, .again = Again::kAdds,
   .does = "A key: its ID, and 32 to 64 bytes as they are, as `hex:` and digits, or in a file as `file:/path`.", .argument = "ID VALUE"},
  {.name = "active_key", .block = kHmac, .takes = Takes::kNumber, .effect = kSets, .apply = &R::hmac<&Hmac::active_key>, .least = 1, .most = 255,
   .does = "The key that signs. The others are accepted."},
  {.name = "anti_replay", .block = kHmac, .takes = Takes::kChoice, .effect = kSets, .apply = &R::anti_replay, .standard = "time", .choices = "time|monotonic",
   .does = "How an advert that is sent again is told from a new one: by the time it carries, or by growing numbers alone."},
  {.name = "time_window", .block = kHmac, .takes = Takes::kNumber, .effect = kSets, .apply = &R::hmac<&Hmac::window>, .least = 1, .most = 300, .standard = "three advert intervals, from 5 to 300",
   .does = "How far the clocks may be apart.", .argument = "SECONDS"},
  {.name = "mode", .block = kHmac, .takes = Takes::kChoice, .effect = kSets, .apply = &R::hmac_mode, .standard = "enforce", .choices = "enforce|permissive|receive-only",
   .does = "Whether an advert without a signature is dropped, accepted from peers that have none, or accepted and none is sent."},

  // --- vrrp_sync_group
  {.name = "group", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::members, .again = Again::kAdds,
   .does = "The members, by name.", .argument = "{ INSTANCE ... }"},
  {.name = "track_script", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_script, .again = Again::kAdds,
   .does = "Checks that count for every member.", .argument = "{ NAME [weight N] [reverse|noreverse] ... }"},
  {.name = "track_interface", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_interface, .again = Again::kAdds,
   .does = "Interfaces that count for every member.", .argument = "{ INTERFACE [weight N] [reverse|noreverse] ... }"},
  {.name = "track_file", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_file, .again = Again::kAdds,
   .does = "Files that count for every member.", .argument = "{ NAME [weight N] [reverse|noreverse] ... }"},
  {.name = "track_process", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_process, .again = Again::kAdds,
   .does = "Processes that count for every member.", .argument = "{ NAME [weight N] [reverse|noreverse] ... }"},
  {.name = "notify_master", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_master>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run when the group becomes master."},
  {.name = "notify_backup", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_backup>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run when the group becomes backup."},
  {.name = "notify_fault", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_fault>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run when the group enters fault."},
  {.name = "notify_stop", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_stop>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run when vigie stops."},
  {.name = "notify", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify>, .bad = "keepalived does not run it", .again = Again::kFirstCounts,
   .does = "Run at every transition of the group, with GROUP, the name, the state and 0 behind its own parameters."},
  {.name = "smtp_alert", .block = kGroup, .takes = Takes::kBool, .effect = kSets, .apply = &R::group<&SyncGroup::smtp_alert>, .standard = "smtp_alert_vrrp of global_defs",
   .does = "Mails the transitions of the group."},
  {.name = "sync_group_tracking_weight", .block = kGroup, .takes = Takes::kNothing, .effect = kSets, .apply = &R::group<&SyncGroup::keeps_member_weights>, .standard = "off",
   .does = "Says that weights of members are meant to count. They do in any case."},
  {.name = "notify_priority_changes", .block = kGroup, .takes = Takes::kBool, .effect = kSets, .apply = &R::group<&SyncGroup::notify_priority_changes>, .standard = "vrrp_notify_priority_changes",
   .does = "Tells changes of priority of its members to the FIFOs too."},
  idle(kGroup, "track_bfd", "{ NAME [weight N] [reverse|noreverse] ... }", "none", "BFD sessions that count for every member.", "vigie does not speak BFD: a path that fails is not noticed by it; a vrrp_script can ask the daemon that does"),
  idle(kGroup, "notify_deleted", "[COMMAND [USER [GROUP]]]", "fault is told", "Would be run when a reload removes the group.", "keepalived's manual has it and keepalived does not: put it into the instances"),
  {.name = "global_tracking", .block = kGroup, .takes = Takes::kNothing, .effect = kSets, .apply = &R::group<&SyncGroup::keeps_member_weights>, .standard = "off", .same_as = "sync_group_tracking_weight"},

  // --- track_file
  {.name = "file", .block = kFile, .takes = Takes::kPath, .effect = kSets, .apply = &R::file<&File::path>, .bad = "keepalived removes the file",
   .does = "The file that is watched."},
  {.name = "weight", .block = kFile, .takes = Takes::kWords, .effect = kSets, .apply = &R::weight_of_file, .least = 1, .most = 2, .standard = "1", .bad = kUsesDefault,
   .does = "What the number in the file is multiplied by. 0: any number but 0 is a fault.", .argument = "-254 to 254 [reverse]"},
  {.name = "init_file", .block = kFile, .takes = Takes::kWords, .effect = kSets, .apply = &R::init_file, .least = 0, .most = 2, .standard = "the file is not made",
   .does = "Makes the file at the start, with this number; `overwrite` also when it exists.", .argument = "[NUMBER] [overwrite]"},

  // --- vrrp_track_process
  {.name = "process", .block = kProcess, .takes = Takes::kWords, .effect = kSets, .apply = &R::command_of_process, .least = 1, .most = 1000, .bad = "keepalived removes the process",
   .does = "What is looked for: the name of a process, then the parameters when they are to be compared.", .argument = "NAME [PARAMETER ...]"},
  {.name = "param_match", .block = kProcess, .takes = Takes::kWords, .effect = kSets, .apply = &R::param_match, .least = 0, .most = 1, .standard = "exact when there are parameters",
   .does = "How parameters are compared: all of them, those at the beginning, or the beginning of the last one too.", .argument = "[exact|initial|partial]"},
  {.name = "full_command", .block = kProcess, .takes = Takes::kNothing, .effect = kSets, .apply = &R::process<&Process::full_command>, .standard = "off",
   .does = "Compares the command line and not the kernel's short name."},
  {.name = "weight", .block = kProcess, .takes = Takes::kWords, .effect = kSets, .apply = &R::weight_of_process, .least = 1, .most = 2, .standard = "0", .bad = kUsesDefault,
   .does = "As the weight of a vrrp_script.", .argument = "-254 to 254 [reverse]"},
  {.name = "quorum", .block = kProcess, .takes = Takes::kNumber, .effect = kSets, .apply = &R::process<&Process::quorum>, .least = 1, .most = 65535, .standard = "1", .bad = kUsesDefault,
   .does = "The least number of processes."},
  {.name = "quorum_max", .block = kProcess, .takes = Takes::kNumber, .effect = kSets, .apply = &R::process<&Process::quorum_max>, .least = 0, .most = 65535, .standard = "65535", .bad = kUsesDefault,
   .does = "The most processes; 0 for none may run."},
  {.name = "delay", .block = kProcess, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::delay_of_process, .least = 0, .most = 3600, .standard = "0", .bad = kUsesDefault,
   .does = "Both of the following."},
  {.name = "fork_delay", .block = kProcess, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::process<&Process::fork_delay>, .least = 0, .most = 3600, .standard = "delay", .bad = kUsesDefault,
   .does = "How long there must have been enough before that counts."},
  {.name = "terminate_delay", .block = kProcess, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::process<&Process::terminate_delay>, .least = 0, .most = 3600, .standard = "delay", .bad = kUsesDefault,
   .does = "How long there must have been too few before that counts."},

  // --- a peer line
  {.name = "min_ttl", .block = kPeer, .takes = Takes::kNumber, .effect = kSets, .apply = &R::peer_option<&UnicastPeer::min_ttl>, .least = 0, .most = 255, .standard = "0", .bad = kUsesDefault,
   .does = "The least TTL of adverts of this peer."},
  {.name = "max_ttl", .block = kPeer, .takes = Takes::kNumber, .effect = kSets, .apply = &R::peer_option<&UnicastPeer::max_ttl>, .least = 0, .most = 255, .standard = "255", .bad = kUsesDefault,
   .does = "The highest TTL of adverts of this peer."},

  // --- an address line
  {.name = "dev", .block = kAddress, .takes = Takes::kInterface, .effect = kSets, .apply = &R::address<&VirtualAddress::interface>, .standard = "the instance's interface", .bad = kDropsAddress,
   .does = "The interface the address is put on."},
  {.name = "brd", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::broadcast, .standard = "none", .bad = kDropsAddress,
   .does = "The broadcast address; `+` and `-` for the last and the first of the network.", .argument = "ADDRESS|+|-"},
  {.name = "broadcast", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::broadcast, .standard = "none", .bad = kDropsAddress, .same_as = "brd",
   .argument = "ADDRESS|+|-"},
  {.name = "label", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::label, .standard = "none", .bad = kDropsAddress,
   .does = "The label of an IPv4 address, at most 15 characters.", .argument = "LABEL"},
  {.name = "scope", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::scope, .standard = "global", .bad = kDropsAddress,
   .does = "Where an IPv4 address is valid: global, site, link, host, nowhere, or a number.", .argument = "SCOPE"},
  {.name = "peer", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::peer, .standard = "none", .bad = kDropsAddress,
   .does = "The other end of a point-to-point link; the prefix length is its own.", .argument = "ADDRESS[/LENGTH]"},
  {.name = "preferred_lft", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::preferred_lft, .standard = "for ever; 0 for an IPv6 address of 128 bits", .bad = kDropsAddress,
   .does = "How long an IPv6 address is chosen as a source; 0 for never.", .argument = "SECONDS|forever"},
  {.name = "home", .block = kAddress, .takes = Takes::kNothing, .effect = kSets, .apply = &R::address<&VirtualAddress::is_home>, .standard = "off",
   .does = "Marks a mobile node's home address."},
  {.name = "mngtmpaddr", .block = kAddress, .takes = Takes::kNothing, .effect = kSets, .apply = &R::address<&VirtualAddress::makes_temporary>, .standard = "off",
   .does = "Has the kernel make temporary addresses from it."},
  {.name = "noprefixroute", .block = kAddress, .takes = Takes::kNothing, .effect = kSets, .apply = &R::no_prefix_route, .standard = "off",
   .does = "The kernel adds no route for the network of the address."},
  {.name = "autojoin", .block = kAddress, .takes = Takes::kNothing, .effect = kSets, .apply = &R::address<&VirtualAddress::joins>, .standard = "off",
   .does = "The kernel joins the group that the address is."},
  {.name = "-nodad", .block = kAddress, .takes = Takes::kNothing, .effect = kSets, .apply = &R::address<&VirtualAddress::detects_duplicates>, .standard = "off",
   .does = "Looks for duplicates before an IPv6 address is used. Otherwise it is used at once."},
  {.name = "no_track", .block = kAddress, .takes = Takes::kNothing, .effect = kSets, .apply = &R::no_track, .standard = "off",
   .does = "Whoever removes it may: it is not put back before the router is master anew."},
  {.name = "use_vmac", .block = kAddress, .takes = Takes::kNothing, .effect = kLater, .apply = &R::address<&VirtualAddress::has_virtual_mac>, .standard = "off",
   .does = "The address has an interface with the virtual MAC of its own.", .later = Code::kVirtualMacLater},
  {.name = "track_group", .block = kAddress, .takes = Takes::kWord, .effect = kLater, .apply = &R::track_group_of_address, .standard = "none",
   .does = "In static_ipaddress: the track_group it belongs to.", .argument = "NAME", .later = Code::kStaticsLater},

  // --- a track line
  {.name = "weight", .block = kTrack, .takes = Takes::kNumber, .effect = kSets, .apply = &R::weight, .least = -254, .most = 254, .standard = "the tracker's", .bad = kUsesDefault,
   .does = "As the weight of what is tracked, here.", .argument = "-253 to 253"},
  {.name = "reverse", .block = kTrack, .takes = Takes::kNothing, .effect = kSets,
   .does = "Turns the sign of the weight round: what is well counts as failing."},
  {.name = "noreverse", .block = kTrack, .takes = Takes::kNothing, .effect = kSets,
   .does = "Takes back a `reverse` of what is tracked."},

  // --- a route line
  {.name = "inet", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "The route is IPv4."},
  {.name = "inet6", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "The route is IPv6."},
  {.name = "to", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "Where the route leads, as the bare word does.", .argument = "PREFIX|default"},
  {.name = "unicast", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "An ordinary route; so it is without a word."},
  {.name = "local", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "What it leads to is this host."},
  {.name = "broadcast", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "What it leads to is everybody on a link."},
  {.name = "anycast", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "What it leads to is this host, as one of many."},
  {.name = "multicast", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "A route for a multicast group."},
  {.name = "throw", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "This table knows nothing of it: the next rule is asked."},
  {.name = "unreachable", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "Refuses packets as having no way."},
  {.name = "prohibit", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "Refuses packets as forbidden."},
  {.name = "blackhole", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "Drops packets without a word."},
  {.name = "nat", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "A kind of route that the kernel no longer has."},
  {.name = "via", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "The router behind which it lies; `inet6` before the address for an IPv6 router of an IPv4 route.", .argument = "[inet|inet6] ADDRESS"},
  {.name = "gw", .block = kRoute, .takes = Takes::kWord, .effect = kSets, .same_as = "via"},
  {.name = "or", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "A second router that shares the load. Once a word of keepalived; `nexthop` is what to write.", .argument = "ADDRESS"},
  {.name = "dev", .block = kRoute, .takes = Takes::kInterface, .effect = kSets,
   .does = "The interface it leaves by."},
  {.name = "oif", .block = kRoute, .takes = Takes::kInterface, .effect = kSets, .same_as = "dev"},
  {.name = "src", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "The source address of what this host sends along it.", .argument = "ADDRESS"},
  {.name = "from", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "The sources it is for; IPv6 alone.", .argument = "PREFIX"},
  {.name = "tos", .block = kRoute, .takes = Takes::kWord, .effect = kSets, .standard = "0",
   .does = "The type of service it is for.", .argument = "NUMBER|NAME"},
  {.name = "dsfield", .block = kRoute, .takes = Takes::kWord, .effect = kSets, .same_as = "tos"},
  {.name = "table", .block = kRoute, .takes = Takes::kWord, .effect = kSets, .standard = "main",
   .does = "The routing table it is put in.", .argument = "NUMBER|NAME"},
  {.name = "protocol", .block = kRoute, .takes = Takes::kWord, .effect = kSets, .standard = "keepalived",
   .does = "Who is said to have made it.", .argument = "NUMBER|NAME"},
  {.name = "proto", .block = kRoute, .takes = Takes::kWord, .effect = kSets, .same_as = "protocol"},
  {.name = "scope", .block = kRoute, .takes = Takes::kWord, .effect = kSets, .standard = "from the rest of the line",
   .does = "How far away it leads.", .argument = "global|site|link|host|nowhere|NUMBER"},
  {.name = "metric", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The lower of two routes to the same is taken."},
  {.name = "priority", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0, .same_as = "metric"},
  {.name = "preference", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0, .same_as = "metric"},
  {.name = "onlink", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "The router is on the link, whatever the addresses say."},
  {.name = "encap", .block = kRoute, .takes = Takes::kAnything, .effect = kSets,
   .does = "Wraps packets: `ip` and `ip6` with id, dst, src, tos, ttl, hoplimit and flags; `mpls` with labels; `ila` with a locator.", .argument = "ip|ip6|mpls|ila ..."},
  {.name = "expires", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 1, .most = 4294967.0,
   .does = "Ends by itself; IPv6 alone.", .argument = "SECONDS"},
  {.name = "mtu", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The largest packet.", .argument = "[lock] NUMBER"},
  {.name = "advmss", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The largest segment told to the other end.", .argument = "[lock] NUMBER"},
  {.name = "rtt", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The round trip time to begin with, in milliseconds.", .argument = "[lock] NUMBER"},
  {.name = "rttvar", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "How much that varies, in milliseconds.", .argument = "[lock] NUMBER"},
  {.name = "reordering", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "How far packets may overtake each other.", .argument = "[lock] NUMBER"},
  {.name = "cwnd", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The most the congestion window grows to.", .argument = "[lock] NUMBER"},
  {.name = "ssthresh", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "Where slow start ends.", .argument = "[lock] NUMBER"},
  {.name = "rto_min", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The least time before something is sent again, in milliseconds.", .argument = "[lock] NUMBER"},
  {.name = "window", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The largest window."},
  {.name = "hoplimit", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 255,
   .does = "The hop limit of what this host sends along it."},
  {.name = "initcwnd", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The congestion window to begin with."},
  {.name = "initrwnd", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "The receive window to begin with."},
  {.name = "quickack", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 1,
   .does = "Acknowledges at once."},
  {.name = "fastopen_no_cookie", .block = kRoute, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 1,
   .does = "TCP fast open without a cookie."},
  {.name = "realms", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "What routing statistics count it as.", .argument = "[FROM/]TO"},
  {.name = "features", .block = kRoute, .takes = Takes::kChoice, .effect = kSets, .choices = "ecn",
   .does = "What TCP may use."},
  {.name = "congctl", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "The congestion control.", .argument = "[lock] NAME"},
  {.name = "pref", .block = kRoute, .takes = Takes::kChoice, .effect = kSets, .choices = "low|medium|high",
   .does = "How an IPv6 router is preferred."},
  {.name = "ttl-propagate", .block = kRoute, .takes = Takes::kChoice, .effect = kSets, .choices = "enabled|disabled",
   .does = "Whether the TTL goes into the wrapping."},
  {.name = "add", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "Fails when there is such a route."},
  {.name = "prepend", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "Goes before such routes."},
  {.name = "append", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "Goes behind such routes."},
  {.name = "nexthop", .block = kRoute, .takes = Takes::kAnything, .effect = kSets,
   .does = "One of several ways that share the load: via, dev, weight 1 to 256, onlink, realms, encap.", .argument = "[via ADDRESS] [dev INTERFACE] [weight N] [onlink] ..."},
  {.name = "no_track", .block = kRoute, .takes = Takes::kNothing, .effect = kSets,
   .does = "Its removal by others is not a reason to step down."},
  {.name = "track_group", .block = kRoute, .takes = Takes::kWord, .effect = kSets,
   .does = "In static_routes: the track_group it belongs to.", .argument = "NAME"},
  {.name = "vrf", .block = kRoute, .takes = Takes::kInterface, .effect = kSets,
   .does = "The VRF whose table it is put in."},

  // --- a rule line
  {.name = "inet", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "The rule is for IPv4."},
  {.name = "inet6", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "The rule is for IPv6."},
  {.name = "not", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "It is for everything that does not match."},
  {.name = "from", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The sources it is for.", .argument = "PREFIX|all"},
  {.name = "to", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The destinations it is for.", .argument = "PREFIX|all"},
  {.name = "table", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The table that is asked.", .argument = "NUMBER|NAME"},
  {.name = "lookup", .block = kRule, .takes = Takes::kWord, .effect = kSets, .same_as = "table"},
  {.name = "preference", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0,
   .does = "Rules are asked in this order, the lowest first."},
  {.name = "order", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0, .same_as = "preference"},
  {.name = "priority", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0, .same_as = "preference"},
  {.name = "pref", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 4294967295.0, .same_as = "preference"},
  {.name = "tos", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The type of service it is for.", .argument = "NUMBER|NAME"},
  {.name = "dsfield", .block = kRule, .takes = Takes::kWord, .effect = kSets, .same_as = "tos"},
  {.name = "fwmark", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The mark of the firewall it is for.", .argument = "NUMBER[/MASK]"},
  {.name = "realms", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "What routing statistics count it as.", .argument = "[FROM/]TO"},
  {.name = "iif", .block = kRule, .takes = Takes::kInterface, .effect = kSets,
   .does = "The interface packets came in by."},
  {.name = "dev", .block = kRule, .takes = Takes::kInterface, .effect = kSets, .same_as = "iif"},
  {.name = "oif", .block = kRule, .takes = Takes::kInterface, .effect = kSets,
   .does = "The interface they would leave by."},
  {.name = "suppress_prefixlength", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 128,
   .does = "Routes to a prefix of this length or less do not count."},
  {.name = "sup_pl", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 128, .same_as = "suppress_prefixlength"},
  {.name = "suppress_ifgroup", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "Routes by interfaces of this group do not count.", .argument = "NUMBER|NAME"},
  {.name = "sup_group", .block = kRule, .takes = Takes::kWord, .effect = kSets, .same_as = "suppress_ifgroup"},
  {.name = "tunnel-id", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 0, .most = 18446744073709549568.0,
   .does = "The tunnel packets came out of."},
  {.name = "uidrange", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "Whose packets it is for.", .argument = "FIRST-LAST"},
  {.name = "l3mdev", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "The table is that of the VRF."},
  {.name = "protocol", .block = kRule, .takes = Takes::kWord, .effect = kSets, .standard = "keepalived",
   .does = "Who is said to have made it.", .argument = "NUMBER|NAME"},
  {.name = "ipproto", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The IP protocol it is for.", .argument = "NUMBER|NAME"},
  {.name = "ip_proto", .block = kRule, .takes = Takes::kWord, .effect = kSets, .same_as = "ipproto"},
  {.name = "sport", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The source ports it is for.", .argument = "FIRST[-LAST]"},
  {.name = "dport", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "The destination ports it is for.", .argument = "FIRST[-LAST]"},
  {.name = "goto", .block = kRule, .takes = Takes::kNumber, .effect = kSets, .least = 1, .most = 4294967295.0,
   .does = "Goes on with the rule of this preference."},
  {.name = "nop", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "Does nothing."},
  {.name = "blackhole", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "Drops packets without a word."},
  {.name = "unreachable", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "Refuses packets as having no way."},
  {.name = "prohibit", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "Refuses packets as forbidden."},
  {.name = "type", .block = kRule, .takes = Takes::kChoice, .effect = kSets, .choices = "unicast|blackhole|unreachable|prohibit",
   .does = "What it does, by its name."},
  {.name = "no_track", .block = kRule, .takes = Takes::kNothing, .effect = kSets,
   .does = "Its removal by others is not a reason to step down."},
  {.name = "track_group", .block = kRule, .takes = Takes::kWord, .effect = kSets,
   .does = "In static_rules: the track_group it belongs to.", .argument = "NAME"},

  // --- track_group
  {.name = "group", .block = kTrackGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::members_of_track_group, .again = Again::kAdds,
   .does = "The instances, by name.", .argument = "{ INSTANCE ... }"},

  // --- garp_group
  {.name = "garp_interval", .block = kGarpGroup, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::garp_group<&R::GarpGroup::arp_interval>, .least = 0, .most = 3600, .standard = "vrrp_garp_interval", .bad = kUsesDefault,
   .does = "The least time between two ARP announcements on one of the interfaces."},
  {.name = "gna_interval", .block = kGarpGroup, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::garp_group<&R::GarpGroup::na_interval>, .least = 0, .most = 3600, .standard = "vrrp_gna_interval", .bad = kUsesDefault,
   .does = "The same for neighbour advertisements."},
  {.name = "interface", .block = kGarpGroup, .takes = Takes::kInterface, .effect = kSets, .apply = &R::interface_of_garp_group,
   .does = "The interface it is about."},
  {.name = "interfaces", .block = kGarpGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::interfaces_of_garp_group, .again = Again::kAdds,
   .does = "The interfaces it is about. Each is paced by itself.", .argument = "{ INTERFACE ... }"},

  // --- our own blocks
  {.name = "learned_interval_cap", .block = kSafety, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::learned_interval_cap>, .least = 1, .most = 255, .standard = "3",
   .does = "How many times our own interval a longer one of the master is believed."},
  {.name = "quiet_start", .block = kSafety, .takes = Takes::kWord, .effect = kSets, .apply = &R::quiet_start, .standard = "on",
   .does = "Whoever knew a peer does not take over before it has heard the LAN, or so many seconds have passed.", .argument = "on|off|SECONDS"},
  {.name = "lease", .block = kSafety, .takes = Takes::kWords, .effect = kSets, .apply = &R::lease, .least = 1, .most = 2, .standard = "on",
   .does = "The kernel takes a virtual address away by itself when vigie no longer says that it is wanted: after four advert intervals and a second, at least two, or as many as are given here. `strict`: also when an engine that should speak for it has not for two intervals and three quarters, so that never two routers hold it, and for a moment nobody may.", .argument = "on|strict|off [SECONDS]"},
  {.name = "permit_file", .block = kFlags, .takes = Takes::kPath, .effect = kSets, .apply = &R::flags<&Flags::permit_file>, .standard = "none",
   .does = "Its absence keeps the instances from being master."},
  {.name = "active_file", .block = kFlags, .takes = Takes::kPath, .effect = kSets, .apply = &R::flags<&Flags::active_file>, .standard = "none",
   .does = "Present exactly while one of the instances is master."},
  {.name = "socket", .block = kAgentX, .takes = Takes::kWord, .effect = kSets, .apply = &R::agentx<&AgentX::socket>, .standard = "unix:/var/agentx/master",
   .does = "Where the master agent listens.", .argument = "ADDRESS"},
  {.name = "traps", .block = kAgentX, .takes = Takes::kBool, .effect = kSets, .apply = &R::agentx<&AgentX::traps>, .standard = "on",
   .does = "Whether traps are sent."},
  {.name = "tls", .block = kAlerts, .takes = Takes::kChoice, .effect = kSets, .apply = &R::tls, .standard = "none", .choices = "none|starttls|implicit",
   .does = "Whether the connection to the relay is encrypted, and how."},
  {.name = "user", .block = kAlerts, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::user>, .standard = "none",
   .does = "Who logs in at the relay.", .argument = "NAME"},
  {.name = "password", .block = kAlerts, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::password>, .standard = "none",
   .does = "The password for that.", .argument = "PASSWORD"},
  {.name = "ca_file", .block = kAlerts, .takes = Takes::kPath, .effect = kSets, .apply = &R::mail<&Mail::ca_file>, .standard = "the system's",
   .does = "The certificates the relay is checked against."},
  {.name = "expire", .block = kAlerts, .takes = Takes::kSpan, .effect = kSets, .apply = &R::mail<&Mail::expire>, .standard = "72h",
   .does = "How long a mail that cannot be delivered is tried."},
  {.name = "database", .block = kHistory, .takes = Takes::kPath, .effect = kSets, .apply = &R::history<&History::database>, .standard = "history.db in the state directory",
   .does = "The SQLite file."},
  {.name = "keep", .block = kHistory, .takes = Takes::kSpan, .effect = kSets, .apply = &R::history<&History::keep>, .standard = "for ever",
   .does = "How long rows are kept."},
});
// clang-format on

// Nobody means a keyword by a longer word, and none is much longer.
constexpr std::size_t kLongestMisspelt = 64;
constexpr std::size_t kMostMistakes = 3;

std::uint64_t letters_of(std::string_view word) {
  std::uint64_t made = 0;
  for (const char c : word) made |= std::uint64_t{1} << (static_cast<unsigned char>(c) % 64);
  return made;
}

// Changes, insertions and removals of one character, and swaps of two neighbours. Answers more than `most` as most + 1.
// Requires: a.size() <= kLongestMisspelt, most <= kMostMistakes.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t apart = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (apart > most) return most + 1;
  // One mistake takes away or brings at most one letter. Most words are told apart by that.
  const std::uint64_t in_a = letters_of(a);
  const std::uint64_t in_b = letters_of(b);
  if (std::popcount(in_a & ~in_b) > static_cast<int>(most) ||
      std::popcount(in_b & ~in_a) > static_cast<int>(most))
    return most + 1;
  // Asked for every line of a file (secrets.cpp): no room is asked of the heap.
  using Row = std::array<std::size_t, kLongestMisspelt + kMostMistakes + 1>;
  Row rows[3];
  Row* before = &rows[0];
  Row* last = &rows[1];
  Row* now = &rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) (*last)[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t best = (*now)[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
      std::size_t least = std::min((*last)[j] + 1, (*now)[j - 1] + 1);
      least = std::min(least, (*last)[j - 1] + differs);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        least = std::min(least, (*before)[j - 2] + 1);
      (*now)[j] = least;
      best = std::min(best, least);
    }
    // A row is no better than the best of the two before it, and a swap adds one to the older.
    if (best > most + 1) return most + 1;
    std::swap(before, last);
    std::swap(last, now);
  }
  return std::min((*last)[b.size()], most + 1);
}

}  // namespace

std::span<const Keyword> keyword_table() { return kTable; }

const Keyword* find_keyword(Block block, std::string_view name) {
  // Asked for every line of a file, so not one by one.
  static const auto kByName = [] {
    std::map<std::pair<Block, std::string_view>, const Keyword*> made;
    for (const Keyword& keyword : kTable)
      made.emplace(std::pair(keyword.block, keyword.name), &keyword);
    return made;
  }();
  const auto found = kByName.find({block, name});
  return found == kByName.end() ? nullptr : found->second;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  // A third of the word may be wrong: more, and the suggestion is a guess.
  const std::size_t most = std::min<std::size_t>(kMostMistakes, (word.size() + 1) / 3);
  if (word.size() > kLongestMisspelt) return {};
  std::string_view best;
  std::size_t best_distance = most + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t found = distance(word, candidate, most);
    if (found < best_distance) {
      best = candidate;
      best_distance = found;
    }
  }
  return best;
}

std::string_view nearest_keyword(Block block, std::string_view name) {
  static const auto kNames = [] {
    std::map<Block, std::vector<std::string_view>> made;
    for (const Keyword& keyword : kTable) made[keyword.block].push_back(keyword.name);
    return made;
  }();
  const auto names = kNames.find(block);
  return names == kNames.end() ? std::string_view() : nearest(name, names->second);
}

bool takes_command(std::string_view name) {
  static const auto kNames = [] {
    std::set<std::string_view> made;
    for (const Keyword& keyword : kTable)
      if (keyword.takes == Takes::kCommand) made.insert(keyword.name);
    return made;
  }();
  return kNames.contains(name);
}

std::string_view home_of(std::string_view name) {
  for (const Keyword& keyword : kTable) {
    if (keyword.name != name || keyword.block == Block::kAddress ||
        keyword.block == Block::kTrack || keyword.block == Block::kPeer)
      continue;
    if (keyword.block == Block::kRoot) return "the top level";
    for (const Keyword& owner : kTable)
      if (owner.opens == keyword.block && owner.effect == Effect::kSets) return owner.name;
  }
  return {};
}

}  // namespace config
