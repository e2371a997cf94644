// Which gratuitous ARP or unsolicited NA is due when, over all instances.
//
// The first announcement of every address goes before the second of any: after a takeover of a thousand addresses every
// client has heard once before any hears twice. Pure pacing arithmetic; fixed memory after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/router.hpp"

namespace core {

struct Announcement {
  base::InstanceId instance;
  std::uint16_t address =
      0;  // index into the instance's addresses, in the order of the compiled configuration
  friend bool operator==(const Announcement&, const Announcement&) = default;
};

class Announcer {
 public:
  struct Schedule {
    std::uint16_t addresses = 0;                 // how many this instance announces
    base::InlineList<Duration, 8> repeat_after;  // measured from the first announcement
  };
  // One schedule per instance, by InstanceId.
  explicit Announcer(std::span<const Schedule> instances);

  // (Re)starts the schedule of one instance, all addresses; the first round is due at once.
  void start(base::InstanceId instance, Instant now);
  void stop(base::InstanceId instance);

  // Fills `due` with at most its size of announcements to send now, earlier rounds first, and answers how many. What did
  // not fit stays due: call again when there is room.
  std::size_t take_due(Instant now, std::span<Announcement> due);
  // When take_due() has something to give; never while nothing is owed.
  Instant deadline() const { return earliest_; }

 private:
  struct Progress {
    Schedule schedule;
    std::uint8_t round = 0;  // 0: the first announcement
    std::uint16_t next = 0;  // address the round is at
    Instant started;
    Instant due = Instant::never();  // never: nothing is owed
  };
  static void finish_round(Progress& progress);
  void find_earliest();

  std::vector<Progress> instances_;
  Instant earliest_ = Instant::never();
};

}  // namespace core
