#include "engine/keeper/former.hpp"

#include <algorithm>

namespace keeper {
namespace {

bool is_meant(const AddressFact& fact, const config::FormerAddress& former) {
  if (fact.local.address != former.prefix.address) return false;
  if (fact.local.address.family() == Family::kIpv6) return true;
  return fact.local.length == former.prefix.length &&
         fact.remote == former.peer.value_or(former.prefix.address);
}

}  // namespace

std::vector<LeftBehind> left_behind(const Picture& picture,
                                    std::span<const config::FormerAddress> former) {
  std::vector<LeftBehind> found;
  for (const config::FormerAddress& one : former) {
    const auto link = std::ranges::find(picture.links, one.interface, &LinkFact::name);
    if (link == picture.links.end()) continue;
    for (const AddressFact& fact : picture.addresses)
      if (fact.index == link->index && is_meant(fact, one)) found.push_back({fact, one.interface});
  }
  return found;
}

}  // namespace keeper
