// The last things that happened, kept for the moment something is wrong.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/core/action.hpp"
#include "engine/core/contest.hpp"
#include "tests/sim/plan.hpp"

namespace sim {

class Trace {
 public:
  static constexpr std::uint8_t kLan = 0xff;
  struct Entry {
    base::Instant at{};
    std::uint8_t host = kLan;
    std::uint8_t router = 0xff;  // 0xff: not about one
    enum class What : std::uint8_t {
      kFault,
      kFaultEnds,
      kSent,
      kHeard,
      kDropped,
      kLost,
      kForged,
      kChanged,
      kHolds,
      kLetGo,
      kAdopted,
      kStarted,
      kMended,
      kReloaded,
      kContest,
      kContestOver
    } what{};
    std::uint8_t number = 0;  // a priority, a reason, or another host
    std::uint8_t from_host = kLan;
    Fault::Kind fault{};
    base::State from{};
    base::State to{};
    base::Cause cause{};
  };
  void add(const Entry& entry) { entries_[count_++ % entries_.size()] = entry; }
  // The newest, oldest first.
  std::string tail() const;

 private:
  std::array<Entry, 120> entries_{};
  std::uint64_t count_ = 0;
};

std::string to_string(const Trace::Entry& entry);

}  // namespace sim
