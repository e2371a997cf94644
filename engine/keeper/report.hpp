// Tells switches which groups an interface belongs to; the words are those of engine/keeper/membership.hpp.
#pragma once

#include <span>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "engine/keeper/membership.hpp"

namespace keeper {

// What the kernel lists of all interfaces, one text per family; empty when it cannot be read.
struct KernelGroups {
  std::string ipv4, ipv6;
  bool reports_link_local = true;  // 224.0.0.0/24: an administrator may want no reports of these
  static KernelGroups read();
  // Nothing is taken for missing that could not be looked at.
  bool lacks(base::IfIndex index, const Address& group) const;
};

// Requires: of IPv6 groups, an interface with a link-local address, from which alone such a report may come.
base::Status report_membership(const std::string& interface, base::IfIndex index,
                               std::span<const Address> groups, const KernelGroups& known);

}  // namespace keeper
