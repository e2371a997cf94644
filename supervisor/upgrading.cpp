// The Supervisor's part in an upgrade (supervisor/upgrade.hpp): before the exec, and after it.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/ipc/messages.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/take_over.hpp"

namespace supervisor {

using base::Duration;
using base::Error;
using base::Instant;
using base::os::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr Duration kEngineAtLeast = seconds{1};

// What leaves things as a kill leaves them: the keeper its addresses, the runner its scripts, the engine its state. Asked to
// end, they would depart and withdraw. The readers of the ledger finish what they are at.
int ending_signal(Role role) {
  const bool is_reader =
      role == Role::kRecorder || role == Role::kAlerter || role == Role::kSubagent;
  return is_reader ? SIGTERM : SIGKILL;
}

long long in_ms(Duration duration) {
  return std::chrono::duration_cast<milliseconds>(duration).count();
}

}  // namespace

// ---- Before --------------------------------------------------------------------------------------------------------

std::optional<control::Reply> Supervisor::ask_for_upgrade(const ControlServer::Asked& asked) {
  control::Reply reply = reply_now();
  reply.answer = control::Answer::kFailed;
  if (phase_ != Phase::kRunning) {
    feed::put_text(reply.text, "the daemon is being stopped");
  } else if (!upgrade_.is_idle()) {
    feed::put_text(reply.text, "another upgrade is under way");
  } else if (!was_ready_) {
    feed::put_text(reply.text, "the daemon is still starting");
  } else {
    upgrade_.stage = Upgrade::Stage::kWanted;
    upgrade_.asker = {.uid = asked.uid,
                      .ticket = asked.ticket,
                      .forces = feed::get_text(asked.request.subject) == "force"};
    upgrade_.from = parts_.version;
    return std::nullopt;
  }
  return reply;
}

void Supervisor::advance_upgrade(Instant now) {
  switch (upgrade_.stage) {
    case Upgrade::Stage::kIdle: return;
    case Upgrade::Stage::kWanted:
      // A reload comes first, with what it has to replace.
      if (reload_.is_idle() && !reload_.is_wanted() &&
          std::ranges::all_of(seats_, [](const Seat& s) { return s.replaced_by.is_never(); }))
        begin_trial(now);
      return;
    case Upgrade::Stage::kTrying:
      if (upgrade_.trial_due > now) return;
      upgrade_.dismiss(parts_.poller);
      return end_upgrade(
          control::Answer::kFailed,
          fmt::format("the new vigied does not answer within {} ms", in_ms(Trial::kPatience)));
    case Upgrade::Stage::kReplacing: break;
  }
  for (Heir& heir : upgrade_.heirs) {
    if (heir.due > now) continue;
    heir.due = Instant::never();
    if (heir.stage == Heir::Stage::kAwaitingEnd) {
      signal(seat_of(heir.role), SIGKILL);
      continue;
    }
    return fail_upgrade(fmt::format("the new {} {} in time", name_of(heir.role),
                                    heir.stage == Heir::Stage::kPreparing
                                        ? "was not ready to take over"
                                        : "did not take over"));
  }
  replace_next(now);
}

void Supervisor::begin_trial(Instant now) {
  auto trial = Trial::start(parts_.programs, handover());
  if (!trial) return end_upgrade(control::Answer::kFailed, to_string(trial.error()));
  upgrade_.stage = Upgrade::Stage::kTrying;
  upgrade_.trial = std::move(*trial);
  upgrade_.trial_due = now + Trial::kPatience;
  if (auto watched = parts_.poller.add(upgrade_.trial.child.pidfd.get(), kTrialToken); !watched) {
    upgrade_.dismiss(parts_.poller);
    end_upgrade(control::Answer::kFailed, to_string(watched.error()));
  }
}

void Supervisor::trial_ended() {
  if (upgrade_.stage != Upgrade::Stage::kTrying) return;
  const auto status = base::os::try_reap(upgrade_.trial.child);
  if (!status) return;
  parts_.poller.remove(upgrade_.trial.child.pidfd.get());
  upgrade_.trial.child = {};
  upgrade_.trial_due = Instant::never();
  const Trial::Verdict verdict = upgrade_.trial.verdict(*status);
  upgrade_.to = verdict.version;
  if (verdict.can()) return hand_over();
  if (!verdict.does_not_read())
    return end_upgrade(control::Answer::kFailed,
                       fmt::format("the new vigied cannot {}: {}{}{}",
                                   verdict.status == Trial::kCan ? "take over" : "start",
                                   base::os::describe_exit(verdict.status),
                                   verdict.text.empty() ? "" : ": ", verdict.text));
  if (!upgrade_.asker.forces) return end_upgrade(control::Answer::kRefused, verdict.text);
  end_upgrade(control::Answer::kDone,
              "it starts anew: what it is master of departs first (" + verdict.text + ")");
  is_to_start_anew_ = true;
  begin_stop("to start the version that is installed");
}

Handover Supervisor::handover() const {
  const auto pair = [](const SharedFile& file) {
    return std::array<std::int32_t, 2>{file.writable.get(), file.readable.get()};
  };
  const Programs& kept = former_ ? *former_ : parts_.programs;
  Handover handover;
  handover.version = parts_.version;
  handover.messages = ipc::kVersion;
  handover.command_line = parts_.command_line;
  handover.run_dir = parts_.places.run_dir;
  handover.state_dir = parts_.places.state_dir;
  handover.config_id = parts_.places.config_id;
  handover.file = parts_.file;
  handover.log_to_journal = parts_.log_to_journal ? 1 : 0;
  handover.was_ready = was_ready_ ? 1 : 0;
  handover.lock = parts_.lock.get();
  handover.config = parts_.running.file.get();
  handover.board = pair(parts_.running.board);
  handover.ledger = pair(parts_.ledger);
  handover.memory = pair(parts_.memory);
  handover.wiring = parts_.wiring.descriptors();
  handover.control = parts_.control.held();
  handover.directory = kept.directory();
  handover.vigied = kept.vigied_path();
  handover.programs = kept.descriptors();
  for (const Seat& seat : seats_)
    handover.seats.push_back({.role = static_cast<std::uint8_t>(seat.role),
                              .runs_kept = seat.is_foreign == former_.has_value(),
                              .pid = seat.child.pid,
                              .pidfd = seat.is_taken() ? seat.child.pidfd.get() : -1,
                              .started_ns = seat.started.ns(),
                              .start_at_ns = seat.start_at.ns(),
                              .deaths = static_cast<std::uint32_t>(seat.backoff.deaths())});
  handover.uid = upgrade_.asker.uid;
  handover.place = upgrade_.asker.ticket.place;
  handover.connection = upgrade_.asker.ticket.connection;
  handover.to = upgrade_.to;
  handover.failure = upgrade_.failure;
  for (const Reload::Asker& asker : reload_.waiting()) {
    const ControlServer::Ticket ticket = asker.ticket.value_or(ControlServer::Ticket{});
    handover.reloads.push_back({.uid = asker.uid,
                                .waits = asker.ticket.has_value(),
                                .place = ticket.place,
                                .connection = ticket.connection,
                                .how = asker.how});
  }
  return handover;
}

void Supervisor::hand_over() {
  base::os::log_notice(
      fmt::format("upgrade: version {} hands over to {}", upgrade_.from, upgrade_.to));
  service_manager_.reloading(base::os::now());
  // By its path: what is installed now.
  const auto done = execute_in_place(parts_.programs.vigied_path(), handover(),
                                     parts_.programs.vigied_descriptor());
  end_upgrade(control::Answer::kFailed, to_string(done.error()));
}

// ---- After ---------------------------------------------------------------------------------------------------------

void Supervisor::inherit(Instant now) {
  const Handover& from = parts_.inherited->handover;
  former_ = std::move(parts_.inherited->former);
  was_ready_ = from.was_ready != 0;
  for (const Handover::Seat& one : from.seats) {
    Seat& seat = seat_of(static_cast<Role>(one.role));
    seat.started = Instant::from_ns(one.started_ns);
    seat.start_at = Instant::from_ns(one.start_at_ns);
    seat.backoff.go_on_from(one.deaths);
    seat.is_foreign = former_ || one.runs_kept == 0;
    if (one.pid == 0) continue;
    base::os::Child child{.pid = one.pid, .pidfd = UniqueFd{one.pidfd}};
    sit_down(seat, std::move(child), Instant::from_ns(one.started_ns));
    if (seat.role == Role::kEngine) engine_.heartbeat.started(one.pid, now);
    if (seat.role == Role::kKeeper) keeper_.heartbeat.started(one.pid, now);
  }
  upgrade_.stage = Upgrade::Stage::kReplacing;
  upgrade_.asker.uid = from.uid;
  upgrade_.asker.ticket = {.place = static_cast<std::size_t>(from.place),
                           .connection = from.connection};
  upgrade_.from = former_ ? from.version : parts_.version;
  upgrade_.to = former_ ? parts_.version : from.to;
  upgrade_.failure = from.failure;
  for (const Handover::Reload& one : from.reloads) {
    std::optional<ControlServer::Ticket> ticket;
    if (one.waits != 0)
      ticket = {.place = static_cast<std::size_t>(one.place), .connection = one.connection};
    reload_.ask({.uid = one.uid, .how = one.how, .ticket = ticket});
  }
  parts_.inherited.reset();
  prepare_heirs(now);
}

void Supervisor::prepare_heirs(Instant now) {
  for (const Role role : kOrderOfReplacing) {
    Seat& seat = seat_of(role);
    if (!seat.is_foreign) continue;
    if (!seat.is_taken() && !is_needed(role, parts_.running.configuration.model)) continue;
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
      return fail_upgrade(to_string(Error::last("make socket for", name_of(role))));
    UniqueFd ours{ends[0]};
    const UniqueFd theirs{ends[1]};
    auto child = spawn(role, parts_.programs, theirs.get());
    if (!child) return fail_upgrade(to_string(child.error()));
    upgrade_.heirs.push_back({.role = role,
                              .child = std::move(*child),
                              .birth = std::move(ours),
                              .due = now + Upgrade::kPreparation});
    const std::uint64_t token = kFirstHeirToken + static_cast<std::uint64_t>(&seat - seats_.data());
    if (auto watched = parts_.poller.add(upgrade_.heirs.back().birth.get(), token); !watched)
      return fail_upgrade(to_string(watched.error()));
  }
}

void Supervisor::hear_heir(Role role, Instant now) {
  Heir* heir = upgrade_.heir_of(role);
  if (heir == nullptr || !heir->birth) return;
  ipc::StandingBy said;
  const ssize_t length = ::recv(heir->birth.get(), &said, sizeof said, MSG_DONTWAIT);
  if (length < 0) return;
  if (length == 0) {
    parts_.poller.remove(heir->birth.get());
    heir->birth.reset();
    // One that sits there already is heard of by its own death.
    if (heir->child.pid == 0) return;
    pollfd ended{heir->child.pidfd.get(), POLLIN, 0};
    (void)::poll(&ended, 1, 100);  // it is on its way out
    const auto status = base::os::try_reap(heir->child);
    if (status) heir->child = {};
    return fail_upgrade(
        fmt::format("the new {} ended with {} before it was ready to take over", name_of(role),
                    status ? base::os::describe_exit(*status) : std::string("nothing said")));
  }
  if (heir->stage == Heir::Stage::kPreparing) {
    said.version.back() = '\0';
    if (length != sizeof said || parts_.version != said.version.data())
      return fail_upgrade(fmt::format(
          "the new {} is of version {} and the new vigied of {}: they are not installed together",
          name_of(role), length == sizeof said ? said.version.data() : "unknown", parts_.version));
    heir->stage = Heir::Stage::kStandingBy;
    heir->due = Instant::never();
    return replace_next(now);
  }
  // The engine has done it when its neighbours have told it everything, which it says itself.
  if (role != Role::kEngine) took_over(role);
}

void Supervisor::replace_next(Instant now) {
  using enum Heir::Stage;
  if (upgrade_.is_any(kPreparing) || upgrade_.is_any(kAwaitingEnd) || upgrade_.is_any(kTakingOver))
    return;
  for (Heir& heir : upgrade_.heirs) {
    if (heir.stage != kStandingBy) continue;
    Seat& seat = seat_of(heir.role);
    if (!seat.is_taken()) {
      (void)has_heir_for(seat, {}, now);
      return;
    }
    heir.stage = kAwaitingEnd;
    heir.due = now + Upgrade::kEnding;
    return signal(seat, ending_signal(heir.role));
  }
  if (!upgrade_.failure.empty()) return end_upgrade(control::Answer::kFailed, upgrade_.failure);
  end_upgrade(control::Answer::kDone, "every process is replaced");
}

bool Supervisor::has_heir_for(Seat& seat, std::string_view how, Instant now) {
  Heir* heir = upgrade_.heir_of(seat.role);
  if (heir == nullptr) return false;
  if (heir->stage == Heir::Stage::kTakingOver) {
    fail_upgrade(
        fmt::format("the new {} ended with {} when it should take over", name_of(seat.role), how));
    return true;
  }
  if (heir->stage != Heir::Stage::kStandingBy && heir->stage != Heir::Stage::kAwaitingEnd)
    return false;
  if (heir->stage == Heir::Stage::kStandingBy && !how.empty())
    base::os::log_warning(
        fmt::format("{} ended with {} before it was replaced", name_of(seat.role), how));
  if (seat.role == Role::kEngine) tell_of_maintenance();
  const char go = 1;
  if (::send(heir->birth.get(), &go, sizeof go, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof go)
    return false;  // it is gone too, and its end of file fails the upgrade
  heir->stage = Heir::Stage::kTakingOver;
  heir->due = now + patience_for_taking_over(seat.role);
  seat.is_foreign = false;
  seat.killed_because.clear();
  seat.backoff.go_on_from(0);
  sit_down(seat, std::move(heir->child), now);
  heir->child = {};
  return true;
}

// The engine's peers wait for its adverts; a machine that stands still for a moment must not undo an upgrade.
Duration Supervisor::patience_for_taking_over(Role role) const {
  if (role != Role::kEngine) return Upgrade::kTakingOver;
  return std::max<Duration>(engine_.heartbeat.patience(), kEngineAtLeast);
}

void Supervisor::took_over(Role role) {
  Heir* heir = upgrade_.heir_of(role);
  if (heir == nullptr || heir->stage != Heir::Stage::kTakingOver) return;
  heir->stage = Heir::Stage::kDone;
  heir->due = Instant::never();
}

// ---- Its end -------------------------------------------------------------------------------------------------------

void Supervisor::fail_upgrade(std::string why) {
  const Instant now = base::os::now();
  base::os::log_error("upgrade: " + why);
  if (upgrade_.failure.empty()) upgrade_.failure = std::move(why);
  // One that was let in and does not do its work goes; the others that were stay until somebody replaces them.
  for (Heir& heir : upgrade_.heirs) {
    if (heir.stage != Heir::Stage::kTakingOver) continue;
    Seat& seat = seat_of(heir.role);
    if (!seat.is_taken()) continue;
    parts_.poller.remove(seat.child.pidfd.get());
    heir.child = std::exchange(seat.child, {});
  }
  upgrade_.dismiss(parts_.poller);
  for (Seat& seat : seats_) {
    if (seat.is_taken() || !is_needed(seat.role, parts_.running.configuration.model)) continue;
    if (!seat.is_foreign) seat.is_foreign = former_.has_value();
    start(seat, now);
  }
  if (former_) {
    base::os::log_notice(fmt::format("upgrade: back to version {}", upgrade_.from));
    const auto done = execute_in_place(former_->vigied_to_execute(), handover(), -1);
    base::os::log_error("upgrade: processes of two versions go on beside each other: " +
                        to_string(done.error()));
  }
  end_upgrade(control::Answer::kFailed, upgrade_.failure);
}

void Supervisor::end_upgrade(control::Answer answer, std::string text) {
  const Upgrade ended = std::exchange(upgrade_, {});
  former_.reset();
  const bool is_done = answer == control::Answer::kDone;
  std::string whole = fmt::format("{} -> {}: {}{}", ended.from, ended.to.empty() ? "?" : ended.to,
                                  is_done ? "" : "not done, ", text);
  const std::string line = fmt::format("upgrade {} (asked by uid {})", whole, ended.asker.uid);
  if (is_done)
    base::os::log_notice(line);
  else
    base::os::log_error(line + "; what ran before goes on");
  feed::Record record;
  record.kind = feed::Kind::kCommand;
  record.uid = ended.asker.uid;
  record.status = static_cast<std::int32_t>(ended.asker.uid);
  feed::put_text(record.subject, "upgrade");
  feed::put_text(record.text, whole);
  report(record);
  control::Reply reply = reply_now();
  reply.answer = answer;
  feed::put_text(reply.text, whole);
  parts_.control.reply(ended.asker.ticket, reply, parts_.poller);
  if (was_ready_ && phase_ == Phase::kRunning) service_manager_.ready();
}

void Supervisor::cancel_upgrade(Instant now) {
  if (upgrade_.is_idle()) return;
  upgrade_.dismiss(parts_.poller);
  end_upgrade(control::Answer::kFailed, "the daemon is being stopped");
  // Who was ended for an heir is needed for an orderly stop.
  for (Seat& seat : seats_)
    if (!seat.is_taken() && is_needed(seat.role, parts_.running.configuration.model))
      seat.start_at = now;
}

}  // namespace supervisor
