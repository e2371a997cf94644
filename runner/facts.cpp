#include "runner/facts.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace runner {
namespace {

// Maps the file again when its length is no longer what is mapped.
void follow(int fd, std::optional<base::os::Mapping>& mapping) {
  struct stat facts {};
  const bool is_known = ::fstat(fd, &facts) == 0;
  if (is_known && mapping && mapping->bytes().size() == static_cast<std::size_t>(facts.st_size))
    return;
  mapping.reset();
  if (!is_known || facts.st_size == 0) return;
  // A file that cannot be mapped now is tried again at the next look.
  if (auto mapped = base::os::Mapping::read_only(fd)) mapping = *std::move(mapped);
}

}  // namespace

std::vector<feed::Record> latest_changes(const BoardView& board) {
  std::vector<feed::Record> changes;
  for (const feed::Row& row : board.rows) {
    if (row.transition_sequence == 0) continue;
    feed::Record record;
    record.sequence = row.transition_sequence;
    record.kind = feed::Kind::kTransition;
    record.to = row.state;
    record.priority = row.effective_priority;
    record.name = row.name;
    changes.push_back(record);
  }
  for (const feed::GroupRow& group : board.groups) {
    if (group.change_sequence == 0) continue;
    feed::Record record;
    record.sequence = group.change_sequence;
    record.kind = feed::Kind::kGroup;
    record.to = group.state;
    record.name = group.name;
    changes.push_back(record);
  }
  return changes;
}

Facts::Facts(int board_fd, int ledger_fd, std::string boot_id)
    : board_fd_(board_fd), ledger_fd_(ledger_fd), boot_id_(std::move(boot_id)) {}

void Facts::follow_board(std::uint64_t configuration, std::string path) {
  configuration_ = configuration;
  board_path_ = std::move(path);
}

void Facts::look_for_board() {
  const auto is_right = [this] {
    if (!board_ || !feed::is_board(board_->bytes(), boot_id_)) return false;
    const feed::BoardReader reader(board_->bytes());
    if (reader.header().configuration_hash != configuration_) return false;
    // One that was of this configuration before, and another in between.
    const auto global = reader.global();
    return !global || global->superseded == 0;
  };
  if (board_path_.empty() || is_right()) return;
  base::os::UniqueFd fd{::open(board_path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return;  // it is looked for again
  own_board_ = std::move(fd);
  board_fd_ = own_board_.get();
  board_.reset();
  follow(board_fd_, board_);
  if (!is_right()) board_.reset();  // not yet: the supervisor is about to put it there
}

std::optional<BoardView> Facts::board() {
  follow(board_fd_, board_);
  look_for_board();
  if (!board_ || !feed::is_board(board_->bytes(), boot_id_)) return std::nullopt;
  const feed::BoardReader reader(board_->bytes());
  BoardView view;
  const auto global = reader.global();
  if (!global) return std::nullopt;
  view.global = *global;
  for (std::size_t i = 0; i < reader.rows(); ++i) {
    const auto row = reader.row(i);
    if (!row) return std::nullopt;
    view.rows.push_back(*row);
  }
  for (std::size_t i = 0; i < reader.groups(); ++i) {
    const auto group = reader.group(i);
    if (!group) return std::nullopt;
    view.groups.push_back(*group);
  }
  return view;
}

std::uint64_t Facts::ledger_identity() {
  follow(ledger_fd_, ledger_);
  if (!ledger_ || !feed::is_ledger(ledger_->bytes(), boot_id_)) return 0;
  return feed::ledger_header(ledger_->bytes()).identity;
}

feed::LedgerReader Facts::ledger_after(std::uint64_t place) const {
  return feed::LedgerReader(ledger_->bytes(), place);
}

}  // namespace runner
