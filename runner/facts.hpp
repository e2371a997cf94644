// What the engine publishes, as the runner reads it: the board's rows and the ledger's records.
//
// Either file may be younger than this process (the engine formats it when it starts), and a reload puts another board in
// the place of the one before. So nothing is taken for granted: every look checks what is there, and until it makes sense
// there is simply nothing known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/os/fd.hpp"
#include "base/os/mapping.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/ledger.hpp"

namespace runner {

struct BoardView {
  std::vector<feed::Row> rows;
  std::vector<feed::GroupRow> groups;
  feed::Global global;
};

// The latest transition of each instance and group, as a record would have it.
std::vector<feed::Record> latest_changes(const BoardView& board);

class Facts {
 public:
  // Requires: the descriptors outlive this.
  Facts(int board_fd, int ledger_fd, std::string boot_id);

  // From now on a board counts when it is of this configuration, and is looked for at `path` until it is there.
  void follow_board(std::uint64_t configuration, std::string path);

  // Everything on the board now; nothing when there is no board, or a dead writer left part of it torn.
  std::optional<BoardView> board();
  // The ledger's identity; 0 while there is no ledger.
  std::uint64_t ledger_identity();
  // Requires: ledger_identity() was not 0.
  feed::LedgerReader ledger_after(std::uint64_t place) const;

 private:
  void look_for_board();

  int board_fd_;
  base::os::UniqueFd own_board_;  // opened here; board_fd_ is its number then
  std::uint64_t configuration_ = 0;
  std::string board_path_;  // empty: the board that was handed in
  int ledger_fd_;
  std::string boot_id_;
  std::optional<base::os::Mapping> board_;
  std::optional<base::os::Mapping> ledger_;
};

}  // namespace runner
