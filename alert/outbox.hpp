// The mails that are owed, in a database of their own (outbox.sql).
//
// Mails and the place in the ledger are committed together, so a killed alerter owes exactly what it owed. Per recipient
// mails leave in the order of their causes: only the first one waiting is ever due.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alert/told.hpp"
#include "base/instant.hpp"
#include "store/schema.hpp"

namespace alert {

struct Owed {
  std::int64_t id = 0;
  std::string recipient;
  std::string subject;
  std::string message;
  std::int64_t created_ns = 0;
  std::int64_t attempts = 0;
};

struct NewMail {
  std::uint64_t sequence = 0;
  std::string recipient;
  std::string subject;
  std::string message;
};

class Outbox {
 public:
  static store::DatabaseResult<Outbox> open(const std::string& path, std::int64_t wall_ns);
  // What became of a damaged predecessor; empty when there was none.
  const std::string& damage() const { return damage_; }
  // The file was deleted or replaced: what is written from now on, no next start would find.
  bool is_lost() const { return database_.has_moved(); }

  // Nothing when this ledger was never read.
  store::DatabaseResult<std::optional<std::uint64_t>> place(const std::string& identity);
  store::DatabaseResult<std::string> told(const std::string& identity, const std::string& instance);
  store::DatabaseResult<std::vector<Told>> all_told(const std::string& identity);

  // Everything the records up to `place` ask for, in one transaction. A mail that is there already is left as it is.
  store::DatabaseStatus add(const std::string& identity, std::uint64_t place,
                            const std::vector<NewMail>& mails, const std::vector<Told>& told,
                            std::int64_t wall_ns);

  // The mail that waited longest among those whose turn it is.
  store::DatabaseResult<std::optional<Owed>> due(std::int64_t wall_ns);
  // When the next will be due; nothing when no mail waits.
  store::DatabaseResult<std::optional<std::int64_t>> next_try();
  store::DatabaseResult<std::int64_t> waiting();

  store::DatabaseStatus delivered(std::int64_t id);
  store::DatabaseStatus postpone(std::int64_t id, std::int64_t next_try_ns, long code,
                                 const std::string& text);
  store::DatabaseStatus give_up(std::int64_t id, long code, const std::string& text);
  // Mails that failed because nobody answered may be tried at once: there is news to tell.
  store::DatabaseStatus retry_unreachable(std::int64_t wall_ns);
  // Times of a clock that ran ahead must not hold mails back: none waits longer than `longest` from now.
  store::DatabaseStatus limit_wait(std::int64_t wall_ns, base::Duration longest);
  // Removes what was given up more than a month ago.
  store::DatabaseStatus forget_old(std::int64_t wall_ns);

 private:
  explicit Outbox(store::Opened opened);
  store::Database database_;
  std::string damage_;
};

}  // namespace alert
