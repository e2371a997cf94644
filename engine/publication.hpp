// What everybody else may know: records in the ledger, rows on the board, and one kick for whoever reads them.
//
// Records are remembered as things happen and written at the end of the turn, numbered from the moment they are
// remembered, so that a row can refer to one. The ledger is written before the board: of a crash in between, the next
// engine can tell what happened. Only rows that were touched are published.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/os/fd.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/heritage.hpp"
#include "engine/ipc/role.hpp"
#include "engine/past.hpp"

namespace engine {

using Kicks = std::array<base::os::UniqueFd, ipc::kKickCount>;

class Publication {
 public:
  // Requires: board and ledger are of this boot, the board has a row per instance. Everything referred to outlives this.
  Publication(std::span<std::byte> board, std::span<std::byte> ledger, const Kicks& kicks,
              const config::Model& model, const Past& past, std::uint32_t generation);

  // Goes on where `before` has come to, whose records are in the ledger from here on, and with the rows of those that were
  // there. Everything is to be published, on the board there is now.
  void inherit(Publication& before, const Heritage& from);
  // Tells whoever has this board mapped that there is another.
  void retire();

  // The moment of this turn, which every record of it carries.
  void begin(base::Instant now, std::int64_t wall_ns);

  // A record with everything in it that goes without saying; of an instance, also its name and priority.
  feed::Record record(feed::Kind kind) const;
  feed::Record record(feed::Kind kind, std::uint16_t instance) const;
  // Answers the number it will have in the ledger.
  std::uint64_t remember(const feed::Record& record);
  // One that was remembered, as long as the ledger has it.
  std::optional<feed::Record> find(std::uint64_t sequence) const;
  // A line of text, for what has no record of its own.
  void note(std::string_view text);

  // For changing: what is changed here is published at the end of the turn.
  feed::Row& row(std::uint16_t instance);
  const feed::Row& look_at(std::uint16_t instance) const { return rows_[instance]; }
  feed::GroupRow& group(std::size_t group);
  const feed::GroupRow& look_at_group(std::size_t group) const { return groups_[group]; }
  feed::Global& global() { return global_; }
  const feed::Global& global() const { return global_; }

  // A packet for nobody, and one for this instance, was not accepted.
  void count(base::Drop reason, std::uint64_t packets = 1);
  void count_for(std::uint16_t instance, base::Drop reason);

  // Written at once; whoever keeps them decides how often.
  void publish_peer(std::uint16_t instance, std::size_t slot, const feed::PeerRow& row);
  void publish_stranger(std::size_t slot, const feed::Stranger& row);

  // What is to be published with the next publish(), for whoever fills the rows in.
  std::span<const std::uint16_t> touched() const { return touched_; }
  // The ledger, then the board. Until the instances have started the rows are those of the engine before, to be adopted
  // by this one or, should it die now, by the next: they stay as they are.
  void publish(bool with_rows);
  // Tells every reader once that there are new records, if there are.
  void kick();

 private:
  void write_down();

  feed::BoardWriter board_;
  std::span<const std::byte> ledger_memory_;
  feed::LedgerWriter ledger_;
  const Kicks& kicks_;
  const config::Model& model_;
  base::Instant now_;
  std::int64_t wall_ns_ = 0;
  feed::Global global_;
  std::vector<feed::Row> rows_;
  std::vector<std::uint16_t> touched_;
  std::vector<bool> is_touched_;
  std::vector<feed::GroupRow> groups_;
  std::vector<bool> is_group_touched_;
  std::vector<feed::Record> records_;
  bool owes_kick_ = false;
};

}  // namespace engine
