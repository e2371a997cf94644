// Looks on from outside and says what must never be. Knows the plan and what anybody could see: what was sent, who
// holds the addresses, what each router says it is.
//
// Bounds, with A the interval of the master, D the delay of the wire, J the lateness of a turn, L of the kernel:
//
//   after a crash      somebody else is master within 3A + skew of the best + D + J, and not before 2A + skew - D
//   after a departure  within the skew of the best + D + J, and the addresses are held by somebody all the time
//   after a heal       two masters that hear each other settle it within A + 3D; within 3A + skew of the worst + 3D + A
//                      there is exactly one, and nobody who may preempt is better
//   all the time       changes are told once, in unbroken sequence, with a cause; only masters advertise; addresses are
//                      held by masters, the departing, and for the overlap after being preempted; nobody is master while
//                      held or in fault
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/instance.hpp"
#include "tests/sim/agenda.hpp"
#include "tests/sim/plan.hpp"

namespace sim {

// One router as seen from outside right now.
struct View {
  bool runs = false;       // has power, an engine, and is not paused
  bool is_fit = false;     // nothing planned keeps it from being master
  bool is_master = false;  // and not departing
  bool is_departing = false;
  bool wants_addresses = false;  // what it asked of its kernel
  bool may_hold = false;         // by its own account
  bool kernel_holds = false;
  bool is_refused = false;  // its kernel takes no address: it comes and goes, and others with it
  base::State state = base::State::kInitialize;
  core::Priority effective;  // by the facts, not by its own account
  core::Priority spoken;     // by its own account
};

// What an instance was before a call.
struct Before {
  base::State state = base::State::kInitialize;
  bool is_departing = false;
};

class Checker {
 public:
  Checker(const Plan& plan, const Agenda& agenda);

  // Something happened that others need time to get over.
  void disturb() { disturbed_at_ = now(); }
  void disturb_pair(std::size_t a, std::size_t b);

  // --- told by the routers ---
  void new_life(std::size_t router);
  // It did not run for a while: what it should have done meanwhile it does now.
  void excuse(std::size_t router);
  // `core_now` is the router's own clock.
  void called(std::size_t router, const Before& before, const core::Instance& after,
              const std::vector<core::Action>& todo, Instant core_now);
  void turned(std::size_t router, const core::Instance& instance, Instant core_now);

  // --- demands, for one thing that went wrong alone ---
  void demand_takeover(std::size_t from, Instant not_before, Instant by);
  void demand_no_change(Instant until) { no_change_until_ = until; }
  void demand_same_master(Instant until) { same_master_until_ = until; }
  void demand_holder(Instant until) { holder_until_ = until; }

  // After every event.
  void check(const std::vector<View>& views);

  // The time after which everything has to have settled.
  Duration settling() const { return settling_; }
  const std::optional<std::string>& violation() const { return violation_; }

  std::uint64_t changes() const { return changes_; }
  std::array<std::uint64_t, 32> causes{};  // how often each was given
  double worst_takeover = 0;               // share of its bound that the slowest took

 private:
  Instant now() const { return agenda_.now(); }
  void violate(const std::string& what);
  void changed(std::size_t router, const core::Changed& change);
  void check_settled(const std::vector<View>& views);
  void check_pairs(const std::vector<View>& views);

  struct Takeover {
    std::size_t from = 0;
    Instant begin;
    Instant not_before;
    Instant by;
  };

  const Plan& plan_;
  const Agenda& agenda_;
  Duration settling_{0};
  Duration dual_max_{0};
  Instant disturbed_at_;
  std::array<base::State, 8> told_{};
  std::array<Instant, 8> backup_holding_since_{};
  std::array<Instant, 8> departing_since_{};
  std::array<std::array<Instant, 8>, 8> clean_since_{};
  std::array<std::array<Instant, 8>, 8> dual_since_{};
  std::optional<Takeover> takeover_;
  Instant no_change_until_;
  Instant same_master_until_;
  Instant holder_until_;
  std::optional<std::string> violation_;
  std::uint64_t changes_ = 0;
};

}  // namespace sim
