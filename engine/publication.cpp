#include "engine/publication.hpp"

#include <unistd.h>

#include <utility>

namespace engine {
namespace {

// RFC 6527 vrrpv3StatisticsProtoErrReason, which knows these four and forgets none by itself.
std::uint8_t proto_error_reason(base::Drop reason) {
  if (reason == base::Drop::kTtl) return 1;
  if (reason == base::Drop::kVersion) return 2;
  if (reason == base::Drop::kChecksum) return 3;
  return reason == base::Drop::kUnknownVrid ? 4 : 0;
}

feed::Row first_row(const config::Instance& instance, const feed::Row& past, bool lives_on) {
  feed::Row row = past;
  if (!lives_on) {
    row.state = base::State::kInitialize;
    row.effective_priority = instance.priority;
    row.departing = 0;
    row.active_since_ns = 0;
    row.start_delay_until_ns = 0;
    row.quiet_until_ns = 0;
  }
  feed::put_text(row.name, instance.name);
  feed::put_text(row.interface, instance.interface);
  row.vrid = instance.vrid;
  row.version = instance.version;
  row.family = instance.family;
  row.base_priority = instance.priority;
  row.preempt = instance.preempt ? 1 : 0;
  row.accept = instance.accept ? 1 : 0;
  row.auth_type = instance.hmac.is_set() ? 3 : instance.auth_type;
  row.unicast = instance.unicast_peers.empty() ? 0 : 1;
  row.group = instance.group;
  row.advert_interval_ns = instance.advert_interval.count();
  row.addresses = static_cast<std::uint16_t>(instance.addresses.size());
  row.addresses_installed = 0;
  return row;
}

}  // namespace

Publication::Publication(std::span<std::byte> board, std::span<std::byte> ledger,
                         const Kicks& kicks, const config::Model& model, const Past& past,
                         std::uint32_t generation)
    : board_(board),
      ledger_memory_(ledger),
      ledger_(ledger),
      kicks_(kicks),
      model_(model),
      global_(past.global) {
  const std::size_t count = model.instances.size();
  rows_.reserve(count);
  for (std::size_t id = 0; id < count; ++id)
    rows_.push_back(first_row(model.instances[id], past.rows[id], past.states[id].has_value()));
  touched_.reserve(count);
  is_touched_.resize(count);
  groups_.resize(model.groups.size());
  is_group_touched_.resize(model.groups.size());
  records_.reserve(2 * count + 64);
  global_.engine_pid = ::getpid();
  global_.generation = generation;
  global_.superseded = 0;
}

void Publication::inherit(Publication& before, const Heritage& from) {
  before.write_down();
  ledger_ = before.ledger_;
  owes_kick_ = std::exchange(before.owes_kick_, false);
  begin(before.now_, before.wall_ns_);
  const std::uint32_t generation = global_.generation;
  global_ = before.global_;
  global_.generation = generation;
  for (std::uint16_t id = 0; id < rows_.size(); ++id) {
    feed::Row& its = row(id);  // to be published
    const auto was = from.of.instances[id];
    if (!was) continue;
    its = first_row(model_.instances[id], before.rows_[*was], true);
    its.addresses_installed = before.rows_[*was].addresses_installed;
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) (void)group(i);  // likewise
}

void Publication::retire() {
  global_.superseded = 1;
  board_.publish(global_);
}

void Publication::begin(base::Instant now, std::int64_t wall_ns) {
  now_ = now;
  wall_ns_ = wall_ns;
}

feed::Record Publication::record(feed::Kind kind) const {
  feed::Record record;
  record.kind = kind;
  record.wall_ns = wall_ns_;
  record.monotonic_ns = now_.ns();
  record.generation = global_.generation;
  return record;
}

feed::Record Publication::record(feed::Kind kind, std::uint16_t instance) const {
  feed::Record made = record(kind);
  made.instance = instance;
  made.priority = rows_[instance].effective_priority;
  made.name = rows_[instance].name;
  return made;
}

std::uint64_t Publication::remember(const feed::Record& record) {
  if (records_.size() == records_.capacity()) write_down();
  records_.push_back(record);
  return ledger_.head() + records_.size();
}

std::optional<feed::Record> Publication::find(std::uint64_t sequence) const {
  const std::uint64_t written = ledger_.head();
  if (sequence == 0 || sequence > written + records_.size()) return std::nullopt;
  if (sequence > written) return records_[sequence - written - 1];
  const auto found = feed::LedgerReader(ledger_memory_, sequence - 1).next();
  // A reader that comes too late is told so, in a record with the number of the last that is lost.
  return found && found->sequence == sequence && found->kind != feed::Kind::kLost ? found
                                                                                  : std::nullopt;
}

void Publication::note(std::string_view text) {
  feed::Record made = record(feed::Kind::kNote);
  feed::put_text(made.text, text);
  (void)remember(made);  // nobody refers to a note by its number
}

feed::Row& Publication::row(std::uint16_t instance) {
  if (!is_touched_[instance]) {
    is_touched_[instance] = true;
    touched_.push_back(instance);
  }
  return rows_[instance];
}

feed::GroupRow& Publication::group(std::size_t group) {
  is_group_touched_[group] = true;
  return groups_[group];
}

void Publication::publish_peer(std::uint16_t instance, std::size_t slot, const feed::PeerRow& row) {
  board_.publish_peer(instance, slot, row);
}

void Publication::publish_stranger(std::size_t slot, const feed::Stranger& row) {
  board_.publish_stranger(slot, row);
}

void Publication::count(base::Drop reason, std::uint64_t packets) {
  global_.drops[static_cast<std::size_t>(reason)] += packets;
}

void Publication::count_for(std::uint16_t instance, base::Drop reason) {
  count(reason);
  feed::Row& its = row(instance);
  ++its.drops[static_cast<std::size_t>(reason)];
  if (const std::uint8_t error = proto_error_reason(reason); error != 0)
    its.proto_error_reason = error;
}

void Publication::write_down() {
  for (const feed::Record& record : records_)
    (void)ledger_.append(record);  // numbered in remember()
  owes_kick_ = owes_kick_ || !records_.empty();
  records_.clear();
}

void Publication::publish(bool with_rows) {
  write_down();
  if (with_rows) {
    for (const std::uint16_t id : touched_) {
      board_.publish(id, rows_[id]);
      is_touched_[id] = false;
    }
    touched_.clear();
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      if (!is_group_touched_[group]) continue;
      board_.publish_group(group, groups_[group]);
      is_group_touched_[group] = false;
    }
  }
  global_.heartbeat_ns = now_.ns();
  global_.ledger_head = ledger_.head();
  ++global_.turns;
  board_.publish(global_);
}

void Publication::kick() {
  if (!std::exchange(owes_kick_, false)) return;
  const std::uint64_t one = 1;
  for (const auto& reader : kicks_) {
    // A reader that has not looked since the last kick need not be told again: a full counter is as good.
    if (reader) (void)!::write(reader.get(), &one, sizeof one);
  }
}

}  // namespace engine
