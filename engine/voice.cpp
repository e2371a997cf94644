#include "engine/voice.hpp"

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"

namespace engine {

static_assert(wire::kMaxAdvertBytes >= core::kMaxMessage + core::kMaxSealing);

Voice::Voice(const Assembly& assembly, const Ears& ears, Trust& trust, Publication& publication)
    : assembly_(assembly), ears_(ears), trust_(trust), publication_(publication) {
  owed_.reserve(4 * assembly.routers.size() + 16);
  spoken_.reserve(owed_.capacity());
  refused_.reserve(owed_.capacity());
  batch_.reserve(wire::kBatch);
}

void Voice::owe(const Words& words) {
  if (owed_.size() == owed_.capacity()) send();
  owed_.push_back({.ear = assembly_.ear_of[words.instance],
                   .order = static_cast<std::uint32_t>(owed_.size()),
                   .words = words});
}

void Voice::send() {
  std::sort(owed_.begin(), owed_.end(), [](const Owed& a, const Owed& b) {
    return a.ear != b.ear ? a.ear < b.ear : a.order < b.order;
  });
  for (const Owed& owed : owed_) say(owed);
  flush();
  owed_.clear();
}

void Voice::say(const Owed& owed) {
  if (!ears_.has_socket(owed.ear) || !owed.words.source.is_set()) {
    ++publication_.row(owed.words.instance).send_errors;
    return;
  }
  if (owed.ear != ear_) flush();
  ear_ = owed.ear;
  const core::Router& router = assembly_.routers[owed.words.instance];
  // RFC 9568 5.1.1.3, 5.1.2.3: multicast leaves with 255 whatever is configured.
  if (!router.is_unicast()) return say_to(owed, core::group_of(router), 255);
  for (const core::UnicastPeer& peer : router.peers) say_to(owed, peer.address, router.ttl);
}

void Voice::say_to(const Owed& owed, const base::Address& destination, std::uint8_t ttl) {
  const std::size_t copies = trust_.copies(owed.words.instance);
  for (std::size_t copy = 0; copy < copies; ++copy) {
    if (sender_.is_full()) flush();
    write(owed, destination, ttl, copy);
  }
}

// A packet behind an authentication header is written whole, for its IP header is part of what is signed:
//
//   | IP header | authentication header | message |        protocol 51
//   | message | trailer, under HMAC |                      protocol 112
void Voice::write(const Owed& owed, const base::Address& destination, std::uint8_t ttl,
                  std::size_t copy) {
  const Words& words = owed.words;
  const std::size_t before = trust_.bytes_before(words.instance);
  const std::span<std::uint8_t> room = sender_.room();
  const std::size_t length =
      before + core::build(assembly_.routers[words.instance], words.priority, words.form,
                           words.source, destination, room.subspan(before));
  const wire::Envelope envelope{.source = words.source,
                                .destination = destination,
                                .ifindex = ears_.ifindex(owed.ear),
                                .ttl = ttl};
  if (before > 0) headers_.write(envelope, length, room);
  const std::size_t sealed =
      trust_.seal(words.instance, room, length, words.source, destination, copy);
  sender_.add(sealed, envelope);
  batch_.push_back(words);
}

void Voice::flush() {
  if (batch_.empty()) return;
  const auto errors = sender_.flush(ears_.fd(ear_));
  CHECK(errors.size() == batch_.size(), "one answer for every advert");
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    const Words& words = batch_[i];
    feed::Row& row = publication_.row(words.instance);
    if (errors[i] != 0) {
      ++row.send_errors;
      // Kernels differ in what they say; whoever knows whether the source is there decides what it means.
      const bool is_for_source =
          errors[i] == EINVAL || errors[i] == EADDRNOTAVAIL || errors[i] == ENETUNREACH;
      if (is_for_source && refused_.size() < refused_.capacity())
        refused_.push_back(words.instance);
      continue;
    }
    ++row.adverts_sent;
    if (words.priority == base::kReleasePriority) {
      ++row.zero_sent;
    } else if (spoken_.size() < spoken_.capacity()) {
      spoken_.push_back(words.instance);
    }
  }
  batch_.clear();
}

}  // namespace engine
