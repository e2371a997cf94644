// Two masters, and who has to say so.
//
//   must be raised   by every node that hears two of the masters there are (itself perhaps one of them), none of which
//                    gives way, and no packet of theirs to it was lost meanwhile: within 2A + a moment, A the longest
//                    of their intervals. A quarter of A more for a backup that missed one of the better master, and as much
//                    as adverts out of turn put off the next one in turn
//   must not         where no two were master at the same time for longer than an advert needs to be heard and obeyed
//                    (half of what the core allows for it); nor with another rival than those. Who is paused, or has no engine,
//                    having spoken beside the other (or as he rose) is master beside him for as long as he sleeps: to
//                    himself, when he hears what came meanwhile; to the others until his last claim is forgotten. Who had
//                    not spoken yet is not, except to himself beside one who does not accept him
//   must be gone     ten intervals after there was one master again
//
// Whoever forges adverts is a rival as far as anybody can see: while he does, nothing is said against an alarm.
#pragma once

#include <array>
#include <string>

#include "tests/sim/stage.hpp"
#include "tests/sim/view.hpp"

namespace sim {

class Rivals {
 public:
  Rivals(Stage& stage, std::size_t router);

  void lost(std::size_t from, std::size_t to) { clean_since_[from][to] = stage_.now(); }
  // `claimed`: when he says he will speak again.
  void attacked(Duration claimed) {
    // Gone is who was silent for three of the intervals that he keeps, and he may keep two and a half of those he claims.
    attacked_until_ = std::max(attacked_until_, stage_.now() + 10 * longest_ + claimed * 15 / 2);
  }
  // Until then some of them may believe what nobody said: that a master gave it up, or has another priority.
  void misled(Instant until) {
    for (auto& row : clean_since_) row.fill(until);
  }
  // Claims are compared by how often they came until now.
  void speaks_otherwise(std::size_t host) {
    clean_since_[host].fill(stage_.now());
    listens_since_[host] = stage_.now();
  }
  // What this node knew of the others is gone, or old.
  void new_life(std::size_t host) { listens_since_[host] = stage_.now(); }

  // An advert that claims mastership.
  void spoke(std::size_t host, Duration interval);
  // A unit raised the condition just now.
  void raised(std::size_t host, const core::Rivalry& rivalry);
  void look(const Views& views);
  // When two that must be told of will have been there for too long.
  Instant next_look() const { return next_look_; }
  // In peace: who still sees a rival has to have a reason.
  void look_at_settled(const Views& views);

  double worst() const { return worst_; }

 private:
  void demand(const Views& views, std::size_t witness, std::size_t a, std::size_t b);
  bool is_better(const Views& views, std::size_t a, std::size_t b) const;
  Duration obeying(std::size_t host) const;
  Duration enough_for(std::size_t a, std::size_t b) const;
  Duration remembered(bool is_divided) const;
  bool overlapped(std::size_t a, std::size_t b, std::size_t seer) const;
  bool overlapped_for(std::size_t one, std::size_t other) const;
  bool is_remembered(std::size_t seer, core::ContestReason reason) const;
  core::ContestReason reason_between(const View& a, const View& b) const;
  std::string name(std::size_t host) const;
  std::size_t host_of(const core::Address& source) const;

  template <typename T>
  using Pairs = std::array<std::array<T, kMaxHosts>, kMaxHosts>;
  void note_overlap(const Views& views, std::size_t one, std::size_t other);

  // As the first sees the second: what he himself slept through he hears when he wakes.
  struct Overlap {
    Instant since = Instant::never();  // both masters
    Instant ended;
    Duration lasted{0};        // the one that ended last, of those worth telling
    bool was_divided = false;  // neither accepted the other then
    bool is_divided = false;   // nor now
  };

  Stage& stage_;
  std::size_t router_;
  const VirtualPlan& plan_;
  std::size_t hosts_;
  Duration moment_{0};
  Duration longest_{0};
  std::array<Duration, kMaxHosts> intervals_{};
  std::array<bool, kMaxHosts> was_master_{};
  std::array<Instant, kMaxHosts> master_since_{};
  std::array<Instant, kMaxHosts> left_at_{};       // when he was master last
  std::array<bool, kMaxHosts> reigns_{};           // is master, or will be when he wakes
  std::array<Instant, kMaxHosts> asleep_since_{};  // as a master
  std::array<Duration, kMaxHosts> rested_{};       // before he rose last
  std::array<Instant, kMaxHosts> spoke_at_{};
  std::array<bool, kMaxHosts> is_hurried_{};   // spoke sooner than its interval after it spoke
  std::array<Duration, kMaxHosts> hurried_{};  // by how much its turns were put off then
  std::array<Instant, kMaxHosts> hurried_at_{};
  std::array<core::Priority, kMaxHosts> spoken_{};
  std::array<Instant, kMaxHosts> ranked_since_{};
  std::array<Instant, kMaxHosts> listens_since_{};
  std::array<bool, kMaxHosts> heard_before_{};
  std::array<std::uint8_t, kMaxHosts> camps_{};
  Pairs<Instant> clean_since_{};
  Pairs<Overlap> overlaps_{};
  Instant attacked_until_;
  bool had_two_ = false;
  Instant two_masters_at_;  // when there were last
  Instant next_look_ = Instant::never();
  double worst_ = 0;
};

}  // namespace sim
