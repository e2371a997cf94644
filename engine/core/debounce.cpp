#include "engine/core/debounce.hpp"

namespace core {

void Debounce::tell(bool up, base::Instant now) {
  advance(now);  // told late: what lasted long enough meanwhile counted
  if (!seen_.has_value() || *seen_ == up) {
    seen_ = up;
    settles_at_ = base::Instant::never();
    return;
  }
  if (!settles_at_.is_never()) return;  // still the other level
  settles_at_ = now + (up ? up_ : down_);
  advance(now);
}

void Debounce::reconfigure(base::Duration up, base::Duration down, base::Instant now) {
  if (up == up_ && down == down_) return;
  up_ = up;
  down_ = down;
  if (settles_at_.is_never()) return;
  settles_at_ = now + (*seen_ ? down_ : up_);
}

void Debounce::advance(base::Instant now) {
  if (now < settles_at_ || settles_at_.is_never()) return;
  seen_ = !*seen_;
  settles_at_ = base::Instant::never();
}

}  // namespace core
