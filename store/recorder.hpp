// Carries the ledger into the history database and the log.
//
// Every record becomes one row, once, in order: rows and place are committed together, so a recorder killed at any
// moment goes on where it stood. Every record is also said in the log, at once and even while the database cannot be
// written; a recorder killed between the two says a few lines again. What was overwritten unread becomes a row that says
// how much. While the database refuses (full disk, broken disk, a file of a newer version) the place is kept and writing
// is tried again every second. A damaged database is moved aside and what the ledger still holds is recorded anew.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "engine/feed/ledger.hpp"
#include "store/schema.hpp"

namespace store {

class Recorder {
 public:
  // Records per transaction: one fsync for a burst, and a bound on what waits in memory.
  static constexpr std::size_t kBurst = 512;
  static constexpr base::Duration kRetry = std::chrono::seconds{1};
  static constexpr base::Duration kPruneEvery = std::chrono::minutes{10};
  static constexpr base::Duration kCheckEvery = std::chrono::hours{24 * 7};
  static constexpr std::int64_t kPruneRows = 1000;

  struct Options {
    std::string database;
    base::Duration keep{0};  // 0: for ever
  };

  // Requires: feed::is_ledger(ledger), and that it stays mapped.
  Recorder(Options options, std::span<const std::byte> ledger);

  // Says and records everything up to the head, or as far as the database lets it. Harmless when nothing is new.
  void turn(base::Instant now, std::int64_t wall_ns);
  // When turn() wants to be called although nobody kicks.
  base::Instant deadline() const;
  bool is_caught_up() const;
  // Empties the write-ahead log into the database. Nothing is recorded afterwards.
  void close();

 private:
  DatabaseStatus open(std::int64_t wall_ns);
  void leave_lost_file();
  DatabaseStatus record_all(base::Instant now, std::int64_t wall_ns);
  DatabaseStatus store_pending();
  DatabaseStatus write_note(std::string_view text, base::Instant now, std::int64_t wall_ns);
  DatabaseStatus keep_house(base::Instant now, std::int64_t wall_ns);
  void take_pending(base::Instant now, std::int64_t wall_ns);
  void say_new(base::Instant now, std::int64_t wall_ns);
  void refused(const DatabaseError& error, base::Instant now, std::int64_t wall_ns);

  Options options_;
  std::span<const std::byte> ledger_;
  std::optional<feed::LedgerReader> said_;    // how far the log is
  std::optional<feed::LedgerReader> reader_;  // how far pending_ is
  std::vector<feed::Record> pending_;         // read, not yet committed
  std::optional<Database> database_;
  std::int64_t ledger_key_ = 0;  // place.ledger of this ledger
  std::string note_;             // of our own, to be recorded with the next burst
  base::Instant retry_at_;
  base::Instant prune_at_;
  base::Instant check_at_;
  bool is_refused_ = false;
};

}  // namespace store
