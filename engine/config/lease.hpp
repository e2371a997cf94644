// How long the kernel keeps a virtual address when nobody says any more that it is wanted: the lease. Pure.
//
// Whatever ends the processes of this router, or stops them for long enough, its addresses vanish by themselves: after the
// peers have taken over, and not much later. What takes over waits for as many intervals as `down_timer_adverts` says, and
// for its skew, which is less than an interval (of version 2 a second, which an interval is there at least).
//
//   takeover  = (down_timer_adverts + 1) intervals
//   lease     = takeover + 1 s, at least 2 s, or what the operator asked for if that is longer; in whole seconds
//   refresh   = how often it is renewed: a quarter of it, at most 0.9 s; half of it when the operator asked for it
//   remaining = lease - refresh: what it has left at any time while the keeper lives; a takeover and a tenth of a second,
//               and 1.5 s, at least
//
//        renewed                 died        taken over              gone
//   |------+-- refresh --+--------+---------------+-------------------+-------->
//          |<------------------------- lease ------------------------>|
//                        |<-------------- remaining ----------------->|  when it was due and was not renewed
//
// So long (remaining) a keeper may be late, be kept from the kernel's lock, or hang until the supervisor has replaced it
// (HeartbeatWatch::keeper_patience_for, supervisor/heartbeat.hpp), and no address is lost by it.
//
// The kernel looks once a second at most, so an address may stay a second longer than its lease; it may go 20 ms earlier.
//
// A permanent address of the same place becomes a leased one and back without being gone for a moment. IPv6 has one thing
// to mind: the route to the prefix is shared by all addresses in it, and the kernel lets it expire with whichever address was
// changed from permanent to leased; so that change is made in two steps, of which the first gives up the share in the route
// (Request in engine/keeper/facts.hpp).
#pragma once

#include "engine/config/model.hpp"

namespace config {

struct Lease {
  bool is_on = false;
  std::uint32_t seconds = 0;  // in the kernel
  Duration refresh{0};        // how often it is renewed
  Duration remaining() const { return std::chrono::seconds{seconds} - refresh; }
  friend bool operator==(const Lease&, const Lease&) = default;
};

Lease lease_of(const Instance& instance, const Safety& safety);
// Of all leases; Duration::max() where there is none.
Duration shortest_remaining(const Model& model);

}  // namespace config
