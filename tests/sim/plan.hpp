// A simulated run as data: who is on the LAN, what goes wrong when, and what is demanded afterwards. Made from one seed
// before anything runs, so that a run is exactly as repeatable as its plan.
//
//   hosts            2..8 routers, each with one clock, one port and one engine
//   virtual routers  1..4, on every host; some of them in a sync group
//   a unit           what one host is of one virtual router
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/core/auth.hpp"
#include "tests/sim/edits.hpp"
#include "tests/sim/random.hpp"

namespace sim {

inline constexpr std::size_t kMaxHosts = 8;
inline constexpr std::size_t kMaxVirtuals = 4;
inline constexpr std::uint8_t kNoGroup = 0xff;

// What every unit tracks, by the index of the tracker; in the plan also its place in Router::trackers.
enum Tracked : std::uint16_t {
  kCheck,   // unweighted
  kWeight,  // -60 while failing
  kFile,    // its value
  kSecond,  // unweighted, debounced
};
inline constexpr int kLostWeight = 60;

// How the configuration of one host differs from the others'.
enum class Mismatch : std::uint8_t {
  kNone,
  kInterval,  // accepted, counted and shown
  kAddresses,
  kStrictInterval,  // from here on: not accepted, and no choice but two masters
  kStrictAddresses,
  kVersion,
  kPassword,
  kKey,
  kVrid,
};
constexpr bool divides(Mismatch mismatch) { return mismatch > Mismatch::kAddresses; }

struct VirtualPlan {
  std::vector<core::Router> routers;  // by host, as vigie would be configured
  std::uint8_t group = kNoGroup;
  Mismatch mismatch = Mismatch::kNone;
  std::size_t odd = 0;  // who differs, until he is given `mended`
  core::Router mended;
  Duration longest_interval{0};  // of any host at any time
  bool is_monotonic = false;     // of HMAC
  Duration check_up{0};          // debounce of kSecond
  Duration check_down{0};

  bool is_signed() const { return routers.front().auth_type == core::AuthType::kHmac; }
  bool is_divided() const { return divides(mismatch); }
};

struct HostPlan {
  std::int64_t drift_ppm = 0;
  Duration clock_offset{0};  // of the monotonic clock
  Duration wall_error{0};    // of the other
  Duration start_delay{0};
  std::uint8_t key = 1;  // signs with
};

// What the wire does to every packet.
struct Weather {
  double loss = 0;
  double duplication = 0;
  double corruption = 0;  // one bit
  bool reorders = false;  // otherwise packets of one sender arrive in order, as on any switch
};

// What somebody without the keys can put on the wire.
struct Attack {
  enum class Kind : std::uint8_t {
    // Nobody may accept these:
    kTtl,
    kChecksum,
    kVersion,
    kType,
    kLength,
    kUnknownVrid,
    kAuth,      // another password, or no or a wrong signature
    kStranger,  // unicast: from no peer
    kInterval,  // of zero
    kDestination,
    // These are accepted, unless adverts are signed:
    kLongInterval,  // one advert of 254 that promises the next one in more than half a minute
    kLosing,
    kZero,
    kOwner,
    // These were said once:
    kReplay,
  };
  static constexpr std::size_t kKinds = 15;
  Kind kind = Kind::kTtl;
  std::size_t router = 0;   // the virtual router attacked
  bool is_spoofed = false;  // as if from one of the routers
  std::uint8_t priority = 255;
  Duration period{0};
};
constexpr bool is_doomed(Attack::Kind kind) { return kind < Attack::Kind::kLongInterval; }
std::string_view to_string(Attack::Kind kind);

struct Fault {
  enum class Kind : std::uint8_t {
    kOneWayCut,    // nothing from `host` reaches `other`
    kPartition,    // the hosts in `side` and the others do not hear each other
    kPowerLoss,    // everything is gone at once, and boots afterwards
    kEngineDeath,  // the engine dies and the next one adopts; the kernel keeps the addresses
    kPause,        // the host does not run; its socket goes on queueing
    kPauseAll,
    kLinkDown,
    kStop,       // an orderly end, and a start afterwards
    kRestart,    // the same, with another priority
    kClockStep,  // of the wall clock, and put right afterwards
    kAttack,
    // Of one unit:
    kHold,  // permit off, or maintenance
    kCheckFails,
    kSecondFails,
    kWeightLost,
    kFileValue,
    kRefusal,  // the kernel refuses the addresses for as long as it lasts
    kReload,   // of the host: the configuration is changed in place
  };
  static constexpr std::size_t kKinds = 18;
  Kind kind = Kind::kPowerLoss;
  Duration after{0};  // since the storm began
  Duration lasts{0};
  std::size_t host = 0;
  std::size_t other = 0;
  std::uint32_t side = 0;  // one bit per host
  std::size_t router = 0;  // of the unit
  int value = 0;           // of the file; the new priority
  bool forgets = false;    // its disk is gone as well
  Duration step{0};
  Attack attack;
  Edit edit;  // of the configuration of `router`
};
constexpr bool is_of_unit(Fault::Kind kind) {
  return kind >= Fault::Kind::kHold && kind != Fault::Kind::kReload;
}
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
  std::vector<HostPlan> hosts;
  std::vector<VirtualPlan> routers;
  Duration delay_max{0};     // D: of the wire
  Duration lateness_max{0};  // J: of a turn
  Duration kernel_max{0};    // L: to put an address in or take it out
  std::vector<Cycle> cycles;
  std::size_t mended_before = 0;  // the cycle before which mismatches are mended

  Duration longest_interval() const;
  // Virtual routers that rise and fall with this one, itself among them.
  std::vector<std::size_t> together(std::size_t router) const;
};

// How the operator brings a change into force: by a restart alone, or by a reload as well. The first has the plans that seeds made
// before there were reloads.
enum class Operator : std::uint8_t { kRestarts, kReloads };

Plan make_plan(std::uint64_t seed, Operator by = Operator::kReloads);

core::Address address_of(std::uint8_t last, core::Family family);

core::Address source_of(std::size_t host, core::Family family);
// Nobody's, and lower than everybody's: he loses every tie.
core::Address stranger_of(core::Family family);

}  // namespace sim
