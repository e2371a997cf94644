// One router of the simulated LAN: the real core behind a socket queue, a kernel that takes its time, an engine that
// may die and be adopted, a host that may stop running, and a clock of its own.
#pragma once

#include <deque>
#include <optional>

#include "engine/core/instance.hpp"
#include "tests/sim/lan.hpp"

namespace sim {

// A router broken on purpose, to see that the checker bites. Broken at the edge of the core: it is told, or does, wrong.
enum class Mutant : std::uint8_t {
  kNone,
  kDeaf,             // hears nothing
  kHearsOnlyLower,   // adverts that beat it are lost on it
  kWinsEveryTie,     // thinks its address is the highest there is
  kImpatient,        // believes in silence after one interval
  kSluggish,         // waits for six
  kSilentDeparture,  // leaves without priority 0
  kBreakBeforeMake,  // lets the addresses go as it says priority 0
  kClings,           // never withdraws
  kDefiesHolds,      // is not told of holds
  kDefiesChecks,     // is not told of failing checks
  kForgetsToTell,    // swallows a change
  kSpeaksOutOfTurn,  // advertises as a backup
  kIgnoresPriority,  // is not told of a lost weight
  kDreams,           // now and then believes in a silence that is none
};
inline constexpr std::size_t kMutants = 15;
std::string_view to_string(Mutant mutant);

class Host {
 public:
  Host(std::size_t index, const Plan& plan, Mutant mutant, Agenda& agenda, Lan& lan, Random& random,
       Checker& checker, Trace& trace);

  void boot();
  // Faults of one kind are counted: overlapping ones end with the last.
  void begin(Fault::Kind kind);
  void end(Fault::Kind kind);
  void arrive(const Frame& frame);

  View view() const;
  std::uint64_t turns() const { return turns_; }
  // The interval this router waits by when it obeys a master of `interval`.
  Duration obeyed(Duration interval) const;

 private:
  enum class Life : std::uint8_t { kNoPower, kNoDaemon, kRuns, kNoEngine };

  bool is(Fault::Kind kind) const { return faults_[static_cast<std::size_t>(kind)] > 0; }
  bool runs() const {
    return life_ == Life::kRuns && !is(Fault::Kind::kPause) && !is(Fault::Kind::kPauseAll);
  }
  void wipe();
  void boot_if_possible();
  void adopt();
  void make_instance();
  void want_turn(Duration wait);
  void turn();
  void tell_facts();
  void drain();
  void publish();
  void plan_next_turn();
  template <typename Act>
  void call(Act act);
  template <typename Act>
  void call(const Before& before, Act act);
  void execute(const core::Action& action);
  void send(core::Priority priority);
  void put_addresses(bool in);

  Instant local(Instant at) const;
  Instant global(Instant at) const;
  Instant local_now() const { return local(agenda_.now()); }
  void trace(Trace::Entry entry);

  std::size_t index_;
  const Plan& plan_;
  const RouterPlan& self_;
  Mutant mutant_;
  Agenda& agenda_;
  Lan& lan_;
  Random& random_;
  Checker& checker_;
  Trace& trace_;

  Life life_ = Life::kNoDaemon;
  std::array<int, Fault::kKinds> faults_{};
  std::optional<core::Instance> instance_;
  std::optional<core::Adopted> board_;
  std::uint64_t life_number_ = 0;  // what was put down for an earlier one is void

  struct Arrived {
    Frame frame;
    Instant at;  // the kernel's stamp, by this router's clock
  };
  std::deque<Arrived> socket_;

  // What the engine has been told.
  std::optional<bool> told_link_;
  std::optional<bool> told_check_;
  std::optional<bool> told_weight_;
  bool told_hold_ = false;
  bool told_start_ = false;
  bool told_stop_ = false;
  Instant checks_answer_at_;
  Instant refused_until_;  // by the true clock: the core does not try again before

  Instant next_turn_ = Instant::never();
  bool wants_ = false;
  bool holds_ = false;
  bool installed_ = false;  // to be told
  bool refused_ = false;    // to be told
  std::uint64_t kernel_job_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace sim
