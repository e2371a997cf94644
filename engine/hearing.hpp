// What a packet means: for which instance it is, whether it is acceptable, and what it counts as when it is not. A packet
// that is not accepted changes nothing but counters, and tables for people to look at.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/audience.hpp"
#include "engine/instances.hpp"
#include "engine/neighbours.hpp"
#include "engine/publication.hpp"
#include "engine/trust.hpp"
#include "engine/wire/advert_socket.hpp"
#include "engine/world.hpp"

namespace engine {

class Hearing {
 public:
  // Everything referred to outlives this.
  Hearing(const Assembly& assembly, const World& world, const Instances& instances, Trust& trust,
          Neighbours& neighbours, Publication& publication, Audience& audience);

  // A turn begins.
  void begin() { ++turn_; }

  void hear(std::size_t ear, const wire::Datagram& datagram);
  // One the kernel had sorted out: of a VRID that is nobody's, or from afar. Never for an instance. Answers what it counts
  // as; it has been counted.
  base::Drop hear_stray(std::size_t ear, const wire::Datagram& datagram);

 private:
  void tell_that_lan_carries(std::uint16_t interface);

  const Assembly& assembly_;
  const World& world_;
  const Instances& instances_;
  Trust& trust_;
  Neighbours& neighbours_;
  Publication& publication_;
  Audience& audience_;
  std::uint64_t turn_ = 0;
  std::vector<std::uint64_t> lan_told_;  // by interface: in which turn, so that a flood asks once
};

}  // namespace engine
