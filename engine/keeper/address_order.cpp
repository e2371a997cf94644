// The part of Addresses that minds which address of a network is the primary one, and what its label is.
#include <linux/if_addr.h>

#include <algorithm>

#include "engine/keeper/addresses.hpp"
#include "engine/keeper/bystanders.hpp"

namespace keeper {

bool Addresses::keeps_some_of(const base::Prefix& removed, IfIndex interface) const {
  return std::ranges::any_of(slots_, [&](const Slot& slot) {
    return slot.is_present && !slot.owners.empty() && wish_of(slot) != Wish::kRelease &&
           interfaces_[slot.interface].index == interface &&
           is_same_network(slot.address.prefix, removed);
  });
}

// The kernel numbers the labels of an interface that is renamed.
void Addresses::look_at_label(Slot& slot, const AddressFact& fact) {
  if (fact.label.empty() || !slot.is_ours || slot.is_outdated || wish_of(slot) != Wish::kHold)
    return;
  const std::string& label = slot.address.label;
  if (fact.label == (label.empty() ? interfaces_[slot.interface].name : label)) return;
  slot.is_outdated = true;
  touch(slot);
}

void Addresses::look_at_order(std::span<const AddressFact> facts) {
  std::vector<Slot*> held;
  bool is_any_primary = false;
  for (Slot& slot : slots_) {
    if (!slot.is_present || !slot.is_ours || slot.is_hosts_own ||
        slot.address.prefix.address.family() != Family::kIpv4 || slot.address.prefix.length == 32 ||
        wish_of(slot) != Wish::kHold)
      continue;
    held.push_back(&slot);
    is_any_primary |= slot.is_primary;
  }
  if (!is_any_primary) return;
  for (const AddressFact& fact : facts) {
    if ((fact.flags & IFA_F_SECONDARY) == 0 || fact.local.address.family() != Family::kIpv4)
      continue;
    const auto same = by_address_.find(fact.local.address);
    const bool is_virtual =
        same != by_address_.end() && std::ranges::any_of(same->second, [&](std::size_t slot) {
          return !slots_[slot].is_hosts_own && matches(slots_[slot], fact);
        });
    if (is_virtual) continue;
    const auto is_beside = [&](const Slot* slot) {
      return interfaces_[slot->interface].index == fact.index &&
             is_same_network(slot->address.prefix, fact.local);
    };
    if (std::ranges::none_of(held,
                             [&](const Slot* slot) { return slot->is_primary && is_beside(slot); }))
      continue;
    // All of them: the next virtual one would take the place of the first.
    for (Slot* slot : held) {
      if (slot->is_outdated || !is_beside(slot)) continue;
      slot->is_outdated = true;
      touch(*slot);
    }
  }
}

}  // namespace keeper
