// Walks the tree of lines by the keyword table and fills the model. Private to this folder: parser.hpp is the door.
//
// The table's rows point at the member functions here that take a checked argument. What can be judged on its own line
// is judged there; what needs the whole file (names, defaults from global_defs, pairs that contradict) is judged in
// finish().
#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/config/codes.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/lexer.hpp"
#include "engine/config/model.hpp"

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
// The label of a finding about a misspelt word; empty when nothing is near.
std::string did_you_mean(std::string_view near);

class Reader {
 public:
  Reader(Model& model, Findings& findings) : model_(model), findings_(findings) {}

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
  void agentx(const Argument& a) {
    take(agentx_.*Member, a);
  }
  template <auto Member>
  void script(const Argument& a) {
    take(model_.scripts.back().*Member, a);
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

  void block(const Argument&);  // whose keywords say it all
  void new_script(const Argument&);
  void new_instance(const Argument&);
  void new_flags(const Argument&);
  void agentx_block(const Argument&);
  void notification_email(const Argument&);
  void smtp_server(const Argument&);
  void script_user(const Argument&);
  void command_of_script(const Argument&);
  void user_of_script(const Argument&);
  void weight_of_script(const Argument&);
  void enable_snmp(const Argument&);
  void enable_other_mib(const Argument&);
  void enable_traps(const Argument&);
  void snmp_socket(const Argument&);
  void state(const Argument&);
  void auth_type(const Argument&);
  void auth_pass(const Argument&);
  void track_script(const Argument&);
  void track_interface(const Argument&);
  void virtual_ipaddress(const Argument&);
  void virtual_ipaddress_excluded(const Argument&);
  void nothing(const Argument&) {}  // its presence is what counts (Draft::has)
  void tls(const Argument&);
  void broadcast(const Argument&);
  void scope(const Argument&);
  void label(const Argument&);
  void peer(const Argument&);
  void weight(const Argument&);

  // What global_defs says for all instances.
  struct Standards {
    std::uint8_t version = 2;
    Duration garp_master_delay = std::chrono::seconds{5};
    std::uint32_t garp_master_repeat = 5;
    std::uint8_t down_timer_adverts = 3;
    bool v3_checksum_as_v2 = false;
    std::optional<bool> smtp_alert;
    std::optional<bool> smtp_alert_vrrp;
  };

 private:
  // The keywords a block has seen so far, and where.
  using Seen = std::map<std::string_view, const Line*>;

  // What may follow the name on a track line.
  struct TrackOptions {
    std::optional<int> weight;
    std::optional<bool> reverse;
  };
  struct PendingScript {
    const Word* name;
    TrackOptions options;
  };
  // An instance whose names are not resolved yet. Words and lines belong to the tree, which outlives the reader.
  struct Draft {
    Instance instance;
    const Word* name = nullptr;
    Seen seen;
    unsigned states = 0;  // how many `state` lines
    std::vector<PendingScript> scripts;
    std::vector<const Word*> addresses;  // beside instance.addresses
    bool has(std::string_view keyword) const { return seen.contains(keyword); }
    const Line* at(std::string_view keyword) const {
      const auto found = seen.find(keyword);
      return found == seen.end() ? nullptr : found->second;
    }
  };
  struct FlagDraft {
    Flags flags;
    std::span<const Word> names;
    const Line* line = nullptr;
    bool names_file = false;  // also a bad one, which has a finding already
  };

  template <typename T>
  static void take(T& member, const Argument& a) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::optional<bool>>) {
      member = a.on;
    } else if constexpr (std::is_same_v<T, Duration>) {
      member = a.duration;
    } else if constexpr (std::is_same_v<T, std::string>) {
      member = a.words[0].text;
    } else if constexpr (std::is_same_v<T, Command>) {
      member = a.command;
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
  void refuse_range(const Keyword& keyword, const Word& word, const std::string& range);

  void read_addresses(const Argument& a, bool is_advertised);
  void read_address(const Line& line, bool is_advertised);
  bool read_track_options(const Line& line, TrackOptions& options);
  void warn_unknown_option(Block block, const Word& word, std::string_view otherwise);

  void finish_scripts();
  void finish_agentx();
  void finish_instance(Draft& draft);
  void finish_version(Draft& draft);
  void finish_role(Draft& draft);
  void finish_interval(Draft& draft);
  void finish_authentication(Draft& draft);
  void finish_addresses(Draft& draft);
  void finish_tracking(Draft& draft);
  void finish_virtual_routers();
  void finish_flags();
  void finish_flag(FlagDraft& draft, std::map<std::string_view, const Line*>& active_files);
  void finish_mail();

  Model& model_;
  Findings& findings_;
  Standards standards_;
  std::vector<Draft> drafts_;
  std::vector<FlagDraft> flag_drafts_;
  std::map<std::string_view, const Word*> instance_names_;
  struct NamedScript {
    const Word* name;
    std::uint16_t index;
    bool is_used;
  };
  std::map<std::string_view, NamedScript> scripts_;
  Seen seen_in_root_;
  Seen seen_in_global_;  // global_defs may be given in pieces
  bool snmp_wanted_ = false;
  bool traps_wanted_ = false;
  bool has_agentx_block_ = false;
  bool has_agentx_socket_ = false;
  AgentX agentx_;

  // The address line being read.
  VirtualAddress address_;
  bool address_ok_ = true;
  // The track line being read.
  int weight_ = 0;
};

}  // namespace config
