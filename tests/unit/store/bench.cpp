#include "tests/unit/store/bench.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "engine/config/compiled.hpp"
#include "engine/feed/memory.hpp"
#include "engine/ipc/role.hpp"

namespace bench {
namespace {

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

}  // namespace

Directory::Directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "vigie-test-XXXXXX").string();
  require(::mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  path_ = pattern;
}
Directory::~Directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Ledger::Ledger(const std::string& path, std::uint64_t identity, std::uint64_t capacity)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)) {
  require(static_cast<bool>(fd_), "open ledger");
  require(::ftruncate(fd_.get(), static_cast<off_t>(feed::ledger_bytes(capacity))) == 0, "size");
  auto mapping = base::os::Mapping::read_write(fd_.get());
  require(mapping.has_value(), "map ledger");
  mapping_ = std::move(*mapping);
  feed::format_ledger(mapping_.writable(), identity, base::os::boot_id(), capacity);
  writer_.emplace(mapping_.writable());
}

std::uint64_t Ledger::append(feed::Record record) {
  record.wall_ns = base::os::wall_ns();
  record.monotonic_ns = base::os::now().ns();
  return writer_->append(record);
}

feed::Record transition(const std::string& instance, base::State from, base::State to,
                        base::Cause cause) {
  feed::Record record;
  record.kind = feed::Kind::kTransition;
  record.instance = 0;
  record.from = from;
  record.to = to;
  record.cause = cause;
  record.priority = 100;
  feed::put_text(record.name, instance);
  return record;
}

Role::Role(std::string program, std::string state_dir, const config::Model& model, int ledger)
    : program_(std::move(program)),
      state_dir_(std::move(state_dir)),
      config_(::memfd_create("config", MFD_CLOEXEC)),
      kick_(::eventfd(0, EFD_CLOEXEC)),
      memory_(::memfd_create("memory", MFD_CLOEXEC)),
      board_(::memfd_create("board", MFD_CLOEXEC)),
      ledger_(ledger) {
  const std::vector<std::byte> compiled = config::compile(model);
  require(::write(config_.get(), compiled.data(), compiled.size()) ==
              static_cast<ssize_t>(compiled.size()),
          "write config");
  require(::ftruncate(memory_.get(), feed::memory_bytes()) == 0, "make memory");
  auto mapping = base::os::Mapping::read_write(memory_.get());
  require(mapping.has_value(), "map memory");
  memory_mapping_ = std::move(*mapping);
  feed::format_memory(memory());
  require(
      ::ftruncate(board_.get(), static_cast<off_t>(feed::board_bytes(model.instances.size()))) == 0,
      "make board");
  mapping = base::os::Mapping::read_write(board_.get());
  require(mapping.has_value(), "map board");
  board_mapping_ = std::move(*mapping);
  feed::format_board(board_mapping_.writable(), model.instances.size(), 0, base::os::boot_id(), "");
  const base::Instant now = base::os::now();
  feed::BoardWriter(board_mapping_.writable())
      .publish({.heartbeat_ns = (now + std::chrono::hours{1}).ns(),
                .engine_started_ns = (now - std::chrono::minutes{1}).ns()});
}

Role::~Role() {
  if (!child_) return;
  ::kill(child_->pid, SIGKILL);
  ::waitpid(child_->pid, nullptr, 0);
}

void Role::start() {
  base::os::SpawnOptions options;
  options.arguments = {program_, "--run-dir", state_dir_, "--state-dir", state_dir_};
  options.descriptors = {{config_.get(), ipc::kConfigFd},
                         {board_.get(), ipc::kBoardFd},
                         {ledger_, ipc::kLedgerFd},
                         {kick_.get(), ipc::kKickFd},
                         {memory_.get(), ipc::kMemoryFd}};
  auto child = base::os::spawn(options);
  require(child.has_value(), "spawn");
  child_ = std::move(*child);
}

void Role::kick() {
  const std::uint64_t one = 1;
  require(::write(kick_.get(), &one, sizeof one) == sizeof one, "kick");
}

int Role::reap() {
  pollfd ended{child_->pidfd.get(), POLLIN, 0};
  require(::poll(&ended, 1, 20'000) == 1, "the process does not end");
  const auto status = base::os::try_reap(*child_);
  child_.reset();
  return status.value_or(-1000);
}

void Role::kill9() {
  ::kill(child_->pid, SIGKILL);
  reap();
}

int Role::terminate() {
  ::kill(child_->pid, SIGTERM);
  return reap();
}

bool Role::is_running() {
  pollfd ended{child_->pidfd.get(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

}  // namespace bench
