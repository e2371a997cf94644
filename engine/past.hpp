// What the engine before left behind, read from board and ledger before this one writes to either.
//
// The ledger is written before the board: a transition that is in the ledger and not yet in its row has happened. A row
// whose writer died in the middle of it is a mixture of two of its writes; the ledger tells which state it ended in.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/core/instance.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/record.hpp"

namespace engine {

struct Past {
  // Of nobody: everything begins, or is inherited later.
  static Past none(const config::Model& model);

  feed::Global global;
  // By instance, the last transition included.
  std::vector<feed::Row> rows;
  // By instance: the state to be adopted in; nothing: it starts afresh.
  std::vector<std::optional<base::State>> states;
  std::vector<std::optional<bool>> scripts;  // by script: the last verdict in the ledger
  std::vector<std::optional<bool>> permits;  // by flag: likewise, present or not
  struct Tracked {
    bool well = false;
    std::int32_t value = 0;
    friend bool operator==(const Tracked&, const Tracked&) = default;
  };
  std::vector<std::optional<Tracked>> files;      // by file: the last in the ledger
  std::vector<std::optional<Tracked>> processes;  // by process
  std::vector<feed::GroupRow> groups;             // by sync group
  std::vector<std::string> notes;                 // since the last orderly end
};

// Requires: `board` has a row for every instance and group of the model; both belong to this boot.
Past read_past(const config::Model& model, std::span<const std::byte> board,
               std::span<const std::byte> ledger);

// The facts for Instance::adopt(). A backup that takes over from a dead engine has been deaf for a while: whatever the
// row says, it listens for one interval of the master and the skew before it believes in silence. A master nobody spoke
// for so long that its peers must have taken over departs: it answers for its addresses until the successor is heard, and
// comes back as the protocol has it. With no successor that takes an interval and the skew.
core::Adopted adopted_from(const feed::Row& row, const core::Router& router, base::Instant now);

// The row's part of a transition: state, times, counters, cause. The record has its sequence number.
void apply_transition(const feed::Record& record, feed::Row& row);

}  // namespace engine
