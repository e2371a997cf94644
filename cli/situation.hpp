// How things stand, as far as a running vigied published it: what every instance is, who else was heard, and what of all
// that is tracked fails already. `vigie plan` foretells from here.
//
// Backups are silent: a peer that is known may be gone. Nothing here guesses; what is not known is left out, and said.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/ip.hpp"
#include "base/vrrp.hpp"
#include "cli/facts.hpp"
#include "engine/config/model.hpp"

namespace cli {

// Another router of a virtual router.
struct KnownPeer {
  base::Address address;
  std::uint8_t priority = 0;  // 0: it left, and what it said before is not remembered
  base::Duration interval{0};
  std::optional<base::Duration> heard = {};  // so long ago; nothing: before the daemon started
};

struct InstanceSituation {
  base::State state = base::State::kMaster;
  bool is_departing = false;
  std::uint8_t holds = 0;
  std::uint8_t effective = 0;  // priority; 0: not known
  base::Address source;        // what it speaks from; not set: not known
  base::Address master;        // whom it obeys, as a backup
  std::vector<KnownPeer> peers = {};
};

struct Situation {
  bool is_running = false;
  // By place in the model.
  std::vector<InstanceSituation> instances = {};
  std::vector<bool> script_fails = {};
  std::vector<bool> process_fails = {};
  std::vector<std::int32_t> file_values = {};
  // By name, for several instances may track one.
  std::set<std::string> interfaces_down = {};
};

// Nothing runs: every instance is taken for a master that knows nobody, and all that is tracked for well.
Situation situation_of_file(const config::Model& model);

// What the daemon of these files published, in the places of `model`, which may be another configuration than the one that
// runs: an instance is found by its virtual router, everything else by name.
Situation read_situation(const Facts& facts, const Directories& directories,
                         const config::Model& model, base::Instant now, std::int64_t now_wall_ns);

}  // namespace cli
