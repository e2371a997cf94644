// Walks the tree of lines by the keyword table and fills the model. Private to this folder: parser.hpp is the door.
//
// The table's rows point at the member functions here that take a checked argument. What can be judged on its own line
// is judged there; what needs the whole file (names, defaults from global_defs, pairs that contradict) is judged in
// finish().
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/config/codes.hpp"
#include "engine/config/iproute_names.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/lexer.hpp"
#include "engine/config/model.hpp"
#include "engine/config/parser.hpp"

namespace config {

// A line's value, of the kind and in the range its keyword asks for.
struct Argument {
  const Keyword* keyword = nullptr;
  const Line* line = nullptr;
  std::span<const Word> words;  // without the keyword
  long long number = 0;
  Duration duration{0};
  bool on = false;
  Command command;
  const Word& name() const { return line->words[0]; }
};

// "42", "-7", "+3"; nothing for anything else.
std::optional<long long> whole_number(std::string_view text);
// "1", "1.5", ".5": microseconds, which is as fine as keepalived counts.
std::optional<Duration> decimal_seconds(std::string_view text);
// The label of a finding about a misspelt word; empty when nothing is near.
std::string did_you_mean(std::string_view near);
// "2.5 s".
std::string readable(Duration duration);
std::string_view name_of(Family family);
// "192.0.2.1/24"; the length of a whole address when none is given.
std::optional<base::Prefix> parse_prefix(std::string_view text);
// 1 to 15 characters, no blanks, no slashes.
bool is_interface_name(std::string_view name);
// "00:00:5e:00:01:33"; five pairs of digits leave the last for the VRID.
std::optional<base::Mac> parse_mac(std::string_view text, std::uint8_t vrid);
// The value on a keyword's line, or the keyword when a bad line has none. Requires: a line with words.
inline const Word& value_of(const Line& line) { return line.words[line.words.size() > 1 ? 1 : 0]; }

class Reader {
 public:
  // `files` outlives the reader: keys may stand in files of their own.
  Reader(Model& model, Findings& findings, const FileReader& files)
      : model_(model), findings_(findings), files_(files), names_(files) {}

  void read(const std::vector<Line>& lines);
  // Resolves names, fills in defaults, looks for contradictions.
  void finish();

  // What the table points at. A member of the part being read takes the argument as its type says.
  template <auto Member>
  void model(const Argument& a) {
    take(model_.*Member, a);
  }
  template <auto Member>
  void mail(const Argument& a) {
    take(model_.mail.*Member, a);
  }
  template <auto Member>
  void history(const Argument& a) {
    take(model_.history.*Member, a);
  }
  template <auto Member>
  void safety(const Argument& a) {
    take(model_.safety.*Member, a);
  }
  template <auto Member>
  void agentx(const Argument& a) {
    take(agentx_.*Member, a);
  }
  template <auto Member>
  void script(const Argument& a) {
    take(model_.scripts.back().*Member, a);
  }
  template <auto Member>
  void file(const Argument& a) {
    take(model_.tracked_files.back().*Member, a);
  }
  template <auto Member>
  void process(const Argument& a) {
    take(model_.processes.back().*Member, a);
  }
  template <auto Member>
  void instance(const Argument& a) {
    take(draft().instance.*Member, a);
  }
  template <auto Member>
  void announcing(const Argument& a) {
    take(draft().instance.announcing.*Member, a);
  }
  template <auto Member>
  void hmac(const Argument& a) {
    take(draft().instance.hmac.*Member, a);
  }
  template <auto Member>
  void group(const Argument& a) {
    take(group_drafts_.back().group.*Member, a);
  }
  template <auto Member>
  void standard(const Argument& a) {
    take(standards_.*Member, a);
  }
  template <auto Member>
  void flags(const Argument& a) {
    take(flag_drafts_.back().flags.*Member, a);
  }
  template <auto Member>
  void address(const Argument& a) {
    take(address_.*Member, a);
  }
  template <auto Member>
  void peer_option(const Argument& a) {
    take(peer_.*Member, a);
  }
  template <auto Member>
  void own_interface(const Argument& a) {
    take(draft().instance.own_interface.*Member, a);
  }
  template <auto Member>
  void firewall(const Argument& a) {
    take(model_.firewall.*Member, a);
  }
  template <auto Member>
  void kernel(const Argument& a) {
    take(model_.kernel.*Member, a);
  }
  template <auto Member>
  void scheduling(const Argument& a) {
    take(model_.scheduling.*Member, a);
  }
  template <auto Member>
  void notifying(const Argument& a) {
    take(model_.notifying.*Member, a);
  }
  template <auto Member>
  void once_script(const Argument& a) {
    (model_.notifying.*Member).command = a.command;
  }
  template <auto Member>
  void once_timeout(const Argument& a) {
    (model_.notifying.*Member).timeout = a.duration;
  }
  template <auto Member>
  void fifo_reader(const Argument& a) {
    (model_.notifying.*Member).reader = a.command;
  }
  template <auto Member>
  void garp_group(const Argument& a) {
    take(garp_groups_.back().*Member, a);
  }

  void block(const Argument&);  // whose keywords say it all
  void new_script(const Argument&);
  void new_file(const Argument&);
  void new_process(const Argument&);
  void new_instance(const Argument&);
  void new_group(const Argument&);
  void new_flags(const Argument&);
  void agentx_block(const Argument&);
  void interface_delays(const Argument&);
  void notification_email(const Argument&);
  void smtp_server(const Argument&);
  void script_user(const Argument&);
  void command_of_script(const Argument&);
  void user_of_script(const Argument&);
  void weight_of_script(const Argument&);
  void weight_of_file(const Argument&);
  void init_file(const Argument&);
  void command_of_process(const Argument&);
  void param_match(const Argument&);
  void weight_of_process(const Argument&);
  void delay_of_process(const Argument&);
  void enable_snmp(const Argument&);
  void enable_other_mib(const Argument&);
  void enable_traps(const Argument&);
  void snmp_socket(const Argument&);
  void receive_buffers(const Argument&);
  void checksum_standard(const Argument&);
  void quiet_start(const Argument&);
  void lease(const Argument&);
  void state(const Argument&);
  void timer_expired_backup(const Argument&);
  void skip_check_adv_addr(const Argument&);
  void auth_type(const Argument&);
  void auth_pass(const Argument&);
  void auth_hmac(const Argument&);
  void hmac_key(const Argument&);
  void anti_replay(const Argument&);
  void hmac_mode(const Argument&);
  void unicast_peer(const Argument&);
  void source(const Argument&);
  void multicast_group(const Argument&);
  void track_script(const Argument&);
  void track_interface(const Argument&);
  void track_file(const Argument&);
  void track_process(const Argument&);
  void members(const Argument&);
  void virtual_ipaddress(const Argument&);
  void virtual_ipaddress_excluded(const Argument&);
  void nothing(const Argument&) {}  // its presence is what counts (Draft::has)
  void tls(const Argument&);
  void broadcast(const Argument&);
  void scope(const Argument&);
  void label(const Argument&);
  void peer(const Argument&);
  void weight(const Argument&);
  void static_ipaddress(const Argument&);
  void static_routes(const Argument&);
  void static_rules(const Argument&);
  void virtual_routes(const Argument&);
  void virtual_rules(const Argument&);
  void new_track_group(const Argument&);
  void members_of_track_group(const Argument&);
  void track_group_of_address(const Argument&);
  void preferred_lft(const Argument&);
  void no_prefix_route(const Argument&);
  void no_track(const Argument&);
  void new_garp_group(const Argument&);
  void interface_of_garp_group(const Argument&);
  void interfaces_of_garp_group(const Argument&);
  void use_vmac(const Argument&);
  void use_ipvlan(const Argument&);
  void extra_standard(const Argument&);
  void extra_here(const Argument&);
  void notify_deleted(const Argument&);
  void notify_fifo(const Argument&);
  void disable_local_igmp(const Argument&);
  void iptables(const Argument&);
  void ipsets(const Argument&);
  void nftables(const Argument&);
  void cpu_affinity(const Argument&);

  // What global_defs and the safety block say for all instances.
  struct Standards {
    std::uint8_t version = 2;
    std::uint8_t down_timer_adverts = 3;
    std::uint8_t learned_interval_cap = 3;
    bool v3_checksum_as_v2 = false;
    bool strict = false;
    bool skip_check_adv_addr = false;
    bool check_unicast_src = false;
    bool owner_ignore_adverts = false;
    bool higher_prio_send_advert = false;
    std::optional<bool> lower_prio_no_advert;
    std::optional<bool> smtp_alert;
    std::optional<bool> smtp_alert_vrrp;
    bool min_garp = false;
    std::optional<Duration> garp_delay;
    std::optional<std::uint32_t> garp_repeat;
    std::optional<Duration> garp_refresh;
    std::optional<std::uint32_t> garp_refresh_repeat;
    std::optional<Duration> lower_prio_delay;
    std::optional<std::uint32_t> lower_prio_repeat;
    Duration arp_interval{0};
    Duration na_interval{0};
    std::uint32_t receive_buffer = 0;
    std::optional<Address> group4;
    std::optional<Address> group6;
    Duration extra_interval{0};
    bool extra_on_all = false;
    bool notify_priority_changes = false;
    std::string default_interface;  // empty: eth0
    std::string iproute_usr;        // empty: as iproute2 has it
    std::string iproute_etc;
  };

  // garp_group: the pace of announcements on some interfaces.
  struct GarpGroup {
    std::optional<Duration> arp_interval;
    std::optional<Duration> na_interval;
    std::vector<const Word*> interfaces;
    const Word* keyword = nullptr;
  };

 private:
  // The keywords a block has seen so far, and where.
  using Seen = std::map<std::string_view, const Line*>;

  enum class Watched : std::uint8_t { kScript, kInterface, kFile, kProcess };
  // What may follow the name on a track line.
  struct TrackOptions {
    std::optional<int> weight;
    std::optional<bool> reverse;
  };
  // A track line; its name is looked up when the whole file has been read.
  struct Pending {
    Watched kind = Watched::kScript;
    const Word* name = nullptr;
    TrackOptions options;
    std::optional<std::uint16_t> index = {};  // where the name leads; never for an interface
  };
  // An instance whose names are not resolved yet. Words and lines belong to the tree, which outlives the reader.
  struct Draft {
    Instance instance;
    const Word* name = nullptr;
    Seen seen;
    Seen seen_in_hmac;
    std::vector<std::uint8_t> refused_keys;  // they have their finding
    unsigned states = 0;                     // how many `state` lines
    bool mac_awaits_vrid = false;            // use_vmac has five octets
    std::vector<Pending> tracked;
    std::vector<const Word*> addresses;  // beside instance.addresses
    std::vector<const Word*> peers;      // beside instance.unicast_peers
    bool has(std::string_view keyword) const { return seen.contains(keyword); }
    const Line* at(std::string_view keyword) const {
      const auto found = seen.find(keyword);
      return found == seen.end() ? nullptr : found->second;
    }
    // The keyword itself, and its value. Requires: has(keyword).
    const Word& word(std::string_view keyword) const { return at(keyword)->words.front(); }
    const Word& value(std::string_view keyword) const { return value_of(*at(keyword)); }
  };
  struct GroupDraft {
    SyncGroup group;
    const Word* name = nullptr;
    Seen seen;
    std::vector<const Word*> members;
    std::vector<Pending> tracked;
  };
  struct FlagDraft {
    Flags flags;
    std::span<const Word> names;
    const Line* line = nullptr;
    bool names_file = false;  // also a bad one, which has a finding already
  };
  // A script, file or process by its name.
  struct Definition {
    const Word* name;
    std::uint16_t index;
    bool is_used = false;
  };
  using Names = std::map<std::string_view, Definition>;
  struct TrackGroupDraft {
    const Word* name = nullptr;
    std::vector<const Word*> members;
  };
  // The items of the static blocks that name a track_group, by their place in the model.
  enum class Static : std::uint8_t { kAddress, kRoute, kRule };
  struct TrackGroupUse {
    Static kind = Static::kAddress;
    std::size_t index = 0;
    const Word* name = nullptr;
  };

  template <typename T>
  static void take(T& member, const Argument& a) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::optional<bool>>) {
      member = a.on;
    } else if constexpr (std::is_same_v<T, Duration> ||
                         std::is_same_v<T, std::optional<Duration>>) {
      member = a.duration;
    } else if constexpr (std::is_same_v<T, std::string>) {
      member = a.words[0].text;
    } else if constexpr (std::is_same_v<T, Command>) {
      member = a.command;
    } else if constexpr (std::is_same_v<T, std::optional<std::uint32_t>>) {
      member = static_cast<std::uint32_t>(a.number);
    } else {
      static_assert(std::is_integral_v<T>);
      member = static_cast<T>(a.number);
    }
  }

  void add(Code code, const Word& word, std::string message, std::string label = {},
           std::string note = {}) {
    findings_.add(code, word.at, word.width, std::move(message), std::move(label), std::move(note));
  }
  Draft& draft() { return drafts_.back(); }

  void read_block(Block block, const std::vector<Line>& lines, Seen& seen);
  void read_keyword(const Keyword& keyword, const Line& line, Seen& seen);
  void warn_later(const Keyword& keyword, const Line& line);
  void unknown(Block block, const Line& line);
  bool check_block(const Keyword& keyword, const Line& line);
  // Reads the words behind the keyword as the table says. False when something was wrong enough to skip the line.
  bool read_argument(const Keyword& keyword, Argument& a);
  bool read_number(const Keyword& keyword, Argument& a);
  bool read_seconds(const Keyword& keyword, Argument& a);
  bool read_span(Argument& a);
  bool read_command(Argument& a);
  bool read_user(std::span<const Word> words, std::string& user, std::string& group);
  bool is_interface(const Word& word);
  void warn_semicolon(const Keyword& keyword, const Argument& a);
  void refuse_range(const Keyword& keyword, const Word& word, const std::string& range);

  // Enters a script, file or process under its name; nothing when there is no room or no need for it.
  std::optional<std::uint16_t> new_named(const Argument& a, Names& names, std::size_t known,
                                         std::string_view kind);
  void read_addresses(const Argument& a, bool is_advertised);
  // Nothing when the line cannot be used.
  bool read_address(const Line& line, bool is_advertised);
  void read_routes(const Argument& a, std::vector<Route>& routes, bool is_static);
  void read_rules(const Argument& a, std::vector<Rule>& rules, bool is_static);
  // "[all] SECONDS" of garp_extra_if. False when it cannot be read.
  bool read_extra(const Argument& a, long long least, Duration& interval, bool& on_all);
  bool read_own_interface(const Argument& a, OwnInterface::Kind kind);
  void read_tracked(const Argument& a, Watched kind);
  bool read_track_options(const Line& line, Watched kind, TrackOptions& options);
  // "weight N [reverse]" of a script, file or process, at most `most` either way.
  bool read_weight(const Argument& a, int most, int& weight, bool& reverse);
  void read_peer(const Line& line);
  // Reads words[from] and all behind it as options of `block`. False when one was wrong enough to skip the line.
  bool read_options(Block block, const Line& line, std::string_view otherwise);
  std::optional<std::string> secret_of(const Word& word);
  void warn_unknown_option(Block block, const Word& word, std::string_view otherwise);

  void finish_instance(Draft& draft);
  void inherit(Draft& draft);
  void inherit_announcing(Draft& draft);
  void finish_version(Draft& draft);
  void finish_role(Draft& draft);
  void finish_interval(Draft& draft);
  void finish_authentication(Draft& draft);
  void finish_hmac(Draft& draft);
  void finish_addresses(Draft& draft);
  void finish_source(Draft& draft);
  void finish_peers(Draft& draft);
  void finish_multicast(Draft& draft);
  void finish_late_backup(Draft& draft);
  void warn_idle_weights(const Draft& draft);
  void warn_stuck_weights(const Draft& draft);
  void warn_pacing();
  void warn_programs();
  // A program that cannot be run, or that others could change.
  struct Program;
  void look_at(const Program& program, bool runs_as_root);
  // keepalived's strict_mode: what is outside the RFC is refused or switched off, each with a finding.
  void strict_role(Draft& draft);
  void finish_strict(Draft& draft);
  void strict_switches(Draft& draft);
  const Word& strict_word(const Draft& draft) const;

  void finish_own_interface(Draft& draft);
  void finish_track_groups();
  void finish_statics();
  void finish_garp_groups();
  void finish_fifos();
  void warn_shared_addresses();

  void finish_groups();
  void finish_group(GroupDraft& draft);
  std::optional<std::uint16_t> instance_named(const Word& word, Code otherwise);
  void resolve(std::vector<Pending>& tracked);
  void drop_doubles(std::vector<Pending>& tracked);
  static std::string_view kind_of(Watched kind);
  void resolve(Pending& pending, Names& names, Code unknown, std::string_view kind);
  void finish_tracking(Draft& draft, const GroupDraft* group);
  int weight_of(const Pending& pending) const;
  bool reverse_of(const Pending& pending) const;
  void keep(Instance& instance, const Pending& pending) const;
  void warn_member_weights(const std::vector<Pending>& tracked);
  void warn_unused(const Names& names, Code code, std::string_view kind);
  void finish_interface_delays();
  void finish_virtual_routers();
  void finish_flags();
  void finish_flag(FlagDraft& draft, std::map<std::string_view, const Line*>& active_files);
  void finish_mail();
  void finish_agentx();

  Model& model_;
  Findings& findings_;
  const FileReader& files_;
  Standards standards_;
  std::vector<Draft> drafts_;
  std::vector<GroupDraft> group_drafts_;
  std::vector<FlagDraft> flag_drafts_;
  std::map<std::string_view, const Word*> instance_names_;
  std::map<std::string_view, const Word*> group_names_;
  std::map<std::string_view, std::uint16_t> instances_;  // filled by finish()
  Names scripts_;
  Names tracked_files_;
  Names processes_;
  // What is run, where the text says so.
  struct Program {
    Word command;
    std::string path;
    std::string user;                     // as given on its line
    std::optional<std::uint16_t> script;  // whose `user` line counts too
  };
  std::vector<Program> programs_;
  std::map<std::string_view, std::size_t> known_delays_;  // into model_.interface_delays
  std::vector<TrackGroupDraft> track_group_drafts_;
  std::map<std::string_view, const Word*> track_group_names_;
  std::vector<TrackGroupUse> track_group_uses_;
  std::vector<const Word*> static_words_;  // beside model_.statics.addresses
  std::vector<GarpGroup> garp_groups_;
  IprouteNames names_;
  Seen seen_in_root_;
  Seen seen_in_global_;  // global_defs may be given in pieces
  bool snmp_wanted_ = false;
  bool traps_wanted_ = false;
  bool has_agentx_block_ = false;
  bool has_agentx_socket_ = false;
  bool has_too_many_flags_ = false;
  AgentX agentx_;

  // Track lines belong to the group or to the instance being read.
  std::vector<Pending>* tracked_ = nullptr;
  // The address line being read.
  VirtualAddress address_;
  bool address_ok_ = true;
  const Word* address_group_ = nullptr;  // its track_group
  // The track line being read.
  int weight_ = 0;
  int most_weight_ = 253;
  // The peer line being read.
  UnicastPeer peer_;
};

}  // namespace config
