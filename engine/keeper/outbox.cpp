#include "engine/keeper/outbox.hpp"

#include <algorithm>
#include <cerrno>

namespace keeper {
namespace {

using base::Result;

// True: sent. False: the channel is full.
template <typename Message>
Result<bool> send(base::os::Channel& engine, const Message& message, int descriptor = -1) {
  auto sent = engine.send(message, descriptor);
  if (sent) return true;
  if (sent.error().code == EAGAIN) return false;
  return sent.error();
}

}  // namespace

Outbox::Outbox(std::uint64_t configuration, std::size_t sockets, std::size_t interfaces,
               std::size_t sources, std::size_t instances)
    : configuration_(configuration),
      sockets_(sockets, false),
      interfaces_(interfaces, false),
      sources_(sources, false),
      instances_(instances) {}

void Outbox::everything() {
  begins_ = true;
  sockets_.assign(sockets_.size(), true);
  interfaces_.assign(interfaces_.size(), true);
  sources_.assign(sources_.size(), true);
  for (Said& said : instances_) said.due = Due::kNow;
  caught_up_ = true;
}

void Outbox::answer(std::uint16_t instance) {
  Said& said = instances_[instance];
  said.due = std::max(said.due, Due::kWhenSettled);
}

void Outbox::may_have_changed(std::uint16_t instance) {
  Said& said = instances_[instance];
  said.due = std::max(said.due, Due::kIfChanged);
}

void Outbox::restored(Addresses::Place place) {
  if (std::find(restored_.begin(), restored_.end(), place) == restored_.end())
    restored_.push_back(place);
}

Result<bool> Outbox::flush(base::os::Channel& engine, const Sockets& sockets,
                           const Interfaces& interfaces, const Addresses& addresses, Instant now) {
  if (begins_) {
    const auto sent = send(engine, ipc::Begin{.configuration = configuration_});
    if (!sent || !*sent) return sent;
    begins_ = false;
  }
  while (!stood_in_.empty()) {
    const auto sent = send(engine, stood_in_.back());
    if (!sent || !*sent) return sent;
    stood_in_.pop_back();
  }
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    if (!sockets_[i]) continue;
    const Sockets::Entry& entry = sockets.all()[i];
    if (entry.descriptor) {
      const auto sent = send(engine, entry.description, entry.descriptor.get());
      if (!sent || !*sent) return sent;
    }
    sockets_[i] = false;
  }
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    if (!interfaces_[i]) continue;
    const auto sent = send(engine, interfaces.now(i));
    if (!sent || !*sent) return sent;
    interfaces_[i] = false;
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!sources_[i]) continue;
    const Interfaces::Source& source = interfaces.sources()[i];
    const ipc::Source message{.instance = source.instance,
                              .present = static_cast<std::uint8_t>(source.is_present ? 1 : 0)};
    const auto sent = send(engine, message);
    if (!sent || !*sent) return sent;
    sources_[i] = false;
  }
  // Before the Held of the same instance: it was away, and this is why it may have to be announced again.
  while (!restored_.empty()) {
    const ipc::Restored message{.instance = restored_.back().instance,
                                .address = restored_.back().address};
    const auto sent = send(engine, message);
    if (!sent || !*sent) return sent;
    restored_.pop_back();
  }
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    Said& said = instances_[i];
    if (said.due == Due::kNo) continue;
    const auto holding = addresses.holding(static_cast<std::uint16_t>(i), now);
    if (said.due != Due::kNow && !holding.is_settled) continue;
    if (said.due == Due::kIfChanged && said.was_said && holding == said.last) {
      said.due = Due::kNo;
      continue;
    }
    const ipc::Held message{.instance = static_cast<std::uint16_t>(i),
                            .installed = holding.installed,
                            .wanted = holding.total,
                            .refused = holding.refused,
                            .error = holding.error,
                            .fought = holding.fought,
                            .is_fought = static_cast<std::uint8_t>(holding.is_fought ? 1 : 0)};
    const auto sent = send(engine, message);
    if (!sent || !*sent) return sent;
    // One that went out unsettled is followed by how it ends.
    said.due = holding.is_settled ? Due::kNo : Due::kWhenSettled;
    said.last = holding;
    said.was_said = true;
  }
  if (caught_up_) {
    const auto sent = send(engine, ipc::CaughtUp{});
    if (!sent || !*sent) return sent;
    caught_up_ = false;
  }
  return true;
}

}  // namespace keeper
