// The host's own addresses that went from the kernel although nobody asked for it: they were secondary to a virtual one, and
// somebody removed that, or its lease ran out.
//
// The kernel says so. Of one request it tells of the secondary addresses first, then of their primary one, all under the
// number of the request; an address that goes by itself, or with its interface, stands alone.
//
// Who flushes (`ip addr flush`) sends a request for each address, of which those for addresses that have gone along are
// refused and never seen. So whoever removes another one of the host's own within kWhatElse wants all gone, and nothing is
// given back.
//
// Pure.
#pragma once

#include <deque>
#include <vector>

#include "base/instant.hpp"
#include "engine/keeper/facts.hpp"

namespace keeper {

// Whether two addresses are of one IPv4 network, as the kernel tells primary and secondary ones apart.
bool is_same_network(const base::Prefix& a, const base::Prefix& b);

class Bystanders {
 public:
  static constexpr base::Duration kWhatElse = std::chrono::milliseconds{50};
  static constexpr std::size_t kMost = 1000;  // that are thought of at once, the latest

  // What the kernel tells of addresses, unless it was this process who asked for it.
  void observe(const AddressFact& fact, bool is_virtual, base::Instant now);
  // Those that are to be given back now; each once.
  std::vector<AddressFact> take(base::Instant now);
  base::Instant deadline() const;

 private:
  struct Gone {
    AddressFact fact;
    base::Instant at;
    bool went_along = false;  // with a virtual one
  };
  bool is_of_many(const Gone& gone) const;

  std::deque<Gone> gone_;  // of the host's own
};

}  // namespace keeper
