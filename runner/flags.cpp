// The runner's work with flag files: permits are looked at and told, active files and the heartbeat follow the board.
#include <algorithm>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"
#include "engine/feed/presence.hpp"
#include "runner/runner.hpp"

namespace runner {

using base::Duration;
using base::Error;
using base::Instant;
using base::Status;

namespace {

// An engine whose heartbeat is older speaks for nobody.
constexpr Duration kFresh = std::chrono::seconds{2};

}  // namespace

void Runner::look_at_all_permits() {
  std::vector<std::size_t> all(permits_.watch.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  permits_changed(all);
}

void Runner::permits_changed(const std::vector<std::size_t>& which) {
  for (const std::size_t index : which) {
    const monit::Permit& now = permits_.watch.permit(index);
    ipc::Permit message;
    message.flag = permits_.flags[index];
    message.present = now.present;
    message.known = now.known;
    message.uid = now.uid;
    mailbox_.put(message);
    if (!now.known)
      base::os::log_error(to_string(Error::of(now.error, "look at permit file",
                                              model_.flags[message.flag].permit_file)) +
                          ": it counts as absent");
  }
  if (permits_.watch.trouble() != permit_trouble_) {
    permit_trouble_ = permits_.watch.trouble();
    if (!permit_trouble_.empty())
      base::os::log_warning(permit_trouble_ + ": a change there is seen within 2 s, not at once");
  }
}

void Runner::update_flags(Instant now) {
  const auto board = facts_.board();
  // Without a board nothing is known, so nothing is changed: an active file's age tells.
  if (!board) return;
  // When the engine was last seen alive, as wall time. The files carry it as their own time.
  const Duration age = now - Instant::from_ns(board->global.heartbeat_ns);
  const std::int64_t alive = base::os::wall_ns() - std::max(age, Duration::zero()).count();
  for (FlagSlot& slot : flags_) {
    std::vector<monit::Mastership> masters;
    for (const feed::Row& row : board->rows) {
      const std::string_view name = feed::get_text(row.name);
      if (row.state == base::State::kMaster && slot.instances.count(name) != 0)
        masters.push_back({std::string(name), row.transition_wall_ns});
    }
    told(slot, masters.empty()
                   ? slot.active->remove()
                   : slot.active->keep(monit::describe(masters, board->global.engine_pid), alive));
  }
  // In a crash loop each engine may show itself before it dies.
  if (age < kFresh && feed::is_settled(board->global))
    told(heartbeat_,
         heartbeat_.active->keep("pid " + std::to_string(board->global.engine_pid) + "\n", alive));
}

void Runner::told(FlagSlot& slot, const Status& status) {
  if (!status && !slot.is_failing)
    base::os::log_error(to_string(status.error()) + ": it is tried again");
  if (status && slot.is_failing)
    base::os::log_notice(slot.active->path() + " is as it should be again");
  slot.is_failing = !status;
}

}  // namespace runner
