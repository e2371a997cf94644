#include "supervisor/upgrade.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "supervisor/config_reader.hpp"
#include "supervisor/take_over.hpp"

namespace supervisor {

using base::Error;
using base::Instant;
using base::Result;

namespace {

constexpr int kMomentMs = 1000;  // a killed process needs less

void end(const base::os::Child& child) {
  if (child.pid == 0) return;
  (void)::syscall(SYS_pidfd_send_signal, child.pidfd.get(), SIGKILL, nullptr, 0);
  pollfd ended{child.pidfd.get(), POLLIN, 0};
  (void)::poll(&ended, 1, kMomentMs);
  (void)base::os::try_reap(child);
}

}  // namespace

Result<Trial> Trial::start(const Programs& programs, const Handover& handover) {
  Trial trial;
  const auto written = write_handover(handover);
  if (!written) return written.error();
  trial.said.reset(::memfd_create("vigied-trial", MFD_CLOEXEC));
  if (!trial.said) return Error::last("make room for what the new vigied says");
  base::os::SpawnOptions options;
  // By its path: what is installed now.
  options.arguments = {programs.vigied_path(), kTrialArgument};
  options.environment = child_environment();
  options.descriptors = {
      {trial.said.get(), STDOUT_FILENO},      {written->get(), trial::kHandoverFd},
      {handover.config, trial::kConfigFd},    {handover.board[1], trial::kBoardFd},
      {handover.ledger[1], trial::kLedgerFd}, {handover.memory[1], trial::kMemoryFd}};
  options.new_process_group = true;
  auto child = base::os::spawn(options);
  if (!child) return child.error();
  trial.child = std::move(*child);
  return trial;
}

Trial::Verdict Trial::verdict(int status) const {
  std::array<char, 512> room{};
  const ssize_t length = ::pread(said.get(), room.data(), room.size(), 0);
  const std::string_view text(room.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::size_t line = std::min(text.find('\n'), text.size());
  Verdict verdict{.status = status, .version = std::string(text.substr(0, line)), .text = {}};
  if (line < text.size()) verdict.text = text.substr(line + 1);
  while (!verdict.text.empty() && verdict.text.back() == '\n') verdict.text.pop_back();
  return verdict;
}

Heir* Upgrade::heir_of(Role role) {
  const auto found = std::ranges::find(heirs, role, &Heir::role);
  return found == heirs.end() ? nullptr : &*found;
}

bool Upgrade::is_any(Heir::Stage wanted) const {
  return std::ranges::find(heirs, wanted, &Heir::stage) != heirs.end();
}

Instant Upgrade::deadline() const {
  Instant earliest = trial_due;
  for (const Heir& heir : heirs) earliest = base::earlier(earliest, heir.due);
  return earliest;
}

void Upgrade::dismiss(base::os::Poller& poller) {
  if (trial.child.pid != 0) poller.remove(trial.child.pidfd.get());
  end(trial.child);
  trial = {};
  trial_due = Instant::never();
  for (Heir& heir : heirs) {
    if (heir.birth) poller.remove(heir.birth.get());
    end(heir.child);
  }
  heirs.clear();
}

}  // namespace supervisor
