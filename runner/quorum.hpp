// Whether as many processes run as should: between quorum and quorum_max, with a delay for what may pass.
//
// Pure: it is told a number and the time. The first number counts at once. Afterwards a change that came of more
// processes waits fork_delay, one that came of fewer waits terminate_delay, and either is forgotten when the number
// agrees with the verdict again before that.
#pragma once

#include <cstdint>

#include "base/instant.hpp"
#include "engine/config/model.hpp"

namespace runner {

class Quorum {
 public:
  explicit Quorum(const config::Process& wanted);

  void count(std::uint32_t running, base::Instant now);
  // Harmless when early.
  void advance(base::Instant now);
  base::Instant deadline() const { return turns_at_; }

  bool is_well() const { return is_well_; }
  std::uint32_t running() const { return running_; }

 private:
  bool fits() const { return running_ >= least_ && running_ <= most_; }

  std::uint32_t least_;
  std::uint32_t most_;
  base::Duration after_more_;
  base::Duration after_fewer_;
  std::uint32_t running_ = 0;
  bool is_known_ = false;
  bool is_well_ = false;
  base::Instant turns_at_ = base::Instant::never();  // when the verdict becomes its opposite
};

}  // namespace runner
