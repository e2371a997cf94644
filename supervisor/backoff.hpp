// How long to wait before a process that died is started again: not at all at first, longer when it keeps dying.
#pragma once

#include <cstddef>

#include "base/instant.hpp"

namespace supervisor {

class Backoff {
 public:
  enum class Kind {
    kVital,  // addresses and adverts depend on it: 50 ms at most for ten deaths, a second at most after
    kPatient,  // up to five seconds
  };
  static constexpr std::chrono::milliseconds kShort{50};  // of what is vital, at first
  explicit Backoff(Kind kind) : kind_(kind) {}

  // What another supervisor counted.
  void go_on_from(std::size_t deaths) { deaths_ = deaths; }
  std::size_t deaths() const { return deaths_; }

  // The process died after having lived for `life`. One that lived a minute starts again with a clean sheet.
  base::Duration after_life_of(base::Duration life);

 private:
  Kind kind_;
  std::size_t deaths_ = 0;  // in a row
};

}  // namespace supervisor
