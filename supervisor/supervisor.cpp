#include "supervisor/supervisor.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/feed/board.hpp"
#include "engine/ipc/messages.hpp"
#include "supervisor/stop.hpp"
#include "supervisor/visit.hpp"

namespace supervisor {

using base::Duration;
using base::Error;
using base::Instant;
using base::Status;
using base::os::Ready;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Poll tokens: seats by their place, heirs by theirs, then these.
constexpr std::uint64_t kSignalToken = 100;
constexpr std::uint64_t kEngineToken = 101;
constexpr std::uint64_t kListenerToken = 102;
constexpr std::uint64_t kReaderToken = 103;
constexpr std::uint64_t kTrialToken = Supervisor::kTrialToken;
constexpr std::uint64_t kFirstClientToken = 200;

constexpr Duration kStatusPeriod = seconds{1};

// A reader of the ledger that does not end in this time for its successor to have the new configuration is killed: longer
// than each allows itself.
constexpr Duration kReplacePatience = seconds{8};
constexpr std::array kLedgerReaders{Role::kRecorder, Role::kAlerter, Role::kSubagent};

Backoff::Kind kind_of(Role role) {
  return role == Role::kEngine || role == Role::kKeeper ? Backoff::Kind::kVital
                                                        : Backoff::Kind::kPatient;
}

long long in_ms(Duration duration) { return duration_cast<milliseconds>(duration).count(); }

}  // namespace

const std::array<int, 5>& handled_signals() {
  static constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
  return kSignals;
}

Supervisor::Supervisor(Parts parts)
    : parts_(std::move(parts)),
      reload_(parts_.places, parts_.file, kReaderToken),
      engine_{Role::kEngine,
              HeartbeatWatch(HeartbeatWatch::patience_for(parts_.running.configuration.model))},
      keeper_{
          Role::kKeeper,
          HeartbeatWatch(HeartbeatWatch::keeper_patience_for(parts_.running.configuration.model))} {
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    seats_[i].role = kRoles[i];
    seats_[i].backoff = Backoff(kind_of(kRoles[i]));
  }
}

Status Supervisor::run() {
  if (auto watched = watch_descriptors(); !watched) return watched;
  const Instant beginning = base::os::now();
  if (parts_.inherited) {
    inherit(beginning);
  } else {
    for (Seat& seat : seats_)
      if (is_needed(seat.role, parts_.running.configuration.model)) seat.start_at = beginning;
  }
  look_at_ = say_at_ = beginning;
  if (service_manager_.watchdog_period() > Duration{0}) alive_at_ = beginning;
  if (!parts_.memory_note.empty()) {
    feed::Record note;  // waits for the engine; the recorder writes it to the log as well
    feed::put_text(note.text, parts_.memory_note);
    report(note);
  }
  if (parts_.startup_row) report(*parts_.startup_row);

  begin_maintenance();
  advance(beginning);
  while (phase_ != Phase::kDone) {
    const auto ready = parts_.poller.wait(deadline());
    if (!ready) return ready.error();
    for (const Ready& one : *ready) handle(one);
    advance(base::os::now());
  }
  return base::ok();
}

Status Supervisor::watch_descriptors() {
  const std::pair<int, std::uint64_t> watched[] = {{parts_.signals.get(), kSignalToken},
                                                   {parts_.wiring.engine.fd(), kEngineToken},
                                                   {parts_.control.listener(), kListenerToken}};
  for (const auto& [fd, token] : watched)
    if (auto added = parts_.poller.add(fd, token); !added) return added;
  return parts_.control.watch_clients(parts_.poller, kFirstClientToken);
}

void Supervisor::handle(const Ready& ready) {
  if (ready.token < seats_.size()) return ended(seats_[ready.token], base::os::now());
  if (ready.token >= kFirstHeirToken && ready.token < kFirstHeirToken + seats_.size())
    return hear_heir(seats_[ready.token - kFirstHeirToken].role, base::os::now());
  if (ready.token == kTrialToken) return trial_ended();
  if (ready.token == kSignalToken) return hear_signal();
  if (ready.token == kEngineToken) return hear_engine();
  if (ready.token == kListenerToken) return parts_.control.accept(parts_.poller, kFirstClientToken);
  if (ready.token == kOnceToken) return shutdown_script_ended(base::os::now());
  if (ready.token == kReaderToken)
    return settle(
        reload_.reader_ended(parts_.poller, parts_.wiring.engine, parts_.running.configuration,
                             departure_bound(parts_.running.configuration.model), base::os::now()));
  hear_client(ready.token - kFirstClientToken);
}

void Supervisor::advance(Instant now) {
  for (Seat& seat : seats_) {
    if (!seat.is_taken() && seat.start_at <= now) start(seat, now);
    if (seat.is_taken() && seat.replaced_by <= now) {
      seat.replaced_by = Instant::never();
      seat.killed_because = "it did not end for the new configuration";
      signal(seat, SIGKILL);
    }
  }
  advance_maintenance();
  advance_reload(now);
  advance_upgrade(now);
  if (look_at_ <= now) look_at_heartbeats(now);
  if (say_at_ <= now) {
    say_status();
    say_at_ = now + kStatusPeriod;
  }
  if (alive_at_ <= now) {
    service_manager_.alive();
    alive_at_ = now + service_manager_.watchdog_period();
  }
  if (phase_ != Phase::kRunning) advance_stop(now);
}

Instant Supervisor::deadline() const {
  Instant earliest = earlier(earlier(look_at_, say_at_), earlier(alive_at_, phase_deadline_));
  earliest = earlier(earliest, earlier(reload_.deadline(), upgrade_.deadline()));
  for (const Seat& seat : seats_)
    earliest = earlier(earliest, seat.is_taken() ? seat.replaced_by : seat.start_at);
  return earliest;
}

// ---- Processes -----------------------------------------------------------------------------------------------------

void Supervisor::start(Seat& seat, Instant now) {
  // Whoever starts now must not get a configuration that the engine has left: it says so before it says anything to them.
  hear_engine();
  seat.start_at = Instant::never();
  seat.started = now;
  const auto put_off = [&](const Error& error) {
    if (phase_ == Phase::kEnding) return base::os::log_error(to_string(error));
    // A program that cannot be started at all fails at once every time: do not turn in circles.
    const Duration wait = std::max<Duration>(seat.backoff.after_life_of({}), milliseconds{100});
    seat.start_at = now + wait;
    base::os::log_error(fmt::format("{} cannot be started: {}; next attempt in {} ms",
                                    name_of(seat.role), to_string(error), in_ms(wait)));
    if (seat.role == Role::kEngine) parts_.wiring.say_engine_died();
  };

  if (seat.role == Role::kEngine) tell_of_maintenance();
  seat.is_foreign = seat.is_foreign && former_;
  auto child = spawn(seat.role, seat.is_foreign ? *former_ : parts_.programs);
  if (!child) return put_off(child.error());
  sit_down(seat, std::move(*child), now);
}

base::Result<base::os::Child> Supervisor::spawn(Role role, const Programs& programs,
                                                int birth) const {
  base::os::SpawnOptions options;
  options.arguments = {programs.path_of(role), "--run-dir", parts_.places.run_dir, "--state-dir",
                       parts_.places.state_dir};
  options.program = programs.to_execute(role);
  if (parts_.log_to_journal) options.arguments.push_back("--journal");
  options.environment = child_environment();
  options.descriptors = descriptors_for(role, parts_.wiring, parts_.running.file.get(),
                                        parts_.running.board, parts_.ledger, parts_.memory);
  if (birth >= 0) {
    options.arguments.push_back("--stand-by");
    options.descriptors.emplace_back(birth, ipc::kBirthFd);
  }
  // A Ctrl-C in the terminal is for us: we end the others in order.
  options.new_process_group = true;
  return base::os::spawn(options);
}

void Supervisor::sit_down(Seat& seat, base::os::Child child, Instant now) {
  seat.start_at = Instant::never();
  seat.started = now;
  seat.child = std::move(child);
  const auto place = static_cast<std::uint64_t>(&seat - seats_.data());
  if (auto watched = parts_.poller.add(seat.child.pidfd.get(), place); !watched) {
    // Without this its death would go unseen.
    signal(seat, SIGKILL);
    base::os::log_error(to_string(watched.error()));
  }
  if (seat.role == Role::kKeeper) {
    (void)has_new_beats();  // those of the one before
    keeper_beat_.reset();
    keeper_.times.reset();
    keeper_.heartbeat.started(seat.child.pid, now);
  }
  if (seat.role != Role::kEngine) return;
  engine_.times.reset();
  engine_.heartbeat.started(seat.child.pid, now);
  if (phase_ == Phase::kDeparting)
    (void)parts_.wiring.engine.send(ipc::Stop{});  // its predecessor may have read it
}

void Supervisor::ended(Seat& seat, Instant now) {
  if (!seat.is_taken()) return;
  const auto status = base::os::try_reap(seat.child);
  if (!status) return;
  parts_.poller.remove(seat.child.pidfd.get());
  const pid_t pid = seat.child.pid;
  seat.child = {};
  const std::string how = base::os::describe_exit(*status);
  const std::string why = std::exchange(seat.killed_because, {});
  const std::string_view role = name_of(seat.role);
  const bool was_asked = !std::exchange(seat.replaced_by, Instant::never()).is_never();
  if (seat.role == Role::kEngine) {
    hear_engine();  // its last words count: it may have gone on with a new configuration
    settle(reload_.engine_ended(parts_.wiring.engine, parts_.wiring.engine_to_supervisor));
  }
  if (has_heir_for(seat, how, base::os::now())) return;
  if (phase_ > Phase::kDeparting) {
    if (*status != 0 && (why.empty() || seat.role == Role::kKeeper))
      base::os::log_warning(fmt::format("{} (pid {}) ended with {} while stopping{}{}", role, pid,
                                        how, why.empty() ? "" : ": ", why));
    if (seat.role == Role::kKeeper) keeper_ended_in_stop(*status, now);
    return;
  }

  const bool has_work = is_needed(seat.role, parts_.running.configuration.model);
  // The runner ends by itself when a new configuration leaves nothing for it to do.
  if (*status == 0 && (was_asked || !has_work)) {
    seat.start_at = has_work ? now : Instant::never();
    return base::os::log_info(fmt::format("{} (pid {}) ended for the new configuration{}", role,
                                          pid, has_work ? "" : ", which does not need it"));
  }
  if (seat.role == Role::kEngine) parts_.wiring.say_engine_died();
  Duration wait = seat.backoff.after_life_of(now - seat.started);
  // What hangs has been waited for already, and its peers wait as well.
  if (!why.empty() && wait <= Backoff::kShort) wait = Duration{0};
  seat.start_at = has_work ? now + wait : Instant::never();
  const std::string next = !has_work ? std::string("it is not needed any more")
                           : wait == Duration{0}
                               ? std::string("started again at once")
                               : fmt::format("started again in {} ms", in_ms(wait));
  base::os::log_error(fmt::format("{} (pid {}) ended after {} ms with {}{}{}; {}", role, pid,
                                  in_ms(now - seat.started), how, why.empty() ? "" : ": ", why,
                                  next));
  feed::Record record;
  record.kind = feed::Kind::kChildDied;
  record.status = *status;
  record.duration_ns = (now - seat.started).count();
  feed::put_text(record.subject, role);
  feed::put_text(record.text, why);
  report(record);
}

void Supervisor::signal(Seat& seat, int number) {
  if (!seat.is_taken()) return;
  if (::syscall(SYS_pidfd_send_signal, seat.child.pidfd.get(), number, nullptr, 0) != 0 &&
      errno != ESRCH)
    base::os::log_error(to_string(Error::last("signal", name_of(seat.role))));
}

Supervisor::Seat& Supervisor::seat_of(Role role) {
  return *std::ranges::find(seats_, role, &Seat::role);
}

void Supervisor::look_at_heartbeats(Instant now) {
  now = look_at(engine_, now);
  now = look_at(keeper_, now);
  look_at_ = now + std::min(engine_.heartbeat.period(), keeper_.heartbeat.period());
}

HeartbeatWatch::Look Supervisor::look_of(Watched& watched, Instant now) {
  HeartbeatWatch::Look look{.time = time_of(watched)};
  if (watched.role == Role::kEngine) {
    // A board that cannot be read whole has no new heartbeat either.
    const auto global = feed::BoardReader(parts_.running.board_view.bytes()).global();
    if (!global) return look;
    look.heartbeat_pid = global->engine_pid;
    look.heartbeat_ns = global->heartbeat_ns;
  } else {
    // It was some time since the last look; that it was now is a little mercy.
    if (has_new_beats()) keeper_beat_ = now;
    if (!keeper_beat_) return look;
    look.heartbeat_pid = seat_of(watched.role).child.pid;
    look.heartbeat_ns = keeper_beat_->ns();
  }
  return look;
}

bool Supervisor::has_new_beats() {
  std::uint64_t beats = 0;  // when there are none, nothing can be read
  return ::read(parts_.wiring.keeper_pulse.get(), &beats, sizeof beats) == sizeof beats;
}

Instant Supervisor::look_at(Watched& watched, Instant now) {
  if (!seat_of(watched.role).is_taken()) return now;
  HeartbeatWatch& heartbeat = watched.heartbeat;
  auto look = look_of(watched, now);
  if (heartbeat.is_late() && look.time && look.time->is_asleep && visit(look.time->processor)) {
    now = base::os::now();
    look = look_of(watched, now);
  }
  heed(watched, heartbeat.look(look, now));
  return now;
}

void Supervisor::heed(const Watched& watched, HeartbeatWatch::Finding finding) {
  Seat& seat = seat_of(watched.role);
  const HeartbeatWatch& heartbeat = watched.heartbeat;
  const std::string who = fmt::format("the {} (pid {})", name_of(seat.role), seat.child.pid);
  switch (finding) {
    case HeartbeatWatch::Finding::kNothingNew: return;
    case HeartbeatWatch::Finding::kStarved:
      return base::os::log_warning(
          fmt::format("{} is starved: silent for {} ms, for {} ms of which the machine gave it no "
                      "processor; it is not replaced for that",
                      who, in_ms(heartbeat.silence()), in_ms(heartbeat.withheld())));
    case HeartbeatWatch::Finding::kFed:
      return base::os::log_notice(
          fmt::format("{} gets its processor again; it was silent for up to {} ms", who,
                      in_ms(heartbeat.longest_silence())));
    case HeartbeatWatch::Finding::kHung: break;
  }
  seat.killed_because = fmt::format(
      "no heartbeat for {} ms, of which it ran for {} and the machine gave it no processor for {}, "
      "killed by the supervisor",
      in_ms(heartbeat.silence()), in_ms(heartbeat.ran()), in_ms(heartbeat.withheld()));
  signal(seat, SIGKILL);
}

std::optional<ProcessorTime> Supervisor::time_of(Watched& watched) {
  const auto unknown = [&](const Error& error) {
    if (!std::exchange(times_are_unknown_, true))
      base::os::log_warning(fmt::format("a starved {} cannot be told from one that hangs: {}",
                                        name_of(watched.role), to_string(error)));
    return std::nullopt;
  };
  if (!watched.times) {
    auto opened = ProcessorTimes::open(seat_of(watched.role).child.pid);
    if (!opened) return unknown(opened.error());
    watched.times = std::move(*opened);
  }
  const auto time = watched.times->read();
  if (!time) return unknown(time.error());
  return *time;
}

// ---- What others say -----------------------------------------------------------------------------------------------

void Supervisor::hear_engine() {
  while (true) {
    const auto received = parts_.wiring.engine.receive();
    if (!received) return base::os::log_error(to_string(received.error()));
    if (!*received) return;
    const auto message = (*received)->message;
    if (ipc::as<ipc::Ready>(message)) {
      if (!was_ready_) {
        base::os::log_notice("ready");
        service_manager_.ready();
      }
      was_ready_ = true;
      say_at_ = base::os::now();
      took_over(Role::kEngine);
    } else if (ipc::as<ipc::Stopped>(message)) {
      if (phase_ == Phase::kDeparting) enter_step(0, base::os::now());
    } else if (const auto answer = ipc::as<ipc::Reconfigured>(message)) {
      settle(reload_.heard(*answer));
    } else {
      base::os::log_warning("the engine said something of an unknown kind");
    }
  }
}

void Supervisor::hear_signal() {
  signalfd_siginfo info;
  while (::read(parts_.signals.get(), &info, sizeof info) == sizeof info) {
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGTERM || number == SIGINT) {
      begin_stop(number == SIGTERM ? "asked by SIGTERM" : "asked by SIGINT");
    } else if (number == SIGHUP) {
      reload_.ask({.uid = info.ssi_uid, .how = "SIGHUP", .ticket = {}});
    } else {
      base::os::log_warning(fmt::format("signal {} has no meaning here", ::sigabbrev_np(number)));
    }
  }
}

void Supervisor::hear_client(std::size_t place) {
  const auto asked = parts_.control.receive(place, parts_.poller);
  if (!asked) return;
  if (const auto reply = carry_out(*asked))
    parts_.control.reply(asked->ticket, *reply, parts_.poller);
}

control::Reply Supervisor::reply_now() const {
  control::Reply reply;
  reply.supervisor_pid = ::getpid();
  reply.engine_pid = std::ranges::find(seats_, Role::kEngine, &Seat::role)->child.pid;
  return reply;
}

std::optional<control::Reply> Supervisor::carry_out(const ControlServer::Asked& asked) {
  control::Reply reply = reply_now();
  switch (asked.request.command) {
    case control::Command::kPing: return reply;
    case control::Command::kNote: {
      feed::Record record;
      record.kind = feed::Kind::kCommand;
      record.uid = asked.uid;
      record.status = static_cast<std::int32_t>(asked.uid);
      record.subject = asked.request.subject;
      record.text = asked.request.text;
      const auto& instances = parts_.running.configuration.model.instances;
      if (asked.request.instance < instances.size()) {
        record.instance = asked.request.instance;
        feed::put_text(record.name, instances[record.instance].name);
      }
      report(record);
      return reply;
    }
    case control::Command::kUpgrade: return ask_for_upgrade(asked);
    case control::Command::kMaintenance: return set_maintenance(asked, reply);
    case control::Command::kSwitchover: return switch_over(asked, reply);
    case control::Command::kReload:
      if (phase_ == Phase::kRunning) {
        reload_.ask({.uid = asked.uid, .how = "vigie reload", .ticket = asked.ticket});
        return std::nullopt;
      }
      reply.answer = control::Answer::kFailed;
      feed::put_text(reply.text, "the daemon is being stopped");
      return reply;
  }
  reply.answer = control::Answer::kNotUnderstood;
  return reply;
}

void Supervisor::report(feed::Record record) {
  record.wall_ns = base::os::wall_ns();
  record.monotonic_ns = base::os::now().ns();
  const auto sent = parts_.wiring.engine.send(ipc::Report{.record = record});
  // Full: an engine that does not read. It is being replaced, and its successor reads what waits there.
  if (!sent && !channel_was_full_) base::os::log_error(to_string(sent.error()));
  channel_was_full_ = !sent;
}

void Supervisor::say_status() {
  const feed::BoardReader board(parts_.running.board_view.bytes());
  std::array<unsigned, 5> counts{};
  for (std::size_t i = 0; i < board.rows(); ++i)
    if (const auto row = board.row(i); row && static_cast<std::size_t>(row->state) < counts.size())
      ++counts[static_cast<std::size_t>(row->state)];
  std::string text;
  for (std::size_t state = 0; state < counts.size(); ++state)
    if (counts[state] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[state],
                          to_string(static_cast<base::State>(state)));
  service_manager_.status(text.empty() ? "no instance" : text);
}

// ---- The reload ----------------------------------------------------------------------------------------------------

void Supervisor::advance_reload(Instant now) {
  if (reload_.deadline() <= now) {
    settle(reload_.overdue(parts_.poller));
    if (!reload_.is_idle()) {
      // Whether it did what it was asked must not stay open: what it said before it ends decides.
      Seat& engine = seat_of(Role::kEngine);
      if (engine.is_taken()) {
        engine.killed_because = "it did not answer for a new configuration";
        signal(engine, SIGKILL);
      } else {
        settle(reload_.engine_ended(parts_.wiring.engine, parts_.wiring.engine_to_supervisor));
      }
    }
  }
  while (phase_ == Phase::kRunning && reload_.is_idle() && reload_.is_wanted() &&
         (upgrade_.is_idle() || upgrade_.stage == Upgrade::Stage::kWanted)) {
    if (was_ready_) service_manager_.reloading(now);
    settle(reload_.begin(parts_.poller, now));
  }
}

// Tells everybody who should know how one ended, and goes on with the new configuration if there is one.
void Supervisor::settle(Reload::Ended ended) {
  if (!ended) return;
  if (ended->next) take_over(std::move(*ended->next));
  const bool is_done = ended->answer == control::Answer::kDone;
  const std::string what = fmt::format("reload {}: {}", is_done ? "done" : "refused", ended->text);
  const Reload::Asker first = ended->askers.empty() ? Reload::Asker{} : ended->askers.front();
  const std::string line = fmt::format("{} (asked by uid {} with {})", what, first.uid, first.how);
  if (is_done)
    base::os::log_notice(line);
  else
    base::os::log_error(line + "; what runs goes on");
  feed::Record record;
  record.kind = feed::Kind::kReload;
  record.uid = first.uid;
  record.status =
      is_done ? 0 : static_cast<std::int32_t>(std::max<std::uint32_t>(ended->errors, 1));
  feed::put_text(record.subject, first.how);
  feed::put_text(record.text, ended->text);
  report(record);
  for (const Reload::Asker& asker : ended->askers) {
    if (!asker.ticket) continue;
    control::Reply reply = reply_now();
    reply.answer = ended->answer;
    feed::put_text(reply.text, ended->text);
    parts_.control.reply(*asker.ticket, reply, parts_.poller);
  }
  if (was_ready_ && phase_ == Phase::kRunning) service_manager_.ready();
}

void Supervisor::take_over(Candidate next) {
  const Instant now = base::os::now();
  parts_.running = std::move(next);
  // It beats on the new board from now on, at the pace of the new configuration.
  const config::Model& model = parts_.running.configuration.model;
  engine_.heartbeat = HeartbeatWatch(HeartbeatWatch::patience_for(model));
  keeper_.heartbeat = HeartbeatWatch(HeartbeatWatch::keeper_patience_for(model));
  for (Watched* watched : {&engine_, &keeper_})
    if (const Seat& seat = seat_of(watched->role); seat.is_taken())
      watched->heartbeat.started(seat.child.pid, now);
  look_at_ = say_at_ = now;
  if (phase_ == Phase::kRunning) renew_readers(now);
}

// Keeper and runner hear of it from the engine and go on with what they have. The readers of the ledger keep their places
// in it, so that their successors miss nothing; who is not needed any more has none.
void Supervisor::renew_readers(Instant now) {
  for (Seat& seat : seats_) {
    const bool has_work = is_needed(seat.role, parts_.running.configuration.model);
    if (!seat.is_taken()) {
      if (!has_work)
        seat.start_at = Instant::never();
      else if (seat.start_at.is_never())
        seat.start_at = now;
      continue;
    }
    if (std::ranges::find(kLedgerReaders, seat.role) == kLedgerReaders.end()) continue;
    if (seat.replaced_by.is_never()) seat.replaced_by = now + kReplacePatience;
    signal(seat, SIGTERM);
  }
}

// ---- The stop ------------------------------------------------------------------------------------------------------

void Supervisor::begin_stop(std::string_view why) {
  if (phase_ != Phase::kRunning) return;
  const Duration bound = stop_bound(parts_.running.configuration.model);
  base::os::log_notice(
      fmt::format("stopping: {}; {} s at most", why, std::chrono::ceil<seconds>(bound).count()));
  cancel_upgrade(base::os::now());
  // One that starts anew is not going, as the service manager sees it.
  if (is_to_start_anew_)
    service_manager_.reloading(base::os::now());
  else
    service_manager_.stopping(bound);
  settle(reload_.stop(parts_.poller));
  phase_ = Phase::kDeparting;
  phase_deadline_ = base::os::now() + departure_bound(parts_.running.configuration.model);
  if (auto sent = parts_.wiring.engine.send(ipc::Stop{}); !sent)
    base::os::log_error(to_string(sent.error()));
}

}  // namespace supervisor
