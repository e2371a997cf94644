// An interface as those who depend on it see it: up and down count only once they have lasted.
//
//   raw   ____|~~~~~~~~~~~~~~~|__|~~~~~|_________________
//   seen  ______|~~~~~~~~~~~~~~~~~~~~~~~~~~~|____________
//             <-> up                   <----> down
//
// The first level counts at once: there is nothing yet that a flap could disturb. A level that returns before its delay
// has passed was never left; each change starts its delay anew.
#pragma once

#include <optional>

#include "base/instant.hpp"

namespace core {

class Debounce {
 public:
  Debounce() = default;  // without delays: seen is raw
  Debounce(base::Duration up, base::Duration down) : up_(up), down_(down) {}

  // Goes on with other delays: a change that is under way begins its delay anew, with these.
  void reconfigure(base::Duration up, base::Duration down, base::Instant now);
  // The raw level at this moment; the same again changes nothing.
  void tell(bool up, base::Instant now);
  // Lets time pass. Harmless when early.
  void advance(base::Instant now);
  // The level that counts; nothing before the first was told.
  std::optional<bool> level() const { return seen_; }
  base::Instant deadline() const { return settles_at_; }
  base::Duration up_delay() const { return up_; }
  base::Duration down_delay() const { return down_; }

 private:
  base::Duration up_{0};
  base::Duration down_{0};
  std::optional<bool> seen_;
  base::Instant settles_at_ =
      base::Instant::never();  // when the raw level will count; never: it does
};

}  // namespace core
