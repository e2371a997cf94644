#include "runner/runner.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/config/needs.hpp"
#include "runner/place.hpp"
#include "runner/token.hpp"

namespace runner {

using base::Duration;
using base::Error;
using base::Instant;
using base::Result;
using base::Status;

namespace {

// How often board and flag files are compared even when nothing says that they changed.
constexpr Duration kLook = std::chrono::milliseconds{500};
// Transitions read ahead of their scripts; more stay in the ledger.
constexpr std::size_t kMostWaiting = 1024;
// Outputs of things that check scripts left running, read for as long as they live.
constexpr std::size_t kMostLeftOutputs = 64;
constexpr int kMessagesAtOnce = 64;

// An instance is named by its place in the message, a group has none there.
std::string said_of(const Step& step) {
  return step.instance == kNoInstance ? step.what + " of " + step.whose : step.what;
}

}  // namespace

Result<Runner::Permits> Runner::Permits::open(const config::Model& model) {
  std::vector<std::string> paths;
  std::vector<std::uint16_t> flags;
  for (std::size_t i = 0; i < model.flags.size(); ++i) {
    if (model.flags[i].permit_file.empty()) continue;
    paths.push_back(model.flags[i].permit_file);
    flags.push_back(static_cast<std::uint16_t>(i));
  }
  auto watch = monit::PermitWatch::open(std::move(paths));
  if (!watch) return watch.error();
  return Permits{*std::move(watch), std::move(flags)};
}

Result<std::unique_ptr<Runner>> Runner::open(role::Configuration configuration, std::string run_dir,
                                             std::string boot_id, Descriptors descriptors) {
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  auto permits = Permits::open(configuration.model);
  if (!permits) return permits.error();
  auto process_events = std::exchange(descriptors.process_events, std::nullopt);
  std::unique_ptr<Runner> runner{new Runner(std::move(configuration), std::move(run_dir),
                                            std::move(boot_id), std::move(descriptors),
                                            *std::move(poller), *std::move(permits))};
  if (auto watched = runner->watch_descriptors(); !watched) return watched.error();
  runner->begin_life();
  // After the files were made.
  auto tracked = Tracked::open(runner->model_, std::move(process_events));
  if (!tracked) return tracked.error();
  runner->tracked_ = *std::move(tracked);
  if (auto watched = runner->watch_tracked(); !watched) return watched.error();
  return runner;
}

Runner::Runner(role::Configuration configuration, std::string run_dir, std::string boot_id,
               Descriptors descriptors, base::os::Poller poller, Permits permits)
    : model_(std::move(configuration.model)),
      configuration_(configuration.hash),
      run_dir_(std::move(run_dir)),
      life_(run_dir_ + "/runner.life", boot_id,
            {.pid = ::getppid(), .start_ticks = start_ticks_of(::getppid())}),
      facts_(descriptors.board, descriptors.ledger, std::move(boot_id)),
      poller_(std::move(poller)),
      engine_(base::os::UniqueFd{descriptors.engine}),
      kick_(descriptors.kick),
      signals_(std::move(descriptors.signals)),
      mailbox_(configuration.hash),
      fifos_(model_, configuration_, run_dir_ + "/runner.fifos", poller_,
             {[this](const config::Command& command) { return becoming(command); },
              [this](const std::string& text) { remark(text); }}),
      permits_(std::move(permits)) {
  const Instant start = base::os::now();
  change_flags();
  heartbeat_.active.emplace(run_dir_ + "/heartbeat");
  next_look_ = start;
  next_permits_ = start + monit::PermitWatch::kBackStop;
}

Status Runner::watch_descriptors() {
  for (const auto& [fd, source] :
       {std::pair{signals_.get(), Source::kSignals}, std::pair{engine_.fd(), Source::kEngine},
        std::pair{kick_, Source::kKick}, std::pair{permits_.watch.fd(), Source::kPermits}})
    if (auto added = poller_.add(fd, token(source)); !added) return added;
  return base::ok();
}

Status Runner::watch_tracked() {
  const std::vector<int> found = tracked_.fds();
  for (std::size_t i = 0; i < found.size(); ++i)
    if (auto added = poller_.add(found[i], token(Source::kTracked, i)); !added) return added;
  return base::ok();
}

// Everything that is done once in the daemon's life, and the checks, which begin with it.
void Runner::begin_life() {
  const auto begins = life_.begin();
  if (!begins)
    base::os::log_error(to_string(begins.error()) +
                        ": tracked files are not made and init_fail does not count");
  const bool is_new = begins && *begins;
  const Instant start = base::os::now();
  const auto tracked = used_scripts(model_);
  for (std::size_t i = 0; i < model_.scripts.size(); ++i) {
    if (!tracked[i]) continue;
    add_check(static_cast<std::uint16_t>(i), is_new, start);
  }
  if (is_new) make_files(model_);
}

Status Runner::run() {
  look_at_all_permits();
  if (is_only_user_here())
    base::os::log_notice(
        "this user namespace knows one user: scripts without a user of their own run as we do");
  for (;;) {
    advance(base::os::now());
    if (auto sent = flush(); !sent) return sent.error();
    const bool is_told = !notifies_ || (notifies_->is_idle() && notifies_->taken() >= last_record_);
    if (is_stopping_ &&
        (base::os::now() >= stop_by_ || (is_told && fifos_.is_finished(last_record_))))
      break;
    const auto ready = poller_.wait(deadline());
    if (!ready) return ready.error();
    // Ends before time limits: a script that ended in time must not be timed out because we were late.
    for (const base::os::Ready& one : *ready)
      if (auto handled = handle(one); !handled) return handled.error();
  }
  end_checks();
  fifos_.finish();
  if (notifies_) {
    if (!notifies_->is_idle())
      base::os::log_warning(
          fmt::format("stopping with {} transitions whose notify scripts have not ended",
                      notifies_->waiting()));
    save_place();
  }
  update_flags(base::os::now());
  if (auto ended = life_.end(); !ended) base::os::log_error(to_string(ended.error()));
  (void)flush();  // what the engine does not take now it hears from the next runner
  return base::ok();
}

Status Runner::handle(const base::os::Ready& ready) {
  const std::size_t index = ready.token & 0xffffffff;
  const Instant now = base::os::now();
  switch (static_cast<Source>(ready.token >> 32)) {
    case Source::kEngine: return ready.readable || ready.hung_up ? receive() : base::ok();
    case Source::kKick: {
      if (auto kicked = role::take_kick(kick_); !kicked) return kicked.error();
      read_ledger();
      update_flags(now);
      return base::ok();
    }
    case Source::kSignals: {
      if (role::take_signal(signals_)) begin_stop(now);
      return base::ok();
    }
    case Source::kPermits: permits_changed(permits_.watch.handle_events()); return base::ok();
    case Source::kTracked: tracked_.take(index, mailbox_); return base::ok();
    case Source::kCheckEnded:
      if (CheckSlot* slot = check_at(index)) check_ended(*slot, now);
      return base::ok();
    case Source::kCheckOutput:
      if (CheckSlot* slot = check_at(index)) check_printed(*slot);
      return base::ok();
    case Source::kNotifyEnded: notify_ended(index, now); return base::ok();
    case Source::kReaderEnded: fifos_.reader_ended(index, now); return base::ok();
    case Source::kLeftOutput: {
      const auto found =
          std::find_if(left_outputs_.begin(), left_outputs_.end(),
                       [&](const auto& fd) { return fd.get() == static_cast<int>(index); });
      if (found == left_outputs_.end() || discard_output(found->get())) return base::ok();
      poller_.remove(found->get());
      left_outputs_.erase(found);
      return base::ok();
    }
  }
  return base::ok();
}

void Runner::advance(Instant now) {
  if (now >= next_permits_) {
    permits_changed(permits_.watch.look());
    next_permits_ = now + monit::PermitWatch::kBackStop;
  }
  if (now >= next_look_) {
    update_flags(now);
    tracked_.advance(now, mailbox_);
    if (is_place_dirty_) save_place();
    std::erase_if(given_up_, [](Process& process) { return process.try_end().has_value(); });
    next_look_ = now + kLook;
  }
  read_ledger();
  fifos_.advance(facts_, last_record_, now);
  advance_checks(now);
  for (auto& slot : running_) {
    if (!slot) continue;
    const auto signal = slot->limit.advance(now);
    if (!signal) continue;
    if (*signal == SIGTERM)
      base::os::log_warning(fmt::format("{} of {} runs for {} s: it is ended", slot->step.what,
                                        slot->step.whose,
                                        (now - slot->started) / std::chrono::seconds{1}));
    slot->process.signal(*signal);
  }
  start_notifies(now);
}

Instant Runner::deadline() const {
  Instant next = base::earlier(base::earlier(next_look_, next_permits_),
                               base::earlier(stop_by_, fifos_.deadline()));
  for (const auto& slot : running_)
    if (slot) next = base::earlier(next, slot->limit.deadline());
  if (!is_stopping_)
    for (const CheckSlot& slot : checks_) next = base::earlier(next, slot.check.deadline());
  return next;
}

void Runner::begin_stop(Instant now) {
  if (is_stopping_) return;
  is_stopping_ = true;
  stop_by_ = now + kStopLimit;
  fifos_.begin_stop();
  read_ledger();
  last_record_ = facts_.ledger_identity() != 0 ? facts_.ledger_after(0).head() : 0;
}

// --- check scripts ---------------------------------------------------------------------------------------------------

void Runner::add_check(std::uint16_t script, bool begins, Instant now) {
  checks_.push_back({next_check_++, script, Check(model_.scripts[script], now, begins), {}});
  if (checks_.back().check.verdict() != Verdict::kFailing) return;
  ipc::ScriptResult result;
  result.script = script;
  feed::put_text(result.output, "init_fail: it has not succeeded yet");
  mailbox_.put(result);
}

Runner::CheckSlot* Runner::check_at(std::size_t id) {
  const auto found = std::ranges::find(checks_, id, &CheckSlot::id);
  return found == checks_.end() ? nullptr : &*found;
}

void Runner::advance_checks(Instant now) {
  if (is_stopping_) return;
  for (CheckSlot& slot : checks_) {
    CheckActions todo;
    slot.check.advance(now, todo);
    act(slot, todo, now);
  }
}

void Runner::act(CheckSlot& slot, const CheckActions& todo, Instant now) {
  for (const CheckAction& action : todo) {
    if (const auto* signal = std::get_if<SignalRun>(&action)) {
      if (slot.process) slot.process->signal(signal->signal);
    } else if (const auto* judged = std::get_if<Judged>(&action)) {
      if (slot.process) check_printed(slot);  // what it said so far is part of the evidence
      say(slot, *judged, slot.process ? slot.process->output() : std::string_view{});
    } else {
      auto started = Process::start_check(becoming(model_.scripts[slot.script].command));
      Status begun = started ? base::ok() : Status{started.error()};
      if (started) {
        slot.process = *std::move(started);
        begun = poller_.add(slot.process->ended_fd(), token(Source::kCheckEnded, slot.id));
        if (begun)
          begun = poller_.add(slot.process->output_fd(), token(Source::kCheckOutput, slot.id));
        if (begun) continue;
        give_up(*std::move(slot.process));
        slot.process.reset();
      }
      CheckActions failed;
      slot.check.not_started(now, failed);
      const std::string why = to_string(begun.error());
      for (const CheckAction& result : failed) say(slot, std::get<Judged>(result), why);
    }
  }
}

void Runner::check_printed(CheckSlot& slot) {
  if (!slot.process || slot.process->output_fd() < 0 || slot.process->read_output()) return;
  poller_.remove(slot.process->output_fd());
  (void)slot.process->take_output();  // closed on both sides
}

void Runner::check_ended(CheckSlot& slot, Instant now) {
  if (!slot.process) return;
  // Before it is collected the group's number is still its own: what is left of a run past its limit goes with it.
  if (slot.check.is_past_limit()) slot.process->signal(SIGKILL);
  const auto status = slot.process->try_end();
  if (!status) return;
  check_printed(slot);
  CheckActions todo;
  slot.check.ended(*status, now, todo);
  act(slot, todo, now);
  poller_.remove(slot.process->ended_fd());
  leave_output(*slot.process);
  slot.process.reset();
}

void Runner::leave_output(Process& process) {
  if (process.output_fd() < 0) return;
  poller_.remove(process.output_fd());
  base::os::UniqueFd output = process.take_output();
  if (!discard_output(output.get())) return;
  // A service that the script started has our pipe as its output: closing it would kill the service at its next word.
  if (left_outputs_.size() >= kMostLeftOutputs) {
    poller_.remove(left_outputs_.front().get());
    left_outputs_.erase(left_outputs_.begin());
  }
  const auto number = static_cast<std::size_t>(output.get());
  if (poller_.add(output.get(), token(Source::kLeftOutput, number)))
    left_outputs_.push_back(std::move(output));
}

void Runner::say(const CheckSlot& slot, const Judged& judged, std::string_view output) {
  if (!judged.changed) return;
  while (!output.empty() && (output.back() == '\n' || output.back() == ' '))
    output.remove_suffix(1);
  ipc::ScriptResult result;
  result.script = slot.script;
  result.well = judged.outcome.well;
  result.timed_out = judged.outcome.timed_out;
  result.status = judged.outcome.status;
  result.duration_ns = judged.outcome.duration.count();
  feed::put_text(result.output, output);
  mailbox_.put(result);
}

void Runner::give_up(Process process) {
  process.signal(SIGKILL);
  given_up_.push_back(std::move(process));
}

void Runner::end_checks() {
  for (CheckSlot& slot : checks_)
    if (slot.process) slot.process->signal(SIGKILL);
}

Becoming Runner::becoming(const config::Command& command) const {
  Becoming what{.identity = {command.user, command.group}, .command = command.arguments};
  if (command.user.empty()) {
    what.identity = {model_.script_user, model_.script_group};
    // The name that keepalived gives the user it prefers for scripts nobody chose one for.
    if (model_.script_user.empty()) what.identity = {"keepalived_script", "", true};
  }
  what.secure = model_.script_security;
  what.all_groups = model_.supplementary_groups;
  return what;
}

// --- notify scripts --------------------------------------------------------------------------------------------------

void Runner::read_ledger() {
  const std::uint64_t identity = facts_.ledger_identity();
  if (identity == 0) return;
  if (!notifies_) {
    auto place = load_place(run_dir_ + "/runner.place");
    if (!place) {
      base::os::log_error(to_string(place.error()) + ": all transitions are told again");
      place = Progress{};
    }
    // A ledger we have never read is a new one: everything in it is still to be told.
    if (place->ledger != identity) place = Progress{.ledger = identity};
    notifies_.emplace(model_, *place, kNotifyAtOnce);
    if (const auto board = facts_.board())
      for (const feed::Row& row : board->rows) notifies_->knew(feed::get_text(row.name), row.state);
    ledger_ = facts_.ledger_after(place->place);
  } else if (ledger_->identity() != identity) {
    // Nothing of a former ledger may be lost; what it still has in its queue runs to its end first.
    if (!notifies_->is_idle()) return;
    notifies_.emplace(model_, Progress{.ledger = identity}, kNotifyAtOnce);
    ledger_ = facts_.ledger_after(0);
  } else {
    ledger_ = facts_.ledger_after(notifies_->taken());  // the file may be mapped elsewhere by now
  }
  while (notifies_->waiting() < kMostWaiting && ledger_->place() < last_record_) {
    const auto record = ledger_->next();
    if (!record) break;
    is_place_dirty_ = true;
    if (record->kind == feed::Kind::kLost) {
      take_lost(*record);
    } else {
      notifies_->take(*record);
    }
  }
}

void Runner::take_lost(const feed::Record& lost) {
  base::os::log_error(
      fmt::format("{} records were overwritten before their notify scripts could run: what each "
                  "instance and group is "
                  "now will be told",
                  lost.status));
  const auto board = facts_.board();
  notifies_->take_lost(lost.sequence, board ? latest_changes(*board) : std::vector<feed::Record>{});
}

void Runner::start_notifies(Instant now) {
  if (!notifies_) return;
  while (auto step = notifies_->next()) start_notify(*std::move(step), now);
}

bool Runner::adopt_former(const Step& step) {
  if (!step.former) return false;
  auto process = Process::adopt(step.former->pid, step.former->start_ticks);
  if (!process) return false;
  const auto slot = std::find(running_.begin(), running_.end(), std::nullopt);
  const auto index = static_cast<std::size_t>(slot - running_.begin());
  if (!poller_.add(process->ended_fd(), token(Source::kNotifyEnded, index))) return false;
  const bool is_script = !process->is_not_yet_script();
  const Instant started = Instant::from_ns(step.former->started_ns);
  *slot =
      NotifySlot{step, *std::move(process), started, TimeLimit{started, kNotifyLimit}, is_script};
  notifies_->started(step.sequence, *step.former);
  base::os::log_notice(fmt::format("{} of {} was started by the runner before: waiting for its end",
                                   step.what, step.whose));
  return true;
}

void Runner::start_notify(Step step, Instant now) {
  if (adopt_former(step)) return;
  auto process = Process::start_notify(becoming(step.command));
  const auto slot = std::find(running_.begin(), running_.end(), std::nullopt);
  const auto index = static_cast<std::size_t>(slot - running_.begin());
  Status watched = base::ok();
  if (process) watched = poller_.add(process->ended_fd(), token(Source::kNotifyEnded, index));
  if (!process || !watched) {
    base::os::log_error(fmt::format("{} of {} could not be started: {}", step.what, step.whose,
                                    to_string(process ? watched.error() : process.error())));
    ipc::NotifyResult result;
    result.instance = step.instance;
    result.status = kCannotExecute;
    feed::put_text(result.what, said_of(step));
    mailbox_.put(result);
    if (process) give_up(*std::move(process));
    notifies_->ended(step.sequence);
    save_place();
    return;
  }
  notifies_->started(step.sequence, {.part = step.part,
                                     .pid = process->pid(),
                                     .start_ticks = process->start_ticks(),
                                     .started_ns = now.ns()});
  // Written down first, run second: whoever comes after us knows of it.
  save_place();
  process->open_gate();
  *slot = NotifySlot{std::move(step), *std::move(process), now, TimeLimit{now, kNotifyLimit}, true};
}

void Runner::notify_ended(std::size_t index, Instant now) {
  std::optional<NotifySlot>& slot = running_[index];
  if (!slot) return;
  if (slot->limit.is_over()) slot->process.signal(SIGKILL);  // the rest of its group
  const auto status = slot->process.try_end();
  if (!status) return;
  poller_.remove(slot->process.ended_fd());
  const Step step = slot->step;
  const Duration took = now - slot->started;
  const bool is_trusted = slot->is_trusted;
  slot.reset();
  if (!is_trusted) {
    notifies_->run_again(step.sequence);
  } else if (*status == Process::kNotKnown) {
    base::os::log_warning(fmt::format(
        "{} of {}, started by the runner before, ended; how is not known", step.what, step.whose));
    notifies_->ended(step.sequence);
  } else {
    if (*status != 0)
      base::os::log_warning(fmt::format("{} of {} failed: {}", step.what, step.whose,
                                        base::os::describe_exit(*status)));
    ipc::NotifyResult result;
    result.instance = step.instance;
    result.status = *status;
    result.duration_ns = took.count();
    feed::put_text(result.what, said_of(step));
    mailbox_.put(result);
    notifies_->ended(step.sequence);
  }
  save_place();
}

void Runner::save_place() {
  const auto saved = runner::save_place(run_dir_ + "/runner.place", notifies_->progress());
  is_place_dirty_ = !saved;
  // Once per trouble, not once per script.
  if (!saved && !is_place_failing_) base::os::log_error(to_string(saved.error()));
  is_place_failing_ = !saved;
}

// --- the engine ------------------------------------------------------------------------------------------------------

void Runner::remark(const std::string& text) {
  base::os::log_warning(text);
  ipc::Report report;
  report.record.kind = feed::Kind::kNote;
  feed::put_text(report.record.text, text);
  mailbox_.put(report);
}

// Of several words the last one counts: those before it were for somebody who is gone, or about a configuration that is. A
// runner that a reload brings finds what the engine said when there was none, and it is not to go back to that.
Status Runner::receive() {
  std::optional<ipc::Hello> last;
  base::os::UniqueFd configuration;
  for (int i = 0; i < kMessagesAtOnce; ++i) {
    auto received = engine_.receive();
    if (!received) return received.error();
    if (!*received) break;
    if (const auto hello = ipc::as<ipc::Hello>((*received)->message)) {
      last = *hello;
      configuration = std::move((*received)->descriptor);
    } else {
      base::os::log_warning("a message from the engine was not understood");
    }
  }
  return last ? hear_hello(*last, configuration) : base::ok();
}

Status Runner::flush() {
  const auto sent = mailbox_.flush(engine_);
  if (!sent) return sent.error();
  const bool wants_room = !*sent;
  if (wants_room == is_waiting_for_room_) return base::ok();
  is_waiting_for_room_ = wants_room;
  return poller_.change(engine_.fd(), token(Source::kEngine), wants_room);
}

}  // namespace runner
