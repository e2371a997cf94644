#include "store/recorder.hpp"

#include <fmt/format.h>

#include "base/os/log.hpp"
#include "engine/feed/sentence.hpp"
#include "store/history.hpp"
#include "store/history_schema.hpp"
#include "store/log_line.hpp"

namespace store {
namespace {

using base::Instant;
using feed::Kind;
using feed::Record;

constexpr std::string_view kInsert =
    "INSERT INTO event (ledger, sequence, kind, wall_ns, monotonic_ns, instance, from_state, "
    "to_state, cause, sentence, priority, peer, peer_priority, silence_ms, lateness_ms, "
    "duration_ms, status, uid, subject, text, generation) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (ledger, sequence) DO NOTHING";

constexpr double kNsPerMs = 1e6;

// Zero and empty mean "says nothing" in a record, and NULL says so in a row.
Value text_or_null(std::string_view text) { return text.empty() ? Value{nullptr} : Value{text}; }
Value number_or_null(std::int64_t number) { return number == 0 ? Value{nullptr} : Value{number}; }
Value ms_or_null(std::int64_t ns) {
  return ns == 0 ? Value{nullptr} : Value{static_cast<double>(ns) / kNsPerMs};
}

// From and to mean something for transitions and for what a check, a group or an adoption says.
bool has_states(const Record& record) {
  return record.kind == Kind::kTransition || record.kind == Kind::kScript ||
         record.kind == Kind::kEngineAdopted || record.kind == Kind::kGroup ||
         record.kind == Kind::kTracked;
}

DatabaseStatus insert(Statement& statement, std::int64_t ledger_key, const Record& record) {
  const bool states = has_states(record);
  const bool has_peer = record.peer_family != base::Family::kNone;
  // Of a script, a notification, a permit or a transition zero is news; elsewhere it is no status at all.
  const bool has_status = record.kind != Kind::kNote && record.kind != Kind::kStopped &&
                          record.kind != Kind::kGroup &&
                          (record.kind != Kind::kTransition || record.status != 0 ||
                           record.cause == base::Cause::kScriptFailed);
  const std::string peer = has_peer ? base::to_string(feed::peer_of(record)) : std::string();
  const std::string sentence = feed::because(record);
  const bool has_uid = record.kind == Kind::kCommand || record.cause == base::Cause::kOperator ||
                       record.kind == Kind::kPermit;
  const std::int64_t uid = record.kind == Kind::kCommand ? record.status : record.uid;
  statement.bind({
      ledger_key,
      record.sequence == 0 ? Value{nullptr} : Value{static_cast<std::int64_t>(record.sequence)},
      feed::to_string(record.kind),
      record.wall_ns,
      record.monotonic_ns,
      text_or_null(feed::get_text(record.name)),
      states ? Value{base::to_string(record.from)} : Value{nullptr},
      states ? Value{base::to_string(record.to)} : Value{nullptr},
      record.cause == base::Cause::kNone ? Value{nullptr} : Value{base::to_string(record.cause)},
      std::string_view(sentence),
      number_or_null(record.priority),
      text_or_null(peer),
      has_peer ? Value{static_cast<std::int64_t>(record.peer_priority)} : Value{nullptr},
      ms_or_null(record.silence_ns),
      ms_or_null(record.lateness_ns),
      ms_or_null(record.duration_ns),
      has_status ? Value{static_cast<std::int64_t>(record.status)} : Value{nullptr},
      has_uid ? Value{uid} : Value{nullptr},
      text_or_null(feed::get_text(record.subject)),
      text_or_null(feed::get_text(record.text)),
      static_cast<std::int64_t>(record.generation),
  });
  return statement.finish();
}

// A reader's own kLost record carries no time: it was noticed now.
void stamp(Record& record, Instant now, std::int64_t wall_ns) {
  if (record.kind != Kind::kLost) return;
  record.wall_ns = wall_ns;
  record.monotonic_ns = now.ns();
}

}  // namespace

Recorder::Recorder(Options options, std::span<const std::byte> ledger)
    : options_(std::move(options)), ledger_(ledger) {
  pending_.reserve(kBurst);
}

void Recorder::turn(Instant now, std::int64_t wall_ns) {
  leave_lost_file();
  // The place in the database is also where the log goes on, so the first thing is to ask for it.
  if (!database_ && now >= retry_at_) {
    if (auto opened = open(wall_ns); !opened) refused(opened.error(), now, wall_ns);
  }
  say_new(now, wall_ns);
  if (!database_ || now < retry_at_) return;
  if (auto recorded = record_all(now, wall_ns); !recorded) refused(recorded.error(), now, wall_ns);
}

DatabaseStatus Recorder::open(std::int64_t wall_ns) {
  auto opened = open_or_replace(options_.database, history_schema(), wall_ns);
  if (!opened) return opened.error();
  Database& database = opened->database;

  const feed::LedgerHeader header = feed::ledger_header(ledger_);
  const std::string identity = identity_text(header.identity);
  if (auto known = database.run("INSERT INTO place (identity, boot_id, sequence) VALUES (?, ?, 0) "
                                "ON CONFLICT (identity) DO NOTHING",
                                {std::string_view(identity), feed::get_text(header.boot_id)});
      !known)
    return known.error();
  auto place = database.prepare("SELECT ledger, sequence FROM place WHERE identity = ?");
  if (!place) return place.error();
  place->bind({std::string_view(identity)});
  if (const auto row = place->step(); !row) return row.error();
  ledger_key_ = place->integer(0);
  const auto sequence = static_cast<std::uint64_t>(place->integer(1));

  // What was read but not committed is read again: the ledger is the truth, and by now it may be another database.
  pending_.clear();
  reader_.emplace(ledger_, sequence);
  if (!said_) said_.emplace(ledger_, sequence);
  if (!opened->moved_to.empty()) {
    note_ =
        fmt::format("the history database was damaged ({}); it was moved to {} and a new one begun",
                    opened->damage, opened->moved_to);
    base::os::log_error(note_);
  }
  database_.emplace(std::move(database));
  return {};
}

void Recorder::leave_lost_file() {
  if (!database_ || !database_->has_moved()) return;
  database_.reset();
  note_ = fmt::format(
      "the history database {} was deleted or replaced while in use; a new one holds what the "
      "ledger still knows",
      options_.database);
  base::os::log_error(note_);
}

void Recorder::say_new(Instant now, std::int64_t wall_ns) {
  // Without a database nobody knows what was said before: better twice than never.
  if (!said_) said_.emplace(ledger_, 0);
  while (auto record = said_->next()) {
    stamp(*record, now, wall_ns);
    const LogLine line = log_line(*record);
    base::os::log(line.severity, line.text);
  }
}

void Recorder::take_pending(Instant now, std::int64_t wall_ns) {
  while (pending_.size() < kBurst) {
    auto record = reader_->next();
    if (!record) return;
    stamp(*record, now, wall_ns);
    pending_.push_back(*record);
  }
}

DatabaseStatus Recorder::record_all(Instant now, std::int64_t wall_ns) {
  if (!note_.empty()) {
    if (auto written = write_note(note_, now, wall_ns); !written) return written.error();
    note_.clear();
  }
  for (;;) {
    take_pending(now, wall_ns);
    if (pending_.empty()) break;
    if (auto stored = store_pending(); !stored) return stored.error();
  }
  if (is_refused_) {
    is_refused_ = false;
    base::os::log_notice("the history is recorded again: every event that waited is in it");
  }
  return keep_house(now, wall_ns);
}

DatabaseStatus Recorder::store_pending() {
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  auto statement = database_->prepare(kInsert);
  if (!statement) return statement.error();
  for (const Record& record : pending_)
    if (auto inserted = insert(*statement, ledger_key_, record); !inserted) return inserted.error();
  if (auto moved =
          database_->run("UPDATE place SET sequence = ? WHERE ledger = ?",
                         {static_cast<std::int64_t>(pending_.back().sequence), ledger_key_});
      !moved)
    return moved.error();
  if (auto committed = transaction->commit(); !committed) return committed.error();
  pending_.clear();
  return {};
}

DatabaseStatus Recorder::write_note(std::string_view text, Instant now, std::int64_t wall_ns) {
  auto statement = database_->prepare(kInsert);
  if (!statement) return statement.error();
  Record note;
  note.wall_ns = wall_ns;
  note.monotonic_ns = now.ns();
  feed::put_text(note.text, text);
  return insert(*statement, ledger_key_, note);
}

DatabaseStatus Recorder::keep_house(Instant now, std::int64_t wall_ns) {
  if (check_at_ == Instant{}) check_at_ = now + kCheckEvery;  // it was checked when it was opened
  if (now >= check_at_) {
    check_at_ = now + kCheckEvery;
    if (auto checked = check(*database_); !checked) return checked.error();
  }
  if (options_.keep.count() <= 0 || now < prune_at_) return {};
  // The last transition of every instance stays, however old: it is why things are as they are.
  if (auto pruned = database_->run(
          "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE wall_ns < ? AND id NOT IN "
          "(SELECT max(id) FROM event WHERE kind = 'transition' GROUP BY instance) "
          "ORDER BY wall_ns LIMIT ?)",
          {wall_ns - options_.keep.count(), kPruneRows});
      !pruned)
    return pruned.error();
  const bool more = database_->changes() >= kPruneRows;
  prune_at_ = more ? now : now + kPruneEvery;
  return database_->run("PRAGMA incremental_vacuum(1000)", {});
}

void Recorder::refused(const DatabaseError& error, Instant now, std::int64_t wall_ns) {
  if (error.is_damaged() && database_) {
    // Opening again finds the damage, moves the file aside and says so; the ledger still has the latest events.
    database_.reset();
    if (auto opened = open(wall_ns); opened) {
      retry_at_ = now;
      return;
    }
  }
  if (!is_refused_)
    base::os::log_error(fmt::format(
        "the history cannot be recorded and events wait in the ledger; trying every second: {}",
        to_string(error)));
  is_refused_ = true;
  retry_at_ = now + kRetry;
  // A connection that saw an I/O error may be stuck with it. One that met a full disk is kept: opening needs room.
  if (!error.is_full()) database_.reset();
}

Instant Recorder::deadline() const {
  if (is_refused_ || !is_caught_up()) return retry_at_;
  const Instant check = check_at_ == Instant{} ? Instant::never() : check_at_;
  return options_.keep.count() > 0 ? base::earlier(check, prune_at_) : check;
}

bool Recorder::is_caught_up() const {
  return database_ && note_.empty() && pending_.empty() && reader_->place() >= reader_->head();
}

void Recorder::close() {
  if (!database_) return;
  // A reader at work keeps some of the log from being emptied; the next start does it then.
  if (auto done = database_->execute("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)"); !done)
    base::os::log_warning("the write-ahead log of the history stays: " + to_string(done.error()));
  database_.reset();
}

}  // namespace store
