// A rehearsal: the LAN in virtual time. Our instances as they are configured and every peer as it was heard, each a
// core::Instance of its own, so that what is foretold is what the protocol does and not an opinion about it.
//
// It begins as things stand (Situation), is told what fails, and runs until everybody has settled. Pure: adverts arrive at
// once, nothing is lost, and nobody waits for real.
//
// What is assumed of a peer: it is there, its own checks stay as they are, and it is in no sync group. Whether it takes
// over from a master of lower priority (preempt) no advert says, so that is asked for; only of a peer that could do so as
// things stand, and does not, it is known that it will not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cli/situation.hpp"
#include "engine/config/model.hpp"
#include "engine/core/instance.hpp"

namespace cli {

// What is to fail.
struct Failure {
  enum class Kind : std::uint8_t { kScript, kProcess, kFile, kInterface, kFlag, kPeer };
  Kind kind = Kind::kScript;
  std::string name;         // as the operator says it
  std::uint16_t index = 0;  // of a script, process, file or flag: its place in the model
  std::int32_t value = 0;   // of a file: the number that is in it then
  base::Address peer = {};
};

class Rehearsal {
 public:
  // Everything referred to outlives this.
  Rehearsal(const config::Model& model, const Situation& situation, bool peers_preempt);

  // Lets time pass until nothing that has begun can still be under way.
  void settle();
  void fail(const Failure& failure);

  // Of an instance of the model, by its place.
  base::State state(std::size_t instance) const;
  std::uint8_t priority(std::size_t instance) const;  // effective
  bool has_own_fault(std::size_t instance) const;
  // Who claims to be master of it, this router with its own source; more than one is a split.
  struct Claim {
    bool is_ours = false;
    base::Address address;
    std::uint8_t priority = 0;
    friend bool operator==(const Claim&, const Claim&) = default;
  };
  std::vector<Claim> masters(std::size_t instance) const;

 private:
  struct Node {
    core::Instance instance;
    std::size_t router = 0;  // the place of the virtual router in the model
    base::Address source;
    bool is_ours = false;
    bool is_cut = false;  // neither speaks nor hears
    bool is_gone = false;
  };
  struct Said {
    std::size_t node = 0;
    std::uint8_t priority = 0;
  };

  void add_ours(std::size_t place);
  void add_peer(std::size_t place, const KnownPeer& peer, bool preempts);
  void begin(Node& node, bool is_master, std::uint8_t holds, std::uint8_t effective);
  void tell_trackers(std::size_t place);
  void tell_tracker(Node& node, std::uint16_t tracker, bool well, std::int32_t value);
  void tell(Node& node, const core::Event& event);
  void act(Node& node, core::Actions& todo);
  void deliver();
  void settle_groups();
  Node& ours(std::size_t place) { return nodes_[place]; }
  const Node& ours(std::size_t place) const { return nodes_[place]; }

  const config::Model& model_;
  const Situation& situation_;
  std::vector<std::string> interfaces_;  // by index of an interface tracker
  std::vector<Node> nodes_;              // ours first, in the order of the model
  std::vector<Said> said_;               // and not delivered yet
  base::Instant now_;
  base::Duration patience_;  // after so long everybody has settled
};

}  // namespace cli
