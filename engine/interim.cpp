#include "engine/interim.hpp"

#include <algorithm>
#include <string>

namespace engine {

using base::State;

void Interim::forget() { std::fill(of_.begin(), of_.end(), std::nullopt); }

bool Interim::take(const ipc::StoodIn& message) {
  if (message.instance >= of_.size()) return false;
  of_[message.instance] = message;
  return true;
}

void Interim::write_down(std::uint16_t instance, Moment moment, Past& past,
                         Publication& publication) const {
  const auto& stood_in = of_[instance];
  feed::Row& row = past.rows[instance];
  if (!stood_in || row.state != State::kMaster) return;
  if (stood_in->said_zero != 0) ++row.zero_sent;
  publication.row(instance).zero_sent = row.zero_sent;
  if (stood_in->let_go == 0) return;
  feed::Record record = publication.record(feed::Kind::kTransition, instance);
  record.monotonic_ns = stood_in->let_go_ns;
  record.wall_ns = moment.wall_ns - (moment.now.ns() - stood_in->let_go_ns);
  record.from = State::kMaster;
  record.to = State::kBackup;
  record.cause = base::Cause::kEngineMissing;
  record.status = stood_in->is_loop != 0 ? static_cast<std::int32_t>(stood_in->deaths) : 0;
  record.duration_ns = stood_in->let_go_ns - past.global.heartbeat_ns;
  record.peer = stood_in->peer;
  record.peer_family = stood_in->peer_family;
  record.peer_priority = stood_in->peer_priority;
  record.sequence = publication.remember(record);
  apply_transition(record, row);
  row.departing = 0;
  row.deadline_ns = 0;
  row.master = stood_in->peer;
  row.master_priority = stood_in->peer_priority;
  row.master_interval_ns = stood_in->peer_interval_ns;
  row.last_heard_ns = stood_in->peer_family == base::Family::kNone ? 0 : stood_in->let_go_ns;
  past.states[instance] = State::kBackup;
  publication.row(instance) = row;
}

void Interim::correct(std::uint16_t instance, const feed::Row& row, base::Instant now,
                      core::Adopted& adopted) const {
  const auto& stood_in = of_[instance];
  if (!stood_in || stood_in->let_go != 0 || adopted.state != State::kMaster) return;
  // One that was on its way out goes on.
  if (row.departing != 0) return;
  // After however long a silence, nobody has taken over: the keeper has listened.
  adopted.deadline = now;
  adopted.departing = false;
}

std::string Interim::words_for(std::uint16_t instance) const {
  const auto& stood_in = of_[instance];
  if (!stood_in) return {};
  std::string words = stood_in->is_loop != 0
                          ? std::to_string(stood_in->deaths) + " engines had died in a row; "
                          : "the engine before was silent; ";
  words += "the keeper stood in for it";
  if (stood_in->said_zero != 0) words += " and said priority 0";
  if (stood_in->let_go == 0) words += "; nobody took over";
  return words;
}

}  // namespace engine
