// Looks on from outside at one virtual router and says what must never be. Knows the plan and what anybody could see: what
// was sent, who holds the addresses, what each router says it is.
//
// Bounds, with A the interval of the master, D the delay of the wire, J the lateness of a turn, L of the kernel:
//
//   after a crash      somebody else is master within 3A + skew of the best + D + J, and not before 2A + skew - D
//   after a departure  within the skew of the best + D + J, and the addresses are held by somebody all the time
//   after a heal       two masters that hear each other settle it within A + 3D; within 3A + skew of the worst + 3D + A
//                      there is exactly one, and nobody who may preempt is better
//   after one advert that promises the next in half a minute
//                      somebody is master within cap x A x (3 + skew)
//   all the time       changes are told once, in unbroken sequence, with a cause; only masters advertise; addresses are
//                      held by masters, the departing, for the overlap after being preempted, and by backups that prepare,
//                      for as long as that may take; only masters announce; nobody is master while held or in fault
//   on a return        nobody who has just heard a lower master rises before his own kernel holds the addresses
//
// A sync group is as slow as its slowest member; where configurations divide the hosts into camps, each camp has its own
// master. Two masters, and who has to say so: tests/sim/rivals.hpp.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "engine/core/instance.hpp"
#include "tests/sim/rivals.hpp"
#include "tests/sim/stage.hpp"
#include "tests/sim/view.hpp"

namespace sim {

// What an instance was before a call.
struct Before {
  base::State state = base::State::kInitialize;
  bool is_departing = false;
  bool is_preparing = false;
};

class Checker {
 public:
  Checker(Stage& stage, std::size_t router);

  // Something happened that others need time to get over.
  void disturb() { disturb_until(stage_.now()); }
  void disturb_until(Instant when);
  // A packet from one to the other was lost, or the way between them changed.
  void lost(std::size_t from, std::size_t to);
  // Somebody claims what he is not: two masters may be seen where there is one.
  void attacked(Duration claimed) { rivals_.attacked(claimed); }
  // And is believed.
  void misled(bool is_replay);
  // From here on this one claims as often, or to whom, it did not before.
  void speaks_otherwise(std::size_t host) { rivals_.speaks_otherwise(host); }
  // Somebody wakes, and believes what was said before.
  void still_misled() { disturb_until(stage_.now() + poisoned_); }
  // Who kept quiet for a wrong clock may rise when it is right again; two masters are none the less too many.
  void clock_stepped() {
    is_clock_wrong_ = true;
    disturb();
  }

  // --- told by the hosts ---
  void new_life(std::size_t host);
  // It did not run for a while: what it should have done meanwhile it does now.
  void excuse(std::size_t host);
  // `core_now` is the host's own clock.
  void called(std::size_t host, const Before& before, const core::Instance& after,
              const core::Actions& todo, bool is_told, Instant core_now);
  void turned(std::size_t host, const core::Instance& instance, Instant core_now);
  void raised(std::size_t host, const core::Rivalry& rivalry) { rivals_.raised(host, rivalry); }

  // --- demands, for one thing that went wrong alone ---
  void demand_takeover(std::size_t from, Instant not_before, Instant by);
  void demand_no_change(Instant until) { no_change_until_ = until; }
  void demand_same_master(Instant until) { same_master_until_ = until; }
  void demand_holder(Instant until) { holder_until_ = until; }
  void demand_master(Instant by) { master_by_ = by; }

  // After every event that changed a view, and when `next_look` has come.
  void look(const Views& views);
  Instant next_look() const { return next_look_; }

  // The time after which everything has to have settled.
  Duration settling() const { return settling_; }
  Duration remaining() const {
    return disturbed_at_ > stage_.now() ? settling_ + (disturbed_at_ - stage_.now()) : settling_;
  }
  void look_soon() { next_look_ = stage_.now(); }
  bool is_settled() const { return stage_.now() - disturbed_at_ > settling_; }
  bool is_clock_wrong() const { return is_clock_wrong_; }
  // Somebody better may be kept down by a member's wrong clock, until that comes right.
  bool may_wait_for_clock() const;

  std::uint64_t changes() const { return changes_; }
  std::array<std::uint64_t, 32> causes{};  // how often each was given
  double worst_takeover = 0;               // share of its bound that the slowest took
  double worst_contest() const { return rivals_.worst(); }

 private:
  void violate(const std::string& what);
  std::string itself() const;  // the virtual router
  std::string name(std::size_t host) const;
  void changed(std::size_t host, const core::Changed& change);
  void unsettle_until(Instant when);
  void look_at_all(const Views& views);
  void look_at_settled(const Views& views);
  void look_at_camp(const Views& views, std::uint8_t camp);
  void look_at_pairs(const Views& views);
  void plan_next_look(const Views& views);

  struct Takeover {
    std::size_t from = 0;
    Instant begin;
    Instant not_before;
    Instant by;
  };
  template <typename T>
  using Pairs = std::array<std::array<T, kMaxHosts>, kMaxHosts>;

  Stage& stage_;
  std::size_t router_;
  const VirtualPlan& plan_;
  Rivals rivals_;
  Duration settling_{0};
  Duration dual_max_{0};
  Duration poisoned_{
      0};  // by how much longer everything takes with the longest interval that is believed
  Instant disturbed_at_;
  bool was_settled_ = false;  // and looked at
  bool is_clock_wrong_ = false;
  std::array<bool, kMaxHosts> has_caught_up_{};  // rose as one who had waited for a clock
  std::array<base::State, kMaxHosts> told_{};
  std::array<Instant, kMaxHosts> backup_holding_since_{};
  std::array<Instant, kMaxHosts> departing_since_{};
  std::array<Duration, kMaxHosts> departing_for_{};  // what its peers were told of its interval
  std::array<Duration, kMaxHosts> interval_{};       // as of its last call
  std::array<Instant, kMaxHosts> preparing_since_{};
  Pairs<Instant> clean_since_{};
  Pairs<Instant> dual_since_{};
  Pairs<int> dual_order_{};
  std::optional<Takeover> takeover_;
  Instant no_change_until_;
  Instant same_master_until_;
  Instant holder_until_;
  Instant master_by_ = Instant::never();
  Instant next_look_;
  std::uint64_t changes_ = 0;
};

}  // namespace sim
