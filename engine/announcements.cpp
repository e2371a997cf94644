#include "engine/announcements.hpp"

#include <span>
#include <utility>
#include <vector>

namespace engine {
namespace {

std::vector<base::Duration> distances_of(const Assembly& assembly) {
  std::vector<base::Duration> distances;
  for (const Lane& lane : assembly.lanes) distances.push_back(lane.distance);
  return distances;
}

}  // namespace

Announcements::Announcements(const config::Model& model, const Assembly& assembly,
                             const Links& links, Publication& publication)
    : model_(model),
      assembly_(assembly),
      links_(links),
      publication_(publication),
      announcer_(assembly.schedules, distances_of(assembly)) {}

void Announcements::inherit(Announcements& before, const Heritage& from) {
  packets_ = std::move(before.packets_);
  announcer_.inherit(before.announcer_, from.of.instances, from.lanes);
}

void Announcements::start(std::uint16_t instance, base::Instant now, core::Announcer::Burst burst) {
  announcer_.start(base::InstanceId{instance}, now, burst);
}

void Announcements::stop(std::uint16_t instance) { announcer_.stop(base::InstanceId{instance}); }

void Announcements::send(base::Instant now) {
  const std::size_t due = announcer_.take_due(now, due_);
  std::array<std::uint16_t, kPerTurn> senders;
  std::size_t count = 0;
  for (const core::Announcement& announcement : std::span(due_).first(due)) {
    const std::uint16_t id = announcement.instance.value;
    const Link& link = links_[assembly_.address_interfaces[id][announcement.address]];
    if (!packets_ || !link.exists()) {
      ++publication_.row(id).send_errors;
      continue;
    }
    const base::Address& address =
        model_.instances[id].addresses[announcement.address].prefix.address;
    frames_.add(wire::build_announcement(link.mac, address, frames_.room()), link.ifindex);
    senders[count++] = id;
  }
  if (count == 0) return;
  const auto errors = frames_.flush(packets_.get());
  for (std::size_t i = 0; i < count; ++i) {
    feed::Row& row = publication_.row(senders[i]);
    ++(errors[i] == 0 ? row.announcements_sent : row.send_errors);
  }
}

}  // namespace engine
