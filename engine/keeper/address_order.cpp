// The part of Addresses that minds which address of a network is the primary one, and what its label is.
#include <linux/if_addr.h>

#include <algorithm>

#include "engine/keeper/addresses.hpp"

namespace keeper {
namespace {

std::uint32_t network_of(const base::Prefix& prefix) {
  std::uint32_t bits = 0;
  for (const std::uint8_t byte : prefix.address.bytes()) bits = bits << 8 | byte;
  return prefix.length == 0 ? 0 : bits >> (32 - prefix.length);
}

bool is_same_network(const base::Prefix& a, const base::Prefix& b) {
  return a.address.family() == Family::kIpv4 && b.address.family() == Family::kIpv4 &&
         a.length == b.length && network_of(a) == network_of(b);
}

}  // namespace

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
  std::vector<Slot*> primaries;
  for (Slot& slot : slots_)
    if (slot.is_present && slot.is_primary && slot.is_ours && !slot.is_hosts_own &&
        slot.address.prefix.address.family() == Family::kIpv4 && slot.address.prefix.length < 32 &&
        wish_of(slot) == Wish::kHold)
      primaries.push_back(&slot);
  if (primaries.empty()) return;
  for (const AddressFact& fact : facts) {
    if ((fact.flags & IFA_F_SECONDARY) == 0 || fact.local.address.family() != Family::kIpv4)
      continue;
    const auto same = by_address_.find(fact.local.address);
    const bool is_virtual =
        same != by_address_.end() && std::ranges::any_of(same->second, [&](std::size_t slot) {
          return !slots_[slot].is_hosts_own && matches(slots_[slot], fact);
        });
    if (is_virtual) continue;
    for (Slot* slot : primaries) {
      if (slot->is_outdated || interfaces_[slot->interface].index != fact.index ||
          !is_same_network(slot->address.prefix, fact.local))
        continue;
      slot->is_outdated = true;
      touch(*slot);
    }
  }
}

}  // namespace keeper
