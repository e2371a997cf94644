#include "engine/keeper/addresses.hpp"

#include <linux/if_addr.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.hpp"

namespace keeper {
namespace {

bool is_same_in_kernel(const config::VirtualAddress& a, const config::VirtualAddress& b) {
  if (a.interface != b.interface || a.prefix.address != b.prefix.address) return false;
  if (a.prefix.address.family() == Family::kIpv6) return true;
  return a.prefix.length == b.prefix.length && a.peer == b.peer;
}

std::uint32_t flags_of(const config::VirtualAddress& address) {
  std::uint32_t flags = 0;
  if (address.is_home) flags |= IFA_F_HOMEADDRESS;
  if (address.makes_temporary) flags |= IFA_F_MANAGETEMPADDR;
  if (!address.has_prefix_route) flags |= IFA_F_NOPREFIXROUTE;
  if (address.joins) flags |= IFA_F_MCAUTOJOIN;
  // A virtual address is by intent on another router a moment ago: duplicate detection would keep it unusable for a
  // second or refuse it (RFC 9568 8.2.3 leaves that to the protocol), so it is for those who ask for it.
  if (address.prefix.address.family() == Family::kIpv6 && !address.detects_duplicates)
    flags |= IFA_F_NODAD;
  return flags;
}

// In seconds. An IPv6 address of its own network is no source for what this host sends, unless it is said to be: so has
// keepalived it.
std::uint32_t preferred_of(const config::VirtualAddress& address) {
  const bool is_alone =
      address.prefix.address.family() == Family::kIpv6 && address.prefix.length == 128;
  return address.preferred.value_or(is_alone ? 0 : kForEver);
}

// Whether the kernel would have to be given it anew to have it as it is written now.
bool is_written_alike(const config::VirtualAddress& a, const config::VirtualAddress& b) {
  return a.prefix == b.prefix && a.peer == b.peer && a.broadcast == b.broadcast &&
         a.scope == b.scope && a.label == b.label && flags_of(a) == flags_of(b) &&
         preferred_of(a) == preferred_of(b);
}

}  // namespace

Addresses::Addresses(const config::Model& model) {
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    Owner owner;
    const auto& addresses = model.instances[i].addresses;
    for (std::size_t a = 0; a < addresses.size(); ++a) {
      const config::VirtualAddress& address = addresses[a];
      auto& same = by_address_[address.prefix.address];
      auto known = std::find_if(same.begin(), same.end(), [&](std::size_t slot) {
        return is_same_in_kernel(slots_[slot].address, address);
      });
      std::size_t slot = slots_.size();
      if (known != same.end()) {
        slot = *known;
      } else {
        auto interface =
            std::find_if(interfaces_.begin(), interfaces_.end(),
                         [&](const Interface& one) { return one.name == address.interface; });
        if (interface == interfaces_.end())
          interface = interfaces_.insert(interfaces_.end(), {address.interface, {}, true, {}});
        interface->slots.push_back(slot);
        same.push_back(slot);
        Slot fresh;
        fresh.address = address;
        fresh.interface = static_cast<std::size_t>(interface - interfaces_.begin());
        slots_.push_back(std::move(fresh));
      }
      slots_[slot].owners.push_back({static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(a)});
      const Lease lease = lease_of(model.instances[i], model.safety);
      if (lease.seconds >= slots_[slot].lease.seconds) slots_[slot].lease = lease;
      if (model.instances[i].priority == base::kOwnerPriority.value)
        slots_[slot].is_hosts_own = true;
      owner.slots.push_back(slot);
    }
    instances_.push_back(std::move(owner));
  }
  unspoken_ = instances_.size();
}

void Addresses::reconfigure(const config::Model& model) {
  Addresses next(model);
  next.inherit(*this);
  *this = std::move(next);
}

void Addresses::inherit(const Addresses& before) {
  has_speaker_ = before.has_speaker_;
  const auto place_of = [this](const Interface& old) {
    const auto found = std::ranges::find(interfaces_, old.name, &Interface::name);
    return static_cast<std::size_t>(found - interfaces_.begin());
  };
  for (const Interface& old : before.interfaces_) {
    const std::size_t place = place_of(old);
    if (place == interfaces_.size()) continue;
    interfaces_[place].index = old.index;
    interfaces_[place].is_up = old.is_up;
  }
  for (const Slot& old : before.slots_) {
    const Wish wish = before.wish_of(old);
    auto& same = by_address_[old.address.prefix.address];
    const auto found = std::ranges::find_if(same, [&](std::size_t slot) {
      return is_same_in_kernel(slots_[slot].address, old.address);
    });
    if (found != same.end()) {
      Slot& slot = slots_[*found];
      const bool is_alike = is_written_alike(slot.address, old.address);
      slot.was_held = wish == Wish::kHold;
      slot.is_present = old.is_present;
      slot.present_length = old.present_length;
      slot.is_outdated = old.is_present && (old.is_outdated || (slot.was_held && !is_alike));
      if (is_alike) slot.error = old.error;
      slot.not_before = is_alike || old.is_struggling ? old.not_before : Instant{};
      slot.was_taken = old.was_taken;
      slot.is_let_go = old.is_let_go && !slot.address.is_tracked;
      slot.is_struggling = old.is_struggling;
      slot.is_fought = old.is_fought;
      slot.fights = old.fights;
      slot.fight_count = old.fight_count;
      slot.last_fight = old.last_fight;
      slot.begun_at = old.begun_at;
      slot.is_ours = old.is_ours;
      slot.is_permanent = old.is_permanent;
      slot.renewed_at = old.renewed_at;
      if (slot.lease == old.lease) slot.renew_at = old.renew_at;
      continue;
    }
    // One that nobody has spoken for yet may be anybody's.
    const bool was_ours = wish != Wish::kUnspoken || old.owners.empty();
    if (!old.is_present || !was_ours) continue;
    const Interface& interface = before.interfaces_[old.interface];
    const std::size_t place = place_of(interface);
    if (place == interfaces_.size())
      interfaces_.push_back({interface.name, interface.index, interface.is_up, {}});
    Slot orphan;
    orphan.address = old.address;
    orphan.interface = place;
    orphan.lease = old.lease;
    orphan.is_ours = old.is_ours;
    orphan.is_permanent = old.is_permanent;
    orphan.renewed_at = old.renewed_at;
    orphan.renew_at = old.renew_at;
    orphan.was_held = true;
    orphan.is_present = true;
    orphan.present_length = old.present_length;
    interfaces_[place].slots.push_back(slots_.size());
    same.push_back(slots_.size());
    orphans_.push_back(slots_.size());
    slots_.push_back(std::move(orphan));
  }
  std::erase_if(by_address_, [](const auto& one) { return one.second.empty(); });
  for (const Slot& slot : slots_) look_whether_to_renew(slot);
}

bool Addresses::want(std::uint16_t instance, bool hold) {
  if (instance >= instances_.size()) return false;
  Owner& owner = instances_[instance];
  const Wish wish = hold ? Wish::kHold : Wish::kRelease;
  if (owner.wish == wish) return true;
  if (owner.wish == Wish::kUnspoken) --unspoken_;
  owner.wish = wish;
  for (const std::size_t slot : owner.slots) {
    // A new wish is a new attempt. A struggle goes on being one: else an instance that flaps would fight at full speed.
    if (!slots_[slot].is_struggling) slots_[slot].not_before = {};
    slots_[slot].error = 0;
    slots_[slot].refused_since = Instant::never();
    slots_[slot].was_taken = false;
    slots_[slot].is_let_go = false;
    touch(slots_[slot]);
  }
  owner.changed = true;
  for (const std::size_t slot : owner.slots) look_whether_to_renew(slots_[slot]);
  return true;
}

void Addresses::release_all() {
  if (std::exchange(is_ending_, true)) return;
  for (Slot& slot : slots_) {
    slot.not_before = {};
    slot.error = 0;
    slot.is_let_go = false;
    touch(slot);
  }
}

void Addresses::speaker_is(bool there) {
  if (std::exchange(has_speaker_, there) == there) return;
  for (const Slot& slot : slots_) {
    touch(slot);
    look_whether_to_renew(slot);
  }
}

void Addresses::stand_in(std::uint16_t instance, StandIn how) {
  Owner& owner = instances_[instance];
  if (std::exchange(owner.stand_in, how) == how) return;
  for (const std::size_t slot : owner.slots) {
    if (!slots_[slot].is_struggling) slots_[slot].not_before = {};
    slots_[slot].was_taken = false;
    touch(slots_[slot]);
    look_whether_to_renew(slots_[slot]);
  }
  owner.changed = true;
}

void Addresses::interface_is(std::string_view name, IfIndex index) {
  for (Interface& interface : interfaces_) {
    if (interface.name != name || interface.index == index) continue;
    interface.index = index;
    for (const std::size_t slot : interface.slots) {
      // They went with the interface; nobody took them.
      slots_[slot].is_present = false;
      slots_[slot].was_taken = false;
      slots_[slot].is_let_go = false;
      slots_[slot].error = 0;
      slots_[slot].refused_since = Instant::never();
      slots_[slot].not_before = {};
      touch(slots_[slot]);
    }
  }
}

void Addresses::interface_changed(std::string_view name, bool is_up) {
  for (Interface& interface : interfaces_) {
    if (interface.name != name) continue;
    interface.is_up = is_up;
    for (const std::size_t slot : interface.slots) {
      if (slots_[slot].error == 0) continue;
      slots_[slot].not_before = {};
      touch(slots_[slot]);
    }
  }
}

bool Addresses::matches(const Slot& slot, const AddressFact& fact) const {
  // An orphan that has left is nobody's memory any more: what comes under its address is somebody else's.
  if (slot.owners.empty() && !slot.is_present) return false;
  const Interface& interface = interfaces_[slot.interface];
  if (interface.index != fact.index || interface.index.value == 0) return false;
  if (fact.local.address.family() == Family::kIpv6) return true;
  return slot.address.prefix.length == fact.local.length &&
         fact.remote == slot.address.peer.value_or(slot.address.prefix.address);
}

void Addresses::observe(const AddressFact& fact, Instant now) {
  // Before it goes with a virtual one that somebody removes.
  if (fact.exists && (fact.flags & IFA_F_SECONDARY) != 0) look_at_order({&fact, 1});
  const auto found = by_address_.find(fact.local.address);
  if (found == by_address_.end()) return;
  for (const std::size_t i : found->second) {
    Slot& slot = slots_[i];
    if (!matches(slot, fact)) continue;
    if (!fact.exists && slot.own_removals > 0) {
      --slot.own_removals;  // done() knows of it
      continue;
    }
    if (fact.exists) {
      slot.present_length = fact.local.length;
      slot.is_primary = (fact.flags & IFA_F_SECONDARY) == 0;
      begins(slot, now);
      look_at_lifetime(slot, fact, fact.asked_by_us, now);
    }
    set_present(slot, fact.exists, fact.asked_by_us, now);
  }
}

void Addresses::observe_all(std::span<const AddressFact> facts, Instant now) {
  std::vector<bool> seen(slots_.size(), false);
  for (const AddressFact& fact : facts) {
    const auto found = by_address_.find(fact.local.address);
    if (found == by_address_.end()) continue;
    for (const std::size_t i : found->second) {
      if (!matches(slots_[i], fact)) continue;
      seen[i] = true;
      slots_[i].present_length = fact.local.length;
      slots_[i].is_primary = (fact.flags & IFA_F_SECONDARY) == 0;
      look_at_lifetime(slots_[i], fact, false, now);
      look_at_label(slots_[i], fact);
    }
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].own_removals = 0;
    set_present(slots_[i], seen[i], false, now);
  }
  look_at_order(facts);
}

void Addresses::set_present(Slot& slot, bool present, bool asked_by_us, Instant now) {
  if (slot.is_present == present) return;
  slot.is_present = present;
  slot.refused_since = Instant::never();
  if (present)
    look_whether_to_renew(slot);
  else
    slot.is_outdated = false;
  touch(slot);
  if (present) slot.is_let_go = false;
  const Wish wish = wish_of(slot);
  if (wish == Wish::kHold && present) {
    slot.error = 0;
    if (std::exchange(slot.was_taken, false))
      for (const Place& owner : slot.owners)
        if (instances_[owner.instance].wish == Wish::kHold &&
            std::find(restored_.begin(), restored_.end(), owner) == restored_.end())
          restored_.push_back(owner);
  } else if (wish == Wish::kHold && !asked_by_us && interfaces_[slot.interface].is_up) {
    if (may_have_expired(slot, now)) {
      expired_.push_back({.prefix = slot.address.prefix,
                          .interface = interfaces_[slot.interface].name,
                          .unrenewed = now - slot.renewed_at});
      return;
    }
    if (!slot.address.is_tracked) {
      slot.is_let_go = true;
      return;
    }
    slot.was_taken = true;
    fight(slot, now);
    slot.is_fought = slot.is_struggling;
  } else if (wish == Wish::kRelease && present && !asked_by_us) {
    fight(slot, now);
  }
}

void Addresses::fight(Slot& slot, Instant now) {
  Instant& oldest = slot.fights[slot.fight_count % kMostFights];
  if (slot.fight_count >= kMostFights && now - oldest <= kFightWindow) slot.is_struggling = true;
  oldest = now;
  ++slot.fight_count;
  slot.last_fight = now;
  if (slot.is_struggling) slot.not_before = now + kRetryAfter;
}

void Addresses::calm_down(Instant now) {
  for (Slot& slot : slots_) {
    if (!slot.is_struggling || now - slot.last_fight <= kFightWindow) continue;
    slot.is_struggling = slot.is_fought = false;
    slot.fight_count = 0;
    touch(slot);
  }
}

Addresses::Wish Addresses::wish_of(const Slot& slot) const {
  if (is_ending_) return Wish::kRelease;
  if (slot.owners.empty()) return has_every_wish() ? Wish::kRelease : Wish::kUnspoken;
  Wish wish = Wish::kRelease;
  for (const Place& owner : slot.owners) {
    if (instances_[owner.instance].stand_in == StandIn::kLetsGo) continue;
    const Wish one = instances_[owner.instance].wish;
    if (one == Wish::kHold) return Wish::kHold;
    if (one == Wish::kUnspoken) wish = slot.was_held ? Wish::kHold : Wish::kUnspoken;
  }
  return wish;
}

bool Addresses::is_spoken_for(const Slot& slot) const {
  return has_speaker_ || std::ranges::any_of(slot.owners, [this](const Place& owner) {
           return instances_[owner.instance].stand_in == StandIn::kHolds;
         });
}

bool Addresses::needs_work(const Slot& slot) const {
  if (interfaces_[slot.interface].index.value == 0) return false;
  const Wish wish = wish_of(slot);
  return (wish == Wish::kHold && is_spoken_for(slot) && !slot.is_let_go &&
          (!slot.is_present || slot.is_outdated)) ||
         (wish == Wish::kRelease && slot.is_present);
}

Instant Addresses::due_at(const Slot& slot) {
  return slot.is_present ? std::max(slot.not_before, slot.begun_at) : slot.not_before;
}

void Addresses::begins(Slot& slot, Instant now) {
  if (slot.begun_at <= now) return;
  slot.begun_at = now;
  touch(slot);
  look_whether_to_renew(slot);
}

bool Addresses::is_awaiting_successor(const Slot& orphan) const {
  const auto& same = by_address_.find(orphan.address.prefix.address)->second;
  return std::ranges::any_of(same, [this](std::size_t place) {
    const Slot& slot = slots_[place];
    return !slot.owners.empty() && wish_of(slot) == Wish::kHold && !slot.is_present &&
           slot.error == 0 && needs_work(slot);
  });
}

std::size_t Addresses::orphans() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      orphans_, [this](std::size_t slot) { return slots_[slot].is_present; }));
}

void Addresses::touch(const Slot& slot) {
  for (const Place& owner : slot.owners) {
    instances_[owner.instance].may_be_due = true;
    instances_[owner.instance].changed = true;
  }
}

Request Addresses::request_for(const Slot& slot, bool removes) const {
  const config::VirtualAddress& address = slot.address;
  Request request;
  request.index = interfaces_[slot.interface].index;
  request.prefix = address.prefix;
  request.peer = address.peer;
  if (removes) {
    request.verb = Request::Verb::kRemove;
    // The kernel finds an IPv6 address to remove by its length too, and somebody may have added it with another one.
    if (address.prefix.address.family() == Family::kIpv6)
      request.prefix.length = slot.present_length;
    request.is_leased = slot.is_ours && !slot.is_permanent && address.has_prefix_route;
    return request;
  }
  request.broadcast = address.broadcast;
  request.scope = address.scope;
  request.label = address.label;
  request.flags = flags_of(address);
  request.preferred_s = preferred_of(address);
  if (slot.lease.is_on) {
    request.valid_s = slot.lease.seconds;
    request.preferred_s = std::min(request.preferred_s, request.valid_s);
  }
  return request;
}

std::vector<Addresses::Task> Addresses::take(std::size_t most, Instant now) {
  std::vector<Task> tasks;
  std::vector<bool> taken(slots_.size(), false);
  // One address of each instance per round, so that a small instance does not wait for a large one.
  bool found_any = true;
  for (Owner& owner : instances_)
    if (!owner.wake.is_never() && owner.wake <= now) owner.may_be_due = true;
  while (found_any && tasks.size() < most) {
    found_any = false;
    const std::size_t first = next_instance_;
    for (std::size_t step = 0; step < instances_.size() && tasks.size() < most; ++step) {
      const std::size_t i = (first + step) % instances_.size();
      Owner& owner = instances_[i];
      if (!owner.may_be_due) continue;
      bool found = false;
      Instant wake = Instant::never();
      for (std::size_t tried = 0; tried < owner.slots.size() && !found; ++tried) {
        const std::size_t place = owner.next;
        owner.next = (owner.next + 1) % owner.slots.size();
        const std::size_t slot = owner.slots[place];
        if (taken[slot]) continue;
        if (!needs_work(slots_[slot])) {
          if (slots_[slot].begun_at > now) wake = base::earlier(wake, slots_[slot].begun_at);
          continue;
        }
        if (const Instant due = due_at(slots_[slot]); due > now) {
          wake = base::earlier(wake, due);
          continue;
        }
        // Taken off and put on again in one go, for the shortest time without it.
        const bool is_anew = slots_[slot].is_outdated && wish_of(slots_[slot]) == Wish::kHold;
        if (is_anew && tasks.size() + 2 > most) return tasks;
        tasks.push_back({slot, request_for(slots_[slot], slots_[slot].is_present)});
        if (is_anew) tasks.push_back({slot, request_for(slots_[slot], false)});
        taken[slot] = true;
        found = true;
      }
      if (found) {
        found_any = true;
        next_instance_ = (i + 1) % instances_.size();
      } else {
        owner.may_be_due = false;
        owner.wake = wake;
      }
    }
  }
  // Last: what takes their place is there by then.
  for (const std::size_t place : orphans_) {
    const Slot& orphan = slots_[place];
    if (tasks.size() == most) break;
    if (!needs_work(orphan) || orphan.not_before > now || is_awaiting_successor(orphan)) continue;
    tasks.push_back({place, request_for(orphan, true)});
  }
  return tasks;
}

void Addresses::done(const Task& task, int error, Instant now) {
  Slot& slot = slots_[task.slot];
  if (task.request.verb == Request::Verb::kRenew) return renewed(task, error, now);
  touch(slot);
  if (task.request.verb == Request::Verb::kAdd) {
    if (slot.is_outdated) return;  // it was not taken off: that error stands
    if (error == 0 || error == EEXIST) {
      // One that was there already is judged when the kernel tells of it.
      slot.is_ours = error == 0;
      slot.is_spread = false;
      if (slot.is_ours) lease_begins(slot, now);
      if (slot.is_ours && task.request.prefix.address.family() == Family::kIpv6)
        slot.begun_at = now + kBeginsWithin;
      slot.present_length = task.request.prefix.length;
      set_present(slot, true, true, now);
      return;
    }
    // The interface went away under it, and its addresses with it: nobody took this one.
    if (error == ENODEV) slot.was_taken = false;
    if (slot.refused_since.is_never()) slot.refused_since = now;
    // IPv6 of the interface is off, for that moment perhaps; an address it will not do without says so by being missed.
    const bool is_off = error == EACCES && task.request.prefix.address.family() == Family::kIpv6;
    const bool may_pass = slot.was_taken || is_off;
    if (may_pass && !slot.is_struggling && now - slot.refused_since < kPatience) {
      slot.not_before = now + kSoonAgain;
      return;
    }
  } else if (error == 0 || error == EADDRNOTAVAIL || error == ENODEV) {
    slot.error = 0;
    if (error == 0 && task.request.prefix.address.family() == Family::kIpv6) ++slot.own_removals;
    set_present(slot, false, true, now);
    return;
  }
  slot.error = error;
  slot.not_before = now + kRetryAfter;
}

Instant Addresses::deadline() const {
  Instant deadline = renew_at_;
  for (const Owner& owner : instances_) {
    if (owner.may_be_due) return {};
    deadline = base::earlier(deadline, owner.wake);
  }
  // One that awaits its successor follows what is due above.
  for (const std::size_t place : orphans_)
    if (needs_work(slots_[place]) && !is_awaiting_successor(slots_[place]))
      deadline = base::earlier(deadline, slots_[place].not_before);
  return deadline;
}

Addresses::Holding Addresses::holding(std::uint16_t instance, Instant now) const {
  CHECK(instance < instances_.size(), "an instance of the configuration");
  const Owner& owner = instances_[instance];
  Holding holding;
  holding.total = static_cast<std::uint16_t>(owner.slots.size());
  holding.is_settled = true;
  for (std::size_t a = 0; a < owner.slots.size(); ++a) {
    const Slot& slot = slots_[owner.slots[a]];
    const bool is_beginning =
        slot.is_present && slot.begun_at > now && wish_of(slot) == Wish::kHold;
    if ((slot.is_present && !is_beginning) || slot.is_let_go) ++holding.installed;
    if (is_beginning) holding.is_settled = false;
    const bool is_due = needs_work(slot);
    // An error of a request that is no longer needed is history.
    int error = is_due ? slot.error : 0;
    if (slot.is_fought && !std::exchange(holding.is_fought, true))
      holding.fought = static_cast<std::uint16_t>(a);
    if (owner.wish == Wish::kHold && interfaces_[slot.interface].index.value == 0) error = ENODEV;
    if (is_due && slot.not_before <= now) holding.is_settled = false;
    if (error != 0 && holding.error == 0) {
      holding.error = error;
      holding.refused = static_cast<std::uint16_t>(a);
    }
  }
  return holding;
}

std::vector<std::uint16_t> Addresses::take_changed() {
  std::vector<std::uint16_t> changed;
  for (std::size_t i = 0; i < instances_.size(); ++i)
    if (std::exchange(instances_[i].changed, false))
      changed.push_back(static_cast<std::uint16_t>(i));
  return changed;
}

std::vector<Addresses::Place> Addresses::take_restored() { return std::exchange(restored_, {}); }

}  // namespace keeper
