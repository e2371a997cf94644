// One instance whose addresses somebody on this host removes: when that is raised, when another attempt is made to leave
// them to somebody else, when it is over, and which removals get a row. Pure: told what the keeper says and what time it is.
//
//   begins   the keeper calls it a fight (engine/keeper/addresses.hpp). The instance is to leave, if anybody takes over.
//   asks     it goes on, and the instance did not leave, or had to come back: it is to try again after `quiet`, which
//            doubles with each attempt.
//   ends     the keeper says so, and for an instance that is away, it has been away for `quiet`.
//
// `quiet` is kFirstQuiet, twice as long in a fight that begins within kLongestQuiet of the last one, and never more than that.
#pragma once

#include <cstdint>

#include "base/instant.hpp"

namespace engine {

class Fight {
 public:
  static constexpr base::Duration kFirstQuiet = std::chrono::seconds{10};
  static constexpr base::Duration kLongestQuiet = std::chrono::minutes{10};

  enum class Turn : std::uint8_t { kNone, kBegins, kAsks, kEnds };

  // As the keeper says. `is_wanted`: the addresses are to be in the kernel. `is_away`: the instance left, or is leaving, for
  // a fight (core::GaveWay::kFight).
  [[nodiscard]] Turn tell(bool is_fought, bool is_wanted, bool is_away, base::Instant now);
  // An engine before left it away.
  void adopt(base::Instant now);
  [[nodiscard]] Turn advance(bool is_away, base::Instant now);
  base::Instant deadline() const { return next_; }

  bool is_on() const { return is_on_; }
  base::Instant began() const { return began_; }

 private:
  void ask_in(base::Duration quiet, base::Instant now);
  Turn end(base::Instant now);

  bool is_on_ = false;
  bool is_fought_ = false;  // as the keeper said last
  base::Instant began_;
  base::Instant ended_ = base::Instant::never();
  base::Instant quiet_until_;
  base::Instant next_ = base::Instant::never();
  base::Duration quiet_ = kFirstQuiet;
};

// Of the removals within kWindow of the first one kAtOnce get a row each, and the others one that counts them.
class RemovalRows {
 public:
  static constexpr base::Duration kWindow = std::chrono::seconds{10};
  static constexpr std::uint32_t kAtOnce = 3;

  struct Counted {
    std::uint32_t times = 0;
    base::Duration within{0};
  };
  // Removals that wait for their row and get it now, if there are any: when the window is over, or (`is_forced`) whenever.
  [[nodiscard]] Counted take_due(base::Instant now, bool is_forced = false);
  // One more. Whether it gets a row of its own. Requires: take_due() was asked.
  [[nodiscard]] bool take(base::Instant now);
  base::Instant deadline() const { return unsaid_ > 0 ? until_ : base::Instant::never(); }

 private:
  base::Instant began_;
  base::Instant until_;
  std::uint32_t written_ = 0;
  std::uint32_t unsaid_ = 0;
};

}  // namespace engine
