// The wire between the routers: one multicast group, every packet delayed, some lost, doubled or bent on the way.
#pragma once

#include <array>
#include <vector>

#include "tests/sim/agenda.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/trace.hpp"

namespace sim {

// A VRRP message with what the IP header said.
struct Frame {
  std::array<std::uint8_t, 48> bytes{};
  std::size_t size = 0;
  core::Address source;
  core::Address destination;
  std::size_t sender = 0;
};

class Lan {
 public:
  // Called at the moment a frame arrives at a router's port.
  using Arrival = std::function<void(std::size_t to, const Frame&)>;

  Lan(std::size_t routers, Duration delay_max, Agenda& agenda, Random& random, Checker& checker,
      Trace& trace, Arrival arrival);

  void set_weather(const Weather& weather) { weather_ = weather; }
  // Cuts are counted: overlapping ones end with the last.
  void cut(std::size_t from, std::size_t to);
  void mend(std::size_t from, std::size_t to);
  void send(const Frame& frame);

 private:
  void deliver(std::size_t to, Frame frame);

  std::size_t routers_;
  Duration delay_max_;
  Agenda& agenda_;
  Random& random_;
  Checker& checker_;
  Trace& trace_;
  Arrival arrival_;
  Weather weather_;
  std::array<std::array<int, 8>, 8> cuts_{};        // [from][to]
  std::array<std::array<Instant, 8>, 8> newest_{};  // arrival, [from][to]
};

}  // namespace sim
