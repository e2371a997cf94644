// A simulated run as data: who is on the LAN, what goes wrong when, and what is demanded afterwards. Made from one seed
// before anything runs, so that a run is exactly as repeatable as its plan.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "engine/core/router.hpp"

namespace sim {

using core::Duration;
using core::Instant;

// Same numbers on every machine and with every library: no std::*_distribution.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool chance(double probability) {
    return static_cast<double>(engine_() >> 11) * 0x1p-53 < probability;
  }
  Duration between(Duration low, Duration high) {
    if (high <= low) return low;
    return low + Duration{static_cast<std::int64_t>(
                     below(static_cast<std::uint64_t>((high - low).count())))};
  }

 private:
  std::mt19937_64 engine_;
};

struct RouterPlan {
  core::Router router;  // as vigie would be configured
  core::Address source;
  std::int64_t drift_ppm = 0;
  Duration clock_offset{0};
};

// What the wire does to every packet.
struct Weather {
  double loss = 0;
  double duplication = 0;
  double corruption = 0;  // one bit
  bool reorders = false;  // otherwise packets of one sender arrive in order, as on any switch
};

struct Fault {
  enum class Kind : std::uint8_t {
    kOneWayCut,    // nothing from `router` reaches `other`
    kPartition,    // the routers in `side` and the others do not hear each other
    kPowerLoss,    // everything is gone at once, and boots afterwards
    kEngineDeath,  // the engine dies and the next one adopts; the kernel keeps the addresses
    kPause,        // the host does not run; its socket goes on queueing
    kPauseAll,
    kHold,  // permit off, or maintenance
    kLinkDown,
    kCheckFails,  // the unweighted check
    kWeightLost,  // the weighted check
    kStop,        // an orderly end, and a start afterwards
    kRefusal,     // the kernel refuses the addresses for as long as it lasts
  };
  static constexpr std::size_t kKinds = 12;
  Kind kind = Kind::kPowerLoss;
  Duration after{0};  // since the storm began
  Duration lasts{0};
  std::size_t router = 0;
  std::size_t other = 0;
  std::uint32_t side = 0;  // one bit per router
};

std::string_view to_string(Fault::Kind kind);

// Much goes wrong at once; then everything is healed and convergence is demanded. Then one thing alone goes wrong, to
// whoever is master or to a backup, and the bound for that thing is demanded.
struct Cycle {
  Weather weather;
  Duration storm{0};
  std::vector<Fault> faults;
  Fault clean;
  bool at_master = true;  // the clean fault strikes the master, else a backup
};

struct Plan {
  std::uint64_t seed = 0;
  std::vector<RouterPlan> routers;  // 2..8
  Duration delay_max{0};            // D: of the wire
  Duration lateness_max{0};         // J: of a turn
  Duration kernel_max{0};           // L: to put an address in or take it out
  std::vector<Cycle> cycles;

  Duration longest_interval() const;
};

Plan make_plan(std::uint64_t seed);

}  // namespace sim
