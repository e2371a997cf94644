#include "engine/ears.hpp"

#include <utility>

namespace engine {

Ears::Ears(const std::vector<Ear>& ears, base::os::Poller& poller, Publication& publication)
    : ears_(ears),
      poller_(poller),
      publication_(publication),
      stations_(ears.size()),
      strays_(ears.size()) {}

// The kernel forgets a watched descriptor only with the last reference to its socket, and the keeper has one.
void Ears::inherit(Ears& before, std::span<const std::optional<std::uint16_t>> places) {
  for (std::size_t ear = 0; ear < stations_.size(); ++ear) {
    if (!places[ear]) continue;
    const std::uint16_t was = *places[ear];
    stations_[ear] = std::move(before.stations_[was]);
    strays_[ear] = std::move(before.strays_[was]);
    before.stations_[was].is_watched = false;
    // It is watched already: changing that cannot fail.
    if (stations_[ear].is_watched && ear != was)
      (void)poller_.change(fd(ear), kFirstToken + ear, false);
  }
  for (Station& left : before.stations_) {
    if (left.is_watched) poller_.remove(left.socket.get());
    left = {};
  }
  begin(before.now_, before.wall_ns_);
  turn_ = before.turn_;
}

void Ears::begin(base::Instant now, std::int64_t wall_ns) {
  now_ = now;
  wall_ns_ = wall_ns;
  batches_left_ = kBatchesPerTurn;
  ++turn_;
}

// What a socket lost before it came to this engine was counted by the one before.
void Ears::put(std::size_t ear, base::os::UniqueFd socket, std::uint32_t ifindex) {
  Station& station = stations_[ear];
  station.socket = std::move(socket);
  station.ifindex = ifindex;
  station.lost = {};
  (void)station.lost.since(wire::lost_packets(station.socket.get()).value_or(0));
}

void Ears::put_stray(std::size_t ear, base::os::UniqueFd socket) {
  StrayStation& station = strays_[ear];
  station.socket = std::move(socket);
  station.lost = {};
  (void)station.lost.since(wire::lost_packets(station.socket.get()).value_or(0));
}

base::Status Ears::watch(std::size_t ear) {
  if (!has_socket(ear)) return base::ok();
  auto watched = poller_.add(fd(ear), kFirstToken + ear);
  stations_[ear].is_watched = static_cast<bool>(watched);
  return watched;
}

void Ears::forget_watch(std::size_t ear) {
  poller_.remove(fd(ear));
  stations_[ear].is_watched = false;
}

std::uint16_t Ears::find(std::uint16_t interface, base::Family family,
                         std::uint8_t protocol) const {
  for (std::size_t ear = 0; ear < ears_.size(); ++ear)
    if (ears_[ear].interface == interface && ears_[ear].family == family &&
        ears_[ear].protocol == protocol)
      return static_cast<std::uint16_t>(ear);
  return kNobody;
}

void Ears::count_batch(Station& station, const wire::Receiver::Batch& batch) {
  publication_.count(base::Drop::kLength, batch.malformed);
  if (batch.lost) publication_.count(base::Drop::kQueueFull, station.lost.since(*batch.lost));
}

// Asked, not read from the packets: a total is exact then even when no packet follows.
void Ears::count_lost(std::size_t ear, base::Duration full) {
  StrayStation& strays = strays_[ear];
  const base::Duration since_look = now_ - std::exchange(strays.looked, now_);
  const std::uint64_t ours = std::exchange(stations_[ear].read, 0);
  const auto reading = wire::lost_packets(strays.socket.get());
  if (!reading) return;
  std::uint64_t lost = strays.lost.since(*reading);
  if (lost == 0) strays.heard_meanwhile = 0;
  if (counts_before_filter_ && lost > 0 && since_look > base::Duration{0}) {
    const double share =
        std::min(static_cast<double>(full.count()) / static_cast<double>(since_look.count()), 1.0);
    strays.heard_meanwhile += static_cast<std::uint64_t>(static_cast<double>(ours) * share);
    const std::uint64_t not_strays = std::min(lost, strays.heard_meanwhile);
    strays.heard_meanwhile -= not_strays;
    lost -= not_strays;
  }
  const std::uint64_t from_afar = strays.seen == 0 ? 0 : lost * strays.from_afar / strays.seen;
  publication_.count(base::Drop::kTtl, from_afar);
  publication_.count(base::Drop::kUnknownVrid, lost - from_afar);
}

}  // namespace engine
