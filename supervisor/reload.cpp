#include "supervisor/reload.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/os/log.hpp"
#include "engine/config/difference.hpp"
#include "supervisor/former.hpp"

namespace supervisor {

using base::Error;
using base::Instant;
using base::Result;
using base::Status;
using base::os::Channel;
using base::os::Poller;
using base::os::UniqueFd;

namespace {

// The file that the reader shows its findings in, whole under its name from the first moment: the readers of the one
// before keep theirs.
Result<UniqueFd> open_findings(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Error::last("replace", path);
  UniqueFd fd{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_APPEND, 0640)};
  if (!fd) return Error::last("make", path);
  share_with_group(path, 0640);
  return fd;
}

std::string count_of(std::uint32_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string change_in_words(const config::Model& before, const config::Model& now) {
  const config::Difference difference = config::difference_of(before, now);
  return difference.is_empty() ? "the same in another order" : summary_of(difference);
}

}  // namespace

Reload::Ended Reload::end(control::Answer answer, std::string text) {
  stage_ = Stage::kIdle;
  deadline_ = Instant::never();
  if (!next_) discard_next(places_);
  return Outcome{.answer = answer,
                 .text = std::move(text),
                 .errors = errors_,
                 .next = std::exchange(next_, std::nullopt),
                 .askers = std::exchange(askers_, {})};
}

Reload::Ended Reload::begin(Poller& poller, Instant now) {
  askers_ = std::exchange(waiting_, {});
  errors_ = warnings_ = 0;
  std::erase_if(given_up_, [](const auto& child) { return base::os::try_reap(child).has_value(); });
  discard_next(places_);  // of a predecessor that was killed
  auto findings = open_findings(places_.findings());
  if (!findings) return end(control::Answer::kFailed, to_string(findings.error()));
  auto reader = start_reader(places_.programs, file_, places_.next_config(), findings->get(),
                             places_.config_id);
  if (!reader) return end(control::Answer::kFailed, to_string(reader.error()));
  reader_ = std::move(*reader);
  stage_ = Stage::kReading;
  deadline_ = now + kReaderPatience;
  if (auto watched = poller.add(reader_.child.pidfd.get(), token_); !watched) {
    end_reader(poller);
    return end(control::Answer::kFailed, to_string(watched.error()));
  }
  return std::nullopt;
}

void Reload::end_reader(Poller& poller) {
  poller.remove(reader_.child.pidfd.get());
  (void)::syscall(SYS_pidfd_send_signal, reader_.child.pidfd.get(), SIGKILL, nullptr, 0);
  // One that a dead file server holds in the kernel cannot be waited for: it is collected when the next one begins.
  if (!base::os::try_reap(reader_.child)) given_up_.push_back(std::move(reader_.child));
  reader_ = {};
}

Reload::Ended Reload::reader_ended(Poller& poller, Channel& engine, const Compiled& running,
                                   base::Duration departures, Instant now) {
  if (stage_ != Stage::kReading) return std::nullopt;
  const auto status = base::os::try_reap(reader_.child);
  if (!status) return std::nullopt;
  poller.remove(reader_.child.pidfd.get());
  const config::Summary summary = reader_.summary();
  reader_ = {};
  const auto verdict = verdict_of(*status, file_);
  if (!verdict) return end(control::Answer::kFailed, to_string(verdict.error()));
  if (*verdict == Verdict::kErrors) {
    errors_ = std::max<std::uint32_t>(summary.errors, 1);
    return end(control::Answer::kRefused,
               fmt::format("{}; {}", count_of(errors_, "error"), summary.first.data()));
  }
  warnings_ = summary.warnings;
  return hand_over(engine, running, now + departures + kEnginePatience);
}

Result<Candidate> Reload::prepare(const Compiled& running) {
  auto compiled = load_compiled(places_.next_config());
  if (!compiled) return compiled.error();
  // What the one that runs has put into the kernel and the new one does not name, should the keeper not live to withdraw it.
  compiled->model.former = former_addresses(running.model, compiled->model);
  compiled = store_compiled(places_.next_config(), std::move(compiled->model));
  if (!compiled) return compiled.error();
  share_with_group(places_.next_config(), 0640);  // it carries passwords
  if (compiled->hash == running.hash) {
    Candidate same;  // nobody is to be handed it
    same.configuration = std::move(*compiled);
    return same;
  }
  return make_candidate(std::move(*compiled), places_.next_config(), places_.next_board());
}

Reload::Ended Reload::hand_over(Channel& engine, const Compiled& running, Instant deadline) {
  auto prepared = prepare(running);
  if (!prepared) return end(control::Answer::kFailed, to_string(prepared.error()));
  const std::uint64_t hash = prepared->configuration.hash;
  const std::string warned =
      warnings_ == 0 ? "" : fmt::format(" ({})", count_of(warnings_, "warning"));
  if (hash == running.hash) return end(control::Answer::kDone, "nothing has changed" + warned);
  // The same in another order is put in force too: rows have the places that their instances have in the file.
  change_ = change_in_words(running.model, prepared->configuration.model) + warned;
  Status sent = engine.send(ipc::Board{.configuration = hash}, prepared->board.writable.get());
  // A board without its Reconfigure is put aside by the engine when the next one comes.
  if (sent) sent = engine.send(ipc::Reconfigure{.configuration = hash}, prepared->file.get());
  if (!sent) return end(control::Answer::kFailed, to_string(sent.error()));
  next_ = std::move(*prepared);
  stage_ = Stage::kChanging;
  deadline_ = deadline;
  return std::nullopt;
}

Reload::Ended Reload::heard(const ipc::Reconfigured& answer) {
  if (stage_ != Stage::kChanging || answer.configuration != next_->configuration.hash) {
    base::os::log_warning("the engine answered for a configuration that nobody asked about");
    return std::nullopt;
  }
  if (answer.done == 0) {
    next_.reset();
    std::array<char, sizeof answer.text + 1> text{};
    std::memcpy(text.data(), answer.text.data(), sizeof answer.text);
    return end(control::Answer::kFailed,
               std::string("the engine cannot go on with it: ") + text.data());
  }
  if (auto placed = put_in_place(places_); !placed)
    base::os::log_error(to_string(placed.error()) + "; the configuration is in force all the same");
  return end(control::Answer::kDone, change_);
}

Reload::Ended Reload::overdue(Poller& poller) {
  deadline_ = Instant::never();
  if (stage_ != Stage::kReading) return std::nullopt;
  end_reader(poller);
  return end(control::Answer::kFailed, fmt::format("reading {} takes too long", file_));
}

Reload::Ended Reload::engine_ended(Channel& engine, Channel& unread) {
  if (stage_ != Stage::kChanging) return std::nullopt;
  std::vector<std::vector<std::byte>> others;
  for (;;) {
    const auto received = unread.receive();
    if (!received || !*received) break;
    const auto message = (*received)->message;
    if (ipc::as<ipc::Board>(message) || ipc::as<ipc::Reconfigure>(message)) continue;
    others.emplace_back(message.begin(), message.end());
  }
  for (const auto& message : others)
    if (auto sent = engine.send(message); !sent) base::os::log_error(to_string(sent.error()));
  next_.reset();
  return end(control::Answer::kFailed,
             "the engine ended before it went on with it; its successor has the one before");
}

Reload::Ended Reload::stop(Poller& poller) {
  Outcome refused{.answer = control::Answer::kFailed,
                  .text = "the daemon is being stopped",
                  .next = {},
                  .askers = std::exchange(askers_, {})};
  refused.askers.insert(refused.askers.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  if (stage_ == Stage::kReading) {
    end_reader(poller);
    (void)end(control::Answer::kFailed, {});  // nobody is left to be told
  }
  if (refused.askers.empty()) return std::nullopt;
  return refused;
}

}  // namespace supervisor
