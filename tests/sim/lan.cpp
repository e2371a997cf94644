#include "tests/sim/lan.hpp"

#include <algorithm>

namespace sim {

Lan::Lan(std::size_t routers, Duration delay_max, Agenda& agenda, Random& random, Checker& checker,
         Trace& trace, Arrival arrival)
    : routers_(routers),
      delay_max_(delay_max),
      agenda_(agenda),
      random_(random),
      checker_(checker),
      trace_(trace),
      arrival_(std::move(arrival)) {}

void Lan::cut(std::size_t from, std::size_t to) {
  ++cuts_[from][to];
  checker_.disturb_pair(from, to);
}

void Lan::mend(std::size_t from, std::size_t to) {
  --cuts_[from][to];
  checker_.disturb_pair(from, to);
}

void Lan::send(const Frame& frame) {
  for (std::size_t to = 0; to < routers_; ++to) {
    if (to == frame.sender) continue;  // the sender's multicast loop is off
    if (cuts_[frame.sender][to] > 0 || random_.chance(weather_.loss)) {
      checker_.disturb_pair(frame.sender, to);
      trace_.add({.at = agenda_.now(),
                  .router = static_cast<std::uint8_t>(to),
                  .what = Trace::Entry::What::kLost,
                  .number = static_cast<std::uint8_t>(frame.sender)});
      continue;
    }
    deliver(to, frame);
    if (random_.chance(weather_.duplication)) deliver(to, frame);
  }
}

void Lan::deliver(std::size_t to, Frame frame) {
  if (random_.chance(weather_.corruption)) {
    const std::uint64_t bit = random_.below(frame.size * 8);
    frame.bytes[bit / 8] = static_cast<std::uint8_t>(frame.bytes[bit / 8] ^ 1U << bit % 8);
    checker_.disturb_pair(frame.sender, to);
  }
  Instant at = agenda_.now() + random_.between(Duration{1'000}, delay_max_);
  Instant& newest = newest_[frame.sender][to];
  if (!weather_.reorders) at = std::max(at, newest);
  newest = std::max(at, newest);
  agenda_.at(at, [this, to, frame] { arrival_(to, frame); });
}

}  // namespace sim
