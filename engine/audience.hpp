// Who is told what happened. The engine, which hands each event to its instance and does what that asks for.
#pragma once

#include <cstdint>

#include "engine/core/event.hpp"

namespace engine {

class Audience {
 public:
  virtual void tell(std::uint16_t instance, const core::Event& event) = 0;
  // The interface this instance speaks on has another hardware address: its clients hold on to the one they know.
  virtual void hardware_changed(std::uint16_t instance) = 0;

 protected:
  ~Audience() = default;
};

}  // namespace engine
