// Conditions that come and go - two masters, a peer configured differently, a clock that is wrong, addresses that somebody
// removes again and again, no engine - and how often a mail may say so. Pure.
//
// The beginning of a condition is told at once, its end when the beginning was. One that comes again within kQuiet of the
// last mail about its beginning waits for the rest of that time and is told then, if it is still there: a condition that
// blinks makes two mails in ten minutes, and one that stays is always told. Of an instance each kind of condition counts
// for itself, whoever the peer is: made-up peers make no more mails.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alert/told.hpp"
#include "base/instant.hpp"
#include "engine/feed/record.hpp"

namespace alert {

class Conditions {
 public:
  static constexpr base::Duration kQuiet = std::chrono::minutes{10};

  static bool is_one(feed::Kind kind);

  // What was remembered (changed(), kept by the outbox). False when it is nothing of ours.
  bool recall(const Told& told);

  // A record of a condition. True: it is to be told now.
  bool take(const feed::Record& record);
  // Beginnings that had to wait and need not any more, by the sequence of their records; they count as told.
  std::vector<std::uint64_t> due(std::int64_t wall_ns);
  // When due() will have something; nothing when nothing waits.
  std::optional<std::int64_t> next_due() const;

  // What must be remembered of all that happened since the last call.
  std::vector<Told> changed();

 private:
  struct One {
    bool is_told = false;       // the last mail told of its beginning
    std::int64_t begun_ns = 0;  // wall time of that record
    std::uint64_t waiting = 0;  // sequence of a beginning that must wait; 0: none
    bool is_changed = false;
  };
  std::map<std::string, One> all_;
};

}  // namespace alert
