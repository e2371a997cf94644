// What a sync group is, as its members add up: master together or not at all.
//
// One pure function, asked again after whatever happened to any member; nothing is remembered, so there is nothing to go
// stale, to be lost in a crash or to be forgotten in a reload.
//
//   any member has a fault of its own                       kFault   (decided by the first such member)
//   else any member is held, departs (other than to ask),
//        is stopped, or obeys another master                kBackup  (by the first such member)
//   else any member is master                               kMaster  (by the first master)
//   else every member wants to be, and none has to prepare  kMaster  (by the first of them)
//   else every member wants to be                           kBackup  (by the first that has to), and all prepare
//   else: somebody starts or has not listened long enough   kBackup  (by the first such member)
//
// A member that has only begun to listen keeps the others from rising, but not from staying: nothing it knows speaks
// against them. That is where a new engine finds a group whose old one died halfway through a takeover, and where a
// group grows by a member. It rises when its own timer has run out.
//
// Members that leave only if somebody answers (a switchover) are masters until somebody does, and one that is answered takes the
// others with it. So a group leaves whole or stays whole.
//
// Who would push a living master aside prepares first: its addresses are in the kernel before it says a word. A group that
// rises over living masters is prepared whole, and then rises whole.
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/event.hpp"

namespace core {

// A member as its group sees it. Instance answers each of these.
struct Member {
  std::uint16_t instance = 0;  // its place in the configuration
  bool has_own_fault = false;  // something of its own is wrong; not that its group is
  bool is_stopped = false;
  bool is_departing = false;  // said priority 0, or is about to stop being master
  bool is_asking = false;     // departing, and master again unless somebody answers
  bool is_held = false;
  bool is_master = false;
  bool wants_master = false;  // would be, were it not for its group
  // Wants to be, over a living master, and the kernel does not hold its addresses yet.
  bool must_prepare = false;
  bool is_starting = false;   // in Initialize
  bool is_listening = false;  // a backup that has heard nobody it would obey since it began
  base::State told =
      base::State::kInitialize;  // what it heard of its group last; kInitialize: nothing
  bool told_prepares = false;
};

struct Standing {
  base::State state = base::State::kBackup;  // kFault, kBackup or kMaster
  std::uint16_t member = 0;                  // Member::instance of who decided it
  bool prepares = false;                     // of kBackup: everybody wants to rise, and prepares
  friend bool operator==(const Standing&, const Standing&) = default;
};

// Requires: a group has members.
Standing standing_of(std::span<const Member> members);

// Whether this member must be told: it heard something else last, or it waits for exactly this.
bool must_be_told(const Member& member, const Standing& standing);

// After anything that may have changed a member, and after every member has been advanced to now: tells whoever must be
// told until nobody must be. `view(i)` answers the i-th member as it is now; `tell(i, GroupChanged)` hands it the event and
// does what it asks for. The room holds the views; its size is the group's.
//
// Ends after kSettlePasses whatever the members do. Three are enough for members that keep the rules (a fault that clears
// sends all to backup, owners among them want at once and rise, and the third finds nothing to do); the rest is for the
// next call.
inline constexpr int kSettlePasses = 4;

template <typename View, typename Tell>
Standing settle(std::span<Member> room, View&& view, Tell&& tell) {
  Standing standing;
  for (int pass = 0; pass < kSettlePasses; ++pass) {
    for (std::size_t i = 0; i < room.size(); ++i) room[i] = view(i);
    standing = standing_of(room);
    bool is_settled = true;
    for (std::size_t i = 0; i < room.size(); ++i) {
      if (!must_be_told(room[i], standing)) continue;
      tell(i, GroupChanged{standing.state, standing.member, standing.prepares});
      is_settled = false;
    }
    if (is_settled) break;
  }
  return standing;
}

}  // namespace core
