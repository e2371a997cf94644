#include "engine/fight.hpp"

#include <algorithm>
#include <utility>

namespace engine {

using base::Duration;
using base::Instant;

Fight::Turn Fight::tell(bool is_fought, bool is_wanted, bool is_away, Instant now) {
  is_fought_ = is_fought;
  if (is_fought && !is_on_ && is_wanted) {
    const bool is_again = !ended_.is_never() && now - ended_ < kLongestQuiet;
    is_on_ = true;
    began_ = now;
    ask_in(is_again ? 2 * quiet_ : kFirstQuiet, now);
    return Turn::kBegins;
  }
  if (is_on_ && !is_fought && (!is_away || now >= quiet_until_)) return end(now);
  return Turn::kNone;
}

void Fight::adopt(Instant now) {
  is_on_ = true;
  began_ = now;
  ask_in(kFirstQuiet, now);
}

Fight::Turn Fight::advance(bool is_away, Instant now) {
  if (now < next_) return Turn::kNone;
  if (!is_fought_) return end(now);
  if (is_away) {
    // Nothing is left to be taken away: the keeper will say so in a moment.
    next_ = now + kFirstQuiet;
    return Turn::kNone;
  }
  ask_in(2 * quiet_, now);
  return Turn::kAsks;
}

void Fight::ask_in(Duration quiet, Instant now) {
  quiet_ = std::min(quiet, kLongestQuiet);
  quiet_until_ = next_ = now + quiet_;
}

Fight::Turn Fight::end(Instant now) {
  is_on_ = false;
  ended_ = now;
  next_ = Instant::never();
  return Turn::kEnds;
}

RemovalRows::Counted RemovalRows::take_due(Instant now, bool is_forced) {
  if (unsaid_ == 0 || (now < until_ && !is_forced)) return {};
  return {.times = std::exchange(unsaid_, 0), .within = now - began_};
}

bool RemovalRows::take(Instant now) {
  if (now >= until_) {
    began_ = now;
    until_ = now + kWindow;
    written_ = 0;
  }
  if (written_ < kAtOnce) {
    ++written_;
    return true;
  }
  ++unsaid_;
  return false;
}

}  // namespace engine
