// The sockets adverts come from and leave through, and up to which moment each has been read.
//
// A socket is drained when the kernel had nothing more, or, under a flood that never ends, up to the newest packet read:
// the queue is in order of arrival. Silence is believed no further than that. One visit reads a bounded number of packets
// and one turn visits a socket once, unless somebody's time has come and it must be known what was said meanwhile.
//
// Beside each there is one for strays, with what the kernel sorted out before it: read now and then, never waited for, a
// few packets at a time. What did not fit into its small queue is counted in the proportions of what did; from Linux 6.10 on
// a full queue counts what its filter would have dropped as well, so what the ear itself heard meanwhile is taken off again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/instant.hpp"
#include "base/os/fd.hpp"
#include "base/os/poller.hpp"
#include "base/result.hpp"
#include "engine/assembly.hpp"
#include "engine/publication.hpp"
#include "engine/wire/advert_socket.hpp"

namespace engine {

class Ears {
 public:
  // A place in `ears` is an ear in everything here. Tokens are kFirstToken and up. Counts what cannot be heard.
  Ears(const std::vector<Ear>& ears, base::os::Poller& poller, Publication& publication);

  static constexpr std::uint64_t kFirstToken = 16;
  // Of wire::kBatch packets: what one visit reads, and all visits of a turn that found more than one batch. So a turn
  // reads at most kBatchesPerTurn batches and one more for each socket that is visited.
  static constexpr std::size_t kBatchesPerVisit = 4;
  static constexpr std::size_t kBatchesPerTurn = 16;
  static constexpr std::size_t kStrays = 64;        // packets at a time
  static constexpr std::size_t kStraySockets = 32;  // looked at for them

  // Takes over the sockets that are heard with still, by ear where each was, and closes the others.
  void inherit(Ears& before, std::span<const std::optional<std::uint16_t>> places);

  void begin(base::Instant now, std::int64_t wall_ns);

  // Takes the place of the socket there was. It is watched from watch() on: before the instances start nobody would
  // listen, and what waits in it counts.
  void put(std::size_t ear, base::os::UniqueFd socket, std::uint32_t ifindex);
  void put_stray(std::size_t ear, base::os::UniqueFd socket);
  base::Status watch(std::size_t ear);
  void forget_watch(std::size_t ear);

  bool is_watched(std::size_t ear) const { return stations_[ear].is_watched; }

  // The ear of this interface, family and protocol; kNobody when there is none.
  std::uint16_t find(std::uint16_t interface, base::Family family, std::uint8_t protocol) const;
  std::size_t size() const { return stations_.size(); }
  bool has_socket(std::size_t ear) const { return static_cast<bool>(stations_[ear].socket); }
  int fd(std::size_t ear) const { return stations_[ear].socket.get(); }
  std::uint32_t ifindex(std::size_t ear) const { return stations_[ear].ifindex; }
  bool was_visited(std::size_t ear) const { return stations_[ear].visited == turn_; }
  // Everything received before has been heard.
  base::Instant drained_until(std::size_t ear) const { return stations_[ear].drained_until; }

  // Calls hear(datagram) for what waits, oldest first.
  template <typename Hear>
  void listen(std::size_t ear, Hear hear);
  // Calls hear(ear, datagram) for strays, from where it stopped last time; it answers what each counts as.
  template <typename Hear>
  void listen_to_strays(Hear hear);

 private:
  struct Station {
    base::os::UniqueFd socket;
    bool is_watched = false;
    std::uint32_t ifindex = 0;  // it is bound to
    base::Instant drained_until;
    std::uint64_t visited = 0;  // the turn it was last read in
    std::uint64_t read = 0;     // packets, since its strays were looked at
    wire::LostPackets lost;
  };
  struct StrayStation {
    base::os::UniqueFd socket;
    wire::LostPackets lost;
    base::Instant looked;
    // Packets of the ear itself that were counted here and are not taken off yet: some of them waited in its queue.
    std::uint64_t heard_meanwhile = 0;
    // Of the newest look that found any: how many, and how many of them came from afar.
    std::uint32_t seen = 0;
    std::uint32_t from_afar = 0;
  };
  void count_batch(Station& station, const wire::Receiver::Batch& batch);
  // `full`: how long there was no room, as the stamps of what was read tell.
  void count_lost(std::size_t ear, base::Duration full);

  const std::vector<Ear>& ears_;
  base::os::Poller& poller_;
  Publication& publication_;
  const bool counts_before_filter_ = wire::counts_before_filter();
  std::vector<Station> stations_;
  std::vector<StrayStation> strays_;
  std::size_t next_stray_ = 0;
  std::uint64_t turn_ = 0;
  std::size_t batches_left_ = 0;  // of this turn
  base::Instant now_;
  std::int64_t wall_ns_ = 0;
  wire::Receiver receiver_;
};

template <typename Hear>
void Ears::listen(std::size_t ear, Hear hear) {
  Station& station = stations_[ear];
  station.visited = turn_;
  for (std::size_t batches = 0; batches < kBatchesPerVisit; ++batches) {
    // Every socket gets one batch, however many there are and whatever the others hold.
    if (batches > 0 && batches_left_ == 0) return;
    if (batches > 0) --batches_left_;
    const auto batch = receiver_.receive(
        station.socket.get(), ears_[ear].family,
        {.now = now_, .wall_now_ns = wall_ns_, .not_before = station.drained_until});
    for (const wire::Datagram& datagram : batch.datagrams) {
      hear(datagram);
      station.drained_until = std::max(station.drained_until, datagram.received);
    }
    station.read += batch.datagrams.size() + batch.malformed;
    count_batch(station, batch);
    // A socket that cannot be read has nothing to say: what the interface is, others report.
    if (batch.drained || batch.error != 0) {
      station.drained_until = now_;
      return;
    }
  }
}

template <typename Hear>
void Ears::listen_to_strays(Hear hear) {
  std::size_t heard = 0;
  const std::size_t looks = std::min(strays_.size(), kStraySockets);
  for (std::size_t i = 0; i < looks && heard < kStrays; ++i) {
    const std::size_t ear = next_stray_;
    next_stray_ = (next_stray_ + 1) % strays_.size();
    StrayStation& station = strays_[ear];
    if (!station.socket) continue;
    const auto batch = receiver_.receive(station.socket.get(), ears_[ear].family,
                                         {.now = now_, .wall_now_ns = wall_ns_, .not_before = {}});
    publication_.count(base::Drop::kLength, batch.malformed);
    std::uint32_t from_afar = 0;
    // What there was room for came just after the last look, or while this one was reading: in between it was full.
    base::Duration full{0};
    base::Instant before = batch.datagrams.empty() ? now_ : batch.datagrams.front().received;
    for (const wire::Datagram& datagram : batch.datagrams) {
      if (hear(ear, datagram) == base::Drop::kTtl) ++from_afar;
      full = std::max(full, datagram.received - before);
      before = datagram.received;
    }
    full = std::max(full, now_ - before);
    if (!batch.datagrams.empty()) {
      station.seen = static_cast<std::uint32_t>(batch.datagrams.size());
      station.from_afar = from_afar;
    }
    count_lost(ear, full);
    heard += batch.datagrams.size();
  }
}

}  // namespace engine
