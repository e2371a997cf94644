// Who else is there: the other routers of our virtual routers, accepted or not, what they have configured differently,
// who of them means to be master beside another, and virtual routers of others. For people to look at: nothing in here
// reaches an instance.
//
// Whatever arrives, the work per packet and per turn is bounded, and so is what is written down: a difference once per
// peer and change, at most kRowsPerMinute of them; one that had to wait is written when there is room and it still holds.
// Tables go to the board with publish(), a bounded part of them at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/assembly.hpp"
#include "engine/config/model.hpp"
#include "engine/core/auth.hpp"
#include "engine/core/contest.hpp"
#include "engine/core/peers.hpp"
#include "engine/publication.hpp"

namespace engine {

class Neighbours {
 public:
  // Everything referred to outlives this. There are places at first; make() or inherit() fills each of them.
  Neighbours(const config::Model& model, const Assembly& assembly, Publication& publication);

  void make(std::uint16_t instance);
  // Goes on with what `before` knows. All of it is to be published, on the board there is now.
  void inherit(Neighbours& before, const Heritage& from);

  static constexpr std::uint32_t kRowsPerMinute = 20;
  static constexpr std::size_t kInstancesPerPublish = 64;

  // A packet for this instance; `message` is its VRRP part.
  struct Packet {
    std::uint16_t instance = 0;
    std::span<const std::uint8_t> message;
    base::Address source;
    base::Instant received;
    core::Verdict verdict;
    bool is_ah = false;  // it came behind an authentication header
  };
  void accept(const Packet& packet, const core::Advert& advert, core::ChecksumForm own_form);
  // Its verdict says why not.
  void reject(const Packet& packet);
  // One whose VRID is nobody's here. Answers whether it can be read as an advert at all.
  bool foreign(std::size_t ear, std::span<const std::uint8_t> message, const base::Address& source,
               base::Instant received);

  // Whether this instance is master and means to stay it, and how often it says so.
  void stand(std::uint16_t instance, bool is_master, base::Duration interval, base::Instant now);
  // An advert of it left that says so.
  void spoke(std::uint16_t instance, base::Instant now);

  // Lets time pass. Harmless when early.
  void advance(base::Instant now);
  base::Instant deadline() const { return earliest_; }

  // What an engine before left on the board is nobody's any more; a condition it had raised is looked for anew.
  void start();
  void publish(base::Instant now);
  // Of a new board the tables are still being written: the next publish() should not wait for its time.
  bool is_behind() const { return is_behind_; }

 private:
  // What is known of a peer beside core::Peer, and what the ledger says of it; in the slot the peer has.
  struct Shown {
    base::Address address;
    std::uint8_t differs = 0;   // set of feed::Differs, as it is
    std::uint8_t recorded = 0;  // as the ledger has it
    std::uint8_t changed = 0;   // recorded, and its value is another now
    bool is_clock_bad = false;
    bool is_clock_recorded = false;
    std::int64_t clock_ahead_ns = 0;
    std::uint64_t address_hash = 0;
    base::Duration interval{0};
    std::uint8_t version = 0;
  };
  struct Neighbourhood {
    core::Peers peers;
    std::array<Shown, core::Peers::kCapacity> shown{};
    core::Contest contest;
    bool is_dirty = false;
  };
  // What the text of a difference is made of.
  struct Difference {
    feed::Differs what{};
    const core::Peer& peer;
    const Packet& packet;
    const core::Advert* advert;  // when it was accepted
    core::ChecksumForm own_form;
  };

  std::size_t slot_of(std::uint16_t instance, const base::Address& source);
  static std::uint8_t differences_of(const core::Advert& advert, const core::Router& router,
                                     core::ChecksumForm own_form);
  void compare(const Packet& packet, std::size_t slot, std::uint8_t differs,
               const core::Advert* advert, core::ChecksumForm own_form);
  void record_difference(const Difference& difference, bool is_on);
  void note_clock(const Packet& packet, std::size_t slot);
  bool may_write();
  void show_contest(std::uint16_t instance);
  void show_contest_over(std::uint16_t instance, std::string_view why);
  void mark_dirty(std::uint16_t instance);
  void look_at_deadline(std::uint16_t instance);
  void publish_instance(std::uint16_t instance, base::Instant now);
  void note_stranger(const Ear& heard, const core::Claim& claim,
                     std::span<const std::uint8_t> addresses);
  void publish_strangers();

  const config::Model& model_;
  const Assembly& assembly_;
  Publication& publication_;
  // By instance; they live on by moving from one to the next.
  std::vector<std::unique_ptr<Neighbourhood>> of_;
  std::vector<base::Instant> deadlines_;  // by instance: of its contest
  base::Instant earliest_ = base::Instant::never();
  std::vector<std::uint16_t> dirty_;
  bool is_behind_ = false;
  core::Foreign foreign_;
  // Beside core::ForeignRouter, in its place.
  struct Seen {
    base::Address address;  // the first it lists
    std::uint8_t protocol = 0;
    base::Instant published;
  };
  std::array<Seen, core::Foreign::kCapacity> seen_foreign_{};
  bool is_foreign_dirty_ = false;

  base::Instant now_;
  base::Instant minute_began_;
  std::uint32_t rows_left_ = kRowsPerMinute;
};

}  // namespace engine
