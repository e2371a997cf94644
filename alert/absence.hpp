// That no engine runs: the one condition that no record tells while it lasts, for the engine is who writes records. The alerter
// sees it on the board, looks what the kernel of this host holds meanwhile, and makes the record itself; how often a mail says so,
// is Conditions' business as ever. Pure: what is seen is handed in.
//
// When it has come to this, says feed::Presence. Nothing is taken from the supervisor or the keeper, who may be what hangs: an
// address in the kernel 5 s after the last word of an engine is one the keeper answers for, or one whose lease has not run out yet.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/presence.hpp"

namespace alert {

// A record that is in no ledger. Its sequence is its wall time, greater than any in a ledger.
struct Sighting {
  feed::Record record;
  std::string details;  // lines for the mail
};

class Absence {
 public:
  // `model` outlives this.
  Absence(const config::Model& model, base::Instant now) : model_(model), presence_(now) {}

  // To be called once a second. True: none runs since now, or one runs again, or that one runs is known for the first time; then
  // ask for the sighting. An alerter that has just started knows nothing of its predecessor, and Conditions does.
  bool look(const std::optional<feed::Global>& board, base::Instant now);

  struct View {
    std::span<const std::optional<feed::Row>> rows;     // of the board
    const base::Result<std::set<base::Address>>& here;  // in the kernel of this host
    base::Instant now;
    std::int64_t wall_ns = 0;
  };
  Sighting sighting(const View& view) const;

 private:
  static constexpr std::size_t kMostLines = 64;
  void describe_absence(const View& view, Sighting& sighting) const;
  void describe_return(const View& view, Sighting& sighting) const;

  const config::Model& model_;
  feed::Presence presence_;
  std::optional<bool> is_missing_;
  // When the last one was seen, and when the one of now was started; Instant{}: not known.
  base::Instant last_sign_;
  base::Instant started_;
};

}  // namespace alert
