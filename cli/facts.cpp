#include "cli/facts.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/os/clock.hpp"
#include "base/os/fd.hpp"
#include "engine/config/compiled.hpp"

namespace cli {

using base::Error;
using base::Result;
using base::os::Mapping;

namespace {

Result<Mapping> map(const Directories& directories, const char* name) {
  const std::string path = directories.run + "/" + name;
  const base::os::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT) return missing_daemon(directories);
  if (!fd) return Error::last("read", path);
  return Mapping::read_only(fd.get());
}

}  // namespace

Error missing_daemon(const Directories& directories) {
  return Error::because("find a running vigied", "it left nothing there since the last boot",
                        directories.run);
}

Result<Facts> Facts::open(const Directories& directories) {
  Facts facts;
  auto board = map(directories, "board");
  if (!board) return board.error();
  auto ledger = map(directories, "ledger");
  if (!ledger) return ledger.error();
  const std::string boot_id = base::os::boot_id();
  if (!feed::is_board(board->bytes(), boot_id) || !feed::is_ledger(ledger->bytes(), boot_id))
    return missing_daemon(directories);
  facts.board_ = std::move(*board);
  facts.ledger_ = std::move(*ledger);
  return facts;
}

std::optional<feed::Record> Facts::record(std::uint64_t sequence) const {
  if (sequence == 0) return std::nullopt;
  auto record = feed::LedgerReader(ledger_.bytes(), sequence - 1).next();
  if (!record || record->sequence != sequence || record->kind == feed::Kind::kLost)
    return std::nullopt;
  return record;
}

std::optional<std::size_t> Facts::find(const std::string& instance) const {
  const feed::BoardReader reader = board();
  for (std::size_t i = 0; i < reader.rows(); ++i)
    if (const auto row = reader.row(i); row && feed::get_text(row->name) == instance) return i;
  return std::nullopt;
}

Result<config::Model> running_configuration(const Directories& directories) {
  const auto bytes = map(directories, "config");
  if (!bytes) return bytes.error();
  return config::decompile(bytes->bytes());
}

std::vector<feed::MemoryEntry> remembered(const Directories& directories) {
  const auto memory = map(directories, "memory");
  if (!memory || !feed::is_memory(memory->bytes())) return {};
  return feed::entries_of(memory->bytes());
}

}  // namespace cli
