#include "engine/keeper/interfaces.hpp"

#include <linux/if_addr.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

#include "base/ids.hpp"

namespace keeper {
namespace {

// An address that duplicate detection has not cleared cannot be spoken from.
bool is_usable(const AddressFact& fact) {
  if ((fact.flags & IFA_F_DADFAILED) != 0) return false;
  return (fact.flags & IFA_F_TENTATIVE) == 0 || (fact.flags & IFA_F_OPTIMISTIC) != 0;
}

// Which of several addresses is the primary one; the lowest wins, the first of equals.
enum class Rank : std::uint8_t { kPrimary, kSecondary, kOwned, kNone };

bool is_same(const ipc::Interface& a, const ipc::Interface& b) {
  return a.ifindex == b.ifindex && a.up == b.up && a.running == b.running && a.mac == b.mac &&
         a.mtu == b.mtu && a.ipv4 == b.ipv4 && a.ipv6 == b.ipv6;
}

}  // namespace

Interfaces::Interfaces(const config::Model& model) {
  std::set<std::string> names;
  for (const config::Instance& instance : model.instances) {
    names.insert(instance.interface);
    for (const auto& tracked : instance.track_interfaces) names.insert(tracked.interface);
    for (const auto& address : instance.addresses) {
      names.insert(address.interface);
      const bool is_owner = instance.priority == base::kOwnerPriority.value;
      (is_owner ? owned_ : virtual_).emplace(address.interface, address.prefix.address);
    }
  }
  for (const std::string& name : names) {
    Known known;
    known.name = name;
    known.link.exists = false;
    // IFNAMSIZ counts the closing zero; the reader refuses longer names.
    std::memcpy(known.said.name.data(), name.data(),
                std::min(name.size(), known.said.name.size() - 1));
    known.change.interface = interfaces_.size();
    interfaces_.push_back(std::move(known));
  }
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    const config::Instance& instance = model.instances[i];
    if (!instance.source) continue;
    const auto known = std::ranges::find(interfaces_, instance.interface, &Known::name);
    known->sources.push_back(sources_.size());
    sources_.push_back({.instance = static_cast<std::uint16_t>(i),
                        .interface = static_cast<std::size_t>(known - interfaces_.begin()),
                        .address = *instance.source});
    // An address to speak from is the host's own, whatever else the configuration calls it.
    virtual_.erase({instance.interface, *instance.source});
  }
}

void Interfaces::observe(const Fact& fact) {
  if (const auto* link = std::get_if<LinkFact>(&fact))
    observe_link(*link);
  else if (const auto* address = std::get_if<AddressFact>(&fact))
    observe_address(*address);
}

void Interfaces::observe_all(const Picture& picture) {
  std::map<std::string_view, const LinkFact*> links;
  for (const LinkFact& link : picture.links) links.emplace(link.name, &link);
  std::map<IfIndex, Known*> by_index;
  for (Known& known : interfaces_) {
    const auto found = links.find(known.name);
    if (found != links.end()) {
      known.link = *found->second;
      by_index.emplace(known.link.index, &known);
    } else {
      known.link.exists = false;
    }
    known.addresses.clear();
  }
  for (const AddressFact& fact : picture.addresses) {
    const auto found = by_index.find(fact.index);
    if (found != by_index.end() && !is_virtual(*found->second, fact.local.address))
      found->second->addresses.push_back(fact);
  }
  for (Known& known : interfaces_) refresh(known);
}

Interfaces::Known* Interfaces::at(IfIndex index) {
  for (Known& known : interfaces_)
    if (known.link.exists && known.link.index == index) return &known;
  return nullptr;
}

void Interfaces::observe_link(const LinkFact& fact) {
  for (Known& known : interfaces_) {
    const bool is_named = fact.exists && known.name == fact.name;
    const bool had_index = known.link.exists && known.link.index == fact.index;
    if (!is_named && !had_index) continue;
    if (is_named) {
      if (!had_index) known.addresses.clear();
      known.link = fact;
    } else {
      // Gone, or called something else now.
      known.link.exists = false;
      known.addresses.clear();
    }
    refresh(known);
  }
}

void Interfaces::observe_address(const AddressFact& fact) {
  Known* known = at(fact.index);
  if (known == nullptr || is_virtual(*known, fact.local.address)) return;
  auto& all = known->addresses;
  const auto found = std::find_if(all.begin(), all.end(), [&](const AddressFact& a) {
    return a.local == fact.local && a.remote == fact.remote;
  });
  if (!fact.exists) {
    if (found != all.end()) all.erase(found);
  } else if (found != all.end()) {
    *found = fact;
  } else {
    all.push_back(fact);
  }
  refresh(*known);
}

bool Interfaces::is_virtual(const Known& known, const Address& address) const {
  return virtual_.contains({known.name, address});
}

void Interfaces::look_for_sources(const Known& known) {
  for (const std::size_t place : known.sources) {
    Source& source = sources_[place];
    const bool is_present =
        known.link.exists && std::ranges::any_of(known.addresses, [&](const AddressFact& fact) {
          return fact.local.address == source.address && is_usable(fact);
        });
    if (is_present != source.is_present) source.has_changed = true;
    source.is_present = is_present;
  }
}

std::vector<std::size_t> Interfaces::take_changed_sources() {
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < sources_.size(); ++i)
    if (std::exchange(sources_[i].has_changed, false)) changed.push_back(i);
  return changed;
}

void Interfaces::refresh(Known& known) {
  look_for_sources(known);
  ipc::Interface now;
  now.name = known.said.name;
  if (known.link.exists) {
    now.ifindex = known.link.index.value;
    now.up = known.link.up ? 1 : 0;
    now.running = known.link.running ? 1 : 0;
    now.mac = known.link.mac;
    now.mtu = known.link.mtu;
    Rank best = Rank::kNone;
    bool has_ipv6 = false;
    for (const AddressFact& fact : known.addresses) {
      const Address& address = fact.local.address;
      if (address.family() == Family::kIpv4) {
        const Rank rank = owned_.contains({known.name, address}) ? Rank::kOwned
                          : (fact.flags & IFA_F_SECONDARY) != 0  ? Rank::kSecondary
                                                                 : Rank::kPrimary;
        if (rank >= best) continue;
        best = rank;
        std::copy_n(address.bytes().begin(), now.ipv4.size(), now.ipv4.begin());
      } else if (address.is_link_local() && is_usable(fact) && !has_ipv6) {
        has_ipv6 = true;
        std::copy_n(address.bytes().begin(), now.ipv6.size(), now.ipv6.begin());
      }
    }
  }
  if (is_same(now, known.said)) return;
  known.changed = true;
  if (now.ifindex != known.said.ifindex) known.change.has_moved = true;
  if (now.running != 0 && known.said.running == 0) known.change.has_risen = true;
  const auto has_come = [](const auto& is, const auto& was) {
    const std::remove_cvref_t<decltype(was)> none{};
    return was == none && is != none;
  };
  ipc::Interface same_link = known.said;
  same_link.ipv4 = now.ipv4;
  same_link.ipv6 = now.ipv6;
  if (has_come(now.ipv4, known.said.ipv4) || has_come(now.ipv6, known.said.ipv6) ||
      !is_same(now, same_link))
    known.change.is_urgent = true;
  known.said = now;
}

bool Interfaces::has_changes() const {
  return std::ranges::any_of(interfaces_, [](const Known& known) { return known.changed; }) ||
         std::ranges::any_of(sources_, [](const Source& source) { return source.has_changed; });
}

bool Interfaces::is_urgent() const {
  return std::ranges::any_of(interfaces_,
                             [](const Known& known) { return known.change.is_urgent; });
}

std::vector<Interfaces::Change> Interfaces::take_changes() {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    Known& known = interfaces_[i];
    if (!known.changed) continue;
    changes.push_back(known.change);
    known.change = {.interface = i};
    known.changed = false;
  }
  return changes;
}

}  // namespace keeper
