#include "supervisor/former.hpp"

#include <algorithm>

namespace supervisor {

using config::FormerAddress;

namespace {

// The kernel knows an IPv6 address by itself, an IPv4 one by its prefix length and peer as well.
bool is_same_in_kernel(const FormerAddress& a, const FormerAddress& b) {
  if (a.interface != b.interface || a.prefix.address != b.prefix.address) return false;
  if (a.prefix.address.family() == base::Family::kIpv6) return true;
  return a.prefix.length == b.prefix.length && a.peer == b.peer;
}

std::vector<FormerAddress> addresses_of(const config::Model& model) {
  std::vector<FormerAddress> all;
  for (const config::Instance& instance : model.instances)
    for (const config::VirtualAddress& address : instance.addresses)
      all.push_back({address.prefix, address.interface, address.peer});
  return all;
}

bool contains(const std::vector<FormerAddress>& list, const FormerAddress& address) {
  return std::ranges::any_of(
      list, [&](const FormerAddress& one) { return is_same_in_kernel(one, address); });
}

}  // namespace

std::vector<FormerAddress> former_addresses(const config::Model& before, const config::Model& now) {
  const std::size_t forgotten = before.former.size() - std::min(before.former.size(), kMostFormer);
  std::vector<FormerAddress> candidates(
      before.former.begin() + static_cast<std::ptrdiff_t>(forgotten), before.former.end());
  for (FormerAddress& address : addresses_of(before)) candidates.push_back(std::move(address));
  const std::vector<FormerAddress> named = addresses_of(now);
  std::vector<FormerAddress> former;
  for (FormerAddress& address : candidates)
    if (!contains(named, address) && !contains(former, address))
      former.push_back(std::move(address));
  return former;
}

}  // namespace supervisor
