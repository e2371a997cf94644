// The keeper's voice and ears while it stands in for an engine: says priority 0, and hears who comes after. What is to be
// done and when says engine/keeper/guardian.hpp.
//
// It has sockets of its own for that, each like the engine's, opened when it begins to listen: what the engine's hold is for
// the next engine to read, or for the same one when it goes on. Everything that comes climbs the same ladder as in the engine,
// authentication included; it moves no timer and has one consequence, that addresses are let go.
//
// How far the numbers of signers and our own have come is read from the memory (engine/feed/memory.hpp), which only the engine
// writes: who has a recording of a successor cannot make a router without an engine let go of its addresses.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/ip.hpp"
#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "base/result.hpp"
#include "engine/assembly.hpp"
#include "engine/config/model.hpp"
#include "engine/core/advert.hpp"
#include "engine/core/auth.hpp"
#include "engine/keeper/ears.hpp"
#include "engine/wire/advert_socket.hpp"

namespace keeper {

class StandIn {
 public:
  // A configuration that no engine can speak for is nothing to stand in for: listen() says why. `memory` may be empty: then
  // nothing is remembered.
  StandIn(config::Model model, base::os::Mapping memory);

  // For whom, on which interface, and from which address its engine spoke.
  struct Whom {
    std::uint16_t instance = 0;
    base::IfIndex index;
    Address source;
  };
  base::Status listen(const Whom& whom, base::Instant now);
  void stop(std::uint16_t instance);

  // Priority 0, to everybody the engine would have said it to. Requires: listen() was asked for.
  base::Status say_zero(std::uint16_t instance, std::int64_t wall_ns);

  // How far the numbers of what we sign have come, for the engine that comes to go on from there; nothing where none are.
  std::optional<core::Mark> number(std::uint16_t instance) const;

  // Adverts of other routers that are accepted, of those it listens for.
  using Heard = std::function<void(std::uint16_t instance, const core::Advert& advert)>;
  void hear(base::Instant now, std::int64_t wall_ns, const Heard& heard);

  // Those opened since the last call, to be waited for.
  std::vector<int> take_new_sockets() { return std::exchange(new_sockets_, {}); }

  base::os::Mapping take_memory() { return std::move(memory_); }

 private:
  struct Listened {
    Whom whom;
    std::size_t ear = 0;                                 // into ears_
    std::unique_ptr<core::Authenticator> authenticator;  // it keeps keys, and never moves
  };
  struct Open {
    Ear ear;
    base::IfIndex index;
    base::os::UniqueFd socket;
  };

  void recall(Listened& listened, base::Instant now) const;
  void take(Listened& listened, const wire::Datagram& datagram, std::uint8_t protocol,
            const core::Clock& clock, const Heard& heard);

  std::unique_ptr<config::Model> model_;
  base::Result<engine::Assembly> assembly_;
  base::os::Mapping memory_;
  std::vector<Open> ears_;
  std::vector<Listened> listened_;
  std::unique_ptr<wire::Sender> sender_;
  std::unique_ptr<wire::Receiver> receiver_;
  wire::HeaderWriter headers_;
  std::vector<int> new_sockets_;
};

}  // namespace keeper
