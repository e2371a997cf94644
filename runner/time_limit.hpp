// How long a script may take, and how it is ended: SIGTERM at its limit, SIGKILL two seconds later and again every two
// seconds for as long as it is there.
//
// Pure: it is told the time and answers with the signal that is due.
#pragma once

#include <csignal>
#include <optional>
#include <utility>

#include "base/instant.hpp"

namespace runner {

inline constexpr base::Duration kGrace = std::chrono::seconds{2};

class TimeLimit {
 public:
  TimeLimit(base::Instant started, base::Duration limit) : next_(started + limit) {}

  // The signal to send now, if any.
  std::optional<int> advance(base::Instant now) {
    if (now < next_) return std::nullopt;
    next_ = now + kGrace;
    return std::exchange(is_over_, true) ? SIGKILL : SIGTERM;
  }
  base::Instant deadline() const { return next_; }
  bool is_over() const { return is_over_; }

 private:
  base::Instant next_;
  bool is_over_ = false;
};

}  // namespace runner
