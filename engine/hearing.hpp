// What a packet means: for which instance it is, whether it is acceptable, and what it counts as when it is not. A packet
// that is not accepted changes nothing but counters.
#pragma once

#include <cstdint>

#include "engine/assembly.hpp"
#include "engine/audience.hpp"
#include "engine/instances.hpp"
#include "engine/publication.hpp"
#include "engine/wire/advert_socket.hpp"
#include "engine/world.hpp"

namespace engine {

class Hearing {
 public:
  // Everything referred to outlives this.
  Hearing(const Assembly& assembly, const World& world, const Instances& instances,
          Publication& publication, Audience& audience);

  void hear(std::size_t ear, const wire::Datagram& datagram);

 private:
  const Assembly& assembly_;
  const World& world_;
  const Instances& instances_;
  Publication& publication_;
  Audience& audience_;
};

}  // namespace engine
