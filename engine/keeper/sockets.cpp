#include "engine/keeper/sockets.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/keeper/open.hpp"

namespace keeper {
namespace {

using base::Error;
using base::IfIndex;
using base::Result;

}  // namespace

Result<Sockets> Sockets::open(const config::Model& model) {
  Sockets sockets;
  auto packet = open_packet_socket();
  if (!packet) return packet.error();
  auto links = open_link_socket();
  if (!links) return links.error();
  Entry entry;
  entry.description.kind = ipc::SocketKind::kPacket;
  entry.descriptor = std::move(*packet);
  sockets.entries_.push_back(std::move(entry));
  entry = {};
  entry.description.kind = ipc::SocketKind::kLinks;
  entry.descriptor = std::move(*links);
  sockets.entries_.push_back(std::move(entry));

  for (const Ear& ear : ears_of(model))
    for (const Side side : {Side::kOurs, Side::kStray})
      sockets.entries_.push_back(closed_entry(ear, side));
  return sockets;
}

Sockets::Entry Sockets::closed_entry(const Ear& ear, Side side) {
  Entry entry;
  entry.ear = ear;
  entry.side = side;
  entry.description.kind = side == Side::kOurs ? ipc::SocketKind::kAdvert : ipc::SocketKind::kStray;
  entry.description.family = ear.family;
  entry.description.protocol = ear.protocol;
  std::memcpy(entry.description.interface.data(), ear.interface.data(),
              std::min(ear.interface.size(), entry.description.interface.size() - 1));
  entry.is_new = false;
  return entry;
}

std::vector<Error> Sockets::reconfigure(const config::Model& model) {
  std::vector<Error> errors;
  std::vector<Entry> before = std::exchange(entries_, {});
  for (Entry& entry : before)
    if (entry.ear.interface.empty()) entries_.push_back(std::move(entry));  // for all interfaces
  for (const Ear& ear : ears_of(model)) {
    for (const Side side : {Side::kOurs, Side::kStray}) {
      Entry entry = closed_entry(ear, side);
      const auto same = std::ranges::find_if(before, [&](const Entry& one) {
        return one.ear.interface == ear.interface && one.ear.family == ear.family &&
               one.ear.protocol == ear.protocol && one.side == side;
      });
      if (same != before.end()) {
        entry.index = same->index;
        entry.description.ifindex = same->index.value;
        entry.failure = same->failure;
        entry.descriptor = std::move(same->descriptor);
      }
      if (entry.descriptor)
        for (Error& error : change_ear(entry.descriptor, same->ear, ear, entry.index, side))
          errors.push_back(std::move(error));
      entries_.push_back(std::move(entry));
    }
  }
  return errors;
}

std::vector<Error> Sockets::follow(const std::string& interface, IfIndex index) {
  std::vector<Error> errors;
  for (Entry& entry : entries_) {
    if (entry.ear.interface != interface || entry.index == index) continue;
    entry.descriptor.reset();
    entry.is_new = false;
    entry.index = index;
    entry.description.ifindex = index.value;
    entry.failure = 0;
    if (index.value != 0) open_entry(entry, errors);
  }
  return errors;
}

std::vector<Error> Sockets::retry() {
  std::vector<Error> errors;
  for (Entry& entry : entries_)
    if (!entry.descriptor && entry.index.value != 0) open_entry(entry, errors);
  return errors;
}

void Sockets::open_entry(Entry& entry, std::vector<Error>& errors) {
  auto opened = open_ear(entry.ear, entry.index, entry.side);
  if (opened) {
    entry.failure = 0;
    entry.descriptor = std::move(*opened);
    entry.is_new = true;
    const QueueRoom room = queue_room(entry.descriptor, entry.ear, entry.side);
    if (room.given < room.wanted && !std::exchange(is_short_queue_said_, true))
      errors.push_back(Error::because("size the queue for adverts on",
                                      std::to_string(room.given / 1024) + " of " +
                                          std::to_string(room.wanted / 1024) +
                                          " KiB, which is what net.core.rmem_max allows",
                                      entry.ear.interface));
    return;
  }
  if (entry.failure != opened.error().code) errors.push_back(opened.error());
  entry.failure = opened.error().code;
}

std::vector<Address> Sockets::groups(const std::string& interface) const {
  std::vector<Address> groups;
  for (const Entry& entry : entries_) {
    if (!entry.descriptor || entry.ear.interface != interface) continue;
    for (const Address& group : entry.ear.groups)
      if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
  }
  return groups;
}

std::vector<Error> Sockets::rejoin(const std::string& interface, const Address& group) {
  std::vector<Error> errors;
  std::vector<const Entry*> members;
  for (const Entry& entry : entries_)
    if (entry.descriptor && entry.ear.interface == interface &&
        std::ranges::find(entry.ear.groups, group) != entry.ear.groups.end())
      members.push_back(&entry);
  // All leave before one joins: the interface counts its members, and one that leaves what the interface had forgotten
  // would be taken off the count of those that have joined since. EADDRNOTAVAIL when it was no member: the join below is
  // then what is needed.
  for (const Entry* entry : members) (void)leave(entry->descriptor, interface, entry->index, group);
  for (const Entry* entry : members)
    if (auto joined = join(entry->descriptor, interface, entry->index, group); !joined)
      errors.push_back(joined.error());
  return errors;
}

std::vector<std::size_t> Sockets::take_new() {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (std::exchange(entries_[i].is_new, false)) places.push_back(i);
  return places;
}

}  // namespace keeper
