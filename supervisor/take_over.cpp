#include "supervisor/take_over.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/os/clock.hpp"
#include "engine/config/compiled.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"
#include "engine/feed/memory.hpp"
#include "engine/ipc/messages.hpp"

namespace supervisor {

using base::Error;
using base::Result;
using base::Status;
using base::os::Mapping;
using base::os::UniqueFd;

namespace {

// "<memfd> <former executable, or -1>"
constexpr const char* kInvitation = "VIGIE_HANDOVER";
constexpr const char* kFailure = "VIGIE_HANDOVER_FAILED";

// One that was executed and does nothing at all is ended by the kernel; then the service manager starts it from the
// beginning, which adopts what is on the board.
constexpr unsigned kSilentSeconds = 10;

Error unreadable(std::string_view what) {
  return Error::because("go on with what runs", std::string(what) + " is of another version");
}

struct Readable {
  Compiled configuration;
  Mapping board;
};

// What has to be of versions that are read here, by descriptor.
Result<Readable> read_what_runs(const Handover& handover, int config, int board, int ledger,
                                int memory) {
  if (handover.messages != ipc::kVersion) return unreadable("what the processes say to each other");
  const std::string boot_id = base::os::boot_id();
  const auto compiled = Mapping::read_only(config);
  if (!compiled) return compiled.error();
  auto model = config::decompile(compiled->bytes());
  if (!model) return unreadable("the compiled configuration");
  auto shared_board = Mapping::read_only(board);
  if (!shared_board) return shared_board.error();
  if (!feed::is_board(shared_board->bytes(), boot_id)) return unreadable("the board");
  const auto shared_ledger = Mapping::read_only(ledger);
  if (!shared_ledger) return shared_ledger.error();
  if (!feed::is_ledger(shared_ledger->bytes(), boot_id)) return unreadable("the ledger");
  const auto shared_memory = Mapping::read_only(memory);
  if (!shared_memory) return shared_memory.error();
  if (!feed::is_memory(shared_memory->bytes())) return unreadable("what is remembered of peers");
  return Readable{{std::move(*model), config::hash_of(compiled->bytes())},
                  std::move(*shared_board)};
}

bool keep_across_exec(int fd, bool keep) {
  return ::fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

}  // namespace

int try_to_take_over(const std::string& version) {
  std::puts(version.c_str());
  const auto done = [](int status, const std::string& why) {
    std::puts(why.c_str());
    return std::fflush(stdout) == 0 ? status : 1;
  };
  const auto handover = read_handover(trial::kHandoverFd);
  if (!handover) return done(Trial::kDoesNotRead, to_string(handover.error()));
  const auto readable = read_what_runs(*handover, trial::kConfigFd, trial::kBoardFd,
                                       trial::kLedgerFd, trial::kMemoryFd);
  if (!readable) return done(Trial::kDoesNotRead, to_string(readable.error()));
  // Whether they work, they show themselves before anybody makes room for them.
  for (const Role role : kRoles) {
    const std::string program = handover->directory + "/vigie-" + std::string(name_of(role));
    if (is_needed(role, readable->configuration.model) && ::access(program.c_str(), X_OK) != 0)
      return done(1, to_string(Error::last("find", program)));
  }
  return done(Trial::kCan, std::string(Trial::kItCan));
}

Status execute_in_place(const std::string& executable, const Handover& handover, int former) {
  const auto written = write_handover(handover);
  if (!written) return written.error();
  std::vector<int> kept = descriptors_of(handover);
  kept.push_back(written->get());
  for (const int fd : kept)
    if (!keep_across_exec(fd, true)) return Error::last("hand over descriptor", std::to_string(fd));
  ::setenv(kInvitation, fmt::format("{} {}", written->get(), former).c_str(), 1);
  ::alarm(kSilentSeconds);
  ::execve(executable.c_str(), pointers(handover.command_line).data(), environ);
  const Error error = Error::last("execute", executable);
  ::alarm(0);
  ::unsetenv(kInvitation);
  for (const int fd : kept) (void)keep_across_exec(fd, false);  // they are open: cannot fail
  return error;
}

std::optional<Invitation> take_invitation() {
  const char* text = ::getenv(kInvitation);
  if (text == nullptr) return std::nullopt;
  Invitation invitation;
  const char* failure = ::getenv(kFailure);
  if (failure != nullptr) invitation.failure = failure;
  const bool is_whole = std::sscanf(text, "%d %d", &invitation.handover, &invitation.former) == 2;
  ::unsetenv(kInvitation);
  ::unsetenv(kFailure);
  if (!is_whole) return std::nullopt;
  return invitation;
}

Result<Parts> take_over(const Invitation& invitation, const std::string& version,
                        UniqueFd signals) {
  auto handover = read_handover(invitation.handover);
  if (!handover) return handover.error();
  if (auto open = check_open(*handover); !open) return open.error();
  auto readable = read_what_runs(*handover, handover->config, handover->board[1],
                                 handover->ledger[1], handover->memory[1]);
  if (!readable) return readable.error();
  auto poller = base::os::Poller::open();
  if (!poller) return poller.error();
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    return Error::last("keep descriptors to ourselves");
  ::alarm(0);

  // From here on everything is ours, and nothing fails.
  if (!invitation.failure.empty()) handover->failure = invitation.failure;
  const bool is_back = !handover->failure.empty();
  const UniqueFd blob{invitation.handover};
  const auto shared = [](const std::array<std::int32_t, 2>& fds) {
    return SharedFile{.writable = UniqueFd{fds[0]}, .readable = UniqueFd{fds[1]}};
  };
  Programs kept = Programs::of(handover->directory, handover->vigied, handover->programs);
  Programs programs =
      is_back ? std::move(kept) : Programs::open(handover->directory, handover->vigied);
  std::optional<Programs> former;
  if (!is_back) former = std::move(kept);
  Places places{.run_dir = handover->run_dir,
                .state_dir = handover->state_dir,
                .programs = handover->directory,
                .config_id = handover->config_id};
  Candidate running{.configuration = std::move(readable->configuration),
                    .file = UniqueFd{handover->config},
                    .board = shared(handover->board),
                    .board_view = std::move(readable->board)};
  Parts parts{.version = version,
              .command_line = handover->command_line,
              .places = std::move(places),
              .programs = std::move(programs),
              .log_to_journal = handover->log_to_journal != 0,
              .file = handover->file,
              .running = std::move(running),
              .ledger = shared(handover->ledger),
              .memory = shared(handover->memory),
              .memory_note = {},
              .startup_row = {},
              .lock = UniqueFd{handover->lock},
              .wiring = Wiring::of(handover->wiring),
              .control = ControlServer::of(handover->control),
              .signals = std::move(signals),
              .poller = std::move(*poller)};
  parts.inherited = Inherited{.handover = std::move(*handover), .former = std::move(former)};
  return parts;
}

Error go_back(const Invitation& invitation, const Error& why, char** argv) {
  if (invitation.former < 0) return why;
  ::setenv(kInvitation, fmt::format("{} -1", invitation.handover).c_str(), 1);
  ::setenv(kFailure, ("the new vigied cannot take over: " + to_string(why)).c_str(), 1);
  ::execve(fmt::format("/proc/self/fd/{}", invitation.former).c_str(), argv, environ);
  return Error::last("go back to the vigied before");
}

Error start_anew(const std::string& vigied, const std::vector<std::string>& command_line) {
  ::execve(vigied.c_str(), pointers(command_line).data(), environ);
  return Error::last("execute", vigied);
}

}  // namespace supervisor
