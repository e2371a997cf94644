// What the keeper said and did for instances while no engine could (ipc::StoodIn): written down by the engine that comes, for
// nobody else writes to the ledger, and put into what it adopts.
//
// An instance whose addresses were let go of is backup: that transition has happened, in the moment it happened, and this is
// its only record. One that nobody took over from is master as before and speaks at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/instance.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/past.hpp"
#include "engine/publication.hpp"

namespace engine {

class Interim {
 public:
  explicit Interim(std::size_t instances) : of_(instances) {}

  // The keeper begins anew to tell how things are.
  void forget();
  // False when it is about something that is not there.
  [[nodiscard]] bool take(const ipc::StoodIn& message);

  // Changes what is adopted of an instance that was master, and what is known of its past; writes down what happened to it.
  // Of any other instance it does nothing. Requires: `wall_ns` is the same moment as `now`.
  struct Moment {
    base::Instant now;
    std::int64_t wall_ns = 0;
  };
  void write_down(std::uint16_t instance, Moment moment, Past& past,
                  Publication& publication) const;
  void correct(std::uint16_t instance, const feed::Row& row, base::Instant now,
               core::Adopted& adopted) const;
  // For the record of the adoption; empty when nobody stood in.
  std::string words_for(std::uint16_t instance) const;

 private:
  std::vector<std::optional<ipc::StoodIn>> of_;
};

}  // namespace engine
