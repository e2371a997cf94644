#include "alert/intake.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/os/log.hpp"
#include "engine/feed/sentence.hpp"

namespace alert {
namespace {

using store::DatabaseResult;
using store::DatabaseStatus;

constexpr std::size_t kBurst = 256;  // records per transaction

// Under which a thing's state is remembered: a group may have an instance's name.
std::string name_told(const feed::Record& record) {
  const std::string_view name = feed::get_text(record.name);
  return record.kind == feed::Kind::kGroup ? fmt::format("group {}", name) : std::string(name);
}

}  // namespace

Intake::Intake(Outbox& outbox, const config::Model& model, Origin origin, Addresses addresses,
               std::span<const std::byte> ledger)
    : outbox_(outbox),
      model_(model),
      origin_(std::move(origin)),
      addresses_(std::move(addresses)),
      ledger_(ledger) {
  origin_.ledger_identity = feed::ledger_header(ledger_).identity;
  identity_ = fmt::format("{:016x}", origin_.ledger_identity);
}

// Nothing of it counts until it is committed.
struct Intake::Batch {
  feed::LedgerReader ahead;
  Conditions conditions;
  std::vector<NewMail> mails = {};
  std::vector<Told> told = {};
};

DatabaseStatus Intake::begin() {
  const auto place = outbox_.place(identity_);
  if (!place) return place.error();
  const auto told = outbox_.all_told(identity_);
  if (!told) return told.error();
  conditions_ = {};
  for (const Told& one : *told) (void)conditions_.recall(one);  // most are of instances
  is_first_look_ = !*place;
  reader_.emplace(ledger_, place->value_or(0));
  return {};
}

// With no_email_faults, coming back from a fault into the state last told is no news.
bool Intake::is_repetition(const feed::Record& record, std::vector<Told>& told) {
  if (!model_.mail.no_faults || record.from != base::State::kFault) return false;
  const std::string name = name_told(record);
  const std::string_view to = base::to_string(record.to);
  const auto latest = std::find_if(told.rbegin(), told.rend(),
                                   [&](const Told& one) { return one.instance == name; });
  if (latest != told.rend()) return latest->state == to;
  // Not knowing is no reason to be silent.
  return outbox_.told(identity_, name).value_or(std::string()) == to;
}

bool Intake::is_news(const feed::Record& record, Batch& batch) {
  if (!wants_mail(record, model_)) return false;
  if (Conditions::is_one(record.kind)) return batch.conditions.take(record);
  return !is_repetition(record, batch.told);
}

void Intake::owe(const feed::Record& record, Batch& batch, std::string_view details) const {
  const Message notice = notice_of(record, origin_, addresses_.from, addresses_.to, details);
  const std::string text = to_text(notice);
  for (const Mailbox& to : addresses_.to)
    batch.mails.push_back({record.sequence, to.address, notice.subject, text});
}

void Intake::owe_what_waited(Batch& batch, std::int64_t wall_ns) const {
  for (const std::uint64_t sequence : batch.conditions.due(wall_ns)) {
    if (seen_ && seen_->record.sequence == sequence) {
      owe(seen_->record, batch, seen_->details);
      continue;
    }
    const auto record = feed::LedgerReader(ledger_, sequence - 1).next();
    if (record && record->sequence == sequence && record->kind != feed::Kind::kLost) {
      owe(*record, batch);
    } else {
      base::os::log_error(
          "a condition that is still there was not mailed: its record was overwritten while it "
          "waited");
    }
  }
}

DatabaseStatus Intake::commit(Batch& batch, std::int64_t wall_ns) {
  for (Told& one : batch.conditions.changed()) batch.told.push_back(std::move(one));
  if (auto stored = outbox_.add(identity_, batch.ahead.place(), batch.mails, batch.told, wall_ns);
      !stored)
    return stored;
  reader_.emplace(batch.ahead);
  conditions_ = std::move(batch.conditions);
  return {};
}

void Intake::see(Sighting sighting) {
  seen_ = std::move(sighting);
  is_seen_new_ = true;
}

DatabaseResult<std::size_t> Intake::tell_what_was_seen(std::int64_t wall_ns) {
  Batch batch{*reader_, conditions_};
  if (is_news(seen_->record, batch)) owe(seen_->record, batch, seen_->details);
  if (auto stored = commit(batch, wall_ns); !stored) return stored.error();
  is_seen_new_ = false;
  return batch.mails.size();
}

DatabaseResult<std::size_t> Intake::take_in(std::int64_t wall_ns) {
  if (!reader_)
    if (auto begun = begin(); !begun) return begun.error();
  std::size_t added = 0;
  while (!is_caught_up()) {
    Batch batch{*reader_, conditions_};
    for (std::size_t i = 0; i < kBurst; ++i) {
      const auto record = batch.ahead.next();
      if (!record) break;
      if (record->kind == feed::Kind::kLost) {
        base::os::log_error("some mails may be missing: " + feed::because(*record));
        continue;
      }
      if (!is_news(*record, batch)) continue;
      if (is_first_look_ && wall_ns - record->wall_ns > kStillNews.count()) continue;
      if (!Conditions::is_one(record->kind))
        batch.told.push_back({name_told(*record), std::string(base::to_string(record->to))});
      owe(*record, batch);
    }
    if (auto stored = commit(batch, wall_ns); !stored) return stored.error();
    added += batch.mails.size();
  }
  is_first_look_ = false;
  if (is_seen_new_) {
    const auto told = tell_what_was_seen(wall_ns);
    if (!told) return told.error();
    added += *told;
  }
  if (const auto due = next_due(); due && *due <= wall_ns) {
    Batch batch{*reader_, conditions_};
    owe_what_waited(batch, wall_ns);
    if (auto stored = commit(batch, wall_ns); !stored) return stored.error();
    added += batch.mails.size();
  }
  return added;
}

bool Intake::is_caught_up() const { return reader_ && reader_->place() >= reader_->head(); }

}  // namespace alert
