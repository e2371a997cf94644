// What the kernel says is, and what it is asked to do, as plain values: the words the pure tables and the netlink
// wrapper share, so that neither has to know the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/ip.hpp"

namespace keeper {

using base::Address;
using base::Family;
using base::IfIndex;

inline constexpr std::uint32_t kForEver = 0xffffffff;  // of lifetimes, in seconds

// Addresses we add carry this as their origin (IFA_PROTO): the IP protocol number of VRRP, for people who list them.
// Kernels before 5.18 ignore it.
inline constexpr std::uint8_t kOurOrigin = 112;

struct LinkFact {
  bool exists = true;  // false: it went away, and only `index` and `name` mean something
  IfIndex index;
  std::string name;
  bool up = false;       // IFF_UP
  bool running = false;  // IFF_RUNNING
  base::Mac mac{};
  std::uint32_t mtu = 0;
};

struct AddressFact {
  bool exists = true;  // false: it was removed
  IfIndex index;
  base::Prefix local;
  Address remote;  // the other end of a point-to-point address; `local` again on all others
  std::uint32_t flags = 0;  // IFA_F_*
  // Whose request changed it, and which of his; 0 where the kernel did by itself. Of IPv6 it does not say.
  std::uint32_t requester = 0;
  std::uint32_t request = 0;
  bool asked_by_us = false;  // it was this process
  // What it takes to add it again.
  std::optional<Address> broadcast;
  std::uint8_t scope = 0;
  std::string label;
  std::uint32_t valid_s = kForEver;
  std::uint32_t preferred_s = kForEver;
  std::uint8_t origin = 0;  // IFA_PROTO
};

using Fact = std::variant<LinkFact, AddressFact>;

// Everything at one moment. Addresses of one interface stand in the kernel's order, the primary first.
struct Picture {
  std::vector<LinkFact> links;
  std::vector<AddressFact> addresses;
};

struct Request {
  enum class Verb : std::uint8_t {
    kAdd,
    kRemove,
    kRenew,  // its lifetimes, of an address that is there; one that is not is added
  };
  Verb verb = Verb::kAdd;
  IfIndex index;
  base::Prefix prefix;
  std::optional<Address> broadcast;
  std::uint8_t scope = 0;  // RT_SCOPE_*
  std::string label;
  std::optional<Address> peer;
  std::uint32_t flags = 0;  // IFA_F_*
  std::uint32_t valid_s = kForEver;
  std::uint32_t preferred_s = kForEver;
  std::uint8_t origin = kOurOrigin;
  // The route to the prefix of an IPv6 address belongs to all addresses in it (engine/config/lease.hpp).
  bool was_permanent =
      false;  // of kRenew: it gives up its share in the route first, and takes a new one
  bool is_leased =
      false;  // of kRemove: it is permanent for a moment, so that its share in the route goes with it
};

}  // namespace keeper
