#include "cli/situation.hpp"

#include <algorithm>

#include "cli/row_words.hpp"
#include "engine/feed/memory.hpp"

namespace cli {
namespace {

using base::Duration;
using base::Instant;
using base::State;

bool is_row_of(const feed::Row& row, const config::Instance& instance) {
  return row.vrid == instance.vrid && row.family == instance.family &&
         feed::get_text(row.interface) == instance.interface;
}

// By name first, for unicast instances may share all the rest.
std::optional<std::size_t> row_of(const std::vector<std::optional<feed::Row>>& rows,
                                  const config::Instance& instance) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i] || !is_row_of(*rows[i], instance)) continue;
    if (feed::get_text(rows[i]->name) == instance.name) return i;
    if (!found) found = i;
  }
  return found;
}

void add_heard(const feed::BoardReader& board, std::size_t row, Instant now,
               std::vector<KnownPeer>& peers) {
  for (std::size_t slot = 0; slot < feed::kPeersPerRow; ++slot) {
    const auto peer = board.peer(row, slot);
    // Who was never accepted is no party to an election.
    if (!peer || peer->family == base::Family::kNone || peer->adverts == 0) continue;
    peers.push_back({.address = address_of(peer->family, peer->address),
                     .priority = peer->priority,
                     .interval = Duration{peer->interval_ns},
                     .heard = now - Instant::from_ns(peer->last_accepted_ns)});
  }
}

// Those of before the start, and what those said who left with priority 0.
void add_remembered(const std::vector<feed::MemoryEntry>& memory, const config::Instance& instance,
                    std::int64_t now_wall_ns, std::vector<KnownPeer>& peers) {
  for (const feed::MemoryEntry& entry : memory) {
    if (entry.name.kind != feed::Remembered::kPeer || entry.name.vrid != instance.vrid ||
        entry.name.family != instance.family ||
        feed::get_text(entry.name.interface) != instance.interface)
      continue;
    const base::Address address = address_of(entry.name.family, entry.name.address);
    const auto known = std::ranges::find(peers, address, &KnownPeer::address);
    const auto priority = static_cast<std::uint8_t>(entry.number);
    if (known == peers.end())
      peers.push_back({.address = address,
                       .priority = priority,
                       .interval = Duration{0},
                       .heard = Duration{std::max<std::int64_t>(0, now_wall_ns - entry.wall_ns)}});
    else if (known->priority == 0)
      known->priority = priority;
  }
}

template <typename Thing>
std::optional<std::size_t> place_of(const std::vector<Thing>& things, std::string_view name) {
  const auto found = std::ranges::find(things, name, &Thing::name);
  if (found == things.end()) return std::nullopt;
  return static_cast<std::size_t>(found - things.begin());
}

// The newest verdict of each thing is the last one written.
void read_verdicts(const Facts& facts, const config::Model& model, Situation& situation) {
  feed::LedgerReader events = facts.events();
  while (const auto record = events.next()) {
    const std::string_view subject = feed::get_text(record->subject);
    const bool fails = record->to == State::kFault;
    if (record->kind == feed::Kind::kScript) {
      if (const auto place = place_of(model.scripts, subject))
        situation.script_fails[*place] = fails;
    } else if (record->kind == feed::Kind::kTracked &&
               record->cause == base::Cause::kTrackedProcess) {
      if (const auto place = place_of(model.processes, subject))
        situation.process_fails[*place] = fails;
    } else if (record->kind == feed::Kind::kTracked && record->cause == base::Cause::kTrackedFile) {
      if (const auto place = place_of(model.tracked_files, subject))
        situation.file_values[*place] = record->status;
    } else if (record->kind == feed::Kind::kLink) {
      if (record->status == 0)
        situation.interfaces_down.emplace(subject);
      else
        situation.interfaces_down.erase(std::string(subject));
    }
  }
}

}  // namespace

Situation situation_of_file(const config::Model& model) {
  Situation situation;
  situation.instances.resize(model.instances.size());
  situation.script_fails.resize(model.scripts.size());
  situation.process_fails.resize(model.processes.size());
  situation.file_values.resize(model.tracked_files.size());
  return situation;
}

Situation read_situation(const Facts& facts, const Directories& directories,
                         const config::Model& model, Instant now, std::int64_t now_wall_ns) {
  Situation situation = situation_of_file(model);
  situation.is_running = true;
  const feed::BoardReader board = facts.board();
  std::vector<std::optional<feed::Row>> rows;
  for (std::size_t i = 0; i < board.rows(); ++i) rows.push_back(board.row(i));
  const std::vector<feed::MemoryEntry> memory = remembered(directories);
  for (std::size_t i = 0; i < model.instances.size(); ++i) {
    const config::Instance& instance = model.instances[i];
    InstanceSituation& one = situation.instances[i];
    const auto place = row_of(rows, instance);
    if (!place) {
      one.state = State::kInitialize;
    } else {
      const feed::Row& row = *rows[*place];
      one.state = row.state;
      one.is_departing = row.departing != 0;
      one.holds = row.holds;
      one.effective = row.effective_priority;
      one.source = address_of(row.family, row.source);
      if (row.state == State::kBackup) one.master = address_of(row.family, row.master);
      add_heard(board, *place, now, one.peers);
    }
    add_remembered(memory, instance, now_wall_ns, one.peers);
  }
  read_verdicts(facts, model, situation);
  return situation;
}

}  // namespace cli
