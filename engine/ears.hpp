// The sockets adverts come from and leave through, and up to which moment each has been read.
//
// A socket is drained when the kernel had nothing more, or, under a flood that never ends, up to the newest packet read:
// the queue is in order of arrival. Silence is believed no further than that. One visit reads a bounded number of packets
// and one turn visits a socket once, unless somebody's time has come and it must be known what was said meanwhile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/instant.hpp"
#include "base/os/fd.hpp"
#include "base/os/poller.hpp"
#include "base/result.hpp"
#include "engine/assembly.hpp"
#include "engine/wire/advert_socket.hpp"

namespace engine {

class Ears {
 public:
  // A place in `ears` is an ear in everything here. Tokens are kFirstToken and up.
  Ears(const std::vector<Ear>& ears, base::os::Poller& poller);

  static constexpr std::uint64_t kFirstToken = 16;
  static constexpr std::size_t kBatchesPerVisit = 4;  // of wire::kBatch packets

  void begin(base::Instant now, std::int64_t wall_ns);

  // Takes the place of the socket there was. It is watched from watch() on: before the instances start nobody would
  // listen, and what waits in it counts.
  void put(std::size_t ear, base::os::UniqueFd socket, std::uint32_t ifindex);
  base::Status watch(std::size_t ear);
  void forget_watch(std::size_t ear);

  std::size_t size() const { return stations_.size(); }
  bool has_socket(std::size_t ear) const { return static_cast<bool>(stations_[ear].socket); }
  int fd(std::size_t ear) const { return stations_[ear].socket.get(); }
  std::uint32_t ifindex(std::size_t ear) const { return stations_[ear].ifindex; }
  bool was_visited(std::size_t ear) const { return stations_[ear].visited == turn_; }
  // Everything received before has been heard.
  base::Instant drained_until(std::size_t ear) const { return stations_[ear].drained_until; }

  // Calls hear(datagram) for what waits, oldest first, and answers how many packets were no IP packets at all.
  template <typename Hear>
  std::size_t listen(std::size_t ear, Hear hear);

 private:
  struct Station {
    base::os::UniqueFd socket;
    std::uint32_t ifindex = 0;  // it is bound to
    base::Instant drained_until;
    std::uint64_t visited = 0;  // the turn it was last read in
  };

  const std::vector<Ear>& ears_;
  base::os::Poller& poller_;
  std::vector<Station> stations_;
  std::uint64_t turn_ = 0;
  base::Instant now_;
  std::int64_t wall_ns_ = 0;
  wire::Receiver receiver_;
};

template <typename Hear>
std::size_t Ears::listen(std::size_t ear, Hear hear) {
  Station& station = stations_[ear];
  station.visited = turn_;
  std::size_t malformed = 0;
  for (std::size_t batches = 0; batches < kBatchesPerVisit; ++batches) {
    const auto batch = receiver_.receive(
        station.socket.get(), ears_[ear].family,
        {.now = now_, .wall_now_ns = wall_ns_, .not_before = station.drained_until});
    for (const wire::Datagram& datagram : batch.datagrams) {
      hear(datagram);
      station.drained_until = std::max(station.drained_until, datagram.received);
    }
    malformed += batch.malformed;
    // A socket that cannot be read has nothing to say: what the interface is, others report.
    if (batch.drained || batch.error != 0) {
      station.drained_until = now_;
      break;
    }
  }
  return malformed;
}

}  // namespace engine
