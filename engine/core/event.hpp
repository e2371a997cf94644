// Everything that can happen to an instance. Adding one here is a compile error in Instance until every state has
// placed it.
#pragma once

#include <variant>

#include "base/vrrp.hpp"
#include "engine/core/advert.hpp"

namespace core {

// The evidence a cause carries; which fields mean something depends on the cause.
struct Evidence {
  Address peer;               // who was heard, or was not heard any more
  Priority peer_priority;     // of the last advert of that peer
  Duration silence{0};        // age of that advert
  Duration lateness{0};       // how late we were ourselves
  std::uint16_t tracker = 0;  // index into Router::trackers, for causes about one
  std::int32_t status = 0;    // exit status, or minus the signal, or errno
  Duration duration{0};       // how long the check ran
  std::uint32_t uid = 0;      // who asked
  std::uint16_t member = 0;   // of its sync group, by its place in the configuration
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// The daemon starts this instance. The world known so far (link, trackers, permit) has been told before or follows.
struct Start {
  Instant delayed_until;  // Hold::kStartDelay is on until then
  bool knew_peer =
      false;  // another router of this VRID was known before: quiet start, if there is a cap for it
};

// An accepted advert. `received` is the kernel's stamp, at most the turn's `now`.
struct Heard {
  Advert advert;
  Instant received;
  // Rightly signed and new, by a clock we cannot agree with: its sender lives. It keeps a backup from rising, preemption
  // or not.
  bool is_clock_bad = false;
};

// Some VRRP advert, of whatever virtual router, came in on our interface: the LAN carries. Ends a quiet start.
struct LanHeard {};

// What a sync group is, as its members add up (engine/core/sync_group.hpp). Told to every member before its first
// advance() and whenever it changes; telling it again changes nothing.
struct GroupChanged {
  base::State standing = base::State::kBackup;  // kMaster, kBackup or kFault
  std::uint16_t member = 0;                     // who decided it, by its place in the configuration
  bool prepares = false;  // all want to be master, and some have to have their addresses first
};

// The own interface: whether it can carry adverts. `cause` says what is wrong when it cannot.
struct LinkChanged {
  bool usable = false;
  base::Cause cause = base::Cause::kLinkDown;
  Address source;  // the address adverts leave from; ties are broken with it
};

// A tracked thing answered. The first answer counts alone; rise and fall were applied by who watches it.
struct TrackerReported {
  std::uint16_t tracker = 0;  // index into Router::trackers
  bool well = false;
  base::Cause cause = base::Cause::kScriptFailed;
  std::int32_t status = 0;
  Duration duration{0};
  std::int32_t value = 0;  // of a file: times the weight it moves the priority
};

// A hold was put on or taken off. Holds keep a backup from rising and make a master depart; they are no fault.
struct HoldChanged {
  base::Hold hold = base::Hold::kPermit;
  bool on = false;
  std::uint32_t uid = 0;
};

// An operator moves mastership. A master leaves in favour of somebody else and obeys him until he is gone; or (`take`) a backup
// pushes the lower master there is aside, whatever else keeps it from preempting. Who is not what the operator saw does nothing.
struct Switchover {
  bool take = false;
  bool force = false;  // leaves even when nobody takes over
  std::uint32_t uid = 0;
  // How long it is waited for a successor, when more than two intervals: of a sync group, whose members are asked together and
  // answered together, two of its slowest.
  Duration patience{0};
};

// The kernel holds every virtual address of this instance; announcing may begin.
struct AddressesInstalled {};

// The kernel will not take an address: a master without its addresses is no master.
struct AddressRefused {
  std::int32_t error = 0;
};

// Somebody takes the addresses from the kernel as often as they are put back, or has ceased to. Each time it is said, a
// master leaves in favour of somebody else, who may be left in peace, and does not take it back before it is over; when there
// is nobody else it stays, for an address that comes and goes is better than none.
struct AddressesFought {
  bool on = false;
};

// An orderly end: make before break, then Stopped. `cause`: of the daemon, or of this instance alone (kReload).
struct Stop {
  base::Cause cause = base::Cause::kStop;
};

using Event =
    std::variant<Start, Heard, LanHeard, GroupChanged, LinkChanged, TrackerReported, HoldChanged,
                 Switchover, AddressesInstalled, AddressRefused, AddressesFought, Stop>;

}  // namespace core
