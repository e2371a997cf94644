#include "engine/config/keywords.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/config/reader.hpp"

namespace config {
namespace {

using R = Reader;
constexpr auto kSets = Effect::kSets;
constexpr auto kForeign = Effect::kForeign;
constexpr double kInt = 2147483647;

constexpr std::string_view kUsesDefault = "keepalived ignores this line and uses its default";
constexpr std::string_view kEnds = "keepalived ends with status 2 on such a line";
constexpr std::string_view kDropsAddress = "keepalived drops the address";

// A word of keepalived without effect in this version; `without` says what that means where it matters.
constexpr Keyword idle(Block block, std::string_view name, std::string_view without = {}) {
  return {.name = name, .block = block, .bad = without};
}
constexpr Keyword foreign(Block block, std::string_view name) {
  return {.name = name, .block = block, .effect = kForeign};
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
constexpr auto kSafety = Block::kSafety;
constexpr auto kFlags = Block::kFlags;
constexpr auto kAgentX = Block::kAgentX;
constexpr auto kAlerts = Block::kAlerts;
constexpr auto kHistory = Block::kHistory;

// clang-format off
const std::array kTable = std::to_array<Keyword>({
  // --- outside blocks
  {.name = "global_defs", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kGlobal, .again = Again::kAdds},
  {.name = "vrrp_script", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_script, .opens = kScript, .again = Again::kAdds},
  {.name = "vrrp_instance", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_instance, .opens = kInstance, .again = Again::kAdds},
  {.name = "vrrp_sync_group", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_group, .opens = kGroup, .again = Again::kAdds},
  {.name = "track_file", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_file, .opens = kFile, .again = Again::kAdds},
  {.name = "vrrp_track_file", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_file, .opens = kFile, .again = Again::kAdds, .same_as = "track_file"},
  {.name = "vrrp_track_process", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_process, .opens = kProcess, .again = Again::kAdds},
  {.name = "track_process", .block = kRoot, .takes = Takes::kNamed, .effect = kSets, .apply = &R::new_process, .opens = kProcess, .again = Again::kAdds, .same_as = "vrrp_track_process"},
  {.name = "interface_up_down_delays", .block = kRoot, .takes = Takes::kLines, .effect = kSets, .apply = &R::interface_delays, .again = Again::kAdds},
  {.name = "safety", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kSafety, .again = Again::kAdds},
  {.name = "flags", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::new_flags, .opens = kFlags, .again = Again::kAdds},
  {.name = "agentx", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::agentx_block, .opens = kAgentX, .again = Again::kAdds},
  {.name = "alerts", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kAlerts, .again = Again::kAdds},
  {.name = "history", .block = kRoot, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kHistory, .again = Again::kAdds},
  idle(kRoot, "static_ipaddress", "these addresses are not added"),
  idle(kRoot, "static_routes", "these routes are not added"),
  idle(kRoot, "static_rules", "these rules are not added"),
  idle(kRoot, "track_group"),
  idle(kRoot, "static_track_group"),
  idle(kRoot, "garp_group"),
  idle(kRoot, "linkbeat_interfaces"),
  idle(kRoot, "linkbeat_use_polling"),
  idle(kRoot, "net_namespace", "vigie runs in the namespace it is started in"),
  idle(kRoot, "net_namespace_ipvs"),
  idle(kRoot, "namespace_with_ipsets"),
  idle(kRoot, "instance"),
  idle(kRoot, "use_pid_dir"),
  idle(kRoot, "child_wait_time"),
  foreign(kRoot, "bfd_instance"),
  foreign(kRoot, "virtual_server"),
  foreign(kRoot, "virtual_server_group"),
  foreign(kRoot, "real_server"),
  foreign(kRoot, "real_server_group"),
  foreign(kRoot, "local_address_group"),
  foreign(kRoot, "SSL"),

  // --- global_defs
  {.name = "router_id", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::model<&Model::router_id>, .standard = "the host name", .bad = kEnds},
  {.name = "notification_email", .block = kGlobal, .takes = Takes::kLines, .effect = kSets, .apply = &R::notification_email, .again = Again::kAdds},
  {.name = "notification_email_from", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::from>, .standard = "user@host", .bad = kEnds},
  {.name = "smtp_server", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::smtp_server, .least = 1, .most = 2, .standard = "none: no mail", .bad = kEnds},
  {.name = "smtp_connect_timeout", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::mail<&Mail::connect_timeout>, .least = 1, .most = kInt, .zero_is_one = true, .standard = "30"},
  {.name = "smtp_helo_name", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::helo>, .standard = "the host name", .bad = kEnds},
  {.name = "smtp_alert", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::smtp_alert>, .standard = "off"},
  {.name = "smtp_alert_vrrp", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::smtp_alert_vrrp>, .standard = "smtp_alert"},
  {.name = "no_email_faults", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::mail<&Mail::no_faults>, .standard = "off"},
  {.name = "script_user", .block = kGlobal, .takes = Takes::kWords, .effect = kSets, .apply = &R::script_user, .least = 1, .most = 2, .standard = "keepalived_script, else root", .bad = kEnds},
  {.name = "enable_script_security", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::model<&Model::script_security>, .standard = "off"},
  {.name = "vrrp_version", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::version>, .least = 2, .most = 3, .standard = "2; 3 for IPv6", .bad = kUsesDefault},
  {.name = "vrrp_garp_master_delay", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_delay>, .least = 0, .most = 86400, .standard = "5", .bad = kUsesDefault},
  {.name = "vrrp_garp_master_repeat", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "5"},
  {.name = "vrrp_down_timer_adverts", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::down_timer_adverts>, .least = 1, .most = 100, .standard = "3", .bad = kUsesDefault},
  {.name = "v3_checksum_as_v2", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::checksum_standard, .standard = "off"},
  {.name = "vrrp_strict", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::strict>, .standard = "off"},
  {.name = "vrrp_skip_check_adv_addr", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::skip_check_adv_addr>, .standard = "off"},
  {.name = "vrrp_mcast_group4", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::multicast_group, .standard = "224.0.0.18", .bad = kUsesDefault},
  {.name = "vrrp_mcast_group6", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::multicast_group, .standard = "ff02::12", .bad = kUsesDefault},
  {.name = "vrrp_garp_master_refresh", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_refresh>, .least = 0, .most = 86400, .standard = "0: never", .bad = kUsesDefault},
  {.name = "vrrp_garp_master_refresh_repeat", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::garp_refresh_repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "1"},
  {.name = "vrrp_garp_lower_prio_delay", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::lower_prio_delay>, .least = 0, .most = 86400, .standard = "vrrp_garp_master_delay", .bad = kUsesDefault},
  {.name = "vrrp_garp_lower_prio_repeat", .block = kGlobal, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::lower_prio_repeat>, .least = 0, .most = 1000, .standard = "vrrp_garp_master_repeat", .bad = kUsesDefault},
  {.name = "vrrp_garp_interval", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::standard<&R::Standards::arp_interval>, .least = 0, .most = 3600, .standard = "0", .bad = kUsesDefault},
  {.name = "vrrp_gna_interval", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::standard<&R::Standards::na_interval>, .least = 0, .most = 3600, .standard = "0", .bad = kUsesDefault},
  {.name = "vrrp_min_garp", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::min_garp>, .standard = "off"},
  {.name = "vrrp_lower_prio_no_advert", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::lower_prio_no_advert>, .standard = "off; on for strict version 2"},
  {.name = "vrrp_higher_prio_send_advert", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::higher_prio_send_advert>, .standard = "off"},
  {.name = "vrrp_check_unicast_src", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::standard<&R::Standards::check_unicast_src>, .standard = "off"},
  {.name = "vrrp_owner_ignore_adverts", .block = kGlobal, .takes = Takes::kBool, .effect = kSets, .apply = &R::standard<&R::Standards::owner_ignore_adverts>, .standard = "off"},
  {.name = "vrrp_startup_delay", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::safety<&Safety::startup_delay>, .least = 0, .most = 86400, .standard = "0", .bad = kUsesDefault},
  {.name = "vrrp_delay_after_boot", .block = kGlobal, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::safety<&Safety::delay_after_boot>, .least = 0, .most = 86400, .standard = "0", .bad = kUsesDefault},
  {.name = "log_unknown_vrids", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::safety<&Safety::log_unknown_vrids>, .standard = "off"},
  {.name = "vrrp_rx_bufs_policy", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::receive_buffers, .standard = "vigie's own", .bad = kUsesDefault},
  {.name = "enable_snmp_rfc", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_snmp, .standard = "off"},
  {.name = "enable_snmp_rfcv2", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_snmp, .standard = "off"},
  {.name = "enable_snmp_rfcv3", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_other_mib, .standard = "off"},
  {.name = "enable_snmp_vrrp", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_other_mib, .standard = "off"},
  {.name = "enable_snmp_keepalived", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_other_mib, .standard = "off"},
  {.name = "enable_traps", .block = kGlobal, .takes = Takes::kNothing, .effect = kSets, .apply = &R::enable_traps, .standard = "off"},
  {.name = "snmp_socket", .block = kGlobal, .takes = Takes::kWord, .effect = kSets, .apply = &R::snmp_socket, .standard = "unix:/var/agentx/master", .bad = kEnds},
  idle(kGlobal, "vrrp_rx_bufs_multiplier", "it multiplies MTU or ADVERT, and vigie sizes its buffers itself"),
  idle(kGlobal, "use_symlink_paths"), idle(kGlobal, "set_supplementary_groups"),
  idle(kGlobal, "vrrp_garp_extra_if"), idle(kGlobal, "vrrp_vmac_garp_intvl"),
  idle(kGlobal, "vrrp_notify_priority_changes"),
  idle(kGlobal, "dynamic_interfaces", "interfaces may always be absent and come back"),
  idle(kGlobal, "default_interface"), idle(kGlobal, "disable_local_igmp"), idle(kGlobal, "vrrp_iptables"),
  idle(kGlobal, "vrrp_ipsets"), idle(kGlobal, "nftables"), idle(kGlobal, "nftables_priority"),
  idle(kGlobal, "nftables_counters"), idle(kGlobal, "nftables_ifindex"), idle(kGlobal, "notify_fifo"),
  idle(kGlobal, "vrrp_notify_fifo"), idle(kGlobal, "notify_fifo_script"),
  idle(kGlobal, "vrrp_notify_fifo_script"), idle(kGlobal, "fifo_write_vrrp_states_on_reload"),
  idle(kGlobal, "startup_script", "it is not run"), idle(kGlobal, "shutdown_script", "it is not run"),
  idle(kGlobal, "startup_script_timeout"), idle(kGlobal, "shutdown_script_timeout"),
  idle(kGlobal, "vrrp_priority"), idle(kGlobal, "vrrp_rt_priority", "the engine runs with SCHED_RR where it may"),
  idle(kGlobal, "vrrp_rlimit_rttime"), idle(kGlobal, "vrrp_rlimit_rtime"),
  idle(kGlobal, "vrrp_no_swap", "the engine always locks its memory where it may"),
  idle(kGlobal, "vrrp_cpu_affinity"), idle(kGlobal, "max_auto_priority"), idle(kGlobal, "min_auto_priority_delay"),
  idle(kGlobal, "enable_dbus"), idle(kGlobal, "dbus_service_name"), idle(kGlobal, "dbus_no_interface_name"),
  idle(kGlobal, "process_name"), idle(kGlobal, "process_names"), idle(kGlobal, "vrrp_process_name"),
  idle(kGlobal, "vmac_prefix"), idle(kGlobal, "vmac_addr_prefix"), idle(kGlobal, "vrrp_netlink_cmd_rcv_bufs"),
  idle(kGlobal, "vrrp_netlink_cmd_rcv_bufs_force"), idle(kGlobal, "vrrp_netlink_monitor_rcv_bufs"),
  idle(kGlobal, "vrrp_netlink_monitor_rcv_bufs_force"), idle(kGlobal, "process_monitor_rcv_bufs"),
  idle(kGlobal, "process_monitor_rcv_bufs_force"),
  idle(kGlobal, "umask"), idle(kGlobal, "random_seed"),
  idle(kGlobal, "reload_check_config", "every reload is checked, always"), idle(kGlobal, "reload_time_file"),
  idle(kGlobal, "reload_repeat"), idle(kGlobal, "reload_file"), idle(kGlobal, "include_check"),
  idle(kGlobal, "config_save_dir"), idle(kGlobal, "tmp_config_directory"), idle(kGlobal, "data_use_instance"),
  idle(kGlobal, "state_dump_file"), idle(kGlobal, "stats_dump_file"), idle(kGlobal, "json_dump_file"),
  idle(kGlobal, "json_version"), idle(kGlobal, "iproute_usr_dir"), idle(kGlobal, "iproute_etc_dir"),
  foreign(kGlobal, "lvs_sync_daemon"), foreign(kGlobal, "lvs_flush"), foreign(kGlobal, "lvs_flush_on_stop"),
  foreign(kGlobal, "lvs_flush_onstop"), foreign(kGlobal, "lvs_timeouts"), foreign(kGlobal, "smtp_alert_checker"),
  foreign(kGlobal, "checker_priority"), foreign(kGlobal, "checker_rt_priority"), foreign(kGlobal, "checker_no_swap"),
  foreign(kGlobal, "bfd_priority"), foreign(kGlobal, "bfd_rt_priority"), foreign(kGlobal, "bfd_no_swap"),
  foreign(kGlobal, "enable_snmp_checker"), foreign(kGlobal, "lvs_notify_fifo"), foreign(kGlobal, "lvs_notify_fifo_script"),

  // --- vrrp_script
  {.name = "script", .block = kScript, .takes = Takes::kCommand, .effect = kSets, .apply = &R::command_of_script, .bad = "keepalived removes the check"},
  {.name = "interval", .block = kScript, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::script<&Script::interval>, .least = 0.001, .most = kInt, .zero_is_one = true, .standard = "1", .bad = kUsesDefault},
  {.name = "timeout", .block = kScript, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::script<&Script::timeout>, .least = 0.001, .most = kInt, .zero_is_one = true, .standard = "interval", .bad = kUsesDefault},
  {.name = "weight", .block = kScript, .takes = Takes::kWords, .effect = kSets, .apply = &R::weight_of_script, .least = 1, .most = 2, .standard = "0", .bad = kUsesDefault},
  {.name = "rise", .block = kScript, .takes = Takes::kNumber, .effect = kSets, .apply = &R::script<&Script::rise>, .least = 1, .most = kInt, .standard = "1", .bad = kUsesDefault},
  {.name = "fall", .block = kScript, .takes = Takes::kNumber, .effect = kSets, .apply = &R::script<&Script::fall>, .least = 1, .most = kInt, .standard = "1", .bad = kUsesDefault},
  {.name = "user", .block = kScript, .takes = Takes::kWords, .effect = kSets, .apply = &R::user_of_script, .least = 1, .most = 2, .standard = "script_user", .bad = "keepalived removes the check"},
  {.name = "init_fail", .block = kScript, .takes = Takes::kNothing, .effect = kSets, .apply = &R::script<&Script::init_fail>, .standard = "off"},

  // --- vrrp_instance
  {.name = "state", .block = kInstance, .takes = Takes::kChoice, .effect = kSets, .apply = &R::state, .standard = "MASTER for priority 255, else BACKUP", .bad = "keepalived takes BACKUP", .choices = "MASTER|BACKUP", .again = Again::kAdds},
  {.name = "interface", .block = kInstance, .takes = Takes::kInterface, .effect = kSets, .apply = &R::instance<&Instance::interface>, .bad = "keepalived ends with status 2"},
  {.name = "virtual_router_id", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::vrid>, .least = 1, .most = 255, .bad = "keepalived ends with status 2"},
  {.name = "priority", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::priority>, .least = 1, .most = 255, .standard = "100", .bad = kUsesDefault},
  {.name = "advert_int", .block = kInstance, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::instance<&Instance::advert_interval>, .least = 0.01, .most = 255, .standard = "1", .bad = kUsesDefault},
  {.name = "version", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::version>, .least = 2, .most = 3, .standard = "vrrp_version; 3 for IPv6", .bad = kUsesDefault},
  {.name = "nopreempt", .block = kInstance, .takes = Takes::kNothingOff, .effect = kSets, .apply = &R::instance<&Instance::preempt>, .standard = "preempt"},
  {.name = "preempt", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::preempt>, .standard = "preempt"},
  {.name = "preempt_delay", .block = kInstance, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::instance<&Instance::preempt_delay>, .least = 0, .most = 1000, .standard = "0", .bad = kUsesDefault},
  {.name = "authentication", .block = kInstance, .takes = Takes::kBlock, .effect = kSets, .apply = &R::block, .opens = kAuth},
  {.name = "smtp_alert", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::smtp_alert>, .standard = "smtp_alert_vrrp of global_defs"},
  {.name = "track_script", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_script, .again = Again::kAdds},
  {.name = "track_interface", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_interface, .again = Again::kAdds},
  {.name = "dont_track_primary", .block = kInstance, .takes = Takes::kNothingOff, .effect = kSets, .apply = &R::instance<&Instance::track_primary>, .standard = "off"},
  {.name = "notify_master", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_master>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify_backup", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_backup>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify_fault", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_fault>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify_stop", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_stop>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "virtual_ipaddress", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::virtual_ipaddress, .again = Again::kAdds},
  {.name = "virtual_ipaddress_excluded", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::virtual_ipaddress_excluded, .again = Again::kAdds},
  {.name = "no_virtual_ipaddress", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::nothing, .standard = "off"},
  {.name = "garp_master_delay", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::delay>, .least = 0, .most = 86400, .standard = "vrrp_garp_master_delay", .bad = kUsesDefault},
  {.name = "garp_master_repeat", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "vrrp_garp_master_repeat"},
  {.name = "down_timer_adverts", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::down_timer_adverts>, .least = 1, .most = 100, .standard = "vrrp_down_timer_adverts", .bad = kUsesDefault},
  {.name = "v3_checksum_as_v2", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::v3_checksum_as_v2>, .standard = "v3_checksum_as_v2 of global_defs"},
  {.name = "accept", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::accept>, .standard = "accept"},
  {.name = "no_accept", .block = kInstance, .takes = Takes::kNothingOff, .effect = kSets, .apply = &R::instance<&Instance::accept>, .standard = "accept"},
  {.name = "auth_hmac", .block = kInstance, .takes = Takes::kBlock, .effect = kSets, .apply = &R::auth_hmac, .opens = kHmac},
  {.name = "track_file", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_file, .again = Again::kAdds},
  {.name = "track_process", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_process, .again = Again::kAdds},
  {.name = "unicast_peer", .block = kInstance, .takes = Takes::kLines, .effect = kSets, .apply = &R::unicast_peer, .again = Again::kAdds},
  {.name = "unicast_src_ip", .block = kInstance, .takes = Takes::kWord, .effect = kSets, .apply = &R::source, .standard = "the interface's primary address", .bad = kUsesDefault},
  {.name = "mcast_src_ip", .block = kInstance, .takes = Takes::kWord, .effect = kSets, .apply = &R::source, .standard = "the interface's primary address", .bad = kUsesDefault},
  {.name = "unicast_ttl", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::unicast_ttl>, .least = 1, .most = 255, .standard = "255", .bad = "keepalived takes 0 too, and such adverts never leave the host"},
  {.name = "unicast_fault_no_peer", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::unicast_fault_no_peer>, .standard = "off"},
  {.name = "check_unicast_src", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::check_unicast_src>, .standard = "vrrp_check_unicast_src"},
  {.name = "track_src_ip", .block = kInstance, .takes = Takes::kNothing, .effect = kSets, .apply = &R::instance<&Instance::track_src_ip>, .standard = "off"},
  {.name = "mcast_dst_ip", .block = kInstance, .takes = Takes::kWord, .effect = kSets, .apply = &R::multicast_group, .standard = "vrrp_mcast_group4 or vrrp_mcast_group6", .bad = kUsesDefault},
  {.name = "notify_master_rx_lower_pri", .block = kInstance, .takes = Takes::kCommand, .effect = kSets, .apply = &R::instance<&Instance::notify_master_rx_lower_pri>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "garp_master_refresh", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::refresh>, .least = 0, .most = 86400, .standard = "vrrp_garp_master_refresh", .bad = kUsesDefault},
  {.name = "garp_master_refresh_repeat", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::refresh_repeat>, .least = 1, .most = 1000, .zero_is_one = true, .standard = "vrrp_garp_master_refresh_repeat"},
  {.name = "garp_lower_prio_delay", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::lower_prio_delay>, .least = 0, .most = 86400, .standard = "vrrp_garp_lower_prio_delay", .bad = kUsesDefault},
  {.name = "garp_lower_prio_repeat", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::announcing<&Announcing::lower_prio_repeat>, .least = 0, .most = 1000, .standard = "vrrp_garp_lower_prio_repeat", .bad = kUsesDefault},
  {.name = "timer_expired_backup", .block = kInstance, .takes = Takes::kWords, .effect = kSets, .apply = &R::timer_expired_backup, .least = 0, .most = 1, .standard = "off; 254 when it stands alone"},
  {.name = "thread_timer_expired", .block = kInstance, .takes = Takes::kWords, .effect = kSets, .apply = &R::timer_expired_backup, .least = 0, .most = 1, .standard = "off; 254 when it stands alone", .same_as = "timer_expired_backup"},
  {.name = "lower_prio_no_advert", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::lower_prio_no_advert>, .standard = "vrrp_lower_prio_no_advert"},
  {.name = "higher_prio_send_advert", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::higher_prio_send_advert>, .standard = "vrrp_higher_prio_send_advert"},
  {.name = "owner_ignore_adverts", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::owner_ignore_adverts>, .standard = "vrrp_owner_ignore_adverts"},
  {.name = "skip_check_adv_addr", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::skip_check_adv_addr, .standard = "vrrp_skip_check_adv_addr"},
  {.name = "strict_mode", .block = kInstance, .takes = Takes::kBool, .effect = kSets, .apply = &R::instance<&Instance::strict>, .standard = "vrrp_strict"},
  {.name = "kernel_rx_buf_size", .block = kInstance, .takes = Takes::kNumber, .effect = kSets, .apply = &R::instance<&Instance::receive_buffer>, .least = 0, .most = kInt, .standard = "vrrp_rx_bufs_policy", .bad = kUsesDefault},
  idle(kInstance, "virtual_routes", "these routes are not added"),
  idle(kInstance, "virtual_rules", "these rules are not added"),
  idle(kInstance, "track_bfd"),
  idle(kInstance, "old_unicast_checksum"),
  idle(kInstance, "notify_deleted"),
  idle(kInstance, "notify_priority_changes"),
  idle(kInstance, "use_vmac", "adverts and addresses have the interface's own hardware address"),
  idle(kInstance, "vmac_xmit_base"), idle(kInstance, "use_vmac_addr"), idle(kInstance, "use_ipvlan"),
  idle(kInstance, "vrf"), idle(kInstance, "promote_secondaries"),
  idle(kInstance, "garp_extra_if"), idle(kInstance, "vmac_garp_intvl"),
  idle(kInstance, "debug"), idle(kInstance, "native_ipv6"),
  idle(kInstance, "linkbeat_use_polling"), idle(kInstance, "lvs_sync_daemon_interface"),

  // --- authentication
  {.name = "auth_type", .block = kAuth, .takes = Takes::kChoice, .effect = kSets, .apply = &R::auth_type, .bad = "keepalived sends adverts without authentication", .choices = "PASS|AH"},
  {.name = "auth_pass", .block = kAuth, .takes = Takes::kWord, .effect = kSets, .apply = &R::auth_pass, .bad = kEnds},

  // --- auth_hmac
  {.name = "key", .block = kHmac, .takes = Takes::kWords, .effect = kSets, .apply = &R::hmac_key, .least = 2, .most = 2, .again = Again::kAdds},
  {.name = "active_key", .block = kHmac, .takes = Takes::kNumber, .effect = kSets, .apply = &R::hmac<&Hmac::active_key>, .least = 1, .most = 255},
  {.name = "anti_replay", .block = kHmac, .takes = Takes::kChoice, .effect = kSets, .apply = &R::anti_replay, .standard = "time", .choices = "time|monotonic"},
  {.name = "time_window", .block = kHmac, .takes = Takes::kNumber, .effect = kSets, .apply = &R::hmac<&Hmac::window>, .least = 1, .most = 300, .standard = "three advert intervals, from 5 to 300"},
  {.name = "mode", .block = kHmac, .takes = Takes::kChoice, .effect = kSets, .apply = &R::hmac_mode, .standard = "enforce", .choices = "enforce|permissive|receive-only"},

  // --- vrrp_sync_group
  {.name = "group", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::members, .again = Again::kAdds},
  {.name = "track_script", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_script, .again = Again::kAdds},
  {.name = "track_interface", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_interface, .again = Again::kAdds},
  {.name = "track_file", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_file, .again = Again::kAdds},
  {.name = "track_process", .block = kGroup, .takes = Takes::kLines, .effect = kSets, .apply = &R::track_process, .again = Again::kAdds},
  {.name = "notify_master", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_master>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify_backup", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_backup>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify_fault", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_fault>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify_stop", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify_stop>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "notify", .block = kGroup, .takes = Takes::kCommand, .effect = kSets, .apply = &R::group<&SyncGroup::notify>, .bad = "keepalived does not run it", .again = Again::kFirstCounts},
  {.name = "smtp_alert", .block = kGroup, .takes = Takes::kBool, .effect = kSets, .apply = &R::group<&SyncGroup::smtp_alert>, .standard = "smtp_alert_vrrp of global_defs"},
  {.name = "sync_group_tracking_weight", .block = kGroup, .takes = Takes::kNothing, .effect = kSets, .apply = &R::group<&SyncGroup::keeps_member_weights>, .standard = "off"},
  {.name = "global_tracking", .block = kGroup, .takes = Takes::kNothing, .effect = kSets, .apply = &R::group<&SyncGroup::keeps_member_weights>, .standard = "off", .same_as = "sync_group_tracking_weight"},
  idle(kGroup, "track_bfd"), idle(kGroup, "notify_priority_changes"),

  // --- track_file
  {.name = "file", .block = kFile, .takes = Takes::kPath, .effect = kSets, .apply = &R::file<&File::path>, .bad = "keepalived removes the file"},
  {.name = "weight", .block = kFile, .takes = Takes::kWords, .effect = kSets, .apply = &R::weight_of_file, .least = 1, .most = 2, .standard = "1", .bad = kUsesDefault},
  {.name = "init_file", .block = kFile, .takes = Takes::kWords, .effect = kSets, .apply = &R::init_file, .least = 0, .most = 2, .standard = "the file is not made"},

  // --- vrrp_track_process
  {.name = "process", .block = kProcess, .takes = Takes::kWords, .effect = kSets, .apply = &R::command_of_process, .least = 1, .most = 1000, .bad = "keepalived removes the process"},
  {.name = "param_match", .block = kProcess, .takes = Takes::kWords, .effect = kSets, .apply = &R::param_match, .least = 0, .most = 1, .standard = "exact when there are parameters"},
  {.name = "full_command", .block = kProcess, .takes = Takes::kNothing, .effect = kSets, .apply = &R::process<&Process::full_command>, .standard = "off"},
  {.name = "weight", .block = kProcess, .takes = Takes::kWords, .effect = kSets, .apply = &R::weight_of_process, .least = 1, .most = 2, .standard = "0", .bad = kUsesDefault},
  {.name = "quorum", .block = kProcess, .takes = Takes::kNumber, .effect = kSets, .apply = &R::process<&Process::quorum>, .least = 1, .most = 65535, .standard = "1", .bad = kUsesDefault},
  {.name = "quorum_max", .block = kProcess, .takes = Takes::kNumber, .effect = kSets, .apply = &R::process<&Process::quorum_max>, .least = 0, .most = 65535, .standard = "65535", .bad = kUsesDefault},
  {.name = "delay", .block = kProcess, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::delay_of_process, .least = 0, .most = 3600, .standard = "0", .bad = kUsesDefault},
  {.name = "fork_delay", .block = kProcess, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::process<&Process::fork_delay>, .least = 0, .most = 3600, .standard = "delay", .bad = kUsesDefault},
  {.name = "terminate_delay", .block = kProcess, .takes = Takes::kSeconds, .effect = kSets, .apply = &R::process<&Process::terminate_delay>, .least = 0, .most = 3600, .standard = "delay", .bad = kUsesDefault},

  // --- a peer line
  {.name = "min_ttl", .block = kPeer, .takes = Takes::kNumber, .effect = kSets, .apply = &R::peer_option<&UnicastPeer::min_ttl>, .least = 0, .most = 255, .standard = "0", .bad = kUsesDefault},
  {.name = "max_ttl", .block = kPeer, .takes = Takes::kNumber, .effect = kSets, .apply = &R::peer_option<&UnicastPeer::max_ttl>, .least = 0, .most = 255, .standard = "255", .bad = kUsesDefault},

  // --- an address line
  {.name = "dev", .block = kAddress, .takes = Takes::kInterface, .effect = kSets, .apply = &R::address<&VirtualAddress::interface>, .standard = "the instance's interface", .bad = kDropsAddress},
  {.name = "brd", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::broadcast, .standard = "none", .bad = kDropsAddress},
  {.name = "broadcast", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::broadcast, .standard = "none", .bad = kDropsAddress},
  {.name = "label", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::label, .standard = "none", .bad = kDropsAddress},
  {.name = "scope", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::scope, .standard = "global", .bad = kDropsAddress},
  {.name = "peer", .block = kAddress, .takes = Takes::kWord, .effect = kSets, .apply = &R::peer, .standard = "none", .bad = kDropsAddress},
  {.name = "preferred_lft", .block = kAddress, .takes = Takes::kWord},
  {.name = "track_group", .block = kAddress, .takes = Takes::kWord},
  {.name = "home", .block = kAddress, .takes = Takes::kNothing}, {.name = "mngtmpaddr", .block = kAddress, .takes = Takes::kNothing},
  {.name = "noprefixroute", .block = kAddress, .takes = Takes::kNothing}, {.name = "autojoin", .block = kAddress, .takes = Takes::kNothing},
  {.name = "-nodad", .block = kAddress, .takes = Takes::kNothing}, {.name = "no_track", .block = kAddress, .takes = Takes::kNothing},
  {.name = "use_vmac", .block = kAddress, .takes = Takes::kNothing},

  // --- a track line
  {.name = "weight", .block = kTrack, .takes = Takes::kNumber, .effect = kSets, .apply = &R::weight, .least = -254, .most = 254, .standard = "the tracker's", .bad = kUsesDefault},
  {.name = "reverse", .block = kTrack, .takes = Takes::kNothing, .effect = kSets},
  {.name = "noreverse", .block = kTrack, .takes = Takes::kNothing, .effect = kSets},

  // --- our own blocks
  {.name = "learned_interval_cap", .block = kSafety, .takes = Takes::kNumber, .effect = kSets, .apply = &R::standard<&R::Standards::learned_interval_cap>, .least = 1, .most = 255, .standard = "3"},
  {.name = "quiet_start", .block = kSafety, .takes = Takes::kWord, .effect = kSets, .apply = &R::quiet_start, .standard = "on"},
  {.name = "permit_file", .block = kFlags, .takes = Takes::kPath, .effect = kSets, .apply = &R::flags<&Flags::permit_file>, .standard = "none"},
  {.name = "active_file", .block = kFlags, .takes = Takes::kPath, .effect = kSets, .apply = &R::flags<&Flags::active_file>, .standard = "none"},
  {.name = "socket", .block = kAgentX, .takes = Takes::kWord, .effect = kSets, .apply = &R::agentx<&AgentX::socket>, .standard = "unix:/var/agentx/master"},
  {.name = "traps", .block = kAgentX, .takes = Takes::kBool, .effect = kSets, .apply = &R::agentx<&AgentX::traps>, .standard = "on"},
  {.name = "tls", .block = kAlerts, .takes = Takes::kChoice, .effect = kSets, .apply = &R::tls, .standard = "none", .choices = "none|starttls|implicit"},
  {.name = "user", .block = kAlerts, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::user>, .standard = "none"},
  {.name = "password", .block = kAlerts, .takes = Takes::kWord, .effect = kSets, .apply = &R::mail<&Mail::password>, .standard = "none"},
  {.name = "ca_file", .block = kAlerts, .takes = Takes::kPath, .effect = kSets, .apply = &R::mail<&Mail::ca_file>, .standard = "the system's"},
  {.name = "expire", .block = kAlerts, .takes = Takes::kSpan, .effect = kSets, .apply = &R::mail<&Mail::expire>, .standard = "72h"},
  {.name = "database", .block = kHistory, .takes = Takes::kPath, .effect = kSets, .apply = &R::history<&History::database>, .standard = "history.db in the state directory"},
  {.name = "keep", .block = kHistory, .takes = Takes::kSpan, .effect = kSets, .apply = &R::history<&History::keep>, .standard = "for ever"},
});
// clang-format on

// Changes, insertions and removals of one character, and swaps of two neighbours. Answers more than `most` as most + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t apart = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (apart > most) return most + 1;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1,
                         last[j - 1] + (a[i - 1] == b[j - 1] ? std::size_t{0} : std::size_t{1})});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return std::min(last[b.size()], most + 1);
}

}  // namespace

std::span<const Keyword> keyword_table() { return kTable; }

const Keyword* find_keyword(Block block, std::string_view name) {
  for (const Keyword& keyword : kTable)
    if (keyword.block == block && keyword.name == name) return &keyword;
  return nullptr;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  // A third of the word may be wrong: more, and the suggestion is a guess.
  const std::size_t most = std::min<std::size_t>(3, (word.size() + 1) / 3);
  if (word.size() > 64) return {};
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
  std::vector<std::string_view> names;
  for (const Keyword& keyword : kTable)
    if (keyword.block == block) names.push_back(keyword.name);
  return nearest(name, names);
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
