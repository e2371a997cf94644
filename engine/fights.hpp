// Somebody on this host removes virtual addresses: what is written down of it, and what an instance is told when he does not
// stop (engine/fight.hpp says when that is). The keeper puts back what was removed.
//
//   a removal   a row, or its share in one that counts (RemovalRows).
//   a fight     a row when it begins and one when it is over, each with a mail, and core::AddressesFought: the instance
//               leaves make before break if anybody takes over. When it is over it takes back what is its own.
//
// So whoever fights moves the mastership twice in a fight, a handful of times in the first minutes and then every ten minutes
// at most, and a router that has no other beside it goes on giving its addresses back to the kernel once a second.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/audience.hpp"
#include "engine/fight.hpp"
#include "engine/heritage.hpp"
#include "engine/instances.hpp"
#include "engine/ipc/messages.hpp"
#include "engine/publication.hpp"

namespace engine {

class Fights {
 public:
  // Everything referred to outlives this.
  Fights(const Assembly& assembly, const Instances& instances, Publication& publication,
         Audience& audience);
  void inherit(const Fights& before, const Heritage& from, base::Instant now);
  // The instances are adopted: one that had left its addresses to a fight is still away.
  void start(base::Instant now);

  // What the keeper says. Requires: the instances have understood it.
  void take(const ipc::Held& held, bool is_wanted, base::Instant now);
  // False when it is about something that is not there.
  [[nodiscard]] bool take(const ipc::Restored& restored, base::Instant now);

  // Lets time pass. Harmless when early.
  void advance(base::Instant now);
  base::Instant deadline() const { return deadline_; }

 private:
  struct One {
    Fight fight;
    RemovalRows rows;
    std::uint16_t removed = 0;   // the address that was removed last
    std::uint32_t put_back = 0;  // addresses, in this fight
  };

  bool is_away(std::uint16_t id) const;
  void carry_out(std::uint16_t id, Fight::Turn turn, base::Instant now);
  void write(std::uint16_t id, RemovalRows::Counted removals);

  const Assembly& assembly_;
  const Instances& instances_;
  Publication& publication_;
  Audience& audience_;
  std::vector<One> all_;  // by instance
  base::Instant deadline_ = base::Instant::never();
};

}  // namespace engine
