#include "engine/wishes.hpp"

#include <utility>

#include "engine/ipc/messages.hpp"

namespace engine {

Wishes::Wishes(std::uint64_t configuration, std::size_t instances, base::os::Channel& keeper,
               base::os::Poller& poller, std::uint64_t token)
    : configuration_(configuration),
      keeper_(keeper),
      poller_(poller),
      token_(token),
      wishes_(instances) {
  owed_.reserve(instances);
}

void Wishes::inherit(const Wishes& before,
                     std::span<const std::optional<std::uint16_t>> instances) {
  for (std::size_t id = 0; id < wishes_.size(); ++id) {
    if (!instances[id]) continue;
    const Wish& was = before.wishes_[*instances[id]];
    wishes_[id].hold = was.hold;
    wishes_[id].awaits_install = was.awaits_install;
    repeat(static_cast<std::uint16_t>(id));
  }
  is_keeper_full_ = before.is_keeper_full_;
}

void Wishes::set(std::uint16_t instance, bool hold) {
  wishes_[instance].hold = hold;
  wishes_[instance].awaits_install = hold;
  repeat(instance);
}

void Wishes::repeat(std::uint16_t instance) {
  if (wishes_[instance].is_withheld || std::exchange(wishes_[instance].is_owed, true)) return;
  owed_.push_back(instance);
}

void Wishes::repeat_all() {
  for (std::size_t id = 0; id < wishes_.size(); ++id) repeat(static_cast<std::uint16_t>(id));
}

void Wishes::make_room() {
  if (!std::exchange(is_keeper_full_, false)) return;
  // It is watched already: changing that cannot fail.
  (void)poller_.change(keeper_.fd(), token_, false);
}

void Wishes::send() {
  std::size_t sent = 0;
  while (sent < owed_.size() && sent < kPerTurn && !is_keeper_full_) {
    const std::uint16_t id = owed_[sent];
    const ipc::Want want{.instance = id,
                         .hold = wishes_[id].hold ? std::uint8_t{1} : std::uint8_t{0},
                         .configuration = configuration_};
    if (auto told = keeper_.send(want); !told) {
      is_keeper_full_ = true;
      // Watched since the engine was opened: changing that cannot fail. When the keeper's end is gone nobody will ever
      // read, and the poll says so.
      (void)poller_.change(keeper_.fd(), token_, true);
      break;
    }
    wishes_[id].is_owed = false;
    ++sent;
  }
  owed_.erase(owed_.begin(), owed_.begin() + static_cast<std::ptrdiff_t>(sent));
}

}  // namespace engine
