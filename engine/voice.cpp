#include "engine/voice.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace engine {

static_assert(wire::kMaxAdvertBytes >= core::kMaxMessage);

Voice::Voice(const Assembly& assembly, const Ears& ears, Publication& publication)
    : assembly_(assembly), ears_(ears), publication_(publication) {
  owed_.reserve(4 * assembly.routers.size() + 16);
}

void Voice::owe(const Words& words) {
  if (owed_.size() == owed_.capacity()) send();
  owed_.push_back({.ear = assembly_.ear_of[words.instance],
                   .order = static_cast<std::uint32_t>(owed_.size()),
                   .words = words});
}

void Voice::send() {
  std::erase_if(owed_, [this](const Owed& owed) {
    const bool can_speak = ears_.has_socket(owed.ear) && owed.words.source.is_set();
    if (!can_speak) ++publication_.row(owed.words.instance).send_errors;
    return !can_speak;
  });
  std::sort(owed_.begin(), owed_.end(), [](const Owed& a, const Owed& b) {
    return a.ear != b.ear ? a.ear < b.ear : a.order < b.order;
  });
  std::size_t first = 0;  // of the batch being filled
  for (std::size_t i = 0; i < owed_.size(); ++i) {
    const auto& [ear, order, words] = owed_[i];
    const base::Address group = core::multicast_group(assembly_.ears[ear].family);
    const std::size_t length = core::build(assembly_.routers[words.instance], words.priority,
                                           words.form, words.source, group, sender_.room());
    sender_.add(length,
                {.source = words.source, .destination = group, .ifindex = ears_.ifindex(ear)});
    const bool is_last_here = i + 1 == owed_.size() || owed_[i + 1].ear != ear;
    if (!is_last_here && !sender_.is_full()) continue;
    flush(std::span(owed_).subspan(first, i + 1 - first), ears_.fd(ear));
    first = i + 1;
  }
  owed_.clear();
}

void Voice::flush(std::span<const Owed> batch, int fd) {
  const auto errors = sender_.flush(fd);
  CHECK(errors.size() == batch.size(), "one answer for every advert");
  for (std::size_t i = 0; i < batch.size(); ++i) {
    feed::Row& row = publication_.row(batch[i].words.instance);
    if (errors[i] != 0) {
      ++row.send_errors;
      continue;
    }
    ++row.adverts_sent;
    if (batch[i].words.priority == base::kReleasePriority) ++row.zero_sent;
  }
}

}  // namespace engine
