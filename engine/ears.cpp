#include "engine/ears.hpp"

#include <utility>

namespace engine {

Ears::Ears(const std::vector<Ear>& ears, base::os::Poller& poller)
    : ears_(ears), poller_(poller), stations_(ears.size()) {}

void Ears::begin(base::Instant now, std::int64_t wall_ns) {
  now_ = now;
  wall_ns_ = wall_ns;
  ++turn_;
}

void Ears::put(std::size_t ear, base::os::UniqueFd socket, std::uint32_t ifindex) {
  Station& station = stations_[ear];
  station = Station{
      .socket = std::move(socket), .ifindex = ifindex, .drained_until = station.drained_until};
}

base::Status Ears::watch(std::size_t ear) {
  if (!has_socket(ear)) return base::ok();
  return poller_.add(fd(ear), kFirstToken + ear);
}

void Ears::forget_watch(std::size_t ear) { poller_.remove(fd(ear)); }

}  // namespace engine
