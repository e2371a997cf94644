// Which virtual addresses the kernel should hold and which it does, and what must be done about the difference.
//
// Pure: told what the engine wants, what the kernel says and what time it is; answers with requests. It compares levels,
// never remembers edges: whatever happened and in whatever order, an address that should be there and is not is asked
// for, one that should not be there and is is removed. When nothing is due, the kernel is as wanted or holding() names
// the error.
//
//   wish of an instance   until the engine has said: leave everything as it is (a keeper that was just started finds
//                         the addresses of the one before). Then hold, or release.
//   a refusal             is reported and tried again every kRetryAfter, and at once when the interface changes. One that was
//                         held and taken away, and any where IPv6 of the interface is off, is tried again every kSoonAgain
//                         first, for kPatience, and nothing said: what is done to the interface may not be over.
//   a fight               somebody undoes what we do again and again: after kMostFights within kFightWindow it is
//                         answered once per kRetryAfter, and what is taken away is reported as fought, until it has been
//                         quiet for kFightWindow.
//   no_track              an address that somebody else removes stays removed until it is wanted anew; it counts as held,
//                         for nobody is to miss it.
//
// With another configuration (reconfigure) nothing is known of what is wanted, for places mean other instances: until the
// engine has spoken for all who may hold an address now, one that was held goes on being held, and one that was not stays
// as it is. One that the new configuration does not name any more is an orphan: it is removed when every instance has been
// spoken for, after what takes its place (the same address with another prefix length, say) has been added.
//
// What is held is leased (engine/config/lease.hpp): renewed again and again, or gone by itself. An address that was there
// before and does not carry our mark is somebody's own and stays as permanent as it was. While nobody speaks for the
// instances (speaker_is) and nobody stands in for them, nothing is renewed and nothing that is gone is put back; then everything is
// as it was wanted last.
//
// Of several IPv4 addresses of one network the kernel takes the first for the primary one, from which this host speaks. A
// virtual address that was put back before a network manager had put back the host's own would be that: it is taken off
// and put on again, and so comes after it, as at a start.
//
// One address written in two instances is one address in the kernel: held while either wants it.
// IPv4 addresses are told apart by address, prefix length and peer, IPv6 ones by address alone, as the kernel does.
// An address the kernel already has counts as held whatever broadcast, scope or label it carries; one of our own that has come
// to carry another label is put on anew.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "engine/config/lease.hpp"
#include "engine/config/model.hpp"
#include "engine/keeper/facts.hpp"

namespace keeper {

using base::Duration;
using base::Instant;
using config::Lease;

class Addresses {
 public:
  static constexpr Duration kRetryAfter = std::chrono::seconds{1};
  static constexpr Duration kPatience = std::chrono::seconds{1};
  static constexpr Duration kSoonAgain = std::chrono::milliseconds{100};
  static constexpr Duration kRenewAgainAfter = std::chrono::milliseconds{100};
  // The kernel says that it has an IPv6 address before it has: it makes the route to it and joins its solicited-node group a
  // moment later, when it tells everybody of it. Until then, and for so long at most, the address does not count as held,
  // for nobody would be answered who asks it; and it is not removed, for one that goes before that takes away the
  // membership of another address that shares the group.
  static constexpr Duration kBeginsWithin = std::chrono::milliseconds{200};
  static constexpr std::size_t kMostFights = 20;
  static constexpr Duration kFightWindow = std::chrono::seconds{10};

  explicit Addresses(const config::Model& model);

  void reconfigure(const config::Model& model);

  // The wish of the engine; the same again changes nothing. False: there is no such instance.
  bool want(std::uint16_t instance, bool hold);
  // Whether it is known of every instance what is wanted.
  bool has_every_wish() const { return is_ending_ || unspoken_ == 0; }
  // Release everything, also what nobody has spoken for: the daemon ends.
  void release_all();
  // Whether whoever wishes is there. Until this is said it is.
  void speaker_is(bool there);
  // Somebody stands in for an instance: its addresses are held on, or let go of, whatever was wished.
  enum class StandIn : std::uint8_t { kNobody, kHolds, kLetsGo };
  void stand_in(std::uint16_t instance, StandIn how);

  // What the kernel says. An interface that got another index has lost its addresses.
  void interface_is(std::string_view name, IfIndex index);
  // Something else about an interface changed: a refused address may be acceptable now. While it is down, IPv6 addresses
  // vanish by the kernel's own doing (it says so after it said that the link is down), and nobody is blamed.
  void interface_changed(std::string_view name, bool is_up);
  void observe(const AddressFact& fact, Instant now);
  void observe_all(std::span<const AddressFact> facts, Instant now);

  // What to do next: at most `most` requests, the instances taking turns. Every one of them must be answered by
  // done() before the next take().
  struct Task {
    std::size_t slot = 0;
    Request request;
  };
  std::vector<Task> take(std::size_t most, Instant now);
  void done(const Task& task, int error, Instant now);
  // Whether an IPv4 address of this very network is to stay on the interface.
  bool keeps_some_of(const base::Prefix& removed, IfIndex interface) const;
  // Leases to be renewed now, likewise answered by done(). When one is due, those that will be soon go with it: a few
  // addresses travel together, and a thousand some at a time, spread over the time between two renewals of one of them. More
  // at once would be more than others who listen to the kernel have room for.
  std::vector<Task> take_renewals(std::size_t most, Instant now);
  // When take() or take_renewals() will have something: boot when now, never when nothing is due.
  Instant deadline() const;

  // Struggles that have been quiet long enough end. Called about once per second.
  void calm_down(Instant now);

  // The answer to a wish.
  struct Holding {
    std::uint16_t installed = 0;
    std::uint16_t total = 0;
    std::uint16_t refused = 0;  // index of an address, when error is set
    int error = 0;
    bool is_fought = false;    // by somebody who takes them away
    std::uint16_t fought = 0;  // index of such an address
    bool is_settled = false;   // nothing is due: this is how it stays until something happens
    friend bool operator==(const Holding&, const Holding&) = default;
  };
  Holding holding(std::uint16_t instance, Instant now) const;
  // Addresses in the kernel that were held for a former configuration and have no owner in this one.
  std::size_t orphans() const;
  std::size_t instances() const { return instances_.size(); }
  // Instances whose holding() may have changed since the last call.
  std::vector<std::uint16_t> take_changed();

  // Addresses that somebody removed and that are back, since the last call; each at most once.
  struct Place {
    std::uint16_t instance = 0;
    std::uint16_t address = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  std::vector<Place> take_restored();
  // Addresses that are wanted and whose lease ran out, since the last call: they are put back, unless nobody speaks for
  // them now.
  struct Expired {
    base::Prefix prefix;
    std::string interface;
    Duration unrenewed{0};  // for so long
  };
  std::vector<Expired> take_expired() { return std::exchange(expired_, {}); }

 private:
  enum class Wish : std::uint8_t { kUnspoken, kHold, kRelease };

  // An address in the kernel, whoever wants it.
  struct Slot {
    config::VirtualAddress address;
    Lease lease;               // of its owners, the longest
    bool is_ours = false;      // added by us, or by a keeper before
    bool is_permanent = true;  // as it was last seen
    Instant renewed_at;        // at the earliest
    Instant renew_at;
    bool is_spread = false;     // it has been renewed before the others of its time
    std::size_t interface = 0;  // into interfaces_
    std::vector<Place> owners;  // none: an orphan, or one that is gone
    bool was_held = false;      // for a former configuration
    bool is_outdated = false;   // there, but not as it should be now: taken off and put on again
    bool is_primary = false;    // IPv4, of its network, when last seen
    bool is_hosts_own =
        false;  // of an owner (priority 255): the order of addresses is the host's affair
    bool is_present = false;
    std::uint8_t present_length = 0;  // IPv6: with which prefix length it was seen
    // IPv6: removals of ours that the kernel has not told yet. It does not say of an IPv6 address whose doing it was, and
    // one that was put on anew is there again when it tells.
    std::uint8_t own_removals = 0;
    int error = 0;                             // of the last request
    Instant not_before;                        // the next request
    Instant refused_since = Instant::never();  // as often as it was asked for
    Instant begun_at;        // IPv6: the kernel is done with adding it, at the latest
    bool was_taken = false;  // somebody removed it and it is not back yet
    bool is_let_go = false;  // somebody removed one with no_track: that is his right
    bool is_struggling = false;
    bool is_fought = false;  // and it is taken away, not put where it should not be
    std::array<Instant, kMostFights> fights{};
    std::size_t fight_count = 0;
    Instant last_fight;
  };
  struct Interface {
    std::string name;
    IfIndex index;
    bool is_up = true;
    std::vector<std::size_t> slots;
  };
  struct Owner {
    Wish wish = Wish::kUnspoken;
    StandIn stand_in = StandIn::kNobody;
    std::vector<std::size_t> slots;  // by address
    std::size_t next = 0;            // where take() goes on
    bool may_be_due = false;
    bool changed = false;
    Instant wake = Instant::never();  // the earliest retry, when nothing is due before
  };

  void look_at_label(Slot& slot, const AddressFact& fact);
  void look_at_order(std::span<const AddressFact> facts);
  Wish wish_of(const Slot& slot) const;
  bool is_spoken_for(const Slot& slot) const;
  bool needs_work(const Slot& slot) const;
  static Instant due_at(const Slot& slot);  // Requires: it needs work.
  void begins(Slot& slot, Instant now);
  void inherit(const Addresses& before);
  bool is_awaiting_successor(const Slot& orphan) const;
  bool matches(const Slot& slot, const AddressFact& fact) const;
  void touch(const Slot& slot);
  void set_present(Slot& slot, bool present, bool asked_by_us, Instant now);
  void fight(Slot& slot, Instant now);
  Request request_for(const Slot& slot, bool removes) const;
  void lease_begins(Slot& slot, Instant now);
  bool is_to_be_renewed(const Slot& slot) const;
  void look_whether_to_renew(const Slot& slot);
  // Then nobody took it.
  static bool may_have_expired(const Slot& slot, Instant now);
  void look_at_lifetime(Slot& slot, const AddressFact& fact, bool asked_by_us, Instant now);
  void renewed(const Task& task, int error, Instant now);

  std::vector<Slot> slots_;
  std::vector<Interface> interfaces_;
  std::vector<Owner> instances_;
  std::map<Address, std::vector<std::size_t>> by_address_;
  std::vector<Place> restored_;
  std::vector<Expired> expired_;
  std::vector<std::size_t> orphans_;  // slots
  std::size_t next_instance_ = 0;
  std::size_t unspoken_ = 0;  // instances without a wish
  bool is_ending_ = false;
  bool has_speaker_ = true;
  Instant renew_at_ = Instant::never();  // the earliest; nobody has to look before
};

}  // namespace keeper
