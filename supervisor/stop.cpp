// The supervisor's orderly stop, step by step, once the engine has departed.
#include "supervisor/stop.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/feed/board.hpp"
#include "supervisor/supervisor.hpp"

namespace supervisor {

using base::Duration;
using base::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr Duration kKillPatience = seconds{1};
// How long the engine may take to write down how the shutdown script ended.
constexpr Duration kRowPatience = milliseconds{500};

// The runner goes first, while the engine can still write down how the last notify scripts ended; the hands next, so that
// the shutdown script finds everything withdrawn and is a row all the same; the readers of the ledger after it, when nothing
// is added any more. The engine ignores SIGTERM: it was asked already.
// Each is given more time than it allows itself: the runner waits 10 s for notify scripts, the readers 5 s.
struct Step {
  std::array<std::optional<Role>, 3> roles;
  int signal;
  Duration patience;
  bool runs_script = false;  // the shutdown script; no role
};
constexpr std::size_t kKeeperStep = 1;
constexpr std::array kSteps{
    Step{{Role::kRunner}, SIGTERM, seconds{12}},
    Step{{Role::kKeeper}, SIGTERM, seconds{5}},
    Step{{}, 0, seconds{0}, true},
    Step{{Role::kRecorder, Role::kAlerter, Role::kSubagent}, SIGTERM, seconds{8}},
    Step{{Role::kEngine}, SIGKILL, seconds{5}},
};

}  // namespace

// A departure is over after one interval of the master at most; the rest is for notify scripts to be told.
Duration departure_bound(const config::Model& model) {
  Duration longest{0};
  for (const config::Instance& instance : model.instances) {
    const Duration master = instance.version == 2
                                ? std::max<Duration>(instance.advert_interval, seconds{1})
                                : instance.advert_interval * 3;
    longest = std::max(longest, master);
  }
  return longest + seconds{2};
}

Duration stop_bound(const config::Model& model) {
  Duration all = departure_bound(model);
  for (const Step& step : kSteps)
    if (!step.runs_script) all += step.patience + kKillPatience;
  if (const config::OnceScript& script = model.notifying.shutdown; script.command.is_set())
    all += script.timeout + 2 * Once::kAfterTerm + kRowPatience;
  return all;
}

void Supervisor::advance_stop(Instant now) {
  if (phase_ == Phase::kDeparting && phase_deadline_ <= now) {
    base::os::log_warning("the engine did not finish its departures in time");
    enter_step(0, now);
  }
  if (owes_keeper_its_end_ && keeper_beat_) {
    owes_keeper_its_end_ = false;
    signal(seat_of(Role::kKeeper), SIGTERM);
  }
  while (phase_ == Phase::kEnding) {
    if (kSteps[step_].runs_script) {
      if (!is_script_over(now)) return;
      enter_step(step_ + 1, now);
    } else if (step_is_done()) {
      enter_step(step_ + 1, now);
    } else if (phase_deadline_ > now) {
      return;
    } else if (!step_was_forced_) {
      step_was_forced_ = true;
      phase_deadline_ = now + kKillPatience;
      for (const auto& role : kSteps[step_].roles) {
        if (!role || !seat_of(*role).is_taken()) continue;
        base::os::log_warning(fmt::format("{} does not end: killed", name_of(*role)));
        seat_of(*role).killed_because = "it did not end";
        signal(seat_of(*role), SIGKILL);
      }
    } else {
      base::os::log_error("a process cannot be killed: left behind");
      enter_step(step_ + 1, now);
    }
  }
}

void Supervisor::enter_step(std::size_t step, Instant now) {
  // Nobody is started any more, other than who is to withdraw what is held.
  for (Seat& seat : seats_) seat.start_at = Instant::never();
  Seat& keeper = seat_of(Role::kKeeper);
  if (step <= kKeeperStep && !keeper.is_taken() && !is_withdrawn_) keeper.start_at = now;
  step_ = step;
  step_was_forced_ = false;
  phase_ = step < kSteps.size() ? Phase::kEnding : Phase::kDone;
  if (phase_ == Phase::kDone) return;
  phase_deadline_ = now + kSteps[step].patience;
  if (kSteps[step].runs_script) return start_shutdown_script(now);
  for (const auto& role : kSteps[step].roles) {
    if (!role) continue;
    if (kSteps[step].signal == SIGKILL) seat_of(*role).killed_because = "its work is done";
    // One that does not turn yet would die of it.
    owes_keeper_its_end_ = *role == Role::kKeeper && !keeper_beat_;
    if (!owes_keeper_its_end_) signal(seat_of(*role), kSteps[step].signal);
  }
}

// One that ended otherwise than in order has left things behind, which another one withdraws, within the time of the first.
void Supervisor::keeper_ended_in_stop(int status, Instant now) {
  is_withdrawn_ = status == 0;
  const bool has_time = step_ < kKeeperStep || (step_ == kKeeperStep && !step_was_forced_);
  if (is_withdrawn_ || !has_time) return;
  base::os::log_warning("another keeper withdraws what this one has left");
  seat_of(Role::kKeeper).start_at = now;
  owes_keeper_its_end_ = step_ == kKeeperStep;
}

bool Supervisor::step_is_done() const {
  for (const auto& role : kSteps[step_].roles)
    if (const Seat& seat = *std::ranges::find(seats_, role.value_or(Role::kEngine), &Seat::role);
        role && (seat.is_taken() || !seat.start_at.is_never()))
      return false;
  return true;
}

void Supervisor::start_shutdown_script(Instant now) {
  const config::Model& model = parts_.running.configuration.model;
  if (!model.notifying.shutdown.command.is_set()) return;
  auto started =
      Once::start("shutdown_script", model.notifying.shutdown, model, parts_.places.programs, now);
  if (!started) return report_shutdown(not_started("shutdown_script", started.error()), now);
  shutdown_script_ = *std::move(started);
  if (auto watched = parts_.poller.add(shutdown_script_->ended_fd(), kOnceToken); !watched)
    base::os::log_error(to_string(watched.error()));  // its deadline is looked at all the same
}

void Supervisor::shutdown_script_ended(Instant now) {
  if (!shutdown_script_) return;
  const auto row = shutdown_script_->try_end(now);
  if (!row) return;
  parts_.poller.remove(shutdown_script_->ended_fd());
  shutdown_script_.reset();
  report_shutdown(*row, now);
}

void Supervisor::report_shutdown(const feed::Record& row, Instant now) {
  head_before_row_ = ledger_head();
  phase_deadline_ = now + kRowPatience;
  report(row);
}

std::uint64_t Supervisor::ledger_head() const {
  const auto global = feed::BoardReader(parts_.running.board_view.bytes()).global();
  return global ? global->ledger_head : 0;
}

// Over when it has ended, and its row is written or will not be.
bool Supervisor::is_script_over(Instant now) {
  if (shutdown_script_) {
    shutdown_script_->advance(now);
    shutdown_script_ended(now);
  }
  if (shutdown_script_) {
    phase_deadline_ = shutdown_script_->deadline();
    return false;
  }
  return phase_deadline_ <= now || (head_before_row_ && ledger_head() > *head_before_row_);
}

}  // namespace supervisor
