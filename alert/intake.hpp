// From the ledger into the outbox: every record that asks for a mail becomes one per recipient, once.
//
// And so does what no record tells (alert/absence.hpp), under the same rules.
//
// Mails and place are one transaction. While the outbox cannot be written the place is kept, and the ledger keeps the
// records. What was overwritten unread is said in the log: the history has the row.
#pragma once

#include "alert/absence.hpp"
#include "alert/conditions.hpp"
#include "alert/notice.hpp"
#include "alert/outbox.hpp"
#include "engine/feed/ledger.hpp"

namespace alert {

class Intake {
 public:
  // When alerts are switched on for a router that has been running, what happened long ago is no news any more.
  static constexpr base::Duration kStillNews = std::chrono::minutes{10};

  struct Addresses {
    Mailbox from;
    std::vector<Mailbox> to;
  };
  // Requires: feed::is_ledger(ledger). All references outlive the intake.
  Intake(Outbox& outbox, const config::Model& model, Origin origin, Addresses addresses,
         std::span<const std::byte> ledger);

  // To be told by the next take_in() that can, unless another one comes first.
  void see(Sighting sighting);
  // Everything up to the head. Answers how many mails were added.
  store::DatabaseResult<std::size_t> take_in(std::int64_t wall_ns);
  bool is_caught_up() const;
  // When take_in() has something to tell although the ledger has nothing new; wall time.
  std::optional<std::int64_t> next_due() const { return conditions_.next_due(); }

 private:
  struct Batch;  // what one transaction will add
  store::DatabaseStatus begin();
  bool is_repetition(const feed::Record& record, std::vector<Told>& told);
  bool is_news(const feed::Record& record, Batch& batch);
  void owe(const feed::Record& record, Batch& batch, std::string_view details = {}) const;
  store::DatabaseResult<std::size_t> tell_what_was_seen(std::int64_t wall_ns);
  void owe_what_waited(Batch& batch, std::int64_t wall_ns) const;
  store::DatabaseStatus commit(Batch& batch, std::int64_t wall_ns);
  Outbox& outbox_;
  const config::Model& model_;
  Origin origin_;
  Addresses addresses_;
  std::span<const std::byte> ledger_;
  std::string identity_;
  std::optional<feed::LedgerReader> reader_;  // at the last committed place
  Conditions conditions_;                     // as committed
  bool is_first_look_ = false;
  std::optional<Sighting> seen_;  // the newest
  bool is_seen_new_ = false;      // and nobody was told
};

}  // namespace alert
