// One virtual router on one simulated host: the real core with everything the engine puts around it (authentication,
// codec, contest, board, memory), a kernel that takes its time, and what can go wrong with this one alone.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "engine/core/auth.hpp"
#include "engine/core/contest.hpp"
#include "engine/core/debounce.hpp"
#include "engine/core/instance.hpp"
#include "engine/core/sync_group.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/lan.hpp"
#include "tests/sim/mutant.hpp"
#include "tests/sim/stage.hpp"

namespace sim {

// Where this router has it among its trackers, if it has.
std::optional<std::uint16_t> place_of(const core::Router& router, Tracked which);
// As this one takes its configuration.
core::Router broken_by(Mutant mutant, core::Router router, bool strict_allowed);

class Unit {
 public:
  Unit(Stage& stage, Host& host, std::size_t host_place, std::size_t place, Mutant mutant,
       Checker& checker, Lan& lan);

  // --- its life ---
  void boot();
  void adopt();
  void die();  // the engine does; the kernel and the board go on
  void wipe(bool is_disk_lost);
  void begin(Fault::Kind kind, int value);
  void end(Fault::Kind kind);
  // Another configuration, perhaps the one that the others have; takes effect at the next boot.
  void give(const core::Router& router, bool mends);
  // What is configured; in force is router().
  const core::Router& wanted() const { return wanted_; }
  void want(const Edit& edit);
  // Makes it the one in force, in place. Requires: is_alive().
  void reload();
  bool has_board() const { return board_.has_value(); }

  // --- a turn, in this order ---
  void start_if_new();
  void speak_on_time();
  void hear(const Frame& frame, Instant received);
  void hear_stray(const Frame& frame, Instant received);  // of a VRID that nobody has here
  void lan_carries();
  void tell_facts();
  void told_by_group(const core::GroupChanged& change);
  void advance();
  void finish_turn();
  void say(core::Priority priority, Duration late);  // what it owes the LAN
  Instant deadline() const;

  bool is_alive() const { return instance_.has_value(); }
  const core::Instance& instance() const { return *instance_; }
  const core::Router& router() const { return router_; }
  bool is_vrid(const Frame& frame) const;
  core::Member member() const;
  bool is_fit_alone()
      const;  // nothing planned keeps it from being master; its host is asked elsewhere
  View view(bool runs, bool hears) const;
  // The interval this router waits by when it obeys a master of `interval`.
  Duration obeyed(Duration interval) const;
  void survived_two_losses();
  std::uint64_t lives() const { return lives_; }

 private:
  // What survives a reboot.
  struct Memory {
    bool knew_peer = false;
    std::vector<core::Mark> marks;
  };

  // What a reload has to leave as it is.
  struct Standing {
    base::State state = base::State::kInitialize;
    bool is_departing = false;
    Instant deadline;
    std::uint8_t holds = 0;
    unsigned faults = 0;
    core::Priority effective;
    Duration master_interval{0};
    core::Address master;
    Instant last_heard;
    base::State told = base::State::kInitialize;
    bool sees_rival = false;
    friend bool operator==(const Standing&, const Standing&) = default;
  };
  Standing standing() const;
  void look_at_unchanged(const Standing& was, const core::Actions& todo);
  void look_at_changed(const core::Router& before, const Standing& was, bool was_late,
                       const core::Actions& todo);
  void note_reload(const core::Router& before);

  bool is(Fault::Kind kind) const { return faults_[static_cast<std::size_t>(kind)] > 0; }
  bool fails(Fault::Kind kind, Tracked which) const {
    return is(kind) && place_of(router_, which).has_value();
  }
  void make();
  void make_authenticator();
  void remember(const core::Mark& mark);
  template <typename Act>
  void call(Act act) {
    call({instance_->state(), instance_->is_departing(), instance_->is_preparing()}, act);
  }
  template <typename Act>
  void call(const Before& before, Act act) {
    call(
        before, [](void* what, core::Actions& todo) { (*static_cast<Act*>(what))(todo); }, &act);
  }
  void call(const Before& before, void (*act)(void*, core::Actions&), void* what);
  void handle(const core::Event& event);
  core::TrackerReported report_on(std::uint16_t place, bool well, base::Cause cause,
                                  std::int32_t value) const;
  void execute(const core::Action& action);
  void watch_change(const core::Changed& change);
  void watch_return(const Before& before);
  void owe(core::Priority priority);
  bool is_peer(const core::Address& address) const;
  void send_to(const core::Address& destination, std::uint8_t to, core::Priority priority);
  void put_addresses(bool in);
  void kernel_did(std::uint64_t in, std::uint64_t job);
  void forget_refusal(std::uint64_t, std::uint64_t);
  core::Verdict open(const Frame& frame, Instant received, core::Advert& advert);
  void accept(const Frame& frame, const core::Advert& advert, const core::Verdict& verdict,
              Instant received);
  void reject(const Frame& frame, base::Drop drop, Instant received);
  void note_drop(const Frame& frame, base::Drop drop);
  void watch_replies(const core::Actions& todo, bool was_master);
  template <typename Tell>
  void tell_contest(const Frame& frame, const core::Claim& claim, Instant received, Tell tell);
  void contest_changed(bool has);
  void trace(Trace::Entry entry);
  std::string name() const;
  core::Priority effective() const;

  Stage& stage_;
  Host& host_;
  std::size_t host_place_;
  std::size_t place_;
  Mutant mutant_;
  Checker& checker_;
  Lan& lan_;
  core::Router router_;
  core::Router wanted_;
  core::Address source_;
  std::array<int, Fault::kKinds> faults_{};
  int file_value_ = 0;
  bool is_mended_ = false;

  std::optional<core::Instance> instance_;
  std::unique_ptr<core::Authenticator> authenticator_;
  core::Contest contest_;
  core::Debounce debounce_;
  std::optional<core::Adopted> board_;
  Memory memory_;
  std::vector<bool> accepted_;  // by serial, of signed ones
  std::uint64_t lives_ = 0;

  // What the engine has been told.
  std::optional<bool> told_link_;
  std::optional<bool> told_check_;
  std::optional<bool> told_weight_;
  std::optional<bool> told_second_;
  std::optional<int> told_file_;
  bool told_hold_ = false;
  bool told_start_ = false;
  bool told_stop_ = false;
  bool is_reloaded_ = false;  // in this turn
  Instant checks_answer_at_;
  Instant refused_until_;  // by the true clock: the core does not try again before

  // The facts, to hold what it does against them. By the host's clock.
  Instant started_at_;
  bool is_adopted_ = false;
  bool knows_peer_ = false;
  bool has_heard_lan_ = false;
  Instant rose_at_ = Instant::never();
  Instant backup_since_;
  Instant looks_since_;                     // its engine's first look at what it depends on
  Instant hears_of_;                        // when the packet looked at came in
  Instant lower_since_ = Instant::never();  // as backup, nobody it would obey was heard
  // A lower master that it need not obey: when he is to be taken for gone.
  Instant rival_until_;
  Instant second_failing_since_ = Instant::never();
  Instant seen_failing_since_ = Instant::never();
  Instant due_ = Instant::never();
  Instant last_sent_ = Instant::never();  // in this mastership
  Duration said_{0};                      // the interval, then
  std::array<Instant, 2> replies_{};      // in this mastership, the older first
  bool is_departure_answered_ = false;
  std::uint8_t keys_heard_ = 0;
  // Of mutants:
  bool is_alarm_stuck_ = false;
  std::array<Instant, kMaxHosts + 1> claimed_{};  // when each spoke last, nobody's at the end
  core::ContestReason first_reason_ = core::ContestReason::kNone;
  Instant postponed_until_;

  bool wants_ = false;
  bool holds_ = false;
  bool installed_ = false;  // to be told
  bool refused_ = false;    // to be told
  std::uint64_t kernel_job_ = 0;
};

}  // namespace sim
