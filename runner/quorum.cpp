#include "runner/quorum.hpp"

#include <utility>

namespace runner {

using base::Instant;

// A quorum_max of 0 says that none should run: then too few is impossible.
Quorum::Quorum(const config::Process& wanted)
    : least_(wanted.quorum_max == 0 ? 0 : wanted.quorum),
      most_(wanted.quorum_max),
      after_more_(wanted.fork_delay),
      after_fewer_(wanted.terminate_delay) {}

void Quorum::count(std::uint32_t running, Instant now) {
  // What had its time before this number has turned.
  advance(now);
  const bool is_more = running > std::exchange(running_, running);
  if (!std::exchange(is_known_, true)) {
    is_well_ = fits();
    return;
  }
  if (fits() == is_well_) {
    turns_at_ = Instant::never();
  } else if (turns_at_.is_never()) {
    turns_at_ = now + (is_more ? after_more_ : after_fewer_);
    advance(now);
  }
}

void Quorum::advance(Instant now) {
  if (now < turns_at_) return;
  turns_at_ = Instant::never();
  is_well_ = !is_well_;
}

}  // namespace runner
