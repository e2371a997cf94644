#include "engine/past.hpp"

#include <algorithm>
#include <cstring>

#include "engine/core/timing.hpp"
#include "engine/feed/ledger.hpp"

namespace engine {
namespace {

using base::Instant;
using base::State;

template <typename T>
T raw_copy(std::span<const std::byte> memory, std::size_t at) {
  T value;
  std::memcpy(static_cast<void*>(&value), memory.data() + at, sizeof value);
  return value;
}

// What the ledger says last of the thing of this name.
template <typename Things>
void note_tracked(const Things& things, const feed::Record& record,
                  std::vector<std::optional<Past::Tracked>>& past) {
  for (std::size_t i = 0; i < things.size(); ++i)
    if (feed::get_text(record.subject) == things[i].name)
      past[i] = Past::Tracked{.well = record.to != State::kFault, .value = record.status};
}

feed::Row raw_row(std::span<const std::byte> board, std::size_t index) {
  return raw_copy<feed::Row>(board, feed::kBoardHeaderBytes + index * sizeof(feed::Row));
}

bool lives_on(State state) {
  return state == State::kBackup || state == State::kMaster || state == State::kFault;
}

// RFC 6527 vrrpv3StatisticsNewMasterReason: 1 priority, 2 preempted, 3 no response.
std::uint8_t new_master_reason(base::Cause cause) {
  if (cause == base::Cause::kSilence) return 3;
  return cause == base::Cause::kPreemption ? 2 : 1;
}

// No peer waits less than three intervals, and every peer that is well has taken over soon after.
bool is_succeeded(const feed::Row& row, const core::Router& router, Instant now) {
  if (row.state != State::kMaster || row.deadline_ns == 0) return false;
  const Instant last_spoke = Instant::from_ns(row.deadline_ns) - router.advert_interval;
  return now - last_spoke > 3 * router.advert_interval;
}

}  // namespace

void apply_transition(const feed::Record& record, feed::Row& row) {
  row.state = record.to;
  row.transition_sequence = record.sequence;
  row.transition_wall_ns = record.wall_ns;
  row.transition_cause = record.cause;
  row.transition_from = record.from;
  row.in_state_since_ns = record.monotonic_ns;
  const bool takes_part = record.to == State::kBackup || record.to == State::kMaster;
  if (!takes_part) {
    row.active_since_ns = 0;
  } else if (row.active_since_ns == 0) {
    row.active_since_ns = record.monotonic_ns;
  }
  if (record.from == State::kMaster) ++row.released_master;
  if (record.to == State::kMaster) {
    ++row.became_master;
    row.new_master_reason = new_master_reason(record.cause);
  }
}

Past Past::none(const config::Model& model) {
  Past past;
  past.rows.resize(model.instances.size());
  past.states.resize(model.instances.size());
  past.groups.resize(model.groups.size());
  past.scripts.resize(model.scripts.size());
  past.permits.resize(model.flags.size());
  past.files.resize(model.tracked_files.size());
  past.processes.resize(model.processes.size());
  return past;
}

Past read_past(const config::Model& model, std::span<const std::byte> board,
               std::span<const std::byte> ledger) {
  Past past;
  const std::size_t count = model.instances.size();
  const feed::BoardReader reader(board);
  // A lock left odd is a writer that died: nobody else writes, so the words as they are will do.
  past.global = reader.global().value_or(raw_copy<feed::BoardHeader>(board, 0).global);
  std::vector<bool> torn(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = reader.row(i);
    torn[i] = !row;
    past.rows.push_back(row ? *row : raw_row(board, i));
  }

  // The ledger outlives a change of configuration. What happened under another one is not ours to go on with: its
  // instances had other places.
  const std::uint32_t generation = feed::generation_of(reader.header().configuration_hash);
  std::vector<std::optional<feed::Record>> transitions(count);
  past.scripts.resize(model.scripts.size());
  past.permits.resize(model.flags.size());
  past.files.resize(model.tracked_files.size());
  past.processes.resize(model.processes.size());
  for (std::size_t i = 0; i < model.groups.size(); ++i)
    past.groups.push_back(reader.group(i).value_or(feed::GroupRow{}));
  feed::LedgerReader records(ledger, 0);
  while (const auto record = records.next()) {
    // What came before a fresh start, an orderly end or another configuration belongs to another life, also when the
    // configuration of then is that of now.
    if (record->kind == feed::Kind::kEngineStarted || record->kind == feed::Kind::kStopped ||
        record->generation != generation)
      std::fill(transitions.begin(), transitions.end(), std::nullopt);
    switch (record->kind) {
      case feed::Kind::kEngineStarted: break;
      case feed::Kind::kTransition:
        if (record->instance < count && record->generation == generation)
          transitions[record->instance] = record;
        break;
      case feed::Kind::kScript:
        for (std::size_t i = 0; i < model.scripts.size(); ++i)
          if (feed::get_text(record->subject) == model.scripts[i].name)
            past.scripts[i] = record->to != State::kFault;
        break;
      case feed::Kind::kPermit:
        for (std::size_t i = 0; i < model.flags.size(); ++i)
          if (feed::get_text(record->subject) == model.flags[i].permit_file)
            past.permits[i] = record->status != 0;
        break;
      case feed::Kind::kTracked:
        if (record->cause == base::Cause::kTrackedFile)
          note_tracked(model.tracked_files, *record, past.files);
        else
          note_tracked(model.processes, *record, past.processes);
        break;
      case feed::Kind::kNote: past.notes.emplace_back(feed::get_text(record->text)); break;
      case feed::Kind::kStopped: past.notes.clear(); break;
      case feed::Kind::kEngineAdopted:
      case feed::Kind::kNotify:
      case feed::Kind::kAddressRestored:
      case feed::Kind::kAddressRefused:
      case feed::Kind::kLink:
      case feed::Kind::kCommand:
      case feed::Kind::kChildDied:
      case feed::Kind::kLost:
      case feed::Kind::kMail:
      case feed::Kind::kContest:
      case feed::Kind::kMismatch:
      case feed::Kind::kStray:
      case feed::Kind::kClock:
      case feed::Kind::kGroup:
      case feed::Kind::kHold:
      case feed::Kind::kReload:
      case feed::Kind::kReconfigured:
      case feed::Kind::kPriority:
      case feed::Kind::kAddressFought:
      case feed::Kind::kNoEngine: break;
    }
  }

  for (std::size_t i = 0; i < count; ++i) {
    feed::Row& row = past.rows[i];
    const auto& last = transitions[i];
    if (last && torn[i]) {
      row.state = last->to;
      row.transition_sequence = last->sequence;
    } else if (last && last->sequence > row.transition_sequence) {
      apply_transition(*last, row);
      row.deadline_ns = last->monotonic_ns;  // the one in the row was of the state before
      row.departing = 0;
    }
    past.states.push_back(lives_on(row.state) ? std::optional(row.state) : std::nullopt);
  }
  return past;
}

core::Adopted adopted_from(const feed::Row& row, const core::Router& router, Instant now) {
  core::Adopted adopted;
  adopted.state = row.state;
  adopted.deadline = Instant::from_ns(row.deadline_ns);
  if (is_succeeded(row, router, now)) adopted.deadline = now + router.advert_interval;
  adopted.master_interval = base::Duration{row.master_interval_ns};
  adopted.master_priority = base::Priority{row.master_priority};
  adopted.last_heard = Instant::from_ns(row.last_heard_ns);
  adopted.holds = row.holds;
  adopted.gave_way = row.gave_way <= static_cast<std::uint8_t>(core::GaveWay::kFight)
                         ? static_cast<core::GaveWay>(row.gave_way)
                         : core::GaveWay::kNo;
  adopted.departing = row.departing != 0 || is_succeeded(row, router, now);
  adopted.effective = base::Priority{row.effective_priority};
  adopted.delayed_until = Instant::from_ns(row.start_delay_until_ns);
  const std::array<std::uint8_t, 16> unknown{};
  if (row.master != unknown)
    adopted.master = base::Address::from_bytes(
        router.family,
        std::span(row.master).first(router.family == base::Family::kIpv4 ? 4U : 16U));
  if (row.state == State::kBackup) {
    const base::Duration interval =
        row.master_interval_ns > 0 ? adopted.master_interval : router.advert_interval;
    const Instant heard_enough =
        now + interval + core::skew_time(router.version, router.priority, interval);
    adopted.deadline = std::max(adopted.deadline, heard_enough);
  }
  return adopted;
}

}  // namespace engine
