// Which gratuitous ARP or unsolicited NA is due when, over all instances.
//
// The first announcement of every address goes before the second of any: after a takeover of a thousand addresses every
// client has heard once before any hears twice. Pure pacing arithmetic; fixed memory after construction.
//
// A round announces every address of an instance once. A burst is some rounds, 0, 100 ms, 500 ms and 1 s after its start
// and every 500 ms from there: a lost first announcement heals by itself, and soon. On becoming master, by default:
//
//   | || | |       .  .  .    | || | |        .  .  .    |            .  .  .    |
//   0 .1 .5 1 1.5             5 5.1 ... 6.5              refresh                 2 x refresh
//   `repeat` rounds           after `delay`, again      `refresh_repeat` rounds, for as long as it is master
//
// A losing advert asks for a burst of its own, with numbers of its own, beside whatever is under way. Addresses on other
// interfaces than the instance's, where switches hear no adverts, may be announced every so often beside all that.
#pragma once

#include <cstdint>
#include <optional>
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
  // The defaults are keepalived's; what each means is config::Announcing's business.
  struct Schedule {
    std::uint16_t addresses = 0;               // how many this instance announces
    std::uint32_t repeat = 5;                  // 0 counts as 1
    Duration delay = std::chrono::seconds{5};  // 0: no second burst
    Duration refresh{0};                       // 0: never
    std::uint32_t refresh_repeat = 1;          // 0 counts as 1
    std::uint32_t lower_repeat = 5;            // 0: a losing advert asks for nothing
    Duration lower_delay = std::chrono::seconds{5};
    // By address, the lane it goes out on: an interface's ARP, or its NA. Empty: none of them is paced.
    std::vector<std::uint16_t> lanes;
    // By address, whether it is one of those; empty: none of them is.
    std::vector<bool> is_elsewhere{};
    Duration elsewhere{0};  // how often those are announced; 0: not beside the others
  };
  enum class Burst : std::uint8_t { kMaster, kLower };

  // One schedule per instance, by InstanceId. `distances` is by lane: the least time between two announcements on it.
  explicit Announcer(std::span<const Schedule> instances, std::span<const Duration> distances = {});

  // Goes on with what `before` owed, its lanes included: by instance and by lane, where each was there.
  void inherit(const Announcer& before, std::span<const std::optional<std::uint16_t>> instances,
               std::span<const std::optional<std::uint16_t>> lanes);

  // (Re)starts a burst of one instance, all addresses; its first round is due at once. kMaster forgets what kLower owed.
  void start(base::InstanceId instance, Instant now, Burst burst = Burst::kMaster);
  // Everything.
  void stop(base::InstanceId instance);

  // Fills `due` with at most its size of announcements to send now, earlier rounds first, and answers how many. What did
  // not fit stays due: call again when there is room.
  std::size_t take_due(Instant now, std::span<Announcement> due);
  // When take_due() has something to give; never while nothing is owed.
  Instant deadline() const { return earliest_; }

 private:
  struct Progress {
    Burst burst = Burst::kMaster;
    std::uint32_t round = 0;  // 0: the first announcement; counts on through both bursts
    std::uint16_t next = 0;   // address the round is at
    Instant started{};
    Instant due = Instant::never();  // never: nothing is owed
    Instant refresh_started{};       // of the refresh under way
    std::uint32_t refresh_round = 0;
  };
  static constexpr std::size_t kBursts = 2;
  static constexpr std::size_t kElsewhere = kBursts;  // behind an instance's bursts
  static constexpr std::size_t kPlaces = kBursts + 1;
  // Behind every round that a burst can have come to.
  static constexpr std::uint32_t kLastRound = ~std::uint32_t{0};

  const Schedule& schedule_of(std::size_t place) const { return schedules_[place / kPlaces]; }
  Instant free_at(std::size_t place) const;  // when the lane of its next address takes one more
  bool may_send(std::size_t place, Instant now) const;
  bool is_elsewhere(std::size_t place) const { return place % kPlaces == kElsewhere; }
  void start_elsewhere(std::size_t place, Instant now);
  // The next address of this round, from `next` on.
  void skip_others(std::size_t place);
  void finish_round(std::size_t place, Instant now);
  void find_earliest();

  struct Lane {
    Duration distance{0};
    Instant free_at;
  };
  std::vector<Schedule> schedules_;
  std::vector<Lane> lanes_;
  std::vector<Progress> progress_;  // by instance: each burst, then the addresses elsewhere
  Instant earliest_ = Instant::never();
};

}  // namespace core
