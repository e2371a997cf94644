// What the keeper is asked for: which instances the kernel should hold the addresses of. Level, not edge: a wish is what
// is wanted now, so one that was overtaken before it could be sent is never sent, and all are repeated to a new keeper.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/os/channel.hpp"
#include "base/os/poller.hpp"

namespace engine {

class Wishes {
 public:
  // In the terms of `configuration`. `keeper` is watched with `token` by the poller, for reading. Everything referred to
  // outlives this.
  Wishes(std::uint64_t configuration, std::size_t instances, base::os::Channel& keeper,
         base::os::Poller& poller, std::uint64_t token);

  static constexpr std::size_t kPerTurn = 256;

  // Goes on with the wishes there were, by instance where each was, and says all of them: in new terms.
  void inherit(const Wishes& before, std::span<const std::optional<std::uint16_t>> instances);

  // What is wished for this instance is not said any more: in the terms that come, its addresses are somebody else's, or
  // nobody's.
  void withhold(std::uint16_t instance) { wishes_[instance].is_withheld = true; }

  // The kernel is to hold the addresses of this instance, or not to.
  void set(std::uint16_t instance, bool hold);
  // Says the wish there is once more.
  void repeat(std::uint16_t instance);
  void repeat_all();
  // The keeper's channel has room again.
  void make_room();
  void send();

  bool holds(std::uint16_t instance) const { return wishes_[instance].hold; }
  // All were asked for and the kernel has not been said to hold them; install_answered() ends it.
  bool awaits_install(std::uint16_t instance) const { return wishes_[instance].awaits_install; }
  void install_answered(std::uint16_t instance) { wishes_[instance].awaits_install = false; }

  bool is_owed() const { return !owed_.empty(); }
  bool can_send() const { return is_owed() && !is_keeper_full_; }

 private:
  struct Wish {
    bool hold = false;
    bool is_owed = false;
    bool awaits_install = false;
    bool is_withheld = false;
  };
  std::uint64_t configuration_;
  base::os::Channel& keeper_;
  base::os::Poller& poller_;
  std::uint64_t token_;
  std::vector<Wish> wishes_;
  std::vector<std::uint16_t> owed_;
  bool is_keeper_full_ = false;
};

}  // namespace engine
